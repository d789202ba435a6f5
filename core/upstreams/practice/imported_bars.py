"""Bars that came from a price file: served as they are, longer periods added up, minutes drawn inside a day's bar."""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.model.security import Security
from core.upstreams.practice.bar_periods import Bar, SessionLayout, add_up, layout_of
from core.upstreams.practice.calendars import MarketCalendar, TradingDayType
from core.upstreams.practice.intraday_shapes import LEVELS, SHAPE_COUNT, ShapeLibrary
from core.upstreams.practice.seeded_noise import key_of, mix

_VOLUME_SCALE: Final = 4  # fine enough to share out any volume


@dataclass(frozen=True, slots=True)
class ImportedBars:
    """The content of one price file. `minutes` is the spacing of the bars, 0 for day bars; times rise strictly.

    `decimals` is the longest fraction of a price in the file. Files carry no turnover: it is 0 in every bar.
    """

    security: Security
    file_name: str
    minutes: int
    decimals: int
    bars: tuple[Bar, ...]

    def before(self, day: int) -> ImportedBars:
        """Leave out the bars of a day (an ordinal) and later ones."""
        kept = self.bars[: bisect_left([bar.day for bar in self.bars], day)]
        return ImportedBars(self.security, self.file_name, self.minutes, self.decimals, kept)


class ImportedHistory:
    """Answers about imported bars. Nothing exists between, before or after them."""

    def __init__(self, imported: ImportedBars, calendar: MarketCalendar, library: ShapeLibrary, seed: int) -> None:
        """Store and index by day. There must be at least one bar."""
        self._imported = imported
        self._calendar = calendar
        self._library = library
        self._key = key_of(seed, "imported", imported.security.label)
        self._starts: dict[int, int] = {}
        for position, bar in enumerate(imported.bars):
            self._starts.setdefault(bar.day, position)
        self._days = list(self._starts)
        self.first_day, self.last_day = self._days[0], self._days[-1]
        self.last_close = imported.bars[-1].close
        self._day_bars: Sequence[Bar] = imported.bars
        if imported.minutes:
            self._day_bars = [add_up(self._of_day(day), minute=0) for day in self._days]

    def days(self, begin: int, end: int) -> list[int]:
        """List the days with bars from `begin` to `end`, both included."""
        return self._days[bisect_left(self._days, begin) : bisect_right(self._days, end)]

    def day_bars(self, begin: int, end: int) -> list[Bar]:
        """Give the day bars from `begin` to `end`, both included."""
        return list(self._day_bars[bisect_left(self._days, begin) : bisect_right(self._days, end)])

    def bars(self, day: int, period: int) -> list[Bar]:
        """Give a day's bars of a period of minutes. Empty for a period shorter than the file's own."""
        if day not in self._starts:
            return []
        spacing = self._imported.minutes
        if not spacing:
            return self._drawn(self.day_bars(day, day)[0], period)
        if period < spacing:
            return []
        groups: dict[int, list[Bar]] = {}
        for bar in self._of_day(day):
            groups.setdefault(bar.minute // period, []).append(bar)
        return [add_up(group) for group in groups.values()]

    def _of_day(self, day: int) -> Sequence[Bar]:
        first = self._starts[day]
        bars = self._imported.bars
        end = first
        while end < len(bars) and bars[end].day == day:
            end += 1
        return bars[first:end]

    def _drawn(self, bar: Bar, period: int) -> list[Bar]:
        """Draw minutes inside a day's bar: they reach its open, high, low and close and share out its volume."""
        layout = self._layout(bar.day)
        number = mix(self._key ^ bar.day) % SHAPE_COUNT & ~1
        shape = self._library.shape(layout.count, number)
        if (shape.end > shape.start) != (bar.close > bar.open):
            number += 1
            shape = self._library.shape(layout.count, number)
        rising = sorted((bar.open, bar.close))
        knots = (bar.low, *rising, bar.high)
        marks = (0, *sorted((shape.start, shape.end)), LEVELS)
        levels = [self._price(level, marks, knots) for level in (shape.start, shape.end)]
        # The shape may lead from its lower to its higher end while the day ends where it began; then ends are equal.
        exact = {shape.start: bar.open, shape.end: bar.close} if shape.start != shape.end else {shape.start: levels[0]}

        def price(level: int) -> float:
            return exact[level] if level in exact else self._price(level, marks, knots)

        units, _ = self._library.totals(layout.count, number, _VOLUME_SCALE)
        bars, done, volume_done = [], 0, 0
        for item in self._library.bars(layout, number, _VOLUME_SCALE, period):
            done += item.units
            volume = bar.volume * done // units - volume_done
            volume_done += volume
            prices = [price(level) for level in item[1:5]]
            bars.append(Bar(bar.day, item.label, prices[0], max(prices), min(prices), prices[3], volume, 0.0))
        return bars

    def _price(self, level: int, marks: Sequence[int], knots: Sequence[float]) -> float:
        """Map a level piecewise so that marks land on knots; between them in the file's own precision."""
        for index in range(3):
            if level <= marks[index + 1]:
                width = marks[index + 1] - marks[index]
                if width == 0 or level == marks[index + 1]:
                    return knots[index + 1]
                share = (level - marks[index]) / width
                value = knots[index] + (knots[index + 1] - knots[index]) * share
                return min(max(round(value, self._imported.decimals), knots[index]), knots[index + 1])
        return knots[3]

    def _layout(self, day: int) -> SessionLayout:
        date = datetime.date.fromordinal(day)
        # A file may have days that our calendar does not trade; they get the hours of the last whole day before.
        while not (sessions := self._calendar.sessions(date)):
            date = self._calendar.previous_trading_day(date)
            while self._calendar.day_type(date) is not TradingDayType.WHOLE:
                date = self._calendar.previous_trading_day(date)
        return layout_of(sessions)
