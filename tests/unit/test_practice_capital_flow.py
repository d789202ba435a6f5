"""Capital flow: own trades by size and side, estimates where there are none, and days that agree with their minutes."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import parse_security
from core.upstreams.practice.answers import capital
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.capital_flow import BIG, MIDDLE, SMALL, SUPER, Flow, FlowCounter, size_of
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.order_book import Fill, Side
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
TENCENT, HANG_SENG = parse_security("HK.00700"), parse_security("HK.800000")
MORNING = datetime.datetime(2026, 11, 20, 2, 17, 0, tzinfo=datetime.UTC).timestamp()


def make_exchange(now: float = MORNING, *, always_open: bool = True) -> Exchange:
    calendars: dict[Any, Any] = dict(load_calendars(PRACTICE / "calendars.json"))
    if always_open:
        calendars = {key: AlwaysOpenCalendar(real, datetime.date(2026, 11, 15)) for key, real in calendars.items()}
    exchange = Exchange(load_securities(PRACTICE / "securities.csv"), calendars, 7)
    exchange.begin(now)
    return exchange


def flow_rows(exchange: Exchange, period: int, begin: str = "", end: str = "") -> Any:
    request = openapi.Qot_GetCapitalFlow.Request()
    request.c2s.security.market, request.c2s.security.code = TENCENT
    request.c2s.periodType, request.c2s.beginTime, request.c2s.endTime = period, begin, end
    return openapi.Qot_GetCapitalFlow.Response.FromString(capital.capital_flow(exchange, request)).s2c


def distribution(exchange: Exchange) -> Any:
    request = openapi.Qot_GetCapitalDistribution.Request()
    request.c2s.security.market, request.c2s.security.code = TENCENT
    reply = capital.capital_distribution(exchange, request)
    return openapi.Qot_GetCapitalDistribution.Response.FromString(reply).s2c


def test_trades_of_one_taker_are_one_order() -> None:
    counter = FlowCounter(100.0)
    unit = PRICE_SCALE
    counter.record(3, [Fill(unit, 60, 1, 9, Side.BUY), Fill(unit, 60, 2, 9, Side.BUY)])
    counter.record(3, [Fill(unit, 99, 3, 10, Side.SELL)])
    flow = counter.of_slot(3)
    assert flow.inflow[MIDDLE] == 120
    assert flow.outflow[SMALL] == 99
    assert flow.total == 21
    assert counter.of_slot(4) == Flow()
    assert [size_of(value) for value in (0.5, 1.0, 2.5, 6.0)] == [SMALL, MIDDLE, BIG, SUPER]


def test_own_trades_are_counted_to_the_cent() -> None:
    exchange = make_exchange()
    market = exchange.market(TENCENT)
    before = capital.flow_of_live_day(market)
    known = len(market.ticks)
    for step in range(1, 600):
        exchange.advance(MORNING + step)
    after = capital.flow_of_live_day(market)
    ticks = list(market.ticks)[known:]
    bought = sum(tick.turnover for tick in ticks if tick.direction == 1)
    sold = sum(tick.turnover for tick in ticks if tick.direction == 2)
    assert sum(after.inflow) - sum(before.inflow) == pytest.approx(bought)
    assert sum(after.outflow) - sum(before.outflow) == pytest.approx(sold)
    # All sizes happen.
    assert all(later > earlier for later, earlier in zip(after.inflow, before.inflow, strict=True))


def test_the_last_minute_is_the_distribution_and_todays_row() -> None:
    exchange = make_exchange()
    exchange.market(TENCENT)
    exchange.advance(MORNING + 90)
    rows = flow_rows(exchange, 1).flowItemList
    assert (rows[0].time, rows[-1].time) == ("2026-11-20 00:00:00", "2026-11-20 10:18:00")
    last, split = rows[-1], distribution(exchange)
    assert last.inFlow == pytest.approx(last.superInFlow + last.bigInFlow + last.midInFlow + last.smlInFlow)
    assert last.superInFlow == pytest.approx(split.capitalInSuper - split.capitalOutSuper)
    assert last.smlInFlow == pytest.approx(split.capitalInSmall - split.capitalOutSmall)
    assert not last.HasField("mainInFlow")
    today = flow_rows(exchange, 2, "2026-11-20", "2026-11-20").flowItemList[0]
    assert today.inFlow == pytest.approx(last.inFlow)
    assert today.mainInFlow == pytest.approx(last.superInFlow + last.bigInFlow)
    assert split.updateTime == flow_rows(exchange, 1).lastValidTime


def test_minutes_of_a_whole_estimated_day_end_at_its_day_row() -> None:
    # After the close on a day that was not traded here but for its last minute.
    closed = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC).timestamp()
    exchange = make_exchange(closed, always_open=False)
    market = exchange.market(TENCENT)
    minutes = flow_rows(exchange, 1).flowItemList
    assert len(minutes) == 330
    day = market.history.path.day(market.day.day)
    assert day is not None
    bar = market.history.path.day_bars(market.day.day, market.day.day)[0]
    estimate = capital.estimated_flow(
        market.flow_key, bar.day, bar.turnover, bar.open, bar.close, (bar.turnover, bar.high - bar.low)
    )
    assert minutes[-1].inFlow == pytest.approx(estimate.total, abs=bar.turnover * 0.02)


def test_longer_periods_add_up_days() -> None:
    exchange = make_exchange()
    days = flow_rows(exchange, 2, "2026-10-01", "2026-10-31").flowItemList
    weeks = flow_rows(exchange, 3, "2026-10-01", "2026-10-31").flowItemList
    months = flow_rows(exchange, 4, "2026-10-01", "2026-10-31").flowItemList
    assert len(months) == 1
    assert len(weeks) in (4, 5)
    for field in ("inFlow", "mainInFlow", "superInFlow", "smlInFlow"):
        total = sum(getattr(row, field) for row in days)
        assert total == pytest.approx(sum(getattr(row, field) for row in weeks))
        assert total == pytest.approx(getattr(months[0], field))
    assert months[0].time == days[-1].time
    assert any(row.inFlow > 0 for row in days)
    assert any(row.inFlow < 0 for row in days)
    assert len(flow_rows(exchange, 2).flowItemList) > 200


def test_inflow_and_outflow_are_never_negative() -> None:
    exchange = make_exchange()
    market = exchange.market(TENCENT)
    for bar in market.history.day_bars(market.day.day - 700, market.day.day):
        flow = capital.flow_of_day(market, bar)
        assert min(flow.inflow + flow.outflow) >= 0
        assert sum(flow.inflow + flow.outflow) == pytest.approx(bar.turnover, rel=0.02)


def test_an_index_has_none() -> None:
    request = openapi.Qot_GetCapitalFlow.Request()
    request.c2s.security.market, request.c2s.security.code = HANG_SENG
    with pytest.raises(UserFacingError) as caught:
        capital.capital_flow(make_exchange(), request)
    assert caught.value.code == "no_capital_flow"
