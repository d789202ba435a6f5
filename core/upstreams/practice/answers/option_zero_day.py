"""Answers about options that expire today: underlyings (3311) and series of a day (3312)."""

from __future__ import annotations

from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.option_choosing import (
    OWNER_SORTS,
    greeks_of,
    next_page,
    owners_passing,
    series_passing,
    sort_by,
    window,
)
from core.upstreams.practice.answers.option_looks import OPTION_FIGURES, Owner, series_of
from core.upstreams.practice.answers.option_statistics import ActivityTotals
from core.upstreams.practice.answers.request_checks import checked_number, security_of
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.quote_messages import security_message

_LATEST: Final = 4_102_444_800  # Unix seconds of the year 2100
# ZeroDteIndicatorType numbers.
_ZERO_OWNER_FILTERS: Final = {
    3: OWNER_SORTS[1], 4: OWNER_SORTS[3], 5: OWNER_SORTS[7], 6: OWNER_SORTS[9], 7: OWNER_SORTS[11],
    8: OWNER_SORTS[12], 9: OWNER_SORTS[5], 10: OWNER_SORTS[6],
}  # fmt: skip
_ZERO_SORTS: Final = {1: OWNER_SORTS[1], 2: OWNER_SORTS[7], 3: OWNER_SORTS[6], 4: OWNER_SORTS[3],
                      5: OWNER_SORTS[13]}  # fmt: skip


_ZERO_FILTERS: Final = {
    1: OPTION_FIGURES[1003], 2: OPTION_FIGURES[2011], 3: OPTION_FIGURES[2013], 4: OPTION_FIGURES[3001],
    5: OPTION_FIGURES[3004], 6: OPTION_FIGURES[3005], 7: OPTION_FIGURES[3007], 8: OPTION_FIGURES[3006],
    9: OPTION_FIGURES[3008], 10: OPTION_FIGURES[2002], 11: OPTION_FIGURES[2010],
    12: lambda one: one.figures.break_even, 13: OPTION_FIGURES[3011], 14: OPTION_FIGURES[3013],
    15: OPTION_FIGURES[3014],
}  # fmt: skip
_CONTRACT_SORTS: Final = {1: OPTION_FIGURES[2011], 2: OPTION_FIGURES[2013], 3: OPTION_FIGURES[3001],
                          4: OPTION_FIGURES[3004]}  # fmt: skip


async def zero_day_underlyings(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionZeroDteScreener (3311): US underlyings with series that expire today."""
    c2s = request.c2s
    market = checked_number("optionMarket", c2s.optionMarket, (1, 2))
    sort = _ZERO_SORTS[checked_number("sortType", c2s.sortType or 1, _ZERO_SORTS)]
    first, count = window(c2s, 500, default=50)
    rows = await owners_passing(exchange, totals, market, c2s.filterList, _ZERO_OWNER_FILTERS, lists=(1,))
    rows = [one for one in rows if _expires_today(exchange, one)]
    await sort_by(rows, sort, descending=not c2s.isAsc)
    response = openapi.Qot_GetOptionZeroDteScreener.Response(retType=0)
    content = response.s2c
    content.updateTimestamp = exchange.now
    content.nextPage = next_page(first, count, len(rows))
    for one in rows[first : first + count]:
        row = content.itemList.add(
            owner=security_message(one.info),
            name=exchange.name(one.info),
            price=one.price,
            changeRate=one.change,
            marketCap=OWNER_SORTS[13](one),
            iv=one.volatility,
            ivRank=one.place[0],
            ivPercentile=one.place[1],
            hv=one.realized,
            volume=one.volume,
            openInterest=one.open_interest,
        )
        time = exchange.times[one.info.group]
        sessions = exchange.calendar_of(one.info).sessions(time.local_datetime(exchange.now).date())
        row.lastTradingTime = int(time.unix(one.day, sessions[-1].close if sessions else 0))
        [option_class, *_] = exchange.derivatives.classes_of(one.info.security)
        chain = row.chainInfo
        chain.strikeDateTimestamp = int(time.unix(one.day))
        chain.productCode = option_class.root
        chain.multiplier = chain.contractShareSize = option_class.multiplier
        chain.expirationType = 2
        chain.underlying.CopyFrom(security_message(one.info))
    return response.SerializeToString()


async def zero_day_contracts(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionZeroDteContract (3312): the series of an underlying that expire on one day."""
    c2s = request.c2s
    info = exchange.info(security_of(c2s.owner))
    if not exchange.derivatives.classes_of(info.security):
        raise UserFacingError("no_options", code=info.security.label)
    sort = _CONTRACT_SORTS[checked_number("sortType", c2s.sortType or 1, _CONTRACT_SORTS)]
    owner = Owner(exchange, info, totals)
    if not 0 <= c2s.strikeDateTimestamp <= _LATEST:
        raise UserFacingError("bad_field", field="strikeDateTimestamp", value=c2s.strikeDateTimestamp)
    day = exchange.times[info.group].local(float(c2s.strikeDateTimestamp)).day
    found = await series_passing(exchange, [owner], c2s.filterList, _ZERO_FILTERS, exact=(1,), day=day)
    await sort_by(found, sort, descending=not c2s.isAsc)
    response = openapi.Qot_GetOptionZeroDteContract.Response(retType=0)
    response.s2c.SetInParent()
    for one in found:
        figures = one.figures
        response.s2c.itemList.add(
            option=security_message(one.info),
            name=exchange.name(one.info),
            optionType=one.contract.kind,
            optionPrice=figures.mark,
            changeRate=OPTION_FIGURES[2010](one),
            volume=one.volume,
            openInterest=figures.open_interest,
            iv=figures.volatility,
            buyBreakEvenPoint=figures.break_even,
            buyToBep=figures.distance_to_break_even,
            buyProfitProbability=figures.profit_probability,
            sellProfitProbability=100 - figures.profit_probability,
            **greeks_of(one),
        )
    return response.SerializeToString()


def _expires_today(exchange: Exchange, owner: Owner) -> bool:
    return bool(series_of(exchange, owner, owner.day))
