"""US hours outside regular trading: they lead from a close to the next open and show up in quotes and bars."""

from __future__ import annotations

import datetime
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core.api_messages import openapi
from core.model.security import Security, parse_security
from core.model.topics import ALL_HOURS, EXTENDED_HOURS, KLINE_TYPE_OF_SUB, Push, Topic
from core.upstreams.practice.answers import history, realtime
from core.upstreams.practice.bar_periods import add_up
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.corporate_actions import load_actions
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.extended_hours import Leg
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
APPLE, TENCENT = parse_security("US.AAPL"), parse_security("HK.00700")
FRIDAY = datetime.date(2026, 11, 20).toordinal()


def eastern(day: int, hour: int, minute: int = 0) -> float:
    zone = datetime.timezone(datetime.timedelta(hours=-5))
    return datetime.datetime(2026, 11, day, hour, minute, tzinfo=zone).timestamp()


def make_exchange(now: float, *, always_open: bool = False) -> Exchange:
    calendars: dict[Any, Any] = dict(load_calendars(PRACTICE / "calendars.json"))
    if always_open:
        calendars = {key: AlwaysOpenCalendar(real, datetime.date(2026, 11, 1)) for key, real in calendars.items()}
    exchange = Exchange(load_securities(PRACTICE / "securities.csv"), calendars, 7)
    exchange.begin(now)
    return exchange


def quote(exchange: Exchange) -> Any:
    request = openapi.Qot_GetBasicQot.Request()
    request.c2s.securityList.add(market=APPLE.market, code=APPLE.code)
    return openapi.Qot_GetBasicQot.Response.FromString(realtime.basic_quotes(exchange, request)).s2c.basicQotList[0]


def bars(exchange: Exchange, kline_type: int = 1, security: Security = APPLE, **fields: Any) -> list[Any]:
    request = openapi.Qot_RequestHistoryKL.Request()
    values = {"rehabType": 0, "klType": kline_type, "beginTime": "2026-11-19", "endTime": "2026-11-20", **fields}
    for name, value in values.items():
        setattr(request.c2s, name, value)
    request.c2s.security.market, request.c2s.security.code = security
    found: list[Any] = []
    while True:
        reply = history.history_klines(exchange, history.HistoryQuota(10), request)
        answer = openapi.Qot_RequestHistoryKL.Response.FromString(reply).s2c
        found += answer.klList
        if not answer.HasField("nextReqKey"):
            return found
        request.c2s.nextReqKey = answer.nextReqKey


def test_blocks_of_the_quote_follow_the_clock() -> None:
    exchange = make_exchange(eastern(20, 8))
    exchange.market(APPLE)
    early = quote(exchange)
    assert early.HasField("preMarket")
    assert early.HasField("overnight")
    assert early.HasField("afterMarket")
    exchange.advance(eastern(20, 9, 29))
    later = quote(exchange)
    assert later.preMarket.volume > early.preMarket.volume
    assert later.overnight == early.overnight
    for block in (later.preMarket, later.afterMarket, later.overnight):
        assert 0 < block.lowPrice <= block.price <= block.highPrice
        assert block.changeRate == pytest.approx(block.changeVal / (block.price - block.changeVal) * 100)
    # The pre-market counts from yesterday's close, which is still the regular price.
    assert later.preMarket.price - later.preMarket.changeVal == pytest.approx(later.curPrice, rel=1e-3)


def test_the_pre_market_leads_to_the_open() -> None:
    exchange = make_exchange(eastern(20, 15))
    market = exchange.market(APPLE)
    assert market.extended is not None
    for back in range(1, 30):
        path = market.history.path.day(FRIDAY - back)
        if path is None:
            continue
        opening = path.price(path.opening_level) / PRICE_SCALE
        block = market.extended.block(Leg.PRE_MARKET, FRIDAY - back, 570)
        assert block is not None
        assert block.price == pytest.approx(opening, rel=2e-3)
        assert block.volume < market.history.day_bars(FRIDAY - back, FRIDAY - back)[0].volume


