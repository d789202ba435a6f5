"""Live trading: ticks, bars, totals and the book come from the same trades and agree."""

from __future__ import annotations

import datetime
import itertools
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.topics import KLINE_TYPE_OF_SUB, Push, Topic
from core.upstreams.practice.bar_periods import DAY, MINUTES_OF_TYPE, ONE_MINUTE, WEEK, Bar, add_up
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.live_day import LiveDay
from core.upstreams.practice.market import SecurityMarket
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import SecurityTable, load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
TENCENT, APPLE, HANG_SENG = (parse_security(label) for label in ("HK.00700", "US.AAPL", "HK.800000"))
# A Friday, 10:17:20 in Hong Kong.
MORNING = datetime.datetime(2026, 11, 20, 2, 17, 20, tzinfo=datetime.UTC).timestamp()
OPEN_SINCE = datetime.date(2026, 11, 15)


@pytest.fixture(scope="module")
def table() -> SecurityTable:
    return load_securities(PRACTICE / "securities.csv")


def make_exchange(table: SecurityTable, now: float, *, always_open: bool = True, seed: int = 7) -> Exchange:
    calendars: dict[MarketGroup, MarketCalendar] = dict(load_calendars(PRACTICE / "calendars.json"))
    if always_open:
        calendars = {group: AlwaysOpenCalendar(calendar, OPEN_SINCE) for group, calendar in calendars.items()}
    exchange = Exchange(table, calendars, seed)
    exchange.begin(now)
    return exchange


def run(exchange: Exchange, seconds: float, step: float = 0.5) -> list[Push]:
    pushes: list[Push] = []
    begin = exchange.now
    for number in range(1, round(seconds / step) + 1):
        pushes += exchange.advance(begin + number * step)
    return pushes


def ticks_by_minute(market: SecurityMarket) -> dict[tuple[int, int], list[Any]]:
    """Group trades by day and minute of the local clock."""
    found = defaultdict(list)
    for tick in market.ticks:
        local = market.time.local(tick.unix)
        found[local.day, local.minute].append(tick)
    return found


def assert_ticks_make_the_bars(market: SecurityMarket, bars: list[Bar], minutes: set[int]) -> None:
    ticks = ticks_by_minute(market)
    checked = 0
    for bar in bars:
        begin = bar.minute - 1
        if begin not in minutes:
            continue
        of_minute = ticks.get((bar.day, begin), [])
        assert sum(tick.volume for tick in of_minute) == bar.volume
        assert sum(tick.turnover for tick in of_minute) == pytest.approx(bar.turnover)
        if of_minute:
            prices = [tick.price / PRICE_SCALE for tick in of_minute]
            assert (prices[0], max(prices), min(prices), prices[-1]) == bar[2:6]
            checked += 1
    assert checked >= 3


@pytest.mark.parametrize("security", [TENCENT, APPLE])
def test_ticks_of_a_minute_make_its_bar_and_minutes_make_the_day(table: SecurityTable, security: Security) -> None:
    exchange = make_exchange(table, MORNING)
    market = exchange.market(security)
    first = market.time.local(MORNING).minute
    run(exchange, 400)
    bars = market.day.bars(1)
    # The running minute was traded from its beginning, so it counts as well.
    assert_ticks_make_the_bars(market, bars, set(range(first, first + 7)))
    total = add_up(bars, minute=0)
    assert total[:7] == market.day.day_bar()[:7]
    assert total.turnover == pytest.approx(market.day.turnover)
    for period in MINUTES_OF_TYPE.values():
        assert add_up(market.day.bars(period), minute=0)[:7] == total[:7]
    assert market.ticks[-1].price == market.day.last


def test_before_the_start_the_day_is_the_path(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING)
    market = exchange.market(TENCENT)
    path = market.history.path.day(market.day.day)
    assert path is not None
    run(exchange, 300)
    slot = market.day.layout.slot_at(market.time.local(MORNING).minute)
    assert slot is not None
    assert market.day.bars(1)[:slot] == path.bars(1)[:slot]


def test_sequence_numbers_rise_also_over_restarts(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING)
    run_first = exchange.market(TENCENT)
    run(exchange, 200)
    numbers = [tick.sequence for tick in run_first.ticks]
    assert numbers == sorted(set(numbers))
    later = make_exchange(table, exchange.now + 60).market(TENCENT)
    run(exchange, 60)
    assert all(tick.sequence > numbers[-1] for tick in later.ticks)


