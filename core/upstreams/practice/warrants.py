"""Warrants and CBBCs on ten Hong Kong stocks: a monthly batch of each, a function of seed, stock and month.

Issuers and code ranges are the market's; every contract and figure is simulated.
"""

from __future__ import annotations

import datetime
from typing import Final, NamedTuple

from core.model.security import HK, Security
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.contracts import WarrantContract, WarrantKind
from core.upstreams.practice.option_chains import KNOWN_AFTER_EXPIRY_DAYS, last_trading_day_until, real_calendar
from core.upstreams.practice.option_pricing import CALL, PUT, Terms, european_price
from core.upstreams.practice.price_ticks import TickKind
from core.upstreams.practice.seeded_noise import key_of, mix
from core.upstreams.practice.underlyings import Underlying

OWNERS: Final = tuple(
    Security(HK, code)
    for code in ("00700", "09988", "03690", "01810", "00005", "00388", "01299", "02318", "00941", "01211")
)
_DICE: Final = 0xFFFF_FFFF


class Issuer(NamedTuple):
    """An issuer: its number of the public schema, its letters in names, and its short Chinese name."""

    number: int
    letters: str
    chinese: str


ISSUERS: Final = (
    Issuer(1, "SG", "法兴"), Issuer(2, "BP", "法巴"), Issuer(4, "CT", "花旗"), Issuer(7, "HS", "汇丰"),
    Issuer(8, "JP", "摩通"), Issuer(9, "MB", "麦银"), Issuer(11, "UB", "瑞银"), Issuer(12, "BI", "中银"),
    Issuer(20, "HT", "海通"), Issuer(23, "MS", "摩利"), Issuer(24, "GJ", "国君"), Issuer(28, "CI", "信证"),
)  # fmt: skip
ISSUER_LETTERS: Final = {issuer.number: issuer.letters for issuer in ISSUERS}
_TRADITIONAL: Final = str.maketrans("兴丰麦银汇证国购", "興豐麥銀匯證國購")


class _Slot(NamedTuple):
    kind: WarrantKind
    level: float  # strike of a warrant, recovery price of a CBBC, against the stock's price


_WARRANTS: Final = (
    _Slot(WarrantKind.CALL, 1.02),
    _Slot(WarrantKind.CALL, 1.10),
    _Slot(WarrantKind.CALL, 1.22),
    _Slot(WarrantKind.PUT, 0.98),
    _Slot(WarrantKind.PUT, 0.87),
)
_CALLABLES: Final = (
    _Slot(WarrantKind.BULL, 0.95),
    _Slot(WarrantKind.BULL, 0.90),
    _Slot(WarrantKind.BULL, 0.84),
    _Slot(WarrantKind.BULL, 0.76),
    _Slot(WarrantKind.BEAR, 1.05),
    _Slot(WarrantKind.BEAR, 1.10),
    _Slot(WarrantKind.BEAR, 1.17),
    _Slot(WarrantKind.BEAR, 1.26),
)
_WARRANT_CODES, _CALLABLE_CODES = 13_000, 60_000
_WARRANT_MONTHS, _CALLABLE_MONTHS = 9, 6  # of life
_CYCLE: Final = 12  # months after which a code is given out again
_BUFFER: Final = 0.03  # between the strike and the recovery price of a CBBC
_RATIOS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
_HIGHEST_FIRST_PRICE: Final = 0.30
_LETTERS: Final = "ABCDEFGH"


