"""Hours and days of orders on the real calendar: openings, auctions, breaks, ends of days, long orders, US sessions."""

from __future__ import annotations

import datetime

import pytest
from fakes.broker_world import APPLE, REAL_HK, REAL_US, SIM_CN, SIM_HK, SIM_US, TENCENT, BrokerWorld

from core.model.errors import UserFacingError
from core.model.security import parse_security
from core.model.trading import (
    ModifyOperation,
    OrderStatus,
    OrderType,
    TimeInForce,
    TradeSide,
    TradingSession,
)
from core.upstreams.practice.broker.order_products import Firm, Product
from core.upstreams.practice.broker.order_schedule import _QUEUED

BUY, SELL = TradeSide.BUY, TradeSide.SELL
HONG_KONG, NEW_YORK = 8, -5
FRIDAY = datetime.date(2026, 11, 20)
MOUTAI = parse_security("SH.600519")


def moment(clock: str, zone: int = HONG_KONG, day: datetime.date = FRIDAY) -> float:
    local = datetime.datetime.combine(day, datetime.time.fromisoformat(clock), datetime.UTC)
    return local.timestamp() - zone * 3_600


def world_at(clock: str, zone: int = HONG_KONG, day: datetime.date = FRIDAY) -> BrokerWorld:
    return BrokerWorld(moment(clock, zone, day), always_open=False)


def go_to(
    world: BrokerWorld, clock: str, zone: int = HONG_KONG, day: datetime.date = FRIDAY, step: float = 30.0
) -> None:
    target = moment(clock, zone, day)
    world.run(target - world.now, step)


async def test_before_the_opening_orders_wait_and_then_trade() -> None:
    world = world_at("07:30")
    price = world.price(TENCENT)
    limit = await world.place(SIM_HK, TENCENT, BUY, 100, price + 10)
    market = await world.place(SIM_HK, TENCENT, BUY, 100)
    assert {limit.status, market.status} == {OrderStatus.WAITING_SUBMIT}
    assert limit.reserved > 0
    go_to(world, "09:29")
    assert world.order(SIM_HK, limit).status is OrderStatus.WAITING_SUBMIT
    go_to(world, "09:31")
    for order in (limit, market):
        done = world.order(SIM_HK, order)
        assert done.status is OrderStatus.FILLED_ALL
        texts = [step.text for step in world.broker.order_steps(SIM_HK, order.order_id)]
        assert texts[:3] == ["Accepted from {client}.", "Waits for the market to open.", "Sent to the exchange."]
        assert all(fill.at >= moment("09:30") for fill in world.broker.todays_fills(SIM_HK))


async def test_hong_kong_auctions() -> None:
    world = world_at("08:00")
    price = world.price(TENCENT)
    opening = await world.place(REAL_HK, TENCENT, BUY, 100, order_type=OrderType.AUCTION)
    limited = await world.place(REAL_HK, TENCENT, BUY, 100, price - 20, order_type=OrderType.AUCTION_LIMIT)
    assert opening.status is OrderStatus.WAITING_SUBMIT
    go_to(world, "09:05")
    assert world.order(REAL_HK, opening).status is OrderStatus.SUBMITTED
    go_to(world, "09:22")
    assert world.order(REAL_HK, opening).status is OrderStatus.FILLED_ALL
    assert moment("09:20") <= world.broker.todays_fills(REAL_HK)[0].at < moment("09:22")
    go_to(world, "10:00")
    # What the opening left of an order with a limit stays in the book.
    assert world.order(REAL_HK, limited).status is OrderStatus.SUBMITTED
    with pytest.raises(UserFacingError, match="auction_closed") as refusal:
        await world.place(REAL_HK, TENCENT, BUY, 100, order_type=OrderType.AUCTION)
    assert refusal.value.facts["sessions"] == "09:30-12:00, 13:00-16:00"
    go_to(world, "16:02", step=60)
    closing = await world.place(REAL_HK, TENCENT, BUY, 100, order_type=OrderType.AUCTION)
    assert closing.status is OrderStatus.SUBMITTED
    plain = await world.place(REAL_HK, TENCENT, BUY, 100, price - 20)
    assert (plain.status, plain.day) == (OrderStatus.WAITING_SUBMIT, closing.day + 3), "for Monday"
    go_to(world, "16:10")
    assert world.order(REAL_HK, closing).status is OrderStatus.FILLED_ALL
    assert world.order(REAL_HK, limited).status is OrderStatus.CANCELLED_ALL


