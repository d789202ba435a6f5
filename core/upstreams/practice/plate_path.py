"""The simulated past of a plate: its level follows from its members, weighted by market value.

A day's change is the change of the members' market value (shares of the table x price) since their last closes;
members without shares (indices) count alike at their reference prices. Opens, closes, volumes and turnover of days are
sums over the members. Between open and close a past day moves like a shape of its own (adding up the minutes of all
members for every day would take too long); the present day is added up minute by minute.
"""

from __future__ import annotations

import datetime
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from math import log
from typing import Final, NamedTuple

from core.upstreams.practice.bar_periods import Bar, SessionLayout
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.intraday_shapes import LEVELS, POINTS_PER_MINUTE, ShapeLibrary
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, round_to_tick
from core.upstreams.practice.reference_path import ANCHOR_DAY, DayPath, ReferencePath
from core.upstreams.practice.securities import SecurityInfo
from core.upstreams.practice.seeded_noise import mix

_BLOCK, _SMALLEST_BLOCK = 400, 40  # days computed at once going back
_WIDEST_DIRECTION: Final = 0.95
_MEMBERS_AT_ONCE: Final = 4  # between two steps: 4 to 12 ms


class Member(NamedTuple):
    """A member with its simulated past and how many shares of it the plate holds."""

    info: SecurityInfo
    path: ReferencePath
    shares: float

    def shares_on(self, day: int) -> float:
        """Give the shares on a day; before a split there were fewer."""
        return self.shares / self.path.share_ratio(min(day, ANCHOR_DAY - 1), ANCHOR_DAY - 1)


class _Sums:
    """What the members of some days add up to, by the day's position."""

    def __init__(self, days: Sequence[int]) -> None:
        self.days = days
        self.positions = {day: position for position, day in enumerate(days)}
        self.before, self.opens, self.closes = ([0.0] * len(days) for _ in range(3))
        self.volumes = [0] * len(days)
        self.turnovers = [0.0] * len(days)

    def add(self, member: Member) -> None:
        """Add a member's days."""
        path, shares = member.path, member.shares
        close_before = path.close_before(self.days[0])
        close = 0.0 if close_before is None else close_before / PRICE_SCALE
        for bar in path.day_bars(self.days[0], self.days[-1]):
            position = self.positions.get(bar.day)
            # A new listing joins on its second day: there is no close to count from before.
            if position is not None and close:
                if path.has_actions:
                    shares = member.shares_on(bar.day)
                    close = path.ex_close(bar.day, round(close * PRICE_SCALE)) / PRICE_SCALE
                self.before[position] += shares * close
                self.opens[position] += shares * bar.open
                self.closes[position] += shares * bar.close
            if position is not None:
                self.volumes[position] += bar.volume
                self.turnovers[position] += bar.turnover
            close = bar.close


class PlateDay(DayPath):
    """A past day of a plate; its volume and turnover are the members'."""

    __slots__ = ("_sums", "_turnover", "_volume")

    _sums: list[int]
    _volume: int
    _turnover: float

    def with_totals(self, sums: list[int], volume: int, turnover: float) -> PlateDay:
        """Take the day's volume and turnover; `sums` say how busy its minutes are, added up, a 0 in front."""
        self._sums, self._volume, self._turnover = sums, volume, turnover
        return self

    def minute_volume(self, slot: int) -> int:
        """Give the volume of one minute."""
        return self._volume_before(slot + 1) - self._volume_before(slot)

    def bars(self, period: int) -> list[Bar]:
        """Give all bars of a period of minutes."""
        buckets = self.layout.buckets(period)
        return [self._with_volume(bar, *bucket[1:]) for bar, bucket in zip(super().bars(period), buckets, strict=True)]

    def bar_of_slots(self, first: int, end: int, label: int = 0) -> Bar:
        """Give the bar of slots `first` up to, not including, `end`."""
        return self._with_volume(super().bar_of_slots(first, end, label), first, end)

    def _volume_before(self, slot: int) -> int:
        return self._volume * self._sums[slot] // self._sums[-1]

    def _with_volume(self, bar: Bar, first: int, end: int) -> Bar:
        turnover = self._turnover * (self._sums[end] - self._sums[first]) / self._sums[-1]
        return bar._replace(volume=self._volume_before(end) - self._volume_before(first), turnover=turnover)


