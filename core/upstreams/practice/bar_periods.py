"""K-line periods: their numbers, which trading minutes a bar covers, and how bars add up to longer ones."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from core.upstreams.practice.calendars import MINUTES_PER_DAY, Session

# KLType numbers of the public schema.
ONE_MINUTE, DAY, WEEK, MONTH, YEAR, QUARTER = 1, 2, 3, 4, 5, 11
MINUTES_OF_TYPE: Final[dict[int, int]] = {
    1: 1, 10: 3, 6: 5, 12: 10, 7: 15, 8: 30, 9: 60, 13: 120, 14: 180, 15: 240,
}  # fmt: skip
CALENDAR_TYPES: Final = frozenset({WEEK, MONTH, QUARTER, YEAR})
ALL_TYPES: Final = frozenset(MINUTES_OF_TYPE) | CALENDAR_TYPES | {DAY}


class Bar(NamedTuple):
    """One K-line. `day` is an ordinal, `minute` the label in minutes from local midnight (0 from day bars on).

    Prices and turnover are in the security's currency, volume in shares.
    """

    day: int
    minute: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    turnover: float


class Bucket(NamedTuple):
    """The trading minutes of one bar: slots `first` up to, not including, `end`, labelled `label`."""

    label: int
    first: int
    end: int


class SessionLayout:
    """The trading minutes of one kind of day, numbered from 0 (slots), whatever breaks lie between them."""

    def __init__(self, sessions: tuple[Session, ...]) -> None:
        """Store and number. `sessions` must not be empty."""
        self.sessions = sessions
        self.minutes = tuple(minute for session in sessions for minute in range(session.open, session.close))
        self.count = len(self.minutes)
        self._slots = {minute: slot for slot, minute in enumerate(self.minutes)}
        self._buckets: dict[int, tuple[Bucket, ...]] = {}
        self._bucket_numbers: dict[int, tuple[int, ...]] = {}

    @property
    def all_day(self) -> bool:
        """Whether trading never stops."""
        return self.count == MINUTES_PER_DAY

    def slot_at(self, minute: int) -> int | None:
        """Give the slot of a minute of the day, None outside the sessions."""
        return self._slots.get(minute)

    def slots_before(self, minute: int) -> int:
        """Count the slots that begin before a minute of the day."""
        total = 0
        for session in self.sessions:
            total += max(0, min(minute, session.close) - session.open)
        return total

    def buckets(self, period: int) -> tuple[Bucket, ...]:
        """Give the bars of a period of minutes. Bars are counted from each session's start and labelled by their end.

        The last bar of a day without end is labelled 23:59, so that all bars of a day carry its date.
        """
        if period not in self._buckets:
            self._buckets[period] = tuple(self._make_buckets(period))
        return self._buckets[period]

    def bucket_number(self, period: int, slot: int) -> int:
        """Say in which of `buckets(period)` a slot lies."""
        if period not in self._bucket_numbers:
            numbers = [number for number, bucket in enumerate(self.buckets(period)) for _ in range(*bucket[1:])]
            self._bucket_numbers[period] = tuple(numbers)
        return self._bucket_numbers[period][slot]

    def _make_buckets(self, period: int) -> list[Bucket]:
        buckets: list[Bucket] = []
        slot = 0
        for session in self.sessions:
            for begin in range(session.open, session.close, period):
                end = min(begin + period, session.close)
                label = min(end, MINUTES_PER_DAY - 1)
                if buckets and buckets[-1].label == label:
                    buckets[-1] = buckets[-1]._replace(end=slot + end - begin)
                else:
                    buckets.append(Bucket(label, slot, slot + end - begin))
                slot += end - begin
        return buckets


@lru_cache(maxsize=64)
def layout_of(sessions: tuple[Session, ...]) -> SessionLayout:
    """Give the layout of a day; days with the same sessions share one."""
    return SessionLayout(sessions)


def period_key(kline_type: int, day: int) -> int:
    """Number the week, month, quarter or year a day lies in; neighbouring periods have different numbers."""
    if kline_type == WEEK:
        return (day - 1) // 7
    date = datetime.date.fromordinal(day)
    if kline_type == MONTH:
        return date.year * 12 + date.month
    if kline_type == QUARTER:
        return date.year * 4 + (date.month - 1) // 3
    return date.year


def period_start(kline_type: int, day: int) -> int:
    """Give the first day (an ordinal, perhaps without trading) of the week, month, quarter or year of a day."""
    if kline_type == WEEK:
        return (day - 1) // 7 * 7 + 1
    date = datetime.date.fromordinal(day)
    if kline_type == MONTH:
        return date.replace(day=1).toordinal()
    if kline_type == QUARTER:
        return date.replace(month=(date.month - 1) // 3 * 3 + 1, day=1).toordinal()
    return date.replace(month=1, day=1).toordinal()


def period_end(kline_type: int, day: int) -> int:
    """Give the last day (an ordinal) of the week, month, quarter or year of a day."""
    longest = {WEEK: 7, MONTH: 31, QUARTER: 92, YEAR: 366}[kline_type]
    return period_start(kline_type, period_start(kline_type, day) + longest) - 1


def add_up(bars: Iterable[Bar], *, day: int | None = None, minute: int | None = None) -> Bar:
    """Make one bar of several, labelled like the last unless told otherwise. ValueError when there is none."""
    iterator = iter(bars)
    first = next(iterator, None)
    if first is None:
        raise ValueError("no bars to add up")
    last_day, last_minute, opening, high, low, close, volume, turnover = first
    for bar in iterator:
        last_day, last_minute, _, bar_high, bar_low, close, bar_volume, bar_turnover = bar
        if bar_high > high:
            high = bar_high
        if bar_low < low:
            low = bar_low
        volume += bar_volume
        turnover += bar_turnover
    return Bar(
        last_day if day is None else day,
        last_minute if minute is None else minute,
        opening,
        high,
        low,
        close,
        volume,
        turnover,
    )


def add_up_days(kline_type: int, days: Iterable[Bar]) -> list[Bar]:
    """Make week, month, quarter or year bars of day bars; each is labelled with its last day that traded."""
    longer: list[Bar] = []
    group: list[Bar] = []
    group_end = 0
    for bar in days:
        if group and bar.day > group_end:
            longer.append(add_up(group))
            group = []
        if not group:
            group_end = period_end(kline_type, bar.day)
        group.append(bar)
    if group:
        longer.append(add_up(group))
    return longer
