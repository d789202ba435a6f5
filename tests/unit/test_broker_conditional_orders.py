"""Triggers: stops, touched types, trailing by amount and ratio, on last prices."""

from __future__ import annotations

import pytest
from fakes.broker_world import REAL_HK, SIM_HK, TENCENT, BrokerWorld

from core.model.trading import (
    ModifyOperation,
    OrderChange,
    OrderStatus,
    OrderType,
    TradeSide,
    TrailType,
)
from core.upstreams.practice.broker.conditional_orders import follow, is_reached, sent_price, trigger_of
from core.upstreams.practice.broker.records import OrderRecord
from core.upstreams.practice.price_ticks import TickKind

BUY, SELL = TradeSide.BUY, TradeSide.SELL


async def waiting(kind: OrderType, side: TradeSide, **terms: object) -> OrderRecord:
    """An order as the broker writes it, far from its trigger."""
    world = BrokerWorld()
    if side is SELL:
        await world.place(REAL_HK, TENCENT, BUY, 100)
    order = await world.place(REAL_HK, TENCENT, side, 100, order_type=kind, **terms)
    assert order.status is OrderStatus.WAITING_SUBMIT
    return order


@pytest.mark.parametrize(
    ("kind", "side", "aux", "reached", "not_reached"),
    [
        (OrderType.STOP, BUY, 700.0, 700.0, 699.5),
        (OrderType.STOP, SELL, 400.0, 400.0, 400.2),
        (OrderType.STOP_LIMIT, BUY, 700.0, 701.0, 699.5),
        (OrderType.MARKET_IF_TOUCHED, BUY, 400.0, 400.0, 400.2),
        (OrderType.MARKET_IF_TOUCHED, SELL, 700.0, 700.0, 699.5),
        (OrderType.LIMIT_IF_TOUCHED, SELL, 700.0, 720.0, 699.5),
    ],
)
async def test_where_triggers_lie(
    kind: OrderType, side: TradeSide, aux: float, reached: float, not_reached: float
) -> None:
    order = await waiting(kind, side, aux_price=aux, price=600.0)
    assert is_reached(order, round(reached * 10_000))
    assert not is_reached(order, round(not_reached * 10_000))


async def test_trailing_by_amount_and_by_ratio_follow_the_best_price() -> None:
    sell = await waiting(OrderType.TRAILING_STOP, SELL, trail_type=TrailType.AMOUNT, trail_value=10.0)
    start = sell.trail_peak
    assert trigger_of(sell) == start - 100_000
    risen = follow(sell, [start + 50_000, start - 40_000])
    assert (risen.trail_peak, risen.triggered) == (start + 50_000, False)
    assert follow(sell, [start + 50_000, start - 50_000]).triggered
    assert follow(sell, [start]) is sell
    buy = await waiting(OrderType.TRAILING_STOP, BUY, trail_type=TrailType.RATIO, trail_value=2.0)
    start = buy.trail_peak
    assert trigger_of(buy) == round(start * 1.02)
    fallen = follow(buy, [start - 100_000])
    assert trigger_of(fallen) == round((start - 100_000) * 1.02)
    assert follow(buy, [start - 100_000, round((start - 100_000) * 1.02)]).triggered


async def test_what_is_sent() -> None:
    limit = await waiting(
        OrderType.TRAILING_STOP_LIMIT, SELL, trail_type=TrailType.AMOUNT, trail_value=10.0, trail_spread=1.0
    )
    assert sent_price(limit, TickKind.HK_STOCK) == limit.trail_peak - 100_000 - 10_000
    stop = await waiting(OrderType.STOP, BUY, aux_price=700.0)
    assert sent_price(stop, TickKind.HK_STOCK) is None
    stop_limit = await waiting(OrderType.STOP_LIMIT, BUY, aux_price=700.0, price=702.0)
    assert sent_price(stop_limit, TickKind.HK_STOCK) == 7_020_000


async def run_until_done(world: BrokerWorld, account: int, order: OrderRecord) -> OrderRecord:
    for _ in range(2_000):
        if world.order(account, order).status is not OrderStatus.WAITING_SUBMIT:
            break
        world.run(5, 1)
    return world.order(account, order)


@pytest.mark.parametrize("kind", [OrderType.STOP, OrderType.STOP_LIMIT])
async def test_a_stop_is_sent_when_the_market_gets_there(kind: OrderType) -> None:
    world = BrokerWorld()
    trigger = world.price(TENCENT) + 1
    order = await world.place(SIM_HK, TENCENT, BUY, 100, trigger + 5, order_type=kind, aux_price=trigger)
    assert order.status is OrderStatus.WAITING_SUBMIT
    done = await run_until_done(world, SIM_HK, order)
    assert (done.status, done.triggered) == (OrderStatus.FILLED_ALL, True)
    texts = [step.text for step in world.broker.order_steps(SIM_HK, order.order_id)]
    assert texts[:4] == [
        "Accepted from {client}.",
        "Waits for the price {price}.",
        "Triggered at {price}.",
        "Sent to the exchange.",
    ]
    # Nothing keeps the security alive once nobody waits.
    assert world.exchange._users.watched == frozenset()


async def test_a_trailing_stop_follows_a_rising_market() -> None:
    world = BrokerWorld()
    await world.place(SIM_HK, TENCENT, BUY, 100)
    order = await world.place(
        SIM_HK, TENCENT, SELL, 100, order_type=OrderType.TRAILING_STOP, trail_type=TrailType.AMOUNT, trail_value=1.5
    )
    done = await run_until_done(world, SIM_HK, order)
    assert done.status is OrderStatus.FILLED_ALL
    assert done.trail_peak >= order.trail_peak
    triggered = next(step for step in world.broker.order_steps(SIM_HK, order.order_id) if "Triggered" in step.text)
    assert float(dict(triggered.facts)["price"]) <= done.trail_peak / 10_000 - 1.5


async def test_a_trigger_that_is_reached_already_fires_at_once() -> None:
    world = BrokerWorld()
    price = world.price(TENCENT)
    order = await world.place(SIM_HK, TENCENT, BUY, 100, order_type=OrderType.STOP, aux_price=price - 5)
    assert (order.status, order.triggered) == (OrderStatus.FILLED_ALL, True)


async def test_a_change_moves_the_trigger() -> None:
    world = BrokerWorld()
    price = world.price(TENCENT)
    order = await world.place(SIM_HK, TENCENT, BUY, 100, order_type=OrderType.STOP, aux_price=price + 50)
    change = OrderChange(100, aux_price=price + 80)
    order = await world.broker.modify(SIM_HK, order.order_id, ModifyOperation.NORMAL, change, client="test")
    assert (order.status, order.aux_price) == (OrderStatus.WAITING_SUBMIT, round((price + 80) * 10_000))
    change = OrderChange(100, aux_price=price - 5)
    order = await world.broker.modify(SIM_HK, order.order_id, ModifyOperation.NORMAL, change, client="test")
    assert order.status is OrderStatus.FILLED_ALL
