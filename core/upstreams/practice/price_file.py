"""Reads price files: CSV with date or time, open, high, low, close and volume, daily or within the day."""

from __future__ import annotations

import csv
import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isfinite, log, sqrt
from pathlib import Path
from statistics import pstdev
from typing import Final

from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US, Security, parse_security
from core.upstreams.practice.bar_periods import MINUTES_OF_TYPE, Bar
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.imported_bars import ImportedBars
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, round_to_tick
from core.upstreams.practice.securities import (
    AU,
    CA,
    CC,
    JP,
    MY,
    SG,
    STOCK,
    SecurityInfo,
    SecurityTable,
    security_id,
    volume_parts,
)

MAXIMUM_FILE_BYTES: Final = 64_000_000
MAXIMUM_ROWS: Final = 500_000
MAXIMUM_DECIMALS: Final = 8
_HIGHEST_PRICE: Final = 1e9
_PRICE_COLUMNS: Final = ("open", "high", "low", "close")
_TIME_NAMES: Final = ("datetime", "date", "time", "timestamp", "time_key", "")
_MARKETS: Final = {
    HK: (MarketGroup.HK, TickKind.HK_STOCK, "HKD", 1, 100),
    US: (MarketGroup.US, TickKind.US, "USD", 5, 1),
    SH: (MarketGroup.CN, TickKind.CN_STOCK, "CNY", 14, 100),
    SZ: (MarketGroup.CN, TickKind.CN_STOCK, "CNY", 15, 100),
    SG: (MarketGroup.SG, TickKind.SG, "SGD", 17, 100),
    JP: (MarketGroup.JP, TickKind.JP, "JPY", 21, 100),
    MY: (MarketGroup.MY, TickKind.MY, "MYR", 20, 100),
    AU: (MarketGroup.AU, TickKind.AU, "AUD", 0, 1),
    CA: (MarketGroup.CA, TickKind.CA, "CAD", 0, 1),
}


def symbol_of(path: Path) -> str:
    """Guess the symbol from a file name: its first word, in capitals (goog_daily.csv is GOOG)."""
    return re.split(r"[\s_\-.]+", path.stem.strip())[0].upper()


def find_security(path: Path, symbols: Mapping[str, Security], table: SecurityTable) -> Security:
    """Say whose prices a file holds: by the mapping (file stem or symbol), else by the code in its name, US first.

    Raises UserFacingError(csv_no_symbol).
    """
    mapped = {symbol.upper(): security for symbol, security in symbols.items()}
    symbol = symbol_of(path)
    for key in (path.stem.upper(), path.name.upper(), symbol):
        if key in mapped:
            return mapped[key]
    for label in (path.stem, path.stem.partition("_")[0]):
        try:
            named = parse_security(label)
        except ValueError:
            continue
        if table.get(named) is not None:
            return named
    for market in (US, HK, SH, SZ, CC):
        if table.get(Security(market, symbol)) is not None:
            return Security(market, symbol)
    raise UserFacingError("csv_no_symbol", symbol=symbol, file=path.name)


