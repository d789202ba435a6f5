"""Answers about capital: GetCapitalFlow (3211) and GetCapitalDistribution (3212)."""

from __future__ import annotations

import datetime
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.request_checks import checked_number, parse_span, security_of
from core.upstreams.practice.bar_periods import MONTH, WEEK, Bar, period_end
from core.upstreams.practice.capital_flow import BIG, MIDDLE, SMALL, SUPER, Flow, estimated_flow
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market import SecurityMarket
from core.upstreams.practice.market_time import day_text, stamp_text
from core.upstreams.practice.quote_messages import update_time
from core.upstreams.practice.securities import ETF, STOCK

_INTRADAY, _DAY, _WEEK, _MONTH = 1, 2, 3, 4
_PERIODS: Final = {_WEEK: WEEK, _MONTH: MONTH}
_WARRANT: Final = 5
_YEAR_DAYS: Final = 366


def capital_flow(exchange: Exchange, request: Any) -> bytes:
    """Answer GetCapitalFlow (3211): net inflow, of today from its start to each minute, or of days and longer."""
    c2s = request.c2s
    market = _market(exchange, c2s.security)
    period = checked_number("periodType", c2s.periodType or _INTRADAY, (_INTRADAY, _DAY, _WEEK, _MONTH))
    response = openapi.Qot_GetCapitalFlow.Response(retType=0)
    content = response.s2c
    content.SetInParent()
    if period == _INTRADAY:
        _add_minutes(content.flowItemList, market)
    else:
        today = market.day.day
        end, begin = today, today - _YEAR_DAYS
        if c2s.beginTime or c2s.endTime:
            first, last = parse_span(c2s.beginTime or day_text(begin), c2s.endTime or day_text(today))
            begin, end = max(first.day, begin), min(last.day, today)
        _add_days(content.flowItemList, market, period, begin, end)
    if content.flowItemList:
        at = update_time(market)
        content.lastValidTime, content.lastValidTimestamp = market.time.local(at).text, at
    return response.SerializeToString()


def capital_distribution(exchange: Exchange, request: Any) -> bytes:
    """Answer GetCapitalDistribution (3212): what flowed in and out today, by size of order."""
    market = _market(exchange, request.c2s.security)
    flow = flow_of_live_day(market)
    response = openapi.Qot_GetCapitalDistribution.Response(retType=0)
    content = response.s2c
    content.capitalInSuper, content.capitalOutSuper = flow.inflow[SUPER], flow.outflow[SUPER]
    content.capitalInBig, content.capitalOutBig = flow.inflow[BIG], flow.outflow[BIG]
    content.capitalInMid, content.capitalOutMid = flow.inflow[MIDDLE], flow.outflow[MIDDLE]
    content.capitalInSmall, content.capitalOutSmall = flow.inflow[SMALL], flow.outflow[SMALL]
    at = update_time(market)
    content.updateTime, content.updateTimestamp = market.time.local(at).text, at
    return response.SerializeToString()


def flow_of_live_day(market: SecurityMarket) -> Flow:
    """Give the flow of the live day so far."""
    flows = _running_flows(market)
    return flows[-1] if flows else Flow()


def flow_of_day(market: SecurityMarket, bar: Bar) -> Flow:
    """Give the flow of one day from its day bar."""
    if bar.day == market.day.day:
        return flow_of_live_day(market)
    whole = (bar.turnover, bar.high - bar.low)
    return estimated_flow(market.flow_key, bar.day, bar.turnover, bar.open, bar.close, whole)


def _market(exchange: Exchange, message: Any) -> SecurityMarket:
    security = security_of(message)
    info = exchange.info(security)
    if info.security_type not in (STOCK, ETF, _WARRANT):
        raise UserFacingError("no_capital_flow", code=security.label)
    return exchange.market(security)


def _running_flows(market: SecurityMarket) -> list[Flow]:
    """Give the flow from the day's start to the end of each minute: own trades where there are, else estimates."""
    day = market.day
    if not day.has_data:
        return []
    path = day.path.bars(1)
    high, low = max(bar.high for bar in path), min(bar.low for bar in path)
    whole, opening = (sum(bar.turnover for bar in path), high - low), path[0].open
    flows: list[Flow] = []
    flow, turnover, estimate = Flow(), 0.0, Flow()
    for slot in range(day.last_slot + 1):
        turnover += path[slot].turnover
        before = estimate
        estimate = estimated_flow(market.flow_key, day.day, turnover, opening, path[slot].close, whole)
        if day.is_from_path(slot):
            flow = flow.plus(estimate).plus(before, -1.0)
        else:
            flow = flow.plus(market.flows.of_slot(slot))
        flows.append(flow)
    return flows


def _add_minutes(rows: Any, market: SecurityMarket) -> None:
    day, time = market.day, market.time
    for slot, flow in enumerate(_running_flows(market)):
        minute = day.layout.minutes[slot]
        row = _add(rows, flow)
        row.time, row.timestamp = stamp_text(day.day, minute), time.unix(day.day, minute)


def _add_days(rows: Any, market: SecurityMarket, period: int, begin: int, end: int) -> None:
    groups: dict[int, tuple[int, Flow]] = {}
    for bar in market.history.day_bars(begin, end):
        group = period_end(_PERIODS[period], bar.day) if period in _PERIODS else bar.day
        _, flow = groups.get(group, (0, Flow()))
        groups[group] = (bar.day, flow.plus(flow_of_day(market, bar)))
    for day, flow in groups.values():
        row = _add(rows, flow)
        row.mainInFlow = flow.net(SUPER) + flow.net(BIG)
        row.time = datetime.datetime.fromordinal(day).strftime("%Y-%m-%d %H:%M:%S")
        row.timestamp = market.time.unix(day)


def _add(rows: Any, flow: Flow) -> Any:
    return rows.add(
        inFlow=flow.total,
        superInFlow=flow.net(SUPER),
        bigInFlow=flow.net(BIG),
        midInFlow=flow.net(MIDDLE),
        smlInFlow=flow.net(SMALL),
    )
