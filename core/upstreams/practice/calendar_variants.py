"""Calendars beside the real ones: markets that never close, and securities that do not trade."""

from __future__ import annotations

import datetime
from typing import Final

from core.upstreams.practice.calendars import (
    MINUTES_PER_DAY,
    TIME_ZONES,
    MarketCalendar,
    MarketGroup,
    MarketState,
    Session,
    TradingDayType,
    check_span,
)

_ONE_DAY: Final = datetime.timedelta(days=1)
_NOON: Final = 12 * 60
# Where a suspension without a foreseen end is taken to end.
_RESUMPTION: Final = datetime.date(2060, 1, 1)


class AlwaysOpenCalendar:
    """The real calendar up to a day; from that day on the market never closes, so a demonstration works any time."""

    def __init__(self, real: MarketCalendar, first_open_day: datetime.date) -> None:
        """Store. From `first_open_day` on every natural day is a whole trading day with one session of 24 hours."""
        self.real = real
        self.first_open_day = first_open_day

    @property
    def group(self) -> MarketGroup:
        """Which markets the calendar is for."""
        return self.real.group

    @property
    def time_zone(self) -> str:
        """The IANA name of the exchange's time zone."""
        return self.real.time_zone

    def is_trading_day(self, day: datetime.date) -> bool:
        """Tell whether there is any trading on that day."""
        return day >= self.first_open_day or self.real.is_trading_day(day)

    def day_type(self, day: datetime.date) -> TradingDayType:
        """Tell which part of a trading day has trading; always WHOLE from the first open day on."""
        return TradingDayType.WHOLE if day >= self.first_open_day else self.real.day_type(day)

    def trading_days(self, begin: datetime.date, end: datetime.date) -> list[datetime.date]:
        """List trading days from `begin` to `end`, both included. ValueError beyond MAXIMUM_SPAN_DAYS."""
        check_span(begin, end)
        days = self.real.trading_days(begin, min(end, self.first_open_day - _ONE_DAY))
        first = max(begin, self.first_open_day)
        days += [datetime.date.fromordinal(ordinal) for ordinal in range(first.toordinal(), end.toordinal() + 1)]
        return days

    def previous_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the last trading day before `day`."""
        return day - _ONE_DAY if day > self.first_open_day else self.real.previous_trading_day(day)

    def next_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the first trading day after `day`."""
        if day >= self.first_open_day:
            return day + _ONE_DAY
        return min(self.real.next_trading_day(day), self.first_open_day)

    def sessions(self, day: datetime.date) -> tuple[Session, ...]:
        """Give the day's sessions in order; empty on a day without trading."""
        return (Session(0, MINUTES_PER_DAY),) if day >= self.first_open_day else self.real.sessions(day)

    def market_state(self, local: datetime.datetime, *, overnight: bool = True) -> int:
        """Give MORNING until noon and AFTERNOON from noon (US: AFTERNOON all day) once the market never closes."""
        if local.date() < self.first_open_day:
            return self.real.market_state(local, overnight=overnight)
        if self.group is MarketGroup.US or local.hour * 60 + local.minute >= _NOON:
            return MarketState.AFTERNOON
        return MarketState.MORNING


class RoundTheClockCalendar:
    """A market that never closes: every natural day trades for 24 hours."""

    def __init__(self, group: MarketGroup) -> None:
        """Store."""
        self._group = group

    @property
    def group(self) -> MarketGroup:
        """Which markets the calendar is for."""
        return self._group

    @property
    def time_zone(self) -> str:
        """The IANA name of the exchange's time zone."""
        return TIME_ZONES[self._group]

    def is_trading_day(self, day: datetime.date) -> bool:
        """Say yes."""
        return True

    def day_type(self, day: datetime.date) -> TradingDayType:
        """Give WHOLE."""
        return TradingDayType.WHOLE

    def trading_days(self, begin: datetime.date, end: datetime.date) -> list[datetime.date]:
        """List the days from `begin` to `end`, both included. ValueError beyond MAXIMUM_SPAN_DAYS."""
        check_span(begin, end)
        return [datetime.date.fromordinal(ordinal) for ordinal in range(begin.toordinal(), end.toordinal() + 1)]

    def previous_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the day before."""
        return day - _ONE_DAY

    def next_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the day after."""
        return day + _ONE_DAY

    def sessions(self, day: datetime.date) -> tuple[Session, ...]:
        """Give the one session of 24 hours."""
        return (Session(0, MINUTES_PER_DAY),)

    def market_state(self, local: datetime.datetime, *, overnight: bool = True) -> int:
        """Give MORNING, which is what the API calls a market that never closes."""
        return MarketState.MORNING


class SuspendedCalendar:
    """A market's calendar for a security that does not trade from a day on."""

    def __init__(self, real: MarketCalendar, first_day: datetime.date) -> None:
        """Store. `first_day` is the first day without trading; trading is not foreseen to resume."""
        self.real = real
        self.first_day = first_day

    @property
    def group(self) -> MarketGroup:
        """Which markets the calendar is for."""
        return self.real.group

    @property
    def time_zone(self) -> str:
        """The IANA name of the exchange's time zone."""
        return self.real.time_zone

    def is_trading_day(self, day: datetime.date) -> bool:
        """Tell whether the security trades on that day."""
        return not self.first_day <= day < _RESUMPTION and self.real.is_trading_day(day)

    def day_type(self, day: datetime.date) -> TradingDayType:
        """Tell which part of a trading day has trading; WHOLE for a day without trading too."""
        return self.real.day_type(day)

    def trading_days(self, begin: datetime.date, end: datetime.date) -> list[datetime.date]:
        """List the days on which the security trades. ValueError beyond MAXIMUM_SPAN_DAYS."""
        return [day for day in self.real.trading_days(begin, end) if not self.first_day <= day < _RESUMPTION]

    def previous_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the last day before `day` on which the security traded."""
        return self.real.previous_trading_day(day if day >= _RESUMPTION else min(day, self.first_day))

    def next_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the first day after `day` on which the security trades; during the suspension one far away."""
        following = self.real.next_trading_day(day)
        return following if self.is_trading_day(following) else self.real.next_trading_day(_RESUMPTION - _ONE_DAY)

    def sessions(self, day: datetime.date) -> tuple[Session, ...]:
        """Give the day's sessions in order; empty on a day without trading."""
        return self.real.sessions(day) if self.is_trading_day(day) else ()

    def market_state(self, local: datetime.datetime, *, overnight: bool = True) -> int:
        """Give the state of the market; a suspension does not change it."""
        return self.real.market_state(local, overnight=overnight)