async def test_the_lunch_break() -> None:
    world = world_at("11:50")
    price = world.price(TENCENT)
    resting = await world.place(SIM_HK, TENCENT, BUY, 100, price - 10)
    go_to(world, "12:10")
    late = await world.place(SIM_HK, TENCENT, BUY, 100, price + 10)
    assert late.status is OrderStatus.WAITING_SUBMIT
    assert world.order(SIM_HK, resting).status is OrderStatus.SUBMITTED
    cancelled = await world.broker.modify(SIM_HK, resting.order_id, ModifyOperation.CANCEL, None, client="test")
    assert cancelled.status is OrderStatus.CANCELLED_ALL
    go_to(world, "13:01")
    assert world.order(SIM_HK, late).status is OrderStatus.FILLED_ALL


async def test_a_mainland_limit_order_joins_the_opening_auction() -> None:
    world = world_at("09:18")
    price = round(world.price(MOUTAI) * 1.02, 2)
    order = await world.place(SIM_CN, MOUTAI, BUY, 100, price)
    assert order.status is OrderStatus.SUBMITTED
    go_to(world, "09:26")
    assert world.order(SIM_CN, order).status is OrderStatus.FILLED_ALL
    assert world.broker.todays_fills(SIM_CN)[0].at == moment("09:25")


async def test_day_orders_end_and_long_orders_are_booked_again() -> None:
    world = world_at("15:30")
    price = world.price(TENCENT)
    day = await world.place(SIM_HK, TENCENT, BUY, 100, price - 60)
    long = await world.place(SIM_HK, TENCENT, BUY, 100, price - 60, time_in_force=TimeInForce.GTC)
    until = await world.place(
        SIM_HK, TENCENT, BUY, 100, price - 60, time_in_force=TimeInForce.GTD, expire_date="2026-11-23"
    )
    stop = await world.place(SIM_HK, TENCENT, BUY, 100, order_type=OrderType.STOP, aux_price=price + 90)
    go_to(world, "16:10")
    ended = world.order(SIM_HK, day)
    assert (ended.status, ended.reserved, ended.filled) == (OrderStatus.CANCELLED_ALL, 0, 0)
    assert world.broker.order_steps(SIM_HK, day.order_id)[-1].text == "The trading day is over."
    assert world.order(SIM_HK, stop).status is OrderStatus.CANCELLED_ALL
    going = world.order(SIM_HK, long)
    assert (going.status, going.day, going.created_day) == (OrderStatus.SUBMITTED, long.day + 3, long.day)
    assert going.expire_day == long.day + 90
    monday = FRIDAY + datetime.timedelta(3)
    go_to(world, "10:00", day=monday, step=600)
    assert world.broker.todays_orders(SIM_HK) == [world.order(SIM_HK, order) for order in (long, until)]
    go_to(world, "16:10", day=monday, step=600)
    over = world.order(SIM_HK, until)
    assert over.status is OrderStatus.CANCELLED_ALL
    assert world.broker.order_steps(SIM_HK, until.order_id)[-1].text == "The last day of the order is over."
    assert world.order(SIM_HK, long).status is OrderStatus.SUBMITTED


async def test_a_long_order_ends_after_ninety_days() -> None:
    world = world_at("10:00")
    order = await world.place(SIM_HK, TENCENT, BUY, 100, 200.0, time_in_force=TimeInForce.GTC)
    world.run(92 * 86_400, 86_400)
    assert world.order(SIM_HK, order).status is OrderStatus.CANCELLED_ALL


@pytest.mark.parametrize(
    ("clock", "session", "outside", "works"),
    [
        ("08:00", TradingSession.NONE, False, False),
        ("08:00", TradingSession.RTH, False, False),
        ("08:00", TradingSession.NONE, True, True),
        ("08:00", TradingSession.ETH, False, True),
        ("08:00", TradingSession.ALL, False, True),
        ("08:00", TradingSession.OVERNIGHT, False, False),
        ("17:00", TradingSession.ETH, False, True),
        ("17:00", TradingSession.NONE, False, False),
        ("02:00", TradingSession.ETH, False, False),
        ("02:00", TradingSession.ALL, False, True),
        ("02:00", TradingSession.OVERNIGHT, False, True),
        ("11:00", TradingSession.OVERNIGHT, False, False),
        ("11:00", TradingSession.ETH, False, True),
    ],
)
async def test_us_sessions(clock: str, session: TradingSession, outside: bool, works: bool) -> None:
    world = world_at(clock, NEW_YORK)
    price = round(world.price(APPLE) * 0.97, 2)
    order = await world.place(SIM_US, APPLE, BUY, 1, price, session=session, fill_outside_rth=outside)
    assert order.status is (OrderStatus.SUBMITTED if works else OrderStatus.WAITING_SUBMIT)
    assert (order.session, order.fill_outside_rth) == (session, outside)


