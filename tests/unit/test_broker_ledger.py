"""The books of an account: costs, profits and day figures by hand, and identities that hold for any trading."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.broker_books import (
    APPLE,
    DAY,
    MOUTAI,
    REAL_FUTURES,
    REAL_HK,
    SIM_CN,
    TENCENT,
    TRACKER,
    Books,
    FakePrices,
    future,
    option,
    order_of,
    units,
)
from hypothesis import given
from hypothesis import strategies as st

from core.model.trading import ComboLegTerms, Currency, OrderStatus, PositionSide, TradeSide
from core.upstreams.practice.broker.instruments import Instrument
from core.upstreams.practice.broker.ledger import AccountLedger, rebuild
from core.upstreams.practice.broker.positions import PositionFigures, pending_quantities
from core.upstreams.practice.broker.records import EntryKind

BUY, SELL, SHORT, BACK = TradeSide.BUY, TradeSide.SELL, TradeSide.SELL_SHORT, TradeSide.BUY_BACK
HSI = future("HSI2603")
CALL = option(APPLE, "AAPL260330C250000", 250)
LASTS = {"HK.00700": 620.0, "HK.02800": 25.0, "US.AAPL": 240.0, "SH.600519": 1500.0, "HK.HSI2603": 24_500.0}
LASTS["US.AAPL260330C250000"] = 4.0


def prices(day: int = DAY, **lasts: float) -> FakePrices:
    named = {name.replace("_", "."): price for name, price in lasts.items()}
    return FakePrices([TENCENT, TRACKER, APPLE, MOUTAI, HSI, CALL], {**LASTS, **named}, day)


def only(books: Books, at: FakePrices) -> PositionFigures:
    (row,) = books.ledger.figures(at, {})
    return row


def test_average_and_diluted_cost_part_when_something_is_sold() -> None:
    books = Books(REAL_HK)
    books.fill(TENCENT, BUY, 200, units(600), fees=False)
    books.fill(TENCENT, BUY, 100, units(630), fees=False)
    books.fill(TENCENT, SELL, 100, units(640), fees=False)
    row = only(books, prices())
    assert (row.quantity, row.can_sell, row.side) == (200, 200, PositionSide.LONG)
    assert row.average_cost == 610
    # (120,000 + 63,000 - 64,000) / 200.
    assert row.diluted_cost == row.cost == 595
    assert (row.realised, row.unrealised) == (units(3_000), units(2_000))
    assert row.profit == units(200 * (620 - 595))
    assert row.profit_ratio == pytest.approx((620 - 595) / 595)
    assert row.average_profit_ratio == pytest.approx(10 / 610)
    assert row.market_value == units(124_000)
    assert books.ledger.cash[Currency.HKD] == units(1_000_000 - 120_000 - 63_000 + 64_000)


def test_fees_belong_to_diluted_cost_and_to_the_day() -> None:
    books = Books(REAL_HK)
    books.fill(TENCENT, BUY, 100, units(615))
    row = only(books, prices(HK_00700=615.0))
    paid = units(18.45 + 15 + 2 + 62 + 3.47 + 1.66 + 0.09)
    assert row.average_cost == 615
    assert row.diluted_cost == pytest.approx(615 + paid / 100 / 10_000)
    assert row.profit == row.today_profit == -paid
    assert books.ledger.fees == {Currency.HKD: paid}
    kinds = [entry.kind for entry in books.entries]
    assert kinds == [EntryKind.DEPOSIT, EntryKind.TRADE] + [EntryKind.FEE] * 7


def test_a_short_position_mirrors_a_long_one() -> None:
    books = Books(REAL_HK)
    books.fill(APPLE, SHORT, 100, units(250), fees=False)
    books.fill(APPLE, BACK, 40, units(240), fees=False)
    row = only(books, prices())
    assert (row.side, row.quantity, row.can_sell) == (PositionSide.SHORT, 60, 60)
    assert row.average_cost == 250
    assert row.realised == units(400)
    assert row.unrealised == units(600)
    assert row.market_value == -units(60 * 240)
    # (25,000 received - 9,600 paid) / 60.
    assert row.diluted_cost == pytest.approx(15_400 / 60)
    assert row.profit == units(15_400 - 60 * 240)


def test_a_fill_beyond_the_position_closes_it_and_opens_another() -> None:
    books = Books(REAL_HK)
    first = books.fill(APPLE, BUY, 100, units(250), fees=False)
    second = books.fill(APPLE, SELL, 150, units(260), fees=False)
    row = only(books, prices(US_AAPL=260.0))
    assert (row.position_id, row.side, row.quantity) == (second.fill_id, PositionSide.SHORT, 50)
    assert first.fill_id != second.fill_id
    assert row.average_cost == 260
    assert books.ledger.realised == {Currency.USD: units(1_000)}
    assert row.today_profit == units(1_000)


def test_a_future_moves_cash_only_by_what_it_realises() -> None:
    books = Books(REAL_FUTURES)
    books.fill(HSI, BUY, 2, units(24_000), fees=False)
    assert books.ledger.cash[Currency.HKD] == units(1_000_000)
    row = only(books, prices())
    assert (row.market_value, row.average_cost, row.cost) == (0, 24_000, 24_000)
    assert row.profit == row.unrealised == units(2 * 500 * 50)
    books.fill(HSI, SELL, 1, units(24_400), fees=False)
    assert books.ledger.cash[Currency.HKD] == units(1_020_000)
    row = only(books, prices())
    assert (row.realised, row.unrealised) == (units(20_000), units(25_000))
    books.fill(HSI, SELL, 2, units(24_300))
    # 15,000 more for the last long contract; the second one opens a short position.
    fees = books.ledger.fees[Currency.HKD]
    assert fees == units(24 + 10 + 20 + 1.08)
    assert books.ledger.cash[Currency.HKD] == units(1_035_000) - fees
    assert only(books, prices()).side is PositionSide.SHORT


def test_a_shares_bought_today_are_sold_tomorrow() -> None:
    books = Books(SIM_CN)
    books.fill(MOUTAI, BUY, 200, units(1_500), day=DAY - 1)
    books.fill(MOUTAI, BUY, 100, units(1_500))
    assert only(books, prices()).can_sell == 200
    books.fill(MOUTAI, SELL, 100, units(1_500))
    assert only(books, prices()).can_sell == 100
    assert only(books, prices(DAY + 1)).can_sell == 200
    books = Books(REAL_HK)
    books.fill(TENCENT, BUY, 100, units(600))
    assert only(books, prices()).can_sell == 100


def test_open_orders_freeze_what_they_would_close() -> None:
    books = Books(REAL_HK)
    books.fill(TENCENT, BUY, 300, units(600))
    orders = [
        order_of(REAL_HK, TENCENT, SELL, 100, units(650)),
        order_of(REAL_HK, TENCENT, BUY, 500, units(500)),
        order_of(REAL_HK, TENCENT, SELL, 100, units(700), status=OrderStatus.CANCELLED_ALL),
        replace(order_of(REAL_HK, TENCENT, SELL, 200, units(660)), filled=150),
        replace(order_of(REAL_HK, APPLE, BUY, 2, 0), legs=(ComboLegTerms(TENCENT.security, SELL, 10),)),
    ]
    (row,) = books.ledger.figures(prices(), pending_quantities(orders))
    assert row.can_sell == 300 - 100 - 50 - 20


def test_today_counts_from_yesterdays_close() -> None:
    books = Books(REAL_HK)
    books.fill(TENCENT, BUY, 300, units(600), day=DAY - 1, fees=False)
    books.fill(TENCENT, SELL, 100, units(625), fees=False)
    books.fill(TENCENT, BUY, 200, units(615), fees=False)
    at = prices()
    at.closes[TENCENT.security] = units(610)
    row = only(books, at)
    # 200 kept from 610 to 620, 100 sold at 625, 200 bought at 615.
    assert row.today_profit == units(2_000 + 1_500 + 1_000)
    assert (row.today_bought, row.today_sold, row.today_traded) == (200, 100, units(123_000 + 62_500))
    at = prices(DAY + 1)
    at.closes[TENCENT.security] = units(620)
    row = only(books, at)
    assert (row.today_bought, row.today_sold, row.today_profit) == (0, 0, 0)


def test_what_was_closed_today_still_counts_today() -> None:
    books = Books(REAL_HK)
    books.fill(TENCENT, BUY, 100, units(600), fees=False)
    books.fill(TENCENT, SELL, 100, units(605), fees=False)
    assert books.ledger.figures(prices(), {}) == []
    (row,) = books.ledger.figures(prices(), {}, closed_today=True)
    assert (row.quantity, row.today_profit, row.realised, row.profit_ratio) == (0, units(500), units(500), None)
    assert books.ledger.today_profits(prices()) == {Currency.HKD: units(500)}
    assert books.ledger.figures(prices(DAY + 1), {}, closed_today=True) == []


def test_records_must_belong_and_come_in_order() -> None:
    ledger = AccountLedger(REAL_HK.account_id)
    books = Books(REAL_HK)
    books.fill(TENCENT, BUY, 100, units(600))
    with pytest.raises(ValueError, match="does not follow its fill"):
        ledger.apply(books.entries[1])
    with pytest.raises(ValueError, match="a record of account"):
        AccountLedger(1).apply(books.fills[0])


def test_history_before_a_reset_counts_no_more() -> None:
    books = Books(REAL_HK)
    books.fill(TENCENT, BUY, 100, units(600))
    last = (books.fills[-1].fill_id, books.entries[-1].entry_id)
    ledger = rebuild(REAL_HK.account_id, books.fills, books.entries, last_fill_id=last[0], last_entry_id=last[1])
    assert (ledger.cash, ledger.positions, ledger.realised) == ({}, {}, {})


Trades = list[tuple[Instrument, bool, int, int, int]]
SECURITIES = [TENCENT, TRACKER, APPLE, CALL]


def trades(instruments: list[Instrument]) -> st.SearchStrategy[Trades]:
    """Make fills over some days: instrument, buys, quantity, price, day."""
    one = st.tuples(
        st.sampled_from(instruments),
        st.booleans(),
        st.integers(1, 500),
        st.integers(0, 7_000_000),
        st.integers(0, 3),
    )
    return st.lists(one, min_size=1, max_size=30).map(lambda made: sorted(made, key=lambda trade: trade[4]))


def traded(books: Books, made: Trades, *, fees: bool = True) -> Books:
    for instrument, buys, quantity, price, day in made:
        books.fill(instrument, BUY if buys else SELL, quantity, price, day=DAY + day, fees=fees)
    return books


@given(trades(SECURITIES))
def test_cash_and_positions_are_start_and_profit_less_fees(made: Trades) -> None:
    books = traded(Books(REAL_HK), made)
    ledger, at = books.ledger, prices(DAY + 3)
    rows = ledger.figures(at, {})
    for currency in Currency:
        wealth = ledger.cash.get(currency, 0) + sum(row.market_value for row in rows if row.currency is currency)
        profit = ledger.realised.get(currency, 0) + sum(row.unrealised for row in rows if row.currency is currency)
        start = ledger.deposits.get(currency, 0)
        assert wealth == start + profit - ledger.fees.get(currency, 0)
    assert all(row.quantity > 0 for row in rows)
    assert len({row.position_id for row in rows}) == len(rows)


@given(trades([HSI, future("MHI2603", "MHI", 10)]))
def test_a_futures_account_has_start_and_realised_profit_less_fees(made: Trades) -> None:
    ledger = traded(Books(REAL_FUTURES), made).ledger
    fees, realised = ledger.fees.get(Currency.HKD, 0), ledger.realised.get(Currency.HKD, 0)
    assert ledger.cash[Currency.HKD] == ledger.deposits[Currency.HKD] + realised - fees


@given(trades([*SECURITIES, MOUTAI]), st.randoms(use_true_random=False))
def test_books_made_again_are_the_books_that_were_kept(made: Trades, dice) -> None:  # type: ignore[no-untyped-def]
    books = traded(Books(REAL_HK), made)
    fills, entries = list(books.fills), list(books.entries)
    dice.shuffle(fills)
    dice.shuffle(entries)
    again = rebuild(REAL_HK.account_id, fills, entries)
    at = prices(DAY + 3)
    for _ in range(2):
        assert again.figures(at, {}, closed_today=True) == books.ledger.figures(at, {}, closed_today=True)
        assert (again.cash, again.fees, again.realised) == (
            books.ledger.cash,
            books.ledger.fees,
            books.ledger.realised,
        )
        for record in (*books.fills, *books.entries):
            again.apply(record)


@given(trades(SECURITIES), st.lists(st.integers(1, 7_000_000), min_size=4, max_size=4))
def test_the_days_add_up(made: Trades, closes: list[int]) -> None:
    """Profits of the days, each against the close before, are the profit of the whole."""
    books, at = Books(REAL_HK), prices()
    total: dict[Currency, int] = {}
    for day, close in enumerate(closes):
        at.day = DAY + day
        at.closes = dict.fromkeys(at.closes or at.instruments, closes[day - 1] if day else 1)
        at.lasts = dict.fromkeys(at.instruments, close)
        for trade in made:
            if trade[4] == day:
                traded(books, [trade])
        for currency, profit in books.ledger.today_profits(at).items():
            total[currency] = total.get(currency, 0) + profit
    rows = books.ledger.figures(at, {})
    for currency in (Currency.HKD, Currency.USD):
        wealth = books.ledger.cash.get(currency, 0) + sum(r.market_value for r in rows if r.currency is currency)
        assert total.get(currency, 0) == wealth - books.ledger.deposits.get(currency, 0)
