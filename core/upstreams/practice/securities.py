"""The securities of the practice exchange, read from a table that people can edit."""

from __future__ import annotations

import csv
import datetime
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, NamedTuple

from core.model.security import HK, MARKET_NUMBERS, SH, SZ, US, Security
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, round_to_tick

# Numbers of the public schema (SecurityType).
STOCK: Final = 3
ETF: Final = 4
INDEX: Final = 6

COLUMNS: Final = (
    "market",
    "code",
    "name_en",
    "name_zh",
    "name_zh_hant",
    "type",
    "exchange",
    "lot_size",
    "listing_date",
    "reference_price",
    "daily_turnover_million",
    "volatility_percent",
    "shares_million",
    "eps",
    "bvps",
    "dividend_yield_percent",
)
MAXIMUM_FILE_BYTES: Final = 4_000_000
MAXIMUM_LINE_LENGTH: Final = 1_000
MAXIMUM_SECURITIES: Final = 5_000
MAXIMUM_PROBLEMS: Final = 100
MAXIMUM_CODE_LENGTH: Final = 16
MAXIMUM_NAME_LENGTH: Final = 80
_EARLIEST_LISTING: Final = datetime.date(1850, 1, 1)

_TYPES: Final = {"STOCK": STOCK, "ETF": ETF, "INDEX": INDEX}
# Numbers of the public schema (ExchType).
_EXCHANGES: Final = {
    "HK_MAINBOARD": 1,
    "HK_GEM": 2,
    "HK_HKEX": 3,
    "US_NYSE": 4,
    "US_NASDAQ": 5,
    "US_AMEX": 7,
    "CN_SH": 14,
    "CN_SZ": 15,
    "CN_STAR": 16,
}
_GROUPS: Final = {HK: MarketGroup.HK, US: MarketGroup.US, SH: MarketGroup.CN, SZ: MarketGroup.CN}
_CURRENCIES: Final = {MarketGroup.HK: "HKD", MarketGroup.US: "USD", MarketGroup.CN: "CNY"}
_TICK_KINDS: Final = {
    (MarketGroup.HK, STOCK): TickKind.HK_STOCK,
    (MarketGroup.HK, ETF): TickKind.HK_ETF,
    (MarketGroup.US, STOCK): TickKind.US,
    (MarketGroup.US, ETF): TickKind.US,
    (MarketGroup.CN, STOCK): TickKind.CN_STOCK,
    (MarketGroup.CN, ETF): TickKind.CN_ETF,
}


class SecuritiesFileError(ValueError):
    """The table as a whole cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class SecurityInfo:
    """One security. Money is in the security's currency; figures are plausible, not current."""

    security: Security
    security_id: int  # stable over runs and versions, unique in the table
    name_en: str
    name_zh: str  # simplified Chinese
    name_zh_hant: str  # traditional Chinese
    security_type: int  # STOCK, ETF or INDEX
    exchange: int  # ExchType
    group: MarketGroup
    currency: str  # ISO 4217
    tick_kind: TickKind
    lot_size: int  # shares per board lot; 0 for an index
    listing_date: datetime.date  # for an index the day it starts
    reference_price: int  # in price units, on a tick; where simulated history is anchored
    daily_turnover: float  # average turnover per whole trading day, 0 or more
    volatility_percent: float  # annual, more than 0
    shares_outstanding: int  # 0 for an index
    eps: float  # earnings per share, negative for a loss; 0 when there is none
    bvps: float  # net assets per share, may be negative; 0 when there is none
    dividend_yield_percent: float  # 0 or more


class Problem(NamedTuple):
    """A line that was left out."""

    line: int  # counted from 1, as editors do
    text: str


class SecurityTable:
    """Securities in file order, found by code or id. `problems` names the lines that were left out."""

    def __init__(self, securities: tuple[SecurityInfo, ...], problems: tuple[Problem, ...] = ()) -> None:
        """Store and index. Codes and ids must be unique."""
        self.securities = securities
        self.problems = problems
        self._by_security = {info.security: info for info in securities}
        self._by_id = {info.security_id: info for info in securities}

    def __iter__(self) -> Iterator[SecurityInfo]:
        """Go through the securities in file order."""
        return iter(self.securities)

    def __len__(self) -> int:
        """Count the securities."""
        return len(self.securities)

    def get(self, security: Security) -> SecurityInfo | None:
        """Find by market and code; None when unknown."""
        return self._by_security.get(security)

    def by_id(self, security_id: int) -> SecurityInfo | None:
        """Find by id; None when unknown."""
        return self._by_id.get(security_id)

    def by_market(self, market: int) -> tuple[SecurityInfo, ...]:
        """Give the securities of one QotMarket number, in file order."""
        return tuple(info for info in self.securities if info.security.market == market)


def security_id(security: Security) -> int:
    """Compute the id: the market, then a checksum of market and code. Fits a signed 64-bit number."""
    text = f"{security.market}.{security.code}"
    return security.market * 10**12 + zlib.crc32(text.encode("utf-8"))


