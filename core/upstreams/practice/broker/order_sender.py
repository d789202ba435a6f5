"""Orders and the exchange: what is sent, what stands there, what comes back, what waits for a price or an opening."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.trading import OrderStatus, OrderType, TimeInForce
from core.upstreams.practice.broker import order_texts as texts
from core.upstreams.practice.broker.combo_orders import ComboDesk, ComboRules
from core.upstreams.practice.broker.conditional_orders import (
    follow,
    is_reached,
    sent_price,
    trigger_of,
    waits_for_price,
)
from core.upstreams.practice.broker.execution import send, sending_of
from core.upstreams.practice.broker.order_prices import price_text
from core.upstreams.practice.broker.order_products import firm_of, product_of
from core.upstreams.practice.broker.order_rules import OrderRules
from core.upstreams.practice.broker.order_schedule import Moment, OrderSchedule
from core.upstreams.practice.broker.order_status import WORKING
from core.upstreams.practice.broker.order_steps import OrderMoney, OrderSteps
from core.upstreams.practice.broker.order_store import OrderStore
from core.upstreams.practice.broker.order_types import LIMITED, TRAILING
from core.upstreams.practice.broker.records import AccountSpec, OrderRecord
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market import Tick
from core.upstreams.practice.user_orders import UserFill

log = logging.getLogger(__name__)

_S: Final = OrderStatus
_MARKET_CLOSED: Final = "market_closed"
_REST_TEXTS: Final = {
    OrderType.SPECIAL_LIMIT: texts.REST_DROPPED,
    OrderType.SPECIAL_LIMIT_ALL: texts.NOT_WHOLE,
    OrderType.ABSOLUTE_LIMIT: texts.REST_DROPPED,
}


class OrderSender:
    """Knows where every order stands."""

    def __init__(
        self,
        exchange: Exchange,
        accounts: Mapping[int, AccountSpec],
        store: OrderStore,
        steps: OrderSteps,
        schedule: OrderSchedule,
        rules: OrderRules,
        combo_rules: ComboRules,
        money: OrderMoney,
    ) -> None:
        """Store."""
        self._exchange = exchange
        self._accounts = accounts
        self._store = store
        self._steps = steps
        self._schedule = schedule
        self._rules = rules
        self._combo_rules = combo_rules
        self._money = money
        self._combos = ComboDesk(exchange, steps)
        self._at_exchange: dict[tuple[Security, int], int] = {}  # where an order stands -> its id
        self._places: dict[int, tuple[Security, int]] = {}  # and the other way round
        self._triggered: list[int] = []
        self._watched: frozenset[Security] = frozenset()
        self._waiting: dict[Security, list[int]] = {}  # orders that wait for a price
        self._has_combos = False

    def start(self) -> None:
        """Listen to the exchange."""
        self._exchange.on_user_fills = self._on_fills
        self._exchange.on_user_order_ended = self._on_ended

    # -- sending

    def send(self, order: OrderRecord) -> None:
        """Send what is open of an order to the exchange and take down what comes of it."""
        if order.status in (_S.WAITING_SUBMIT, _S.DISABLED):
            order = self._steps.step(order, texts.SENT, status=_S.SUBMITTING)
        if order.legs:
            self._combos.send(order)
        else:
            self._send_single(order)
        # What other users' orders got out of this is theirs now, not at the next advance.
        self._exchange.tell_users()

    def wait(self, order: OrderRecord) -> None:
        """Let an order wait for its price, or for the market."""
        if not waits_for_price(order):
            self._steps.step(order, texts.WAITS_FOR_MARKET)
            return
        self._steps.step(order, texts.WAITS_FOR_PRICE, {"price": price_text(trigger_of(order))})
        self.trigger_if_reached(order)

    def trigger_if_reached(self, order: OrderRecord) -> None:
        """Trigger a waiting order at once when the market is there already."""
        last = self._exchange.last_price(order.security)
        if self.moment(order) is Moment.NOW and last is not None and is_reached(order, last):
            self._trigger(self._steps.known(order))

    def retry(self, order: OrderRecord) -> None:
        """Send an order that stands nowhere, if the market takes it now."""
        if order.status not in WORKING or order.order_id in self._places or waits_for_price(order):
            return
        if order.legs and not self._combos.has_changed(order):
            return
        if self.moment(order) is not Moment.NOW:
            return
        if order.status is not _S.WAITING_SUBMIT or self._is_still_admitted(order):
            self.send(self._steps.known(order))

    def resolve(self, order: OrderRecord) -> None:
        """An order was on its way when the program stopped: send it again, or say that nobody knows."""
        if self.moment(order) is Moment.NOW:
            self.send(order)
        elif order.order_type in LIMITED:
            self._steps.step(order, texts.RESUMED, status=_S.SUBMITTED)
        else:
            text = texts.OUTCOME_UNKNOWN
            self._steps.step(order, text, status=_S.TIMEOUT, reserved=0, error=text)

    def moment(self, order: OrderRecord) -> Moment:
        """Say whether the market takes an order now."""
        account = self._accounts[order.account_id]
        if order.legs:
            return self._combo_rules.moment(account, order.legs)
        info = self._exchange.info(order.security)
        return self._schedule.moment(
            info, order.order_type, product_of(info), firm_of(account), order.session, outside=order.fill_outside_rth
        )

    # -- standing orders

    def has_place(self, order: OrderRecord) -> bool:
        """Whether an order stands in the exchange."""
        return order.order_id in self._places

    def reduce(self, order: OrderRecord, open_quantity: int) -> bool:
        """Make an order smaller without losing its place; False when it has none."""
        place = self._places.get(order.order_id)
        return place is not None and self._exchange.reduce_order(*place, open_quantity)

    def withdraw(self, order: OrderRecord) -> None:
        """Take an order out of the exchange, if it stands there."""
        self._combos.forget(order)
        place = self._forget_place(order)
        if place is not None:
            self._exchange.cancel_order(*place)

    def end_of_time(self, order: OrderRecord) -> None:
        """End an order whose last moment has come."""
        self.withdraw(order)
        day_only = order.time_in_force is TimeInForce.DAY
        self._steps.end(self._steps.known(order), texts.DAY_OVER if day_only else texts.TIME_OVER)

    def arm(self, order: OrderRecord) -> OrderRecord:
        """Let a trailing order begin at the present price."""
        if order.order_type not in TRAILING:
            return order
        return replace(order, trail_peak=self._exchange.last_price(order.security) or 0)

    def watch(self, order: OrderRecord | None = None) -> None:
        """Let the exchange trade on whatever orders work in, and hear of it; with an order, at least on its securities.

        Without orders or subscriptions, time at full speed stands still.
        """
        is_plain = order is not None and not order.legs and not waits_for_price(order)
        if is_plain and order is not None and order.security in self._watched:
            return
        self._waiting = {}
        wanted: set[Security] = set()
        for working in self._store.alive():
            if working.status in WORKING:
                wanted.update(_securities(working))
                if waits_for_price(working):
                    self._waiting.setdefault(working.security, []).append(working.order_id)
        self._has_combos = any(working.legs for working in self._store.alive())
        if wanted != self._watched:
            self._watched = frozenset(wanted)
            self._exchange.watch(self._watched, self._on_ticks)

    def advance(self) -> None:
        """Send what was triggered, and try combos again."""
        triggered, self._triggered = self._triggered, []
        for order_id in triggered:
            order = self._store.get(order_id)
            if order is not None and order.status is _S.WAITING_SUBMIT and not order.triggered:
                self._trigger(order)
        if self._has_combos:
            for order in self._store.alive():
                if order.legs:
                    self.retry(order)
        if triggered:
            self.watch()

    # -- the exchange's news

    def _on_fills(self, fills: Sequence[UserFill]) -> None:
        for fill in fills:
            order = self._order_at(fill.security, fill.book_order)
            if order is None:
                log.error("a fill of an order that nobody has: %s", fill)
                continue
            order = self._steps.fill(order, fill)
            if not order.open_quantity:
                self._forget_place(order)

    def _on_ended(self, security: Security, book_order: int, _volume: int) -> None:
        order = self._order_at(security, book_order)
        if order is None:
            return
        self._forget_place(order)
        if self._schedule.end_of(order) <= self._exchange.now:
            self.end_of_time(order)
        else:
            self._steps.end(order, texts.GIVEN_BACK)

    def _on_ticks(self, security: Security, ticks: Sequence[Tick]) -> None:
        prices = [tick.price for tick in ticks]
        if not prices:
            last = self._exchange.last_price(security)
            prices = [] if last is None else [last]
        for order_id in self._waiting.get(security, ()):
            order = self._store.get(order_id)
            if order is None or order.status is not _S.WAITING_SUBMIT or order.triggered:
                continue
            seen = follow(order, prices)
            # Prices of hours in which the order does not trade mean nothing to it.
            if seen is order or self.moment(order) is not Moment.NOW:
                continue
            if seen.trail_peak != order.trail_peak:
                self._store.change(order, self._exchange.now, trail_peak=seen.trail_peak)
            if seen.triggered:
                self._triggered.append(order_id)

    # -- parts of sending

    def _send_single(self, order: OrderRecord) -> None:
        sending = sending_of(order, self._exchange)
        try:
            placement = send(self._exchange, order, sending, self._schedule.end_of(order))
        except UserFacingError as error:
            if error.code == _MARKET_CLOSED and sending.rest and sending.price is not None:
                # The hours changed in between: a limit order waits for the next ones.
                if order.status is _S.SUBMITTING:
                    self._steps.step(order, texts.WAITS_FOR_MARKET, status=_S.SUBMITTED)
                return
            self._steps.fail(order, texts.LATE_ERRORS.get(error.code, texts.REFUSED_LATE))
            return
        if placement.open_volume:
            place = (order.security, placement.book_order)
            self._at_exchange[place] = order.order_id
            self._places[order.order_id] = place
        for fill in placement.fills:
            order = self._steps.fill(order, fill)
        if placement.open_volume:
            if order.status is _S.SUBMITTING:
                text = texts.IN_AUCTION if sending.auction else texts.IN_BOOK
                self._steps.step(order, text, status=_S.SUBMITTED)
        elif order.open_quantity:
            self._drop_rest(order)

    def _drop_rest(self, order: OrderRecord) -> None:
        if order.order_type is OrderType.ABSOLUTE_LIMIT and order.status is _S.SUBMITTING:
            self._steps.fail(order, texts.NOT_AT_PRICE)
        else:
            self._steps.end(order, _REST_TEXTS.get(order.order_type, texts.NOBODY_LEFT))

    def _trigger(self, order: OrderRecord) -> None:
        last = self._exchange.last_price(order.security) or 0
        price = sent_price(order, self._exchange.info(order.security).tick_kind) or 0
        order = self._steps.step(order, texts.TRIGGERED, {"price": price_text(last)}, triggered=True, price=price)
        self.retry(order)

    def _is_still_admitted(self, order: OrderRecord) -> bool:
        """Check again what may have changed while an order waited; one that does not pass has failed."""
        account = self._accounts[order.account_id]
        try:
            if order.price and not order.legs:
                self._rules.check_band(account, order.security, order.price)
            admitted = self._money.admit(account, order, order)
        except UserFacingError as error:
            self._steps.fail(order, texts.LATE_ERRORS.get(error.code, texts.REFUSED_LATE))
            return False
        if (admitted.side, admitted.reserved) != (order.side, order.reserved):
            self._steps.step(order, side=admitted.side, reserved=admitted.reserved)
        return True

    def _order_at(self, security: Security, book_order: int) -> OrderRecord | None:
        order_id = self._at_exchange.get((security, book_order))
        return None if order_id is None else self._store.get(order_id)

    def _forget_place(self, order: OrderRecord) -> tuple[Security, int] | None:
        place = self._places.pop(order.order_id, None)
        if place is not None:
            del self._at_exchange[place]
        return place


def _securities(order: OrderRecord) -> tuple[Security, ...]:
    return tuple(leg.security for leg in order.legs) or (order.security,)
