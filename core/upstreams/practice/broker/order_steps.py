"""Single steps in the life of an order: its record changes, its time line grows, fills are booked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from core.model.trading import OrderStatus, TradeSide
from core.upstreams.practice.broker import order_texts as texts
from core.upstreams.practice.broker.execution import fill_record
from core.upstreams.practice.broker.order_prices import price_text
from core.upstreams.practice.broker.order_store import OrderStore, ends_as
from core.upstreams.practice.broker.records import AccountSpec, FillRecord, LedgerEntry, OrderRecord
from core.upstreams.practice.broker.reserves import reserve_left
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.user_orders import UserFill

_S: Final = OrderStatus


class Admission(NamedTuple):
    """What the books say to an order they can bear: its final side, and what it holds back in its currency."""

    side: TradeSide
    reserved: int


class OrderMoney(Protocol):
    """What orders ask of the books."""

    def admit(self, account: AccountSpec, order: OrderRecord, replaced: OrderRecord | None) -> Admission:
        """Give an order's final side and what it holds back.

        `replaced` is the order as it stands, for a change or a late check: what it holds back counts as free.
        Raises UserFacingError (buying_power, position_short, no_position, ...).
        """

    def book(self, account: AccountSpec, order: OrderRecord, fill: FillRecord) -> Sequence[LedgerEntry]:
        """Book a fill of an order (given as it stood before); gives the entries."""


class OrderSteps:
    """Writes down what happens to orders."""

    def __init__(
        self,
        exchange: Exchange,
        accounts: Mapping[int, AccountSpec],
        store: OrderStore,
        money: OrderMoney,
        next_id: Callable[[str], int],
    ) -> None:
        """Store."""
        self._exchange = exchange
        self._accounts = accounts
        self._store = store
        self._money = money
        self._next_id = next_id

    def known(self, order: OrderRecord) -> OrderRecord:
        """Give an order as it stands now."""
        known = self._store.get(order.order_id)
        assert known is not None, "orders are never forgotten"
        return known

    def step(
        self, order: OrderRecord, text: str = "", facts: Mapping[str, str] | None = None, **changes: Any
    ) -> OrderRecord:
        """Change fields of an order now; `text` becomes a line of its time line."""
        return self._store.change(order, self._exchange.now, text, facts=dict(facts or {}), **changes)

    def end(self, order: OrderRecord, text: str, facts: Mapping[str, str] | None = None) -> OrderRecord:
        """Let an order end without being filled any further."""
        return self.step(order, text, facts, status=ends_as(order), reserved=0)

    def fail(self, order: OrderRecord, text: str) -> OrderRecord:
        """Let an order end because it was refused late: FAILED, unless a part of it was filled."""
        can_fail = order.status in (_S.WAITING_SUBMIT, _S.SUBMITTING)
        return self.step(order, text, status=_S.FAILED if can_fail else ends_as(order), reserved=0, error=text)

    def book_fill(self, order: OrderRecord, fill: UserFill, *, leg: int = 0) -> FillRecord:
        """Take down a trade of the exchange with the money it moves; the order's own record is not touched."""
        record = fill_record(self._exchange, order, fill, self._next_id, leg=leg)
        self._store.add_fill(record, self._money.book(self._accounts[order.account_id], order, record))
        return record

    def add_filled(self, order: OrderRecord, quantity: int, amount: int, at: float, day: int) -> OrderRecord:
        """Count a quantity of an order as filled; `amount` is the sum of price times quantity."""
        filled = order.filled + quantity
        reserved = reserve_left(order.reserved, order.open_quantity, max(0, order.quantity - filled))
        facts = {"quantity": str(quantity), "price": price_text(round(amount / quantity))}
        return self._store.change(
            order, at, texts.FILLED, facts=facts, status=_S.FILLED_ALL if filled >= order.quantity else _S.FILLED_PART,
            filled=filled, filled_amount=order.filled_amount + amount, reserved=reserved, day=max(order.day, day),
            charged_days=len({fill.day for fill in self._store.fills_of_order(order.order_id)}),
        )  # fmt: skip

    def fill(self, order: OrderRecord, fill: UserFill) -> OrderRecord:
        """Let a trade of the exchange fill a part of an order, or all of it."""
        record = self.book_fill(order, fill)
        return self.add_filled(order, fill.volume, fill.price * fill.volume, fill.unix, record.day)
