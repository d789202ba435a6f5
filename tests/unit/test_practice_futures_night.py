"""Index futures at night: trading dates, books, ticks, quotes and bars of the session that belongs to the next day."""

from __future__ import annotations

import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core.api_messages import openapi
from core.model.security import Security, parse_security
from core.model.topics import REGULAR_HOURS, Topic
from core.upstreams.practice.answers import futures, history, realtime, reference
from core.upstreams.practice.bar_periods import DAY, MINUTES_OF_TYPE, add_up
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.future_contract_path import FuturePath
from core.upstreams.practice.futures_hours import future_sessions
from core.upstreams.practice.market_clock import MarketClock
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
CALENDARS = load_calendars(PRACTICE / "calendars.json")
TABLE = load_securities(PRACTICE / "securities.csv")
MAIN, CURRENT, NOVEMBER, INDEX = (
    parse_security(label) for label in ("HK.HSImain", "HK.HSIcurrent", "HK.HSI2611", "HK.800000")
)
NIGHT_MINUTES, DAY_MINUTES = 585, 375


def at(text: str) -> float:
    """Give a Hong Kong time as Unix seconds."""
    return datetime.datetime.fromisoformat(f"{text}+08:00").timestamp()


def day(text: str) -> int:
    return datetime.date.fromisoformat(text).toordinal()


def make_exchange(now: str) -> Exchange:
    exchange = Exchange(TABLE, CALENDARS, 7)
    exchange.begin(at(now))
    return exchange


def run(exchange: Exchange, until: str, step: float = 5.0) -> None:
    end = at(until)
    exchange.set_wanted(frozenset({Topic(MAIN, 1), Topic(NOVEMBER, 1), Topic(CURRENT, 1)}))
    while exchange.now < end:
        exchange.advance(min(end, exchange.now + step))


def klines(exchange: Exchange, security: Security, kline_type: int, begin: str, end: str, **fields: Any) -> Any:
    request = openapi.Qot_RequestHistoryKL.Request()
    request.c2s.security.market, request.c2s.security.code = security
    request.c2s.rehabType, request.c2s.klType = 0, kline_type
    request.c2s.beginTime, request.c2s.endTime = begin, end
    for name, value in fields.items():
        setattr(request.c2s, name, value)
    body = history.history_klines(exchange, history.HistoryQuota(100), request)
    return openapi.Qot_RequestHistoryKL.Response.FromString(body).s2c


@pytest.mark.parametrize(
    ("date", "sessions"),
    [
        ("2026-11-20", [(-405, 180), (555, 720), (780, 990)]),  # a Friday
        ("2026-11-23", [(-3285, -2700), (555, 720), (780, 990)]),  # a Monday: Friday's night
        ("2024-12-24", [(-405, 180), (555, 750)]),  # half a day
        ("2024-12-27", [(555, 720), (780, 990)]),  # after half a day there was no night
        ("2026-11-21", []),
    ],
)
def test_a_night_belongs_to_the_day_after_it(date: str, sessions: list[tuple[int, int]]) -> None:
    assert list(future_sessions(CALENDARS[MarketGroup.HK], day(date))) == sessions


def test_the_evening_begins_the_next_trading_day() -> None:
    exchange = make_exchange("2026-11-20 16:25:00")
    market = exchange.market(MAIN)
    assert market.day.day == day("2026-11-20")
    run(exchange, "2026-11-20 17:14:59")
    friday = market.day
    assert friday.bars(1)[-1].minute == 990
    assert market.next_event == at("2026-11-20 17:15:00")
    run(exchange, "2026-11-20 17:20:00")
    assert market.day.day == day("2026-11-23")
    assert market.day.last_close == friday.last / PRICE_SCALE
    assert market.ticks[-1].unix > at("2026-11-20 17:15:00")
    assert market.book.best_bid is not None
    assert market.book.best_ask is not None
    assert market.book.best_bid < market.book.best_ask
    # The night moves on from where the day ended.
    assert abs(market.day.open / friday.last - 1) < 0.005
    # The index sleeps.
    assert exchange.market(INDEX).day.day == day("2026-11-20")