def batch(
    underlying: Underlying, owner_number: int, seed: int, calendar: MarketCalendar, month: int, *, callable_: bool
) -> list[WarrantContract]:
    """Make the contracts of a stock that begin to trade in a month (year x 12 + month - 1)."""
    calendar = real_calendar(calendar)
    begin = datetime.date(month // 12, month % 12 + 1, 1)
    first_day = calendar.next_trading_day(begin + datetime.timedelta(days=mix(owner_number + 31 * month) % 20))
    life = _CALLABLE_MONTHS if callable_ else _WARRANT_MONTHS
    end = datetime.date((month + life) // 12, (month + life) % 12 + 1, 1)
    maturity = last_trading_day_until(calendar, end.toordinal() + mix(owner_number + 17 * month) % 25)
    # A warrant trades until the fourth trading day before it matures, a CBBC until the day before.
    last = datetime.date.fromordinal(maturity)
    for _ in range(1 if callable_ else 4):
        last = calendar.previous_trading_day(last)
    slots = _CALLABLES if callable_ else _WARRANTS
    codes = _CALLABLE_CODES if callable_ else _WARRANT_CODES
    made = []
    for number, slot in enumerate(slots):
        code = codes + (owner_number * _CYCLE + month % _CYCLE) * len(slots) + number
        key = key_of(seed, "warrant", code, month)
        made.append(
            _contract(underlying, slot, key, f"{code:05d}", first_day.toordinal(), last.toordinal(), maturity, number)
        )
    return made


def months_alive(today: int) -> range:
    """Give the months whose batches can still trade, or have ended not long ago."""
    date = datetime.date.fromordinal(today)
    month = date.year * 12 + date.month - 1
    return range(month - _WARRANT_MONTHS - 1, month + 1)


def months_of_code(code: str, today: int) -> tuple[int, bool, list[int]] | None:
    """Say which stock (its number) a code belongs to, whether it is a CBBC's, and which months it can be from."""
    if len(code) != 5 or not code.isdecimal():
        return None
    number = int(code)
    callable_ = number >= _CALLABLE_CODES
    place = number - (_CALLABLE_CODES if callable_ else _WARRANT_CODES)
    owner, rest = divmod(place, _CYCLE * len(_CALLABLES if callable_ else _WARRANTS))
    if place < 0 or owner >= len(OWNERS):
        return None
    residue = rest // len(_CALLABLES if callable_ else _WARRANTS)
    return owner, callable_, [month for month in months_alive(today) if month % _CYCLE == residue]


def end_when_called(contract: WarrantContract, underlying: Underlying, today: int) -> int:
    """Give the last day of a contract: of a CBBC the day on which its stock touched the recovery price.

    Only days before today are looked at: a CBBC trades on until the end of the day that calls it.
    """
    if not contract.is_callable or today <= contract.first_day:
        return contract.last_day
    is_bull = contract.kind is WarrantKind.BULL
    for bar in underlying.path.day_bars(contract.first_day, min(today - 1, contract.last_day)):
        if (bar.low <= contract.recovery) if is_bull else (bar.high >= contract.recovery):
            return bar.day
    return contract.last_day


def is_known(contract: WarrantContract, today: int) -> bool:
    """Whether a contract has begun to trade and has not ended long ago."""
    return contract.first_day < today <= contract.last_day + KNOWN_AFTER_EXPIRY_DAYS


def _contract(
    underlying: Underlying, slot: _Slot, key: int, code: str, first_day: int, last_day: int, maturity: int, number: int
) -> WarrantContract:
    first, second = mix(key), mix(key ^ 1)
    issuer = ISSUERS[first % len(ISSUERS)]
    spot = underlying.close_before(first_day)
    level = spot * slot.level * (1 + 0.02 * ((second & _DICE) / _DICE - 0.5))
    recovery, strike = 0.0, _round(level)
    kind = slot.kind
    if kind in (WarrantKind.BULL, WarrantKind.BEAR):
        recovery = strike
        strike = _round(level * (1 - _BUFFER if kind is WarrantKind.BULL else 1 + _BUFFER))
        worth = abs(spot - strike)
    else:
        years = (maturity - first_day) / 365
        terms = Terms(
            CALL if kind is WarrantKind.CALL else PUT, strike, years, underlying.base_volatility * 1.1,
            underlying.rate, underlying.dividend_yield,
        )  # fmt: skip
        worth = european_price(spot, terms)
    ratio = next((ratio for ratio in _RATIOS if worth / ratio <= _HIGHEST_FIRST_PRICE), _RATIOS[-1])
    ends = datetime.date.fromordinal(maturity)
    short = "".join(letter for letter in underlying.info.name_en if letter.isalnum())[:5].upper()
    middle = {WarrantKind.CALL: "EC", WarrantKind.PUT: "EP", WarrantKind.BULL: "RC", WarrantKind.BEAR: "RP"}[kind]
    chinese = {WarrantKind.CALL: "购", WarrantKind.PUT: "沽", WarrantKind.BULL: "牛", WarrantKind.BEAR: "熊"}[kind]
    tail = f"{issuer.chinese}{ends:%y%m}{chinese}{_LETTERS[number]}"
    return WarrantContract(
        security=Security(HK, code),
        owner=underlying.info.security,
        kind=kind,
        issuer=issuer.number,
        strike=strike,
        recovery=recovery,
        conversion_ratio=float(ratio),
        first_day=first_day,
        last_day=last_day,
        maturity_day=maturity,
        issue_size=(40 + first // 16 % 6 * 20) * 1_000_000,
        lot_size=(1_000, 5_000, 10_000)[first // 128 % 3],
        volatility_factor=1.06 + 0.16 * ((second >> 32) / _DICE),
        funding=0.035 + 0.03 * ((first >> 32) / _DICE),
        tick_kind=TickKind.HK_STOCK,
        name_en=f"{issuer.letters}#{short}{middle}{ends:%y%m}{_LETTERS[number]}",
        name_zh=underlying.info.name_zh[:2] + tail,
        name_zh_hant=underlying.info.name_zh_hant[:2] + tail.translate(_TRADITIONAL),
    )


def _round(price: float) -> float:
    """Round a strike or recovery price as term sheets have them."""
    step = 0.01 if price < 20 else 0.05 if price < 100 else 0.2 if price < 300 else 0.5
    return round(round(price / step) * step, 3)
