"""The day that is being traded: its minutes, each from the simulated past or from real trades, and its totals."""

from __future__ import annotations

from array import array
from typing import Final

from core.upstreams.practice.bar_periods import Bar, add_up
from core.upstreams.practice.capital_flow import FlowCounter
from core.upstreams.practice.kept_trades import DaySummary, KeptMinutes
from core.upstreams.practice.model_path import ModelDay
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.reference_path import DayPath

_FROM_PATH: Final = -1


class LiveDay:
    """One day of one security. A minute has exactly one source: the path, or the trades recorded here.

    Prices are in price units, `turnover` in price units x shares.
    """

    def __init__(self, path: DayPath | ModelDay, last_close: float, first_slot: int) -> None:
        """Take minutes before `first_slot` from the path. `last_close` is the close of the day before, in currency."""
        count = path.layout.count
        self.path = path
        self.day = path.day
        self.layout = path.layout
        self.last_close = last_close
        self.last_slot = -1  # the newest minute with data
        self.open = self.high = self.low = self.last = round(last_close * PRICE_SCALE)
        self.volume = 0
        self.last_trade_at: float | None = None
        self.flows = FlowCounter(0.0)  # trades of this day by size; the market says what a usual order is
        self._turnover = 0
        self._path_turnover = 0.0
        self._kept_turnover = 0
        self._opens = array("q", bytes(8 * count))
        self._highs = array("q", bytes(8 * count))
        self._lows = array("q", bytes(8 * count))
        self._closes = array("q", bytes(8 * count))
        self._volumes = array("q", [_FROM_PATH]) * count
        self._turnovers = array("q", bytes(8 * count))
        self.take_from_path(first_slot)

    @property
    def has_data(self) -> bool:
        """Whether anything was traded yet."""
        return self.last_slot >= 0

    @property
    def turnover(self) -> float:
        """The day's turnover so far, in currency."""
        return self._path_turnover + self._turnover / PRICE_SCALE

    def restore(self, kept: KeptMinutes, end: int) -> None:
        """Fill in kept minutes up to, not including, slot `end`; only on a day without data."""
        end = min(end, len(kept.volumes))
        self.flows.restore(kept.flows, end)
        slot = 0
        while slot < end:
            first = slot
            if kept.volumes[slot] == _FROM_PATH:
                while slot < end and kept.volumes[slot] == _FROM_PATH:
                    slot += 1
                self.take_from_path(slot)
                continue
            if not self.has_data:
                self.open = self.high = self.low = kept.opens[first]
            self._opens[first], self._highs[first] = kept.opens[first], kept.highs[first]
            self._lows[first], self._closes[first] = kept.lows[first], kept.closes[first]
            self._volumes[first], self._turnovers[first] = kept.volumes[first], kept.turnovers[first]
            self.high, self.low = max(self.high, kept.highs[first]), min(self.low, kept.lows[first])
            self.last, self.last_slot = kept.closes[first], first
            self.volume += kept.volumes[first]
            self._turnover += kept.turnovers[first]
            slot += 1

    def to_keep(self) -> tuple[DaySummary, KeptMinutes] | None:
        """Copy the day for keeping; None when nothing was traded since the last copy."""
        if self._turnover == self._kept_turnover or self.last_slot < 0:
            return None
        self._kept_turnover = self._turnover
        end = self.last_slot + 1
        prices = (self.open, self.high, self.low, self.last)
        summary = DaySummary(self.day, self.layout.count, self.last_slot, *prices, self.volume, self.turnover)
        kept = KeptMinutes(
            self._opens[:end],
            self._highs[:end],
            self._lows[:end],
            self._closes[:end],
            self._volumes[:end],
            self._turnovers[:end],
            self.flows.packed(end),
        )
        return summary, kept

    def is_from_path(self, slot: int) -> bool:
        """Say whether a minute with data comes from the path and not from trades."""
        return self._volumes[slot] == _FROM_PATH

    def take_from_path(self, end: int) -> None:
        """Let the path fill the minutes after the newest one up to, not including, slot `end`."""
        first = self.last_slot + 1
        if end <= first:
            return
        bar = self.path.bar_of_slots(first, end)
        opening, high, low, close = (round(value * PRICE_SCALE) for value in bar[2:6])
        if not self.has_data:
            self.open, self.high, self.low = opening, high, low
        self.high, self.low, self.last = max(self.high, high), min(self.low, low), close
        self.volume += bar.volume
        self._path_turnover += bar.turnover
        self.last_slot = end - 1

    def fill_quiet(self, end: int) -> None:
        """Give the minutes after the newest one up to, not including, slot `end` the last price and no volume."""
        if not self.has_data:
            return
        for slot in range(self.last_slot + 1, end):
            self._opens[slot] = self._highs[slot] = self._lows[slot] = self._closes[slot] = self.last
            self._volumes[slot] = 0
            self.last_slot = slot

    def record(self, slot: int, price: int, volume: int, turnover: int) -> None:
        """Add a trade. `slot` must not lie before the newest minute, nor in one that the path has filled."""
        if slot > self.last_slot:
            self.fill_quiet(slot)
            if not self.has_data:
                self.open = self.high = self.low = price
            self._opens[slot] = self._highs[slot] = self._lows[slot] = price
            self._volumes[slot] = 0
            self.last_slot = slot
        elif price > self._highs[slot]:
            self._highs[slot] = price
        elif price < self._lows[slot]:
            self._lows[slot] = price
        self._closes[slot] = self.last = price
        self._volumes[slot] += volume
        self._turnovers[slot] += turnover
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.volume += volume
        self._turnover += turnover

    def day_bar(self) -> Bar:
        """Give the day's bar so far; only when `has_data`."""
        scale = PRICE_SCALE
        return Bar(
            self.day, 0, self.open / scale, self.high / scale, self.low / scale, self.last / scale,
            self.volume, self.turnover,
        )  # fmt: skip

    def minute(self, slot: int) -> Bar:
        """Give one minute; its label is the minute it begins."""
        label = self.layout.minutes[slot]
        if self._volumes[slot] == _FROM_PATH:
            return self.path.bar_of_slots(slot, slot + 1, label)
        return Bar(
            self.day, label, self._opens[slot] / PRICE_SCALE, self._highs[slot] / PRICE_SCALE,
            self._lows[slot] / PRICE_SCALE, self._closes[slot] / PRICE_SCALE,
            self._volumes[slot], self._turnovers[slot] / PRICE_SCALE,
        )  # fmt: skip

    def bars(self, period: int, newest: int | None = None) -> list[Bar]:
        """Give the bars of a period of minutes, up to the newest minute with data; only the `newest` ones if given."""
        if not self.has_data:
            return []
        bars: list[Bar] = []
        skipped = 0 if newest is None else max(0, self.layout.bucket_number(period, self.last_slot) + 1 - newest)
        for label, first, end in self.layout.buckets(period)[skipped:]:
            if first > self.last_slot:
                break
            end = min(end, self.last_slot + 1)
            bars.append(self.bar_of_slots(first, end, label))
        return bars

    def bar_of_slots(self, first: int, end: int, label: int) -> Bar:
        """Give the bar of slots `first` up to, not including, `end`; all must have data."""
        if end - first == 1:
            return self.minute(first)._replace(minute=label)
        if self._volumes[first:end].count(_FROM_PATH) == end - first:
            return self.path.bar_of_slots(first, end, label)
        return add_up(map(self.minute, range(first, end)), minute=label)
