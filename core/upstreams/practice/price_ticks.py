"""Tick sizes: which prices are legal, and the legal prices next to a price.

Prices are integers in price units, 1/10000 of the currency, so every tick size of every table is exact.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import IntEnum
from typing import Final, NamedTuple

PRICE_SCALE: Final = 10_000


class TickKind(IntEnum):
    """Which tick table a security follows."""

    HK_STOCK = 1
    HK_ETF = 2
    US = 3
    CN_STOCK = 4
    CN_ETF = 5
    INDEX = 6
    SG = 11
    JP = 12
    MY = 13
    AU = 14
    CA = 15
    CRYPTO = 16
    HK_OPTION = 21
    US_OPTION = 22
    POINT = 23  # index futures and index options


class _TickTable(NamedTuple):
    """One table. Band i covers prices from starts[i] up to, not including, starts[i + 1]."""

    lowest: int  # the lowest legal price
    starts: tuple[int, ...]  # legal in the band below as well as in their own
    sizes: tuple[int, ...]
    ranks: tuple[int, ...]  # how many legal prices lie between `lowest` and starts[i]


def _table(*bands: tuple[int, int]) -> _TickTable:
    """Build a table from (first price, tick size) pairs; the first pair starts at the lowest legal price."""
    starts = tuple(start for start, _ in bands)
    sizes = tuple(size for _, size in bands)
    ranks = [0]
    for index in range(1, len(bands)):
        # The first band starts at its lowest legal price, so every band holds a whole number of ticks.
        steps, rest = divmod(starts[index] - starts[index - 1], sizes[index - 1])
        assert rest == 0, "a band must hold a whole number of ticks"
        ranks.append(ranks[-1] + steps)
    return _TickTable(starts[0], starts, sizes, tuple(ranks))


_TABLES: Final[dict[TickKind, _TickTable]] = {
    # The exchange's spread table for stocks since 4 August 2025 (its phase 1).
    TickKind.HK_STOCK: _table(
        (100, 10),  # 0.01 .. 0.25 by 0.001
        (2_500, 50),  # 0.25 .. 0.50 by 0.005
        (5_000, 100),  # 0.50 .. 20 by 0.01
        (200_000, 200),  # 20 .. 50 by 0.02
        (500_000, 500),  # 50 .. 100 by 0.05
        (1_000_000, 1_000),  # 100 .. 200 by 0.1
        (2_000_000, 2_000),  # 200 .. 500 by 0.2
        (5_000_000, 5_000),  # 500 .. 1000 by 0.5
        (10_000_000, 10_000),  # 1000 .. 2000 by 1
        (20_000_000, 20_000),  # 2000 .. 5000 by 2
        (50_000_000, 50_000),  # from 5000 by 5
    ),
    # The exchange's spread table for exchange traded products since June 2020. Simplification: it serves every fund of
    # the practice exchange; the few fixed-income products that follow the stock table are not told apart.
    TickKind.HK_ETF: _table(
        (100, 10),  # 0.01 .. 1 by 0.001
        (10_000, 20),  # 1 .. 5 by 0.002
        (50_000, 50),  # 5 .. 10 by 0.005
        (100_000, 100),  # 10 .. 20 by 0.01
        (200_000, 200),  # 20 .. 100 by 0.02
        (1_000_000, 500),  # 100 .. 200 by 0.05
        (2_000_000, 1_000),  # 200 .. 500 by 0.1
        (5_000_000, 2_000),  # 500 .. 1000 by 0.2
        (10_000_000, 5_000),  # 1000 .. 2000 by 0.5
        (20_000_000, 10_000),  # from 2000 by 1
    ),
    TickKind.US: _table((1, 1), (10_000, 100)),  # below 1 by 0.0001, then by 0.01
    TickKind.CN_STOCK: _table((100, 100)),
    TickKind.CN_ETF: _table((10, 10)),
    TickKind.INDEX: _table((100, 100)),
    TickKind.SG: _table((10, 10), (2_000, 50), (20_000, 100)),
    # The exchange's finer table, for the most traded names. Simplification: it serves every name here.
    TickKind.JP: _table(
        (1_000, 1_000),  # below 1000 by 0.1
        (10_000_000, 5_000),  # 1000 .. 3000 by 0.5
        (30_000_000, 10_000),  # 3000 .. 10000 by 1
        (100_000_000, 50_000),  # 10000 .. 30000 by 5
        (300_000_000, 100_000),  # 30000 .. 100000 by 10
        (1_000_000_000, 500_000),
    ),
    TickKind.MY: _table((50, 50), (10_000, 100), (100_000, 200), (1_000_000, 1_000)),
    TickKind.AU: _table((10, 10), (1_000, 50), (20_000, 100)),
    TickKind.CA: _table((50, 50), (5_000, 100)),
    # Every venue has its own steps; these are round ones, 0.001 to 0.1 percent of usual prices.
    TickKind.CRYPTO: _table(
        (1, 1),  # below 10 by 0.0001
        (100_000, 100),  # 10 .. 1000 by 0.01
        (10_000_000, 1_000),  # 1000 .. 10000 by 0.1
        (100_000_000, 10_000),  # from 10000 by 1
    ),
    TickKind.HK_OPTION: _table((100, 100)),
    TickKind.US_OPTION: _table((100, 100), (30_000, 500)),  # below 3 by 0.01, then by 0.05
    TickKind.POINT: _table((10_000, 10_000)),
}


def lowest_price(kind: TickKind) -> int:
    """Give the lowest legal price in price units."""
    return _TABLES[kind].lowest


def tick_size(kind: TickKind, price_units: int) -> int:
    """Give the tick size in price units: the distance from a legal price to the next one above it.

    Where two bands meet, the price belongs to the band above. Prices below the lowest legal one use the lowest band.
    """
    table = _TABLES[kind]
    return table.sizes[_band(table, price_units)]


def round_to_tick(kind: TickKind, price_units: int) -> int:
    """Give the nearest legal price, the upper one when two are equally near; never below the lowest legal price."""
    table = _TABLES[kind]
    band = _band(table, price_units)
    start, size = table.starts[band], table.sizes[band]
    if price_units <= start:
        return start
    return start + (price_units - start + size // 2) // size * size


def next_up(kind: TickKind, price_units: int) -> int:
    """Give the lowest legal price above this one; the price itself need not be legal."""
    table = _TABLES[kind]
    if price_units < table.lowest:
        return table.lowest
    band = _band(table, price_units)
    start, size = table.starts[band], table.sizes[band]
    return start + ((price_units - start) // size + 1) * size


def next_down(kind: TickKind, price_units: int) -> int:
    """Give the highest legal price below this one; at or below the lowest legal price, that lowest price."""
    table = _TABLES[kind]
    if price_units <= table.lowest:
        return table.lowest
    # Seen from above, the price where two bands meet belongs to the band below.
    band = bisect_left(table.starts, price_units) - 1
    start, size = table.starts[band], table.sizes[band]
    return start + (price_units - start - 1) // size * size


def ticks_between(kind: TickKind, first: int, second: int) -> int:
    """Count the ticks to go from `first` up to `second`, negative when `second` is lower; both are rounded to ticks."""
    return _rank(kind, second) - _rank(kind, first)


def price_after_ticks(kind: TickKind, price_units: int, ticks: int) -> int:
    """Give the legal price that many ticks up (or down, when negative), clamped at the lowest legal price."""
    table = _TABLES[kind]
    rank = max(0, _rank(kind, price_units) + ticks)
    band = bisect_right(table.ranks, rank) - 1
    return table.starts[band] + (rank - table.ranks[band]) * table.sizes[band]


def _band(table: _TickTable, price_units: int) -> int:
    return max(0, bisect_right(table.starts, price_units) - 1)


def _rank(kind: TickKind, price_units: int) -> int:
    """Number the legal prices from 0 upward; every legal price has one number."""
    table = _TABLES[kind]
    legal = round_to_tick(kind, price_units)
    band = _band(table, legal)
    return table.ranks[band] + (legal - table.starts[band]) // table.sizes[band]
