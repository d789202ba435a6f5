"""The securities of the practice exchange, read from a table that people can edit."""

from __future__ import annotations

import csv
import datetime
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from core.model.security import HK, MARKET_NUMBERS, SH, SZ, US, Security
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, round_to_tick

# Numbers of the public schema (SecurityType).
STOCK: Final = 3
ETF: Final = 4
INDEX: Final = 6
PLATE: Final = 7
CRYPTO: Final = 12
# What has a level and no trades of its own.
INDEX_LIKE: Final = frozenset({INDEX, PLATE})

REQUIRED_COLUMNS: Final = (
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
# May be left out as a whole, in this order.
COLUMNS: Final = (*REQUIRED_COLUMNS, "industry", "concepts", "region", "status")
MAXIMUM_FILE_BYTES: Final = 4_000_000
MAXIMUM_LINE_LENGTH: Final = 1_000
MAXIMUM_SECURITIES: Final = 5_000
MAXIMUM_PROBLEMS: Final = 100
MAXIMUM_CODE_LENGTH: Final = 16
MAXIMUM_NAME_LENGTH: Final = 80
_EARLIEST_LISTING: Final = datetime.date(1850, 1, 1)

_TYPES: Final = {"STOCK": STOCK, "ETF": ETF, "INDEX": INDEX, "CRYPTO": CRYPTO}
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
    "SG_SGX": 17,
    "CC_CRYPTO": 19,
    "MY_MYX": 20,
    "JP_TSE": 21,
    # The schema has no numbers for these.
    "AU_ASX": 0,
    "CA_TSX": 0,
}
SG, JP, AU, MY, CA, CC = 31, 41, 51, 61, 71, 91
# Volumes are whole numbers inside. A coin is divided, so that one unit of volume is 0.00001 coin.
COIN_PARTS: Final = 100_000
MARKET_GROUPS: Final = {
    HK: MarketGroup.HK,
    US: MarketGroup.US,
    SH: MarketGroup.CN,
    SZ: MarketGroup.CN,
    SG: MarketGroup.SG,
    JP: MarketGroup.JP,
    AU: MarketGroup.AU,
    MY: MarketGroup.MY,
    CA: MarketGroup.CA,
    CC: MarketGroup.CRYPTO,
}
CURRENCIES: Final = {
    MarketGroup.HK: "HKD",
    MarketGroup.US: "USD",
    MarketGroup.CN: "CNY",
    MarketGroup.SG: "SGD",
    MarketGroup.JP: "JPY",
    MarketGroup.MY: "MYR",
    MarketGroup.AU: "AUD",
    MarketGroup.CA: "CAD",
    MarketGroup.CRYPTO: "USD",
}
_TICK_KINDS: Final = {
    (MarketGroup.HK, STOCK): TickKind.HK_STOCK,
    (MarketGroup.HK, ETF): TickKind.HK_ETF,
    (MarketGroup.US, STOCK): TickKind.US,
    (MarketGroup.US, ETF): TickKind.US,
    (MarketGroup.CN, STOCK): TickKind.CN_STOCK,
    (MarketGroup.CN, ETF): TickKind.CN_ETF,
    (MarketGroup.SG, STOCK): TickKind.SG,
    (MarketGroup.SG, ETF): TickKind.SG,
    (MarketGroup.JP, STOCK): TickKind.JP,
    (MarketGroup.JP, ETF): TickKind.JP,
    (MarketGroup.MY, STOCK): TickKind.MY,
    (MarketGroup.MY, ETF): TickKind.MY,
    (MarketGroup.AU, STOCK): TickKind.AU,
    (MarketGroup.AU, ETF): TickKind.AU,
    (MarketGroup.CA, STOCK): TickKind.CA,
    (MarketGroup.CA, ETF): TickKind.CA,
    (MarketGroup.CRYPTO, CRYPTO): TickKind.CRYPTO,
}
PENDING: Final = "PENDING"
SUSPENDED: Final = "SUSPENDED"


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
    security_type: int  # STOCK, ETF, INDEX or CRYPTO
    exchange: int  # ExchType
    group: MarketGroup
    currency: str  # ISO 4217
    tick_kind: TickKind
    lot_size: int  # shares per board lot; 0 for an index; of a crypto pair in units of volume (volume_parts)
    listing_date: datetime.date  # for an index the day it starts
    reference_price: int  # in price units, on a tick; where simulated history is anchored
    daily_turnover: float  # average turnover per whole trading day, 0 or more
    volatility_percent: float  # annual, more than 0
    shares_outstanding: int  # 0 for an index
    eps: float  # earnings per share, negative for a loss; 0 when there is none
    bvps: float  # net assets per share, may be negative; 0 when there is none
    dividend_yield_percent: float  # 0 or more
    industry: str = ""  # keys of plates.csv, empty for none
    concepts: tuple[str, ...] = ()
    region: str = ""
    is_pending: bool = False  # a new listing that has not begun to trade
    suspended_since: datetime.date | None = None  # the first day without trading

    @property
    def volume_parts(self) -> int:
        """How many units of volume make one share or coin; more than 1 for crypto pairs alone."""
        return volume_parts(self.security)

    @property
    def is_suspended(self) -> bool:
        """Whether trading stops on some day."""
        return self.suspended_since is not None


