"""What the broker knows again after the program stopped: orders, fills, money, and orders that work on."""

from __future__ import annotations

import asyncio
import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.broker_world import APPLE, MORNING, REAL_HK, SIM_HK, SIM_US, TENCENT, BrokerWorld

from core.model.trading import (
    Currency,
    ModifyOperation,
    OrderStatus,
    OrderType,
    TimeInForce,
    TradeSide,
    TrailType,
)
from core.runtime.background_tasks import BackgroundTasks
from core.upstreams.practice.broker.journal import Journal
from core.upstreams.practice.broker.records import OrderRecord

BUY, SELL = TradeSide.BUY, TradeSide.SELL


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.sqlite3'}"


async def restarted(world: BrokerWorld, url: str, *, after: float = 0.0, always_open: bool = True) -> BrokerWorld:
    await world.broker.stop()
    return BrokerWorld(world.now + after, journal_url=url, always_open=always_open)


async def test_everything_is_there_once(url: str) -> None:
    world = BrokerWorld(journal_url=url)
    bought = await world.place(REAL_HK, TENCENT, BUY, 200)
    await world.place(REAL_HK, TENCENT, SELL, 100)
    resting = await world.place(REAL_HK, TENCENT, BUY, 100, world.price(TENCENT) - 60, remark="mine")
    before = world.broker
    again = await restarted(world, url)
    after = again.broker
    assert after.todays_orders(REAL_HK) == before.todays_orders(REAL_HK)
    assert after.todays_fills(REAL_HK) == before.todays_fills(REAL_HK)
    assert after.order_fees(REAL_HK, bought.order_id) == before.order_fees(REAL_HK, bought.order_id)
    assert after.order_steps(REAL_HK, bought.order_id) == before.order_steps(REAL_HK, bought.order_id)
    assert after.cash_flows(REAL_HK, bought.day) == before.cash_flows(REAL_HK, bought.day)
    funds = after.funds(REAL_HK, Currency.HKD)
    assert funds.cash == before.funds(REAL_HK, Currency.HKD).cash
    assert funds.frozen_cash == again.order(REAL_HK, resting).reserved > 0
    (position,) = after.positions(REAL_HK)
    assert position.quantity == 100
    # It stands in the new exchange's book, can be cancelled, and no id is given twice.
    assert again.exchange.market(TENCENT).users
    fresh = await again.place(REAL_HK, TENCENT, BUY, 100, again.price(TENCENT) - 60)
    assert fresh.order_id > resting.order_id
    done = await after.modify(REAL_HK, resting.order_id, ModifyOperation.CANCEL, None, client="test")
    assert (done.status, done.remark) == (OrderStatus.CANCELLED_ALL, "mine")
    await after.stop()


async def test_working_orders_work_again(url: str) -> None:
    world = BrokerWorld(journal_url=url)
    bid = world.exchange.best_prices(TENCENT)[0]
    assert bid is not None
    order = await world.place(SIM_HK, TENCENT, BUY, 100, bid / 10_000, time_in_force=TimeInForce.GTC)
    world = await restarted(world, url, after=30)
    for _ in range(500):
        if world.order(SIM_HK, order).status is OrderStatus.FILLED_ALL:
            break
        world.run(5)
    assert world.order(SIM_HK, order).status is OrderStatus.FILLED_ALL
    await world.broker.stop()


async def test_orders_of_a_day_that_passed_end_and_long_ones_go_on(url: str) -> None:
    world = BrokerWorld(journal_url=url)
    low = world.price(TENCENT) - 100
    day = await world.place(SIM_HK, TENCENT, BUY, 100, low)
    long = await world.place(SIM_HK, TENCENT, BUY, 100, low, time_in_force=TimeInForce.GTC)
    disabled = await world.place(SIM_HK, TENCENT, BUY, 100, low)
    await world.broker.modify(SIM_HK, disabled.order_id, ModifyOperation.DISABLE, None, client="test")
    world = await restarted(world, url, after=2 * 86_400)
    assert world.order(SIM_HK, day).status is OrderStatus.CANCELLED_ALL
    assert world.order(SIM_HK, disabled).status is OrderStatus.CANCELLED_ALL
    going = world.order(SIM_HK, long)
    assert (going.status, going.day) == (OrderStatus.SUBMITTED, long.day + 2)
    await world.broker.stop()


