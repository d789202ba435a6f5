"""Answers about corporate events: adjustment factors, new listings, suspensions and changes of codes."""

from __future__ import annotations

import datetime
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ
from core.upstreams.practice import quote_messages as messages
from core.upstreams.practice.answers.request_checks import parse_span, securities_of, security_of
from core.upstreams.practice.corporate_actions import CorporateAction
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import MARKET_GROUPS, SecurityInfo

_RATIOS: Final = ("split", "join", "bonus", "transfer", "allot")
_LISTING_IN_DAYS: Final = 5  # trading days from now, whenever one asks
_PRICE_RANGE: Final = 0.08  # of an offer, to both sides
_ISSUED_SHARE: Final = 0.15  # of all shares that an offer sells
_CODE_CHANGE_TYPES: Final = range(9)


def rehab_factors(exchange: Exchange, request: Any) -> bytes:
    """Answer RequestRehab (3105): the events that have happened so far, the oldest first."""
    info = exchange.info(security_of(request.c2s.security))
    response = openapi.Qot_RequestRehab.Response(retType=0)
    response.s2c.SetInParent()
    adjuster = exchange.adjuster(info)
    for event in adjuster.events if adjuster is not None else ():
        row = response.s2c.rehabList.add(
            time=day_text(event.day),
            timestamp=exchange.times[info.group].unix(event.day),
            companyActFlag=event.action.flags,
            fwdFactorA=event.forward_a,
            fwdFactorB=event.forward_b,
            bwdFactorA=event.backward_a,
            bwdFactorB=event.backward_b,
        )
        _fill_action(row, event.action)
    return response.SerializeToString()


def ipo_list(exchange: Exchange, request: Any) -> bytes:
    """Answer GetIpoList (3217): securities of the table that wait for their listing, which never comes nearer."""
    market = request.c2s.market
    if market not in MARKET_GROUPS:
        raise UserFacingError("wrong_market", market=market)
    markets = (SH, SZ) if market in (SH, SZ) else (market,)
    response = openapi.Qot_GetIpoList.Response(retType=0)
    response.s2c.SetInParent()
    for info in exchange.table:
        if info.is_pending and info.security.market in markets:
            _add_listing(exchange, response.s2c.ipoList.add(), info)
    return response.SerializeToString()


def suspensions(exchange: Exchange, request: Any) -> bytes:
    """Answer GetSuspend (3201): the days without trading of each security; none for those that trade."""
    c2s = request.c2s
    begin, end = parse_span(c2s.beginTime, c2s.endTime)
    response = openapi.Qot_GetSuspend.Response(retType=0)
    response.s2c.SetInParent()
    for security in securities_of(c2s.securityList):
        info = exchange.info(security)
        row = response.s2c.SecuritySuspendList.add(security=messages.security_message(info))
        if info.suspended_since is None:
            continue
        first = max(datetime.date.fromordinal(begin.day), info.suspended_since)
        last = datetime.date.fromordinal(min(end.day, exchange.today(info.group)))
        for date in exchange.calendars[info.group].trading_days(first, last):
            day = date.toordinal()
            row.suspendList.add(time=day_text(day), timestamp=exchange.times[info.group].unix(day))
    return response.SerializeToString()


def code_changes(exchange: Exchange, request: Any) -> bytes:
    """Answer GetCodeChange (3216): no security of this exchange has ever changed its code, so the list is empty."""
    c2s = request.c2s
    for kind in c2s.typeList:
        if kind not in _CODE_CHANGE_TYPES:
            raise UserFacingError("bad_field", field="typeList", value=kind)
    for message in c2s.securityList:
        info = exchange.info(security_of(message))
        if info.security.market != HK:
            raise UserFacingError("wrong_market", market=info.security.market)
    for one in c2s.timeFilterList:
        if one.beginTime and one.endTime:
            parse_span(one.beginTime, one.endTime)
    response = openapi.Qot_GetCodeChange.Response(retType=0)
    response.s2c.SetInParent()
    return response.SerializeToString()


def _fill_action(row: Any, action: CorporateAction) -> None:
    for name in _RATIOS:
        ratio = getattr(action, name)
        if ratio is not None:
            setattr(row, f"{name}Base", ratio.base)
            setattr(row, f"{name}Ert", ratio.result)
    if action.allot is not None:
        row.allotPrice = action.allot_price
    if action.dividend:
        row.dividend = action.dividend
    if action.special_dividend:
        row.spDividend = action.special_dividend


def _add_listing(exchange: Exchange, row: Any, info: SecurityInfo) -> None:
    """Describe a new listing; figures follow from the table."""
    calendar, time = exchange.calendars[info.group], exchange.times[info.group]
    today = datetime.date.fromordinal(exchange.today(info.group))
    days = [today]
    for _ in range(_LISTING_IN_DAYS):
        days.append(calendar.next_trading_day(days[-1]))
    listing, closing = days[-1].toordinal(), days[2].toordinal()
    row.basic.security.CopyFrom(messages.security_message(info))
    row.basic.name = exchange.name(info)
    row.basic.listTime, row.basic.listTimestamp = day_text(listing), time.unix(listing)
    price = info.reference_price / PRICE_SCALE
    low, high = round(price * (1 - _PRICE_RANGE), 2), round(price * (1 + _PRICE_RANGE), 2)
    issue = round(info.shares_outstanding * _ISSUED_SHARE)
    market = info.security.market
    if market == HK:
        row.hkExData.ipoPriceMin, row.hkExData.ipoPriceMax = low, high
        row.hkExData.listPrice = price
        row.hkExData.lotSize = info.lot_size
        row.hkExData.entrancePrice = round(high * info.lot_size * 1.01, 2)
        row.hkExData.isSubscribeStatus = True
        row.hkExData.applyEndTime, row.hkExData.applyEndTimestamp = day_text(closing), time.unix(closing)
    elif market in (SH, SZ):
        block = row.cnExData
        block.applyCode = info.security.code
        block.issueSize, block.onlineIssueSize = issue, issue // 2
        block.applyUpperLimit = max(500, issue // 2000 // 500 * 500)
        block.applyLimitMarketValue = block.applyUpperLimit * 10
        block.isEstimateIpoPrice, block.ipoPrice = True, price
        block.industryPeRate = block.issuePeRate = price / info.eps if info.eps > 0 else 0.0
        block.isEstimateWinningRatio, block.winningRatio, block.isHasWon = True, 0.0, False
        block.applyTime, block.applyTimestamp = day_text(closing), time.unix(closing)
    else:
        names = {"SG": "sgExData", "MY": "myExData", "JP": "jpExData"}
        block = getattr(row, names.get(info.group.value, "usExData"))
        if info.group.value == "MY":
            block.offerPrice = price
        else:
            block.ipoPriceMin, block.ipoPriceMax = low, high
        block.issueSize = issue
