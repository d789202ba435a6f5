"""Margins, reservations, largest quantities and funds: by hand, and that no accepted order leaves margin short."""

from __future__ import annotations

import pytest
from fakes.broker_books import (
    APPLE,
    DAY,
    MOUTAI,
    REAL_FUTURES,
    REAL_HK,
    REAL_US,
    RULES,
    SIM_CN,
    SIM_HK,
    SIM_OPTION,
    SIM_US,
    SMALL,
    TENCENT,
    Books,
    FakePrices,
    future,
    option,
    order_of,
    units,
)
from hypothesis import given
from hypothesis import strategies as st

from core.model.trading import ComboLegTerms, Currency, OrderType, TradeSide, TradingMarket
from core.upstreams.practice.broker.account_money import AccountState, available, can_afford, requirement
from core.upstreams.practice.broker.funds import FundsFigures, funds_figures
from core.upstreams.practice.broker.instruments import Instrument
from core.upstreams.practice.broker.margin import Level
from core.upstreams.practice.broker.max_quantities import MaxQuantities, max_quantities
from core.upstreams.practice.broker.records import AccountSpec, OrderRecord
from core.upstreams.practice.broker.reserves import Change, combo_effect, margin_change, reserve_for, reserve_left

BUY, SELL, SHORT, BACK = TradeSide.BUY, TradeSide.SELL, TradeSide.SELL_SHORT, TradeSide.BUY_BACK
HSI = future("HSI2603")
CALL_250 = option(APPLE, "AAPL260330C250000", 250)
CALL_260 = option(APPLE, "AAPL260330C260000", 260)
PUT_230 = option(APPLE, "AAPL260330P230000", 230, is_call=False)
TENCENT_CALL = option(TENCENT, "TCH260330C650000", 650)
ALL = [TENCENT, SMALL, APPLE, MOUTAI, HSI, CALL_250, CALL_260, PUT_230, TENCENT_CALL]
LASTS = {
    "HK.00700": 600.0, "HK.08888": 1.0, "US.AAPL": 240.0, "SH.600519": 1500.0, "HK.HSI2603": 24_000.0,
    "US.AAPL260330C250000": 5.0, "US.AAPL260330C260000": 3.0, "US.AAPL260330P230000": 4.0,
    "HK.TCH260330C650000": 10.0,
}  # fmt: skip


def at(**lasts: float) -> FakePrices:
    return FakePrices(ALL, {**LASTS, **{name.replace("_", "."): price for name, price in lasts.items()}})


def last(instrument: Instrument) -> int:
    return units(LASTS[instrument.security.label])


def reserve(
    state: AccountState, instrument: Instrument, side: TradeSide, quantity: int, kind: OrderType = OrderType.NORMAL
) -> int:
    return reserve_for(state, RULES, instrument, side, kind, quantity, last(instrument))


def test_a_cash_account_holds_back_the_whole_purchase() -> None:
    books = Books(SIM_HK)
    state = books.state(at())
    # 60,000; commission 18, platform 15, settlement 2, stamp 60, 3.39, 1.62, 0.09.
    assert reserve(state, TENCENT, BUY, 100) == units(60_000 + 100.10)
    assert reserve(state, TENCENT, BUY, 100, OrderType.MARKET) == units(63_000 + 18.9 + 15 + 2 + 63 + 3.56 + 1.7 + 0.09)
    assert reserve(state, TENCENT, SELL, 100) == 0
    assert max_quantities(state, RULES, TENCENT, OrderType.NORMAL, last(TENCENT)) == MaxQuantities(1600, 1600, 0, 0, 0)
    waiting = order_of(SIM_HK, TENCENT, BUY, 100, last(TENCENT), order_id=7, reserved=units(60_100.10))
    state = books.state(at(), [waiting])
    assert available(state, RULES, Currency.HKD) == units(1_000_000 - 60_100.10)
    assert max_quantities(state, RULES, TENCENT, OrderType.NORMAL, last(TENCENT)).cash_buy == 1500
    assert max_quantities(state, RULES, TENCENT, OrderType.NORMAL, last(TENCENT), order_id=7).cash_buy == 1600
    assert can_afford(state, RULES, units(939_899.90), Currency.HKD)
    assert not can_afford(state, RULES, units(939_899.91), Currency.HKD)


