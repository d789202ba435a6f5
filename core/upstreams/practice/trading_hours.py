"""When a security trades and how: its phase at a moment, and the trading day that a moment belongs to."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from enum import Enum
from math import inf
from typing import Final, NamedTuple

from core.upstreams.practice.auction_hours import closing_window
from core.upstreams.practice.bar_periods import layout_of
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup, MarketState, Session
from core.upstreams.practice.market_time import MarketTime
from core.upstreams.practice.securities import ETF, STOCK, SecurityInfo

_AFTER_HOURS_END, _AFTER_HOURS_MINUTES = 1_200, 240
_LONGEST_BREAK: Final = 2 * 3_600  # seconds; between a night and its day the market is closed


class MarketPhase(Enum):
    """What the exchange does with an order for a security now."""

    CLOSED = "closed"
    COLLECTING = "collecting"  # orders for a call auction
    CONTINUOUS = "continuous"
    BREAK = "break"
    PRE_MARKET = "pre-market"
    AFTER_HOURS = "after hours"
    OVERNIGHT = "overnight"
    SUSPENDED = "suspended"


class TradingDay(NamedTuple):
    """One day of a security: its date (an ordinal) and its sessions as (opens, closes) in Unix seconds, in order.

    `ends` is the moment from which nothing of this day trades any more, closing auction included.
    """

    day: int
    sessions: tuple[tuple[float, float], ...]
    ends: float

    @property
    def opens(self) -> float:
        """When continuous trading begins."""
        return self.sessions[0][0] if self.sessions else inf

    @property
    def closes(self) -> float:
        """When continuous trading ends."""
        return self.sessions[-1][1] if self.sessions else inf


_PHASES: Final = {
    MarketState.AUCTION: MarketPhase.COLLECTING,
    MarketState.HK_CAS: MarketPhase.COLLECTING,
    MarketState.PRE_MARKET_BEGIN: MarketPhase.PRE_MARKET,
    MarketState.AFTER_HOURS_BEGIN: MarketPhase.AFTER_HOURS,
    MarketState.OVERNIGHT: MarketPhase.OVERNIGHT,
}


class TradingHours:
    """The hours of one security."""

    def __init__(
        self,
        info: SecurityInfo,
        calendar: MarketCalendar,
        time: MarketTime,
        sessions: Callable[[int], tuple[Session, ...]] | None = None,
    ) -> None:
        """Store. `calendar` is that of the security itself: it knows suspensions and the last day of a contract.

        `sessions` gives those of a trading day where they are not the calendar's; a night before a day has minutes
        below 0.
        """
        self._calendar = calendar
        self._time = time
        self._group = info.group
        self._has_auctions = info.security_type in (STOCK, ETF)
        self._sessions = sessions or self._calendar_sessions
        # The newest answers: all of them hold for a whole minute, in which an order alone asks several times.
        self._phase_minute, self._phase = -1, MarketPhase.CLOSED
        self._days: dict[bool, tuple[int, TradingDay]] = {}

    def phase(self, unix: float) -> MarketPhase:
        """Give the phase at a moment; suspensions are not looked at."""
        minute = int(unix // 60)
        if minute != self._phase_minute:
            self._phase = self._find_phase(unix)
            self._phase_minute = minute
        return self._phase

    def _find_phase(self, unix: float) -> MarketPhase:
        sessions = self.trading_day(unix).sessions
        closed = -inf
        for opens, closes in sessions:
            if unix < opens:
                if opens - closed <= _LONGEST_BREAK:
                    return MarketPhase.BREAK
                break
            if unix < closes:
                return MarketPhase.COLLECTING if self._closes_by_auction(unix) else MarketPhase.CONTINUOUS
            closed = closes
        if not self._has_auctions:
            return MarketPhase.CLOSED
        state = self._calendar.market_state(self._time.local_datetime(unix))
        return _PHASES.get(MarketState(state), MarketPhase.CLOSED)

    def trading_day(self, unix: float, *, extended: bool = False) -> TradingDay:
        """Give the trading day that a moment belongs to, or the next one when it lies after the end of a day.

        `extended` lets a US day last until its after-hours trading is over. After the end of a contract it is the last
        day that it had.
        """
        minute = int(unix // 60)
        known = self._days.get(extended)
        if known is None or known[0] != minute:
            known = self._days[extended] = minute, self._find_day(unix, extended=extended)
        return known[1]

    def _find_day(self, unix: float, *, extended: bool) -> TradingDay:
        day = self._time.local(unix).day
        if self._sessions(day):
            found = self._describe(day, extended=extended)
            if unix < found.ends:
                return found
        following = self._calendar.next_trading_day(datetime.date.fromordinal(day)).toordinal()
        if not self._sessions(following):
            date = datetime.date.fromordinal(following)
            following = self._calendar.previous_trading_day(date).toordinal()
        return self._describe(following, extended=extended)

    def next_opening(self, unix: float) -> float:
        """Give the first moment after this one at which continuous trading begins; infinity when there is none."""
        day = self.trading_day(unix)
        for opens, _ in day.sessions:
            if opens > unix:
                return opens
        following = self._calendar.next_trading_day(datetime.date.fromordinal(day.day)).toordinal()
        return self._describe(following, extended=False).opens if self._sessions(following) else inf

    def closing_auction_end(self, unix: float) -> float | None:
        """Give when the closing auction is over that a moment of this day's trading leads to; None for none."""
        day = self.trading_day(unix)
        return day.ends if day.opens <= unix < day.ends and day.ends > day.closes else None

    def _closes_by_auction(self, unix: float) -> bool:
        """Say whether a moment of a session belongs to its closing auction already."""
        if not self._has_auctions or self._group is not MarketGroup.CN:
            return False
        local = self._time.local(unix)
        sessions = self._sessions(local.day)
        window = None if layout_of(sessions).all_day else closing_window(self._group, sessions)
        return window is not None and window[0] <= local.minute

    def _calendar_sessions(self, day: int) -> tuple[Session, ...]:
        return self._calendar.sessions(datetime.date.fromordinal(day))

    def _describe(self, day: int, *, extended: bool) -> TradingDay:
        sessions = self._sessions(day)
        if not sessions:
            return TradingDay(day, (), -inf)
        unix = self._time.unix
        moments = tuple((unix(day, session.open), unix(day, session.close)) for session in sessions)
        last = sessions[-1].close
        ends = moments[-1][1]
        if self._has_auctions and not layout_of(sessions).all_day:
            closing = closing_window(self._group, sessions)
            if closing is not None:
                ends = unix(day, closing[1])
            elif extended and self._group is MarketGroup.US:
                ends = unix(day, min(_AFTER_HOURS_END, last + _AFTER_HOURS_MINUTES))
        return TradingDay(day, moments, ends)
