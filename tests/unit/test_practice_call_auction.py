"""Auctions: the price executes the most, and a day in exchange hours begins (and in Hong Kong ends) with one."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.security import Security, parse_security
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.call_auction import AuctionOrder, simulated_orders, uncross
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market import AUCTION
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import TickKind, round_to_tick
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
TENCENT, APPLE, MOUTAI, HANG_SENG = (
    parse_security(label) for label in ("HK.00700", "US.AAPL", "SH.600519", "HK.800000")
)
ORDERS = st.lists(
    st.builds(AuctionOrder, st.sampled_from(list(Side)), st.integers(90, 110), st.integers(1, 50)), max_size=30
)


def at(*fields: int) -> float:
    return datetime.datetime(*fields, tzinfo=datetime.UTC).timestamp()  # type: ignore[misc,arg-type]


def sides(orders: list[AuctionOrder], price: int) -> tuple[int, int]:
    """Give demand and supply at a price."""
    return (
        sum(order.volume for order in orders if order.side is Side.BUY and order.price >= price),
        sum(order.volume for order in orders if order.side is Side.SELL and order.price <= price),
    )


@given(ORDERS, st.integers(85, 115))
def test_the_price_is_the_best_of_all_prices(orders: list[AuctionOrder], reference: int) -> None:
    result = uncross(orders, reference)
    found = {price: sides(orders, price) for price in range(80, 121)}
    most = max(min(pair) for pair in found.values())
    if result is None:
        assert most == 0
        return
    demand, supply = found[result.price]
    assert result.volume == min(demand, supply) == most
    assert result.imbalance == demand - supply
    # No limit price with the same volume has a smaller imbalance, or is nearer to the reference with the same one.
    for price in {order.price for order in orders}:
        pair = found[price]
        if min(pair) == most:
            rank = (abs(pair[0] - pair[1]), abs(price - reference), -price)
            assert rank >= (abs(result.imbalance), abs(result.price - reference), -result.price)


@given(ORDERS, st.randoms())
def test_the_order_of_orders_does_not_matter(orders: list[AuctionOrder], random: object) -> None:
    shuffled = list(orders)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert uncross(orders, 100) == uncross(shuffled, 100)


def test_ties_go_to_balance_then_reference_then_the_higher_price() -> None:
    buy, sell = Side.BUY, Side.SELL
    wide = [AuctionOrder(buy, 105, 10), AuctionOrder(sell, 95, 10)]
    assert uncross(wide, 96) == (95, 10, 0)
    assert uncross(wide, 104) == (105, 10, 0)
    assert uncross(wide, 100) == (105, 10, 0)
    assert uncross([*wide, AuctionOrder(sell, 105, 5)], 104) == (95, 10, 0)
    assert uncross([AuctionOrder(buy, 99, 5), AuctionOrder(sell, 100, 5)], 100) is None


def test_simulated_orders_meet_near_the_expected_price_inside_limits() -> None:
    orders = simulated_orders(5, TickKind.CN_STOCK, 100, 1_000_000.0, 500_000, (999_000, 1_001_000))
    assert all(order.volume % 100 == 0 and 999_000 <= order.price <= 1_001_000 for order in orders)
    result = uncross(orders, 1_000_000)
    assert result is not None
    assert result.price == round_to_tick(TickKind.CN_STOCK, result.price)
    assert 100_000 < result.volume < 2_000_000


def make_exchange(now: float) -> Exchange:
    exchange = Exchange(load_securities(PRACTICE / "securities.csv"), load_calendars(PRACTICE / "calendars.json"), 7)
    exchange.begin(now)
    return exchange


@pytest.mark.parametrize(
    ("security", "matching", "opening"),
    [
        (TENCENT, at(2026, 11, 20, 1, 20), at(2026, 11, 20, 1, 30)),
        (MOUTAI, at(2026, 11, 20, 1, 25), at(2026, 11, 20, 1, 30)),
        (APPLE, at(2026, 11, 20, 14, 30), at(2026, 11, 20, 14, 30)),
    ],
)
def test_a_day_begins_with_the_auction(security: Security, matching: float, opening: float) -> None:
    exchange = make_exchange(matching - 30)
    market = exchange.market(security)
    yesterday = market.day.day
    exchange.advance(matching - 0.5)
    assert market.day.day == yesterday
    exchange.advance(matching)
    first = next(tick for tick in market.ticks if tick.unix >= matching)
    assert (first.kind, first.direction, first.unix) == (AUCTION, 3, matching)
    assert market.day.day == yesterday + 1
    assert market.day.open == first.price
    if matching < opening:
        assert market.day.volume == first.volume
        assert market.next_event == opening
    exchange.advance(opening + 20)
    following = [tick for tick in market.ticks if tick.sequence > first.sequence]
    assert following
    assert all(tick.kind != AUCTION and tick.unix >= opening for tick in following)
    assert market.day.minute(0).open == first.price / 10_000
    assert abs(first.price / market.day.path.fair_price(0, 0.0) - 1) < 0.01


def test_who_comes_between_auction_and_opening_sees_the_auction_at_the_opening() -> None:
    exchange = make_exchange(at(2026, 11, 20, 1, 25))
    market = exchange.market(TENCENT)
    assert market.next_event == at(2026, 11, 20, 1, 30)
    exchange.advance(at(2026, 11, 20, 1, 30))
    assert market.ticks[-1].unix >= at(2026, 11, 20, 1, 30)
    assert AUCTION in {tick.kind for tick in market.ticks}


def test_hong_kong_closes_by_auction() -> None:
    exchange = make_exchange(at(2026, 11, 20, 7, 59, 30))
    market, index = exchange.market(TENCENT), exchange.market(HANG_SENG)
    for second in range(0, 510, 10):
        exchange.advance(at(2026, 11, 20, 7, 59, 30) + second)
    assert AUCTION not in {tick.kind for tick in market.ticks}
    exchange.advance(at(2026, 11, 20, 8, 8))
    last = market.ticks[-1]
    assert (last.kind, last.unix) == (AUCTION, at(2026, 11, 20, 8, 8))
    assert market.day.last == last.price
    assert market.history.day_minutes(market.day.day, 1)[-1].close == last.price / 10_000
    assert market.next_event == at(2026, 11, 23, 1, 20)
    assert index.next_event == at(2026, 11, 23, 1, 30)
    assert not [tick for tick in market.ticks if tick.unix > at(2026, 11, 20, 8, 8)]


def test_the_same_auction_for_the_same_seed() -> None:
    prices = set()
    for _ in range(2):
        exchange = make_exchange(at(2026, 11, 20, 1, 15))
        market = exchange.market(TENCENT)
        exchange.advance(at(2026, 11, 20, 1, 16))
        exchange.advance(at(2026, 11, 20, 1, 20))
        prices.add(market.ticks[-1])
    assert len(prices) == 1
