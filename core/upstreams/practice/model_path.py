"""The simulated past and the fair price of a derived instrument, computed from its underlying's by the model.

Offers what ReferencePath and DayPath offer, so that history, live day and order flow work as for any security.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from core.upstreams.practice.bar_periods import Bar, SessionLayout
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, lowest_price, round_to_tick
from core.upstreams.practice.underlyings import SpotDay, Underlying

_KEPT_PRICES: Final = 4_096


class Model(Protocol):
    """What is worth how much on a day; see derivatives.py."""

    @property
    def tick_kind(self) -> TickKind:
        """Which prices are legal."""

    @property
    def first_day(self) -> int:
        """The first day that it trades."""

    @property
    def last_day(self) -> int:
        """The last day that it trades."""

    @property
    def multiplier(self) -> int:
        """Money per price and volume of 1."""

    @property
    def volume_unit(self) -> int:
        """Volumes are multiples of it."""

    def day_price(self, day: int) -> Callable[[float], float]:
        """Give the function from the underlying's price to the contract's; it only rises or only falls."""

    def day_volume(self, day: int) -> int:
        """Give the volume of a whole day."""

    def extremes(self, bars: Sequence[Bar]) -> tuple[float, float] | None:
        """Give the highest and lowest price over day bars of the underlying; None when there are none."""


class ModelDay:
    """One simulated day of a derived instrument. Prices are price units unless said otherwise."""

    __slots__ = ("_function", "_known", "_underlying_day", "_volume", "day", "layout", "path")

    def __init__(self, path: ModelPath, underlying_day: SpotDay) -> None:
        """Store."""
        self.path = path
        self.day = underlying_day.day
        self.layout: SessionLayout = underlying_day.layout
        self._underlying_day = underlying_day
        self._function = path.model.day_price(self.day)
        self._volume = path.model.day_volume(self.day)
        self._known: dict[float, float] = {}

    def fair_price(self, slot: int, fraction: float) -> float:
        """Give the unrounded price inside a minute, `fraction` from 0 up to 1."""
        spot = self._underlying_day.fair_price(slot, fraction) / PRICE_SCALE
        return max(float(lowest_price(self.path.tick_kind)), self._function(spot) * PRICE_SCALE)

    def underlying_price(self, slot: int, fraction: float) -> float:
        """Give the underlying's unrounded fair price in currency."""
        return self._underlying_day.fair_price(slot, fraction) / PRICE_SCALE

    def minute_volume(self, slot: int) -> int:
        """Give the volume of one minute."""
        return self._volume_of(slot, slot + 1)

    def bars(self, period: int) -> list[Bar]:
        """Give all bars of a period of minutes."""
        make = self._bar
        buckets = self.layout.buckets(period)
        return [
            make(bar, bucket.first, bucket.end)
            for bar, bucket in zip(self._underlying_day.bars(period), buckets, strict=True)
        ]

    def bar_of_slots(self, first: int, end: int, label: int = 0) -> Bar:
        """Give the bar of slots `first` up to, not including, `end`."""
        return self._bar(self._underlying_day.bar_of_slots(first, end, label), first, end)

    def day_bar(self, bar: Bar) -> Bar:
        """Give the day's bar, from that of the underlying."""
        return self._bar(bar, 0, self.layout.count)

    def _bar(self, bar: Bar, first: int, end: int) -> Bar:
        day, label, opening, highest, lowest, close, _, _ = bar
        opening, high, low, close = map(self._price, (opening, highest, lowest, close))
        volume = self._volume_of(first, end) if end - first < self.layout.count else self._volume
        turnover = 0.0
        if volume:
            # At the price that belongs to the underlying's average, and for how the price is bent around it.
            average, variance = self._underlying_day.average(first, end)
            average = min(highest, max(lowest, average / PRICE_SCALE))
            price = low if highest == lowest else low + (high - low) * (average - lowest) / (highest - lowest)
            if end - first > 1 and lowest < average < highest and variance:
                price = self._function(average)
                bend = ((high - price) / (highest - average) - (price - low) / (average - lowest)) / (highest - lowest)
                price = min(max(high, low), max(min(high, low), price + bend * variance / PRICE_SCALE**2))
            turnover = volume * self.path.model.multiplier * price
        if high < low:
            high, low = low, high
        return Bar(day, label, opening, high, low, close, volume, turnover)

    def _price(self, spot: float) -> float:
        """Give the price in currency, on a tick, for a price of the underlying."""
        known = self._known.get(spot)
        if known is None:
            known = round_to_tick(self.path.tick_kind, round(self._function(spot) * PRICE_SCALE)) / PRICE_SCALE
            if len(self._known) < _KEPT_PRICES:
                self._known[spot] = known
        return known

    def _volume_of(self, first: int, end: int) -> int:
        """Spread the day's volume over its minutes as the underlying's is, in whole units without losing one."""
        sums = self._underlying_day.unit_sums()
        total, unit = sums[-1] or 1, self.path.model.volume_unit
        units = self._volume // unit
        return (units * sums[end] // total - units * sums[first] // total) * unit


class ModelPath:
    """The chain of simulated days of one derived instrument."""

    def __init__(self, model: Model, underlying: Underlying) -> None:
        """Store."""
        self.model = model
        self.underlying = underlying
        self.tick_kind: TickKind = model.tick_kind
        self.turnover_divisor = 1
        self.lot = model.volume_unit
        self.first_day = max(model.first_day, underlying.first_day)
        self._extremes: tuple[int, int, tuple[float, float] | None] | None = None  # begin, end and what was found

    def ensure(self, begin: int, end: int) -> None:
        """Compute the underlying's days from `begin` to `end`."""
        self.underlying.path.ensure(begin, end)

    def computed_from(self) -> int:
        """Give the first day that is computed already."""
        return self.underlying.path.computed_from()

    def indexes(self, begin: int, end: int) -> range:
        """Give the positions of the trading days from `begin` to `end`, both included, for `at`."""
        begin, end = max(begin, self.first_day), min(end, self.model.last_day)
        return self.underlying.path.indexes(begin, end) if begin <= end else range(0)

    def at(self, index: int) -> ModelDay:
        """Give the day at a position; positions change when earlier days are computed."""
        return ModelDay(self, self.underlying.path.at(index))

    def last_trading_day(self, day: int) -> int:
        """Give the last day with trading up to a day; the contract's first day when there is none."""
        found = self.indexes(min(day, self.model.last_day) - 60, day)
        return self.underlying.path.at(found[-1]).day if found else self.first_day

    def day(self, day: int) -> ModelDay | None:
        """Give one day; None when there is no trading on it."""
        found = self.indexes(day, day)
        return self.at(found[0]) if found else None

    def day_bars(self, begin: int, end: int) -> list[Bar]:
        """Give the day bars from `begin` to `end`, both included."""
        begin, end = max(begin, self.first_day), min(end, self.model.last_day)
        if begin > end:
            return []
        path = self.underlying.path
        bars = path.day_bars(begin, end)
        self.underlying.remember_closes(bars)
        return [self.at(index).day_bar(bar) for index, bar in zip(path.indexes(begin, end), bars, strict=True)]

    def ex_close(self, day: int, close: int) -> int:
        """Give the close before a day; contracts have no corporate actions of their own."""
        return close

    def extremes(self, begin: int, end: int) -> tuple[int, int] | None:
        """Give the highest and lowest price from `begin` to `end`, both included; None without a trading day."""
        begin, end = max(begin, self.first_day), min(end, self.model.last_day)
        if begin > end:
            return None
        if self._extremes is None or self._extremes[:2] != (begin, end):
            found = self.model.extremes(self.underlying.path.day_bars(begin, end))
            self._extremes = (begin, end, found)
        prices = self._extremes[2]
        if prices is None:
            return None
        high, low = (round_to_tick(self.tick_kind, round(price * PRICE_SCALE)) for price in prices)
        return high, low

    def close_before(self, day: int) -> int | None:
        """Give the last close before a day; before the first day what the model would have said."""
        end = min(day, self.model.last_day + 1)
        found = self.underlying.path.indexes(end - 40, end - 1)
        if not found:
            return None
        last = self.underlying.path.at(found[-1]).day
        price = self.model.day_price(last)(self.underlying.close_before(end))
        return round_to_tick(self.tick_kind, round(price * PRICE_SCALE))