class AddedUpDay:
    """The present day of a plate, minute by minute the sum of its members. Prices as in DayPath."""

    __slots__ = ("_points", "_turnovers", "_volumes", "day", "layout", "tick_kind")

    def __init__(
        self, day: int, layout: SessionLayout, tick_kind: TickKind, level_before: float, members: Sequence[Member],
        library: ShapeLibrary,
    ) -> None:  # fmt: skip
        """Add up, 1 to 8 milliseconds. `level_before` is the plate's last close in price units."""
        self.day = day
        self.layout = layout
        self.tick_kind = tick_kind
        count = layout.count
        before = base = 0.0
        # Members share shapes, so each shape is added once, times what all of them hold of it.
        spans: dict[int, float] = {}
        volumes, turnovers = [0] * count, [0.0] * count
        for member in members:
            of_member, close = member.path.day(day), member.path.close_before(day)
            if of_member is None or of_member.layout.count != count or not close:
                continue
            before += member.shares * member.path.ex_close(day, close)
            base += member.shares * of_member.low
            spans[of_member.shape] = spans.get(of_member.shape, 0.0) + member.shares * of_member.span
            volumes, turnovers = of_member.add_minutes(volumes, turnovers)
        points = [base] * (count * POINTS_PER_MINUTE)
        for shape, span in spans.items():
            factor = span / LEVELS
            points = [
                value + factor * level for value, level in zip(points, library.shape(count, shape).points, strict=True)
            ]
        scale = level_before / before if before else 0.0
        self._points = [value * scale for value in points] if before else [level_before] * len(points)
        self._volumes, self._turnovers = volumes, turnovers

    def fair_price(self, slot: int, fraction: float) -> float:
        """Give the unrounded level inside a minute in price units, `fraction` from 0 up to 1."""
        position = fraction * POINTS_PER_MINUTE
        step = int(position)
        place = slot * POINTS_PER_MINUTE + step
        here = self._points[place]
        following = self._points[place + 1] if place + 1 < len(self._points) else here
        return here + (following - here) * (position - step)

    def minute_volume(self, slot: int) -> int:
        """Give the volume of one minute."""
        return self._volumes[slot]

    def bars(self, period: int) -> list[Bar]:
        """Give all bars of a period of minutes."""
        return [self.bar_of_slots(first, end, label) for label, first, end in self.layout.buckets(period)]

    def bar_of_slots(self, first: int, end: int, label: int = 0) -> Bar:
        """Give the bar of slots `first` up to, not including, `end`."""
        points = self._points[first * POINTS_PER_MINUTE : end * POINTS_PER_MINUTE]
        opening, high, low, close = (
            round_to_tick(self.tick_kind, round(price)) / PRICE_SCALE
            for price in (points[0], max(points), min(points), points[-1])
        )
        volume, turnover = sum(self._volumes[first:end]), sum(self._turnovers[first:end])
        return Bar(self.day, label, opening, high, low, close, volume, turnover)


