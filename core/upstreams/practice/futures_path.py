"""An index as its futures see it: the night before each day, the minutes around the index's own hours, and the index.

Outside the index's hours the level goes in legs, each a shape (intraday_shapes.py) stretched between its low and high:
the night begins where the last day ended and leans towards the next opening, the minutes before the opening lead to it,
those after the close lead away from it. A day that never closes is the index's own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import mul
from typing import Final, NamedTuple

from core.upstreams.practice.bar_periods import Bar, SessionLayout, layout_of
from core.upstreams.practice.calendars import MINUTES_PER_DAY, MarketCalendar, Session
from core.upstreams.practice.futures_hours import future_sessions, leg_minutes
from core.upstreams.practice.intraday_shapes import LEVELS, POINTS_PER_MINUTE, SHAPE_COUNT, ShapeLibrary
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, round_to_tick
from core.upstreams.practice.reference_path import DayPath, ReferencePath
from core.upstreams.practice.seeded_noise import mix

_LONGEST_BREAK_DAYS: Final = 15
_BLOCK: Final = 300  # days whose legs are made at once going back
_LONG_BAR, _KEPT_LEVELS = 5, 30_000  # levels of bars from so many minutes on are kept, 200 bytes each
_LARGEST_DIRECTION: Final = 0.95
_NIGHT_SHARE: Final = 0.6  # of the way from a close to the next opening
# How far a leg moves by itself, in usual days; and its part of the day's volume, of _WHOLE.
_NIGHT_WIDTH, _EARLY_WIDTH, _LATE_WIDTH = 0.35, 0.10, 0.12
_WHOLE: Final = 1 << 24
_NIGHT_VOLUME, _EARLY_VOLUME, _LATE_VOLUME = (int(_WHOLE * part) for part in (0.17, 0.025, 0.03))


class Leg(NamedTuple):
    """Minutes in a row: a shape of so many minutes between `low` and `low + span` (price units)."""

    minutes: int
    shape: int
    low: int
    span: int


class DayLegs(NamedTuple):
    """One trading day in price units, unrounded. `index_*` are the figures of a day that ends with the index's."""

    night: Leg | None
    early: Leg | None
    late: Leg | None
    open: int
    high: int
    low: int
    close: int
    index_high: int
    index_low: int
    index_close: int
    average: float  # of what is traded
    index_average: float


class VolumeSums(Sequence[int]):
    """How much of a day's volume was traded before each slot, as parts of the last one."""

    def __init__(self, parts: Sequence[tuple[int, int, Sequence[int]]]) -> None:
        """Store. `parts` are slots, volume and the growing volume inside, a 0 in front."""
        self._firsts: list[int] = []
        self._parts: list[tuple[int, int, int, Sequence[int]]] = []
        slot = base = 0
        for count, volume, sums in parts:
            self._firsts.append(slot)
            self._parts.append((slot, base, volume, sums))
            slot, base = slot + count, base + volume
        self._count, self._total = slot, base

    def __len__(self) -> int:
        """Count the slots, and one."""
        return self._count + 1

    def __getitem__(self, slot: int) -> int:  # type: ignore[override]
        """Give the volume before a slot; -1 for that of the day."""
        if slot in (-1, self._count):
            return self._total
        first, base, volume, sums = self._parts[bisect_right(self._firsts, slot) - 1]
        return base + volume * sums[slot - first] // (sums[-1] or 1)


def volumes_of(night: bool, early: bool, late: bool) -> list[int]:
    """Give the parts of a day's volume, of `_WHOLE`, at night (if any), before, in and after the index's hours."""
    outside = [_NIGHT_VOLUME] * night + [_EARLY_VOLUME] * early
    rest = _WHOLE - sum(outside) - _LATE_VOLUME * late
    return [*outside, rest, *[_LATE_VOLUME] * late]


