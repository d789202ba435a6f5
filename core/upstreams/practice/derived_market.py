"""One derived instrument as it trades now: a SecurityMarket whose prices come from the model."""

from __future__ import annotations

import datetime
from math import inf
from typing import Final

from core.upstreams.practice.bar_periods import SessionLayout, layout_of
from core.upstreams.practice.calendars import MINUTES_PER_DAY, MarketCalendar, MarketGroup, Session, TradingDayType
from core.upstreams.practice.contract_models import DerivedModel, FutureModel
from core.upstreams.practice.contracts import FUTURE
from core.upstreams.practice.future_contract_path import FuturePath
from core.upstreams.practice.market import Place, SecurityMarket
from core.upstreams.practice.market_maker import MarketMaker
from core.upstreams.practice.market_time import MarketTime
from core.upstreams.practice.model_path import ModelDay
from core.upstreams.practice.price_ticks import PRICE_SCALE, tick_size
from core.upstreams.practice.securities import SecurityInfo
from core.upstreams.practice.security_history import SecurityHistory
from core.upstreams.practice.seeded_noise import key_of
from core.upstreams.practice.trading_hours import TradingHours

_EVENTS_PER_SECOND: Final = 0.7
_FUTURE_EVENTS_PER_SECOND: Final = 2.0


class ContractCalendar:
    """A market's calendar without the days after a contract's last one."""

    def __init__(self, calendar: MarketCalendar, last_day: int) -> None:
        """Store. `last_day` is an ordinal."""
        self._calendar = calendar
        self._last = datetime.date.fromordinal(last_day)

    @property
    def group(self) -> MarketGroup:
        """Which markets the calendar is for."""
        return self._calendar.group

    @property
    def time_zone(self) -> str:
        """The IANA name of the exchange's time zone."""
        return self._calendar.time_zone

    def is_trading_day(self, day: datetime.date) -> bool:
        """Tell whether there is any trading on that day."""
        return day <= self._last and self._calendar.is_trading_day(day)

    def day_type(self, day: datetime.date) -> TradingDayType:
        """Tell which part of a trading day has trading."""
        return self._calendar.day_type(day)

    def trading_days(self, begin: datetime.date, end: datetime.date) -> list[datetime.date]:
        """List trading days from `begin` to `end`, both included."""
        return self._calendar.trading_days(begin, min(end, self._last))

    def previous_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the last trading day before `day`."""
        return self._calendar.previous_trading_day(min(day, self._last + datetime.timedelta(days=1)))

    def next_trading_day(self, day: datetime.date) -> datetime.date:
        """Give the first trading day of the market after `day`; it may lie after the contract's last one."""
        return self._calendar.next_trading_day(day)

    def sessions(self, day: datetime.date) -> tuple[Session, ...]:
        """Give the day's sessions in order; empty on a day without trading."""
        return self._calendar.sessions(day) if day <= self._last else ()

    def market_state(self, local: datetime.datetime, *, overnight: bool = True) -> int:
        """Give the market's QotMarketState number at a local time."""
        return self._calendar.market_state(local, overnight=overnight)


def widest_margin(model: DerivedModel) -> float:
    """Give how far a market maker's quotes may lie from the fair price, in price units."""
    spot = model.underlying.info.reference_price
    return tick_size(model.tick_kind, spot) * 1.2 if isinstance(model, FutureModel) else spot * 0.0008