def test_the_night_ends_at_three_and_the_day_goes_on() -> None:
    exchange = make_exchange("2026-11-21 02:58:00")
    market = exchange.market(MAIN)
    assert market.day.day == day("2026-11-23")
    run(exchange, "2026-11-21 03:05:00")
    assert market.day.last_slot == NIGHT_MINUTES - 1
    assert all(tick.unix < at("2026-11-21 03:00:00") for tick in market.ticks)
    assert market.next_event == at("2026-11-23 09:15:00")
    exchange.advance(at("2026-11-23 09:15:00"))
    run(exchange, "2026-11-23 09:18:00")
    assert market.day.day == day("2026-11-23")
    assert market.day.last_slot == NIGHT_MINUTES + 2
    assert add_up(market.day.bars(1), minute=0)[:7] == market.day.day_bar()[:7]


@pytest.mark.parametrize("now", ["2026-11-21 12:00:00", "2026-11-22 02:00:00", "2026-11-23 09:00:00"])
def test_who_comes_at_a_weekend_sees_the_night(now: str) -> None:
    market = make_exchange(now).market(MAIN)
    assert market.day.day == day("2026-11-23")
    assert market.day.last_slot == NIGHT_MINUTES - 1
    assert market.next_event == at("2026-11-23 09:15:00")
    assert market.time.local(market.day.last_trade_at or 0).text[:10] == "2026-11-21"


def test_bars_of_the_night_carry_their_own_dates() -> None:
    exchange = make_exchange("2026-11-24 10:00:00")
    rows = klines(exchange, MAIN, 1, "2026-11-20 17:00:00", "2026-11-23 09:20:00").klList
    times = [row.time for row in rows]
    assert times[0] == "2026-11-20 17:16:00"
    assert "2026-11-21 00:00:00" in times
    assert times[NIGHT_MINUTES - 1] == "2026-11-21 03:00:00"
    assert times[NIGHT_MINUTES:] == [f"2026-11-23 09:{minute}:00" for minute in range(16, 21)]
    assert [row.timestamp for row in rows] == [at(text) for text in times]
    # A Saturday's bars are Friday's night, a Sunday has none.
    assert len(klines(exchange, MAIN, 1, "2026-11-21", "2026-11-21").klList) == 181
    assert not klines(exchange, MAIN, 1, "2026-11-22", "2026-11-22").klList
    # A day bar holds the night before it.
    [monday] = klines(exchange, MAIN, DAY, "2026-11-23", "2026-11-23").klList
    whole = klines(exchange, MAIN, 1, "2026-11-20 17:00:00", "2026-11-23 17:00:00").klList
    assert len(whole) == NIGHT_MINUTES + DAY_MINUTES
    assert sum(row.volume for row in whole) == monday.volume
    assert max(row.highPrice for row in whole) == monday.highPrice
    assert (whole[0].openPrice, whole[-1].closePrice) == (monday.openPrice, monday.closePrice)


@pytest.mark.parametrize("size", [100, 333, 1000])
def test_pages_join_over_nights(size: int) -> None:
    exchange = make_exchange("2026-11-24 10:00:00")
    days = ("2026-11-19 09:00:00", "2026-11-19 17:00:00", "2026-11-20 17:00:00", "2026-11-23 17:00:00")
    whole = [row for begin, end in pairwise(days) for row in klines(exchange, MAIN, 1, begin, end).klList]
    joined: list[Any] = []
    key = b""
    while True:
        page = klines(exchange, MAIN, 1, "2026-11-19 09:00:00", "2026-11-23 16:30:00", maxAckKLNum=size, nextReqKey=key)
        joined += page.klList
        key = page.nextReqKey
        if not key:
            break
    assert [row.time for row in joined] == [row.time for row in whole]
    assert len({row.time for row in joined}) == len(joined)
    for before, row in pairwise(joined):
        assert row.lastClosePrice == before.closePrice
        assert row.time > before.time