class FuturesSpotDay:
    """One trading day of the futures in terms of the index. Prices as in DayPath."""

    __slots__ = ("_firsts", "_index", "_legs", "_path", "_pieces", "_sums", "day", "layout")

    def __init__(self, path: FuturesSpotPath, index_day: DayPath, legs: DayLegs, layout: SessionLayout) -> None:
        """Store."""
        self.day = index_day.day
        self.layout = layout
        self._path = path
        self._index = index_day
        self._legs = legs
        index = Leg(index_day.layout.count, index_day.shape, index_day.low, index_day.span)
        self._pieces = [leg for leg in (legs.night, legs.early, index, legs.late) if leg is not None]
        self._firsts = [0, *accumulate(leg.minutes for leg in self._pieces)]
        self._sums: VolumeSums | None = None

    def fair_price(self, slot: int, fraction: float) -> float:
        """Give the unrounded level inside a minute in price units, `fraction` from 0 up to 1."""
        number = bisect_right(self._firsts, slot) - 1
        leg = self._pieces[number]
        points = self._path.library.shape(leg.minutes, leg.shape).points
        position = fraction * POINTS_PER_MINUTE
        step = int(position)
        place = (slot - self._firsts[number]) * POINTS_PER_MINUTE + step
        here = points[place]
        following = points[place + 1] if place + 1 < len(points) else here
        return leg.low + (here + (following - here) * (position - step)) * leg.span / LEVELS

    def minute_volume(self, slot: int) -> int:
        """Give the volume of one minute, as a part of `_WHOLE`."""
        sums = self.unit_sums()
        return sums[slot + 1] - sums[slot]

    def bars(self, period: int) -> list[Bar]:
        """Give all bars of a period of minutes; they have no volume."""
        return [self.bar_of_slots(first, end, label) for label, first, end in self.layout.buckets(period)]

    def bar_of_slots(self, first: int, end: int, label: int = 0) -> Bar:
        """Give the bar of slots `first` up to, not including, `end`; it has no volume."""
        number = bisect_right(self._firsts, first) - 1
        begin, stop = self._firsts[number], self._firsts[number + 1]
        opening, high, low, close = self._path.prices(self._pieces[number], first - begin, min(end, stop) - begin)
        while stop < end:
            number += 1
            begin, stop = stop, self._firsts[number + 1]
            _, more, less, close = self._path.prices(self._pieces[number], 0, min(end, stop) - begin)
            high, low = max(high, more), min(low, less)
        kind = self._path.tick_kind
        return Bar(
            self.day,
            label,
            round_to_tick(kind, opening) / PRICE_SCALE,
            round_to_tick(kind, high) / PRICE_SCALE,
            round_to_tick(kind, low) / PRICE_SCALE,
            round_to_tick(kind, close) / PRICE_SCALE,
            0,
            0.0,
        )

    def average(self, first: int, end: int) -> tuple[float, float]:
        """Give the average price (price units) of what is traded in some slots.

        The variance around it is given as 0: futures do not ask for it.
        """
        volume = value = 0.0
        for begin, leg, part in zip(self._firsts, self._pieces, self._volumes(), strict=False):
            start, stop = max(0, first - begin), min(leg.minutes, end - begin)
            if start < stop:
                share, level = self._path.traded(leg, start, stop)
                volume += part * share
                value += part * share * (leg.low + level * leg.span)
        return value / volume, 0.0

    def unit_sums(self) -> VolumeSums:
        """Give the day's volume up to the end of each of its minutes, a 0 in front, as parts of the last one."""
        if self._sums is None:
            self._sums = VolumeSums(
                [
                    (leg.minutes, volume, self._path.weight_sums(leg))
                    for leg, volume in zip(self._pieces, self._volumes(), strict=True)
                ]
            )
        return self._sums

    def _volumes(self) -> list[int]:
        """Give each leg's part of the day's volume, of `_WHOLE`."""
        legs = self._legs
        return volumes_of(legs.night is not None, legs.early is not None, legs.late is not None)

    def until_index_close(self) -> FuturesSpotDay:
        """Give the same day of a contract that ends with the index's last minute."""
        if self._legs.late is None:
            return self
        *others, last = self.layout.sessions
        cut = Session(last.open, last.close - self._legs.late.minutes)
        return FuturesSpotDay(self._path, self._index, self._legs._replace(late=None), layout_of((*others, cut)))


