"""US hours outside regular trading: they lead from a close to the next open and show up in quotes and bars."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from core.api_messages import openapi
from core.model.security import parse_security
from core.model.topics import Topic
from core.upstreams.practice.answers import history, realtime
from core.upstreams.practice.calendars import AlwaysOpenCalendar, load_calendars
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.extended_hours import Leg
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


def bars(exchange: Exchange, kline_type: int = 1, **fields: Any) -> list[Any]:
    request = openapi.Qot_RequestHistoryKL.Request()
    values = {"rehabType": 0, "klType": kline_type, "beginTime": "2026-11-19", "endTime": "2026-11-20", **fields}
    for name, value in values.items():
        setattr(request.c2s, name, value)
    request.c2s.security.market, request.c2s.security.code = APPLE
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
    assert bars(exchange, session=3)[-1].time <= "2026-11-20 05:30:00"


def test_quotes_are_pushed_outside_regular_hours_and_nothing_else() -> None:
    exchange = make_exchange(eastern(20, 17))
    exchange.set_wanted(frozenset(Topic(APPLE, sub) for sub in (1, 2, 4, 5, 11)))
    pushes = [push for second in range(1, 120) for push in exchange.advance(eastern(20, 17) + second)]
    assert len(pushes) >= 6
    assert {push.proto_id for push in pushes} == {3005}
    # Saturday is quiet.
    exchange.advance(eastern(21, 12))
    assert [push for second in range(60) for push in exchange.advance(eastern(21, 12) + second)] == []


def test_where_there_are_no_extended_hours() -> None:
    exchange = make_exchange(eastern(20, 8), always_open=True)
    exchange.market(APPLE)
    assert not quote(exchange).HasField("preMarket")
    assert exchange.market(TENCENT).extended is None