async def test_trailing_orders_resume_with_their_peak(url: str) -> None:
    world = BrokerWorld(journal_url=url)
    order = await world.place(
        SIM_HK, TENCENT, BUY, 100, order_type=OrderType.TRAILING_STOP, trail_type=TrailType.AMOUNT, trail_value=80.0
    )
    world.broker._store.change(world.order(SIM_HK, order), world.now, trail_peak=order.trail_peak - 10_000)
    await world.broker.kept()
    world = await restarted(world, url)
    resumed = world.order(SIM_HK, order)
    assert (resumed.status, resumed.trail_peak) == (OrderStatus.WAITING_SUBMIT, order.trail_peak - 10_000)
    assert TENCENT in world.exchange._users.watched
    await world.broker.stop()


async def put(url: str, order: OrderRecord) -> None:
    """Write an order as a crash would have left it."""
    journal = Journal(url)
    journal.open()
    journal.put(order)
    await journal.kept()
    await journal.close()


@pytest.mark.parametrize(
    ("kind", "is_open", "expected"),
    [
        (OrderType.NORMAL, True, OrderStatus.SUBMITTED),
        (OrderType.MARKET, True, OrderStatus.FILLED_ALL),
        (OrderType.NORMAL, False, OrderStatus.SUBMITTED),
        (OrderType.MARKET, False, OrderStatus.TIMEOUT),
    ],
)
async def test_an_order_on_its_way_is_sent_again_or_its_outcome_is_not_known(
    url: str, kind: OrderType, is_open: bool, expected: OrderStatus
) -> None:
    lunch = datetime.datetime(2026, 11, 20, 4, 30, tzinfo=datetime.UTC).timestamp()
    world = BrokerWorld(MORNING if is_open else lunch, journal_url=url, always_open=is_open)
    price = round(world.price(TENCENT) - 60)
    order = await world.place(SIM_HK, TENCENT, BUY, 100, price if kind is OrderType.NORMAL else 0.0)
    await world.broker.stop()
    fields = {"status": OrderStatus.SUBMITTING, "filled": 0, "filled_amount": 0, "reserved": 700_000_000}
    lost = replace(order, order_id=order.order_id + 500, **fields)
    await put(url, lost)
    world = BrokerWorld(world.now, journal_url=url, always_open=is_open)
    found = world.order(SIM_HK, lost)
    assert found.status is expected
    if expected is OrderStatus.TIMEOUT:
        assert found.error == "The gateway stopped while the order was on its way; its outcome is not known."
        assert found.reserved == 0
    await world.broker.stop()


async def test_a_reset_lasts(url: str) -> None:
    world = BrokerWorld(journal_url=url)
    await world.place(SIM_US, APPLE, BUY, 10)
    await world.broker.reset(SIM_US)
    again = await restarted(world, url)
    assert again.broker.positions(SIM_US) == []
    assert again.broker.funds(SIM_US, Currency.USD).cash == 10**10
    assert again.broker.todays_orders(SIM_US) == []
    await again.broker.stop()


async def test_nothing_is_told_before_it_is_kept(url: str) -> None:
    world = BrokerWorld(journal_url=url)
    world.price(TENCENT)
    await world.broker.kept()
    await asyncio.sleep(0)
    world.news.clear()
    placing = BackgroundTasks("test").start(world.place(SIM_HK, TENCENT, BUY, 100), "placing")
    await asyncio.sleep(0)
    assert world.broker.todays_orders(SIM_HK)[0].status is OrderStatus.FILLED_ALL
    assert world.news == []
    assert not placing.done()
    await placing
    for _ in range(5):
        await asyncio.sleep(0)
    assert [type(change).__name__ for _, change in world.news] == ["OrderRecord", "FillRecord", "OrderRecord"]
    await world.broker.stop()
