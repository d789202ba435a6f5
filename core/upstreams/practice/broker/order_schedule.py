"""When an order works: the trading day it belongs to, when that ends, and whether it waits for the market."""

from __future__ import annotations

import datetime
from enum import Enum
from math import inf
from typing import Final

from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.trading import OrderType, TimeInForce, TradingSession
from core.upstreams.practice.bar_periods import layout_of
from core.upstreams.practice.broker.order_products import Firm, Product
from core.upstreams.practice.broker.order_types import AUCTIONS
from core.upstreams.practice.broker.records import OrderRecord
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.securities import SecurityInfo
from core.upstreams.practice.trading_hours import MarketPhase

LONGEST_DAYS: Final = 90  # natural days of a GTC or GTD order
_ENDS_KEPT: Final = 20_000
_NIGHT_ENDS: Final = 240  # minutes from midnight, of US overnight trading
_EXTENDED: Final = (TradingSession.ETH, TradingSession.ALL)


class Moment(Enum):
    """What the market lets happen to an order now."""

    NOW = "now"
    LATER = "later"
    REFUSED = "refused"


# Which firm queues orders while the market is closed (the documents' table of off-hours orders).
_QUEUED: Final = {
    Firm.PAPER: frozenset(Product) - {Product.OTHER_STOCK},
    Firm.FUTU_HK: frozenset(Product) - {Product.OTHER_STOCK},
    Firm.MOOMOO_US: frozenset({Product.HK_SECURITY, Product.US_STOCK, Product.US_OPTION, Product.A_SHARE}),
}


OUTSIDE_HOURS: Final = frozenset({MarketPhase.PRE_MARKET, MarketPhase.AFTER_HOURS, MarketPhase.OVERNIGHT})
_REGULAR: Final = frozenset({MarketPhase.CONTINUOUS})
_BEFORE_AND_AFTER: Final = _REGULAR | {MarketPhase.PRE_MARKET, MarketPhase.AFTER_HOURS}
_PHASES: Final = {
    TradingSession.ETH: _BEFORE_AND_AFTER,
    TradingSession.ALL: _REGULAR | OUTSIDE_HOURS,
    TradingSession.OVERNIGHT: frozenset({MarketPhase.OVERNIGHT}),
}


def phases_of(session: TradingSession, *, outside: bool) -> frozenset[MarketPhase]:
    """Give the hours in which an order may trade; `outside` is the older flag fillOutsideRTH."""
    return _BEFORE_AND_AFTER if outside else _PHASES.get(session, _REGULAR)


