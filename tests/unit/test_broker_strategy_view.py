"""The option strategy view: which positions belong together, and that a strategy's row is the sum of its legs."""

from __future__ import annotations

import pytest
from fakes.broker_books import APPLE, EXPIRY, REAL_US, TENCENT, Books, FakePrices, option, units

from core.model.trading import PositionSide, TradeSide
from core.upstreams.practice.broker.instruments import Instrument
from core.upstreams.practice.broker.strategy_view import COMBINED, LEG, strategy_view

C230, C240, C250, C260 = (option(APPLE, f"AAPL260330C{strike}000", strike) for strike in (230, 240, 250, 260))
P230, P240, P250 = (option(APPLE, f"AAPL260330P{strike}000", strike, is_call=False) for strike in (230, 240, 250))
FAR250 = option(APPLE, "AAPL260430C250000", 250, day=EXPIRY + 31)
FAR260 = option(APPLE, "AAPL260430C260000", 260, day=EXPIRY + 31)
EVERYTHING = [APPLE, TENCENT, C230, C240, C250, C260, P230, P240, P250, FAR250, FAR260]
PRICES = FakePrices(EVERYTHING, {one.security.label: 5 for one in EVERYTHING if one.is_option} | {"US.AAPL": 240})
Held = list[tuple[Instrument, int]]


def books_with(held: Held) -> Books:
    books = Books(REAL_US)
    for instrument, quantity in held:
        price = units(240 if instrument is APPLE else 4)
        books.fill(instrument, TradeSide.BUY if quantity > 0 else TradeSide.SELL, abs(quantity), price)
    return books


@pytest.mark.parametrize(
    ("held", "strategy"),
    [
        ([(C250, 2), (C260, -2)], 4),
        ([(P250, -1), (P240, 1)], 4),
        ([(C240, 3), (P240, 3)], 6),
        ([(C250, -1), (P230, -1)], 7),
        ([(APPLE, 200), (C250, -2)], 2),
        ([(APPLE, -100), (P230, -1)], 2),
        ([(APPLE, 100), (P230, 1), (C250, -1)], 8),
        ([(C230, 1), (C240, -2), (C250, 1)], 9),
        ([(C230, 2), (C240, -2), (C250, -2), (C260, 2)], 11),
        ([(P230, 1), (P240, -1), (C240, -1), (C250, 1)], 13),
        ([(P230, 1), (P240, -1), (C250, -1), (C260, 1)], 14),
        ([(C250, -1), (FAR250, 1)], 15),
        ([(C250, -1), (FAR260, 1)], 16),
        # The same side, other ratios, a call that is not covered: no strategies.
        ([(C250, 1), (C260, 1)], 0),
        ([(C250, 1), (C260, -2)], 0),
        ([(APPLE, 50), (C250, -1)], 0),
        ([(APPLE, 100), (C250, 1)], 0),
        ([(C250, 1)], 0),
    ],
)
def test_strategies_are_recognised(held: Held, strategy: int) -> None:
    rows = strategy_view(books_with(held).ledger.figures(PRICES, {}), PRICES)
    combined = [row for row in rows if row.position_type == COMBINED]
    assert [row.strategy for row in combined] == ([strategy] if strategy else [])
    if not strategy:
        assert [row.strategy for row in rows] == [1 if one.is_option else 0 for one, _ in held]
        return
    (whole,) = combined
    legs = rows[1:]
    assert rows[0] is whole
    assert all((leg.combo_id, leg.position_type, leg.strategy) == (whole.combo_id, LEG, strategy) for leg in legs)
    assert len(legs) == len(held)
    assert whole.market_value == sum(leg.market_value for leg in legs)
    assert whole.profit == sum(leg.profit for leg in legs)
    assert whole.position_id == whole.combo_id < 1 << 63
    assert whole.security == APPLE.security
    assert abs(whole.price * whole.quantity * whole.multiplier) == abs(whole.market_value)


def test_pairs_are_found_among_others_and_nothing_is_lost() -> None:
    held: Held = [(C250, 2), (P230, 1), (C260, -2), (FAR260, 5), (TENCENT, 100)]
    rows = strategy_view(books_with(held).ledger.figures(PRICES, {}), PRICES)
    assert [(row.security.code, row.position_type) for row in rows] == [
        ("AAPL", COMBINED),
        (C250.security.code, LEG),
        (C260.security.code, LEG),
        (P230.security.code, 0),
        (FAR260.security.code, 0),
        (TENCENT.security.code, 0),
    ]
    assert (rows[0].quantity, rows[0].can_sell, rows[0].side) == (2, 2, PositionSide.LONG)
