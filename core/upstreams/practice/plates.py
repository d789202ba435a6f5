"""Plates: named groups of the table's securities by industry, concept, region or list, read from their own table."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

from core.model.security import SH, SZ, Security, parse_security
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind
from core.upstreams.practice.securities import (
    CURRENCIES,
    ETF,
    INDEX,
    MARKET_GROUPS,
    PLATE,
    STOCK,
    Problem,
    SecurityInfo,
    SecurityTable,
    security_id,
)

COLUMNS: Final = ("plate", "kind", "key", "name_en", "name_zh", "name_zh_hant", "members")
MAXIMUM_FILE_BYTES: Final = 1_000_000
MAXIMUM_PLATES: Final = 2_000
_BASE_LEVEL: Final = 1_000 * PRICE_SCALE
_FIRST_DAY: Final = datetime.date(2004, 1, 2)
_BUSIEST: Final = 30
_NEW_DAYS: Final = 2 * 366
_CALMING: Final = 0.7  # a group moves less than its members
_BOARDS: Final = {"HK_MAINBOARD": 1, "HK_GEM": 2, "US_NYSE": 4, "US_NASDAQ": 5, "US_AMEX": 7, "CN_SH": 14, "CN_SZ": 15,
                  "CN_STAR": 16}  # fmt: skip
_CHINEXT_CODES, _SME_CODES = ("300", "301"), ("002", "003")


class PlateKind(IntEnum):
    """The numbers of the public schema (PlateSetType)."""

    INDUSTRY = 1
    REGION = 2
    CONCEPT = 3
    LIST = 4  # the schema's "other"


class PlatesFileError(ValueError):
    """The table as a whole cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Plate:
    """One plate. `key` is the industry, concept or region of the securities' table, or the rule of a list."""

    security: Security
    kind: PlateKind
    key: str
    name_en: str
    name_zh: str
    name_zh_hant: str
    codes: tuple[str, ...]  # of a list with the rule "members"


class PlateTable:
    """Plates in file order and who belongs to them. Shanghai and Shenzhen are one set."""

    def __init__(
        self, plates: Sequence[Plate] = (), securities: Iterable[SecurityInfo] = (), problems: tuple[Problem, ...] = ()
    ) -> None:
        """Store and index. `problems` names the lines that were left out."""
        self.plates = tuple(plates)
        self.problems = problems
        self._by_security = {plate.security: plate for plate in self.plates}
        self._members: dict[Security, tuple[SecurityInfo, ...]] = {}
        self._of_market: dict[int, list[SecurityInfo]] = {}
        for info in securities:
            self._of_market.setdefault(_set_of(info.security.market), []).append(info)
        self._owners: dict[Security, list[Plate]] | None = None

    def __len__(self) -> int:
        """Count the plates."""
        return len(self.plates)

    def get(self, security: Security) -> Plate | None:
        """Find by market and code; None when unknown."""
        return self._by_security.get(security)

    def of_market(self, market: int, kind: int = 0) -> list[Plate]:
        """List a market's industries, regions and concepts, or one of these kinds."""
        return [
            plate
            for plate in self.plates
            if _set_of(plate.security.market) == _set_of(market)
            and (plate.kind == kind if kind else plate.kind is not PlateKind.LIST)
        ]

    def members(self, security: Security) -> tuple[SecurityInfo, ...]:
        """Give a plate's securities by rising code; empty for an unknown plate."""
        found = self._members.get(security)
        if found is None:
            plate = self._by_security.get(security)
            found = () if plate is None else tuple(sorted(self._find(plate), key=lambda info: info.security))
            self._members[security] = found
        return found

    def owners(self, security: Security) -> list[Plate]:
        """List the plates that a security belongs to, in file order."""
        if self._owners is None:
            self._owners = {}
            for plate in self.plates:
                for info in self.members(plate.security):
                    self._owners.setdefault(info.security, []).append(plate)
        return self._owners.get(security, [])

    def _find(self, plate: Plate) -> list[SecurityInfo]:
        everything = self._of_market.get(_set_of(plate.security.market), [])
        if plate.kind is not PlateKind.LIST:
            stocks = [info for info in everything if info.security_type == STOCK]
            if plate.kind is PlateKind.INDUSTRY:
                return [info for info in stocks if info.industry == plate.key]
            if plate.kind is PlateKind.REGION:
                return [info for info in stocks if info.region == plate.key]
            return [info for info in stocks if plate.key in info.concepts]
        return _listed(plate, everything)