class OrderSchedule:
    """Days and hours of orders, by the exchange's calendars."""

    def __init__(self, exchange: Exchange) -> None:
        """Store."""
        self._exchange = exchange
        self._ends: dict[tuple[Security, int, bool], float] = {}

    def moment(
        self,
        info: SecurityInfo,
        order_type: OrderType,
        product: Product,
        firm: Firm,
        session: TradingSession = TradingSession.NONE,
        *,
        outside: bool = False,
    ) -> Moment:
        """Say whether an order of this type can be sent to the exchange now, waits, or cannot be taken."""
        phase = self._exchange.phase(info.security)
        if phase in OUTSIDE_HOURS or session is TradingSession.OVERNIGHT:
            now = phase in phases_of(session, outside=outside) or self.never_closes(info)
            return Moment.NOW if now else Moment.LATER
        if phase is MarketPhase.SUSPENDED:
            return Moment.LATER
        if order_type in AUCTIONS:
            if phase is MarketPhase.COLLECTING:
                return Moment.NOW
            return Moment.LATER if phase is MarketPhase.CLOSED and product in _QUEUED[firm] else Moment.REFUSED
        if phase is MarketPhase.CONTINUOUS:
            return Moment.NOW
        if phase is MarketPhase.COLLECTING and product is Product.A_SHARE:
            # An auction order of mainland China is an ordinary limit order.
            return Moment.NOW
        if phase is MarketPhase.CLOSED and product not in _QUEUED[firm]:
            return Moment.REFUSED
        return Moment.LATER

    def never_closes(self, info: SecurityInfo) -> bool:
        """Whether the market trades around the clock, so that there are neither auctions nor sessions."""
        day = self._exchange.today(info.group)
        sessions = self._exchange.calendars[info.group].sessions(datetime.date.fromordinal(day))
        return bool(sessions) and layout_of(sessions).all_day

    def day_for(
        self,
        info: SecurityInfo,
        order_type: OrderType,
        session: TradingSession = TradingSession.NONE,
        *,
        extended: bool,
    ) -> int:
        """Give the trading day (an ordinal) a new order belongs to: the one that runs, or the next."""
        day = self._exchange.session_of(info.security, self._exchange.now, extended=extended)
        # When the last session is over, only the closing auction is left of a Hong Kong day.
        is_late = order_type not in AUCTIONS and not extended and day.closes <= self._exchange.now
        if session is TradingSession.OVERNIGHT and not self.never_closes(info):
            local = self._exchange.times[info.group].local(self._exchange.now)
            # A night belongs to the day it ends on.
            is_late = (local.day, local.minute) >= (day.day, _NIGHT_ENDS)
        if is_late:
            day = self._exchange.session_of(info.security, day.ends, extended=extended)
        return day.day

    def end_of(self, order: OrderRecord) -> float:
        """Give the moment from which an order does not trade any more, in Unix seconds."""
        last = order.day if order.time_in_force is TimeInForce.DAY else order.expire_day
        return self.end_of_day(order, last)

    def end_of_day(self, order: OrderRecord, day: int) -> float:
        """Give the end of an order's trading day, that of its extended hours where it works in them."""
        key = (order.security, day, is_extended(order))
        known = self._ends.get(key)
        if known is None:
            if len(self._ends) > _ENDS_KEPT:
                self._ends.clear()
            known = self._ends[key] = self._find_end(*key)
        return known

    def _find_end(self, security: Security, day: int, extended: bool) -> float:
        info = self._exchange.table.get(security)
        if info is None:
            return -inf
        time = self._exchange.times[info.group]
        found = self._exchange.session_of(security, time.unix(day), extended=extended)
        return found.ends if found.day == day else time.unix(day + 1)

    def next_day(self, order: OrderRecord) -> int:
        """Give the trading day after an order's."""
        info = self._exchange.info(order.security)
        date = datetime.date.fromordinal(order.day)
        return self._exchange.calendars[info.group].next_trading_day(date).toordinal()

    def current_day(self, info: SecurityInfo) -> int:
        """Give a market's current trading day: today, or the last one when there is no trading today."""
        return self.current_day_of(info.group)

    def current_day_of(self, group: MarketGroup) -> int:
        """Give the current trading day of a market group."""
        today = datetime.date.fromordinal(self._exchange.today(group))
        calendar = self._exchange.calendars[group]
        return (today if calendar.is_trading_day(today) else calendar.previous_trading_day(today)).toordinal()

    def expire_day(self, info: SecurityInfo, time_in_force: TimeInForce, expire_date: str, day: int) -> int:
        """Give the last day of an order. Raises UserFacingError(bad_date, expire_date)."""
        if time_in_force is TimeInForce.GTC:
            return day + LONGEST_DAYS
        if time_in_force is not TimeInForce.GTD:
            return day
        try:
            last = datetime.date.fromisoformat(expire_date[:10]).toordinal()
        except ValueError:
            raise UserFacingError("bad_date", value=expire_date) from None
        if not day <= last <= day + LONGEST_DAYS:
            raise UserFacingError("expire_date", value=expire_date, days=LONGEST_DAYS)
        return last

    def hours_text(self, info: SecurityInfo) -> str:
        """Write the sessions of a market's trading day, such as 09:30-12:00, 13:00-16:00."""
        day = self._exchange.session_of(info.security, self._exchange.now)
        local = self._exchange.times[info.group].local
        return ", ".join(f"{local(opens).text[11:16]}-{local(closes).text[11:16]}" for opens, closes in day.sessions)


def is_extended(order: OrderRecord) -> bool:
    """Whether an order also works before and after the regular hours of the US."""
    return order.fill_outside_rth or order.session in _EXTENDED