class FuturesSpotPath:
    """The chain of the futures' trading days on one index; offers what ReferencePath offers to models."""

    def __init__(self, index: ReferencePath, calendar: MarketCalendar, key: int) -> None:
        """Store. `key` is the dice of the legs."""
        self.index = index
        self.library: ShapeLibrary = index.library
        self.tick_kind: TickKind = index.tick_kind
        self.first_day = index.first_day + 1  # there is a close before it
        self._calendar = calendar
        self._key = key
        self._legs: dict[int, DayLegs] = {}
        self._from = -1  # the first day whose legs were made with all those after it
        self._sums: dict[tuple[int, int], list[int]] = {}
        self._products: dict[tuple[int, int], list[int]] = {}
        self._levels: dict[tuple[int, int, int, int], tuple[int, int, int, int]] = {}

    def ensure(self, begin: int, end: int) -> None:
        """Make the days from `begin` to `end`, 10 to 20 microseconds each."""
        begin = max(begin, self.first_day)
        if self._from < 0:
            self._from = end + 1
        if begin < self._from:
            begin = max(self.first_day, min(begin, self._from - _BLOCK))
            for index in self.indexes(begin, self._from - 1):
                self.legs_at(index)
            self._from = begin

    def computed_from(self) -> int:
        """Give the first day that is made already."""
        return self.index.computed_from() if self._from < 0 else max(self._from, self.index.computed_from())

    def indexes(self, begin: int, end: int) -> range:
        """Give the positions of the trading days from `begin` to `end`, both included, for `at`."""
        begin = max(begin, self.first_day)
        self.index.ensure(begin - _LONGEST_BREAK_DAYS, end)  # a night needs the day before it
        return self.index.indexes(begin, end)

    def at(self, index: int) -> DayPath | FuturesSpotDay:
        """Give the day at a position; positions change when earlier days are computed."""
        index_day = self.index.at(index)
        if index_day.layout.all_day:
            return index_day
        legs = self.legs_at(index)
        return FuturesSpotDay(self, index_day, legs, layout_of(future_sessions(self._calendar, index_day.day)))

    def day(self, day: int) -> DayPath | FuturesSpotDay | None:
        """Give one day; None when there is no trading on it."""
        found = self.indexes(day, day)
        return self.at(found[0]) if found else None

    def days(self, begin: int, end: int) -> Iterator[tuple[int, DayLegs]]:
        """Give the trading days from `begin` to `end`, both included, with their figures."""
        for index in self.indexes(begin, end):
            yield self.index.day_number(index), self.legs_at(index)

    def day_bars(self, begin: int, end: int) -> list[Bar]:
        """Give the day bars from `begin` to `end`, both included, without volume."""
        kind = self.tick_kind
        bars = []
        for day, legs in self.days(begin, end):
            opening, high, low, close = (
                round_to_tick(kind, price) / PRICE_SCALE for price in (legs.open, legs.high, legs.low, legs.close)
            )
            bars.append(Bar(day, 0, opening, high, low, close, 0, 0.0))
        return bars

    def extremes(self, begin: int, end: int) -> tuple[int, int] | None:
        """Give the highest and lowest level from `begin` to `end`, both included; None without a trading day."""
        found = [legs for _, legs in self.days(begin, end)]
        if not found:
            return None
        high, low = max(legs.high for legs in found), min(legs.low for legs in found)
        return round_to_tick(self.tick_kind, high), round_to_tick(self.tick_kind, low)

    def close_before(self, day: int) -> int | None:
        """Give the last level before a day in price units; None before the first."""
        found = self.indexes(day - _LONGEST_BREAK_DAYS, day - 1)
        return round_to_tick(self.tick_kind, self.legs_at(found[-1]).close) if found else self.index.close_before(day)

    def ex_close(self, day: int, close: int) -> int:
        """Give the close before a day; an index has no corporate actions."""
        return close

    def legs_at(self, index: int) -> DayLegs:
        """Give the figures of the day at a position."""
        day = self.index.day_number(index)
        known = self._legs.get(day)
        if known is None:
            known = self._legs[day] = self._make(index, day)
        return known

    def weight_sums(self, leg: Leg) -> list[int]:
        """Give how busy the minutes of a leg are, added up, a 0 in front."""
        known = self._sums.get((leg.minutes, leg.shape))
        if known is None:
            weights = self.library.shape(leg.minutes, leg.shape).weights
            known = self._sums[leg.minutes, leg.shape] = [0, *accumulate(weights)]
        return known

    def traded(self, leg: Leg, first: int, end: int) -> tuple[float, float]:
        """Give which part of a leg's volume some of its minutes have, and at what level of its range (0 to 1)."""
        key = (leg.minutes, leg.shape)
        products = self._products.get(key)
        if products is None:
            shape = self.library.shape(*key)
            products = self._products[key] = [0, *accumulate(map(mul, shape.weights, shape.sums))]
        sums = self.weight_sums(leg)
        weight = sums[end] - sums[first]
        return weight / sums[-1], (products[end] - products[first]) / (weight * POINTS_PER_MINUTE * LEVELS)

    def prices(self, leg: Leg, first: int, end: int) -> tuple[int, int, int, int]:
        """Give open, high, low and close of some minutes of a leg in price units, unrounded."""
        key = (leg.minutes, leg.shape, first, end)
        levels = self._levels.get(key)
        if levels is None:
            points = self.library.shape(leg.minutes, leg.shape).points
            points = points[first * POINTS_PER_MINUTE : end * POINTS_PER_MINUTE]
            levels = (points[0], max(points), min(points), points[-1])
            if end - first >= _LONG_BAR and len(self._levels) < _KEPT_LEVELS:
                self._levels[key] = levels
        opening, high, low, close = levels
        base, span = leg.low, leg.span
        return (
            base + opening * span // LEVELS,
            base + high * span // LEVELS,
            base + low * span // LEVELS,
            base + close * span // LEVELS,
        )

    def _make(self, index: int, day: int) -> DayLegs:
        opening, high, low, close, count = self.index.day_prices(index)
        whole = Leg(count, self.index.day_shape(index), low, high - low)
        if count == MINUTES_PER_DAY:
            average = self.index.at(index).average(0, count)[0]
            return DayLegs(None, None, None, opening, high, low, close, high, low, close, average, average)
        before = self.index.day_number(index - 1) if index else day - 1
        night_minutes, early_minutes, late_minutes = leg_minutes(self._calendar, before, day)
        night = early = None
        first, move, start_of = opening, self.index.daily_move, self._start_of
        if early_minutes:
            early = self._leading_to(day * 4 + 1, early_minutes, opening, _EARLY_WIDTH * move)
            first = start_of(early)
            high, low = max(high, early.low + early.span), min(low, early.low)
        if night_minutes:
            begin = self._end_of(self._late(index - 1, before, late_minutes)) if index else opening
            night = self._leaning(day * 4, night_minutes, begin, (first - begin) * _NIGHT_SHARE, _NIGHT_WIDTH * move)
            first = start_of(night)
            high, low = max(high, night.low + night.span), min(low, night.low)
        late = self._late(index, day, late_minutes)
        whole_high, whole_low = max(high, late.low + late.span), min(low, late.low)
        legs = [leg for leg in (night, early, whole) if leg is not None]
        return DayLegs(
            night,
            early,
            late,
            first,
            whole_high,
            whole_low,
            self._end_of(late),
            high,
            low,
            close,
            self._average((*legs, late), night, early, late),
            self._average(legs, night, early),
        )

    def _average(
        self, legs: Sequence[Leg], night: Leg | None = None, early: Leg | None = None, late: Leg | None = None
    ) -> float:
        """Give the average price of a day's volume in price units."""
        volumes = volumes_of(night is not None, early is not None, late is not None)
        value = sum(
            volume * (leg.low + self.traded(leg, 0, leg.minutes)[1] * leg.span)
            for leg, volume in zip(legs, volumes, strict=True)
        )
        return value / _WHOLE

    def _late(self, index: int, day: int, minutes: int) -> Leg:
        """Make the minutes after an index's close."""
        known = self._legs.get(day)
        if known is not None and known.late is not None:
            return known.late
        close = self.index.day_prices(index)[3]
        number, span = self._free(mix(self._key ^ (day * 4 + 2)), close, _LATE_WIDTH * self.index.daily_move)
        return Leg(minutes, number, close - self.library.shape(minutes, number).start * span // LEVELS, span)

    def _leading_to(self, number: int, minutes: int, end: int, width: float) -> Leg:
        shape, span = self._free(mix(self._key ^ number), end, width)
        return Leg(minutes, shape, end - self.library.shape(minutes, shape).end * span // LEVELS, span)

    def _leaning(self, number: int, minutes: int, begin: int, wanted: float, width: float) -> Leg:
        dice = mix(self._key ^ number)
        move = wanted / begin
        spread = max(width * (0.6 + (dice >> 16 & 0xFFFF) / 0xFFFF), abs(move) / _LARGEST_DIRECTION)
        shape = self.library.number_near(minutes, move / spread, dice & 0xFF)
        span = int(begin * spread)
        return Leg(minutes, shape, begin - self.library.shape(minutes, shape).start * span // LEVELS, span)

    def _free(self, dice: int, level: int, width: float) -> tuple[int, int]:
        """Draw a shape and its range."""
        return dice % SHAPE_COUNT, int(level * width * (0.5 + (dice >> 16 & 0xFFFF) / 0xFFFF))

    def _start_of(self, leg: Leg) -> int:
        return leg.low + self.library.shape(leg.minutes, leg.shape).start * leg.span // LEVELS

    def _end_of(self, leg: Leg) -> int:
        return leg.low + self.library.shape(leg.minutes, leg.shape).end * leg.span // LEVELS