def test_sessions_of_history_bars() -> None:
    exchange = make_exchange(eastern(20, 21))
    regular, extended, everything = (bars(exchange, session=session) for session in (1, 2, 3))
    assert len(regular) == 780
    assert bars(exchange) == regular
    assert bars(exchange, extendedTime=True) == extended
    regular_times = {bar.time for bar in regular}
    assert next(bar for bar in extended if bar.time in regular_times).time == "2026-11-19 09:31:00"
    assert len(regular) < len(extended) <= 2 * (330 + 390 + 240)
    assert {bar.time[11:13] for bar in extended} <= {f"{hour:02d}" for hour in range(4, 21)}
    assert len(everything) > len(extended)
    assert any(bar.time[11:13] == "02" for bar in everything)
    times = [bar.time for bar in everything]
    assert times == sorted(set(times))
    # Over the edges of pages, nights and regular hours.
    assert all(bar.lastClosePrice == before.closePrice for before, bar in pairwise(everything))
    # Friday evening has no night, Thursday's ends on Friday morning.
    assert times[-1] <= "2026-11-20 20:00:00"
    assert all(bar.volume > 0 for bar in everything if bar.time not in regular_times)
    # An hour's bars are the minutes' sums; day bars know regular hours only.
    hours = bars(exchange, 9, session=2)
    assert sum(bar.volume for bar in hours) == sum(bar.volume for bar in extended)
    assert hours[0].time <= "2026-11-19 05:00:00"
    assert bars(exchange, 2, session=3) == bars(exchange, 2)


def test_nothing_lies_in_the_future() -> None:
    exchange = make_exchange(eastern(20, 5, 30))
    # The running minute is among the bars, labelled by its end.
    assert bars(exchange, session=3)[-1].time <= "2026-11-20 05:31:00"
    assert bars(exchange, session=2)[-1].time > "2026-11-20 05:25:00"
    assert bars(exchange, session=1)[-1].time == "2026-11-19 16:00:00"


@pytest.mark.parametrize("label", ["US.AAPL", "US.HOOD", "US.MSTR"])
def test_longer_bars_are_the_sum_of_shorter_ones(label: str) -> None:
    exchange = make_exchange(eastern(20, 21))
    security = parse_security(label)
    market = exchange.market(security)
    hours = market.extended
    assert hours is not None
    for back in range(40):
        for leg in Leg:
            if not hours.exists(FRIDAY - back):
                continue
            now = (FRIDAY + 1, 0)
            minutes = hours.bars(leg, FRIDAY - back, 1, now)
            assert minutes
            assert all(bar.volume for bar in minutes)
            for period in (3, 5, 10, 15, 30, 60):
                longer = hours.bars(leg, FRIDAY - back, period, now)
                assert sum(bar.volume for bar in longer) == sum(bar.volume for bar in minutes)
                for bar in longer:
                    # The last bar before the open may be shorter than its period.
                    begin = bar.minute - 1 - (bar.minute - 1 - hours.session(leg, bar.day).open) % period
                    of_bar = [minute for minute in minutes if begin < minute.minute <= bar.minute]
                    assert bar[:7] == add_up(of_bar, minute=bar.minute)[:7]


def test_a_split_takes_effect_in_the_evening_before() -> None:
    exchange = make_exchange(eastern(20, 12))
    exchange.actions = load_actions(PRACTICE / "corporate_actions.csv")
    nvidia = parse_security("US.NVDA")
    # Ten for one on Monday, 10 June 2024: the night that belongs to it begins on Sunday.
    span = {"beginTime": "2024-06-07 12:00:00", "endTime": "2024-06-10 12:00:00", "session": 3}
    raw = bars(exchange, 9, nvidia, **span)
    [at] = [number for number, bar in enumerate(raw) if bar.time == "2024-06-09 21:00:00"]
    assert raw[at - 1].time == "2024-06-07 20:00:00"
    assert raw[at].openPrice == pytest.approx(raw[at - 1].closePrice / 10, rel=0.01)
    for rehab_type in (1, 2):
        for before, bar in pairwise(bars(exchange, 9, nvidia, rehabType=rehab_type, **span)):
            assert bar.openPrice == pytest.approx(before.closePrice, rel=0.02)
            assert bar.lastClosePrice == before.closePrice
            assert bar.volume > 0


