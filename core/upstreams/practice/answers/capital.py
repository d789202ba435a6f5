"""Answers about capital: GetCapitalFlow (3211) and GetCapitalDistribution (3212)."""

from __future__ import annotations

import datetime
from itertools import accumulate
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.request_checks import checked_number, parse_span, security_of
from core.upstreams.practice.bar_periods import MONTH, WEEK, Bar, period_end
from core.upstreams.practice.capital_flow import BIG, MIDDLE, SMALL, SUPER, Flow, estimated_flow
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.live_day import LiveDay
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
    return _flow_of(market, market.day)


def flow_of_day(market: SecurityMarket, bar: Bar) -> Flow:
    """Give the flow of one day from its day bar; of a day that was traded here, now or earlier, from its trades."""
    if bar.day == market.day.day:
        return flow_of_live_day(market)
    traded = market.history.traded_day(bar.day)
    if traded is not None and traded.last_slot == traded.layout.count - 1:
        return _flow_of(market, traded)
    whole = (bar.turnover, bar.high - bar.low)
    return estimated_flow(market.flow_key, bar.day, bar.turnover, bar.open, bar.close, whole)


def _market(exchange: Exchange, message: Any) -> SecurityMarket:
    security = security_of(message)
    info = exchange.info(security)
    if info.security_type not in (STOCK, ETF, _WARRANT):
        raise UserFacingError("no_capital_flow", code=security.label)
    return exchange.market(security)


class _Estimates:
    """Estimates for a day's minutes that nobody traded here; the path's whole day is their measure."""

    def __init__(self, key: int, day: LiveDay) -> None:
        self._key, self._day = key, day
        self._bars = day.path.bars(1)
        self._turnovers = [0.0, *accumulate(bar.turnover for bar in self._bars)]
        high, low = max(bar.high for bar in self._bars), min(bar.low for bar in self._bars)
        self._whole = (self._turnovers[-1], high - low)

    def until(self, end: int) -> Flow:
        """Estimate the day up to, not including, slot `end`."""
        if not end:
            return Flow()
        end = min(end, len(self._bars))  # the last two minutes of a day without end share a bar
        opening, close = self._bars[0].open, self._bars[end - 1].close
        return estimated_flow(self._key, self._day.day, self._turnovers[end], opening, close, self._whole)


def _flow_of(market: SecurityMarket, day: LiveDay) -> Flow:
    """Give a day's flow: own trades where there are, else estimates."""
    if not day.has_data:
        return Flow()
    estimates = _Estimates(market.flow_key, day)
    flow, slot, end = day.flows.total(), 0, day.last_slot + 1
    while slot < end:
        first, from_path = slot, day.is_from_path(slot)
        while slot < end and day.is_from_path(slot) == from_path:
            slot += 1
        if from_path:
            flow = flow.plus(estimates.until(slot)).plus(estimates.until(first), -1.0)
    return flow


def _running_flows(market: SecurityMarket) -> list[Flow]:
    """Give the flow from the live day's start to the end of each minute, as `_flow_of` does for the whole day."""
    day = market.day
    if not day.has_data:
        return []
    estimates = _Estimates(market.flow_key, day)
    flows: list[Flow] = []
    flow, estimate = Flow(), Flow()
    for slot in range(day.last_slot + 1):
        before, estimate = estimate, estimates.until(slot + 1)
        if day.is_from_path(slot):
            flow = flow.plus(estimate).plus(before, -1.0)
        else:
            flow = flow.plus(day.flows.of_slot(slot))
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