def test_a_margin_account_holds_back_initial_margin_and_fees() -> None:
    state = Books(REAL_HK).state(at())
    assert reserve(state, TENCENT, BUY, 100) == units(24_000 + 100.10)
    assert reserve(state, SMALL, BUY, 1000) == units(1_000 + 3 + 15 + 2 + 1 + 0.06 + 0.03)
    assert reserve(state, APPLE, SHORT, 100) == units(0.6 * 24_000 + 0.99 + 1 + 0.30 + 0.02)
    # USD comes out of HKD 1,000,000 = USD 128,205: an overdraft, up to 35 % margin.
    most = max_quantities(state, RULES, APPLE, OrderType.NORMAL, last(APPLE))
    assert most.cash_and_margin_buy == pytest.approx(128_205 / (240 * 0.35), abs=3)
    assert most.cash_buy == pytest.approx(128_205 / 240, abs=3)
    assert most.sell_short == pytest.approx(128_205 / (240 * 0.6), abs=3)
    assert max_quantities(state, RULES, SMALL, OrderType.NORMAL, last(SMALL)).sell_short == 0
    assert max_quantities(state, RULES, HSI, OrderType.NORMAL, last(HSI)) == MaxQuantities(0, 0, 0, 0, 0)


def test_closing_holds_nothing_back_and_what_goes_beyond_does() -> None:
    books = Books(REAL_HK)
    books.fill(APPLE, SHORT, 100, last(APPLE))
    state = books.state(at())
    assert reserve(state, APPLE, BACK, 100) == 0
    most = max_quantities(state, RULES, APPLE, OrderType.NORMAL, last(APPLE))
    assert (most.buy_back, most.position_sell) == (100, 0)
    first = order_of(REAL_HK, APPLE, BACK, 100, last(APPLE))
    state = books.state(at(), [first])
    assert reserve(state, APPLE, BUY, 100) == units(0.35 * 24_000 + 0.99 + 1 + 0.30)
    assert max_quantities(state, RULES, APPLE, OrderType.NORMAL, last(APPLE)).buy_back == 0
    assert reserve_left(units(100), 300, 100) == units(100) // 3 + 1
    assert reserve_left(units(100), 0, 0) == 0


def test_futures_take_margin_per_contract() -> None:
    books = Books(REAL_FUTURES)
    state = books.state(at())
    assert reserve(state, HSI, BUY, 2) == units(220_000 + 24 + 10 + 20 + 1.08)
    assert max_quantities(state, RULES, HSI, OrderType.NORMAL, last(HSI)) == MaxQuantities(
        0, 9, 0, 9, 0, units(110_000), units(110_000)
    )
    books.fill(HSI, BUY, 2, last(HSI), fees=False)
    most = max_quantities(books.state(at()), RULES, HSI, OrderType.NORMAL, last(HSI))
    assert (most.position_sell, most.cash_and_margin_buy) == (2, 7)
    assert (most.long_required_margin, most.short_required_margin) == (units(110_000), -units(110_000))
    funds = funds_figures(books.state(at(HK_HSI2603=23_000.0)), RULES, Currency.HKD)
    assert (funds.total_assets, funds.unrealised) == (units(900_000), units(-100_000))
    assert (funds.initial_margin, funds.maintenance_margin) == (units(220_000), units(176_000))
    assert (funds.available_funds, funds.power, funds.market_value) == (units(680_000), units(680_000), 0)
    assert (funds.risk_level, funds.market_rows) == (0, ())


def option_margin(books: Books, **lasts: float) -> int:
    return requirement(books.state(at(**lasts)), RULES, Level.INITIAL, Currency.USD)


