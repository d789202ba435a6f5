"""All orders, fills and time lines of the broker, and the only place where they change: journal first, then news."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

from core.model.trading import OPEN_STATUSES, OrderStatus
from core.upstreams.practice.broker.journal import Journal, JournalContents
from core.upstreams.practice.broker.open_totals import OpenTotal, OpenTotals
from core.upstreams.practice.broker.order_status import ALIVE, may_follow
from core.upstreams.practice.broker.records import AccountReset, FillRecord, LedgerEntry, OrderEvent, OrderRecord
from core.upstreams.practice.broker.trade_news import TradeNews

_TIME_LINES_KEPT: Final = 20_000  # orders whose time lines stay in memory
_pushed: Final = attrgetter(  # what clients are told of
    "status", "price", "quantity", "filled", "aux_price", "trail_type", "trail_value", "trail_spread"
)


class OrderStore:
    """Orders by account and id. `load` first."""

    def __init__(self, journal: Journal) -> None:
        """Store."""
        self.news = TradeNews(journal)
        self.revision = 0
        self._journal = journal
        self._orders: dict[int, OrderRecord] = {}
        self._by_account: dict[int, list[int]] = defaultdict(list)
        self._alive: dict[int, None] = {}
        self._alive_of: dict[int, dict[int, None]] = defaultdict(dict)
        self._recent: dict[int, dict[int, None]] = defaultdict(dict)  # by account, what may still be of today
        self._totals: dict[int, OpenTotals] = defaultdict(OpenTotals)
        self._fills: dict[int, list[FillRecord]] = defaultdict(list)
        self._fills_of_order: dict[int, list[FillRecord]] = {}
        self._steps: dict[int, list[OrderEvent]] = {}
        self._resets: dict[int, AccountReset] = {}

    def load(self, contents: JournalContents) -> None:
        """Take over what an earlier run left."""
        for order in contents.orders.values():
            self._index(order)
        for fill in contents.fills:
            self._index_fill(fill)
        for event in contents.events:
            self._steps.setdefault(event.order_id, []).append(event)
        for reset in contents.resets:
            self._resets[reset.account_id] = reset
        self.revision += 1

    def get(self, order_id: int) -> OrderRecord | None:
        """Find an order."""
        return self._orders.get(order_id)

    def alive(self) -> list[OrderRecord]:
        """List the orders that are not at their end, in the order of their creation."""
        return [self._orders[order_id] for order_id in self._alive]

    def alive_of(self, account_id: int) -> list[OrderRecord]:
        """List the orders of an account that are not at their end, in the order of their creation."""
        return [self._orders[order_id] for order_id in self._alive_of[account_id]]

    def open_totals(self, account_id: int, without: OrderRecord | None = None) -> list[OpenTotal]:
        """Give what an account's open orders come to, see OpenTotals."""
        return self._totals[account_id].as_orders(without)

    def open_count(self) -> int:
        """Count the orders that may still be filled."""
        return sum(self._orders[order_id].status in OPEN_STATUSES for order_id in self._alive)

    def recent_orders_of(self, account_id: int, is_recent: Callable[[OrderRecord], bool]) -> list[OrderRecord]:
        """List the orders that are recent, in the order of their creation. What once was not never will be again."""
        known = self._recent[account_id]
        found = [self._orders[order_id] for order_id in known]
        old = [order.order_id for order in found if not is_recent(order)]
        for order_id in old:
            del known[order_id]
        return sorted((order for order in found if order.order_id in known), key=lambda order: order.order_id)

    def all_orders_of(self, account_id: int) -> Iterator[OrderRecord]:
        """Go through all orders of an account, the newest first."""
        return (self._orders[order_id] for order_id in reversed(self._by_account[account_id]))

    def fills_of(self, account_id: int) -> list[FillRecord]:
        """List all fills of an account, the oldest first."""
        return self._fills[account_id]

    def fills_of_order(self, order_id: int) -> Sequence[FillRecord]:
        """List the fills of an order, the oldest first."""
        return self._fills_of_order.get(order_id, ())

    def reset_of(self, account_id: int) -> AccountReset | None:
        """Give the last reset of an account."""
        return self._resets.get(account_id)

    def first_order(self, account_id: int) -> int:
        """Give the lowest order id that counts since the account's last reset."""
        reset = self._resets.get(account_id)
        return reset.last_order_id + 1 if reset else 0

    def first_fill(self, account_id: int) -> int:
        """Give the lowest fill id that counts since the account's last reset."""
        reset = self._resets.get(account_id)
        return reset.last_fill_id + 1 if reset else 0

    def steps_of(self, order_id: int) -> tuple[OrderEvent, ...]:
        """Give the time line of an order, oldest first."""
        return tuple(self._steps.get(order_id, ()))

    def add(self, order: OrderRecord, text: str = "", **facts: str) -> OrderRecord:
        """Take in a new order."""
        assert may_follow(None, order.status), "an order begins waiting or being submitted"
        return self._put(order, None, text, facts)

    def change(self, order: OrderRecord, at: float, text: str = "", /, **changes: Any) -> OrderRecord:
        """Replace fields of an order; `facts` among them fills the text of a step. A new status must be a legal one."""
        facts = changes.pop("facts", {})
        before = self._orders[order.order_id]
        changed = before.changed(updated_at=max(at, before.updated_at), **changes)
        if changed.status is not before.status:
            assert may_follow(before.status, changed.status), f"{before.status.name} to {changed.status.name}"
        return self._put(changed, before, text, facts)

    def add_fill(self, fill: FillRecord, entries: Iterable[LedgerEntry]) -> None:
        """Take in a fill with the money it moved."""
        self._index_fill(fill)
        self._journal.put(fill, *entries)
        self.revision += 1
        self.news.add(fill)

    def add_entry(self, entry: LedgerEntry) -> None:
        """Keep a movement of cash that no fill made."""
        self._journal.put(entry)
        self.revision += 1

    def add_reset(self, reset: AccountReset) -> None:
        """Let an account begin anew."""
        self._resets[reset.account_id] = reset
        self._journal.put(reset)
        self.revision += 1

    def _put(self, order: OrderRecord, before: OrderRecord | None, text: str, facts: dict[str, str]) -> OrderRecord:
        self._index(order)
        if not text:
            self._journal.put(order)
        else:
            event = OrderEvent(order.order_id, order.updated_at, order.status, text, tuple(facts.items()))
            self._steps.setdefault(order.order_id, []).append(event)
            while len(self._steps) > _TIME_LINES_KEPT:
                del self._steps[next(iter(self._steps))]
            self._journal.put(order, event)
        self.revision += 1
        if before is None or _pushed(before) != _pushed(order):
            self.news.add(order)
        return order

    def _index_fill(self, fill: FillRecord) -> None:
        self._fills[fill.account_id].append(fill)
        if fill.order_id:
            self._fills_of_order.setdefault(fill.order_id, []).append(fill)

    def _index(self, order: OrderRecord) -> None:
        before = self._orders.get(order.order_id)
        self._totals[order.account_id].change(before, order)
        if before is None:
            self._by_account[order.account_id].append(order.order_id)
        self._orders[order.order_id] = order
        self._recent[order.account_id][order.order_id] = None
        if order.status in ALIVE:
            self._alive[order.order_id] = None
            self._alive_of[order.account_id][order.order_id] = None
        else:
            self._alive.pop(order.order_id, None)
            self._alive_of[order.account_id].pop(order.order_id, None)


def ends_as(order: OrderRecord) -> OrderStatus:
    """Give the status of an order that ends now without being filled any further."""
    return OrderStatus.CANCELLED_PART if order.filled else OrderStatus.CANCELLED_ALL