def test_the_book_never_crosses_in_a_long_run(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING)
    markets = [exchange.market(info.security) for info in list(table)[:40:4] if info.lot_size]
    begin = exchange.now
    for second in range(1, 1800):
        exchange.advance(begin + second)
        for market in markets:
            assert market.book.best_bid is not None
            assert market.book.best_ask is not None
            assert market.book.best_bid < market.book.best_ask
    for market in markets:
        assert len(market.ticks) > 20


def test_live_volumes_resemble_the_path(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING)
    market = exchange.market(TENCENT)
    slot = market.day.last_slot + 1
    run(exchange, 3600, step=5)
    live = sum(bar.volume for bar in market.day.bars(1)[slot : slot + 55])
    path = sum(market.day.path.minute_volume(number) for number in range(slot, slot + 55))
    assert 0.6 < live / path < 1.6


def test_an_index_follows_the_path_without_trades(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING)
    market = exchange.market(HANG_SENG)
    exchange.set_wanted(frozenset(Topic(HANG_SENG, sub) for sub in (1, 2, 4, 5, 11)))
    pushes = run(exchange, 130)
    kinds = {push.topic.sub_type for push in pushes if push.topic}
    assert kinds == {1, 5, 11}
    assert exchange.current_push(Topic(HANG_SENG, 4)) is None
    assert exchange.current_push(Topic(HANG_SENG, 2)) is None
    assert exchange.current_push(Topic(HANG_SENG, 1)) is not None
    slot = market.day.layout.slot_at(market.time.local(MORNING).minute + 1)
    assert slot is not None
    assert market.day.minute(slot).volume == pytest.approx(market.day.path.minute_volume(slot), rel=0.1)


def test_midnight_of_a_market_that_never_closes(table: SecurityTable) -> None:
    before = datetime.datetime(2026, 11, 20, 15, 57, 0, tzinfo=datetime.UTC).timestamp()  # 23:57 in Hong Kong
    exchange = make_exchange(table, before)
    market = exchange.market(TENCENT)
    exchange.set_wanted(frozenset({Topic(TENCENT, 11), Topic(TENCENT, 6)}))
    old = market.day
    pushes = run(exchange, 360)
    assert market.day.day == old.day + 1
    assert market.day.last_close == old.last / PRICE_SCALE
    assert market.day.open == market.day.minute(0).open * PRICE_SCALE
    bars = old.bars(1)
    assert (bars[-1].minute, len(bars)) == (1439, 1439)
    assert {bar.day for bar in bars} == {old.day}
    # The last bar has two minutes of trades.
    ticks = ticks_by_minute(market)
    late = [*ticks[old.day, 1438], *ticks[old.day, 1439]]
    assert sum(tick.volume for tick in late) == bars[-1].volume
    assert market.history.day_bars(old.day, old.day) == [old.day_bar()]
    # A bar that ended is sent once more, before the next one.
    klines = [
        openapi.Qot_UpdateKL.Response.FromString(push.body).s2c.klList[0]
        for push in pushes
        if push.topic == Topic(TENCENT, 11)
    ]
    finals = {bar.time: bar for bar in klines}
    for bar in bars[-2:]:
        sent = finals[f"{datetime.date.fromordinal(bar.day)} {bar.minute // 60:02d}:{bar.minute % 60:02d}:00"]
        assert (sent.openPrice, sent.highPrice, sent.lowPrice, sent.closePrice, sent.volume) == bar[2:7]
    assert [bar.time for bar in klines] == sorted(bar.time for bar in klines)
    for earlier, later in itertools.pairwise(klines):
        if earlier.time != later.time:
            assert later.lastClosePrice == earlier.closePrice


def test_exchange_hours_pause_at_noon_and_after_the_close(table: SecurityTable) -> None:
    noon = datetime.datetime(2026, 11, 20, 3, 58, 0, tzinfo=datetime.UTC).timestamp()  # 11:58
    exchange = make_exchange(table, noon, always_open=False)
    market = exchange.market(TENCENT)
    run(exchange, 180)
    assert market.day.last_slot <= 149
    quiet = len(market.ticks)
    last = market.day.last
    run(exchange, 3000, step=10)
    assert (len(market.ticks), market.day.last) == (quiet, last)
    assert market.next_event == datetime.datetime(2026, 11, 20, 5, 0, tzinfo=datetime.UTC).timestamp()
    run(exchange, 1200, step=10)
    assert len(market.ticks) > quiet
    assert min(tick.unix for tick in list(market.ticks)[quiet:]) >= market.time.unix(market.day.day, 780)


