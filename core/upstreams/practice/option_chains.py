"""Option series: classes, expiries by the exchanges' conventions, strikes and codes, all without a list of series.

An expiry's strikes lie around the underlying's price when it was created, and on later days also around every price
seen since; a series that exists once exists until it expires.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import exp, sqrt
from pathlib import Path
from typing import Final, NamedTuple

from core.model.security import HK, MARKET_NUMBERS, US, Security
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.contracts import IndexOptionType, OptionContract
from core.upstreams.practice.option_pricing import CALL, PUT
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind
from core.upstreams.practice.underlyings import Underlying

COLUMNS: Final = ("market", "underlying", "root", "kind", "size", "weekly")
MAXIMUM_CLASSES: Final = 255  # an id has eight bits for the class
MAXIMUM_FILE_BYTES: Final = 200_000
WEEK, MONTH = 1, 2  # ExpirationCycle
KNOWN_AFTER_EXPIRY_DAYS: Final = 30  # how long an expired series can still be named

_KINDS: Final = {"STOCK": IndexOptionType.NONE, "INDEX": IndexOptionType.NORMAL, "MINI": IndexOptionType.MINI}
_CODE: Final = re.compile(r"(\.?[A-Z0-9.]{1,6}?)(\d{6})([CP])([1-9]\d{0,9})")
_FRIDAY: Final = 4
# How many days before it expires a series begins to trade.
_DAY_LIFE: Final = 10
_WEEK_LIFE: Final = 36
_MONTH_LIFE: Final = 125
_QUARTER_LIFE: Final = 372
_LEAP_LIFE: Final = 735  # US January series
_JANUARY: Final = 1
_MONTHS_AHEAD: Final = 26
_MOST_STRIKES: Final = 32  # at creation, near the market and again in the wings
_NEAR_DEVIATIONS, _NEAR_DAYS = 1.2, 30  # where strikes are dense
_RANGE_DEVIATIONS: Final = 2.2
_NARROWEST, _WIDEST = 0.05, 0.55
_STRIKE_UNITS: Final = 1_000  # of a code; a strike of 450 is written 450000
# Distance between strikes from a price on.
_INTERVALS: Final = {
    (HK, False): ((0, 0.05), (2, 0.1), (5, 0.25), (10, 0.5), (20, 1), (50, 2.5), (200, 5), (300, 10), (1000, 20)),
    (US, False): ((0, 0.5), (25, 1), (100, 2.5), (200, 5), (500, 10), (1000, 20)),
    (HK, True): ((0, 50), (5_000, 100), (20_000, 200)),
    (US, True): ((0, 5), (1_000, 25), (10_000, 100)),
}
# Ids: class, days since the epoch, kind and strike, above all ids of the securities table and below 2**53.
_ID_MARK: Final = 1 << 51
_ID_EPOCH: Final = datetime.date(2020, 1, 1).toordinal()
_STRIKE_BITS, _DAY_BITS = 28, 14
_ID_STRIKE_UNITS: Final = 100


class OptionClassesError(ValueError):
    """The table of option classes cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class OptionClass:
    """All series of one root."""

    number: int  # its place in the table, part of the ids
    root: str
    owner: Security
    index_type: IndexOptionType
    multiplier: int
    weekly: int  # 0 for monthly expiries only, 1 with Fridays, 2 with every day of the next week

    @property
    def is_index(self) -> bool:
        """Whether the underlying is an index; such options are European and settle in cash."""
        return self.index_type is not IndexOptionType.NONE

    @property
    def tick_kind(self) -> TickKind:
        """Which prices are legal."""
        if self.owner.market == US:
            return TickKind.US_OPTION
        return TickKind.POINT if self.is_index else TickKind.HK_OPTION


class Expiry(NamedTuple):
    """One expiry. Days are ordinals."""

    day: int
    cycle: int  # WEEK or MONTH
    created: int  # the first day of its series