async def test_a_night_order_belongs_to_the_day_its_night_ends_on() -> None:
    thursday = FRIDAY - datetime.timedelta(1)
    world = world_at("11:00", NEW_YORK, thursday)
    price = round(world.price(APPLE) * 0.8, 2)
    order = await world.place(SIM_US, APPLE, BUY, 1, price, session=TradingSession.OVERNIGHT)
    assert (order.status, order.day) == (OrderStatus.WAITING_SUBMIT, FRIDAY.toordinal())
    go_to(world, "19:55", NEW_YORK, thursday, step=300)
    assert world.order(SIM_US, order).status is OrderStatus.WAITING_SUBMIT
    go_to(world, "20:05", NEW_YORK, thursday)
    assert world.order(SIM_US, order).status is OrderStatus.SUBMITTED


async def test_a_us_order_trades_before_the_opening() -> None:
    world = world_at("08:00", NEW_YORK)
    price = round(world.price(APPLE) * 1.03, 2)
    order = await world.place(REAL_US, APPLE, BUY, 1, price, session=TradingSession.ETH)
    if order.status is not OrderStatus.FILLED_ALL:
        go_to(world, "09:00", NEW_YORK)
    assert world.order(REAL_US, order).status is OrderStatus.FILLED_ALL


async def test_the_end_of_a_us_day_depends_on_the_session() -> None:
    world = world_at("15:00", NEW_YORK)
    price = round(world.price(APPLE) * 0.8, 2)
    regular = await world.place(SIM_US, APPLE, BUY, 1, price)
    extended = await world.place(SIM_US, APPLE, BUY, 1, price, session=TradingSession.ETH)
    go_to(world, "16:05", NEW_YORK)
    assert world.order(SIM_US, regular).status is OrderStatus.CANCELLED_ALL
    assert world.order(SIM_US, extended).status is OrderStatus.SUBMITTED
    go_to(world, "20:01", NEW_YORK, step=60)
    assert world.order(SIM_US, extended).status is OrderStatus.CANCELLED_ALL


async def test_an_order_that_can_not_be_paid_any_more_fails_late() -> None:
    world = world_at("08:00")
    limit = round(world.price(MOUTAI) * 1.09, 2)
    order = await world.place(SIM_CN, MOUTAI, BUY, 100, limit)
    assert order.status is OrderStatus.WAITING_SUBMIT
    # Most of the money is gone until the market opens.
    ledger = world.broker._books.ledger(SIM_CN)
    for currency in ledger.cash:
        ledger.cash[currency] = 1_000
    go_to(world, "09:31")
    failed = world.order(SIM_CN, order)
    assert (failed.status, failed.error, failed.reserved) == (OrderStatus.FAILED, "Insufficient buying power.", 0)


def test_the_table_of_off_hours_orders() -> None:
    assert Product.US_STOCK in _QUEUED[Firm.MOOMOO_US]
    assert Product.HK_OPTION not in _QUEUED[Firm.MOOMOO_US]
    assert Product.HK_FUTURE in _QUEUED[Firm.FUTU_HK]
    assert all(Product.OTHER_STOCK not in products for products in _QUEUED.values())


async def test_a_triggered_order_waits_for_its_hours() -> None:
    world = world_at("08:00", NEW_YORK)
    price = world.price(APPLE)
    stop = await world.place(REAL_US, APPLE, BUY, 1, order_type=OrderType.STOP, aux_price=round(price * 0.9, 2))
    assert stop.status is OrderStatus.WAITING_SUBMIT, "prices before the opening do not trigger it"
    go_to(world, "09:00", NEW_YORK)
    assert not world.order(REAL_US, stop).triggered
    go_to(world, "09:32", NEW_YORK)
    assert world.order(REAL_US, stop).status is OrderStatus.FILLED_ALL
