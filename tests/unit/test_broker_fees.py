"""Fees against examples that were computed by hand from the published schedules, and how they grow with fills."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.broker_books import (
    APPLE,
    MOUTAI,
    REAL_FUTURES,
    REAL_HK,
    REAL_US,
    RULES,
    SIM_HK,
    SIM_US,
    TENCENT,
    TRACKER,
    fill_of,
    future,
    option,
    units,
)
from hypothesis import given
from hypothesis import strategies as st

from core.model.trading import TradeSide
from core.upstreams.practice.broker.fee_schedule import Trade, add_up
from core.upstreams.practice.broker.instruments import Instrument, Product
from core.upstreams.practice.broker.records import AccountSpec, FillRecord

BUY, SELL = TradeSide.BUY, TradeSide.SELL
WARRANT = replace(TENCENT, product=Product.HK_WARRANT)
CALL = option(TENCENT, "TCH260330C600000", 600)
US_CALL = option(APPLE, "AAPL260330C250000", 250)


@pytest.mark.parametrize(
    ("spec", "instrument", "side", "quantity", "price", "expected"),
    [
        # 61,500: 0.03 % = 18.45; settlement 1.23, at least 2; stamp duty 61.50, rounded up; 3.47475; 1.6605; 0.09225.
        (REAL_HK, TENCENT, BUY, 100, 615, "Commission 18.45, Platform Fee 15, Settlement Fees 2, Stamp Duty 62, "
         "Trading Fee 3.47, SFC Transaction Levy 1.66, AFRC Transaction Levy 0.09"),
        # 100: all minimums; the AFRC levy of 0.00015 rounds to nothing.
        (REAL_HK, TENCENT, SELL, 100, 1, "Commission 3, Platform Fee 15, Settlement Fees 2, Stamp Duty 1, "
         "Trading Fee 0.01, SFC Transaction Levy 0.01"),
        # 10,000,000: settlement at most 100.
        (REAL_HK, TENCENT, BUY, 10_000, 1000, "Commission 3000, Platform Fee 15, Settlement Fees 100, "
         "Stamp Duty 10000, Trading Fee 565, SFC Transaction Levy 270, AFRC Transaction Levy 15"),
        (REAL_HK, TRACKER, SELL, 500, 25, "Commission 3.75, Platform Fee 15, Settlement Fees 2, Trading Fee 0.71, "
         "SFC Transaction Levy 0.34, AFRC Transaction Levy 0.02"),
        (REAL_HK, WARRANT, BUY, 10_000, 0.25, "Commission 3, Platform Fee 15, Settlement Fees 2, Trading Fee 0.14, "
         "SFC Transaction Levy 0.07"),
        (SIM_HK, TENCENT, BUY, 100, 615, "Commission 18.45, Platform Fee 15, Settlement Fees 2, Stamp Duty 62, "
         "Trading Fee 3.47, SFC Transaction Levy 1.66, AFRC Transaction Levy 0.09"),
        # 0.49 and 0.50 are below the minimums.
        (REAL_HK, APPLE, BUY, 100, 200, "Commission 0.99, Platform Fee 1, Settlement Fees 0.30"),
        (REAL_HK, APPLE, SELL, 100, 200, "Commission 0.99, Platform Fee 1, Settlement Fees 0.30, TAF 0.02"),
        (REAL_HK, APPLE, BUY, 1000, 200, "Commission 4.90, Platform Fee 5, Settlement Fees 3"),
        # 0.5 % of 100 is 0.50, but the two together pay 0.99.
        (REAL_HK, APPLE, BUY, 1000, 0.10, "Commission 0.99, Settlement Fees 3"),
        # 0.5 % of 1,200 is 6: commission 4.90, and the platform fee what is left.
        (REAL_HK, APPLE, BUY, 1000, 1.20, "Commission 4.90, Platform Fee 1.10, Settlement Fees 3"),
        (REAL_HK, APPLE, SELL, 60_000, 200, "Commission 294, Platform Fee 300, Settlement Fees 180, TAF 8.30"),
        (REAL_US, APPLE, BUY, 100, 200, ""),
        (REAL_US, APPLE, SELL, 1000, 200, "TAF 0.17, CAT Fee 0.03"),
        (REAL_US, US_CALL, SELL, 10, 5, "ORF 0.13, OCC Fee 0.25, TAF 0.03, CAT Fee 0.02"),
        (REAL_US, US_CALL, BUY, 10, 5, "ORF 0.13, OCC Fee 0.25, CAT Fee 0.02"),
        (REAL_HK, US_CALL, BUY, 10, 5, "Commission 6.50, Platform Fee 3, ORF 0.13, OCC Fee 0.25, CAT Fee 0.02"),
        # 20,000 x 0.0000221 = 0.442.
        (SIM_US, APPLE, SELL, 100, 200, "Commission 0.99, Platform Fee 1, Settlement Fees 0.30, "
         "SEC Fee 0.44, TAF 0.02"),
        (REAL_HK, MOUTAI, SELL, 1000, 10, "Commission 3, Platform Fee 15, Handling Fee 0.34, "
         "Securities Management Fee 0.20, Transfer Fee 0.30, Stamp Duty 5"),
        # 2 contracts of 100 shares at 10: 0.2 % of 2,000.
        (REAL_HK, CALL, BUY, 2, 10, "Commission 4, Platform Fee 15, Trading Tariff 6"),
        (REAL_FUTURES, future("HSI2603"), BUY, 2, 20_000, "Commission 24, Platform Fee 10, Exchange Fee 20, "
         "SFC Levy 1.08"),
        (REAL_FUTURES, future("MHI2603", "MHI", 10), SELL, 1, 20_000, "Commission 5, Platform Fee 5, "
         "Exchange Fee 3.50, SFC Levy 0.10"),
    ],
)  # fmt: skip
def test_published_schedules(
    spec: AccountSpec, instrument: Instrument, side: TradeSide, quantity: int, price: float, expected: str
) -> None:
    fees = RULES.fees.of_fill(spec, instrument, side, quantity, units(price))
    lines = [line.rpartition(" ") for line in expected.split(", ")] if expected else []
    assert fees == tuple((title, units(float(amount))) for title, _, amount in lines)
    assert RULES.fees.estimate(spec, instrument, side, quantity, units(price)) == sum(amount for _, amount in fees)


def test_an_order_pays_commission_once_a_day_and_third_parties_per_fill() -> None:
    fills: list[FillRecord] = []
    charged: list[tuple[str, int]] = []
    for number in (1, 2, 3):
        charged += RULES.fees.of_fill(REAL_HK, TENCENT, BUY, 100, units(1), fills)
        fills.append(fill_of(REAL_HK, TENCENT, BUY, 100, units(1), number))
    assert dict(add_up(charged)) == {
        "Commission": units(3),
        "Platform Fee": units(15),
        "Settlement Fees": units(6),
        "Stamp Duty": units(3),
        "Trading Fee": units(0.03),
        "SFC Transaction Levy": units(0.03),
    }


@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.integers(1, 3_000_000)), min_size=1, max_size=12),
    st.sampled_from([(REAL_HK, TENCENT), (REAL_HK, APPLE), (REAL_HK, MOUTAI), (REAL_HK, CALL), (SIM_US, US_CALL)]),
    st.sampled_from([BUY, SELL]),
)
def test_order_fees_of_parts_are_those_of_the_whole(
    parts: list[tuple[int, int]], who: tuple[AccountSpec, Instrument], side: TradeSide
) -> None:
    spec, instrument = who
    plan = RULES.fees.plan(spec, instrument.product)
    assert plan is not None
    order_titles = {line.title for line in plan.lines if line.per_order}
    fills: list[FillRecord] = []
    charged: dict[str, int] = {}
    for number, (quantity, price) in enumerate(parts, start=1):
        for title, amount in RULES.fees.of_fill(spec, instrument, side, quantity, price, fills):
            charged[title] = charged.get(title, 0) + amount
        fills.append(fill_of(spec, instrument, side, quantity, price, number))
    quantity = sum(fill.quantity for fill in fills)
    amount = sum(fill.quantity * fill.price * fill.multiplier for fill in fills)
    whole = plan.of_order(Trade(quantity, amount), not side.buys, instrument.root)
    assert sum(whole) == sum(amount for title, amount in charged.items() if title in order_titles)
