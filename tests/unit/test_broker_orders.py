"""Orders through the broker's door: placed, filled, changed, cancelled, and what is told of it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from fakes.broker_world import (
    APPLE,
    DISABLED,
    REAL_FUTURES,
    REAL_HK,
    REAL_US,
    SIM_CN,
    SIM_FUTURES,
    SIM_HK,
    SIM_US,
    TENCENT,
    BrokerWorld,
)

from core.model.errors import UserFacingError
from core.model.security import parse_security
from core.model.trading import (
    CashDirection,
    Currency,
    ModifyOperation,
    OrderChange,
    OrderStatus,
    OrderType,
    PositionSide,
    TradeSide,
    TradingMarket,
)
from core.upstreams.practice.broker.order_status import FOLLOWING
from core.upstreams.practice.broker.records import FillRecord, OrderRecord
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import next_down, next_up

BUY, SELL = TradeSide.BUY, TradeSide.SELL
MOUTAI = parse_security("SH.600519")


@pytest.fixture
def world() -> BrokerWorld:
    return BrokerWorld()


async def settle(world: BrokerWorld) -> None:
    """Let the broker tell its news."""
    await world.broker.kept()
    for _ in range(5):
        await asyncio.sleep(0)


async def modify(world: BrokerWorld, order: OrderRecord, operation: ModifyOperation, **change: Any) -> OrderRecord:
    terms = OrderChange(**change) if change else None
    return await world.broker.modify(order.account_id, order.order_id, operation, terms, client="second")


async def test_a_limit_order_rests_and_is_filled_when_the_market_comes(world: BrokerWorld) -> None:
    bid, _ = world.exchange.best_prices(TENCENT)
    assert bid is not None
    order = await world.place(SIM_HK, TENCENT, BUY, 100, bid / 10_000)
    assert order.status is OrderStatus.SUBMITTED
    assert order.reserved > bid * 100
    assert world.broker.todays_orders(SIM_HK) == [order]
    assert world.broker.open_order_count == 1
    while world.order(SIM_HK, order).status is OrderStatus.SUBMITTED:
        world.run(5)
    await settle(world)
    filled = world.order(SIM_HK, order)
    assert (filled.status, filled.filled, filled.reserved) == (OrderStatus.FILLED_ALL, 100, 0)
    assert world.statuses(order) == ["SUBMITTING", "SUBMITTED", "FILLED_ALL"]
    fills = [change for _, change in world.news if isinstance(change, FillRecord)]
    assert fills == world.broker.todays_fills(SIM_HK)
    assert sum(fill.quantity for fill in fills) == 100
    texts = [step.text for step in world.broker.order_steps(SIM_HK, order.order_id)]
    assert texts[:2] == ["Accepted from {client}.", "In the order book."]
    assert set(texts[2:]) == {"{quantity} filled at {price}."}
    assert world.broker.open_order_count == 0


async def test_a_market_order_walks_the_book_and_its_rest_is_cancelled(world: BrokerWorld) -> None:
    thin = parse_security("HK.08137")
    world.price(thin)
    market = world.exchange.market(thin)
    offered = sum(level.volume for level in market.book.levels(Side.SELL, 100))
    quantity = offered // 4000 * 4000 + 40_000
    order = await world.place(SIM_HK, thin, BUY, quantity)
    assert order.status is OrderStatus.CANCELLED_PART
    assert order.filled == offered
    assert len({fill.price for fill in world.broker.todays_fills(SIM_HK)}) > 1
    await settle(world)
    assert world.statuses(order)[-2:] == ["FILLED_PART", "CANCELLED_PART"]


async def test_fills_make_positions_fees_and_cash(world: BrokerWorld) -> None:
    order = await world.place(REAL_HK, TENCENT, BUY, 200)
    fills = world.broker.todays_fills(REAL_HK)
    paid = sum(fill.price * fill.quantity for fill in fills)
    fees = sum(amount for _, amount in world.broker.order_fees(REAL_HK, order.order_id))
    assert fees > 0
    funds = world.broker.funds(REAL_HK, Currency.HKD)
    assert funds.cash == 1_000_000 * 10_000 - paid - fees
    (position,) = world.broker.positions(REAL_HK)
    assert (position.quantity, position.can_sell, position.side) == (200, 200, PositionSide.LONG)
    day = order.day
    flows = world.broker.cash_flows(REAL_HK, day)
    assert sum(entry.amount for entry in flows) == funds.cash
    assert [entry.amount for entry in world.broker.cash_flows(REAL_HK, day, CashDirection.IN)] == [10**10]


async def test_selling_without_a_position_is_short_where_that_is_possible(world: BrokerWorld) -> None:
    with pytest.raises(UserFacingError, match="no_position"):
        await world.place(SIM_HK, TENCENT, SELL, 100)
    short = await world.place(REAL_HK, TENCENT, SELL, 100)
    assert short.side is TradeSide.SELL_SHORT
    (position,) = world.broker.positions(REAL_HK)
    assert (position.side, position.quantity) == (PositionSide.SHORT, 100)
    with pytest.raises(UserFacingError, match="buy_back_first") as refusal:
        await world.place(REAL_HK, TENCENT, BUY, 200)
    assert refusal.value.facts["quantity"] == 100
    back = await world.place(REAL_HK, TENCENT, BUY, 100)
    assert (back.side, back.status) == (BUY, OrderStatus.FILLED_ALL)
    assert world.broker.positions(REAL_HK) == []


async def test_what_open_orders_sell_is_frozen(world: BrokerWorld) -> None:
    await world.place(SIM_HK, TENCENT, BUY, 200)
    high = world.price(TENCENT) + 40
    first = await world.place(SIM_HK, TENCENT, SELL, 100, high)
    (position,) = world.broker.positions(SIM_HK)
    assert (position.quantity, position.can_sell) == (200, 100)
    with pytest.raises(UserFacingError, match="position_short"):
        await world.place(SIM_HK, TENCENT, SELL, 200, high)
    await modify(world, first, ModifyOperation.CANCEL)
    assert world.broker.positions(SIM_HK)[0].can_sell == 200


async def test_a_shares_bought_today_can_not_be_sold(world: BrokerWorld) -> None:
    await world.place(SIM_CN, MOUTAI, BUY, 100, world.price(MOUTAI) * 1.01 // 0.01 / 100)
    assert world.broker.positions(SIM_CN)[0].can_sell == 0
    with pytest.raises(UserFacingError, match="position_short"):
        await world.place(SIM_CN, MOUTAI, SELL, 100)
    world.advance(world.now + 86_400)
    assert world.broker.positions(SIM_CN)[0].can_sell == 100


async def test_buying_power_is_held_back_and_given_free(world: BrokerWorld) -> None:
    price = world.price(TENCENT) - 30
    most = world.broker.max_quantities(SIM_HK, TENCENT, OrderType.NORMAL, price).cash_and_margin_buy
    order = await world.place(SIM_HK, TENCENT, BUY, most, price)
    with pytest.raises(UserFacingError, match="buying_power"):
        await world.place(SIM_HK, TENCENT, BUY, 100, price)
    assert world.broker.funds(SIM_HK, Currency.HKD).frozen_cash == order.reserved
    again = world.broker.max_quantities(SIM_HK, TENCENT, OrderType.NORMAL, price, order_id=order.order_id)
    assert again.cash_and_margin_buy == most
    await modify(world, order, ModifyOperation.NORMAL, quantity=most - 100, price=price)
    assert (await world.place(SIM_HK, TENCENT, BUY, 100, price)).status is OrderStatus.SUBMITTED
    await world.broker.cancel_all(SIM_HK, TradingMarket.NONE, client="test")
    assert world.broker.funds(SIM_HK, Currency.HKD).frozen_cash == 0


async def test_a_change_keeps_the_id_and_means_the_new_total(world: BrokerWorld) -> None:
    low = world.price(TENCENT) - 40
    order = await world.place(SIM_HK, TENCENT, BUY, 300, low)
    place = world.broker._desk._sender._places[order.order_id]
    smaller = await modify(world, order, ModifyOperation.NORMAL, quantity=200, price=low)
    assert (smaller.order_id, smaller.quantity, smaller.status) == (order.order_id, 200, OrderStatus.SUBMITTED)
    assert world.broker._desk._sender._places[order.order_id] == place, "a smaller order keeps its place in the queue"
    larger = await modify(world, order, ModifyOperation.NORMAL, quantity=400, price=low + 2)
    assert (larger.quantity, larger.price) == (400, round((low + 2) * 10_000))
    assert world.broker._desk._sender._places[order.order_id] != place
    steps = world.broker.order_steps(SIM_HK, order.order_id)
    assert steps[-1].text == "Changed by {client}: {quantity} at {price}."
    assert dict(steps[-1].facts)["client"] == "second"


async def test_a_partly_filled_order_can_not_shrink_below_what_is_filled(world: BrokerWorld) -> None:
    thin = parse_security("HK.00178")
    world.price(thin)
    info = world.exchange.info(thin)
    ask = world.exchange.best_prices(thin)[1]
    assert ask is not None
    offered = world.exchange.market(thin).book.volume_within(Side.BUY, ask)
    order = await world.place(SIM_HK, thin, BUY, offered + 20_000, ask / 10_000)
    assert (order.status, order.filled) == (OrderStatus.FILLED_PART, offered)
    with pytest.raises(UserFacingError, match="change_below_filled"):
        await modify(world, order, ModifyOperation.NORMAL, quantity=offered, price=ask / 10_000)
    lower = next_down(info.tick_kind, ask) / 10_000
    changed = await modify(world, order, ModifyOperation.NORMAL, quantity=offered + 10_000, price=lower)
    assert (changed.status, changed.open_quantity) == (OrderStatus.FILLED_PART, 10_000)
    cancelled = await modify(world, order, ModifyOperation.CANCEL)
    assert cancelled.status is OrderStatus.CANCELLED_PART


async def test_disable_enable_and_delete(world: BrokerWorld) -> None:
    low = world.price(TENCENT) - 40
    order = await world.place(REAL_HK, TENCENT, BUY, 100, low)
    disabled = await modify(world, order, ModifyOperation.DISABLE)
    assert (disabled.status, disabled.reserved) == (OrderStatus.DISABLED, 0)
    assert not world.exchange.market(TENCENT).users
    with pytest.raises(UserFacingError, match="operation_status"):
        await modify(world, order, ModifyOperation.NORMAL, quantity=200, price=low)
    enabled = await modify(world, order, ModifyOperation.ENABLE)
    assert (enabled.status, enabled.order_id) == (OrderStatus.SUBMITTED, order.order_id)
    assert enabled.reserved > 0
    await modify(world, order, ModifyOperation.CANCEL)
    deleted = await modify(world, order, ModifyOperation.DELETE)
    assert deleted.status is OrderStatus.DELETED
    assert world.broker.todays_orders(REAL_HK) == []
    assert world.broker.order_history(REAL_HK, 0, world.now) == []
    await settle(world)
    assert world.statuses(order)[-4:] == ["SUBMITTING", "SUBMITTED", "CANCELLED_ALL", "DELETED"]


async def test_two_accounts_trade_with_each_other(world: BrokerWorld) -> None:
    await world.place(REAL_HK, TENCENT, BUY, 100)
    ask = world.exchange.best_prices(TENCENT)[1]
    assert ask is not None
    # Everybody else who sells at this price is bought out first, by a third account.
    sell = await world.place(REAL_HK, TENCENT, SELL, 100, ask / 10_000)
    assert world.order(REAL_HK, sell).status is OrderStatus.SUBMITTED
    market = world.exchange.market(TENCENT)
    offered = market.book.volume_within(Side.BUY, ask)
    market.book.place(Side.BUY, ask, offered - 100, rest=False)
    await world.place(SIM_HK, TENCENT, BUY, 100)
    sold = world.order(REAL_HK, sell)
    # The seller knows at once, not at the next advance.
    assert (sold.status, sold.filled) == (OrderStatus.FILLED_ALL, 100)
    await settle(world)
    assert all(after in FOLLOWING[before] for before, after in pairs(world, sell))


def pairs(world: BrokerWorld, order: OrderRecord) -> list[tuple[OrderStatus, OrderStatus]]:
    told = [OrderStatus[name] for name in world.statuses(order)]
    return [(before, after) for before, after in pairwise(told) if before is not after]


@pytest.mark.parametrize(
    ("kind", "ticks", "expected"),
    [
        (OrderType.ABSOLUTE_LIMIT, 0, OrderStatus.FILLED_ALL),
        (OrderType.ABSOLUTE_LIMIT, 5, OrderStatus.FAILED),
        (OrderType.SPECIAL_LIMIT, 0, OrderStatus.FILLED_ALL),
        (OrderType.SPECIAL_LIMIT, -5, OrderStatus.CANCELLED_ALL),
        (OrderType.SPECIAL_LIMIT_ALL, 0, OrderStatus.FILLED_ALL),
        (OrderType.SPECIAL_LIMIT_ALL, -5, OrderStatus.CANCELLED_ALL),
    ],
)
async def test_types_that_never_rest(world: BrokerWorld, kind: OrderType, ticks: int, expected: OrderStatus) -> None:
    ask = world.exchange.best_prices(TENCENT)[1]
    assert ask is not None
    for _ in range(abs(ticks)):
        ask = (next_up if ticks > 0 else next_down)(world.exchange.info(TENCENT).tick_kind, ask)
    order = await world.place(REAL_HK, TENCENT, BUY, 100, ask / 10_000, order_type=kind)
    assert order.status is expected
    assert order.reserved == 0
    if expected is OrderStatus.FAILED:
        assert order.error == "Nothing could be traded at exactly this price."


async def test_an_all_or_nothing_order_is_not_filled_in_part(world: BrokerWorld) -> None:
    thin = parse_security("HK.08137")
    ask = world.exchange.best_prices(thin)[1]
    assert ask is not None
    offered = world.exchange.market(thin).book.volume_within(Side.BUY, ask)
    order = await world.place(REAL_HK, thin, BUY, offered + 4_000, ask / 10_000, order_type=OrderType.SPECIAL_LIMIT_ALL)
    assert (order.status, order.filled) == (OrderStatus.CANCELLED_ALL, 0)
    part = await world.place(REAL_HK, thin, BUY, offered + 4_000, ask / 10_000, order_type=OrderType.SPECIAL_LIMIT)
    assert (part.status, part.filled) == (OrderStatus.CANCELLED_PART, offered)


async def test_futures_are_netted_and_the_main_contract_is_the_month(world: BrokerWorld) -> None:
    main = parse_security("HK.HSImain")
    bought = await world.place(SIM_FUTURES, main, BUY, 1)
    assert bought.security.code.startswith("HSI26")
    assert bought.trading_market is TradingMarket.FUTURES_SIMULATE_HK
    sold = await world.place(SIM_FUTURES, main, SELL, 3)
    assert (sold.side, sold.status) == (SELL, OrderStatus.FILLED_ALL)
    (position,) = world.broker.positions(SIM_FUTURES)
    assert (position.side, position.quantity, position.market_value) == (PositionSide.SHORT, 2, 0)
    assert (await world.place(REAL_FUTURES, main, BUY, 1)).trading_market is TradingMarket.FUTURES


async def test_cancel_all_and_the_operator(world: BrokerWorld) -> None:
    low = world.price(TENCENT) - 40
    apple_low = round(world.price(APPLE) * 0.9, 2)
    first = await world.place(REAL_HK, TENCENT, BUY, 100, low)
    second = await world.place(REAL_HK, APPLE, BUY, 1, apple_low)
    with pytest.raises(UserFacingError, match="cancel_all_connect"):
        await world.broker.cancel_all(REAL_HK, TradingMarket.HKCC, client="test")
    assert await world.broker.cancel_all(REAL_HK, TradingMarket.US, client="test") == (second.order_id,)
    assert world.order(REAL_HK, first).status is OrderStatus.SUBMITTED
    assert (await world.broker.cancel(REAL_HK, first.order_id, client="window")).status is OrderStatus.CANCELLED_ALL
    with pytest.raises(UserFacingError, match="operation_status"):
        await world.broker.cancel(REAL_HK, first.order_id, client="window")


async def test_what_is_not_there_is_said(world: BrokerWorld) -> None:
    with pytest.raises(UserFacingError, match="unknown_account"):
        await world.place(5, TENCENT, BUY, 100)
    with pytest.raises(UserFacingError, match="account_disabled"):
        await world.place(DISABLED, TENCENT, BUY, 100)
    order = await world.place(SIM_HK, TENCENT, BUY, 100)
    with pytest.raises(UserFacingError, match="unknown_order"):
        world.broker.order(REAL_HK, order.order_id)
    assert world.broker.positions(DISABLED) == []


async def test_reset_begins_anew(world: BrokerWorld) -> None:
    await world.place(SIM_US, APPLE, BUY, 10)
    open_order = await world.place(SIM_US, APPLE, BUY, 10, round(world.price(APPLE) * 0.9, 2))
    other = await world.place(REAL_US, APPLE, BUY, 1)
    await world.broker.reset(SIM_US)
    assert world.order(SIM_US, open_order).status is OrderStatus.CANCELLED_ALL
    assert world.broker.positions(SIM_US) == []
    assert world.broker.todays_orders(SIM_US) == []
    assert world.broker.todays_fills(SIM_US) == []
    funds = world.broker.funds(SIM_US, Currency.USD)
    assert (funds.cash, funds.total_assets, funds.realised) == (10**10, 10**10, 0)
    assert world.broker.todays_orders(REAL_US) == [world.order(REAL_US, other)]
    again = await world.place(SIM_US, APPLE, BUY, 10)
    assert world.broker.todays_orders(SIM_US) == [world.order(SIM_US, again)]
    assert len(world.broker.order_history(SIM_US, 0, world.now)) == 3, "history is kept"
