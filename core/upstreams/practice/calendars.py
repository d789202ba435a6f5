"""Trading days, sessions and market states of the practice exchange.

Days come from a calendar file. Hours are those of today for every year: older opening hours are not modelled.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple, Protocol

MINUTES_PER_DAY: Final = 1440
# One request of trading days covers at most this many natural days (60 years).
MAXIMUM_SPAN_DAYS: Final = 60 * 366
_ONE_DAY: Final = datetime.timedelta(days=1)
_SATURDAY: Final = 5
_NOON: Final = 12 * 60


class MarketGroup(StrEnum):
    """Markets that share trading days and hours; Shanghai and Shenzhen are one group."""

    HK = "HK"
    US = "US"
    CN = "CN"
    SG = "SG"
    JP = "JP"
    MY = "MY"
    AU = "AU"
    CA = "CA"
    CRYPTO = "CRYPTO"  # never closes; its days are those of UTC


class TradingDayType(IntEnum):
    """The numbers of the public schema (TradeDateType)."""

    WHOLE = 0
    MORNING = 1  # there is no afternoon
    AFTERNOON = 2  # there is no morning


class MarketState(IntEnum):
    """The numbers of the public schema (QotMarketState) that stock markets take."""

    NONE = 0
    AUCTION = 1
    WAITING_OPEN = 2
    MORNING = 3
    REST = 4
    AFTERNOON = 5
    CLOSED = 6
    PRE_MARKET_BEGIN = 8
    AFTER_HOURS_BEGIN = 10
    AFTER_HOURS_END = 11
    HK_CAS = 19
    OVERNIGHT = 37


class Session(NamedTuple):
    """One stretch of continuous trading, in minutes from local midnight; `close` is the first minute after it."""

    open: int
    close: int


class MarketCalendar(Protocol):
    """What the practice exchange asks about days and hours. Dates and times are local to the exchange."""

    def __hash__(self) -> int:
        """Calendars are compared by identity; results about them can be kept."""

    @property
    def group(self) -> MarketGroup:
        """Which markets the calendar is for."""

    @property
    def time_zone(self) -> str:
        """The IANA name of the exchange's time zone."""

    def is_trading_day(self, day: datetime.date) -> bool:
        """Tell whether there is any trading on that day."""

    def day_type(self, day: datetime.date) -> TradingDayType:
        """Tell which part of a trading day has trading; WHOLE for a day without trading too."""

    def trading_days(self, begin: datetime.date, end: datetime.date) -> list[datetime.date]:
        """List trading days from `begin` to `end`, both included. ValueError beyond MAXIMUM_SPAN_DAYS."""

    def previous_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the last trading day before `day`."""

    def next_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the first trading day after `day`."""

    def sessions(self, day: datetime.date) -> tuple[Session, ...]:
        """Give the day's sessions in order; empty on a day without trading."""

    def market_state(self, local: datetime.datetime, *, overnight: bool = True) -> int:
        """Give the QotMarketState number at a local time (its own zone, if any, is not looked at).

        `overnight` says whether the security trades overnight; it matters for the US only.
        """


TIME_ZONES: Final[dict[MarketGroup, str]] = {
    MarketGroup.HK: "Asia/Hong_Kong",
    MarketGroup.US: "America/New_York",
    MarketGroup.CN: "Asia/Shanghai",
    MarketGroup.SG: "Asia/Singapore",
    MarketGroup.JP: "Asia/Tokyo",
    MarketGroup.MY: "Asia/Kuala_Lumpur",
    MarketGroup.AU: "Australia/Sydney",
    MarketGroup.CA: "America/Toronto",
    MarketGroup.CRYPTO: "UTC",
}

_MORNING, _AFTERNOON = TradingDayType.MORNING, TradingDayType.AFTERNOON
_WHOLE: Final = TradingDayType.WHOLE

