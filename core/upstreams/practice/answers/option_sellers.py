"""Answers GetOptionSellerScreener (3314): what somebody could sell who has the stock or the cash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from core.api_messages import openapi
from core.upstreams.practice.answers.option_choosing import OWNER_SORTS, owners_passing, series_passing, sort_by
from core.upstreams.practice.answers.option_looks import OPTION_FIGURES, Series
from core.upstreams.practice.answers.option_statistics import ActivityTotals
from core.upstreams.practice.answers.request_checks import checked_number
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.quote_messages import security_message

_YEAR: Final = 365
_CALL, _PUT = 1, 2
_COVERED_CALL, _CASH_SECURED_PUT = 1, 2
_SELLER_ROWS: Final = 200
# What a seller's screen leaves out unless it is told otherwise.
_LEAST_PRICE, _LEAST_OPTION_PRICE = 1.0, 0.01
# SellerIndicatorType numbers.
_SELLER_OWNER_FILTERS: Final = {
    3: OWNER_SORTS[1], 4: OWNER_SORTS[3], 5: OWNER_SORTS[7], 6: OWNER_SORTS[9], 7: OWNER_SORTS[11],
    8: OWNER_SORTS[12], 9: OWNER_SORTS[13], 10: OWNER_SORTS[5], 11: OWNER_SORTS[6],
}  # fmt: skip


def _interval_return(one: Series) -> float:
    """The premium in percent of what covers the option: the stock for a call, the strike for a put."""
    cover = one.owner.price if one.contract.kind == _CALL else one.contract.strike
    return one.figures.mark / cover * 100


def _years(one: Series) -> float:
    return max(1, one.contract.last_day - one.owner.day) / _YEAR


def _struck_return(one: Series) -> float:
    """A covered call's return when it is exercised: the premium and the way to the strike."""
    return (one.figures.mark + one.contract.strike - one.owner.price) / one.owner.price * 100


_SELLER_FILTERS: Final[dict[int, Callable[[Series], float]]] = {
    14: OPTION_FIGURES[1002],
    15: OPTION_FIGURES[1005],
    16: OPTION_FIGURES[1007],
    17: OPTION_FIGURES[2021],
    18: lambda one: _interval_return(one) / _years(one),
    19: _interval_return,
    20: OPTION_FIGURES[3018],
    21: OPTION_FIGURES[3020],
    22: OPTION_FIGURES[3001],
    23: OPTION_FIGURES[2004],
    24: OPTION_FIGURES[2005],
    25: OPTION_FIGURES[2011],
    26: OPTION_FIGURES[2013],
}
_SELLER_SORTS: Final = {1: _SELLER_FILTERS[18], 2: _SELLER_FILTERS[19], 3: OPTION_FIGURES[3019],
                        4: OPTION_FIGURES[2021]}  # fmt: skip


async def seller_screener(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionSellerScreener (3314): calls out of the money for holders, puts for those with cash."""
    c2s = request.c2s
    market = checked_number("optionMarket", c2s.optionMarket, (1, 3))
    kind = checked_number("sellerType", c2s.sellerType, (_COVERED_CALL, _CASH_SECURED_PUT))
    sort = _SELLER_SORTS[checked_number("sortType", c2s.sortType or 1, _SELLER_SORTS)]
    owned = [one for one in c2s.filterList if one.indicatorType < 14]
    own = [one for one in c2s.filterList if one.indicatorType >= 14]
    owners = await owners_passing(exchange, totals, market, owned, _SELLER_OWNER_FILTERS, lists=(1,), categories=(2,))
    owners = [one for one in owners if one.price > _LEAST_PRICE]
    wanted = _CALL if kind == _COVERED_CALL else _PUT
    found = [
        one
        for one in await series_passing(exchange, owners, own, _SELLER_FILTERS, exact=(15, 16), kind=wanted)
        if one.bid > _LEAST_OPTION_PRICE and one.volume and one.figures.open_interest
    ]
    await sort_by(found, sort, descending=not c2s.isAsc)
    response = openapi.Qot_GetOptionSellerScreener.Response(retType=0)
    response.s2c.SetInParent()
    for one in found[:_SELLER_ROWS]:
        figures = one.figures
        row = response.s2c.itemList.add(
            option=security_message(one.info),
            name=exchange.name(one.info),
            optionType=one.contract.kind,
            strikePrice=one.contract.strike,
            strikeTime=day_text(one.contract.last_day),
            strikeTimestamp=one.expires_at,
            leftDays=one.contract.last_day - one.owner.day,
            optionPrice=figures.mark,
            stockPrice=one.owner.price,
            premium=figures.mark * one.contract.multiplier,
            otmDegree=max(0.0, one.out_of_the_money),
            iv=figures.volatility,
            intervalReturn=_interval_return(one),
            annualizedReturn=_interval_return(one) / _years(one),
            itmProbability=figures.exercise_probability,
            owner=security_message(one.owner.info),
        )
        if kind == _COVERED_CALL:
            row.strikedIntervalReturn = _struck_return(one)
            row.strikedAnnualizedReturn = _struck_return(one) / _years(one)
    return response.SerializeToString()