class Problem(NamedTuple):
    """A line that was left out."""

    line: int  # counted from 1, as editors do
    text: str


class ContractFinder(Protocol):
    """Describes contracts that are made on demand."""

    def info(self, security: Security) -> SecurityInfo | None:
        """Describe a contract by market and code; None when there is none."""

    def info_by_id(self, number: int) -> SecurityInfo | None:
        """Describe a contract by its id; None when there is none."""


class SecurityTable:
    """Securities in file order, found by code or id. `problems` names the lines that were left out."""

    def __init__(self, securities: tuple[SecurityInfo, ...], problems: tuple[Problem, ...] = ()) -> None:
        """Store and index. Codes and ids must be unique."""
        self.securities = securities
        self.problems = problems
        self._by_security = {info.security: info for info in securities}
        self._by_id = {info.security_id: info for info in securities}
        self._contracts: ContractFinder | None = None

    def __iter__(self) -> Iterator[SecurityInfo]:
        """Go through the securities in file order."""
        return iter(self.securities)

    def __len__(self) -> int:
        """Count the securities."""
        return len(self.securities)

    def with_contracts(self, contracts: ContractFinder) -> SecurityTable:
        """Give the same table, which also finds contracts (options, futures, warrants) that are not listed in it."""
        table = SecurityTable(self.securities, self.problems)
        table._contracts = contracts
        return table

    def get(self, security: Security) -> SecurityInfo | None:
        """Find by market and code; None when unknown."""
        info = self._by_security.get(security)
        return self._contracts.info(security) if info is None and self._contracts else info

    def by_id(self, security_id: int) -> SecurityInfo | None:
        """Find by id; None when unknown."""
        info = self._by_id.get(security_id)
        return self._contracts.info_by_id(security_id) if info is None and self._contracts else info

    def by_market(self, market: int) -> tuple[SecurityInfo, ...]:
        """Give the securities of one QotMarket number, in file order."""
        return tuple(info for info in self.securities if info.security.market == market)


def volume_parts(security: Security) -> int:
    """Give how many units of volume make one share or coin."""
    return COIN_PARTS if security.market == CC else 1


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
            if tuple(_cells(line[:MAXIMUM_LINE_LENGTH])) not in (REQUIRED_COLUMNS, COLUMNS):
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


def table_with_own(table: SecurityTable, own: SecurityTable) -> SecurityTable:
    """Add a user's securities to the table; one that is there already is replaced."""
    merged = {info.security: info for info in table}
    ids = {info.security_id: info.security for info in table}
    for info in own:
        # Two codes with one checksum: the one that was there first keeps it.
        if ids.setdefault(info.security_id, info.security) == info.security:
            merged[info.security] = info
    return SecurityTable(tuple(merged.values()), table.problems)


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
    if '"' not in line:
        return [cell.strip() for cell in line.split(",")]
    return [cell.strip() for cell in next(csv.reader([line]))]