def load_option_classes(path: Path) -> tuple[OptionClass, ...]:
    """Read the table. Raises OptionClassesError."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise OptionClassesError(f"{path.name} is larger than {MAXIMUM_FILE_BYTES} bytes")
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        rows = list(csv.DictReader(lines))
        if not rows or tuple(rows[0]) != COLUMNS:
            raise OptionClassesError(f"{path.name}: the header must be {','.join(COLUMNS)}")
        classes = tuple(_read_class(number, row) for number, row in enumerate(rows))
    except OSError as error:
        raise OptionClassesError(f"{path.name} cannot be read: {error.strerror}") from error
    except OptionClassesError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise OptionClassesError(f"{path.name}: {type(error).__name__}: {error}") from error
    if len(classes) > MAXIMUM_CLASSES or len({option_class.root for option_class in classes}) < len(classes):
        raise OptionClassesError(f"{path.name}: at most {MAXIMUM_CLASSES} classes, each root once")
    return classes


def _read_class(number: int, row: dict[str, str]) -> OptionClass:
    owner = Security(MARKET_NUMBERS[row["market"]], row["underlying"])
    size = int(row["size"])
    weekly = int(row["weekly"])
    if owner.market not in (HK, US) or size < 1 or weekly not in (0, 1, 2):
        raise ValueError(f"class {row['root']}: market, size or weekly")
    return OptionClass(number, row["root"], owner, _KINDS[row["kind"]], size, weekly)


def real_calendar(calendar: MarketCalendar) -> MarketCalendar:
    """Give the calendar that expiries follow: the real one, also where trading never closes."""
    real: MarketCalendar = getattr(calendar, "real", calendar)
    return real


def expiries(option_class: OptionClass, calendar: MarketCalendar, today: int) -> tuple[Expiry, ...]:
    """Give the expiries whose series trade on a day, the next one first."""
    market = option_class.owner.market
    return _expiries(market, option_class.weekly, real_calendar(calendar), today)


def find_expiry(option_class: OptionClass, calendar: MarketCalendar, day: int, today: int) -> Expiry | None:
    """Find an expiry by its day, if its series trade today or have expired not long ago."""
    asked = today if today <= day else day
    if today - asked > KNOWN_AFTER_EXPIRY_DAYS:
        return None
    return next((expiry for expiry in expiries(option_class, calendar, asked) if expiry.day == day), None)


@lru_cache(maxsize=512)
def _expiries(market: int, weekly: int, calendar: MarketCalendar, today: int) -> tuple[Expiry, ...]:
    date = datetime.date.fromordinal(today)
    found: dict[int, Expiry] = {}
    months = date.year * 12 + date.month - 1
    for number in range(months, months + _MONTHS_AHEAD):
        year, month = number // 12, number % 12 + 1
        day = us_monthly(calendar, year, month) if market == US else hk_monthly(calendar, year, month)
        life = _MONTH_LIFE if month % 3 else _QUARTER_LIFE
        if market == US and month == _JANUARY:
            life = _LEAP_LIFE
        found[day] = Expiry(day, MONTH, day - life)
    if weekly:
        friday = today + (_FRIDAY - date.weekday()) % 7 - 7
        for candidate in range(friday, today + _WEEK_LIFE + 7, 7):
            day = last_trading_day_until(calendar, candidate)
            # No weekly series expires on the day, or for Hong Kong in the week, of a monthly one.
            if day not in found:
                found[day] = Expiry(day, WEEK, day - _WEEK_LIFE)
    if weekly > 1:
        for day in range(today, today + _DAY_LIFE):
            if day not in found and calendar.is_trading_day(datetime.date.fromordinal(day)):
                found[day] = Expiry(day, WEEK, day - _DAY_LIFE)
    return tuple(found[day] for day in sorted(found) if found[day].created < today <= day)


def us_monthly(calendar: MarketCalendar, year: int, month: int) -> int:
    """Give the third Friday of a month, or the trading day before it."""
    first = datetime.date(year, month, 1)
    return last_trading_day_until(calendar, first.toordinal() + (_FRIDAY - first.weekday()) % 7 + 14)


def hk_monthly(calendar: MarketCalendar, year: int, month: int) -> int:
    """Give the last but one trading day of a month."""
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return calendar.previous_trading_day(calendar.previous_trading_day(following)).toordinal()


def last_trading_day_until(calendar: MarketCalendar, day: int) -> int:
    """Give a day itself when there is trading, else the last trading day before it."""
    date = datetime.date.fromordinal(day)
    return day if calendar.is_trading_day(date) else calendar.previous_trading_day(date).toordinal()


def strike_interval(option_class: OptionClass, strike: float) -> float:
    """Give the distance between strikes at a price."""
    bands = _INTERVALS[option_class.owner.market, option_class.is_index]
    return next(step for start, step in reversed(bands) if strike >= start)


def strikes(option_class: OptionClass, underlying: Underlying, expiry: Expiry, today: int) -> tuple[float, ...]:
    """Give the strikes of an expiry as they stand on a day, in rising order; later days never have fewer."""
    created = max(expiry.created, underlying.first_day)
    centre = underlying.close_before(created)
    life = max(1, expiry.day - expiry.created) / 365
    width = min(_WIDEST, max(_NARROWEST, _RANGE_DEVIATIONS * underlying.base_volatility * sqrt(life)))
    low = high = centre
    seen = underlying.path.extremes(created, min(today, expiry.day + 1) - 1) if today > created else None
    if seen is not None:
        high, low = max(high, seen[0] / PRICE_SCALE), min(low, seen[1] / PRICE_SCALE)
    near = _NEAR_DEVIATIONS * underlying.base_volatility * sqrt(min(_NEAR_DAYS / 365, life))
    found: set[float] = set()
    thinning = 1
    # Dense strikes near the market, fewer in the wings; wider steps are multiples of the narrow ones.
    for reach in (near, width):
        while len(_ladder(option_class, centre * exp(-reach), centre * exp(reach), thinning)) > _MOST_STRIKES:
            thinning *= 2
        found.update(_ladder(option_class, low * exp(-reach), high * exp(reach), thinning))
    return tuple(sorted(found))


def _ladder(option_class: OptionClass, low: float, high: float, thinning: int) -> list[float]:
    """List the legal strikes from `low` to `high`: multiples of each band's interval, times `thinning`."""
    bands = _INTERVALS[option_class.owner.market, option_class.is_index]
    found: list[float] = []
    for index, (start, step) in enumerate(bands):
        end = bands[index + 1][0] if index + 1 < len(bands) else high + step
        # Whole steps of thousandths: no rounding errors in codes.
        unit = round(step * _STRIKE_UNITS) * thinning
        first = max(1, -(-round(max(low, start) * _STRIKE_UNITS) // unit))
        last = round(min(high, end) * _STRIKE_UNITS) // unit
        for number in range(first, last + 1):
            strike = number * unit / _STRIKE_UNITS
            if strike < end and low <= strike <= high:
                found.append(strike)
    return found


def code_of(option_class: OptionClass, day: int, kind: int, strike: float) -> str:
    """Write a code: root, YYMMDD, C or P, strike x 1000."""
    date = datetime.date.fromordinal(day)
    return f"{option_class.root}{date:%y%m%d}{'C' if kind == CALL else 'P'}{round(strike * _STRIKE_UNITS)}"


def parse_code(code: str) -> tuple[str, int, int, float] | None:
    """Read root, day, kind and strike from a code; None when it is none."""
    found = _CODE.fullmatch(code)
    if found is None:
        return None
    root, date, kind, strike = found.groups()
    try:
        day = datetime.date(2000 + int(date[:2]), int(date[2:4]), int(date[4:])).toordinal()
    except ValueError:
        return None
    return root, day, CALL if kind == "C" else PUT, int(strike) / _STRIKE_UNITS


def contract_of(option_class: OptionClass, underlying: Underlying, expiry: Expiry, kind: int, strike: float
                ) -> OptionContract:  # fmt: skip
    """Describe one series."""
    return OptionContract(
        security=Security(option_class.owner.market, code_of(option_class, expiry.day, kind, strike)),
        owner=option_class.owner,
        kind=kind,
        strike=strike,
        first_day=max(expiry.created, underlying.first_day + 1),
        last_day=expiry.day,
        cycle=expiry.cycle,
        multiplier=option_class.multiplier,
        american=not option_class.is_index,
        index_type=option_class.index_type,
        tick_kind=option_class.tick_kind,
    )


def option_id(option_class: OptionClass, contract: OptionContract) -> int:
    """Make the id of a series; `read_option_id` finds the series again."""
    number = option_class.number << 1 | (contract.kind == PUT)
    number = number << _DAY_BITS | (contract.last_day - _ID_EPOCH)
    return _ID_MARK | number << _STRIKE_BITS | round(contract.strike * _ID_STRIKE_UNITS)


def read_option_id(number: int, classes: Iterable[OptionClass]) -> str | None:
    """Give the code that belongs to an id, None when it is no option's; the series need not exist."""
    if not _ID_MARK <= number < _ID_MARK << 1:
        return None
    number ^= _ID_MARK
    strike = (number & ((1 << _STRIKE_BITS) - 1)) / _ID_STRIKE_UNITS
    number >>= _STRIKE_BITS
    day = (number & ((1 << _DAY_BITS) - 1)) + _ID_EPOCH
    number >>= _DAY_BITS
    kind = PUT if number & 1 else CALL
    found = next((item for item in classes if item.number == number >> 1), None)
    return code_of(found, day, kind, strike) if found else None