_SESSIONS: Final[dict[MarketGroup, dict[TradingDayType, tuple[Session, ...]]]] = {
    MarketGroup.HK: {
        _WHOLE: (Session(570, 720), Session(780, 960)),
        _MORNING: (Session(570, 720),),
        _AFTERNOON: (Session(780, 960),),
    },
    MarketGroup.US: {
        _WHOLE: (Session(570, 960),),
        _MORNING: (Session(570, 780),),
        _AFTERNOON: (Session(780, 960),),
    },
    MarketGroup.CN: {
        _WHOLE: (Session(570, 690), Session(780, 900)),
        _MORNING: (Session(570, 690),),
        _AFTERNOON: (Session(780, 900),),
    },
    MarketGroup.SG: {
        _WHOLE: (Session(540, 720), Session(780, 1020)),
        _MORNING: (Session(540, 720),),
        _AFTERNOON: (Session(780, 1020),),
    },
    MarketGroup.JP: {
        _WHOLE: (Session(540, 690), Session(750, 930)),
        _MORNING: (Session(540, 690),),
        _AFTERNOON: (Session(750, 930),),
    },
    MarketGroup.MY: {
        _WHOLE: (Session(540, 750), Session(870, 1020)),
        _MORNING: (Session(540, 750),),
        _AFTERNOON: (Session(870, 1020),),
    },
    MarketGroup.AU: {
        _WHOLE: (Session(600, 960),),
        _MORNING: (Session(600, 850),),
        _AFTERNOON: (Session(780, 960),),
    },
    MarketGroup.CA: {
        _WHOLE: (Session(570, 960),),
        _MORNING: (Session(570, 780),),
        _AFTERNOON: (Session(780, 960),),
    },
}

_State = MarketState
_HK_OPENING: Final = (
    (0, _State.CLOSED),
    (535, _State.NONE),
    (540, _State.AUCTION),
    (560, _State.WAITING_OPEN),
    (570, _State.MORNING),
)
_CN_OPENING: Final = (
    (0, _State.CLOSED),
    (535, _State.NONE),
    (555, _State.AUCTION),
    (565, _State.WAITING_OPEN),
    (570, _State.MORNING),
)
# From which minute of a trading day each state holds, to the next entry. The API documents describe regular days only;
# half days follow the exchanges' rules: Hong Kong's closing auction and the US after-hours trading move forward.
_DAY_STATES: Final[dict[MarketGroup, dict[TradingDayType, tuple[tuple[int, MarketState], ...]]]] = {
    MarketGroup.HK: {
        _WHOLE: (
            *_HK_OPENING,
            (720, _State.REST),
            (780, _State.AFTERNOON),
            (960, _State.HK_CAS),
            (968, _State.CLOSED),
        ),
        _MORNING: (
            *_HK_OPENING,
            (720, _State.HK_CAS),
            (728, _State.CLOSED),
        ),
        _AFTERNOON: (
            (0, _State.CLOSED),
            (750, _State.WAITING_OPEN),
            (780, _State.AFTERNOON),
            (960, _State.HK_CAS),
            (968, _State.CLOSED),
        ),
    },
    MarketGroup.US: {
        _WHOLE: (
            (0, _State.OVERNIGHT),
            (240, _State.PRE_MARKET_BEGIN),
            (570, _State.AFTERNOON),
            (960, _State.AFTER_HOURS_BEGIN),
            (1200, _State.OVERNIGHT),
        ),
        _MORNING: (
            (0, _State.OVERNIGHT),
            (240, _State.PRE_MARKET_BEGIN),
            (570, _State.AFTERNOON),
            (780, _State.AFTER_HOURS_BEGIN),
            (1020, _State.AFTER_HOURS_END),
            (1200, _State.OVERNIGHT),
        ),
        _AFTERNOON: (
            (0, _State.OVERNIGHT),
            (240, _State.PRE_MARKET_BEGIN),
            (780, _State.AFTERNOON),
            (960, _State.AFTER_HOURS_BEGIN),
            (1200, _State.OVERNIGHT),
        ),
    },
    # The fixed-price trading after 15:00 of STAR and ChiNext names is not modelled.
    MarketGroup.CN: {
        _WHOLE: (
            *_CN_OPENING,
            (690, _State.REST),
            (780, _State.AFTERNOON),
            (900, _State.CLOSED),
        ),
        _MORNING: (
            *_CN_OPENING,
            (690, _State.CLOSED),
        ),
        _AFTERNOON: (
            (0, _State.CLOSED),
            (750, _State.WAITING_OPEN),
            (780, _State.AFTERNOON),
            (900, _State.CLOSED),
        ),
    },
}
_US_NIGHT_BEGIN: Final = 1200


def _plain_states(sessions: tuple[Session, ...]) -> tuple[tuple[int, MarketState], ...]:
    """Make the states of a market without documented auctions: morning, rest, afternoon and closed.

    A single session counts as morning until noon.
    """
    if len(sessions) > 1:
        (first, noon), (afternoon, close) = sessions
    else:
        ((first, close),) = sessions
        noon = afternoon = _NOON
    states = [(0, _State.CLOSED), (first, _State.MORNING)]
    if first < noon < afternoon:
        states.append((noon, _State.REST))
    states += [(max(first, afternoon), _State.AFTERNOON), (close, _State.CLOSED)]
    return tuple(state for state in states if state[0] < close or state[1] is _State.CLOSED)