def load_price_file(path: Path, security: Security) -> ImportedBars:
    """Read one file. Raises UserFacingError(csv_unreadable) that names the line."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise _BadFile(f"it is larger than {MAXIMUM_FILE_BYTES} bytes")
        # Spreadsheet programs put a byte order mark in front.
        with path.open(encoding="utf-8-sig", newline="") as lines:
            minutes, decimals, bars = _read(lines, volume_parts(security))
    except OSError as error:
        raise UserFacingError("csv_unreadable", file=path.name, reason=error.strerror or "no access") from error
    except UnicodeDecodeError as error:
        raise UserFacingError("csv_unreadable", file=path.name, reason="it is not UTF-8 text") from error
    except (_BadFile, csv.Error) as error:
        raise UserFacingError("csv_unreadable", file=path.name, reason=str(error)) from error
    return ImportedBars(security, path.name, minutes, decimals, bars)


def table_with(table: SecurityTable, imported: Sequence[ImportedBars]) -> SecurityTable:
    """Add the securities of price files that the table does not have, as simulated stocks. Raises UserFacingError."""
    securities = {info.security: info for info in table}
    for bars in imported:
        known = securities.get(bars.security)
        first = datetime.date.fromordinal(bars.bars[0].day)
        if known is None:
            securities[bars.security] = _describe(bars, first)
        elif first < known.listing_date:
            securities[bars.security] = replace(known, listing_date=first)
    return SecurityTable(tuple(securities.values()), table.problems)


class _BadFile(Exception):
    """Why a file cannot be used, for the message."""


def _read(lines: Iterable[str], parts: int) -> tuple[int, int, tuple[Bar, ...]]:
    rows = csv.reader(lines)
    header = [cell.strip().lower() for cell in next(rows, [])]
    day_column, time_column = _time_columns(header)
    missing = [name for name in (*_PRICE_COLUMNS, "volume") if name not in header]
    if missing:
        raise _BadFile(f"line 1 has no column {', '.join(missing)}")
    columns = tuple(header.index(name) for name in (*_PRICE_COLUMNS, "volume"))
    bars = list(_bars(rows, day_column, time_column, columns, len(header), parts))
    if not bars:
        raise _BadFile("it has no rows")
    if len(bars) > 1 and bars[0][0][:2] > bars[1][0][:2]:
        bars.reverse()
    decimals = 0
    previous = (0, 0)
    for bar, line, places in bars:
        if bar[:2] <= previous:
            raise _BadFile(f"line {line}: its time is not after that of the row before it")
        previous = bar[:2]
        decimals = max(decimals, places)
    spacing = _spacing([bar for bar, _, _ in bars])
    return spacing, decimals, tuple(bar for bar, _, _ in bars)


def _time_columns(header: list[str]) -> tuple[int, int | None]:
    """Find the column of the date (perhaps with a time) and that of a time of its own."""
    if "date" in header and "time" in header:
        return header.index("date"), header.index("time")
    for name in _TIME_NAMES:
        # A column without a name counts only in front, where index columns stand.
        if name in header and (name or header[0] == ""):
            return header.index(name), None
    raise _BadFile("line 1 has no column date, time or datetime")


def _bars(
    rows: Iterator[list[str]],
    day_column: int,
    time_column: int | None,
    columns: tuple[int, ...],
    width: int,
    parts: int,
) -> Iterator[tuple[Bar, int, int]]:
    """Read the rows: each bar with its line number and the longest fraction among its prices."""
    for line, cells in enumerate(rows, start=2):
        if not cells or not any(cells):
            continue
        if line > MAXIMUM_ROWS + 1:
            raise _BadFile(f"it has more than {MAXIMUM_ROWS} rows")
        if len(cells) < width:
            raise _BadFile(f"line {line} has {len(cells)} cells instead of {width}")
        stamp = cells[day_column] if time_column is None else f"{cells[day_column]} {cells[time_column]}"
        day, minute = _time(stamp, line)
        texts = [cells[column].strip() for column in columns]
        try:
            opening, high, low, close, volume = map(float, texts)
        except ValueError:
            raise _BadFile(f"line {line}: {' '.join(texts)[:60]!r} are not five numbers") from None
        if not (0 < low <= min(opening, close) and max(opening, close) <= high < _HIGHEST_PRICE):
            raise _BadFile(f"line {line}: open, high, low and close do not fit together")
        if not (0 <= volume < 2**62 and isfinite(volume) and volume * parts < 2**62):
            raise _BadFile(f"line {line}: volume {texts[4][:30]} is not usable")
        places = max(_decimals(text) for text in texts[:4])
        # Shares lose their fractions, coins keep them.
        yield Bar(day, minute, opening, high, low, close, int(volume * parts), 0.0), line, places


def _time(text: str, line: int) -> tuple[int, int]:
    """Read a date or a date with time; a zone that is written behind it is not looked at."""
    try:
        moment = datetime.datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        raise _BadFile(f"line {line}: {text[:40]!r} is not a date or time") from None
    return moment.toordinal(), moment.hour * 60 + moment.minute


def _decimals(text: str) -> int:
    _, dot, fraction = text.partition(".")
    return min(MAXIMUM_DECIMALS, len(fraction)) if dot and fraction.isdigit() else 0


def _spacing(bars: list[Bar]) -> int:
    """Give the minutes from bar to bar, 0 for day bars. The smallest known period that most bars keep."""
    if all(bar.minute == 0 for bar in bars) and len({bar.day for bar in bars}) == len(bars):
        return 0
    pauses = Counter((later.day - bar.day) * 1_440 + later.minute - bar.minute for bar, later in pairwise(bars))
    if not pauses:
        return min(MINUTES_OF_TYPE.values())
    usual = pauses.most_common(1)[0][0]
    if usual >= 1_440:
        raise _BadFile("its rows carry times of day but are a day or more apart")
    return max((period for period in MINUTES_OF_TYPE.values() if period <= usual), default=1)


def _describe(bars: ImportedBars, first: datetime.date) -> SecurityInfo:
    """Make up a security for a file whose code the table does not have. Its name says that it is simulated."""
    security = bars.security
    if security.market not in _MARKETS:
        raise UserFacingError("wrong_market", market=security.label)
    group, tick_kind, currency, exchange, lot = _MARKETS[security.market]
    days: dict[int, tuple[float, float]] = {}
    for bar in bars.bars:
        days[bar.day] = (bar.close, days.get(bar.day, (0.0, 0.0))[1] + bar.volume * bar.close)
    closes = [close for close, _ in days.values()]
    moves = [log(later / close) for close, later in pairwise(closes)]
    volatility = pstdev(moves) * sqrt(245) * 100 if len(moves) > 1 else 20.0
    name = f"{security.code} (simulated)"
    return SecurityInfo(
        security=security,
        security_id=security_id(security),
        name_en=name,
        name_zh=f"{security.code}（模拟）",
        name_zh_hant=f"{security.code}（模擬）",
        security_type=STOCK,
        exchange=exchange,
        group=group,
        currency=currency,
        tick_kind=tick_kind,
        lot_size=lot,
        listing_date=first,
        reference_price=round_to_tick(tick_kind, round(closes[-1] * PRICE_SCALE)),
        daily_turnover=sum(turnover for _, turnover in days.values()) / len(days),
        volatility_percent=min(200.0, max(1.0, volatility)),
        shares_outstanding=0,
        eps=0.0,
        bvps=0.0,
        dividend_yield_percent=0.0,
    )
