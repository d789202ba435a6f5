"""Bars and time lines that go through the hours outside the regular session, in the order they were traded.

Bars of a night's evening have the trading day that follows and a minute below 0. Bars do not reach over the edge of
regular hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from core.model.topics import REGULAR_HOURS
from core.upstreams.practice.bar_periods import MINUTES_OF_TYPE, Bar
from core.upstreams.practice.extended_hours import ExtendedHours, legs_in_order
from core.upstreams.practice.live_day import LiveDay
from core.upstreams.practice.market_time import natural
from core.upstreams.practice.security_history import BarRange, SecurityHistory

LONGEST_PERIOD: Final = 60  # minutes; longer bars have regular hours only


class Live(Protocol):
    """What bars need of a live security."""

    @property
    def extended(self) -> ExtendedHours | None:
        """Its hours outside the regular session."""

    @property
    def history(self) -> SecurityHistory:
        """Its regular bars."""

    @property
    def present_local(self) -> tuple[int, int]:
        """The day and minute it has come to."""


class Span(NamedTuple):
    """Which bars are meant: minutes of a bar, hours of a subscription (topics.ALL_HOURS ...) and the local present."""

    period: int
    session: int
    now: tuple[int, int]


def label_of(bar: Bar) -> tuple[int, int]:
    """Give a bar's label by the calendar: the evening of a night lies on the day before its trading day."""
    return natural(bar.day, bar.minute)


def bars_of_day(hours: ExtendedHours, history: SecurityHistory, trading_day: int, span: Span) -> list[Bar]:
    """Give the bars of one trading day, from the evening before to the end of its after-hours trading."""
    period, session, now = span
    legs = [(before, hours.bars(leg, trading_day, period, now)) for leg, before in legs_in_order(session)]
    return [
        *[bar for before, bars in legs if before for bar in bars],
        *history.day_minutes(trading_day, period),
        *[bar for before, bars in legs if not before for bar in bars],
    ]


def extended_bars_from(
    hours: ExtendedHours,
    history: SecurityHistory,
    span: Span,
    begin: tuple[int, int],
    end: tuple[int, int],
    limit: int,
) -> BarRange:
    """Give at most `limit` bars labelled from `begin` to `end`, both included; none lies in the future."""
    found: list[Bar] = []
    before, before_day = 0.0, None
    last = min(end[0], span.now[0]) + 1
    day = history.trading_day_after(max(begin[0], history.first_day) - 1, last)
    while day is not None and len(found) <= limit:
        of_day = bars_of_day(hours, history, day, span)
        if of_day and not begin <= label_of(of_day[0]) <= label_of(of_day[-1]) <= end:
            chosen = [bar for bar in of_day if begin <= label_of(bar) <= end]
        else:
            chosen = of_day
        if chosen and not found:
            before_day, before = _close_before(hours, history, span, day, of_day, chosen[0])
        found += chosen
        day = history.trading_day_after(day, last)
    return BarRange(found[:limit], before, more=len(found) > limit, before_day=before_day)


def latest_extended_bars(hours: ExtendedHours, history: SecurityHistory, span: Span, count: int) -> BarRange:
    """Give the newest bars, at most `count`, the running one among them."""
    bars: list[Bar] = []
    day = history.trading_day_before(span.now[0] + 2)
    while len(bars) <= count and day >= history.first_day:
        bars = bars_of_day(hours, history, day, span) + bars
        day = history.trading_day_before(day)
    if len(bars) > count:
        return BarRange(bars[-count:], bars[-count - 1].close, more=False, before_day=bars[-count - 1].day)
    return BarRange(bars, 0.0, more=False)


def latest_bars(market: Live, kline_type: int, session: int, count: int) -> BarRange:
    """Give a live security's newest bars in the hours of a subscription, at most `count`."""
    period = MINUTES_OF_TYPE.get(kline_type)
    if market.extended is None or session == REGULAR_HOURS or period is None or period > LONGEST_PERIOD:
        return market.history.latest(kline_type, count)
    span = Span(period, session, market.present_local)
    return latest_extended_bars(market.extended, market.history, span, count)


class LinePoint(NamedTuple):
    """One minute of a time line: its bar, and what was traded so far in its stretch (the session or the leg)."""

    bar: Bar
    volume: int
    turnover: float


def time_line_points(
    hours: ExtendedHours | None, history: SecurityHistory, live: LiveDay, session: int, now: tuple[int, int]
) -> list[LinePoint]:
    """Give the minutes of the newest trading day, labelled by the minute each begins; `live` is the regular day."""
    regular = list(_line([live.minute(slot) for slot in range(live.last_slot + 1)]))
    if hours is None or not session:
        return regular
    for trading_day in range(now[0] + 1, live.day - 1, -1):
        points = {
            before: [
                point
                for leg, is_before in legs_in_order(session)
                if is_before == before
                for point in _leg_line(hours.bars(leg, trading_day, 1, now))
            ]
            for before in (True, False)
        }
        found = [*points[True], *(regular if trading_day == live.day else ()), *points[False]]
        if found:
            return found
    return regular


def _line(minutes: list[Bar]) -> Iterator[LinePoint]:
    volume, turnover = 0, 0.0
    for bar in minutes:
        volume += bar.volume
        turnover += bar.turnover
        yield LinePoint(bar, volume, turnover)


def _leg_line(bars: list[Bar]) -> Iterator[LinePoint]:
    """Fill the minutes between trades with the last price. Bars are labelled by their end, points by the beginning."""
    minutes: list[Bar] = []
    for bar in bars:
        begin = bar.minute - 1
        if minutes:
            price = minutes[-1].close
            minutes += [
                Bar(bar.day, minute, price, price, price, price, 0, 0.0)
                for minute in range(minutes[-1].minute + 1, begin)
            ]
        minutes.append(bar._replace(minute=begin))
    return _line(minutes)


def _close_before(
    hours: ExtendedHours, history: SecurityHistory, span: Span, day: int, of_day: list[Bar], first: Bar
) -> tuple[int, float]:
    """Give the day and the close of the bar before one of a day's bars."""
    position = of_day.index(first)
    if position:
        return day, of_day[position - 1].close
    earlier = history.trading_day_before(day)
    if earlier < history.first_day:
        return earlier, 0.0
    return earlier, bars_of_day(hours, history, earlier, span)[-1].close