def test_legs_run_when_the_market_state_says_so() -> None:
    # Two weeks with a weekend, Thanksgiving and the half day after it.
    exchange = make_exchange(eastern(20, 12))
    market = exchange.market(APPLE)
    hours = market.extended
    assert hours is not None
    names = {8: Leg.PRE_MARKET, 10: Leg.AFTER_HOURS, 37: Leg.OVERNIGHT}
    seen = set()
    for day in range(FRIDAY - 4, FRIDAY + 10):
        for minute in (*range(0, 1_440, 15), 239, 569, 959, 1_199):
            moment = datetime.datetime.fromordinal(day) + datetime.timedelta(minutes=minute)
            running = hours.running(day, minute)
            assert (running and running.leg) == names.get(market.calendar.market_state(moment)), moment
            following = hours.next_begin(day, minute)
            assert following is not None
            begin = following[0] * 1_440 + following[1]
            assert begin > day * 1_440 + minute
            assert hours.running(*divmod(begin, 1_440)) is not None
            seen.add(running and running.leg)
    assert len(seen) == 4


# -- trading


def run(exchange: Exchange, begin: float, seconds: int) -> list[Push]:
    return [push for second in range(1, seconds + 1) for push in exchange.advance(begin + second)]


def topics(*sub_types: int) -> frozenset[Topic]:
    plain = [Topic(APPLE, sub_type) for sub_type in sub_types]
    return frozenset(topic.with_session(session) for topic in plain for session in (0, EXTENDED_HOURS, ALL_HOURS))


def counts(pushes: list[Push]) -> Counter[tuple[int, int]]:
    return Counter((push.topic.sub_type, push.topic.session) for push in pushes if push.topic is not None)


def ticks_of(pushes: list[Push], session: int) -> list[Any]:
    return [
        tick
        for push in pushes
        if push.topic == Topic(APPLE, 4, session)
        for tick in openapi.Qot_UpdateTicker.Response.FromString(push.body).s2c.tickerList
    ]


def get(exchange: Exchange, name: str, session: int, **fields: Any) -> Any:
    module, answer = {
        "kline": (openapi.Qot_GetKL, realtime.current_klines),
        "line": (openapi.Qot_GetRT, realtime.time_line),
        "ticks": (openapi.Qot_GetTicker, realtime.tickers),
    }[name]
    request = module.Request()
    request.c2s.security.market, request.c2s.security.code = APPLE
    for field, value in fields.items():
        setattr(request.c2s, field, value)
    return module.Response.FromString(answer(exchange, request, session)).s2c


def test_sessions_make_no_difference_where_there_are_none() -> None:
    assert Topic(APPLE, 4).with_session(ALL_HOURS) == Topic(APPLE, 4, ALL_HOURS)
    assert Topic(APPLE, 9).with_session(EXTENDED_HOURS).pair == Topic(APPLE, 9)
    for topic in (Topic(TENCENT, 4), Topic(APPLE, 1), Topic(APPLE, 2), Topic(APPLE, 6), Topic(APPLE, 18 + 1)):
        assert topic.with_session(ALL_HOURS) is topic


