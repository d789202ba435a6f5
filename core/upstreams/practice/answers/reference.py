"""Answers from tables and calendars: static information, trading days and market states."""

from __future__ import annotations

import datetime
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import Security
from core.upstreams.practice import quote_messages as messages
from core.upstreams.practice.answers.request_checks import parse_span, securities_of, security_of
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.contracts import DERIVED_TYPES, FUTURE, OPTION
from core.upstreams.practice.derived_messages import fill_static
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_clock import MarketClock
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.securities import MARKET_GROUPS, SecurityInfo

# TradeDateMarket numbers of the public schema. Northbound (4) and southbound (5) trading needs both markets open;
# the future markets of Japan (6) and Singapore (7) keep their stock markets' days.
_TRADING_DAY_MARKETS: Final = {
    1: (MarketGroup.HK,),
    2: (MarketGroup.US,),
    3: (MarketGroup.CN,),
    4: (MarketGroup.CN, MarketGroup.HK),
    5: (MarketGroup.HK, MarketGroup.CN),
    6: (MarketGroup.JP,),
    7: (MarketGroup.SG,),
    8: (MarketGroup.SG,),
    9: (MarketGroup.MY,),
    10: (MarketGroup.JP,),
}
_YEARS_BACK: Final = 10


def static_info(exchange: Exchange, request: Any) -> bytes:
    """Answer GetStaticInfo (3202): by codes, or all of a market and type. Unknown codes get a row that says so."""
    c2s = request.c2s
    response = openapi.Qot_GetStaticInfo.Response(retType=0)
    response.s2c.SetInParent()
    rows = response.s2c.staticInfoList
    if c2s.securityList:
        for security in securities_of(c2s.securityList):
            info = exchange.table.get(security)
            if info is None:
                _add_unknown(rows, security)
            else:
                add_static(exchange, rows, info)
    else:
        if c2s.market not in MARKET_GROUPS:
            raise UserFacingError("wrong_market", market=c2s.market)
        if c2s.secType == OPTION:
            raise UserFacingError("no_list_of_options")
        contracts = exchange.derivatives.listed((c2s.secType,), c2s.market)
        for info in (*exchange.table.by_market(c2s.market), *contracts):
            if c2s.secType in (0, info.security_type):
                add_static(exchange, rows, info)
    return response.SerializeToString()


def trading_days(exchange: Exchange, request: Any) -> bytes:
    """Answer RequestTradeDate (3219): from ten years back to the end of this year."""
    c2s = request.c2s
    if c2s.HasField("security") and c2s.security.code:
        groups: tuple[MarketGroup, ...] = (exchange.info(security_of(c2s.security)).group,)
    elif c2s.market in _TRADING_DAY_MARKETS:
        groups = _TRADING_DAY_MARKETS[c2s.market]
    else:
        raise UserFacingError("wrong_market", market=c2s.market)
    begin, end = parse_span(c2s.beginTime, c2s.endTime)
    group, *others = groups
    today = datetime.date.fromordinal(exchange.today(group))
    earliest, latest = datetime.date(today.year - _YEARS_BACK, 1, 1), datetime.date(today.year, 12, 31)
    if begin.day < earliest.toordinal() or end.day > latest.toordinal():
        raise UserFacingError("trading_days_range", earliest=earliest.isoformat(), latest=latest.isoformat())
    calendar, time = exchange.calendars[group], exchange.times[group]
    response = openapi.Qot_RequestTradeDate.Response(retType=0)
    response.s2c.SetInParent()
    for date in calendar.trading_days(datetime.date.fromordinal(begin.day), datetime.date.fromordinal(end.day)):
        if not all(exchange.calendars[other].is_trading_day(date) for other in others):
            continue
        day = date.toordinal()
        # Where two markets must trade, the shorter of the two days counts.
        kind = max(int(exchange.calendars[each].day_type(date)) for each in groups)
        response.s2c.tradeDateList.add(time=day_text(day), timestamp=time.unix(day), tradeDateType=kind)
    return response.SerializeToString()


def market_states(exchange: Exchange, clock: MarketClock, request: Any) -> bytes:
    """Answer GetMarketState (3223)."""
    response = openapi.Qot_GetMarketState.Response(retType=0)
    response.s2c.SetInParent()
    for security in securities_of(request.c2s.securityList):
        info = exchange.info(security)
        response.s2c.marketInfoList.add(
            security=messages.security_message(info),
            name=exchange.name(info),
            marketState=clock.futures_state(info.group) if info.security_type == FUTURE else clock.state(info.group),
        )
    return response.SerializeToString()


def add_static(exchange: Exchange, rows: Any, info: SecurityInfo) -> None:
    """Add a row of static information about a security or a contract."""
    row = rows.add()
    fill_static_info(exchange, row, info)


def fill_static_info(exchange: Exchange, row: Any, info: SecurityInfo) -> None:
    """Fill a SecurityStaticInfo."""
    row.basic.security.CopyFrom(messages.security_message(info))
    row.basic.id = info.security_id
    row.basic.lotSize = messages.shown_lot_size(info)
    row.basic.secType = info.security_type
    row.basic.name = exchange.name(info)
    row.basic.listTime = info.listing_date.isoformat()
    row.basic.delisting = False
    row.basic.listTimestamp = exchange.times[info.group].unix(info.listing_date.toordinal())
    row.basic.exchType = info.exchange
    if info.security_type in DERIVED_TYPES:
        model = exchange.derivatives.model(info.security)
        assert model is not None, "the contract was just described"
        today = exchange.today(info.group)
        fill_static(row, model, exchange.times[info.group], today)
        row.basic.delisting = model.last_day < today


def _add_unknown(rows: Any, security: Security) -> None:
    row = rows.add()
    row.basic.security.market, row.basic.security.code = security
    row.basic.id = row.basic.lotSize = row.basic.secType = 0
    row.basic.name, row.basic.listTime, row.basic.delisting = "unknown stock", "", True
