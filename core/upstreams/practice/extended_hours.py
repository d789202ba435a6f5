"""US trading outside regular hours: after-hours, overnight and pre-market, as a function of the simulated path.

From one close to the next open the price goes in three legs. Each leg is a shape (intraday_shapes.py) bent to begin
and end where the legs beside it do; so the past exists without being stored, and the open is where the path opens.
Nothing is matched here: there is no order book and there are no single trades outside regular hours.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from operator import mul
from typing import Final, NamedTuple

from core.upstreams.practice.bar_periods import Bar
from core.upstreams.practice.calendars import MINUTES_PER_DAY, MarketCalendar, Session
from core.upstreams.practice.intraday_shapes import POINTS_PER_MINUTE, SHAPE_COUNT, ShapeLibrary
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, round_to_tick
from core.upstreams.practice.reference_path import ReferencePath
from core.upstreams.practice.security_history import BarRange, SecurityHistory
from core.upstreams.practice.seeded_noise import key_of, mix

_NIGHT_BEGIN, _NIGHT_MINUTES = 1_200, 480
_DAWN: Final = 240
_AFTER_MINUTES: Final = 240
_LEGS_KEPT: Final = 12


class Leg(IntEnum):
    """One stretch outside regular hours; a night and a pre-market belong to the trading day that follows them."""

    OVERNIGHT = 0
    PRE_MARKET = 1
    AFTER_HOURS = 2


class _LegShape(NamedTuple):
    begin: float  # share of the way from the close to the next open that is done when the leg begins
    end: float
    width: float  # of its own moves, in usual days
    volume: float  # in usual days


_SHAPES: Final = {
    Leg.AFTER_HOURS: _LegShape(0.0, 0.3, 0.30, 0.022),
    Leg.OVERNIGHT: _LegShape(0.3, 0.55, 0.22, 0.005),
    Leg.PRE_MARKET: _LegShape(0.55, 1.0, 0.38, 0.028),
}


class ExtendedBlock(NamedTuple):
    """A leg up to a moment. Prices in currency; `base` is the regular close that changes are counted from."""

    price: float
    high: float
    low: float
    volume: int
    turnover: float
    base: float


class _LegDay(NamedTuple):
    """One leg of one trading day, minute by minute from its beginning on."""

    first_day: int  # the natural day on which it begins
    begin: int  # the minute of that day
    prices: list[float]  # four a minute, in price units, not on ticks yet
    sums: list[float]  # of the four prices of each minute
    shares: list[int]
    base: float
    kind: TickKind

    def bar(self, first: int, end: int) -> Bar:
        """Give the bar of minutes `first` up to, not including, `end`, without a label.

        Minutes without a trade have no part in it; where none has one, the prices are those that were quoted.
        """
        shares = self.shares[first:end]
        if all(shares) or not any(shares):
            prices = self.prices[first * POINTS_PER_MINUTE : end * POINTS_PER_MINUTE]
        else:
            slots = [slot for slot in range(first, end) if self.shares[slot]]
            size = POINTS_PER_MINUTE
            prices = [price for slot in slots for price in self.prices[slot * size : (slot + 1) * size]]
        turnover = sum(map(mul, shares, self.sums[first:end])) / (POINTS_PER_MINUTE * PRICE_SCALE)
        opening, high, low, close = (
            round_to_tick(self.kind, max(1, round(price))) / PRICE_SCALE
            for price in (prices[0], max(prices), min(prices), prices[-1])
        )
        return Bar(self.first_day, 0, opening, high, low, close, sum(shares), turnover)


class ExtendedHours:
    """What one US security does outside regular hours."""

    def __init__(self, path: ReferencePath, calendar: MarketCalendar, library: ShapeLibrary, key: int) -> None:
        """Store. Legs are computed on demand, 0.3 to 0.6 ms each."""
        self._path = path
        self._calendar = calendar
        self._library = library
        self._key = key
        self._leg = lru_cache(maxsize=_LEGS_KEPT)(self._make_leg)
        self._blocks: dict[Leg, tuple[tuple[int, int], ExtendedBlock]] = {}

    def block(self, leg: Leg, day: int, minute: int) -> ExtendedBlock | None:
        """Give the newest running or finished leg of a kind at a local time; None while the market never closes."""
        for back in range(8):
            trading_day = day + 1 - back
            if not self._exists(trading_day):
                if self._never_closes(day):
                    return None
                continue
            first_day, begin = self._start(leg, trading_day)
            passed = (day - first_day) * MINUTES_PER_DAY + minute - begin
            if passed < 1:
                continue
            made = self._leg(leg, trading_day)
            count = min(passed, len(made.shares))
            stamp = (trading_day, count)
            known = self._blocks.get(leg)
            if known is None or known[0] != stamp:
                total = made.bar(0, count)
                block = ExtendedBlock(total.close, total.high, total.low, total.volume, total.turnover, made.base)
                known = self._blocks[leg] = (stamp, block)
            return known[1]
        return None

    def is_running(self, day: int, minute: int) -> bool:
        """Say whether a leg runs at a local time."""
        for trading_day in (day, day + 1):
            for leg in Leg if self._exists(trading_day) else ():
                first_day, begin = self._start(leg, trading_day)
                passed = (day - first_day) * MINUTES_PER_DAY + minute - begin
                if 0 <= passed < self._length(leg, trading_day):
                    return True
        return False

    def bars(self, day: int, period: int, *, overnight: bool) -> Iterator[Bar]:
        """Give the bars labelled with a natural day, in order, that lie outside regular hours."""
        legs = [(Leg.PRE_MARKET, day), (Leg.AFTER_HOURS, day)]
        if overnight:
            legs = [(Leg.OVERNIGHT, day), *legs, (Leg.OVERNIGHT, day + 1)]
        for leg, trading_day in legs:
            if not self._exists(trading_day):
                continue
            made = self._leg(leg, trading_day)
            for first in range(0, len(made.shares), period):
                end = min(first + period, len(made.shares))
                label_day, label = divmod(made.begin + end, MINUTES_PER_DAY)
                if made.first_day + label_day == day and any(made.shares[first:end]):
                    yield made.bar(first, end)._replace(day=day, minute=label)

    def _exists(self, trading_day: int) -> bool:
        sessions = self._calendar.sessions(datetime.date.fromordinal(trading_day))
        return bool(sessions) and sessions[-1].close < _NIGHT_BEGIN and self._path.close_before(trading_day) is not None

    def _never_closes(self, day: int) -> bool:
        sessions = self._calendar.sessions(datetime.date.fromordinal(day))
        return bool(sessions) and sessions[-1].close == MINUTES_PER_DAY

    def _start(self, leg: Leg, trading_day: int) -> tuple[int, int]:
        if leg is Leg.OVERNIGHT:
            return trading_day - 1, _NIGHT_BEGIN
        if leg is Leg.PRE_MARKET:
            return trading_day, _DAWN
        return trading_day, self._sessions(trading_day)[-1].close

    def _length(self, leg: Leg, trading_day: int) -> int:
        if leg is Leg.OVERNIGHT:
            return _NIGHT_MINUTES
        return self._sessions(trading_day)[0].open - _DAWN if leg is Leg.PRE_MARKET else _AFTER_MINUTES

    def _sessions(self, day: int) -> tuple[Session, ...]:
        return self._calendar.sessions(datetime.date.fromordinal(day))

    def _make_leg(self, leg: Leg, trading_day: int) -> _LegDay:
        date = datetime.date.fromordinal(trading_day)
        # The gap a leg is part of lies before its trading day, or after it for the hours after the close.
        opening_day = trading_day
        if leg is Leg.AFTER_HOURS:
            opening_day = self._calendar.next_trading_day(date).toordinal()
        opening = self._path.day(opening_day)
        close = self._path.close_before(opening_day)
        assert close is not None, "asked for a day that exists"
        restated = self._path.ex_close(opening_day, close)
        target = restated if opening is None else opening.price(opening.opening_level)
        # A corporate action takes effect after the evening of the day before it.
        if leg is Leg.AFTER_HOURS:
            target = round(target * close / restated)
        else:
            close = restated
        count, form = self._length(leg, trading_day), _SHAPES[leg]
        dice = mix(self._key ^ (trading_day * 4 + leg))
        number = dice % SHAPE_COUNT
        shape = self._library.shape(count, number)
        first = close + (target - close) * form.begin
        last = close + (target - close) * form.end
        width = form.width * self._path.daily_move * close
        steps = count * POINTS_PER_MINUTE - 1
        slope = (last - first) / steps
        volume = self._path.daily_volume * form.volume * (0.4 + 1.2 * (dice >> 32 & 0xFFFF) / 0xFFFF)
        first_day, begin = self._start(leg, trading_day)
        prices = [first + slope * step + width * own for step, own in enumerate(self._library.bent(count, number))]
        quarters = [prices[offset::POINTS_PER_MINUTE] for offset in range(POINTS_PER_MINUTE)]
        sums = [one + two + three + four for one, two, three, four in zip(*quarters, strict=True)]
        per_weight = volume / (1024 * count)
        shares = [int(weight * per_weight) for weight in shape.weights]
        return _LegDay(first_day, begin, prices, sums, shares, close / PRICE_SCALE, self._path.tick_kind)


def extended_key(seed: int, label: str) -> int:
    """Make the key of a security's hours outside regular trading."""
    return key_of(seed, "extended hours", label)


def extended_bars_from(
    hours: ExtendedHours,
    history: SecurityHistory,
    period: int,
    begin: tuple[int, int],
    end: tuple[int, int],
    limit: int,
    *,
    overnight: bool,
) -> BarRange:
    """Give at most `limit` bars of regular and extended hours labelled from `begin` to `end`, both included.

    `end` must not lie in the future. Bars do not reach over the edge of regular hours.
    """
    found: list[Bar] = []
    before: float | None = None
    day = max(begin[0], history.first_day + 1)
    while day <= end[0] and len(found) <= limit:
        of_day = [*history.day_minutes(day, period), *hours.bars(day, period, overnight=overnight)]
        of_day.sort(key=lambda bar: (bar.day, bar.minute))
        for position, bar in enumerate(of_day):
            if begin <= (day, bar.minute) <= end:
                if before is None:
                    before = of_day[position - 1].close if position else history.close_before(day)
                found.append(bar)
        day += 1
    return BarRange(found[:limit], before or 0.0, more=len(found) > limit)