def _parse(cells: list[str]) -> SecurityInfo:
    """Turn the cells of one line into a security. ValueError says which cell is wrong."""
    if len(cells) not in (len(REQUIRED_COLUMNS), len(COLUMNS)):
        raise ValueError(f"{len(cells)} cells instead of {len(COLUMNS)}")
    row = dict(zip(COLUMNS, cells, strict=False))
    market = MARKET_NUMBERS.get(row["market"], 0)
    group = MARKET_GROUPS.get(market)
    if group is None:
        raise ValueError(f"market {row['market']!r} is none of HK, US, SH, SZ, SG, JP, AU, MY, CA, CC")
    security = Security(market, _text(row, "code", MAXIMUM_CODE_LENGTH))
    kind = _choice(row, "type", _TYPES)
    is_index = kind == INDEX
    tick_kind = TickKind.INDEX if is_index else _TICK_KINDS.get((group, kind))
    if tick_kind is None or (is_index and market == CC):
        raise ValueError(f"market {row['market']} has no securities of type {row['type']}")
    price = _number(row, "reference_price", 0.0001, 10_000_000)
    status, _, since = row.get("status", "").partition(" ")
    if status not in ("", PENDING, SUSPENDED) or (status == SUSPENDED) is not bool(since):
        raise ValueError(f"status must be empty, {PENDING} or {SUSPENDED} with a date")
    concepts = row.get("concepts", "")
    return SecurityInfo(
        security=security,
        security_id=security_id(security),
        name_en=_text(row, "name_en", MAXIMUM_NAME_LENGTH),
        name_zh=_text(row, "name_zh", MAXIMUM_NAME_LENGTH),
        name_zh_hant=_text(row, "name_zh_hant", MAXIMUM_NAME_LENGTH),
        security_type=kind,
        exchange=_choice(row, "exchange", _EXCHANGES),
        group=group,
        currency=CURRENCIES[group],
        tick_kind=tick_kind,
        lot_size=_whole(row, "lot_size", 0 if is_index else 1, 1_000_000),
        listing_date=_date("listing_date", row["listing_date"]),
        reference_price=round_to_tick(tick_kind, round(price * PRICE_SCALE)),
        daily_turnover=_number(row, "daily_turnover_million", 0, 10**8) * 1_000_000,
        volatility_percent=_number(row, "volatility_percent", 0.1, 500),
        shares_outstanding=round(_number(row, "shares_million", 0, 10**7) * 1_000_000),
        eps=_number(row, "eps", -(10**6), 10**6),
        bvps=_number(row, "bvps", -(10**6), 10**6),
        dividend_yield_percent=_number(row, "dividend_yield_percent", 0, 100),
        industry=row.get("industry", ""),
        concepts=tuple(concepts.split(";")) if concepts else (),
        region=row.get("region", ""),
        is_pending=status == PENDING,
        suspended_since=_date("status", since) if since else None,
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


def _number(row: dict[str, str], column: str, minimum: float, maximum: float) -> float:
    try:
        value = float(row[column])
    except ValueError:
        raise ValueError(f"{column} {row[column]!r} is not a number") from None
    # "NaN" and "Infinity" are numbers to float, too.
    if not isfinite(value) or not minimum <= value <= maximum:
        raise ValueError(f"{column} {row[column]} is not between {minimum} and {maximum}")
    return value


def _whole(row: dict[str, str], column: str, minimum: int, maximum: int) -> int:
    value = _number(row, column, minimum, maximum)
    if not value.is_integer():
        raise ValueError(f"{column} {row[column]} is not a whole number")
    return int(value)


def _date(column: str, text: str) -> datetime.date:
    try:
        if len(text) != len("2004-06-16"):
            raise ValueError
        value = datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{column} {text!r} is not a date like 2004-06-16") from None
    if value < _EARLIEST_LISTING:
        raise ValueError(f"{column} {value} is before {_EARLIEST_LISTING}")
    return value