@pytest.mark.parametrize(
    ("begin", "silent", "ticker_type", "block"),
    [
        (eastern(20, 17), {0}, 21, "afterMarket"),
        (eastern(20, 4), {0}, 21, "preMarket"),
        (eastern(19, 22), {0, EXTENDED_HOURS}, 22, "overnight"),
    ],
)
def test_each_hears_the_hours_it_subscribed(begin: float, silent: set[int], ticker_type: int, block: str) -> None:
    exchange = make_exchange(begin - 1)
    exchange.set_wanted(topics(1, 2, 4, 5, 11))
    exchange.advance(begin - 0.5)
    before, day = quote(exchange), exchange.market(APPLE).day.day_bar()
    pushes = run(exchange, begin - 0.5, 900)
    seen = counts(pushes)
    for session in (0, EXTENDED_HOURS, ALL_HOURS):
        for sub_type in (4, 5, 11):
            assert (seen[sub_type, session] > 10) == (session not in silent), (sub_type, session)
    assert seen[1, 0] == seen[4, ALL_HOURS]
    assert seen[2, 0] > seen[1, 0]
    ticks = ticks_of(pushes, ALL_HOURS)
    assert {tick.type for tick in ticks} == {ticker_type}
    sequences = [tick.sequence for tick in ticks]
    assert sequences == sorted(set(sequences))
    assert get(exchange, "ticks", ALL_HOURS, maxRetNum=1000).tickerList[-1].sequence == sequences[-1]
    now = quote(exchange)
    traded = getattr(now, block)
    # A leg that began meanwhile has nothing of the one before it.
    earlier = getattr(before, block).volume if begin == eastern(20, 17) or begin == eastern(19, 22) else 0
    assert traded.volume - earlier == sum(tick.volume for tick in ticks)
    assert traded.price == ticks[-1].price
    assert traded.lowPrice <= min(tick.price for tick in ticks) <= max(tick.price for tick in ticks) <= traded.highPrice
    # Nothing of it is in the regular day.
    assert exchange.market(APPLE).day.day_bar() == day
    assert (now.volume, now.curPrice, now.turnover) == (before.volume, before.curPrice, before.turnover)


def test_the_book_is_thinner_and_wider_outside_regular_hours() -> None:
    found = {}
    for name, begin in (("day", eastern(20, 11)), ("evening", eastern(20, 17)), ("night", eastern(19, 22))):
        exchange = make_exchange(begin)
        market = exchange.market(APPLE)
        spreads, sizes = [], []
        for second in range(1, 400):
            exchange.advance(begin + second)
            bid, ask = market.book.best_bid, market.book.best_ask
            assert bid is not None
            assert ask is not None
            assert bid < ask
            spreads.append(ask - bid)
            sizes.append(sum(level.volume for level in market.book.levels(Side.BUY, 5)))
        found[name] = (sum(spreads), sum(sizes), market.book.level_count(Side.BUY))
    assert found["day"][0] < found["evening"][0] < found["night"][0]
    assert found["day"][1] > found["evening"][1] > found["night"][1]
    assert found["day"][2] > found["evening"][2] > found["night"][2]


def test_a_whole_pre_market_is_its_trades_and_the_day_opens_in_time() -> None:
    begin = eastern(20, 3, 59)
    exchange = make_exchange(begin)
    exchange.set_wanted(topics(4, 9, 11))
    pushes = run(exchange, begin, 332 * 60)
    market = exchange.market(APPLE)
    ticks = ticks_of(pushes, EXTENDED_HOURS)
    early = [tick for tick in ticks if tick.type == 21]
    assert sum(tick.volume for tick in early) == quote(exchange).preMarket.volume
    for kline_type in (1, 9):
        minutes = [
            bar
            for bar in bars(exchange, kline_type, session=2, beginTime="2026-11-20")
            if bar.time < "2026-11-20 09:31"
        ]
        assert sum(bar.volume for bar in minutes) == quote(exchange).preMarket.volume
        assert minutes[0].openPrice == early[0].price
        assert max(bar.highPrice for bar in minutes) == max(tick.price for tick in early)
        assert minutes[-1].closePrice == early[-1].price
    opening = next(tick for tick in ticks if tick.type != 21)
    assert (opening.type, opening.time) == (7, "2026-11-20 09:30:00")
    assert [tick.sequence for tick in ticks_of(pushes, 0)] == [tick.sequence for tick in ticks if tick.type != 21]
    # The pre-market leads to the open, in the live market too.
    assert early[-1].price == pytest.approx(opening.price, rel=2e-3)
    assert market.outside is not None
    assert market.outside.live is None