def _listed(plate: Plate, everything: list[SecurityInfo]) -> list[SecurityInfo]:
    """Follow the rule of a list."""
    rule = plate.key
    if rule == "members":
        wanted = set(plate.codes)
        return [info for info in everything if info.security.code in wanted and info.security_type == STOCK]
    if rule in ("STOCK", "ETF", "INDEX"):
        kind = {"STOCK": STOCK, "ETF": ETF, "INDEX": INDEX}[rule]
        return [info for info in everything if info.security_type == kind]
    stocks = [info for info in everything if info.security_type == STOCK]
    if rule == "hot":
        return sorted(stocks, key=lambda info: -info.daily_turnover)[:_BUSIEST]
    if rule == "new":
        newest = max((info.listing_date for info in stocks), default=_FIRST_DAY)
        return [info for info in stocks if (newest - info.listing_date).days <= _NEW_DAYS]
    if rule in ("CHINEXT", "SME"):
        first = _CHINEXT_CODES if rule == "CHINEXT" else _SME_CODES
        return [info for info in stocks if info.security.market == SZ and info.security.code.startswith(first)]
    # A board: the Nasdaq, New York and Arca lists hold their funds, too.
    funds = everything if rule.startswith("US_") else stocks
    return [info for info in funds if info.exchange == _BOARDS[rule] and info.security_type != INDEX]


def load_plates(path: Path, table: SecurityTable) -> PlateTable:
    """Read the table. A bad line is left out and named in `problems`; a bad file raises PlatesFileError."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise PlatesFileError(f"{path.name} is larger than {MAXIMUM_FILE_BYTES} bytes")
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PlatesFileError(f"{path.name} cannot be read: {error}") from error
    plates: dict[Security, Plate] = {}
    problems = []
    header_seen = False
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in (next(csv.reader([line])) if '"' in line else line.split(","))]
        if not header_seen:
            if tuple(cells) != COLUMNS:
                raise PlatesFileError(f"{path.name}, line {number}: the header must be {','.join(COLUMNS)}")
            header_seen = True
            continue
        try:
            plate = _parse(cells)
            if plate.security in plates or table.get(plate.security) is not None:
                raise ValueError(f"{plate.security.label} is there already")
            if len(plates) >= MAXIMUM_PLATES:
                raise ValueError(f"more than {MAXIMUM_PLATES} plates")
        except ValueError as error:
            problems.append(Problem(number, str(error)))
            continue
        plates[plate.security] = plate
    return PlateTable(tuple(plates.values()), table, tuple(problems))


def table_with_plates(table: SecurityTable, plates: PlateTable) -> SecurityTable:
    """Add the plates to the securities: they have quotes like indices, and levels that follow from their members."""
    described = []
    for plate in plates.plates:
        members = plates.members(plate.security)
        if members:
            described.append(_describe(plate, members))
    return SecurityTable((*table.securities, *described), table.problems)


def _describe(plate: Plate, members: tuple[SecurityInfo, ...]) -> SecurityInfo:
    group = MARKET_GROUPS[plate.security.market]
    return SecurityInfo(
        security=plate.security,
        security_id=security_id(plate.security),
        name_en=plate.name_en,
        name_zh=plate.name_zh,
        name_zh_hant=plate.name_zh_hant,
        security_type=PLATE,
        exchange=0,
        group=group,
        currency=CURRENCIES[group],
        tick_kind=TickKind.INDEX,
        lot_size=0,
        listing_date=_FIRST_DAY,
        reference_price=_BASE_LEVEL,
        daily_turnover=sum(info.daily_turnover for info in members if info.security_type != INDEX) or 1e9,
        volatility_percent=max(5.0, _CALMING * sum(info.volatility_percent for info in members) / len(members)),
        shares_outstanding=0,
        eps=0.0,
        bvps=0.0,
        dividend_yield_percent=0.0,
    )


def _set_of(market: int) -> int:
    return SH if market == SZ else market


def _parse(cells: list[str]) -> Plate:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} cells instead of {len(COLUMNS)}")
    label, kind, key, name_en, name_zh, name_zh_hant, members = cells
    security = parse_security(label)
    if security.market not in MARKET_GROUPS:
        raise ValueError(f"{label}: this market has no plates")
    if kind not in PlateKind.__members__:
        raise ValueError(f"kind {kind!r} is none of {', '.join(PlateKind.__members__)}")
    rules = {"members", "hot", "new", "STOCK", "ETF", "INDEX", "CHINEXT", "SME", *_BOARDS}
    if not key or (kind == PlateKind.LIST.name and key not in rules):
        raise ValueError(f"key {key!r} is not a rule")
    if not (name_en and name_zh and name_zh_hant):
        raise ValueError("a name is missing")
    return Plate(security, PlateKind[kind], key, name_en, name_zh, name_zh_hant, tuple(members.split()))
