"""The simulated past and the fair price of the present: a function of seed, security and date, never stored.

Each day is a shape (intraday_shapes.py) stretched between the day's low and high. All steps are whole numbers and
rounding to ticks keeps the order of prices, so the minutes of a day reach its open, high, low and close exactly and
their volumes and turnover add up to the day's.
"""

from __future__ import annotations

import datetime
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from math import log, sqrt
from operator import add
from typing import Final, Protocol

from core.upstreams.practice.bar_periods import Bar, Bucket, SessionLayout, layout_of
from core.upstreams.practice.calendars import MINUTES_PER_DAY, MarketCalendar
from core.upstreams.practice.corporate_actions import CorporateAction, ShareLevels
from core.upstreams.practice.intraday_shapes import LEVELS, POINTS_PER_MINUTE, ShapeBar, ShapeLibrary
from core.upstreams.practice.market_factor import MarketFactor, bell, nervousness
from core.upstreams.practice.price_limits import PriceLimits
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, lowest_price, round_to_tick, tick_size
from core.upstreams.practice.securities import CRYPTO, INDEX_LIKE, SecurityInfo
from core.upstreams.practice.seeded_noise import key_of, mix

# The table's reference price is the last close before this day; history begins no earlier than EARLIEST_DAY.
ANCHOR_DAY: Final = datetime.date(2026, 1, 1).toordinal()
EARLIEST_DAY: Final = datetime.date(2004, 1, 1).toordinal()
_TRADING_DAYS_PER_YEAR: Final = 245
_CRYPTO_DAYS_PER_YEAR: Final = 365
_YEARLY_GROWTH: Final = 0.04  # of the level that prices return to
_STRONGEST_PULL: Final = 0.4
_PULL: Final = 0.1  # how strongly they return: half of a deviation is gone in about a year and a half
# How much of a security's day is its market's: the own part makes up the rest.
_INDEX_TOGETHERNESS: Final = 0.97
_TOGETHERNESS: Final = (0.45, 0.35)  # the lowest, and how far above it a security may be
_GAP_SHARE: Final = 0.32  # of a usual day's move that happens before the open
_JUMP_CHANCE: Final = 0x10000 // 160  # of 0x10000: days with news of the security's own
_DIRECTIONS: Final = 0.95  # at most this share of a day's range lies between its open and close
_CALM: Final = 0.80  # brings the average of all nervousness to the table's volatility
_MOST_NERVOUS: Final = 2.4
_FIRST_DAYS: Final = 2.5  # how much more a new listing moves while it has no price limits
_LIMIT_MARGIN: Final = 0.97  # the path stays a little inside daily price limits
_SMALLEST_PRICE_TICKS: Final = 10
_INDEX_SHARE_PRICE: Final = 25  # average price of the shares behind an index, for its volume
_BACKWARD_BLOCK: Final = 400  # days computed at once going back
_UNITS_PER_MINUTE: Final = 24
_USUAL_MINUTES: Final = 390  # of a day
_DICE: Final = 0x1_0000_0000


class PathTerms(Protocol):
    """What a day needs to know of its security."""

    @property
    def tick_kind(self) -> TickKind:
        """Which prices are legal."""

    @property
    def scale(self) -> int:
        """The size of its market, see intraday_shapes.Profile."""

    @property
    def turnover_divisor(self) -> int:
        """What price x volume is divided by."""


