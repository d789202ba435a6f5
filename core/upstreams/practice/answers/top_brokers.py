"""Answers GetTopTenBuySellBrokers (3247): the simulated brokers that bought and sold most, today or on a past day."""

from __future__ import annotations

import datetime
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.topics import SUB_BROKER, Topic
from core.upstreams.practice.answers.request_checks import security_of
from core.upstreams.practice.broker_flow import Dealt, dealt_on
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.quote_messages import update_time

MOST_DAYS_BACK: Final = 250
_ROWS: Final = 10
_NET_BUY, _NET_SELL = 1, 2  # BuySellType


def top_brokers(exchange: Exchange, request: Any) -> bytes:
    """Answer GetTopTenBuySellBrokers (3247): up to ten net buyers, then up to ten net sellers, the largest first."""
    c2s = request.c2s
    security = security_of(c2s.security)
    info = exchange.info(security)
    exchange.check_broker_queue(info)
    exchange.rights.check_topic(Topic(security, SUB_BROKER), info.security_type)
    if not 0 <= c2s.daysBefore <= MOST_DAYS_BACK:
        raise UserFacingError("bad_field", field="daysBefore", value=c2s.daysBefore)
    market = exchange.market(security)
    day, live = market.day.day, market.day
    response = openapi.Qot_GetTopTenBuySellBrokers.Response(retType=0)
    content = response.s2c
    content.isRealTime = not c2s.daysBefore
    at, volume, turnover = update_time(market), float(live.volume), live.turnover
    if c2s.daysBefore:
        calendar, date = exchange.calendar_of(info), datetime.date.fromordinal(day)
        for _ in range(c2s.daysBefore):
            date = calendar.previous_trading_day(date)
        day = date.toordinal()
        bars = market.history.day_bars(day, day)
        volume, turnover = (bars[0].volume, bars[0].turnover) if bars else (0.0, 0.0)
        at = market.time.unix(day, calendar.sessions(date)[-1].close) - 1
    content.dataTime, content.dataTimeStr = int(at), market.time.local(at).text
    traded = market.broker_flow.traded(day) if market.broker_flow is not None else {}
    found = dealt_on(exchange.brokers, market.broker_key, day, volume, turnover, traded)
    for kind, sign in ((_NET_BUY, 1), (_NET_SELL, -1)):
        ranked = sorted(found.items(), key=lambda row, sign=sign: (-sign * row[1].net, row[0]))  # type: ignore[misc]
        for name, dealt in ranked[:_ROWS]:
            net = round(sign * dealt.net)
            if net > 0:
                _fill(content.brokerList.add(), exchange, name, kind, net, dealt, live=content.isRealTime)
    return response.SerializeToString()


def _fill(row: Any, exchange: Exchange, name: str, kind: int, net: int, dealt: Dealt, *, live: bool) -> None:
    row.netVol, row.buySellType = net, kind
    row.brokerName = exchange.brokers.chinese_name(name) if exchange.chinese_names else name
    if live:
        shares, money = dealt.bought + dealt.sold, dealt.paid + dealt.received
        row.totalVol, row.totalTurnover = float(round(shares)), money
        row.avgPrice = money / shares if shares else 0.0
