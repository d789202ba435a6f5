"""Orders from acceptance to their end: sending, filling, changing, triggers, and the ends of days.

Nothing here waits: each step is done at once, and its records go into the journal as one piece.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.trading import ModifyOperation, OrderChange, OrderStatus, OrderTerms, OrderType, TimeInForce
from core.upstreams.practice.broker import order_texts as texts
from core.upstreams.practice.broker.conditional_orders import follow, is_reached, sent_price, trigger_of
from core.upstreams.practice.broker.currencies import currency_of
from core.upstreams.practice.broker.execution import fill_record, send, sending_of
from core.upstreams.practice.broker.order_prices import price_text
from core.upstreams.practice.broker.order_products import firm_of, product_of
from core.upstreams.practice.broker.order_rules import CheckedTerms, OrderRules
from core.upstreams.practice.broker.order_schedule import Moment, OrderSchedule
from core.upstreams.practice.broker.order_status import ALIVE, STATUS_NAMES, WORKING, check_operation
from core.upstreams.practice.broker.order_store import OrderStore, ends_as
from core.upstreams.practice.broker.order_types import AUCTIONS, CONDITIONAL, LIMITED, TRAILING
from core.upstreams.practice.broker.records import AccountSpec, FillRecord, LedgerEntry, OrderRecord
from core.upstreams.practice.broker.reserves import reserve_left
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market import Tick
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.user_orders import UserFill

log = logging.getLogger(__name__)

_S: Final = OrderStatus
_REST_TEXTS: Final = {
    OrderType.SPECIAL_LIMIT: texts.REST_DROPPED,
    OrderType.SPECIAL_LIMIT_ALL: texts.NOT_WHOLE,
    OrderType.ABSOLUTE_LIMIT: texts.REST_DROPPED,
}


class OrderMoney(Protocol):
    """What orders ask of the books."""

    def admit(self, account: AccountSpec, order: OrderRecord, replaced: OrderRecord | None) -> OrderRecord:
        """Give the order with its final side and what it holds back.

        `replaced` is the order as it stands, for a change or a late check: what it holds back counts as free.
        Raises UserFacingError (buying_power, position_short, no_position, ...).
        """

    def book(self, account: AccountSpec, order: OrderRecord, fill: FillRecord) -> Sequence[LedgerEntry]:
        """Book a fill of an order (given as it stood before); gives the entries."""


class OrderDesk:
    """The orders of all accounts on one exchange."""

    def __init__(
        self,
        exchange: Exchange,
        accounts: Mapping[int, AccountSpec],
        store: OrderStore,
        schedule: OrderSchedule,
        rules: OrderRules,
        money: OrderMoney,
        next_id: Callable[[str], int],
        *,
        strict_paper: bool,
    ) -> None:
        """Store."""
        self._exchange = exchange
        self._accounts = accounts
        self._store = store
        self._schedule = schedule
        self._rules = rules
        self._money = money
        self._next_id = next_id
        self._strict_paper = strict_paper
        self._at_exchange: dict[tuple[Security, int], int] = {}  # where an order stands -> its id
        self._places: dict[int, tuple[Security, int]] = {}  # and the other way round
        self._triggered: list[int] = []
        self._watched: frozenset[Security] = frozenset()
        self._minute = -1

    def start(self) -> None:
        """Listen to the exchange."""
        self._exchange.on_user_fills = self._on_fills
        self._exchange.on_user_order_ended = self._on_ended

    # -- what clients ask for

    def place(self, account: AccountSpec, terms: OrderTerms, client: str) -> OrderRecord:
        """Take an order and let it begin its life. Raises UserFacingError."""
        checked = self._rules.check(account, terms)
        order = self._money.admit(account, self._arm(_new_order(account, terms, checked, self._exchange, client)), None)
        is_sent = checked.moment is Moment.NOW and not _waits_for_price(order)
        status = _S.SUBMITTING if is_sent else _S.WAITING_SUBMIT
        order = replace(order, order_id=self._next_id("order"), status=status)
        self._store.add(order, texts.ACCEPTED, client=client)
        if is_sent:
            self._send(order)
        else:
            self._wait(order, checked.moment)
        self._watch()
        return self._known(order)

    def modify(
        self,
        account: AccountSpec,
        order: OrderRecord,
        operation: ModifyOperation,
        change: OrderChange | None,
        client: str,
    ) -> OrderRecord:
        """Change, cancel, disable, enable or delete an order. Raises UserFacingError."""
        self._exchange.tell_users()
        order = self._known(order)
        info = self._exchange.table.get(order.security)
        if info is not None:
            product = product_of(info)
            check_operation(operation, order.status, product, account.environment, strict_paper=self._strict_paper)
        by = {"client": client}
        if operation is ModifyOperation.NORMAL:
            if change is None:
                raise UserFacingError("missing_field", field="qty")
            self._change_terms(account, order, change, client)
        elif operation is ModifyOperation.CANCEL:
            self.cancel(order, client)
        elif operation is ModifyOperation.DISABLE:
            self._withdraw(order)
            self._step(order, texts.DISABLED_BY, by, status=_S.DISABLED, reserved=0)
        elif operation is ModifyOperation.ENABLE:
            self._enable(account, order, client)
        else:
            self._step(order, texts.DELETED_BY, by, status=_S.DELETED, hidden=True, reserved=0)
        self._watch()
        return self._known(order)

    def cancel(self, order: OrderRecord, client: str) -> None:
        """Take an order out of the market for good."""
        self._withdraw(order)
        self._end(self._known(order), texts.CANCELLED_BY, {"client": client})

    def cancel_as_operator(self, order: OrderRecord, client: str) -> None:
        """Cancel an order whatever its market allows clients. Raises UserFacingError(operation_status)."""
        self._exchange.tell_users()
        order = self._known(order)
        if order.status not in ALIVE:
            raise UserFacingError("operation_status", operation="cancel", status=STATUS_NAMES[order.status])
        self.cancel(order, client)
        self._watch()

    def end_for_reset(self, order: OrderRecord) -> None:
        """End an order because its account begins anew."""
        self._exchange.tell_users()
        order = self._known(order)
        if order.status in ALIVE:
            self._withdraw(order)
            self._end(order, texts.ACCOUNT_RESET)
            self._watch()

    # -- what time does

    def advance(self, now: float) -> None:
        """Do what the time and the trades of the last step ask for."""
        triggered, self._triggered = self._triggered, []
        for order_id in triggered:
            order = self._store.get(order_id)
            if order is not None and order.status is _S.WAITING_SUBMIT and not order.triggered:
                self._trigger(order)
        minute = int(now // 60)
        if minute != self._minute:
            self._minute = minute
            self.keep_hours(now)
        if triggered:
            self._watch()

    def keep_hours(self, now: float) -> None:
        """End what is over, book long orders again for their next day, send what waited for the market."""
        for order in self._store.alive():
            order = self._known(order)
            if order.status not in ALIVE:
                continue
            if self._is_over(order, now):
                continue
            while order.time_in_force is not TimeInForce.DAY and self._schedule.end_of_day(order, order.day) <= now:
                day = self._schedule.next_day(order)
                order = self._step(order, texts.BOOKED_AGAIN, {"day": day_text(day)}, day=day)
            self._retry(order)
        self._watch()

    def resume(self, now: float) -> None:
        """After a start: let the orders of an earlier run go on, in the order of their creation."""
        for order in self._store.alive():
            if self._exchange.table.get(order.security) is None:
                status = _S.TIMEOUT if order.status is _S.SUBMITTING else ends_as(order)
                self._step(order, texts.SECURITY_GONE, status=status, reserved=0, error=texts.SECURITY_GONE)
            elif order.status is _S.SUBMITTING and not self._is_over(order, now):
                self._resolve(order)
        self.keep_hours(now)
        self._minute = int(now // 60)

    def _resolve(self, order: OrderRecord) -> None:
        """An order was on its way when the program stopped: send it again, or say that nobody knows."""
        if self._moment(order) is Moment.NOW:
            self._send(order)
        elif order.order_type in LIMITED:
            self._step(order, texts.RESUMED, status=_S.SUBMITTED)
        else:
            text = texts.OUTCOME_UNKNOWN
            self._step(order, text, status=_S.TIMEOUT, reserved=0, error=text)

    # -- the exchange's news

    def _on_fills(self, fills: Sequence[UserFill]) -> None:
        for fill in fills:
            order = self._order_at(fill.security, fill.book_order)
            if order is None:
                log.error("a fill of an order that nobody has: %s", fill)
                continue
            order = self._fill(order, fill)
            if not order.open_quantity:
                self._forget_place(order)

    def _on_ended(self, security: Security, book_order: int, _volume: int) -> None:
        order = self._order_at(security, book_order)
        if order is None:
            return
        self._forget_place(order)
        if not self._is_over(order, self._exchange.now):
            self._end(order, texts.GIVEN_BACK)

    def _on_ticks(self, security: Security, ticks: Sequence[Tick]) -> None:
        prices = [tick.price for tick in ticks]
        if not prices:
            last = self._exchange.last_price(security)
            prices = [] if last is None else [last]
        for order in self._store.alive():
            if order.security == security and order.status is _S.WAITING_SUBMIT and _waits_for_price(order):
                seen = follow(order, prices)
                if seen.trail_peak != order.trail_peak:
                    self._store.change(order, self._exchange.now, trail_peak=seen.trail_peak)
                if seen.triggered:
                    self._triggered.append(order.order_id)

    # -- steps in the life of an order

    def _wait(self, order: OrderRecord, moment: Moment) -> None:
        if not _waits_for_price(order):
            self._step(order, texts.WAITS_FOR_MARKET)
            return
        self._step(order, texts.WAITS_FOR_PRICE, {"price": price_text(trigger_of(order))})
        last = self._exchange.last_price(order.security)
        if moment is Moment.NOW and last is not None and is_reached(order, last):
            self._trigger(self._known(order))

    def _trigger(self, order: OrderRecord) -> None:
        info = self._exchange.info(order.security)
        last = self._exchange.last_price(order.security) or 0
        price = sent_price(order, info.tick_kind) or 0
        order = self._step(order, texts.TRIGGERED, {"price": price_text(last)}, triggered=True, price=price)
        self._retry(order)

    def _retry(self, order: OrderRecord) -> None:
        """Send an order that stands nowhere, if the market takes it now."""
        if order.status not in WORKING or order.order_id in self._places or _waits_for_price(order):
            return
        moment = self._moment(order)
        if moment is Moment.NOW:
            if order.status is not _S.WAITING_SUBMIT or self._is_still_admitted(order):
                self._send(self._known(order))
        elif moment is Moment.REFUSED and order.order_type in AUCTIONS:
            self._end(order, texts.GIVEN_BACK)

    def _is_still_admitted(self, order: OrderRecord) -> bool:
        """Check again what may have changed while an order waited; one that does not pass has failed."""
        account = self._accounts[order.account_id]
        try:
            if order.price:
                self._rules.check_band(account, order.security, order.price)
            admitted = self._money.admit(account, order, order)
        except UserFacingError as error:
            text = texts.LATE_ERRORS.get(error.code, texts.REFUSED_LATE)
            self._step(order, text, status=_S.FAILED, reserved=0, error=text)
            return False
        if (admitted.side, admitted.reserved) != (order.side, order.reserved):
            self._step(order, side=admitted.side, reserved=admitted.reserved)
        return True

    def _send(self, order: OrderRecord) -> None:
        """Send what is open of an order to the exchange and take down what comes of it."""
        if order.status in (_S.WAITING_SUBMIT, _S.DISABLED):
            order = self._step(order, texts.SENT, status=_S.SUBMITTING)
        sending = sending_of(order, self._exchange)
        try:
            placement = send(self._exchange, order, sending, self._schedule.end_of(order))
        except UserFacingError as error:
            text = texts.LATE_ERRORS.get(error.code, texts.REFUSED_LATE)
            status = _S.FAILED if order.status is _S.SUBMITTING else ends_as(order)
            self._step(order, text, status=status, reserved=0, error=text)
            return
        if placement.open_volume:
            place = (order.security, placement.book_order)
            self._at_exchange[place] = order.order_id
            self._places[order.order_id] = place
        for fill in placement.fills:
            order = self._fill(order, fill)
        if placement.open_volume:
            if order.status is _S.SUBMITTING:
                self._step(order, texts.IN_AUCTION if sending.auction else texts.IN_BOOK, status=_S.SUBMITTED)
        elif order.open_quantity:
            self._drop_rest(order)
        # What other users' orders got out of this is theirs now, not at the next advance.
        self._exchange.tell_users()

    def _drop_rest(self, order: OrderRecord) -> None:
        if order.order_type is OrderType.ABSOLUTE_LIMIT and order.status is _S.SUBMITTING:
            text = texts.NOT_AT_PRICE
            self._step(order, text, status=_S.FAILED, reserved=0, error=text)
        else:
            self._end(order, _REST_TEXTS.get(order.order_type, texts.NOBODY_LEFT))

    def _fill(self, order: OrderRecord, fill: UserFill) -> OrderRecord:
        account = self._accounts[order.account_id]
        record = fill_record(self._exchange, order, fill, self._next_id)
        self._store.add_fill(record, self._money.book(account, order, record))
        filled = order.filled + fill.volume
        amount = order.filled_amount + fill.price * fill.volume
        status = _S.FILLED_ALL if filled >= order.quantity else _S.FILLED_PART
        reserved = reserve_left(order.reserved, order.open_quantity, max(0, order.quantity - filled))
        facts = {"quantity": str(fill.volume), "price": price_text(fill.price)}
        return self._store.change(
            order, fill.unix, texts.FILLED, facts=facts, status=status, filled=filled, filled_amount=amount,
            reserved=reserved, day=max(order.day, record.day),
        )  # fmt: skip

    def _change_terms(self, account: AccountSpec, order: OrderRecord, change: OrderChange, client: str) -> None:
        terms = OrderTerms(
            security=order.security, side=order.side, order_type=order.order_type, quantity=change.quantity,
            price=change.price, aux_price=change.aux_price, trail_type=change.trail_type,
            trail_value=change.trail_value, trail_spread=change.trail_spread, adjust_limit=change.adjust_limit,
        )  # fmt: skip
        checked = self._rules.check_change(account, terms)
        if checked.quantity <= order.filled:
            raise UserFacingError("change_below_filled", quantity=checked.quantity, filled=order.filled)
        changed = replace(
            order, quantity=checked.quantity, price=checked.price or order.price, aux_price=checked.aux_price,
            trail_type=checked.trail_type, trail_value=checked.trail_value, trail_spread=checked.trail_spread,
        )  # fmt: skip
        if _waits_for_price(order) and _trail_of(changed) != _trail_of(order):
            changed = self._arm(changed)
        changed = self._money.admit(account, changed, order)
        fields = {
            name: getattr(changed, name)
            for name in ("quantity", "price", "aux_price", "trail_type", "trail_value", "trail_spread", "trail_peak",
                         "side", "reserved")
        }  # fmt: skip
        facts = {"client": client, "quantity": str(changed.quantity), "price": price_text(changed.price)}
        place = self._places.get(order.order_id)
        keeps_place = place is not None and changed.price == order.price and changed.quantity < order.quantity
        if place is not None and keeps_place and self._exchange.reduce_order(*place, changed.open_quantity):
            self._step(order, texts.CHANGED, facts, **fields)
            return
        self._withdraw(order)
        order = self._step(order, texts.CHANGED, facts, **fields)
        if place is not None:
            self._retry(order)
        elif _waits_for_price(order):
            last = self._exchange.last_price(order.security)
            if self._moment(order) is Moment.NOW and last is not None and is_reached(order, last):
                self._trigger(order)

    def _enable(self, account: AccountSpec, order: OrderRecord, client: str) -> None:
        moment = self._moment(order)
        if moment is Moment.REFUSED:
            info = self._exchange.info(order.security)
            raise UserFacingError("auction_closed", code=order.security.label, sessions=self._schedule.hours_text(info))
        admitted = self._money.admit(account, self._arm(order), None)
        is_sent = moment is Moment.NOW and not _waits_for_price(order)
        order = self._step(
            order, texts.ENABLED_BY, {"client": client}, status=_S.SUBMITTING if is_sent else _S.WAITING_SUBMIT,
            side=admitted.side, reserved=admitted.reserved, trail_peak=admitted.trail_peak,
        )  # fmt: skip
        if is_sent:
            self._send(order)
        else:
            self._wait(order, moment)

    def _is_over(self, order: OrderRecord, now: float) -> bool:
        """End an order whose time is up; says whether it was."""
        end = self._schedule.end_of(order)
        if end > now:
            return False
        self._withdraw(order)
        self._end(self._known(order), texts.DAY_OVER if order.time_in_force is TimeInForce.DAY else texts.TIME_OVER)
        return True

    def _end(self, order: OrderRecord, text: str, facts: Mapping[str, str] | None = None) -> None:
        self._step(order, text, facts, status=ends_as(order), reserved=0)

    # -- small things

    def _arm(self, order: OrderRecord) -> OrderRecord:
        """Let a trailing order begin at the present price."""
        if order.order_type not in TRAILING:
            return order
        return replace(order, trail_peak=self._exchange.last_price(order.security) or 0)

    def _moment(self, order: OrderRecord) -> Moment:
        info, account = self._exchange.info(order.security), self._accounts[order.account_id]
        return self._schedule.moment(info, order.order_type, product_of(info), firm_of(account))

    def _known(self, order: OrderRecord) -> OrderRecord:
        known = self._store.get(order.order_id)
        assert known is not None, "orders are never forgotten"
        return known

    def _step(
        self, order: OrderRecord, text: str = "", facts: Mapping[str, str] | None = None, **changes: Any
    ) -> OrderRecord:
        return self._store.change(order, self._exchange.now, text, facts=dict(facts or {}), **changes)

    def _order_at(self, security: Security, book_order: int) -> OrderRecord | None:
        order_id = self._at_exchange.get((security, book_order))
        return None if order_id is None else self._store.get(order_id)

    def _withdraw(self, order: OrderRecord) -> None:
        place = self._forget_place(order)
        if place is not None:
            self._exchange.cancel_order(*place)

    def _forget_place(self, order: OrderRecord) -> tuple[Security, int] | None:
        place = self._places.pop(order.order_id, None)
        if place is not None:
            del self._at_exchange[place]
        return place

    def _watch(self) -> None:
        """Let the exchange trade on what some order waits for, and say so."""
        wanted = frozenset(
            order.security
            for order in self._store.alive()
            if order.status is _S.WAITING_SUBMIT and _waits_for_price(order)
        )
        if wanted != self._watched:
            self._watched = wanted
            self._exchange.watch(wanted, self._on_ticks)


def _waits_for_price(order: OrderRecord) -> bool:
    return order.order_type in CONDITIONAL and not order.triggered


def _trail_of(order: OrderRecord) -> tuple[int, int, int]:
    return int(order.trail_type), order.trail_value, order.trail_spread


def _new_order(
    account: AccountSpec, terms: OrderTerms, checked: CheckedTerms, exchange: Exchange, client: str
) -> OrderRecord:
    """Write down an order that passed the rules; money and id come later."""
    now = exchange.now
    return OrderRecord(
        order_id=0,
        account_id=account.account_id,
        security=checked.info.security,
        name=exchange.name(checked.info),
        side=terms.side,
        order_type=terms.order_type,
        quantity=checked.quantity,
        price=checked.price,
        aux_price=checked.aux_price,
        trail_type=checked.trail_type,
        trail_value=checked.trail_value,
        trail_spread=checked.trail_spread,
        time_in_force=terms.time_in_force,
        expire_day=checked.expire_day,
        session=checked.session,
        fill_outside_rth=checked.fill_outside_rth,
        remark=terms.remark,
        legs=terms.legs,
        strategy=terms.strategy,
        currency=currency_of(checked.info.currency),
        trading_market=checked.market,
        status=OrderStatus.WAITING_SUBMIT,
        filled=0,
        filled_amount=0,
        created_at=now,
        updated_at=now,
        day=checked.day,
        created_day=checked.day,
        client=client,
    )