class DayPath:
    """One simulated day of one security. `first_price` to `price(level)` are in price units."""

    __slots__ = ("_library", "_scale", "day", "factor", "layout", "low", "path", "shape", "span")

    def __init__(
        self, path: PathTerms, library: ShapeLibrary, day: int, layout: SessionLayout, low: int, span: int,
        shape: int, factor: int,
    ) -> None:  # fmt: skip
        """Store. `factor` is the volume of one unit of the shape's profile."""
        self.path = path
        self.day = day
        self.layout = layout
        self.low = low
        self.span = span
        self.shape = shape
        self.factor = factor
        self._library = library
        self._scale = path.scale

    @property
    def opening_level(self) -> int:
        """The level of the shape at which the day opens."""
        return self._library.shape(self.layout.count, self.shape).start

    def price(self, level: int) -> int:
        """Give the price at a level of the shape, on a tick."""
        return round_to_tick(self.path.tick_kind, self.low + level * self.span // LEVELS)

    def fair_price(self, slot: int, fraction: float) -> float:
        """Give the unrounded price inside a minute, `fraction` from 0 up to 1."""
        points = self._library.shape(self.layout.count, self.shape).points
        position = fraction * POINTS_PER_MINUTE
        step = int(position)
        index = slot * POINTS_PER_MINUTE + step
        here = points[index]
        following = points[index + 1] if index + 1 < len(points) else here
        return self.low + (here + (following - here) * (position - step)) * self.span / LEVELS

    def minute_volume(self, slot: int) -> int:
        """Give the volume of one minute, in shares."""
        return self._library.profile(self.layout.count, self.shape, self._scale).units[slot] * self.factor

    def unit_sums(self) -> Sequence[int]:
        """Give the day's volume up to the end of each of its minutes, a 0 in front, in units of its own."""
        return self._library.unit_sums(self.layout.count, self.shape, self._scale)

    def average(self, first: int, end: int) -> tuple[float, float]:
        """Give the average price (price units) of what is traded in some slots, and the variance around it."""
        units = self.unit_sums()
        products, squares = self._library.product_sums(self.layout.count, self.shape, self._scale)
        points = (units[end] - units[first]) * POINTS_PER_MINUTE
        if not points:
            return self.low + self.span * self._library.shape(self.layout.count, self.shape).points[
                4 * first
            ] / LEVELS, 0.0
        level = (products[end] - products[first]) / points
        variance = (squares[end] - squares[first]) / points - level * level
        return self.low + self.span * level / LEVELS, max(0.0, variance) * (self.span / LEVELS) ** 2

    def bars(self, period: int) -> list[Bar]:
        """Give all bars of a period of minutes."""
        make = self._bar
        return [make(bar) for bar in self._library.bars(self.layout, self.shape, self._scale, period)]

    def add_minutes(self, volumes: Sequence[int], turnovers: Sequence[float]) -> tuple[list[int], list[float]]:
        """Add the volume and the turnover (in currency) of each minute to those of other securities."""
        units, products = self._library.profile(self.layout.count, self.shape, self._scale)
        per_unit = self.factor / (PRICE_SCALE * self.path.turnover_divisor)
        base, slope = per_unit * self.low, per_unit * self.span / (POINTS_PER_MINUTE * LEVELS)
        return (
            [volume + self.factor * unit for volume, unit in zip(volumes, units, strict=True)],
            [
                turnover + base * unit + slope * product
                for turnover, unit, product in zip(turnovers, units, products, strict=True)
            ],
        )

    def bar_of_slots(self, first: int, end: int, label: int = 0) -> Bar:
        """Give the bar of slots `first` up to, not including, `end`."""
        bucket = Bucket(label, first, end)
        return self._bar(self._library.bar(self.layout, self.shape, self._scale, bucket))

    def _bar(self, bar: ShapeBar) -> Bar:
        label, opening, high, low, close, units, product = bar
        kind, base, span = self.path.tick_kind, self.low, self.span
        weighted = base * units * POINTS_PER_MINUTE * LEVELS + span * product
        return Bar(
            self.day,
            label,
            round_to_tick(kind, base + opening * span // LEVELS) / PRICE_SCALE,
            round_to_tick(kind, base + high * span // LEVELS) / PRICE_SCALE,
            round_to_tick(kind, base + low * span // LEVELS) / PRICE_SCALE,
            round_to_tick(kind, base + close * span // LEVELS) / PRICE_SCALE,
            units * self.factor,
            self.factor * weighted / (POINTS_PER_MINUTE * LEVELS * PRICE_SCALE * self.path.turnover_divisor),
        )


class ReferencePath:
    """The chain of simulated days of one security, computed as far as somebody looked, both ways from its anchor."""

    def __init__(
        self,
        info: SecurityInfo,
        calendar: MarketCalendar,
        library: ShapeLibrary,
        seed: int,
        *,
        anchor_day: int | None = None,
        anchor_close: int | None = None,
        factor: MarketFactor | None = None,
        actions: Sequence[CorporateAction] = (),
    ) -> None:
        """Store. With an anchor of one's own (the end of imported prices) there is no simulated past before it.

        Prices drop on the ex-dates of `actions` as those demand.
        """
        self._actions = ShareLevels(actions)
        self.tick_kind: TickKind = info.tick_kind
        self.turnover_divisor = info.volume_parts
        self._calendar = calendar
        self._library = library
        self._key = key_of(seed, "path", info.security.label)
        self._nerves_key = key_of(seed, "regime", info.security.label)
        self._factor = factor or MarketFactor(seed)
        self._market = info.group.value
        lowest, room = _TOGETHERNESS
        together = lowest + room * (mix(self._nerves_key) & 0xFFFF) / 0xFFFF
        if info.security_type in INDEX_LIKE:
            together = _INDEX_TOGETHERNESS
        self._together, self._alone = together, sqrt(1 - together * together)
        self._limits = PriceLimits(info, calendar)
        listing = max(info.listing_date.toordinal(), EARLIEST_DAY)
        if anchor_day is None or anchor_close is None:
            self._anchor_day, self._anchor_close = max(ANCHOR_DAY, listing), info.reference_price
            self.first_day = listing
        else:
            self._anchor_day, self._anchor_close = anchor_day, round_to_tick(info.tick_kind, anchor_close)
            self.first_day = anchor_day
        self._log_anchor = log(self._anchor_close)
        self._floor = lowest_price(info.tick_kind) + _SMALLEST_PRICE_TICKS * tick_size(info.tick_kind, 0)
        days = _CRYPTO_DAYS_PER_YEAR if info.security_type == CRYPTO else _TRADING_DAYS_PER_YEAR
        self.daily_move = info.volatility_percent / 100 / sqrt(days)
        if info.security_type in INDEX_LIKE:
            self.turnover_divisor = max(1, round(self._anchor_close / PRICE_SCALE / _INDEX_SHARE_PRICE))
        price = self._anchor_close / PRICE_SCALE / self.turnover_divisor
        self.lot = max(1, info.lot_size)
        self._daily_lots = info.daily_turnover / price / self.lot
        self.daily_volume = self._daily_lots * self.lot  # shares of a usual day
        # The profile's scale is as fine as leaves the day's factor room to vary.
        # When there were fewer shares, fewer were traded.
        fewest = self._actions.highest_level / self._actions.ratio(self._anchor_day - 1, 0)
        minutes = MINUTES_PER_DAY if info.security_type == CRYPTO else _USUAL_MINUTES
        per_minute, scale = self._daily_lots / max(1.0, fewest) / minutes / _UNITS_PER_MINUTE, 0
        while scale < 8 and 4 ** (scale + 1) <= per_minute:
            scale += 1
        self.scale = scale
        self._days = array("l")
        self._closes = array("q")
        self._lows = array("q")
        self._spans = array("q")
        self._shapes = array("H")
        self._factors = array("q")
        self._kinds = array("B")  # which of _layouts each day has
        self._layouts: list[SessionLayout] = []
        self._begin = self._end = self._anchor_day  # the days computed: from _begin up to, not including, _end
        self._close_before = self._anchor_close

    def ensure(self, begin: int, end: int) -> None:
        """Compute the days from `begin` to `end`, both included; 5 to 10 microseconds a day."""
        if end >= self._end:
            self._extend_forward(end)
        if max(begin, self.first_day) < self._begin:
            self._extend_backward(max(self.first_day, min(begin, self._begin - _BACKWARD_BLOCK)))

    @property
    def has_actions(self) -> bool:
        """Whether the security has corporate actions."""
        return bool(self._actions.by_day)

    def share_ratio(self, day: int, other: int) -> float:
        """Give the price level of a day against that of another one: 5 before a split of one into five."""
        return self._actions.ratio(day, other)

    @property
    def library(self) -> ShapeLibrary:
        """The shapes its days are made of."""
        return self._library

    def day_number(self, index: int) -> int:
        """Give the date (an ordinal) of the day at a position."""
        return self._days[index]

    def day_shape(self, index: int) -> int:
        """Give the number of the shape of the day at a position."""
        return self._shapes[index]

    def day_prices(self, index: int) -> tuple[int, int, int, int, int]:
        """Give open, high, low and close of the day at a position in price units, and its minutes.

        The first three prices are not rounded.
        """
        low, span = self._lows[index], self._spans[index]
        count = self._layouts[self._kinds[index]].count
        start = self._library.shape(count, self._shapes[index]).start
        return low + start * span // LEVELS, low + span, low, self._closes[index], count

    def computed_from(self) -> int:
        """Give the first day that is computed already."""
        return self._begin

    def indexes(self, begin: int, end: int) -> range:
        """Give the positions of the trading days from `begin` to `end`, both included, for `at`."""
        self.ensure(begin, end)
        return range(bisect_left(self._days, begin), bisect_left(self._days, end + 1))

    def at(self, index: int) -> DayPath:
        """Give the day at a position; positions change when earlier days are computed."""
        return DayPath(
            self, self._library, self._days[index], self._layouts[self._kinds[index]],
            self._lows[index], self._spans[index], self._shapes[index], self._factors[index],
        )  # fmt: skip

    def day_bars(self, begin: int, end: int) -> list[Bar]:
        """Give the day bars from `begin` to `end`, both included; 3 to 4 microseconds each once computed."""
        bars: list[Bar] = []
        found = self.indexes(begin, end)  # first of all: it may replace the columns
        kind, scale, days, closes = self.tick_kind, self.scale, self._days, self._closes
        shape_of, totals_of = self._library.shape, self._library.totals
        counts = [layout.count for layout in self._layouts]
        unit = POINTS_PER_MINUTE * LEVELS
        divisor = unit * PRICE_SCALE * self.turnover_divisor
        for index in found:
            low, span, number, factor = self._lows[index], self._spans[index], self._shapes[index], self._factors[index]
            count = counts[self._kinds[index]]
            opening = low + shape_of(count, number).start * span // LEVELS
            units, product = totals_of(count, number, scale)
            volume = units * factor
            turnover = factor * (low * units * unit + span * product) / divisor
            tick = tick_size(kind, low)
            if tick == tick_size(kind, low + span):
                # round_to_tick written out: every band of ticks begins at a multiple of its tick.
                half = tick >> 1
                prices = (
                    (opening + half) // tick * tick / PRICE_SCALE,
                    (low + span + half) // tick * tick / PRICE_SCALE,
                    (low + half) // tick * tick / PRICE_SCALE,
                )
            else:
                prices = (
                    round_to_tick(kind, opening) / PRICE_SCALE,
                    round_to_tick(kind, low + span) / PRICE_SCALE,
                    round_to_tick(kind, low) / PRICE_SCALE,
                )
            bars.append(Bar(days[index], 0, *prices, closes[index] / PRICE_SCALE, volume, turnover))
        return bars

    def extremes(self, begin: int, end: int) -> tuple[int, int] | None:
        """Give the highest and lowest price from `begin` to `end`, both included; None without a trading day."""
        found = self.indexes(begin, end)
        if not found:
            return None
        lows = self._lows[found.start : found.stop]
        high = max(map(add, lows, self._spans[found.start : found.stop]))
        return round_to_tick(self.tick_kind, high), round_to_tick(self.tick_kind, min(lows))

    def day(self, day: int) -> DayPath | None:
        """Give one day; None when there is no trading on it."""
        found = self.indexes(day, day)
        return self.at(found[0]) if found else None

    def close_before(self, day: int) -> int | None:
        """Give the last close before a day in price units; None before the first."""
        self.ensure(day - 15 if day < self._anchor_day else self._anchor_day, day - 1)
        index = bisect_left(self._days, day)
        if index:
            return self._closes[index - 1]
        return self._close_before if self._begin == self._anchor_day else None

    def ex_close(self, day: int, close: int) -> int:
        """Give the close before a day as its corporate action, if any, restates it."""
        action = self._actions.by_day.get(day)
        if action is None:
            return close
        restated = round(close * action.share_factor + action.cash * PRICE_SCALE)
        return round_to_tick(self.tick_kind, max(self._floor, restated))

    def _close_before_ex(self, day: int, close: int) -> int:
        """Undo `ex_close`."""
        action = self._actions.by_day.get(day)
        if action is None:
            return close
        return round_to_tick(self.tick_kind, round((close - action.cash * PRICE_SCALE) / action.share_factor))

    def _step(self, day: int, close: int, count: int, *, backward: bool) -> tuple[int, int, int, int, int, int]:
        """Make a day of `count` minutes from the close before it, or (backward) from its own close.

        Gives low, span, shape, factor, the day's close and the close before it.
        """
        bits = mix(self._key ^ (day * 0x1_0000_0001))
        more = mix(bits)
        extra = mix(more)
        shared = self._factor.day(self._market, day)
        move = self.daily_move * min(_MOST_NERVOUS, _CALM * shared.nervousness * nervousness(self._nerves_key, day))
        if day <= self._limits.free_until:
            move *= _FIRST_DAYS
        percent = self._limits.percent(day)
        limit = None if percent is None else percent / 100 * _LIMIT_MARGIN
        all_day = count == MINUTES_PER_DAY
        direction = self._together * shared.direction + self._alone * bell(bits)
        if extra & 0xFFFF < _JUMP_CHANCE:
            jump = 2.5 + (extra >> 16 & 0xFF) / 0x80
            direction += jump if extra & 0x100_0000 else -jump
        gap = 0.0 if all_day else _GAP_SHARE * move * (self._together * shared.gap + self._alone * bell(more))
        # Prices return to their level by leaning there, each day a little.
        shares = self._actions.ratio(day, self._anchor_day - 1) if self._actions.by_day else 1.0
        deviation = log(close / shares) - self._log_anchor - _YEARLY_GROWTH * (day - self._anchor_day) / 365
        lean = min(_STRONGEST_PULL, _PULL * abs(deviation)) * (-1.0 if (deviation > 0) != backward else 1.0)
        wanted = move * (direction * (1.0 if all_day else 0.92) + 2 * lean)
        if limit is not None:
            gap = max(-limit / 2, min(limit / 2, gap))
            wanted = max(-limit, min(limit, wanted))
        # The range and the shape together give the wanted day: a shape says which part of the range it makes.
        spread = max(move * (1.0 + 0.9 * (extra >> 25 & 0xFFFF) / 0xFFFF), abs(wanted) / _DIRECTIONS)
        number = self._library.number_near(count, wanted / spread, extra >> 41 & 0xFF)
        shape = self._library.shape(count, number)
        kind, start, end = self.tick_kind, shape.start, shape.end
        made = (end - start) / LEVELS * spread
        if made * wanted > 0:
            spread *= max(0.75, min(1.35, wanted / made))
        span = max(2 * tick_size(self.tick_kind, close), int(close * spread))
        busy_range = min(4.0, spread / self.daily_move)
        if limit is not None:
            span = min(span, self._widest(close, limit, gap, start, end, backward=backward))
        if backward:
            if end:
                span = max(0, min(span, (close - self._floor) * LEVELS // end))
            low = close - end * span // LEVELS
            opening = round_to_tick(kind, low + start * span // LEVELS)
            last, before = close, round_to_tick(kind, max(self._floor, round(opening / (1 + gap))))
        else:
            opening = round_to_tick(kind, max(self._floor, round(close * (1 + gap))))
            if start:
                span = max(0, min(span, (opening - self._floor) * LEVELS // start))
            low = opening - start * span // LEVELS
            last, before = round_to_tick(kind, low + end * span // LEVELS), close
        volume_dice = (more >> 32) / _DICE
        busy = (0.5 + volume_dice * volume_dice * 1.5) * (0.4 + 0.375 * busy_range)
        lots = max(1, round(self._daily_lots * busy / shares / (4**self.scale * count)))
        return low, span, number, lots * self.lot, last, before

    def _widest(self, close: int, limit: float, gap: float, start: int, end: int, *, backward: bool) -> int:
        """Give the widest range of a day that keeps its high and low inside the price limits."""
        first, last = start / LEVELS, end / LEVELS
        tick = tick_size(self.tick_kind, close)
        high, low = 1 + limit, 1 - limit
        if backward:
            # The close before is the opening without its gap, and the opening depends on the range itself.
            over, under = high / (1 + gap), low / (1 + gap)
            room_above, per_above = (over - 1) * close, (1 - last) - over * (first - last)
            room_below, per_below = (1 - under) * close, last + under * (first - last)
        else:
            room_above, per_above = (high - 1 - gap) * close, 1 - first
            room_below, per_below = (1 + gap - low) * close, first
        widest = [
            (room - 2 * tick) / per for room, per in ((room_above, per_above), (room_below, per_below)) if per > 0
        ]
        return max(0, int(min(widest)))

    def _extend_forward(self, end: int) -> None:
        date = datetime.date.fromordinal
        close = self._closes[-1] if self._closes and self._end > self._anchor_day else self._anchor_close
        for trading_day in self._calendar.trading_days(date(self._end), date(end)):
            day, kind = trading_day.toordinal(), self._kind_of(trading_day)
            close = self.ex_close(day, close)
            low, span, shape, factor, close, _ = self._step(day, close, self._layouts[kind].count, backward=False)
            self._days.append(day)
            self._closes.append(close)
            self._lows.append(low)
            self._spans.append(span)
            self._shapes.append(shape)
            self._factors.append(factor)
            self._kinds.append(kind)
        self._end = end + 1

    def _extend_backward(self, begin: int) -> None:
        date = datetime.date.fromordinal
        rows = []
        close = self._close_before
        for trading_day in reversed(self._calendar.trading_days(date(begin), date(self._begin - 1))):
            day, kind = trading_day.toordinal(), self._kind_of(trading_day)
            low, span, shape, factor, close, before = self._step(day, close, self._layouts[kind].count, backward=True)
            rows.append((day, close, low, span, shape, factor, kind))
            close = self._close_before_ex(day, before)
        self._close_before = close
        self._begin = begin
        if not rows:
            return
        rows.reverse()
        days, closes, lows, spans, shapes, factors, kinds = zip(*rows, strict=True)
        self._days = array("l", days) + self._days
        self._closes = array("q", closes) + self._closes
        self._lows = array("q", lows) + self._lows
        self._spans = array("q", spans) + self._spans
        self._shapes = array("H", shapes) + self._shapes
        self._factors = array("q", factors) + self._factors
        self._kinds = array("B", kinds) + self._kinds

    def _kind_of(self, day: datetime.date) -> int:
        sessions = self._calendar.sessions(day)
        for kind, layout in enumerate(self._layouts):
            if layout.sessions is sessions or layout.sessions == sessions:
                return kind
        self._layouts.append(layout_of(sessions))
        return len(self._layouts) - 1