def load_securities(path: Path) -> SecurityTable:
    """Read the table. A bad line is left out and named in `problems`; a bad file raises SecuritiesFileError."""
    securities: list[SecurityInfo] = []
    problems: list[Problem] = []
    seen: set[Security] = set()
    ids: set[int] = set()
    header_seen = False
    for number, line in enumerate(_read_lines(path), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not header_seen:
            if tuple(_cells(line[:MAXIMUM_LINE_LENGTH])) != COLUMNS:
                raise SecuritiesFileError(f"{path.name}, line {number}: the header must be {','.join(COLUMNS)}")
            header_seen = True
            continue
        if len(securities) >= MAXIMUM_SECURITIES:
            problems.append(Problem(number, f"more than {MAXIMUM_SECURITIES} securities; the rest is left out"))
            break
        try:
            info = _parse(_cells(line))
            if info.security in seen:
                raise ValueError(f"{info.security.label} is listed twice")
            if info.security_id in ids:
                raise ValueError(f"the id of {info.security.label} is taken by another security")
        except ValueError as error:
            if len(problems) < MAXIMUM_PROBLEMS:
                problems.append(Problem(number, str(error)))
            continue
        seen.add(info.security)
        ids.add(info.security_id)
        securities.append(info)
    if not header_seen:
        raise SecuritiesFileError(f"{path.name} has no header line")
    return SecurityTable(tuple(securities), tuple(problems))


def _read_lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise SecuritiesFileError(f"{path.name} is larger than {MAXIMUM_FILE_BYTES} bytes")
        # Spreadsheet programs put a byte order mark in front.
        return path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise SecuritiesFileError(f"{path.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SecuritiesFileError(f"{path.name} is not UTF-8 text") from error


def _cells(line: str) -> list[str]:
    """Split one line. Line by line, so that a lost quotation mark spoils one line and not the rest of the file."""
    if len(line) > MAXIMUM_LINE_LENGTH:
        raise ValueError(f"the line is longer than {MAXIMUM_LINE_LENGTH} characters")
    return [cell.strip() for cell in next(csv.reader([line]))]


def _parse(cells: list[str]) -> SecurityInfo:
    """Turn the cells of one line into a security. ValueError says which cell is wrong."""
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} cells instead of {len(COLUMNS)}")
    row = dict(zip(COLUMNS, cells, strict=True))
    market = MARKET_NUMBERS.get(row["market"], 0)
    group = _GROUPS.get(market)
    if group is None:
        raise ValueError(f"market {row['market']!r} is none of HK, US, SH, SZ")
    security = Security(market, _text(row, "code", MAXIMUM_CODE_LENGTH))
    kind = _choice(row, "type", _TYPES)
    is_index = kind == INDEX
    tick_kind = TickKind.INDEX if is_index else _TICK_KINDS[group, kind]
    price = _number(row, "reference_price", minimum=Decimal("0.0001"), maximum=Decimal(10_000_000))
    return SecurityInfo(
        security=security,
        security_id=security_id(security),
        name_en=_text(row, "name_en", MAXIMUM_NAME_LENGTH),
        name_zh=_text(row, "name_zh", MAXIMUM_NAME_LENGTH),
        name_zh_hant=_text(row, "name_zh_hant", MAXIMUM_NAME_LENGTH),
        security_type=kind,
        exchange=_choice(row, "exchange", _EXCHANGES),
        group=group,
        currency=_CURRENCIES[group],
        tick_kind=tick_kind,
        lot_size=_whole(row, "lot_size", minimum=0 if is_index else 1, maximum=1_000_000),
        listing_date=_date(row, "listing_date"),
        reference_price=round_to_tick(tick_kind, round(price * PRICE_SCALE)),
        daily_turnover=float(_number(row, "daily_turnover_million", maximum=Decimal(10**8)) * 1_000_000),
        volatility_percent=float(_number(row, "volatility_percent", minimum=Decimal("0.1"), maximum=Decimal(500))),
        shares_outstanding=round(_number(row, "shares_million", maximum=Decimal(10**7)) * 1_000_000),
        eps=float(_number(row, "eps", minimum=Decimal(-(10**6)))),
        bvps=float(_number(row, "bvps", minimum=Decimal(-(10**6)))),
        dividend_yield_percent=float(_number(row, "dividend_yield_percent", maximum=Decimal(100))),
    )


def _text(row: dict[str, str], column: str, longest: int) -> str:
    value = row[column]
    if not 1 <= len(value) <= longest or not value.isprintable():
        raise ValueError(f"{column} must have 1 to {longest} printable characters")
    return value


def _choice(row: dict[str, str], column: str, choices: dict[str, int]) -> int:
    if row[column] not in choices:
        raise ValueError(f"{column} {row[column]!r} is none of {', '.join(choices)}")
    return choices[row[column]]


def _number(
    row: dict[str, str], column: str, *, minimum: Decimal = Decimal(0), maximum: Decimal = Decimal(10**6)
) -> Decimal:
    try:
        value = Decimal(row[column])
    except InvalidOperation:
        raise ValueError(f"{column} {row[column]!r} is not a number") from None
    # "NaN" and "Infinity" are numbers to Decimal; comparing NaN would raise.
    if not value.is_finite() or not minimum <= value <= maximum:
        raise ValueError(f"{column} {row[column]} is not between {minimum} and {maximum}")
    return value


def _whole(row: dict[str, str], column: str, *, minimum: int, maximum: int) -> int:
    value = _number(row, column, minimum=Decimal(minimum), maximum=Decimal(maximum))
    if value != int(value):
        raise ValueError(f"{column} {row[column]} is not a whole number")
    return int(value)


def _date(row: dict[str, str], column: str) -> datetime.date:
    try:
        value = datetime.datetime.strptime(row[column], "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ValueError(f"{column} {row[column]!r} is not a date like 2004-06-16") from None
    if value < _EARLIEST_LISTING:
        raise ValueError(f"{column} {value} is before {_EARLIEST_LISTING}")
    return value
