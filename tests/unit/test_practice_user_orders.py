"""Users' orders in the practice exchange's order books: priority, fills, auctions, gaps, and that the books agree."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.topics import SUB_ORDER_BOOK, SUB_QUOTE, SUB_TICKER, Topic
from core.upstreams.practice.brokers import load_brokers
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.call_auction import ANY_PRICE, AuctionMatch, AuctionOrder, matches, uncross
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market import AUCTION, SecurityMarket, Tick
from core.upstreams.practice.option_chains import load_option_classes
from core.upstreams.practice.order_book import OrderBook, Side
from core.upstreams.practice.price_ticks import next_up, price_after_ticks
from core.upstreams.practice.securities import SecurityTable, load_securities
from core.upstreams.practice.user_orders import MarketPhase, UserFill

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
BUY, SELL = Side.BUY, Side.SELL
TENCENT, APPLE, MOUTAI, BITCOIN, HSI_FUTURE, HANG_SENG, SUSPENDED = (
    parse_security(label)
    for label in ("HK.00700", "US.AAPL", "SH.600519", "CC.BTCUSD", "HK.HSImain", "HK.800000", "HK.03333")
)
# A Thursday; the profile of an always-open market began on the Monday before.
NOW = datetime.datetime(2026, 3, 12, 2, 17, 20, tzinfo=datetime.UTC).timestamp()
OPEN_SINCE = datetime.date(2026, 3, 9)


def hong_kong(hour: int, minute: int, second: int = 0, *, day: int = 12) -> float:
    return datetime.datetime(2026, 3, day, hour - 8, minute, second, tzinfo=datetime.UTC).timestamp()


@pytest.fixture(scope="module")
def table() -> SecurityTable:
    return load_securities(PRACTICE / "securities.csv")


class Trader:
    """An exchange and what it told its user."""

    def __init__(self, table: SecurityTable, now: float = NOW, *, always_open: bool = True, seed: int = 7) -> None:
        calendars: dict[MarketGroup, MarketCalendar] = dict(load_calendars(PRACTICE / "calendars.json"))
        if always_open:
            calendars = {group: AlwaysOpenCalendar(calendar, OPEN_SINCE) for group, calendar in calendars.items()}
        classes = load_option_classes(PRACTICE / "option_classes.csv")
        self.exchange = Exchange(table, calendars, seed, option_classes=classes)
        self.exchange.brokers = load_brokers(PRACTICE / "brokers.csv")
        self.exchange.begin(now)
        self.fills: list[UserFill] = []
        self.ended: list[tuple[Security, int, int]] = []
        self.exchange.on_user_fills = self.fills.extend
        self.exchange.on_user_order_ended = lambda *order: self.ended.append(order)

    def run(self, seconds: float, step: float = 0.5) -> None:
        begin = self.exchange.now
        for number in range(1, round(seconds / step) + 1):
            self.exchange.advance(begin + number * step)

    def filled(self, book_order: int) -> int:
        return sum(fill.volume for fill in self.fills if fill.book_order == book_order)

    def option(self) -> Security:
        owner = self.exchange.info(TENCENT)
        option_class = self.exchange.derivatives.classes_of(TENCENT)[0]
        expiry = self.exchange.derivatives.expiries(option_class)[1]
        _, spot = self.exchange.fair_now(owner)
        strike = min(self.exchange.derivatives.strikes(option_class, expiry), key=lambda strike: abs(strike - spot))
        return self.exchange.derivatives.option(option_class, expiry, 1, strike).contract.security


def best(trader: Trader, security: Security) -> tuple[int, int]:
    bid, ask = trader.exchange.best_prices(security)
    assert bid is not None
    assert ask is not None
    return bid, ask


def assert_not_crossed(market: SecurityMarket) -> None:
    bid, ask = market.book.best_bid, market.book.best_ask
    assert bid is None or ask is None or bid < ask


def test_a_market_order_takes_the_book_and_makes_real_trades(table: SecurityTable) -> None:
    trader = Trader(table)
    market = trader.exchange.market(TENCENT)
    before, ask = market.day.volume, best(trader, TENCENT)[1]
    inflow = market.day.flows.of_slot(market.day.last_slot).total
    wanted = sum(level.volume for level in market.book.levels(SELL, 3)) - 50
    placement = trader.exchange.place_order(TENCENT, BUY, wanted, price=None)
    assert placement.open_volume == 0
    assert sum(fill.volume for fill in placement.fills) == wanted == market.day.volume - before
    assert placement.fills[0].price == ask
    assert [fill.price for fill in placement.fills] == sorted(fill.price for fill in placement.fills)
    assert all(not fill.is_maker and fill.counter_broker and fill.unix == NOW for fill in placement.fills)
    ticks = list(market.ticks)[-len(placement.fills) :]
    assert [(tick.price, tick.volume, tick.direction) for tick in ticks] == [
        (fill.price, fill.volume, 1) for fill in placement.fills
    ]
    minute = market.day.minute(market.day.last_slot)
    assert trader.exchange.last_price(TENCENT) == placement.fills[-1].price == minute.close * 10_000
    assert best(trader, TENCENT)[1] > ask
    assert market.day.flows.of_slot(market.day.last_slot).total > inflow


def test_an_order_rests_in_depth_and_queue_and_leads_to_a_push(table: SecurityTable) -> None:
    trader = Trader(table)
    exchange = trader.exchange
    exchange.set_wanted(frozenset(Topic(TENCENT, sub) for sub in (SUB_QUOTE, SUB_ORDER_BOOK, SUB_TICKER)))
    exchange.advance(NOW)
    market = exchange.market(TENCENT)
    bid, _ = best(trader, TENCENT)
    level = market.book.level(BUY, 0)
    placement = exchange.place_order(TENCENT, BUY, 12_345, price=bid)
    assert placement.open_volume == 12_345
    assert placement.fills == ()
    assert market.book.level(BUY, 0) == (bid, level.volume + 12_345, level.order_count + 1)
    assert market.book.orders(BUY, 1, 40)[-1] == (1, placement.book_order, 12_345)
    pushes = exchange.advance(NOW + 0.001)
    assert [push.topic.sub_type for push in pushes if push.topic] == [SUB_ORDER_BOOK]
    body = openapi.Qot_UpdateOrderBook.Response.FromString(pushes[0].body)
    assert body.s2c.orderBookBidList[0].volume == level.volume + 12_345
    assert exchange.cancel_order(TENCENT, placement.book_order) == 12_345
    assert exchange.cancel_order(TENCENT, placement.book_order) == 0
    assert len(exchange.advance(NOW + 0.002)) == 1
    exchange.place_order(TENCENT, SELL, 100, price=None)
    kinds = [push.topic.sub_type for push in exchange.advance(NOW + 0.003) if push.topic]
    assert sorted(kinds) == [SUB_QUOTE, SUB_ORDER_BOOK, SUB_TICKER]


def test_earlier_orders_of_a_price_are_filled_first(table: SecurityTable) -> None:
    trader = Trader(table)
    market = trader.exchange.market(TENCENT)
    bid, _ = best(trader, TENCENT)
    ahead = market.book.level(BUY, 0).volume
    first = trader.exchange.place_order(TENCENT, BUY, 500, price=bid)
    second = trader.exchange.place_order(TENCENT, BUY, 500, price=bid)
    taker = trader.exchange.place_order(TENCENT, SELL, ahead + 700, price=bid)
    assert [fill.volume for fill in taker.fills][-2:] == [500, 200]
    trader.exchange.advance(NOW)
    assert [(fill.book_order, fill.volume, fill.is_maker) for fill in trader.fills] == [
        (first.book_order, 500, True),
        (second.book_order, 200, True),
    ]
    assert trader.exchange.cancel_order(TENCENT, second.book_order) == 300


def test_an_order_with_fewer_keeps_its_place(table: SecurityTable) -> None:
    trader = Trader(table)
    exchange = trader.exchange
    bid, ask = best(trader, TENCENT)
    price = next_up(exchange.info(TENCENT).tick_kind, bid)
    if price == ask:
        exchange.place_order(TENCENT, BUY, 1_000_000, price=ask, rest=False)
    first = exchange.place_order(TENCENT, BUY, 900, price=price)
    second = exchange.place_order(TENCENT, BUY, 900, price=price)
    assert not exchange.reduce_order(TENCENT, first.book_order, 900)
    assert not exchange.reduce_order(TENCENT, first.book_order, 0)
    assert exchange.reduce_order(TENCENT, first.book_order, 300)
    exchange.place_order(TENCENT, SELL, 400, price=price)
    exchange.advance(exchange.now)
    assert [(fill.book_order, fill.volume) for fill in trader.fills] == [
        (first.book_order, 300),
        (second.book_order, 100),
    ]
    assert not exchange.reduce_order(TENCENT, first.book_order, 1)


def test_all_or_nothing_the_exact_price_and_what_may_not_rest(table: SecurityTable) -> None:
    trader = Trader(table)
    exchange, market = trader.exchange, trader.exchange.market(TENCENT)
    bid, ask = best(trader, TENCENT)
    volume = market.book.level(SELL, 0).volume
    assert exchange.place_order(TENCENT, BUY, volume + 1, price=ask, whole=True)[1:] == ((), 0)
    assert market.book.level(SELL, 0).volume == volume
    assert exchange.place_order(TENCENT, BUY, 100, price=next_up(market.info.tick_kind, ask), exact=True)[1:] == ((), 0)
    exact = exchange.place_order(TENCENT, BUY, 100, price=ask, exact=True)
    assert [(fill.price, fill.volume) for fill in exact.fills] == [(ask, 100)]
    dropped = exchange.place_order(TENCENT, BUY, volume, price=ask, rest=False)
    assert sum(fill.volume for fill in dropped.fills) == volume - 100
    assert dropped.open_volume == 0
    assert market.book.best_bid == bid
    whole = exchange.place_order(TENCENT, SELL, market.book.level(BUY, 0).volume, price=bid, whole=True)
    assert sum(fill.volume for fill in whole.fills) > 0
    with pytest.raises(ValueError, match="positive"):
        exchange.place_order(TENCENT, BUY, 0, price=ask)


@pytest.mark.parametrize("side", [BUY, SELL])
@pytest.mark.parametrize("security", [TENCENT, APPLE, MOUTAI, BITCOIN, HSI_FUTURE])
def test_a_price_that_passes_fills_and_never_sweeps_an_order_away(
    table: SecurityTable, security: Security, side: Side
) -> None:
    trader = Trader(table, seed=3)
    market = trader.exchange.market(security)
    bid, ask = best(trader, security)
    # Far inside the other side's prices: whoever trades must trade with it first.
    price = price_after_ticks(market.info.tick_kind, ask if side is SELL else bid, -40 if side is SELL else 40)
    volume = 20 * (market.book.volume_within(side, price) + 1)
    placement = trader.exchange.place_order(security, side, volume, price=price)
    taken = sum(fill.volume for fill in placement.fills)
    assert taken + placement.open_volume == volume
    assert placement.open_volume
    last = 0
    for _ in range(600):
        trader.run(1.0)
        assert_not_crossed(market)
        filled = trader.filled(placement.book_order)
        assert filled >= last
        last = filled
        assert market.book.open_volume(placement.book_order) == placement.open_volume - filled
        if filled == placement.open_volume:
            break
    assert last == placement.open_volume
    assert {fill.price for fill in trader.fills} == {price}
    trader.run(60)
    new_bid, new_ask = best(trader, security)
    assert abs(new_bid - bid) < bid * 0.05
    assert new_ask > new_bid


def test_simulated_traders_do_not_withdraw_orders_far_from_the_market(table: SecurityTable) -> None:
    for security in (TENCENT, HSI_FUTURE, BITCOIN):
        trader = Trader(table)
        exchange, market = trader.exchange, trader.exchange.market(security)
        bid, ask = best(trader, security)
        low = price_after_ticks(market.info.tick_kind, bid, -900)
        high = price_after_ticks(market.info.tick_kind, ask, 900)
        orders = [exchange.place_order(security, side, 7, price=price) for side, price in ((BUY, low), (SELL, high))]
        trader.run(600)
        assert [market.book.open_volume(order.book_order) for order in orders] == [7, 7]
        # The simulated traders keep their depth near the market, not behind those orders.
        assert market.book.farthest_free(BUY) not in (None, low)
        assert market.book.level_count(BUY) < 70
        bid, ask = best(trader, security)
        assert low < bid
        assert high > ask


def test_orders_stay_over_midnight_of_a_market_that_never_closes(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(23, 58))
    market = trader.exchange.market(TENCENT)
    bid, _ = best(trader, TENCENT)
    low = round(bid * 0.7) // 2_000 * 2_000
    order = trader.exchange.place_order(TENCENT, BUY, 300, price=low)
    trader.run(300)
    assert market.day.day == datetime.date(2026, 3, 13).toordinal()
    assert market.book.open_volume(order.book_order) == 300


def test_the_first_order_of_a_minute_and_of_a_day_belongs_to_it(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(23, 59, 30))
    market = trader.exchange.market(TENCENT)
    trader.exchange.advance(hong_kong(23, 59, 59))
    at = hong_kong(8, 0, day=13) - 8 * 3600 + 0.0001
    trader.exchange.advance(at)
    assert market.next_event > at
    placement = trader.exchange.place_order(TENCENT, BUY, 100, price=None)
    assert placement.fills[0].unix == at
    assert market.day.day == datetime.date(2026, 3, 13).toordinal()
    assert market.day.last_slot == 0
    assert sum(tick.volume for tick in market.ticks if tick.unix >= at) == market.day.volume


def test_after_a_gap_orders_that_the_path_passed_are_filled_at_their_limit(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(9, 45))
    exchange, market = trader.exchange, trader.exchange.market(TENCENT)
    path = market.history.path.day(market.day.day)
    assert path is not None
    first = market.day.last_slot + 1
    bar = path.bar_of_slots(first, 11 * 60 + 46)
    low, high = round(bar.low * 10_000), round(bar.high * 10_000)
    kind = market.info.tick_kind
    bid, ask = best(trader, TENCENT)
    passed = min(bid, next_up(kind, low))
    wanted = [
        (exchange.place_order(TENCENT, BUY, 200, price=passed), passed > low, passed),
        (exchange.place_order(TENCENT, BUY, 300, price=min(bid, low)), False, 0),
        (exchange.place_order(TENCENT, SELL, 400, price=max(ask, next_up(kind, high))), False, 0),
    ]
    assert wanted[0][1], "the seed must have a path that falls"
    seen: list[tuple[Security, Sequence[Tick]]] = []
    exchange.watch(frozenset([TENCENT]), lambda security, ticks: seen.append((security, ticks)))
    exchange.advance(hong_kong(11, 46))
    assert (TENCENT, []) in [(security, list(ticks)) for security, ticks in seen]
    for order, is_passed, price in wanted:
        fills = [fill for fill in trader.fills if fill.book_order == order.book_order]
        if is_passed:
            assert [(fill.price, fill.volume, fill.is_maker) for fill in fills] == [(price, 200, True)]
            assert hong_kong(9, 45) < fills[0].unix < hong_kong(11, 46)
    for order, _, _ in wanted[1:]:
        volume = market.book.open_volume(order.book_order)
        assert volume == trader.exchange.cancel_order(TENCENT, order.book_order)
        assert volume + trader.filled(order.book_order) in (300, 400)
    assert_not_crossed(market)


def test_a_gap_does_not_fill_more_than_the_path_traded_nor_after_the_time_is_up(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(9, 45))
    exchange, market = trader.exchange, trader.exchange.market(TENCENT)
    path = market.history.path.day(market.day.day)
    assert path is not None
    first = market.day.last_slot + 1
    bar = path.bar_of_slots(first, 11 * 60 + 46)
    price = next_up(market.info.tick_kind, round(bar.low * 10_000))
    bid, _ = best(trader, TENCENT)
    huge = exchange.place_order(TENCENT, BUY, 10**9, price=min(bid, price))
    late = exchange.place_order(TENCENT, BUY, 100, price=min(bid, price), good_until=hong_kong(9, 45, 30))
    exchange.advance(hong_kong(11, 46))
    in_gap = sum(fill.volume for fill in trader.fills if fill.unix < hong_kong(11, 46) // 60 * 60)
    assert 0 < in_gap <= bar.volume
    assert trader.filled(huge.book_order) < 10**9
    assert (TENCENT, late.book_order, 100) in trader.ended
    assert trader.filled(late.book_order) == 0


def test_the_opening_auction_takes_part_of_the_users_and_the_rest_moves_into_the_book(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(9, 5), always_open=False)
    exchange, market = trader.exchange, trader.exchange.market(TENCENT)
    assert exchange.phase(TENCENT) is MarketPhase.COLLECTING
    last = exchange.last_price(TENCENT)
    assert last is not None
    at_any = exchange.place_order(TENCENT, BUY, 1_000, price=None, auction=True)
    high = exchange.place_order(TENCENT, BUY, 2_000, price=round(last * 1.1) // 10_000 * 10_000, auction=True)
    low = exchange.place_order(TENCENT, BUY, 3_000, price=round(last * 0.8) // 10_000 * 10_000, auction=True)
    gone = exchange.place_order(TENCENT, SELL, 4_000, price=round(last * 1.2) // 10_000 * 10_000, auction=True)
    assert at_any.open_volume == 1_000
    assert exchange.reduce_order(TENCENT, low.book_order, 2_500)
    assert exchange.cancel_order(TENCENT, gone.book_order) == 4_000
    with pytest.raises(UserFacingError, match="market_closed"):
        exchange.place_order(TENCENT, BUY, 100, price=last)
    exchange.advance(hong_kong(9, 22))
    assert {fill.book_order for fill in trader.fills} == {at_any.book_order, high.book_order}
    assert trader.filled(at_any.book_order) == 1_000
    assert trader.filled(high.book_order) == 2_000
    tick = market.ticks[-1]
    assert tick.kind == AUCTION
    assert {(fill.price, fill.in_auction, fill.is_maker) for fill in trader.fills} == {(tick.price, True, False)}
    assert tick.volume == market.day.volume
    assert all(fill.counter_broker for fill in trader.fills)
    assert market.book.open_volume(low.book_order) == 2_500
    assert trader.ended == []


def test_what_an_auction_leaves_is_not_traded_before_the_session_begins(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(9, 5), always_open=False)
    exchange, market = trader.exchange, trader.exchange.market(TENCENT)
    last = exchange.last_price(TENCENT)
    assert last is not None
    price = round(last * 1.2) // 10_000 * 10_000
    huge = exchange.place_order(TENCENT, BUY, 10**7, price=price, auction=True).book_order
    exchange.advance(hong_kong(9, 20, 30))
    exchange.advance(hong_kong(9, 29, 59))
    in_auction = trader.filled(huge)
    assert 0 < in_auction == market.day.volume < 10**7
    assert market.book.best_bid == price
    assert all(fill.in_auction for fill in trader.fills)
    exchange.advance(hong_kong(9, 31))
    assert trader.filled(huge) > in_auction
    assert {(fill.price, fill.in_auction) for fill in trader.fills if fill.unix > hong_kong(9, 25)} == {(price, False)}


def test_what_the_closing_auction_leaves_is_given_back(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(15, 58), always_open=False)
    exchange, market = trader.exchange, trader.exchange.market(TENCENT)
    bid, _ = best(trader, TENCENT)
    resting = exchange.place_order(TENCENT, BUY, 300, price=round(bid * 0.9) // 10_000 * 10_000)
    exchange.advance(hong_kong(16, 1))
    assert exchange.phase(TENCENT) is MarketPhase.COLLECTING
    huge = exchange.place_order(TENCENT, SELL, 10**8, price=None, auction=True)
    far = exchange.place_order(TENCENT, BUY, 100, price=round(bid * 0.8) // 10_000 * 10_000, auction=True)
    exchange.advance(hong_kong(16, 10))
    assert 0 < trader.filled(huge.book_order) < 10**8
    ended = {order: volume for _, order, volume in trader.ended}
    assert ended[huge.book_order] == 10**8 - trader.filled(huge.book_order)
    assert market.day.volume >= sum(fill.volume for fill in trader.fills if fill.side is SELL)
    # The other two stood where the auction's sellers found them, or are still there.
    assert ended.get(far.book_order, 0) + trader.filled(far.book_order) == 100
    assert market.book.open_volume(resting.book_order) + trader.filled(resting.book_order) == 300
    assert exchange.phase(TENCENT) is MarketPhase.CLOSED


def test_orders_of_a_lunch_break_enter_in_the_afternoon(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(12, 30), always_open=False)
    exchange, market = trader.exchange, trader.exchange.market(TENCENT)
    assert exchange.phase(TENCENT) is MarketPhase.BREAK
    last = exchange.last_price(TENCENT)
    assert last is not None
    taker = exchange.place_order(TENCENT, BUY, 100, price=round(last * 1.05) // 10_000 * 10_000, auction=True)
    rester = exchange.place_order(TENCENT, BUY, 100, price=round(last * 0.9) // 10_000 * 10_000, auction=True)
    exchange.advance(hong_kong(13, 0, 5))
    fills = [fill for fill in trader.fills if fill.book_order == taker.book_order]
    assert [(fill.volume, fill.is_maker, fill.in_auction) for fill in fills] == [(100, False, False)]
    assert hong_kong(13, 0) <= fills[0].unix
    assert market.book.open_volume(rester.book_order) == 100


def test_resting_orders_of_yesterday_join_the_opening_auction(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(15, 59), always_open=False)
    exchange, market = trader.exchange, trader.exchange.market(TENCENT)
    bid, ask = best(trader, TENCENT)
    orders = set()
    for side, near, ticks in ((BUY, bid, -3), (SELL, ask, 3), (BUY, bid, -500), (SELL, ask, 500)):
        price = price_after_ticks(market.info.tick_kind, near, ticks)
        orders.add(exchange.place_order(TENCENT, side, 100, price=price).book_order)
    for minute in range(20):
        exchange.advance(hong_kong(16, minute))
    exchange.advance(hong_kong(9, 19, 59, day=13))
    before = orders - {fill.book_order for fill in trader.fills}
    exchange.advance(hong_kong(9, 22, day=13))
    for fill in trader.fills:
        if fill.unix >= hong_kong(9, 20, day=13):
            assert fill.in_auction
            assert fill.price == market.ticks[-1].price
    for order in before:
        assert trader.filled(order) + market.book.open_volume(order) == 100
    assert_not_crossed(market)


def test_a_suspended_security_an_index_and_closed_hours_take_no_orders(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(20, 0), always_open=False)
    exchange = trader.exchange
    suspended = next(info.security for info in table if info.suspended_since and info.group is MarketGroup.HK)
    assert exchange.phase(suspended) is MarketPhase.SUSPENDED
    assert exchange.phase(TENCENT) is MarketPhase.CLOSED
    for security in (suspended, HANG_SENG, TENCENT):
        with pytest.raises(UserFacingError, match="market_closed"):
            exchange.place_order(security, BUY, 100, price=1_000)
    assert exchange.place_order(TENCENT, BUY, 100, price=1_000, auction=True).open_volume == 100


def test_hours_of_markets(table: SecurityTable) -> None:
    trader = Trader(table, hong_kong(20, 0), always_open=False)
    exchange = trader.exchange
    thursday = datetime.date(2026, 3, 12).toordinal()
    following = exchange.sessions_today(TENCENT)
    assert following.day == thursday + 1
    assert (following.opens, following.closes) == (hong_kong(9, 30, day=13), hong_kong(16, 0, day=13))
    assert exchange.session_of(TENCENT, hong_kong(16, 5)).day == thursday
    # New York is four hours behind UTC from 8 March on: it is 8 in the morning there.
    assert exchange.phase(APPLE) is MarketPhase.PRE_MARKET
    assert exchange.sessions_today(APPLE).day == thursday
    assert exchange.session_of(APPLE, exchange.now + 12 * 3600, extended=True).day == thursday + 1
    assert exchange.session_of(APPLE, exchange.now + 11 * 3600, extended=True).day == thursday
    assert exchange.session_of(APPLE, exchange.now + 11 * 3600).day == thursday + 1
    assert exchange.phase(BITCOIN) is MarketPhase.CONTINUOUS


def test_watched_contracts_trade_although_nobody_subscribes(table: SecurityTable) -> None:
    trader = Trader(table)
    exchange, option = trader.exchange, trader.option()
    seen: dict[Security, list[Tick]] = defaultdict(list)
    exchange.watch(
        frozenset([option, TENCENT, Security(1, "no such code")]), lambda security, ticks: seen[security].extend(ticks)
    )
    assert exchange.is_wanted
    trader.run(300)
    assert seen[TENCENT]
    market = exchange.market(option)
    assert [tick for tick in market.ticks if tick.unix > NOW] == seen[option]
    exchange.watch(frozenset(), None)
    assert not exchange.is_wanted


def test_a_listener_may_place_orders(table: SecurityTable) -> None:
    trader = Trader(table)
    exchange = trader.exchange
    placed: list[int] = []

    def stop(security: Security, ticks: Sequence[Tick]) -> None:
        if not placed:
            placed.append(exchange.place_order(APPLE, SELL, 10, price=None).book_order)

    exchange.watch(frozenset([TENCENT, APPLE]), stop)
    trader.run(30)
    assert placed
    ticks = list(exchange.market(APPLE).ticks)
    assert [tick.unix for tick in ticks] == sorted(tick.unix for tick in ticks)


def test_an_unwatched_contract_with_an_order_goes_on_until_it_is_over(table: SecurityTable) -> None:
    trader = Trader(table)
    exchange, option = trader.exchange, trader.option()
    market = exchange.market(option)
    order = exchange.place_order(option, BUY, 3, price=100)
    while exchange.now < NOW + 40 * 86_400 and not trader.ended:
        exchange.advance(exchange.now + 3_600)
    assert trader.ended == [(option, order.book_order, 3)]
    assert len(market.users or ()) == 0


def test_an_order_whose_time_is_up_is_given_back(table: SecurityTable) -> None:
    trader = Trader(table)
    bid, _ = best(trader, TENCENT)
    low = round(bid * 0.9) // 10_000 * 10_000
    order = trader.exchange.place_order(TENCENT, BUY, 200, price=low, good_until=NOW + 5)
    trader.run(4)
    assert trader.ended == []
    trader.run(10)
    assert trader.ended == [(TENCENT, order.book_order, 200)]


def test_without_users_orders_the_book_does_what_it_did() -> None:
    book = OrderBook()
    ids = [book.place(BUY, price, 5)[0] for price in (99, 100, 100)]
    held = book.new_id()
    book.place(BUY, 98, 5, held_as=held)
    assert book.newest_order(BUY, 98) is None
    assert book.newest_order(BUY, 100) == ids[2]
    assert (book.level_count(BUY), book.free_level_count(BUY), book.farthest_free(BUY)) == (3, 2, 99)
    book.place(BUY, 100, 5, held_as=book.new_id())
    assert book.free_level_count(BUY) == 2
    book.clear()
    assert book.levels(BUY, 5) == [(100, 5, 1), (98, 5, 1)]
    assert book.farthest_free(BUY) is None
    assert book.has_held_within(SELL, 100)
    assert not book.has_held_within(SELL, 101)
    assert not book.has_held_within(BUY, 100)
    assert book.cancel(held) == 5


auction_orders = st.lists(
    st.tuples(st.sampled_from([BUY, SELL]), st.one_of(st.just(ANY_PRICE), st.integers(90, 110)), st.integers(1, 30)),
    min_size=1,
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(auction_orders)
def test_an_auction_matches_its_volume_by_price_and_time(drawn: list[tuple[Side, int, int]]) -> None:
    orders = [AuctionOrder(*order) for order in drawn]
    result = uncross(orders, 100)
    if result is None:
        return
    made: list[AuctionMatch] = list(matches(orders, result))
    assert sum(match.volume for match in made) == result.volume
    filled: dict[int, int] = defaultdict(int)
    for match in made:
        assert orders[match.buyer].side is BUY
        assert orders[match.seller].side is SELL
        assert orders[match.buyer].price in (ANY_PRICE, *range(result.price, 111))
        assert orders[match.seller].price <= result.price
        filled[match.buyer] += match.volume
        filled[match.seller] += match.volume
    for number, order in enumerate(orders):
        assert filled[number] <= order.volume
        if filled[number] < order.volume:
            # Nobody behind it got anything.
            for other in range(len(orders)):
                if orders[other].side is order.side and _is_behind(orders, other, number):
                    assert not filled[other]


def _is_behind(orders: list[AuctionOrder], later: int, earlier: int) -> bool:
    def rank(number: int) -> tuple[int, int]:
        order = orders[number]
        if order.price == ANY_PRICE:
            return (-(10**9), number)
        return (order.price if order.side is SELL else -order.price, number)

    return rank(later) > rank(earlier)


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("place"),
            st.sampled_from([BUY, SELL]),
            st.integers(-30, 30),
            st.integers(1, 400),
            st.sampled_from(["rest", "drop", "whole", "exact", "market"]),
        ),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("reduce"), st.integers(0, 30), st.integers(0, 200)),
        st.tuples(st.just("run"), st.sampled_from([0.04, 0.5, 3.0, 20.0, 70.0])),
    ),
    min_size=3,
    max_size=25,
)
SUBJECTS = ["stock", "us stock", "mainland stock", "option", "future", "crypto"]


@pytest.mark.parametrize("subject", SUBJECTS)
@settings(max_examples=12, deadline=None)
@given(steps=steps, seed=st.integers(0, 3))
def test_whatever_users_do_nothing_is_lost(
    table: SecurityTable, subject: str, steps: list[tuple[object, ...]], seed: int
) -> None:
    trader = Trader(table, seed=seed)
    exchange = trader.exchange
    securities = (TENCENT, APPLE, MOUTAI, trader.option(), HSI_FUTURE, BITCOIN)
    security = securities[SUBJECTS.index(subject)]
    market = exchange.market(security)
    ticks: list[Tick] = []
    exchange.watch(frozenset([security]), lambda _, new: ticks.extend(new))
    exchange.advance(NOW)
    start_volume = market.day.volume
    placed: dict[int, int] = {}
    taken: dict[int, int] = {}
    limits: dict[int, tuple[Side, int | None]] = {}
    withdrawn: dict[int, int] = defaultdict(int)
    kind, lot = market.info.tick_kind, max(1, market.info.lot_size)
    for step in steps:
        if step[0] == "place":
            _, side, distance, lots, how = step
            assert isinstance(side, Side)
            assert isinstance(distance, int)
            assert isinstance(lots, int)
            last = exchange.last_price(security)
            assert last is not None
            price = None if how == "market" else price_after_ticks(kind, last, distance)
            made = exchange.place_order(
                security, side, lots * lot, price=price, rest=how == "rest", whole=how == "whole", exact=how == "exact"
            )
            assert made.book_order not in placed
            taken[made.book_order] = sum(fill.volume for fill in made.fills)
            placed[made.book_order] = taken[made.book_order] + made.open_volume
            limits[made.book_order] = (side, price)
            assert placed[made.book_order] <= lots * lot
            assert how != "rest" or placed[made.book_order] == lots * lot
            assert how != "whole" or taken[made.book_order] in (0, lots * lot)
            for fill in made.fills:
                assert price is None or (fill.price <= price if side is BUY else fill.price >= price)
                assert how != "exact" or fill.price == price
        elif step[0] == "cancel" and placed:
            order = list(placed)[int(str(step[1])) % len(placed)]
            withdrawn[order] += exchange.cancel_order(security, order)
        elif step[0] == "reduce" and placed:
            order = list(placed)[int(str(step[1])) % len(placed)]
            open_before = market.book.open_volume(order)
            if exchange.reduce_order(security, order, int(str(step[2])) * lot):
                withdrawn[order] += open_before - int(str(step[2])) * lot
        elif step[0] == "run":
            exchange.advance(exchange.now + float(str(step[1])))
        assert_not_crossed(market)
        exchange.advance(exchange.now)
        for order, volume in placed.items():
            filled = taken[order] + trader.filled(order)
            assert filled + withdrawn[order] + market.book.open_volume(order) == volume
    for fill in trader.fills:
        side, price = limits[fill.book_order]
        assert fill.price == price
        assert fill.side is side
        assert fill.is_maker
    assert trader.ended == []
    assert sum(tick.volume for tick in ticks) == market.day.volume - start_volume
    numbers = [tick.sequence for tick in ticks]
    assert numbers == sorted(set(numbers))
    moments = [tick.unix for tick in ticks]
    assert moments == sorted(moments)


days = st.lists(
    st.one_of(
        st.tuples(
            st.just("place"), st.sampled_from([BUY, SELL]), st.integers(-40, 40), st.integers(1, 400), st.booleans()
        ),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("run"), st.sampled_from([60.0, 1_200.0, 5_400.0, 12_000.0]), st.booleans()),
    ),
    min_size=4,
    max_size=25,
)


@pytest.mark.parametrize("security", [TENCENT, MOUTAI, APPLE, HSI_FUTURE])
@settings(max_examples=12, deadline=None)
@given(steps=days, hour=st.integers(8, 20), seed=st.integers(0, 3))
def test_auctions_breaks_nights_and_gaps_lose_nothing_either(
    table: SecurityTable, security: Security, steps: list[tuple[object, ...]], hour: int, seed: int
) -> None:
    """In exchange hours; orders wait for the next auction or opening, time passes with a look now and then or none."""
    trader = Trader(table, hong_kong(hour, 10), always_open=False, seed=seed)
    exchange, market = trader.exchange, trader.exchange.market(security)
    orders: dict[int, tuple[int, Side, int | None]] = {}
    taken: dict[int, int] = defaultdict(int)
    withdrawn: dict[int, int] = defaultdict(int)
    for step in steps:
        if step[0] == "place":
            _, side, distance, lots, has_price = step
            assert isinstance(side, Side)
            last = exchange.last_price(security)
            assert last is not None
            price = price_after_ticks(market.info.tick_kind, last, int(str(distance))) if has_price else None
            volume = int(str(lots)) * max(1, market.info.lot_size)
            waits = exchange.phase(security) is not MarketPhase.CONTINUOUS
            made = exchange.place_order(security, side, volume, price=price, auction=waits)
            taken[made.book_order] = sum(fill.volume for fill in made.fills)
            orders[made.book_order] = (taken[made.book_order] + made.open_volume, side, price)
        elif step[0] == "cancel" and orders:
            order = list(orders)[int(str(step[1])) % len(orders)]
            withdrawn[order] += exchange.cancel_order(security, order)
        elif step[0] == "run":
            until = exchange.now + float(str(step[1]))
            while step[2] and exchange.now < until:
                exchange.advance(exchange.now + 100)
                assert_not_crossed(market)
            exchange.advance(until)
        exchange.advance(exchange.now)
        assert_not_crossed(market)
    total: dict[int, int] = defaultdict(int)
    for _, order, volume in trader.ended:
        total[order] += volume
    for order, (volume, _, _) in orders.items():
        left = exchange.cancel_order(security, order)
        assert trader.filled(order) + taken[order] + withdrawn[order] + total[order] + left == volume
    for fill in trader.fills:
        _, side, price = orders[fill.book_order]
        assert fill.side is side
        assert price is None or (fill.price <= price if side is BUY else fill.price >= price)
    moments = [tick.unix for tick in market.ticks]
    assert moments == sorted(moments)


EXTENDED = frozenset({MarketPhase.CONTINUOUS, MarketPhase.PRE_MARKET, MarketPhase.AFTER_HOURS})


def new_york(hour: int, minute: int, second: int = 0) -> float:
    """Give a moment of the same Thursday; New York is four hours behind UTC."""
    return datetime.datetime(2026, 3, 12, hour + 4, minute, second, tzinfo=datetime.UTC).timestamp()


def test_an_order_trades_before_regular_hours_if_it_may(table: SecurityTable) -> None:
    trader = Trader(table, new_york(8, 0), always_open=False)
    exchange, market = trader.exchange, trader.exchange.market(APPLE)
    ticks: list[Tick] = []
    exchange.watch(frozenset([APPLE]), lambda _, new: ticks.extend(new))
    exchange.advance(exchange.now)
    bid, ask = best(trader, APPLE)
    day_volume = market.day.volume
    with pytest.raises(UserFacingError, match="market_closed"):
        exchange.place_order(APPLE, BUY, 10, price=ask)
    taken = exchange.place_order(APPLE, BUY, 10, price=ask, phases=EXTENDED)
    assert sum(fill.volume for fill in taken.fills) == 10
    assert exchange.last_price(APPLE) == ask
    resting = exchange.place_order(APPLE, BUY, 50, price=bid, phases=EXTENDED)
    waiting = exchange.place_order(APPLE, BUY, 70, price=round(bid * 1.2) // 100 * 100, auction=True)
    far = exchange.place_order(APPLE, BUY, 30, price=round(bid * 0.8) // 100 * 100, phases=EXTENDED)
    trader.run(600, step=5)
    assert market.book.open_volume(resting.book_order) + trader.filled(resting.book_order) == 50
    assert sum(tick.volume for tick in ticks) >= 10 + trader.filled(resting.book_order)
    assert market.day.volume == day_volume
    assert trader.filled(waiting.book_order) == 0
    while exchange.now < new_york(9, 31):
        exchange.advance(exchange.now + 30)
        assert_not_crossed(market)
    fills = [fill for fill in trader.fills if fill.book_order == waiting.book_order]
    assert sum(fill.volume for fill in fills) == 70
    assert all(fill.in_auction and fill.unix == new_york(9, 30) for fill in fills)
    assert market.book.open_volume(far.book_order) == 30


def test_an_order_of_regular_hours_waits_while_others_trade_after_them(table: SecurityTable) -> None:
    trader = Trader(table, new_york(15, 58), always_open=False)
    exchange, market = trader.exchange, trader.exchange.market(APPLE)
    bid, ask = best(trader, APPLE)
    low, high = round(bid * 0.9) // 100 * 100, round(ask * 1.1) // 100 * 100
    regular = exchange.place_order(APPLE, BUY, 50, price=low)
    extended = exchange.place_order(APPLE, SELL, 60, price=high, phases=EXTENDED)
    while exchange.now < new_york(16, 10):
        exchange.advance(exchange.now + 30)
    assert exchange.phase(APPLE) is MarketPhase.AFTER_HOURS
    assert market.book.open_volume(regular.book_order) == 0
    assert market.book.open_volume(extended.book_order) == 60
    # Somebody sells far below the limit that waits, and buys at the other one.
    exchange.place_order(APPLE, SELL, 10**6, price=low, rest=False, phases=EXTENDED)
    assert trader.fills == []
    exchange.place_order(APPLE, BUY, 10**9, price=high, rest=False, phases=EXTENDED)
    exchange.advance(exchange.now)
    assert [(fill.book_order, fill.volume) for fill in trader.fills] == [(extended.book_order, 60)]
    assert exchange.reduce_order(APPLE, regular.book_order, 40)
    while exchange.now < new_york(9, 31) + 86_400:
        exchange.advance(exchange.now + 100)
    assert market.book.open_volume(regular.book_order) == 40
    assert exchange.cancel_order(APPLE, regular.book_order) == 40