for _group in (MarketGroup.SG, MarketGroup.JP, MarketGroup.MY, MarketGroup.AU, MarketGroup.CA):
    _DAY_STATES[_group] = {kind: _plain_states(sessions) for kind, sessions in _SESSIONS[_group].items()}


class TradingCalendar:
    """The real calendar of one market group. In years the file does not cover every weekday is a trading day."""

    def __init__(
        self,
        group: MarketGroup,
        holidays: frozenset[datetime.date],
        half_days: Mapping[datetime.date, TradingDayType],
        first_year: int,
        last_year: int,
    ) -> None:
        """Store. `holidays` are the weekdays without trading from `first_year` to `last_year`."""
        self.first_year = first_year
        self.last_year = last_year
        self._group = group
        self._holidays = holidays
        self._half_days = dict(half_days)
        self._first = datetime.date(first_year, 1, 1)
        self._last = datetime.date(last_year, 12, 31)
        self._days: tuple[datetime.date, ...] | None = None  # made when first needed: 1.5 ms a market

    @property
    def group(self) -> MarketGroup:
        """Which markets the calendar is for."""
        return self._group

    @property
    def time_zone(self) -> str:
        """The IANA name of the exchange's time zone."""
        return TIME_ZONES[self._group]

    def is_trading_day(self, day: datetime.date) -> bool:
        """Tell whether there is any trading on that day."""
        # No holidays are known outside the years covered.
        return day.weekday() < _SATURDAY and day not in self._holidays

    def day_type(self, day: datetime.date) -> TradingDayType:
        """Tell which part of a trading day has trading; WHOLE for a day without trading too."""
        return self._half_days.get(day, _WHOLE)

    def trading_days(self, begin: datetime.date, end: datetime.date) -> list[datetime.date]:
        """List trading days from `begin` to `end`, both included. ValueError beyond MAXIMUM_SPAN_DAYS."""
        check_span(begin, end)
        if self._days is None:
            covered = _weekdays(self._first, self._last)
            self._days = tuple(day for day in covered if day not in self._holidays)
        days = _weekdays(begin, min(end, self._first - _ONE_DAY))
        days += self._days[bisect_left(self._days, begin) : bisect_right(self._days, end)]
        days += _weekdays(max(begin, self._last + _ONE_DAY), end)
        return days

    def previous_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the last trading day before `day`."""
        day -= _ONE_DAY
        while not self.is_trading_day(day):
            day -= _ONE_DAY
        return day

    def next_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the first trading day after `day`."""
        day += _ONE_DAY
        while not self.is_trading_day(day):
            day += _ONE_DAY
        return day

    def sessions(self, day: datetime.date) -> tuple[Session, ...]:
        """Give the day's sessions in order; empty on a day without trading."""
        return _SESSIONS[self._group][self.day_type(day)] if self.is_trading_day(day) else ()

    def market_state(self, local: datetime.datetime, *, overnight: bool = True) -> int:
        """Give the QotMarketState number at a local time (its own zone, if any, is not looked at).

        `overnight` says whether the security trades overnight; it matters for the US only.
        """
        day = local.date()
        minute = local.hour * 60 + local.minute
        is_us = self._group is MarketGroup.US
        if is_us and minute >= _US_NIGHT_BEGIN:
            # A night belongs to the trading day that follows it: Sunday evening has one, Friday evening has none.
            night = overnight and self.is_trading_day(day + _ONE_DAY)
            return _State.OVERNIGHT if night else _State.AFTER_HOURS_END
        if not self.is_trading_day(day):
            return _State.AFTER_HOURS_END if is_us else _State.CLOSED
        state = _state_at(_DAY_STATES[self._group][self.day_type(day)], minute)
        return _State.AFTER_HOURS_END if state is _State.OVERNIGHT and not overnight else state


def _weekdays(begin: datetime.date, end: datetime.date) -> list[datetime.date]:
    """List Mondays to Fridays from `begin` to `end`; empty when `end` is earlier."""
    make = datetime.date.fromordinal
    # Ordinal 1 was a Monday.
    return [make(ordinal) for ordinal in range(begin.toordinal(), end.toordinal() + 1) if (ordinal - 1) % 7 < _SATURDAY]


def check_span(begin: datetime.date, end: datetime.date) -> None:
    """Raise ValueError for more than MAXIMUM_SPAN_DAYS."""
    if (end - begin).days > MAXIMUM_SPAN_DAYS:
        raise ValueError(f"more than {MAXIMUM_SPAN_DAYS} days asked for")


def _state_at(states: tuple[tuple[int, MarketState], ...], minute: int) -> MarketState:
    state = states[0][1]
    for begin, candidate in states:
        if begin > minute:
            break
        state = candidate
    return state
