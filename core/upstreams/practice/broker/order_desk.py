"""What clients and time ask of orders: new ones, changes, ends of days, and going on after a restart.

Nothing here waits: each step is done at once, and its records go into the journal as one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from core.model.errors import UserFacingError
from core.model.trading import ModifyOperation, OrderChange, OrderStatus, OrderTerms, TimeInForce
from core.upstreams.practice.broker import order_texts as texts
from core.upstreams.practice.broker.combo_orders import ComboRules
from core.upstreams.practice.broker.conditional_orders import waits_for_price
from core.upstreams.practice.broker.currencies import currency_of
from core.upstreams.practice.broker.order_prices import price_text
from core.upstreams.practice.broker.order_products import product_of
from core.upstreams.practice.broker.order_rules import CheckedTerms, OrderRules
from core.upstreams.practice.broker.order_schedule import Moment, OrderSchedule
from core.upstreams.practice.broker.order_sender import OrderSender
from core.upstreams.practice.broker.order_status import ALIVE, STATUS_NAMES, WORKING, check_operation
from core.upstreams.practice.broker.order_steps import OrderMoney, OrderSteps
from core.upstreams.practice.broker.order_store import OrderStore, ends_as
from core.upstreams.practice.broker.records import AccountSpec, OrderRecord
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import day_text

_S: Final = OrderStatus
_TERMS: Final = ("quantity", "price", "aux_price", "trail_type", "trail_value", "trail_spread", "trail_peak")


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
        self._store = store
        self._schedule = schedule
        self._rules = rules
        self._money = money
        self._next_id = next_id
        self._strict_paper = strict_paper
        self._combo_rules = ComboRules(exchange, schedule, rules, strict_paper=strict_paper)
        self._steps = OrderSteps(exchange, accounts, store, money, next_id)
        self._sender = OrderSender(exchange, accounts, store, self._steps, schedule, rules, self._combo_rules, money)
        self._minute = -1

    def start(self) -> None:
        """Listen to the exchange."""
        self._sender.start()

    # -- what clients ask for

    def place(self, account: AccountSpec, terms: OrderTerms, client: str) -> OrderRecord:
        """Take an order and let it begin its life. Raises UserFacingError."""
        if terms.legs:
            checked = self._combo_rules.check(account, terms)
        else:
            checked = self._rules.check(account, terms)
        order = self._sender.arm(_new_order(account, terms, checked, self._exchange, client))
        side, reserved = self._money.admit(account, order, None)
        is_sent = checked.moment is Moment.NOW and not waits_for_price(order)
        status = _S.SUBMITTING if is_sent else _S.WAITING_SUBMIT
        order = order.changed(order_id=self._next_id("order"), side=side, reserved=reserved, status=status)
        self._store.add(order, texts.ACCEPTED, client=client)
        self._begin(order, is_sent=is_sent)
        return self._steps.known(order)

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
        order = self._steps.known(order)
        info = self._exchange.table.get(order.legs[0].security if order.legs else order.security)
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
            self._sender.withdraw(order)
            self._steps.step(order, texts.DISABLED_BY, by, status=_S.DISABLED, reserved=0)
        elif operation is ModifyOperation.ENABLE:
            self._enable(account, order, client)
        else:
            self._steps.step(order, texts.DELETED_BY, by, status=_S.DELETED, hidden=True, reserved=0)
        self._sender.watch()
        return self._steps.known(order)

    def cancel(self, order: OrderRecord, client: str) -> None:
        """Take an order out of the market for good."""
        self._sender.withdraw(order)
        self._steps.end(self._steps.known(order), texts.CANCELLED_BY, {"client": client})

    def cancel_as_operator(self, order: OrderRecord, client: str) -> None:
        """Cancel an order whatever its market allows clients. Raises UserFacingError(operation_status)."""
        self._exchange.tell_users()
        order = self._steps.known(order)
        if order.status not in ALIVE:
            raise UserFacingError("operation_status", operation="cancel", status=STATUS_NAMES[order.status])
        self.cancel(order, client)
        self._sender.watch()

    def end_early(self, order: OrderRecord, text: str) -> None:
        """End an order for a reason of the broker's, if it is not at its end."""
        self._exchange.tell_users()
        order = self._steps.known(order)
        if order.status in ALIVE:
            self._sender.withdraw(order)
            self._steps.end(self._steps.known(order), text)
            self._sender.watch()

    # -- what time does

    def advance(self, now: float) -> None:
        """Do what the time and the trades of the last step ask for."""
        self._sender.advance()
        minute = int(now // 60)
        if minute != self._minute:
            self._minute = minute
            self.keep_hours(now)

    def keep_hours(self, now: float) -> None:
        """End what is over, book long orders again for their next day, send what waited for the market."""
        for order in self._store.alive():
            order = self._steps.known(order)
            if order.status not in ALIVE:
                continue
            if self._schedule.end_of(order) <= now:
                self._sender.end_of_time(order)
                continue
            while order.time_in_force is not TimeInForce.DAY and self._schedule.end_of_day(order, order.day) <= now:
                day = self._schedule.next_day(order)
                order = self._steps.step(order, texts.BOOKED_AGAIN, {"day": day_text(day)}, day=day)
            self._sender.retry(order)
        self._sender.watch()

    def resume(self, now: float) -> None:
        """After a start: let the orders of an earlier run go on, in the order of their creation."""
        for order in self._store.alive():
            if self._exchange.table.get(order.security) is None:
                status = _S.TIMEOUT if order.status is _S.SUBMITTING else ends_as(order)
                text = texts.SECURITY_GONE
                self._steps.step(order, text, status=status, reserved=0, error=text)
            elif order.status is _S.SUBMITTING and self._schedule.end_of(order) > now:
                self._sender.resolve(order)
        self.keep_hours(now)
        self._minute = int(now // 60)

    # -- parts of the above

    def _begin(self, order: OrderRecord, *, is_sent: bool) -> None:
        if is_sent:
            self._sender.send(order)
        else:
            self._sender.wait(order)
        order = self._steps.known(order)
        if order.status in WORKING:
            self._sender.watch(order)

    def _change_terms(self, account: AccountSpec, order: OrderRecord, change: OrderChange, client: str) -> None:
        changed = self._changed(account, order, change)
        if changed.quantity <= order.filled:
            raise UserFacingError("change_below_filled", quantity=changed.quantity, filled=order.filled)
        admitted = self._money.admit(account, changed, order)
        fields = {**{name: getattr(changed, name) for name in _TERMS}, **admitted._asdict()}
        facts = {"client": client, "quantity": str(changed.quantity), "price": price_text(changed.price)}
        is_smaller = changed.price == order.price and changed.quantity < order.quantity
        if is_smaller and self._sender.reduce(order, changed.open_quantity):
            self._steps.step(order, texts.CHANGED, facts, **fields)
            return
        had_place = self._sender.has_place(order)
        self._sender.withdraw(order)
        order = self._steps.step(order, texts.CHANGED, facts, **fields)
        if had_place or order.legs:
            self._sender.retry(order)
        elif waits_for_price(order):
            self._sender.trigger_if_reached(order)

    def _changed(self, account: AccountSpec, order: OrderRecord, change: OrderChange) -> OrderRecord:
        """Give the order with its new terms. Raises UserFacingError."""
        terms = OrderTerms(
            security=order.security, side=order.side, order_type=order.order_type, quantity=change.quantity,
            price=change.price, aux_price=change.aux_price, trail_type=change.trail_type,
            trail_value=change.trail_value, trail_spread=change.trail_spread, adjust_limit=change.adjust_limit,
            legs=order.legs,
        )  # fmt: skip
        if order.legs:
            quantity, price = self._combo_rules.numbers(terms)
            return replace(order, quantity=quantity, price=price)
        checked = self._rules.check_change(account, terms)
        changed = replace(
            order, quantity=checked.quantity, price=checked.price or order.price, aux_price=checked.aux_price,
            trail_type=checked.trail_type, trail_value=checked.trail_value, trail_spread=checked.trail_spread,
        )  # fmt: skip
        return self._sender.arm(changed) if waits_for_price(order) and _trail(changed) != _trail(order) else changed

    def _enable(self, account: AccountSpec, order: OrderRecord, client: str) -> None:
        moment = self._sender.moment(order)
        if moment is Moment.REFUSED:
            info = self._exchange.info(order.security)
            hours = self._schedule.hours_text(info)
            raise UserFacingError("auction_closed", code=order.security.label, sessions=hours)
        armed = self._sender.arm(order)
        admitted = self._money.admit(account, armed, None)
        is_sent = moment is Moment.NOW and not waits_for_price(order)
        order = self._steps.step(
            order, texts.ENABLED_BY, {"client": client}, status=_S.SUBMITTING if is_sent else _S.WAITING_SUBMIT,
            side=admitted.side, reserved=admitted.reserved, trail_peak=armed.trail_peak,
        )  # fmt: skip
        self._begin(order, is_sent=is_sent)


def _trail(order: OrderRecord) -> tuple[int, int, int]:
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
