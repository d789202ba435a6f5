"""Option strategies as one order: whole units or nothing, net prices, and what they hold back."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.broker_world import REAL_HK, REAL_US, SIM_US, TENCENT, BrokerWorld

from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.trading import (
    ComboLegTerms,
    ModifyOperation,
    OrderChange,
    OrderStatus,
    OrderTerms,
    OrderType,
    TimeInForce,
    TradeSide,
)
from core.upstreams.practice.option_pricing import CALL, PUT
from core.upstreams.practice.order_book import Side

BUY, SELL = TradeSide.BUY, TradeSide.SELL
APPLE = parse_security("US.AAPL")


def series(world: BrokerWorld, owner: Security, kind: int, above: int, expiry: int = 2) -> Security:
    """An option `above` strikes above the money."""
    derivatives = world.exchange.derivatives
    (option_class, *_) = derivatives.classes_of(owner)
    last = world.price(owner)
    chosen = derivatives.expiries(option_class)[expiry]
    strikes = derivatives.strikes(option_class, chosen)
    middle = min(range(len(strikes)), key=lambda number: abs(strikes[number] - last))
    return derivatives.option(option_class, chosen, kind, strikes[middle + above]).contract.security


def spread(world: BrokerWorld, quantity: float, price: float, **terms: Any) -> OrderTerms:
    """A bull call spread on Apple."""
    legs = (
        ComboLegTerms(series(world, APPLE, CALL, 0), BUY, 1),
        ComboLegTerms(series(world, APPLE, CALL, 2), SELL, 1),
    )
    kind = terms.pop("order_type", OrderType.NORMAL)
    return OrderTerms(APPLE, BUY, kind, quantity, price=price, legs=legs, strategy=4, **terms)


def net_of(world: BrokerWorld, terms: OrderTerms) -> int:
    """What one unit costs at the best prices now."""
    net = 0
    for leg in terms.legs:
        bid, ask = world.exchange.best_prices(leg.security)
        price = ask if leg.side.buys else bid
        assert price is not None
        net += price * leg.ratio * (1 if leg.side.buys else -1)
    return net


@pytest.fixture
def world() -> BrokerWorld:
    return BrokerWorld()


async def test_a_spread_is_done_at_once_when_its_net_price_is_there(world: BrokerWorld) -> None:
    terms = spread(world, 2, 0)
    net = net_of(world, terms)
    order = await world.broker.place(SIM_US, spread(world, 2, (net + 500) / 10_000), client="test")
    assert (order.status, order.filled, order.reserved) == (OrderStatus.FILLED_ALL, 2, 0)
    assert (order.security, order.strategy) == (APPLE, 4)
    fills = world.broker.todays_fills(SIM_US)
    assert sorted({fill.leg for fill in fills}) == [0, 1]
    by_leg = {leg: sum(fill.quantity for fill in fills if fill.leg == leg) for leg in (0, 1)}
    assert by_leg == {0: 2, 1: 2}
    paid = sum(fill.price * fill.quantity * (1 if fill.side.buys else -1) for fill in fills)
    assert order.filled_amount == paid
    assert paid <= (net + 500) * 2
    quantities = {row.security: (row.side.name, row.quantity) for row in world.broker.positions(SIM_US)}
    assert quantities == {terms.legs[0].security: ("LONG", 2), terms.legs[1].security: ("SHORT", 2)}


async def test_a_spread_that_can_not_be_had_waits_with_no_leg_alone(world: BrokerWorld) -> None:
    net = net_of(world, spread(world, 1, 0))
    order = await world.broker.place(SIM_US, spread(world, 3, (net - 2_000) / 10_000), client="test")
    assert (order.status, order.filled) == (OrderStatus.SUBMITTED, 0)
    assert order.reserved > 0
    assert world.broker.positions(SIM_US) == []
    texts = [step.text for step in world.broker.order_steps(SIM_US, order.order_id)]
    assert texts == ["Accepted from {client}.", "Waits until all legs can be had together."]
    change = OrderChange(3, price=(net + 3_000) / 10_000)
    changed = await world.broker.modify(SIM_US, order.order_id, ModifyOperation.NORMAL, change, client="test")
    assert (changed.status, changed.filled) == (OrderStatus.FILLED_ALL, 3)


async def test_a_waiting_spread_is_tried_again_when_books_change(world: BrokerWorld) -> None:
    net = net_of(world, spread(world, 1, 0))
    order = await world.broker.place(SIM_US, spread(world, 1, (net - 300) / 10_000), client="test")
    assert order.status is OrderStatus.SUBMITTED
    for _ in range(600):
        world.run(10, 2)
        now = world.order(SIM_US, order)
        held = {row.security: row.quantity for row in world.broker.positions(SIM_US)}
        assert len(held) in (0, 2), "no leg is ever alone"
        if now.status is OrderStatus.FILLED_ALL:
            break
    assert now.status is OrderStatus.FILLED_ALL
    assert now.filled_amount <= net - 300


async def test_units_are_whole(world: BrokerWorld) -> None:
    terms = spread(world, 1, 0)
    near = terms.legs[0].security
    offered = world.exchange.market(near).book.levels(Side.SELL, 1)[0].volume
    net = net_of(world, terms)
    many = offered + 3
    order = await world.broker.place(SIM_US, spread(world, many, net / 10_000), client="test")
    held = {row.security: row.quantity for row in world.broker.positions(SIM_US)}
    if order.filled:
        assert set(held.values()) == {order.filled}
        assert order.status is OrderStatus.FILLED_PART
    assert order.filled < many


async def test_a_market_combo_gives_up_what_nobody_offers(world: BrokerWorld) -> None:
    terms = spread(world, 1, 0)
    depth = min(
        sum(level.volume for level in world.exchange.market(leg.security).book.levels(side, 60))
        for leg, side in zip(terms.legs, (Side.SELL, Side.BUY), strict=True)
    )
    order = await world.broker.place(
        SIM_US, spread(world, min(2_999, depth + 5), 0, order_type=OrderType.MARKET), client="test"
    )
    assert order.status in (OrderStatus.CANCELLED_PART, OrderStatus.FILLED_ALL)
    held = {row.security: row.quantity for row in world.broker.positions(SIM_US)}
    assert set(held.values()) == {order.filled}


async def test_covered_calls_count_shares_in_the_net_price(world: BrokerWorld) -> None:
    call = series(world, APPLE, CALL, 2)
    legs = (ComboLegTerms(APPLE, BUY, 100), ComboLegTerms(call, SELL, 1))
    stock_ask, call_bid = world.exchange.best_prices(APPLE)[1], world.exchange.best_prices(call)[0]
    assert stock_ask is not None
    assert call_bid is not None
    net = (stock_ask - call_bid + 5_000) / 10_000
    terms = OrderTerms(APPLE, BUY, OrderType.NORMAL, 1, price=net, legs=legs, strategy=2)
    order = await world.broker.place(SIM_US, terms, client="test")
    assert order.status is OrderStatus.FILLED_ALL
    assert abs(order.filled_amount - net * 10_000) < 20_000


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ([0], "combo_legs"),
        ([0, 0], "combo_same_leg"),
        ([0, "put of Tencent"], "account_market"),
        ([0, "other stock"], "combo_underlying"),
        (["stock"], "combo_legs"),
    ],
)
async def test_what_makes_no_combo(world: BrokerWorld, legs: list[Any], code: str) -> None:
    named = {
        0: series(world, APPLE, CALL, 0),
        "put of Tencent": series(world, TENCENT, PUT, 0),
        "other stock": parse_security("US.MSFT"),
        "stock": APPLE,
    }
    chosen = tuple(ComboLegTerms(named[leg], BUY, 1) for leg in legs)
    terms = OrderTerms(APPLE, BUY, OrderType.NORMAL, 1, price=1.0, legs=chosen)
    with pytest.raises(UserFacingError) as refusal:
        await world.broker.place(REAL_US, terms, client="test")
    assert refusal.value.code == code


async def test_other_refusals(world: BrokerWorld) -> None:
    with pytest.raises(UserFacingError, match="combo_type"):
        await world.broker.place(SIM_US, spread(world, 1, 1.0, order_type=OrderType.STOP), client="test")
    with pytest.raises(UserFacingError, match="time_in_force_crypto"):
        await world.broker.place(SIM_US, spread(world, 1, 1.0, time_in_force=TimeInForce.IOC), client="test")
    with pytest.raises(UserFacingError, match="bad_field"):
        await world.broker.place(SIM_US, spread(world, 1, float("nan")), client="test")
    with pytest.raises(UserFacingError, match="order_cap_quantity"):
        await world.broker.place(SIM_US, spread(world, 5_000, 1.0), client="test")
    with pytest.raises(UserFacingError, match="combo_paper"):
        await BrokerWorld(strict_paper=True).broker.place(SIM_US, spread(world, 1, 1.0), client="test")
    effect = world.broker.combo_effect(REAL_HK, spread(world, 1, net_of(world, spread(world, 1, 0)) / 10_000))
    assert effect.buying_power_decrease > 0
