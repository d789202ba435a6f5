"""Answers about futures and about contracts that belong to a security."""

from __future__ import annotations

import datetime
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice import index_futures, warrants
from core.upstreams.practice import quote_messages as messages
from core.upstreams.practice.answers.reference import add_static
from core.upstreams.practice.answers.request_checks import MAXIMUM_ROWS, checked_number, securities_of, security_of
from core.upstreams.practice.calendars import MINUTES_PER_DAY
from core.upstreams.practice.contract_models import FutureModel
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.futures_hours import future_sessions
from core.upstreams.practice.price_ticks import PRICE_SCALE, tick_size

_MOST_FUTURES: Final = 200
_WARRANTS, _FUTURES = 1, 2  # ReferenceType
_RULES: Final = "https://www.hkex.com.hk/Products/Listed-Derivatives/Equity-Index"


def future_info(exchange: Exchange, request: Any) -> bytes:
    """Answer GetFutureInfo (3218). The night before a day is part of it; its beginning is a negative minute."""
    securities = securities_of(request.c2s.securityList)
    if len(securities) > _MOST_FUTURES:
        raise UserFacingError("too_many_items", count=len(securities), limit=_MOST_FUTURES)
    response = openapi.Qot_GetFutureInfo.Response(retType=0)
    response.s2c.SetInParent()
    for security in securities:
        info = exchange.info(security)
        model = exchange.derivatives.model(security)
        if not isinstance(model, FutureModel):
            raise UserFacingError("not_a_future", code=security.label)
        contract, time = model.contract, exchange.times[info.group]
        today = exchange.today(info.group)
        owner = exchange.info(contract.owner)
        row = response.s2c.futureInfoList.add()
        row.name = exchange.name(info)
        row.security.CopyFrom(messages.security_message(info))
        row.lastTradeTime = "" if contract.role else datetime.date.fromordinal(contract.last_day).isoformat()
        if not contract.role:
            row.lastTradeTimestamp = time.unix(contract.last_day)
        row.owner.market, row.owner.code = contract.owner
        row.ownerOther = exchange.name(owner)
        row.exchange = "HKEX"
        row.contractType = "Index Future (simulated)"
        row.contractSize = contract.multiplier
        row.contractSizeUnit = "HKD per index point"
        row.quoteCurrency = info.currency
        row.minVar = tick_size(contract.tick_kind, info.reference_price) / PRICE_SCALE
        row.minVarUnit = "index point"
        row.quoteUnit = "index point"
        calendar = exchange.calendar_of(info)
        date = datetime.date.fromordinal(today)
        if not calendar.is_trading_day(date):
            date = calendar.previous_trading_day(date)
        for session in future_sessions(calendar, date.toordinal()):
            # A night begins on the day before (T-1), however long a weekend lies between.
            shift = -(session.close // MINUTES_PER_DAY) * MINUTES_PER_DAY if session.open < 0 else 0
            row.tradeTime.add(begin=session.open + shift, end=session.close + shift)
        row.timeZone = calendar.time_zone
        row.exchangeFormatUrl = _RULES
        row.origin.market, row.origin.code = security.market, model.month(today)[0]
    return response.SerializeToString()


def references(exchange: Exchange, request: Any) -> bytes:
    """Answer GetReference (3206): the warrants of a stock, or the months of a rolling future."""
    c2s = request.c2s
    security = security_of(c2s.security)
    exchange.info(security)
    kind = checked_number("referenceType", c2s.referenceType, (_WARRANTS, _FUTURES))
    response = openapi.Qot_GetReference.Response(retType=0)
    response.s2c.SetInParent()
    derivatives = exchange.derivatives
    if kind == _WARRANTS:
        found = (
            [contract.security for contract in derivatives.warrants(security)] if security in warrants.OWNERS else []
        )
    else:
        model = derivatives.model(security)
        if not isinstance(model, FutureModel):
            raise UserFacingError("not_a_future", code=security.label)
        rolling = index_futures.ROLES
        found = [
            contract.security
            for contract in derivatives.futures(model.contract.root)
            if contract.role == index_futures.MAIN or contract.role not in rolling
        ]
    for contract_security in found[:MAXIMUM_ROWS]:
        add_static(exchange, response.s2c.staticInfoList, exchange.info(contract_security))
    return response.SerializeToString()