class PlatePath(ReferencePath):
    """The chain of a plate's days, computed as far as somebody looked, both ways from its anchor."""

    def __init__(
        self, info: SecurityInfo, calendar: MarketCalendar, library: ShapeLibrary, seed: int, members: Sequence[Member],
        today: Callable[[], int],
    ) -> None:  # fmt: skip
        """Store. `today` gives the market's date: days before it are past."""
        super().__init__(info, calendar, library, seed)
        self.turnover_divisor = 1
        self.members = members
        self._today = today
        self._volumes = array("q")
        self._turnovers = array("d")
        self._last_level = self._first_level = float(self._anchor_close)  # unrounded, at both ends of the chain
        self._weight_sums: dict[tuple[int, int], list[int]] = {}
        self._added_up: AddedUpDay | None = None

    def ensure(self, begin: int, end: int) -> None:
        """Compute the days from `begin` to `end`, both included; 10 microseconds a day and member."""
        for _ in self.steps(begin, end):
            pass

    def at(self, index: int) -> PlateDay:
        """Give the past day at a position; positions change when earlier days are computed."""
        layout, shape = self._layouts[self._kinds[index]], self._shapes[index]
        day = PlateDay(
            self, self._library, self._days[index], layout, self._lows[index], self._spans[index], shape, 0
        )  # fmt: skip
        return day.with_totals(self._sums_of(layout.count, shape), self._volumes[index], self._turnovers[index])

    def day(self, day: int) -> PlateDay | AddedUpDay | None:  # type: ignore[override]
        """Give one day, the present one added up minute by minute; None when there is no trading on it."""
        found = self.indexes(day, day)
        if not found:
            return None
        if day < self._today():
            return self.at(found[0])
        if self._added_up is None or self._added_up.day != day:
            layout = self._layouts[self._kinds[found[0]]]
            before = self.close_before(day) or self._anchor_close
            self._added_up = AddedUpDay(day, layout, self.tick_kind, before, self.members, self._library)
        return self._added_up

    def day_bars(self, begin: int, end: int) -> list[Bar]:
        """Give the day bars from `begin` to `end`, both included."""
        bars = super().day_bars(begin, end)
        return [
            bar._replace(volume=self._volumes[index], turnover=self._turnovers[index])
            for bar, index in zip(bars, self.indexes(begin, end), strict=True)
        ]

    def steps(self, begin: int, end: int) -> Iterator[None]:
        """Compute the days from `begin` to `end` in pieces of 4 to 12 milliseconds."""
        if end >= self._end:
            yield from self._forward(end)
        begin = max(begin, self.first_day)
        while begin < self._begin:
            missing = max(_SMALLEST_BLOCK, min(_BLOCK, self._begin - begin))
            yield from self._backward(max(self.first_day, self._begin - missing))

    def _forward(self, end: int) -> Iterator[None]:
        first = self._end
        days = self._trading_days(first, end)
        sums = _Sums(days)
        yield from self._add_members(sums)
        if first != self._end:
            return  # somebody needed it at once, in between
        level = self._last_level
        for position, day in enumerate(days):
            before = sums.before[position]
            opening = level * sums.opens[position] / before if before else level
            level = level * sums.closes[position] / before if before else level
            self._append(day, opening, level, sums.volumes[position], sums.turnovers[position])
        self._last_level = level
        self._end = end + 1

    def _backward(self, begin: int) -> Iterator[None]:
        last = self._begin
        days = self._trading_days(begin, last - 1)
        sums = _Sums(days)
        yield from self._add_members(sums)
        if last != self._begin:
            return
        # The chain is followed back first, then the days are put in front in their order.
        levels = []
        level = self._first_level
        for position in range(len(days) - 1, -1, -1):
            before = sums.before[position]
            earlier = level * before / sums.closes[position] if before else level
            levels.append((earlier * sums.opens[position] / before if before else earlier, level))
            level = earlier
        whole = (self._days, self._closes, self._lows, self._spans, self._factors, self._volumes)
        small = (self._shapes, self._kinds)
        old_whole, old_small = [column[:] for column in whole], [column[:] for column in small]
        old_turnovers = self._turnovers[:]
        for column in (*whole, *small, self._turnovers):
            del column[:]
        for position, (opening, close) in enumerate(reversed(levels)):
            self._append(days[position], opening, close, sums.volumes[position], sums.turnovers[position])
        for target, rest in zip((*whole, *small), (*old_whole, *old_small), strict=True):
            target.extend(rest)
        self._turnovers.extend(old_turnovers)
        self._first_level = level
        self._close_before = round_to_tick(self.tick_kind, round(level))
        self._begin = begin

    def _add_members(self, sums: _Sums) -> Iterator[None]:
        for number, member in enumerate(self.members if sums.days else ()):
            sums.add(member)
            if number % _MEMBERS_AT_ONCE == _MEMBERS_AT_ONCE - 1:
                yield
        yield

    def _append(self, day: int, opening: float, close: float, volume: int, turnover: float) -> None:
        """Add a day that goes from `opening` to `close` (price units) in a shape that fits."""
        kind = self._kind_of(datetime.date.fromordinal(day))
        count = self._layouts[kind].count
        first, last = round_to_tick(self.tick_kind, round(opening)), round_to_tick(self.tick_kind, round(close))
        dice = mix(self._key ^ (day * 0x1_0000_0001))
        change = (last - first) / first
        spread = max(self.daily_move * (0.8 + 0.9 * (dice >> 25 & 0xFFFF) / 0xFFFF), abs(change) / _WIDEST_DIRECTION)
        number, span = self._fitting(count, last - first, first * spread, dice)
        shape = self._library.shape(count, number)
        low = first - shape.start * span // LEVELS
        self._days.append(day)
        self._closes.append(round_to_tick(self.tick_kind, low + shape.end * span // LEVELS))
        self._lows.append(low)
        self._spans.append(span)
        self._shapes.append(number)
        self._factors.append(0)
        self._kinds.append(kind)
        self._volumes.append(volume)
        self._turnovers.append(turnover)

    def _fitting(self, count: int, change: int, wished: float, dice: int) -> tuple[int, int]:
        """Choose a shape that makes exactly this change in about the wished range; gives it and its range."""
        best, best_span, least = 0, 0, 0.0
        for offset in range(8):
            number = self._library.number_near(count, change / wished, (dice + offset) & 0xFF)
            shape = self._library.shape(count, number)
            made = (shape.end - shape.start) / LEVELS
            if made * change <= 0:
                continue
            span = change / made
            misfit = abs(log(span / wished))
            if not best_span or misfit < least:
                best, best_span, least = number, round(span), misfit
        return best, best_span

    def _sums_of(self, count: int, shape: int) -> list[int]:
        known = self._weight_sums.get((count, shape))
        if known is None:
            known = self._weight_sums[count, shape] = [0, *accumulate(self._library.shape(count, shape).weights)]
        return known

    def _trading_days(self, begin: int, end: int) -> list[int]:
        date = datetime.date.fromordinal
        return [day.toordinal() for day in self._calendar.trading_days(date(begin), date(end))]