def test_closed_on_a_weekend_the_last_session_stays(table: SecurityTable) -> None:
    sunday = datetime.datetime(2026, 11, 22, 5, 0, tzinfo=datetime.UTC).timestamp()
    exchange = make_exchange(table, sunday, always_open=False)
    market = exchange.market(TENCENT)
    assert datetime.date.fromordinal(market.day.day) == datetime.date(2026, 11, 20)
    assert market.day.bars(1)[-1].minute == 960
    assert market.ticks, "the last minute of the session was traded"
    assert run(exchange, 60) == []
    assert market.next_event == datetime.datetime(2026, 11, 23, 1, 0, tzinfo=datetime.UTC).timestamp()
    # Monday's opening begins a new day.
    opening = datetime.datetime(2026, 11, 23, 1, 20, tzinfo=datetime.UTC).timestamp()
    for step in range(20):
        exchange.advance(opening - 1200 + 75 * step)
    assert datetime.date.fromordinal(market.day.day) == datetime.date(2026, 11, 23)
    assert market.day.has_data
    assert market.history.close_before(market.day.day) == market.day.last_close


def test_a_day_has_prices_from_its_first_moment_on(table: SecurityTable) -> None:
    midnight = datetime.datetime(2026, 11, 20, 16, 0, tzinfo=datetime.UTC).timestamp()
    exchange = make_exchange(table, midnight - 30)
    markets = [exchange.market(info.security) for info in list(table)[:60] if info.security.market == 1]
    days = {market.info.security: market.day.day for market in markets}
    for step in range(100, 140):
        exchange.advance(midnight - 30 + step / 4)
        for market in markets:
            assert market.day.has_data
    run(exchange, 30)
    assert all(market.day.day == days[market.info.security] + 1 for market in markets)


def test_a_half_day_ends_early(table: SecurityTable) -> None:
    eve = datetime.datetime(2024, 12, 24, 3, 55, 0, tzinfo=datetime.UTC).timestamp()
    exchange = make_exchange(table, eve, always_open=False)
    market = exchange.market(TENCENT)
    run(exchange, 400)
    assert market.auction is not None
    assert market.auction.matches_at - datetime.datetime(2024, 12, 24, 4, tzinfo=datetime.UTC).timestamp() >= 8 * 60
    run(exchange, 600)
    assert market.next_event == datetime.datetime(2024, 12, 27, 1, 0, tzinfo=datetime.UTC).timestamp()
    assert add_up(market.day.bars(1), minute=0)[:7] == market.day.day_bar()[:7]


@pytest.mark.parametrize("gap", [200.0, 3 * 3600.0, 40 * 3600.0])
@pytest.mark.parametrize("always_open", [True, False])
def test_a_gap_in_time_is_filled_from_the_path(table: SecurityTable, gap: float, always_open: bool) -> None:
    exchange = make_exchange(table, MORNING, always_open=always_open)
    market = exchange.market(TENCENT)
    run(exchange, 150)
    exchange.advance(exchange.now + gap)
    run(exchange, 150)
    total = add_up(market.day.bars(1), minute=0)
    assert total[:7] == market.day.day_bar()[:7]
    assert total.turnover == pytest.approx(market.day.turnover)
    for day in market.history.day_bars(market.day.day - 10, market.day.day):
        minutes = market.history.day_minutes(day.day, 1)
        assert add_up(minutes, minute=0)[:7] == day[:7]


def test_the_hour_that_comes_twice(table: SecurityTable) -> None:
    before = datetime.datetime(2027, 11, 7, 5, 50, tzinfo=datetime.UTC).timestamp()  # 01:50 daylight time, New York
    exchange = make_exchange(table, before)
    market = exchange.market(APPLE)
    run(exchange, 90 * 60, step=20)
    assert add_up(market.day.bars(1), minute=0)[:7] == market.day.day_bar()[:7]
    assert market.time.local(exchange.now).minute - market.day.last_slot <= 1


