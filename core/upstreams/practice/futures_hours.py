"""Hours and market states of index futures: their day and night sessions differ from those of the stocks.

The hours are those of the main index futures of each market today; other products and holiday schedules of their own
are not modelled.
"""

from __future__ import annotations

import datetime
from enum import IntEnum
from typing import Final

from core.upstreams.practice.calendars import MINUTES_PER_DAY, MarketCalendar, MarketGroup, Session, TradingDayType

_ONE_DAY: Final = datetime.timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6


class FutureState(IntEnum):
    """The numbers of the public schema (QotMarketState) that futures markets take."""

    NIGHT_OPEN = 13
    NIGHT_END = 14
    DAY_OPEN = 15
    DAY_BREAK = 16
    DAY_CLOSE = 17
    DAY_WAIT_FOR_OPEN = 18
    OPEN = 23
    CLOSE = 26


_State = FutureState
# From which minute of a trading day each state holds. The night that begins in the evening ends in NIGHT_ENDS.
_DAYS: Final = {
    MarketGroup.HK: (
        (525, _State.DAY_WAIT_FOR_OPEN),
        (555, _State.DAY_OPEN),
        (720, _State.DAY_BREAK),
        (780, _State.DAY_OPEN),
        (990, _State.DAY_CLOSE),
        (1005, _State.DAY_WAIT_FOR_OPEN),
        (1035, _State.NIGHT_OPEN),
    ),
    MarketGroup.SG: (
        (525, _State.DAY_WAIT_FOR_OPEN),
        (540, _State.DAY_OPEN),
        (990, _State.DAY_CLOSE),
        (1005, _State.DAY_WAIT_FOR_OPEN),
        (1020, _State.NIGHT_OPEN),
    ),
    MarketGroup.JP: (
        (525, _State.DAY_OPEN),
        (915, _State.DAY_CLOSE),
        (985, _State.DAY_WAIT_FOR_OPEN),
        (990, _State.NIGHT_OPEN),
    ),
}
# A day without an afternoon has no evening either.
_HALF_DAYS: Final = {
    MarketGroup.HK: ((525, _State.DAY_WAIT_FOR_OPEN), (555, _State.DAY_OPEN), (750, _State.DAY_CLOSE)),
}
_NIGHT_ENDS: Final = {MarketGroup.HK: 180, MarketGroup.SG: 315, MarketGroup.JP: 330}
_US_CLOSE, _US_OPEN, _US_HOLIDAY_CLOSE = 1020, 1080, 780
_HK_NIGHT_BEGIN: Final = 1035
NIGHT_MINUTES: Final = MINUTES_PER_DAY - _HK_NIGHT_BEGIN + _NIGHT_ENDS[MarketGroup.HK]  # of Hong Kong
EARLY_MINUTES, LATE_MINUTES = 15, 30  # before the index opens in the morning, and after it closes
_HK_SESSIONS: Final = {
    TradingDayType.WHOLE: (Session(555, 720), Session(780, 990)),
    TradingDayType.MORNING: (Session(555, 750),),
    TradingDayType.AFTERNOON: (Session(780, 990),),
}


def future_sessions(calendar: MarketCalendar, day: int) -> tuple[Session, ...]:
    """Give the sessions in which Hong Kong's index futures trade a trading day (an ordinal).

    The night before belongs to the day: its minutes are counted from the day's midnight, so they are negative. After a
    half day, and before the first day that never closes, there is no night.
    """
    date = datetime.date.fromordinal(day)
    if not calendar.is_trading_day(date) or _never_closes(calendar, date):
        return calendar.sessions(date)
    sessions = _HK_SESSIONS[calendar.day_type(date)]
    evening = calendar.previous_trading_day(date)
    if not _has_night(calendar, evening):
        return sessions
    midnight = (evening.toordinal() - day) * MINUTES_PER_DAY
    end = _NIGHT_ENDS[MarketGroup.HK] + MINUTES_PER_DAY
    return (Session(midnight + _HK_NIGHT_BEGIN, midnight + end), *sessions)


def futures_state(calendar: MarketCalendar, local: datetime.datetime) -> int:
    """Give the QotMarketState number of a group's index futures at a local time; 0 for a group without futures."""
    group, day, minute = calendar.group, local.date(), local.hour * 60 + local.minute
    if group is MarketGroup.US:
        return _us_state(calendar, day, minute)
    if group not in _DAYS:
        return 0
    if _never_closes(calendar, day):
        return _State.DAY_OPEN
    if minute < _NIGHT_ENDS[group] and _has_night(calendar, day - _ONE_DAY):
        return _State.NIGHT_OPEN
    # Before the day begins, and on days without trading, the last night is over.
    state = _State.NIGHT_END if _has_night(calendar, calendar.previous_trading_day(day)) else _State.DAY_CLOSE
    if not calendar.is_trading_day(day):
        return state
    states = _DAYS[group] if calendar.day_type(day) is TradingDayType.WHOLE else _HALF_DAYS.get(group, _DAYS[group])
    for begin, candidate in states:
        if begin > minute:
            break
        state = candidate
    return state


def leg_minutes(calendar: MarketCalendar, before: int, day: int) -> tuple[int, int, int]:
    """Give the minutes of a trading day of Hong Kong at night, before the index opens and after it closes.

    `before` is the trading day before; neither may be a day that never closes.
    """
    kind = calendar.day_type(datetime.date.fromordinal(day))
    evening = calendar.day_type(datetime.date.fromordinal(before))
    night = NIGHT_MINUTES if evening is TradingDayType.WHOLE else 0
    return night, 0 if kind is TradingDayType.AFTERNOON else EARLY_MINUTES, LATE_MINUTES


def _has_night(calendar: MarketCalendar, day: datetime.date) -> bool:
    return calendar.is_trading_day(day) and (
        calendar.day_type(day) is TradingDayType.WHOLE or calendar.group not in _HALF_DAYS
    )


def _never_closes(calendar: MarketCalendar, day: datetime.date) -> bool:
    return any(session.close - session.open == MINUTES_PER_DAY for session in calendar.sessions(day))


def _us_state(calendar: MarketCalendar, day: datetime.date, minute: int) -> int:
    """From Sunday 18:00 to Friday 17:00 with an hour's pause each day; on stock holidays until 13:00."""
    if _never_closes(calendar, day):
        return _State.OPEN
    weekday = day.weekday()
    if weekday == _SATURDAY:
        return _State.CLOSE
    close = _US_CLOSE if calendar.is_trading_day(day) else _US_HOLIDAY_CLOSE
    before_close = weekday != _SUNDAY and minute < close
    after_pause = weekday != _SATURDAY - 1 and minute >= _US_OPEN
    return _State.OPEN if before_close or after_pause else _State.CLOSE