@pytest.mark.parametrize("begin", [eastern(20, 9, 20), eastern(19, 15, 50), eastern(19, 19, 50), eastern(20, 3, 50)])
def test_current_bars_equal_pushed_and_requested_ones(begin: float) -> None:
    exchange = make_exchange(begin)
    exchange.set_wanted(topics(11, 7, 10))
    last: dict[Topic, Any] = {}
    for push in run(exchange, begin, 1_500):
        assert push.topic is not None
        last[push.topic] = openapi.Qot_UpdateKL.Response.FromString(push.body).s2c.klList[0]
    for topic, pushed in last.items():
        current = get(
            exchange, "kline", topic.session, rehabType=1, klType=KLINE_TYPE_OF_SUB[topic.sub_type], reqNum=3
        ).klList
        for name in ("time", "openPrice", "highPrice", "lowPrice", "closePrice", "volume", "lastClosePrice"):
            assert getattr(current[-1], name) == getattr(pushed, name), (topic, name)
        assert current[-1].lastClosePrice == current[-2].closePrice
        first = exchange.current_push(topic)
        assert first is not None
        assert openapi.Qot_UpdateKL.Response.FromString(first.body).s2c.klList[0] == pushed


def test_the_time_line_covers_the_hours_that_were_subscribed() -> None:
    exchange = make_exchange(eastern(20, 17))
    run(exchange, eastern(20, 17), 120)
    regular, extended, everything = (get(exchange, "line", session).rtList for session in (0, 2, 3))
    assert (regular[0].time, regular[0].minute, len(regular)) == ("2026-11-20 09:30:00", 570, 390)
    assert extended[0].time[:13] == "2026-11-20 04"
    assert everything[0].time[:13] == "2026-11-19 20"
    assert everything[0].minute == int(everything[0].time[11:13]) * 60 + int(everything[0].time[14:16])
    assert extended[-1].time[:15] == "2026-11-20 17:0"
    for line in (regular, extended, everything):
        assert [point.time for point in line] == sorted({point.time for point in line})
        assert len({point.lastClosePrice for point in line}) == 1
    assert {point.time: point for point in everything}["2026-11-20 11:00:00"] == regular[90]
    block = quote(exchange).afterMarket
    assert sum(point.volume for point in extended if point.time >= "2026-11-20 16:00:00") == block.volume
    # At night the line of the next day has begun, for those who asked for nights.
    exchange.advance(eastern(22, 21))
    assert get(exchange, "line", 3).rtList[0].time[:10] == "2026-11-22"
    assert get(exchange, "line", 2).rtList[-1].time[:10] == "2026-11-20"


def test_a_gap_in_time_is_filled_from_the_path() -> None:
    exchange = make_exchange(eastern(20, 17))
    exchange.set_wanted(topics(4, 10))
    run(exchange, eastern(20, 17), 120)
    exchange.advance(eastern(20, 18, 30))
    [after] = [bar for bar in bars(exchange, 9, session=2, beginTime="2026-11-20") if bar.time == "2026-11-20 18:00:00"]
    minutes = [
        bar for bar in bars(exchange, session=2, beginTime="2026-11-20") if "17:01" <= bar.time[11:16] <= "18:00"
    ]
    assert sum(bar.volume for bar in minutes) == after.volume > 0
    # Into the night, past the end of the leg; then to a Saturday, when nothing trades.
    exchange.advance(eastern(21, 12))
    assert quote(exchange).afterMarket.volume > 0
    assert bars(exchange, session=3, beginTime="2026-11-20")[-1].time[:13] == "2026-11-20 20"
    assert run(exchange, eastern(21, 12), 60) == []
    night = datetime.datetime(2026, 11, 22, 20, tzinfo=datetime.timezone(datetime.timedelta(hours=-5))).timestamp()
    assert exchange.market(APPLE).next_event == night


def test_the_same_seed_trades_the_same_outside_regular_hours() -> None:
    runs = []
    for _ in range(2):
        exchange = make_exchange(eastern(20, 3, 55))
        exchange.set_wanted(topics(1, 2, 4, 5, 11))
        runs.append([push.body for push in run(exchange, eastern(20, 3, 55), 600)])
    assert runs[0] == runs[1]


def test_where_there_are_no_extended_hours() -> None:
    exchange = make_exchange(eastern(20, 8), always_open=True)
    exchange.market(APPLE)
    assert not quote(exchange).HasField("preMarket")
    assert exchange.market(TENCENT).extended is None