def test_short_options_by_the_published_rule() -> None:
    books = Books(REAL_US)
    books.fill(CALL_250, SELL, 2, units(5), fees=False)
    # 20 % of 240 less 10 out of the money; the premium is in net assets already.
    assert option_margin(books) == units(2 * 100 * (48 - 10))
    # At 150 the least counts: 10 % of the underlying.
    assert option_margin(books, US_AAPL=150.0) == units(2 * 100 * 15)
    books = Books(REAL_US)
    books.fill(PUT_230, SELL, 1, units(4), fees=False)
    assert option_margin(books) == units(100 * (48 - 10))
    assert option_margin(books, US_AAPL=400.0) == units(100 * 23)
    books.fill(CALL_250, BUY, 3, units(5), fees=False)
    assert option_margin(books) == units(3_800 + 1_500)


def test_spreads_and_covered_calls_need_what_they_can_lose() -> None:
    debit = Books(REAL_US)
    debit.fill(CALL_250, BUY, 1, units(5), fees=False)
    debit.fill(CALL_260, SELL, 1, units(3), fees=False)
    # The net premium, which is in the positions' value.
    assert option_margin(debit) == units(200)
    assert available(debit.state(at()), RULES, Currency.USD) == units(100_000 - 200)
    credit = Books(REAL_US)
    credit.fill(CALL_250, SELL, 1, units(5), fees=False)
    credit.fill(CALL_260, BUY, 1, units(3), fees=False)
    assert available(credit.state(at()), RULES, Currency.USD) == units(100_000 - (1_000 - 200))
    covered = Books(REAL_US)
    covered.fill(APPLE, BUY, 100, units(240), fees=False)
    covered.fill(CALL_250, SELL, 1, units(5), fees=False)
    assert option_margin(covered) == units(0.35 * 24_000)
    # The shares that cover a call cannot leave without margin for it; nor can a second order use the cover again.
    state = covered.state(at())
    assert margin_change(state, RULES, [Change(APPLE, -100, units(240))], Level.INITIAL) == units(3_800 - 8_400)
    books = Books(REAL_US)
    books.fill(APPLE, BUY, 100, units(240), fees=False)
    written = order_of(REAL_US, CALL_260, SELL, 1, units(3))
    assert reserve(books.state(at()), CALL_250, SELL, 1) == 0
    assert reserve(books.state(at(), [written]), CALL_250, SELL, 1) > units(2_800)


def test_what_a_combo_would_do() -> None:
    state = Books(REAL_US).state(at())
    legs = (ComboLegTerms(CALL_250.security, SELL, 1), ComboLegTerms(CALL_260.security, BUY, 1))
    instruments = {one.security: one for one in (CALL_250, CALL_260)}
    effect = combo_effect(state, RULES, legs, instruments, 2, units(-2))
    fees = units(2 * (0.03 + 0.05) + 0.01)
    assert effect.net_assets_change == -fees
    assert effect.initial_margin_change == effect.maintenance_margin_change == units(2 * 800)
    assert effect.buying_power_decrease == units(1_600) + fees == -effect.max_withdrawal_change
    assert effect.option_buying_power == units(100_000)
    # A worse price than the market's costs its difference.
    worse = combo_effect(state, RULES, legs, instruments, 2, units(-1.5))
    assert worse.net_assets_change == effect.net_assets_change - units(100)


