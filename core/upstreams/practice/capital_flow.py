"""Money flowing into and out of a security, by size of order: counted from own trades, estimated where there are none.

An order that takes (its trades together) counts as bought when it bought. Its size is measured in usual orders of the
security: below 1 small, below 2.5 middle, below 6 big, above that super. Trades of an auction have no taker and are not
counted. For minutes that nobody traded here the split is estimated from turnover and the way of the price, by a rule
whose sum over a day needs only the day's bar, so intraday and daily figures agree.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from array import array
from collections.abc import Iterable
from typing import Final, NamedTuple

from core.upstreams.practice.market_factor import bell
from core.upstreams.practice.order_book import Fill, Side
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.seeded_noise import mix

SMALL, MIDDLE, BIG, SUPER = range(4)
_CELLS, _GRAINS = 8, 1_000  # kept values of a minute, and of a usual order
_HEADER: Final = struct.Struct("<d")
_COMPRESSION: Final = 1
_BOUNDS: Final = (1.0, 2.5, 6.0)  # in usual orders
# Shares of turnover, and of the net flow, by size; small orders go against the large ones.
_SHARES: Final = (0.41, 0.25, 0.14, 0.20)
_NET_SHARES: Final = (-0.15, 0.10, 0.40, 0.65)
_STRONGEST: Final = 0.2  # of the turnover; keeps every size's inflow and outflow positive
_TILT: Final = 0.04
_OF_THE_MOVE: Final = 0.10


class Flow(NamedTuple):
    """Turnover in currency that flowed in and out, by size (index SMALL to SUPER)."""

    inflow: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    outflow: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    def net(self, size: int) -> float:
        """Give inflow less outflow of one size."""
        return self.inflow[size] - self.outflow[size]

    @property
    def total(self) -> float:
        """Inflow less outflow of all sizes."""
        return sum(self.inflow) - sum(self.outflow)

    def plus_all(self, others: Iterable[Flow]) -> Flow:
        """Add several flows."""
        total = self
        for other in others:
            total = total.plus(other)
        return total

    def plus(self, other: Flow, sign: float = 1.0) -> Flow:
        """Add another flow, or take it away with sign -1."""

        def joined(one: tuple[float, ...], two: tuple[float, ...]) -> tuple[float, float, float, float]:
            small, middle, big, large = (first + sign * second for first, second in zip(one, two, strict=True))
            return small, middle, big, large

        return Flow(joined(self.inflow, other.inflow), joined(self.outflow, other.outflow))


class FlowCounter:
    """Own trades of one day by minute, side and size."""

    def __init__(self, usual_order: float) -> None:
        """Store. `usual_order` is the turnover of a usual order in currency."""
        self._usual = max(usual_order, 1e-9)
        self._slots: dict[int, list[float]] = {}

    def set_usual(self, usual_order: float) -> None:
        """Say what a usual order of the trades to come is."""
        self._usual = max(usual_order, 1e-9)

    def packed(self, end: int) -> bytes:
        """Give what was counted before slot `end` for keeping, to a thousandth of a usual order; empty for nothing."""
        if not self._slots:
            return b""
        grain = self._usual / _GRAINS
        cells = array("q", bytes(8 * _CELLS * end))
        for slot, values in self._slots.items():
            if slot < end:
                cells[slot * _CELLS : (slot + 1) * _CELLS] = array("q", (round(value / grain) for value in values))
        return _HEADER.pack(grain) + zlib.compress(cells.tobytes(), _COMPRESSION)

    def restore(self, packed: bytes, end: int) -> None:
        """Count again what was kept, up to, not including, slot `end`. What cannot be read is passed over."""
        if len(packed) <= _HEADER.size:
            return
        (grain,) = _HEADER.unpack_from(packed)
        cells = array("q")
        with contextlib.suppress(zlib.error, ValueError):
            cells.frombytes(zlib.decompress(packed[_HEADER.size :]))
        for slot in range(min(end, len(cells) // _CELLS)):
            values = cells[slot * _CELLS : (slot + 1) * _CELLS]
            if any(values):
                self._slots[slot] = [value * grain for value in values]

    def record(self, slot: int, fills: Iterable[Fill]) -> None:
        """Count trades; those of one taker are one order."""
        orders: dict[int, tuple[Side, int]] = {}
        for fill in fills:
            _, turnover = orders.get(fill.taker_id, (fill.taker_side, 0))
            orders[fill.taker_id] = (fill.taker_side, turnover + fill.price * fill.volume)
        for side, turnover in orders.values():
            value = turnover / PRICE_SCALE
            cells = self._slots.get(slot)
            if cells is None:
                cells = self._slots[slot] = [0.0] * 8
            cells[size_of(value / self._usual) + (0 if side is Side.BUY else 4)] += value

    def total(self) -> Flow:
        """Give what was counted in all minutes."""
        return Flow().plus_all(map(self.of_slot, self._slots))

    def of_slot(self, slot: int) -> Flow:
        """Give what was counted in one minute."""
        cells = self._slots.get(slot)
        if cells is None:
            return Flow()
        small, middle, big, large = cells[:4]
        return Flow((small, middle, big, large), (cells[4], cells[5], cells[6], cells[7]))


def size_of(usual_orders: float) -> int:
    """Sort an order, measured in usual ones, into a size."""
    return sum(usual_orders >= bound for bound in _BOUNDS)


def estimated_flow(
    key: int, day: int, turnover: float, opening: float, price: float, whole: tuple[float, float]
) -> Flow:
    """Estimate a day's flow up to a moment.

    `turnover` (currency) and `price` are those at the moment, `opening` the day's first price, `whole` the turnover and
    the price range of the whole day (or what of it is known).
    """
    day_turnover, span = whole
    dice = mix(key ^ day)
    move = (price - opening) / span if span else 0.0
    net = _TILT * bell(dice) * turnover + _OF_THE_MOVE * move * day_turnover
    net = max(-_STRONGEST * turnover, min(_STRONGEST * turnover, net))
    inflow, outflow = [], []
    for share, net_share in zip(_SHARES, _NET_SHARES, strict=True):
        inflow.append((share * turnover + net_share * net) / 2)
        outflow.append((share * turnover - net_share * net) / 2)
    return Flow((inflow[0], inflow[1], inflow[2], inflow[3]), (outflow[0], outflow[1], outflow[2], outflow[3]))
