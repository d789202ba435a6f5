"""Random lives of accounts: whatever clients and the market do, the broker's books stay right, also over restarts."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from fakes.broker_world import APPLE, MORNING, REAL_HK, SIM_HK, SIM_US, TENCENT, BrokerWorld
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.trading import (
    Currency,
    ModifyOperation,
    OrderChange,
    OrderStatus,
    OrderTerms,
    OrderType,
    TimeInForce,
    TradeSide,
    TrailType,
)
from core.upstreams.practice.broker.account_money import reserved
from core.upstreams.practice.broker.broker import PracticeBroker
from core.upstreams.practice.broker.order_status import ALIVE, may_follow
from core.upstreams.practice.broker.positions import pending_quantities
from core.upstreams.practice.broker.records import FillRecord, OrderRecord
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import price_after_ticks

_THIN = parse_security("HK.00178")
_CASES = [(SIM_HK, TENCENT), (SIM_HK, _THIN), (REAL_HK, _THIN), (REAL_HK, TENCENT), (REAL_HK, APPLE), (SIM_US, APPLE)]
_ACCOUNTS = sorted({account for account, _ in _CASES})
_CURRENCIES = {SIM_HK: Currency.HKD, REAL_HK: Currency.HKD, SIM_US: Currency.USD}
_SHOWN = ("status", "price", "quantity", "filled", "aux_price", "trail_type", "trail_value", "trail_spread")
_TYPES = [
    OrderType.NORMAL,
    OrderType.NORMAL,
    OrderType.MARKET,
    OrderType.ABSOLUTE_LIMIT,
    OrderType.SPECIAL_LIMIT,
    OrderType.SPECIAL_LIMIT_ALL,
    OrderType.STOP,
    OrderType.STOP_LIMIT,
    OrderType.MARKET_IF_TOUCHED,
    OrderType.LIMIT_IF_TOUCHED,
    OrderType.TRAILING_STOP,
    OrderType.TRAILING_STOP_LIMIT,
]


def ledger_start(broker: PracticeBroker, account: int) -> int:
    """The last entry that counts no more."""
    reset = broker._store.reset_of(account)
    return reset.last_entry_id if reset else 0


class BrokerMachine(RuleBasedStateMachine):
    """Clients of three accounts, a market and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.url = f"sqlite:///{self.folder / 'journal.sqlite3'}"
        self.placed: list[OrderRecord] = []
        self.told: dict[int, list[OrderRecord]] = defaultdict(list)
        self.told_fills: list[FillRecord] = []
        self.world = BrokerWorld(MORNING, journal_url=self.url)

    @initialize()
    def begin(self) -> None:
        for _, security in _CASES:
            self.world.price(security)

    def teardown(self) -> None:
        self.do(self.world.broker.stop())
        self.loop.close()
        shutil.rmtree(self.folder)

    def do(self, coroutine: Any) -> Any:
        """Run one request; a refusal is an answer, too. Then everything is kept and told."""

        async def run() -> Any:
            try:
                result = await coroutine
            except UserFacingError:
                result = None
            await self.world.broker.kept()
            self.world.broker.advance(self.world.now)
            await self.world.broker.kept()
            for _ in range(4):
                await asyncio.sleep(0)
            return result

        result = self.loop.run_until_complete(run())
        for _, change in self.world.news:
            if isinstance(change, OrderRecord):
                self.told[change.order_id].append(change)
            else:
                self.told_fills.append(change)
        self.world.news.clear()
        return result

    async def pass_time(self, seconds: float, step: float) -> None:
        self.world.run(seconds, step)

    # what happens

    @rule(
        case=st.sampled_from(_CASES),
        buys=st.booleans(),
        kind=st.sampled_from(_TYPES),
        lots=st.integers(1, 30),
        ticks=st.integers(-4, 4),
        good_till_cancelled=st.booleans(),
    )
    def place(
        self,
        case: tuple[int, Security],
        buys: bool,
        kind: OrderType,
        lots: int,
        ticks: int,
        good_till_cancelled: bool,
    ) -> None:
        account, security = case
        terms = OrderTerms(
            security,
            TradeSide.BUY if buys else TradeSide.SELL,
            kind,
            lots * self.lot(security),
            price=self.near(security, ticks),
            aux_price=self.near(security, -ticks),
            trail_type=TrailType.AMOUNT if ticks > 0 else TrailType.RATIO,
            trail_value=0.2,
            trail_spread=0.2,
            time_in_force=TimeInForce.GTC if good_till_cancelled else TimeInForce.DAY,
        )
        order = self.do(self.world.broker.place(account, terms, client="machine"))
        if order is not None:
            self.placed.append(order)

    @precondition(lambda self: self.placed)
    @rule(
        # Mostly orders that can still change.
        data=st.data(),
        operation=st.sampled_from(ModifyOperation),
        lots=st.integers(1, 40),
        ticks=st.integers(-4, 4),
    )
    def modify(self, data: Any, operation: ModifyOperation, lots: int, ticks: int) -> None:
        alive = [order for order in self.placed if self.now_of(order).status in ALIVE]
        order = data.draw(st.sampled_from([*alive, *self.placed[-2:]]))
        change = OrderChange(
            lots * self.lot(order.security),
            price=self.near(order.security, ticks),
            aux_price=self.near(order.security, -ticks),
            trail_type=TrailType.AMOUNT,
            trail_value=0.3,
            trail_spread=0.1,
        )
        self.do(self.world.broker.modify(order.account_id, order.order_id, operation, change, client="machine"))

    @rule(seconds=st.sampled_from([1.0, 5.0, 45.0]))
    def market_moves(self, seconds: float) -> None:
        self.do(self.pass_time(seconds, 0.5 if seconds < 10 else 3.0))

    @rule()
    def next_day(self) -> None:
        self.do(self.pass_time(86_400.0, 86_400.0))

    @rule(account=st.sampled_from(_ACCOUNTS))
    def reset(self, account: int) -> None:
        self.do(self.world.broker.reset(account))

    @rule()
    def restart(self) -> None:
        before = self.world.broker
        books = {account: self.books(account) for account in _ACCOUNTS}
        known = {order.order_id: before.order(order.account_id, order.order_id) for order in self.placed}
        last_fill = max((fill.fill_id for fill in self.told_fills), default=0)
        self.do(before.stop())
        self.world = BrokerWorld(self.world.now, journal_url=self.url)
        after = self.world.broker
        self.do(after.kept())
        for order_id, order in known.items():
            again = after.order(order.account_id, order_id)
            assert again.filled >= order.filled
            if order.status not in ALIVE:
                assert again == order
        # What the restart itself traded comes on top of what was known.
        if max((fill.fill_id for fill in self.told_fills), default=0) == last_fill:
            assert {account: self.books(account) for account in _ACCOUNTS} == books

    # what must always be true

    @invariant()
    def books_close(self) -> None:
        broker = self.world.broker
        for account in _ACCOUNTS:
            ledger = broker._books.ledger(account)
            first = broker._store.first_fill(account)
            fills = [fill for fill in broker._store.fills_of(account) if fill.fill_id >= first]
            cash: dict[Currency, int] = defaultdict(int)
            held: dict[Security, int] = defaultdict(int)
            cash[_CURRENCIES[account]] += broker.account(account).opening_cash
            for fill in fills:
                sign = 1 if fill.side.buys else -1
                cash[fill.currency] -= sign * fill.price * fill.quantity * fill.multiplier
                held[fill.security] += sign * fill.quantity
            for currency, fees in ledger.fees.items():
                cash[currency] -= fees
            assert {key: value for key, value in cash.items() if value} == {
                key: value for key, value in ledger.cash.items() if value
            }
            assert {key: value for key, value in held.items() if value} == {
                key: position.quantity for key, position in ledger.positions.items()
            }
            since = ledger_start(broker, account)
            entries = [entry for entry in broker._books._entries[account] if entry.entry_id > since]
            summed: dict[Currency, int] = defaultdict(int)
            for entry in entries:
                summed[entry.currency] += entry.amount
            assert dict(summed) == ledger.cash
            orders = {fill.order_id for fill in fills}
            fees = sum(amount for order in orders for _, amount in broker.order_fees(account, order))
            assert fees == sum(ledger.fees.values())
            # Totals that are kept up are those of adding up.
            alive = broker._store.alive_of(account)
            state = broker._books.state(broker.account(account))
            assert pending_quantities(state.orders) == pending_quantities(alive)
            assert reserved(state) == reserved(replace(state, orders=alive))
            for row in broker.positions(account):
                assert 0 <= row.can_sell <= row.quantity

    @invariant()
    def orders_are_consistent(self) -> None:
        broker = self.world.broker
        for order in self.placed:
            now = broker.order(order.account_id, order.order_id)
            fills = broker._store.fills_of_order(order.order_id)
            assert now.filled == sum(fill.quantity for fill in fills)
            assert now.filled_amount == sum(fill.price * fill.quantity for fill in fills)
            assert 0 <= now.filled <= now.quantity
            assert (now.status is OrderStatus.FILLED_ALL) is (now.filled == now.quantity)
            assert now.reserved >= 0
            if now.status not in ALIVE:
                assert not now.reserved
            place = broker._desk._sender._places.get(order.order_id)
            if place is not None:
                market = self.world.exchange.live(place[0])
                assert market is not None
                assert market.book.open_volume(place[1]) == now.open_quantity > 0

    @invariant()
    def what_was_told_is_true(self) -> None:
        for order in self.placed:
            told = self.told[order.order_id]
            before: OrderStatus | None = None
            for change in told:
                if change.status is not before:
                    assert may_follow(before, change.status), (before, change.status)
                before = change.status
            now = self.world.broker.order(order.account_id, order.order_id)
            assert all(getattr(told[-1], name) == getattr(now, name) for name in _SHOWN)
        kept = [fill for account in _ACCOUNTS for fill in self.world.broker._store.fills_of(account)]
        assert sorted(self.told_fills, key=lambda fill: fill.fill_id) == sorted(kept, key=lambda fill: fill.fill_id)

    @invariant()
    def queues_are_sound(self) -> None:
        for _, security in _CASES:
            market = self.world.exchange.live(security)
            if market is None:
                continue
            places = self.world.broker._desk._sender._places.values()
            standing = sum(place[0] == security for place in places)
            assert standing == (len(market.users) if market.users is not None else 0)
            bid, ask = market.book.best_bid, market.book.best_ask
            assert bid is None or ask is None or bid < ask
            for side in Side:
                assert all(level.volume > 0 and level.order_count > 0 for level in market.book.levels(side, 50))

    # helpers

    def now_of(self, order: OrderRecord) -> OrderRecord:
        return self.world.order(order.account_id, order)

    def lot(self, security: Security) -> int:
        return max(100, self.world.exchange.info(security).lot_size)

    def near(self, security: Security, ticks: int) -> float:
        info = self.world.exchange.info(security)
        last = self.world.exchange.last_price(security)
        assert last is not None
        return price_after_ticks(info.tick_kind, last, ticks) / 10_000

    def books(self, account: int) -> tuple[Any, ...]:
        ledger = self.world.broker._books.ledger(account)
        positions = {
            key: (position.quantity, position.open_amount, position.net_paid, position.realised)
            for key, position in ledger.positions.items()
        }
        return dict(ledger.cash), dict(ledger.fees), dict(ledger.realised), positions


TestBroker = BrokerMachine.TestCase
TestBroker.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