class DerivedMarket(SecurityMarket):
    """The live state of one contract. Its market maker follows the model; volumes are those of the model."""

    def __init__(
        self,
        info: SecurityInfo,
        model: DerivedModel,
        calendar: MarketCalendar,
        time: MarketTime,
        history: SecurityHistory,
        seed: int,
    ) -> None:
        """Store. Nothing is computed before `open_at`."""
        super().__init__(info, ContractCalendar(calendar, model.last_day), time, history, seed)
        self.model = model
        self.contract_size = model.multiplier
        self.is_queued = False  # whether the exchange moves it on by itself
        rate = _FUTURE_EVENTS_PER_SECOND if info.security_type == FUTURE else _EVENTS_PER_SECOND
        widest = widest_margin(model)
        self._maker = MarketMaker(self.book, info.tick_kind, model.volume_unit, widest, rate)
        self._flow = self._maker
        self._seed = seed

    @property
    def model_day(self) -> ModelDay:
        """The simulated day behind the live one."""
        path = self.day.path
        assert isinstance(path, ModelDay), "contracts have model days"
        return path

    def fair_values(self) -> tuple[float, float]:
        """Give the unrounded model price now and the underlying's price it belongs to, both in currency."""
        slot = max(0, min(self._slot, self.day.layout.count - 1))
        fraction = min(0.999, max(0.0, (self.book_changed_at - self._minute * 60) / 60))
        day = self.model_day
        return day.fair_price(slot, fraction) / PRICE_SCALE, day.underlying_price(slot, fraction)

    def _begin_day(self, day: int, first_slot: int) -> None:
        super()._begin_day(day, first_slot)
        self._maker.begin_day(self.model.day_volume(day))
        if isinstance(self.model, FutureModel):
            # A rolling contract has its month's dice, so both trade alike.
            self._key = key_of(self._seed, "flow", self.model.month(day)[0])

    def _next_opening(self, day: int, minute: int) -> float:
        """Give the next opening; infinity after the contract's end."""
        date = datetime.date.fromordinal(day)
        sessions = self.calendar.sessions(date)
        if sessions and layout_of(sessions).sessions[-1].open > minute:
            return super()._next_opening(day, minute)
        if not self.calendar.sessions(self.calendar.next_trading_day(date)):
            return inf
        return super()._next_opening(day, minute)

    def _trade(self, at: float) -> None:
        super()._trade(at)
        # Quotes of contracts say more than their last price: their greeks move with every quote.
        self.quote_changed = True


class FutureMarket(DerivedMarket):
    """The live state of one future. Its trading day begins with the night before it, so it is not always the date."""

    def __init__(
        self,
        info: SecurityInfo,
        model: DerivedModel,
        calendar: MarketCalendar,
        time: MarketTime,
        history: SecurityHistory,
        seed: int,
    ) -> None:
        """Store. Nothing is computed before `open_at`."""
        super().__init__(info, model, calendar, time, history, seed)
        self.hours = TradingHours(info, self.calendar, time, self._sessions)

    def _place(self, day: int, minute: int) -> Place:
        """Say where a local minute lies among the trading days; a night belongs to the day that follows it."""
        this, following = self._days_from(day)
        for candidate in (following, this):
            layout = self._layout(candidate)
            if layout is not None:
                from_midnight = minute + (day - candidate) * MINUTES_PER_DAY
                passed, slot = layout.slots_before(from_midnight), layout.slot_at(from_midnight)
                if passed or slot is not None:
                    return Place(candidate, slot, passed)
        last = self.calendar.previous_trading_day(datetime.date.fromordinal(this)).toordinal()
        layout = self._layout(last)
        assert layout is not None, "a contract is live from its second day on"
        return Place(last, None, layout.count)

    def _next_opening(self, day: int, minute: int) -> float:
        """Give the next opening; infinity after the contract's end."""
        for candidate in self._days_from(day):
            layout = self._layout(candidate)
            if layout is None:
                return inf
            for session in layout.sessions:
                if session.open > minute + (day - candidate) * MINUTES_PER_DAY:
                    return self.time.unix(candidate, session.open)
        raise AssertionError("the day after the next one opens later than now")

    def _days_from(self, day: int) -> tuple[int, int]:
        """Give the first trading day from a date on, and the one after it; they may lie after the contract's last."""
        date = datetime.date.fromordinal(day)
        if not self.calendar.is_trading_day(date):
            date = self.calendar.next_trading_day(date)
        return date.toordinal(), self.calendar.next_trading_day(date).toordinal()

    def _sessions(self, day: int) -> tuple[Session, ...]:
        layout = self._layout(day)
        return () if layout is None else layout.sessions

    def _layout(self, day: int) -> SessionLayout | None:
        path = self.history.path
        assert isinstance(path, FuturePath), "futures have their own paths"
        return path.layout(day)
