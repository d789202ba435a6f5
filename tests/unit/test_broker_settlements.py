"""How positions end: options, warrants and futures at expiry, and the forced closing of futures."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from fakes.broker_books import (
    APPLE,
    DAY,
    REAL_FUTURES,
    REAL_HK,
    REAL_US,
    RULES,
    SIM_OPTION,
    TENCENT,
    Books,
    FakePrices,
    future,
    option,
    units,
)

from core.model.trading import Currency, TradeSide, TradingMarket
from core.upstreams.practice.broker.instruments import Instrument, Product
from core.upstreams.practice.broker.records import AccountSpec, FillKind
from core.upstreams.practice.broker.settlements import (
    expiry_value,
    must_liquidate,
    next_to_liquidate,
    settle_expiry,
    settlement_fills,
)

BUY, SELL = TradeSide.BUY, TradeSide.SELL
CALL = option(APPLE, "AAPL260330C250000", 250)
PUT = option(APPLE, "AAPL260330P250000", 250, is_call=False)
INDEX_CALL = replace(CALL, is_index=True)
HK_CALL = option(TENCENT, "TCH260330C600000", 600)
HSI = future("HSI2603")
BULL = replace(TENCENT, product=Product.HK_WARRANT, strike=units(550), is_call=True, conversion_ratio=100.0)
BEAR = replace(BULL, is_call=False)


@pytest.mark.parametrize(
    ("instrument", "owner_price", "expected"),
    [
        (CALL, 250.009, 0),
        (CALL, 250.01, 0.01),
        (PUT, 240, 10),
        (PUT, 260, 0),
        # 1.5 % of 600 is 9.
        (HK_CALL, 608.99, 0),
        (HK_CALL, 609, 9),
        (HSI, 24_123, 24_123),
        (BULL, 600, 0.5),
        (BULL, 540, 0),
        (BEAR, 540, 0.1),
    ],
)
def test_value_at_expiry(instrument: Instrument, owner_price: float, expected: float) -> None:
    assert expiry_value(instrument, units(owner_price)) == units(expected)


@pytest.mark.parametrize(
    ("spec", "instrument", "quantity", "expected"),
    [
        (REAL_US, CALL, 2, [("option", SELL, 2, 0), ("stock", BUY, 200, 250)]),
        (REAL_US, CALL, -2, [("option", BUY, 2, 0), ("stock", SELL, 200, 250)]),
        (REAL_US, INDEX_CALL, 2, [("option", SELL, 2, 10)]),
        (REAL_US, PUT, 1, [("option", SELL, 1, 0)]),
        (replace(REAL_US, markets=(TradingMarket.HK,)), CALL, 1, [("option", SELL, 1, 10)]),
    ],
)
def test_us_stock_options_deliver_the_stock(
    spec: AccountSpec, instrument: Instrument, quantity: int, expected: list[tuple[str, TradeSide, int, float]]
) -> None:
    made = settle_expiry(spec, instrument, quantity, units(260), APPLE)
    shown = [("stock" if one.instrument is APPLE else "option", *one[1:]) for one in made]
    assert shown == [(kind, side, size, units(price)) for kind, side, size, price in expected]


def test_a_written_put_receives_the_stock_and_the_books_close() -> None:
    books = Books(REAL_US)
    books.fill(PUT, SELL, 1, units(4), fees=False)
    before = books.ledger.cash[Currency.USD]
    made = settle_expiry(REAL_US, PUT, -1, units(240), APPLE)
    ids = count(10)
    fills = settlement_fills(REAL_US, made, lambda security: security.code, lambda: next(ids), at=5.0, day=DAY)
    assert [(fill.kind, fill.order_id, fill.fill_id, fill.multiplier) for fill in fills] == [
        (FillKind.EXPIRY, 0, 10, 100),
        (FillKind.EXPIRY, 0, 11, 1),
    ]
    for fill, settled in zip(fills, made, strict=True):
        books.fill(settled.instrument, fill.side, fill.quantity, fill.price, fees=False)
    assert books.ledger.cash[Currency.USD] == before - units(25_000)
    assert list(books.ledger.positions) == [APPLE.security]
    assert books.ledger.realised == {Currency.USD: units(400)}


def test_hong_kong_options_are_settled_in_cash() -> None:
    (made,) = settle_expiry(SIM_OPTION, HK_CALL, -3, units(620), TENCENT)
    assert (made.instrument, made.side, made.quantity, made.price) == (HK_CALL, BUY, 3, units(20))
    (made,) = settle_expiry(REAL_HK, HK_CALL, 3, units(605), TENCENT)
    assert (made.side, made.price) == (SELL, 0)


def test_futures_are_closed_below_maintenance_the_nearest_and_worst_first() -> None:
    near, near_mini = HSI, future("MHI2603", "MHI", 10)
    far = future("HSI2604", day=HSI.last_day + 30)
    prices = FakePrices([near, near_mini, far], {"HK.HSI2603": 24_000, "HK.MHI2603": 24_000, "HK.HSI2604": 24_000})
    books = Books(REAL_FUTURES)
    state = books.state(prices)
    assert not must_liquidate(state, RULES)
    assert next_to_liquidate(state) is None
    for instrument, quantity in ((far, 4), (near_mini, 1), (near, 4)):
        books.fill(instrument, BUY, quantity, units(24_000), fees=False)
    assert not must_liquidate(state, RULES)
    # 1,000,000 less 9 x 50 and 10 a point against 8 x 88,000 and 17,600.
    for security in prices.lasts:
        prices.lasts[security] = units(23_400)
    assert not must_liquidate(state, RULES)
    for security in prices.lasts:
        prices.lasts[security] = units(23_200)
    assert must_liquidate(state, RULES)
    closed = []
    while (position := next_to_liquidate(state)) is not None:
        closed.append(position.security.code)
        books.fill(prices.instruments[position.security], SELL, position.quantity, units(23_200), fees=False)
    assert closed == ["HSI2603", "MHI2603", "HSI2604"]
    securities = Books(REAL_US)
    securities.fill(APPLE, BUY, 1_000, units(240))
    assert not must_liquidate(securities.state(FakePrices([APPLE], {"US.AAPL": 100})), RULES)
