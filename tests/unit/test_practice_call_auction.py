"""Auctions: the price executes the most, and a day in exchange hours begins (and in Hong Kong ends) with one."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.topics import SUB_ORDER_BOOK, SUB_QUOTE, SUB_TICKER, Topic
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.call_auction import AuctionOrder, CallAuction, simulated_orders, uncross
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market import AUCTION
from core.upstreams.practice.market_clock import MarketClock
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import TickKind, round_to_tick
from core.upstreams.practice.securities import load_securities
from core.upstreams.practice.trading_hours import MarketPhase
from core.upstreams.practice.user_orders import UserFill

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


@given(ORDERS, st.integers(85, 115))
def test_the_collected_orders_are_shown_like_a_book(orders: list[AuctionOrder], reference: int) -> None:
    auction = CallAuction(reference, 10.0, list)
    for number, order in enumerate(orders):
        auction.add(order._replace(order_id=number % 2 * number))  # some of users, some simulated
    result = auction.indicative
    assert result == uncross(orders, reference)
    for side in Side:
        levels = auction.levels(side, 100)
        of_side = [order for order in orders if order.side is side]
        assert sum(level.volume for level in levels) == sum(order.volume for order in of_side)
        assert sum(level.order_count for level in levels) == len(of_side)
        queue = auction.queue(side, 100, 1_000)
        assert sum(volume for _, _, volume in queue) == sum(order.volume for order in of_side)
        assert len({order_id for _, order_id, _ in queue}) == len(queue)
        prices = [level.price for level in levels]
        assert prices == sorted(set(prices), reverse=side is Side.BUY)
        if result is not None:
            assert prices[0] == result.price
            assert levels[0].volume >= result.volume


@pytest.mark.parametrize(
    ("security", "begins", "matching", "latest", "opening"),
    [
        (TENCENT, at(2026, 11, 20, 1, 0), at(2026, 11, 20, 1, 20), at(2026, 11, 20, 1, 22), at(2026, 11, 20, 1, 30)),
        (MOUTAI, at(2026, 11, 20, 1, 15), at(2026, 11, 20, 1, 25), at(2026, 11, 20, 1, 25), at(2026, 11, 20, 1, 30)),
        (APPLE, at(2026, 11, 20, 14, 28), at(2026, 11, 20, 14, 30), at(2026, 11, 20, 14, 30), at(2026, 11, 20, 14, 30)),
    ],
)
def test_a_day_begins_with_the_auction(
    security: Security, begins: float, matching: float, latest: float, opening: float
) -> None:
    exchange = make_exchange(begins - 30)
    market = exchange.market(security)
    yesterday = market.day.day
    exchange.advance(begins - 0.5)
    assert market.auction is None
    books = set()
    # Before the US opening the pre-market trades on, so the auction begins with its next event and has no book to show.
    is_hidden = security == APPLE
    moment = begins + (15 if is_hidden else 0)
    while moment < matching - 0.5:
        exchange.advance(moment)
        assert market.day.day == yesterday
        auction = market.auction
        assert auction is not None
        bids, asks = auction.levels(Side.BUY, 10), auction.levels(Side.SELL, 10)
        shown = market.levels(Side.BUY, 10), market.levels(Side.SELL, 10)
        if is_hidden:
            assert shown[0][0].price < shown[1][0].price
        else:
            assert shown == (bids, asks)
        if auction.indicative is not None:
            assert bids[0].price == asks[0].price == auction.indicative.price
        books.add((tuple(bids), tuple(asks)))
        assert [level.price for level in bids] == sorted({level.price for level in bids}, reverse=True)
        assert [level.price for level in asks] == sorted({level.price for level in asks})
        moment += (matching - begins) / 40
    assert len(books) > 20, "orders join one after the other"
    assert matching <= auction.matches_at <= latest
    exchange.advance(latest)
    assert market.auction is None
    final = auction.indicative
    assert final is not None
    first = next(tick for tick in market.ticks if tick.unix >= matching)
    assert (first.kind, first.direction, first.unix) == (AUCTION, 3, auction.matches_at)
    assert (first.price, first.volume) == final[:2]
    assert market.day.day > yesterday
    exchange.advance(opening)
    for second in range(60):
        exchange.advance(opening + second)
    following = [tick for tick in market.ticks if tick.unix > first.unix]
    assert following
    assert all(tick.kind != AUCTION and tick.unix >= opening for tick in following)
    assert market.day.minute(0).open == first.price / 10_000
    assert abs(first.price / market.day.path.fair_price(0, 0.0) - 1) < 0.01
    # The day's first bar holds the auction, however long before the opening it was matched.
    minute = [tick for tick in market.ticks if tick.unix < opening + 60 and tick.unix >= matching]
    assert market.day.minute(0).volume == sum(tick.volume for tick in minute)
    assert market.day.volume == sum(bar.volume for bar in market.day.bars(1))


def test_the_book_is_pushed_while_orders_are_collected() -> None:
    exchange = make_exchange(at(2026, 11, 20, 0, 59, 50))
    exchange.set_wanted(frozenset(Topic(TENCENT, kind) for kind in (SUB_ORDER_BOOK, SUB_TICKER, SUB_QUOTE)))
    clock = MarketClock(exchange)
    pushes = []
    for second in range(0, 1_200, 5):
        pushes += exchange.advance(at(2026, 11, 20, 1, 0) + second)
        assert clock.state(MarketGroup.HK) == 1
    assert {push.proto_id for push in pushes} == {3013}
    assert len(pushes) > 30
    last = openapi.Qot_UpdateOrderBook.Response.FromString(pushes[-1].body).s2c
    assert last.orderBookAskList[0].price == last.orderBookBidList[0].price
    assert last.svrRecvTimeBid.startswith("2026-11-20 09:1")


def test_a_users_order_takes_part_and_is_shown() -> None:
    exchange = make_exchange(at(2026, 11, 20, 1, 5))
    market = exchange.market(TENCENT)
    heard: list[UserFill] = []
    exchange.on_user_fills = heard.extend
    exchange.set_wanted(frozenset({Topic(TENCENT, SUB_ORDER_BOOK)}))
    exchange.advance(at(2026, 11, 20, 1, 5, 1))
    before = {level.price: level for level in market.levels(Side.SELL, 100)}
    mine = exchange.place_order(TENCENT, Side.BUY, 500, price=None, auction=True)
    far = round_to_tick(TickKind.HK_STOCK, 10_000_000)
    lost = exchange.place_order(TENCENT, Side.SELL, 300, price=far, auction=True)
    assert (mine.open_volume, lost.open_volume) == (500, 300)
    shown = {level.price: level for level in market.levels(Side.SELL, 100)}
    assert far not in before
    assert (shown[far].volume, shown[far].order_count) == (300, 1)
    assert lost.book_order in {order_id for _, order_id, _ in market.queue(Side.SELL, 100, 1_000)}
    assert {push.proto_id for push in exchange.advance(at(2026, 11, 20, 1, 5, 2))} == {3013}
    while market.auction is not None:
        exchange.advance(exchange.now + 20)
    auction = market.ticks[-1]
    assert {(fill.price, fill.in_auction, fill.unix) for fill in heard} == {(auction.price, True, auction.unix)}
    assert sum(fill.volume for fill in heard if fill.book_order == mine.book_order) == 500
    assert lost.book_order not in {fill.book_order for fill in heard}


def test_a_users_order_waits_for_the_mainlands_close() -> None:
    exchange = make_exchange(at(2026, 11, 20, 6, 55))
    market = exchange.market(MOUTAI)
    heard: list[UserFill] = []
    exchange.on_user_fills = heard.extend
    assert exchange.phase(MOUTAI) is MarketPhase.CONTINUOUS
    while exchange.now < at(2026, 11, 20, 6, 58):
        exchange.advance(exchange.now + 1)
    assert exchange.phase(MOUTAI) is MarketPhase.COLLECTING
    with pytest.raises(UserFacingError):
        exchange.place_order(MOUTAI, Side.BUY, 100, price=None, rest=False)
    limit = round_to_tick(TickKind.CN_STOCK, round(market.day.last * 1.01))
    placed = exchange.place_order(MOUTAI, Side.BUY, 200, price=limit, auction=True)
    assert (placed.fills, placed.open_volume) == ((), 200)
    while exchange.now < at(2026, 11, 20, 7, 0):
        exchange.advance(exchange.now + 1)
    assert sum(fill.volume for fill in heard) == 200
    assert {(fill.price, fill.unix, fill.in_auction) for fill in heard} == {
        (market.ticks[-1].price, at(2026, 11, 20, 7, 0), True)
    }
    exchange.advance(at(2026, 11, 20, 7, 1))
    assert exchange.phase(MOUTAI) is MarketPhase.CLOSED


def test_the_matching_moment_is_drawn_from_the_seed() -> None:
    moments = []
    for date in (16, 17, 18, 19, 20, 20):
        market = make_exchange(at(2026, 11, date, 1, 10)).market(TENCENT)
        assert market.auction is not None
        moments.append(market.auction.matches_at - at(2026, 11, date, 1, 20))
    assert all(0 <= moment < 120 for moment in moments)
    assert len(set(moments)) == 5


def test_who_comes_between_auction_and_opening_sees_the_auction() -> None:
    exchange = make_exchange(at(2026, 11, 20, 1, 25))
    market = exchange.market(TENCENT)
    assert market.day.day == datetime.date(2026, 11, 20).toordinal()
    [tick] = [tick for tick in market.ticks if tick.unix > at(2026, 11, 20, 1, 0)]
    assert tick.kind == AUCTION
    assert at(2026, 11, 20, 1, 20) <= tick.unix < at(2026, 11, 20, 1, 22)
    assert market.next_event == at(2026, 11, 20, 1, 30)
    early = make_exchange(at(2026, 11, 20, 1, 5))
    seen = early.market(TENCENT)
    while early.now < at(2026, 11, 20, 1, 25):
        early.advance(early.now + 10)
    assert seen.ticks[-1] == tick


def test_hong_kong_closes_by_auction() -> None:
    exchange = make_exchange(at(2026, 11, 20, 7, 59, 30))
    market, index = exchange.market(TENCENT), exchange.market(HANG_SENG)
    for second in range(0, 510, 10):
        exchange.advance(at(2026, 11, 20, 7, 59, 30) + second)
    assert AUCTION not in {tick.kind for tick in market.ticks}
    assert market.auction is not None
    assert market.levels(Side.BUY, 1)[0].price == market.levels(Side.SELL, 1)[0].price
    exchange.advance(at(2026, 11, 20, 8, 10))
    last = market.ticks[-1]
    assert last.kind == AUCTION
    assert at(2026, 11, 20, 8, 8) <= last.unix < at(2026, 11, 20, 8, 10)
    assert market.day.last == last.price
    assert market.history.day_minutes(market.day.day, 1)[-1].close == last.price / 10_000
    assert market.next_event == at(2026, 11, 23, 1, 0)
    assert index.next_event == at(2026, 11, 23, 1, 30)
    # Who looks in the evening, or at the weekend, finds the same end of the day.
    for moment in (at(2026, 11, 20, 12, 0), at(2026, 11, 22, 5, 0)):
        later = make_exchange(moment).market(TENCENT)
        assert (later.ticks[-1].kind, later.ticks[-1].unix) == (AUCTION, last.unix)
        assert later.next_event == at(2026, 11, 23, 1, 0)


@pytest.mark.parametrize("security", [MOUTAI, parse_security("SZ.300750"), parse_security("SH.510300")])
def test_the_mainland_closes_by_auction(security: Security) -> None:
    exchange = make_exchange(at(2026, 11, 20, 6, 55))
    market = exchange.market(security)
    begin = exchange.now
    for second in range(300):
        exchange.advance(begin + second)
        if second >= 121:
            assert market.auction is not None
            assert market.ticks[-1].unix < at(2026, 11, 20, 6, 57)
    exchange.advance(at(2026, 11, 20, 7, 0))
    last = market.ticks[-1]
    assert (last.kind, last.unix) == (AUCTION, at(2026, 11, 20, 7, 0))
    bars = market.day.bars(1)[-4:]
    assert [bar.minute for bar in bars] == [897, 898, 899, 900]
    assert [bar.volume for bar in bars[1:]] == [0, 0, last.volume]
    assert bars[-1].close == last.price / 10_000
    assert market.next_event == at(2026, 11, 23, 1, 15)
    # The simulated past ends its days alike.
    past = market.history.day_minutes(market.day.day - 1, 1)[-4:]
    assert [bool(bar.volume) for bar in past] == [True, False, False, True]
    assert past[0].close == past[1].close == past[2].close
    assert past[3].open == past[3].high == past[3].low == past[3].close
    late = make_exchange(at(2026, 11, 20, 9, 0)).market(security)
    assert (late.ticks[-1].kind, late.ticks[-1].unix) == (AUCTION, last.unix)
    assert late.day.bars(1)[-1].volume == late.ticks[-1].volume


def test_the_same_auction_for_the_same_seed() -> None:
    prices = set()
    for _ in range(2):
        exchange = make_exchange(at(2026, 11, 20, 1, 15))
        market = exchange.market(TENCENT)
        exchange.advance(at(2026, 11, 20, 1, 16))
        exchange.advance(at(2026, 11, 20, 1, 22))
        prices.add(market.ticks[-1])
    assert len(prices) == 1