def test_funds_of_an_account_with_several_currencies() -> None:
    books = Books(REAL_HK)
    books.fill(TENCENT, BUY, 100, units(600), fees=False)
    books.fill(APPLE, BUY, 100, units(240), fees=False)
    waiting = order_of(REAL_HK, APPLE, BUY, 100, units(240), reserved=units(8_402.29))
    funds = funds_figures(books.state(at(US_AAPL=250.0), [waiting]), RULES, Currency.HKD)
    assert funds.total_assets == funds.securities_assets == units(1_000_000 + 1_000 * 7.8)
    assert (funds.cash, funds.debt_cash) == (units(940_000 - 24_000 * 7.8), units(24_000 * 7.8))
    assert funds.market_value == funds.long_value == units(60_000 + 25_000 * 7.8)
    assert funds.initial_margin == units(24_000 + 0.35 * 25_000 * 7.8)
    assert funds.maintenance_margin == units(18_000 + 0.25 * 25_000 * 7.8)
    assert funds.frozen_cash == units(8_402.29 * 7.8)
    assert funds.available_funds == funds.total_assets - funds.initial_margin - funds.frozen_cash
    assert funds.power == funds.available_funds * 2
    assert (funds.risk_status, funds.today_profit, funds.unrealised) == (2, units(7_800), units(7_800))
    rows = {row.currency: row for row in funds.cash_rows}
    assert list(rows) == [Currency.HKD, Currency.USD, Currency.CNH]
    assert (rows[Currency.USD].cash, rows[Currency.USD].buying_power) == (units(-24_000), 0)
    assert rows[Currency.HKD].withdrawable == funds.available_funds
    assert {row.market: row.assets for row in funds.market_rows} == {
        TradingMarket.HK: units(1_000_000), TradingMarket.US: units(1_000), TradingMarket.HKCC: 0,
    }  # fmt: skip
    in_dollars = funds_figures(books.state(at(US_AAPL=250.0), [waiting]), RULES, Currency.USD)
    assert in_dollars.total_assets == pytest.approx(funds.total_assets / 7.8, abs=3)
    assert funds.day_trading is None


def test_funds_of_short_positions_and_cash_accounts() -> None:
    books = Books(REAL_US)
    books.fill(APPLE, SHORT, 100, units(240), fees=False)
    funds = funds_figures(books.state(at(US_AAPL=250.0)), RULES, Currency.USD)
    assert (funds.long_value, funds.short_value, funds.market_value) == (0, units(-25_000), units(-25_000))
    assert (funds.cash, funds.total_assets) == (units(124_000), units(99_000))
    assert (funds.initial_margin, funds.margin_call_margin, funds.maintenance_margin) == (
        units(15_000), units(13_250), units(10_000),
    )  # fmt: skip
    assert funds.day_trading is not None
    assert (funds.day_trading.trades_left, funds.day_trading.status) == ("3", 1)
    books.fill(APPLE, BACK, 100, units(240), fees=False)
    funds = funds_figures(books.state(at()), RULES, Currency.USD)
    assert funds.day_trading is not None
    assert funds.day_trading.trades_left == "2"
    books = Books(SIM_CN)
    books.fill(MOUTAI, BUY, 100, units(1_500), fees=False)
    funds = funds_figures(books.state(at()), RULES, Currency.CNH)
    assert (funds.power, funds.max_power_short, funds.initial_margin) == (units(850_000), 0, 0)
    assert (funds.risk_status, funds.total_assets) == (1, units(1_000_000))


def risk(price: float) -> FundsFigures:
    books = Books(REAL_US)
    books.fill(APPLE, BUY, 1_000, units(240), fees=False)
    return funds_figures(books.state(at(US_AAPL=price)), RULES, Currency.USD)


def test_risk_rises_as_net_assets_fall() -> None:
    """100,000 and 1,000 shares bought at 240: net assets 100,000 + 1,000 x (price - 240)."""
    assert [risk(price).risk_status for price in (240, 230, 214, 208, 200, 180)] == [6, 6, 7, 7, 8, 9]
    assert risk(200).risk_level == 1
    assert risk(180).risk_level == 2
    assert risk(200).power == 0
    assert risk(200).available_funds < 0


def test_paper_accounts_have_the_published_margins() -> None:
    books = Books(SIM_US)
    books.fill(APPLE, BUY, 100, units(240), fees=False)
    funds = funds_figures(books.state(at()), RULES, Currency.USD)
    assert (funds.initial_margin, funds.maintenance_margin) == (units(12_000), units(9_600))
    assert reserve(Books(SIM_US).state(at()), APPLE, SHORT, 100) == units(14_400 + 0.99 + 1 + 0.3 + 0.53 + 0.02)
    assert reserve(Books(SIM_OPTION).state(at()), TENCENT_CALL, BUY, 1) == units(1_000 + 3 + 15 + 3)


