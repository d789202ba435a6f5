"""Positions that end without an order: expiry in cash and by delivery, and futures accounts that are closed out."""

from __future__ import annotations

import datetime

import pytest
from fakes.broker_world import APPLE, SIM_FUTURES, SIM_US, BrokerWorld

from core.model.security import Security, parse_security
from core.model.trading import Currency, OrderStatus, PositionSide, TradeSide
from core.upstreams.practice.broker.records import FillKind
from core.upstreams.practice.option_pricing import CALL, PUT

BUY, SELL = TradeSide.BUY, TradeSide.SELL
MAIN = parse_security("HK.HSImain")


def soonest(world: BrokerWorld, kind: int, above: int) -> tuple[Security, int, int]:
    """The option that expires next: its code, last day and strike in price units."""
    derivatives = world.exchange.derivatives
    (option_class, *_) = derivatives.classes_of(APPLE)
    expiry = derivatives.expiries(option_class)[0]
    strikes = derivatives.strikes(option_class, expiry)
    last = world.price(APPLE)
    middle = min(range(len(strikes)), key=lambda number: abs(strikes[number] - last))
    contract = derivatives.option(option_class, expiry, kind, strikes[middle + above]).contract
    return contract.security, contract.last_day, round(contract.strike * 10_000)


def pass_day(world: BrokerWorld, day: int) -> None:
    """Go to the morning after a day."""
    after = datetime.datetime.fromordinal(day + 1).replace(hour=15, tzinfo=datetime.UTC).timestamp()
    while world.now < after:
        world.advance(min(after, world.now + 21_600))


async def test_an_option_in_the_money_delivers_the_stock() -> None:
    world = BrokerWorld()
    call, last_day, strike = soonest(world, CALL, -6)
    order = await world.place(SIM_US, call, BUY, 2)
    assert order.status is OrderStatus.FILLED_ALL
    pass_day(world, last_day)
    (position,) = world.broker.positions(SIM_US)
    assert (position.security, position.side, position.quantity) == (APPLE, PositionSide.LONG, 200)
    expiry, delivery = world.broker.fill_history(SIM_US, order.created_at + 1, world.now)[::-1]
    assert (expiry.kind, expiry.order_id, expiry.security, expiry.price) == (FillKind.EXPIRY, 0, call, 0)
    assert (delivery.security, delivery.quantity, delivery.price) == (APPLE, 200, strike)
    funds = world.broker.funds(SIM_US, Currency.USD)
    fees = sum(amount for _, amount in world.broker.order_fees(SIM_US, order.order_id))
    assert funds.cash == 10**10 - order.filled_amount * 100 - fees - strike * 200


async def test_an_option_out_of_the_money_ends_worthless_and_its_orders_with_it() -> None:
    world = BrokerWorld()
    put, last_day, _ = soonest(world, PUT, -6)
    order = await world.place(SIM_US, put, BUY, 3)
    assert order.filled == 3
    resting = await world.place(SIM_US, put, SELL, 3, 90.0)
    cash = world.broker.funds(SIM_US, Currency.USD).cash
    pass_day(world, last_day)
    assert world.broker.positions(SIM_US) == []
    assert world.broker.funds(SIM_US, Currency.USD).cash == cash
    assert world.order(SIM_US, resting).status is OrderStatus.CANCELLED_ALL


async def test_futures_end_at_the_settlement_price() -> None:
    world = BrokerWorld()
    order = await world.place(SIM_FUTURES, MAIN, BUY, 2)
    instrument = world.broker._prices.instrument(order.security)
    assert instrument is not None
    pass_day(world, instrument.last_day)
    assert world.broker.positions(SIM_FUTURES) == []
    (settled,) = [fill for fill in world.broker.fill_history(SIM_FUTURES, 0, world.now) if fill.kind is FillKind.EXPIRY]
    assert (settled.side, settled.quantity) == (SELL, 2)
    fees = sum(amount for _, amount in world.broker.order_fees(SIM_FUTURES, order.order_id))
    gain = settled.price * 2 * 50 - order.filled_amount * 50
    assert world.broker.funds(SIM_FUTURES, Currency.HKD).cash == 10**11 - fees + gain


@pytest.mark.parametrize("side", [BUY, SELL])
async def test_a_futures_account_below_its_margin_is_closed_out(side: TradeSide) -> None:
    world = BrokerWorld()
    await world.place(SIM_FUTURES, MAIN, side, 5)
    resting = await world.place(SIM_FUTURES, MAIN, BUY, 1, world.price(MAIN) - 500)
    ledger = world.broker._books.ledger(SIM_FUTURES)
    ledger.cash[Currency.HKD] = 1_000_000
    world.run(70, 1)
    assert world.broker.positions(SIM_FUTURES) == []
    assert world.order(SIM_FUTURES, resting).status is OrderStatus.CANCELLED_ALL
    closed = [fill for fill in world.broker.todays_fills(SIM_FUTURES) if fill.kind is FillKind.LIQUIDATION]
    assert sum(fill.quantity for fill in closed) == 5
    assert {fill.order_id for fill in closed} == {0}