def test_current_bars_equal_the_bars_of_a_request(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING)
    market = exchange.market(TENCENT)
    exchange.set_wanted(frozenset(Topic(TENCENT, sub) for sub in KLINE_TYPE_OF_SUB))
    run(exchange, 700)
    for kline_type in KLINE_TYPE_OF_SUB.values():
        bars, before = market.history.latest(kline_type, 1)[:2]
        if kline_type in MINUTES_OF_TYPE:
            running = market.running[kline_type, 0]
            assert running.current is not None
            assert running.current[:7] == bars[0][:7]
            assert running.before == before
        else:
            current = market.current_long_bar(kline_type)
            assert current is not None
            assert current[0][:7] == bars[0][:7]
            assert current[1] == before


def test_old_live_days_are_let_go(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING)
    market = exchange.market(TENCENT)
    for _ in range(12):
        exchange.advance(exchange.now + 86_400)
        run(exchange, 5)
    days = market.history.day_bars(market.day.day - 13, market.day.day)
    assert len(days) == 14
    for day in days:
        assert add_up(market.history.day_minutes(day.day, 5), minute=0)[:7] == day[:7]


def test_pushes_only_for_wanted_topics(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING)
    exchange.market(APPLE)
    assert run(exchange, 30) == []
    wanted = frozenset({Topic(TENCENT, 1), Topic(TENCENT, 4)})
    exchange.set_wanted(wanted)
    assert {push.topic for push in run(exchange, 60)} == wanted
    exchange.set_wanted(frozenset())
    assert run(exchange, 30) == []


def test_every_trade_is_pushed_once_in_order(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING)
    exchange.set_wanted(frozenset({Topic(TENCENT, 4)}))
    market = exchange.market(TENCENT)
    known = market.ticks[-1].sequence if market.ticks else 0
    pushed = [
        tick
        for push in run(exchange, 120)
        for tick in openapi.Qot_UpdateTicker.Response.FromString(push.body).s2c.tickerList
    ]
    assert [tick.sequence for tick in pushed] == [tick.sequence for tick in market.ticks if tick.sequence > known]
    assert {tick.pushDataType for tick in pushed} == {1}
    first = exchange.current_push(Topic(TENCENT, 4))
    assert first is not None
    cached = openapi.Qot_UpdateTicker.Response.FromString(first.body).s2c.tickerList
    assert len(cached) == min(50, len(market.ticks))
    assert {tick.pushDataType for tick in cached} == {3}


@pytest.mark.parametrize(
    ("topic", "code"),
    [
        (Topic(parse_security("HK.99999"), 1), "unknown_security"),
        (Topic(TENCENT, 14), "no_broker_queue"),  # this exchange has no brokers
        (Topic(APPLE, 22), "no_odd_lots"),
        (Topic(TENCENT, 77), "bad_sub_type"),
    ],
)
def test_topics_that_can_never_be_subscribed(table: SecurityTable, topic: Topic, code: str) -> None:
    with pytest.raises(UserFacingError) as caught:
        make_exchange(table, MORNING).check_topic(topic)
    assert caught.value.code == code


def test_same_seed_same_news(table: SecurityTable) -> None:
    def news(seed: int) -> list[Push]:
        exchange = make_exchange(table, MORNING, seed=seed)
        topics = [Topic(security, sub) for security in (TENCENT, APPLE, HANG_SENG) for sub in (1, 2, 4, 5, 11, 6)]
        exchange.set_wanted(frozenset(topics))
        return run(exchange, 90)

    assert news(7) == news(7)
    assert news(7) != news(8)


def test_quiet_minutes_keep_the_price(table: SecurityTable) -> None:
    market = make_exchange(table, MORNING).market(TENCENT)
    day = LiveDay(market.day.path, 600.0, 10)
    assert day.last_slot == 9
    last = day.last
    day.record(14, last + 1000, 100, (last + 1000) * 100)
    assert [day.minute(slot).volume for slot in range(10, 15)] == [0, 0, 0, 0, 100]
    assert day.minute(12).close == last / PRICE_SCALE
    assert add_up(day.bars(1), minute=0)[:7] == day.day_bar()[:7]


def test_week_of_today(table: SecurityTable) -> None:
    exchange = make_exchange(table, MORNING, always_open=False)
    market = exchange.market(TENCENT)
    days = market.history.latest(DAY, 5).bars
    week = market.history.latest(WEEK, 1).bars[0]
    assert add_up(days)[:7] == week[:7]
    assert market.history.latest(ONE_MINUTE, 1).bars[0].day == market.day.day