Wanted = list[tuple[Instrument, bool, int, int]]


def orders_of(instruments: list[Instrument]) -> st.SearchStrategy[Wanted]:
    """Make orders: instrument, buys, lots, and in which place it is filled (0 is cancelled)."""
    one = st.tuples(st.sampled_from(instruments), st.booleans(), st.integers(1, 40), st.integers(0, 9))
    return st.lists(one, min_size=1, max_size=14)


def check_that_margin_lasts(spec: AccountSpec, wanted: Wanted) -> None:
    books, open_orders = Books(spec), list[tuple[int, Instrument, OrderRecord]]()
    for number, (instrument, buys, lots, place) in enumerate(wanted, start=1):
        quantity = lots * instrument.lot_size
        if instrument.lot_size == 1 and not instrument.is_option and not instrument.is_future:
            quantity *= 50
        state = books.state(at(), [order for _, _, order in open_orders])
        side = BUY if buys else SELL
        held = reserve(state, instrument, side, quantity)
        if can_afford(state, RULES, held, instrument.currency):
            order = order_of(spec, instrument, side, quantity, last(instrument), order_id=number, reserved=held)
            open_orders.append((place, instrument, order))
    for place, instrument, order in sorted(open_orders, key=lambda waiting: waiting[0]):
        if place:
            books.fill(instrument, order.side, order.quantity, order.price)
            state = books.state(at())
            left = available(state, RULES, spec.currency)
            # Orders that hold nothing back still pay fees.
            assert left >= -sum(books.ledger.fees.values()) * 8, (left, books.ledger.positions.keys())


@given(orders_of([TENCENT, APPLE, CALL_250, CALL_260, PUT_230, TENCENT_CALL]))
def test_whatever_is_accepted_and_filled_leaves_no_margin_short(wanted: Wanted) -> None:
    check_that_margin_lasts(REAL_HK, wanted)


@given(orders_of([APPLE, CALL_250, CALL_260, PUT_230]))
def test_options_and_their_cover_leave_no_margin_short(wanted: Wanted) -> None:
    check_that_margin_lasts(REAL_US, wanted)


@given(orders_of([HSI]))
def test_futures_leave_no_margin_short(wanted: Wanted) -> None:
    check_that_margin_lasts(REAL_FUTURES, wanted)


WHO = [(REAL_HK, TENCENT), (REAL_HK, APPLE), (REAL_US, CALL_250), (REAL_FUTURES, HSI), (SIM_HK, TENCENT)]


@given(
    st.integers(0, 40),
    st.booleans(),
    st.sampled_from(
        [(REAL_HK, TENCENT), (REAL_HK, APPLE), (REAL_US, CALL_250), (REAL_FUTURES, HSI), (SIM_HK, TENCENT)]
    ),
    st.sampled_from([OrderType.NORMAL, OrderType.MARKET]),
)
def test_the_largest_quantity_is_affordable_and_one_more_is_not(
    held: int, buys: bool, who: tuple[AccountSpec, Instrument], kind: OrderType
) -> None:
    spec, instrument = who
    books = Books(spec)
    if held:
        books.fill(instrument, BUY, held % 5 * instrument.lot_size or instrument.lot_size, last(instrument))
    state = books.state(at())
    most = max_quantities(state, RULES, instrument, kind, last(instrument))
    if buys:
        most_now = most.cash_and_margin_buy
        side = BUY
    else:
        if not spec.allows_short:
            return
        most_now, side = most.position_sell + most.sell_short, SHORT
    left = available(state, RULES, instrument.currency)
    assert reserve(state, instrument, side, most_now, kind) <= left
    assert reserve(state, instrument, side, most_now + instrument.lot_size, kind) > left


def test_the_day_of_the_pool_is_the_trading_day() -> None:
    pool = RULES.margins.short_pool(REAL_HK.environment, APPLE, DAY)
    assert pool == RULES.margins.short_pool(REAL_HK.environment, APPLE, DAY)
    assert pool % 100 == 0