def test_every_period_of_a_future_adds_up_over_years() -> None:
    exchange = make_exchange("2026-11-20 10:00:00")
    for code in ("HK.HSImain", "HK.HTIcurrent", "HK.HSI2612"):
        path = exchange.history(exchange.info(parse_security(code))).path
        assert isinstance(path, FuturePath)
        bars = path.day_bars(day("2024-11-01"), day("2026-11-19"))
        assert bars
        for bar in bars[:: max(1, len(bars) // 40)]:
            of_day = path.day(bar.day)
            assert of_day is not None
            for period in MINUTES_OF_TYPE.values():
                whole = add_up(of_day.bars(period), minute=0)
                assert whole[:7] == bar[:7]
                assert whole.turnover == pytest.approx(bar.turnover, rel=2e-3)
        high, low = path.extremes(day("2024-11-01"), day("2026-11-19")) or (0, 0)
        assert (high, low) == (
            max(bar.high for bar in bars) * PRICE_SCALE,
            min(bar.low for bar in bars) * PRICE_SCALE,
        )


def test_an_expiring_month_ends_with_the_index() -> None:
    exchange = make_exchange("2026-11-27 15:59:30")
    month, rolling = exchange.market(NOVEMBER), exchange.market(CURRENT)
    assert month.day.layout.sessions[-1].close == rolling.day.layout.sessions[-1].close == 960
    assert exchange.market(MAIN).day.layout.sessions[-1].close == 990
    run(exchange, "2026-11-27 17:20:00")
    # The month is over, the rolling contract goes on with the next one.
    assert month.day.day == day("2026-11-27")
    assert month.next_event == float("inf")
    assert rolling.day.day == exchange.market(MAIN).day.day == day("2026-11-30")
    index = exchange.history(exchange.info(INDEX)).path.day(day("2026-11-27"))
    assert index is not None
    close = index.bar_of_slots(index.layout.count - 1, index.layout.count).close
    assert abs(month.day.last / PRICE_SCALE - close) < 30  # quotes lie around the index


def test_answers_at_night() -> None:
    exchange = make_exchange("2026-11-20 17:30:00")
    exchange.set_wanted(frozenset({Topic(MAIN, sub) for sub in (1, 2, 4, 5, 11)}))
    pushes = []
    end = at("2026-11-20 17:33:00")
    while exchange.now < end:
        pushes += exchange.advance(exchange.now + 1)
    assert {push.proto_id for push in pushes} == {3005, 3007, 3009, 3011, 3013}
    for push in pushes:
        if push.proto_id == 3007:
            assert openapi.Qot_UpdateKL.Response.FromString(push.body).s2c.klList[0].time[:10] == "2026-11-20"
        if push.proto_id == 3005:
            [quote] = openapi.Qot_UpdateBasicQot.Response.FromString(push.body).s2c.basicQotList
            assert quote.updateTime.startswith("2026-11-20 17:3")
    request = openapi.Qot_GetRT.Request()
    request.c2s.security.market, request.c2s.security.code = MAIN
    line = openapi.Qot_GetRT.Response.FromString(realtime.time_line(exchange, request, REGULAR_HOURS)).s2c.rtList
    assert (line[0].time, line[0].minute) == ("2026-11-20 17:15:00", 1035)
    states = openapi.Qot_GetMarketState.Request()
    states.c2s.securityList.add(market=MAIN.market, code=MAIN.code)
    states.c2s.securityList.add(market=INDEX.market, code=INDEX.code)
    answer = reference.market_states(exchange, MarketClock(exchange), states)
    rows = openapi.Qot_GetMarketState.Response.FromString(answer).s2c.marketInfoList
    assert [row.marketState for row in rows] == [13, 6]
    asked = openapi.Qot_GetFutureInfo.Request()
    asked.c2s.securityList.add(market=MAIN.market, code=MAIN.code)
    [info] = openapi.Qot_GetFutureInfo.Response.FromString(futures.future_info(exchange, asked)).s2c.futureInfoList
    assert [(one.begin, one.end) for one in info.tradeTime] == [(-405, 180), (555, 720), (780, 990)]
    market = exchange.market(MAIN)
    assert len(market.book.levels(Side.BUY, 10)) == 10
