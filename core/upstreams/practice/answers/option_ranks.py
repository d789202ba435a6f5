"""Answers that rank options: underlyings (3305) and series (3306)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from core.upstreams.practice.answers.option_looks import OPTION_FIGURES, Owner, Series
from core.upstreams.practice.answers.option_statistics import OPTION_MARKETS, ActivityTotals
from core.upstreams.practice.answers.request_checks import checked_number, parse_moment
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.quote_messages import security_message

_MOST: Final = 200

# UnderlyingRankIndicatorType and OptionRankIndicatorType numbers.
_OWNER_FILTERS: Final = {
    3: OWNER_SORTS[1], 4: OWNER_SORTS[3], 5: OWNER_SORTS[7], 6: OWNER_SORTS[9], 7: OWNER_SORTS[11],
    8: OWNER_SORTS[12], 9: OWNER_SORTS[8], 10: OWNER_SORTS[10], 11: OWNER_SORTS[2], 12: OWNER_SORTS[4],
    13: OWNER_SORTS[13],
}  # fmt: skip
_RANK_OWNER_FILTERS: Final = {
    2: OWNER_SORTS[13], 4: OWNER_SORTS[7], 5: OWNER_SORTS[9], 6: OWNER_SORTS[11], 7: OWNER_SORTS[12],
}  # fmt: skip


def _net(one: Series) -> int:
    return one.figures.net_open_interest


def _worth(one: Series) -> float:
    return one.contract.multiplier * one.figures.mark


_SERIES_SORTS: Final[dict[int, Callable[[Series], float]]] = {
    1: lambda one: one.volume,
    2: OPTION_FIGURES[2012],
    3: OPTION_FIGURES[2013],
    4: lambda one: max(0, _net(one)),
    5: lambda one: max(0, -_net(one)),
    6: OPTION_FIGURES[2014],
    7: lambda one: max(0, _net(one)) * _worth(one),
    8: lambda one: max(0, -_net(one)) * _worth(one),
    9: OPTION_FIGURES[2010],
    10: OPTION_FIGURES[3001],
}
_RANK_FILTERS: Final = {
    8: OPTION_FIGURES[3001], 9: OPTION_FIGURES[1003], 10: OPTION_FIGURES[1002], 11: OPTION_FIGURES[2001],
    12: OPTION_FIGURES[2011], 13: OPTION_FIGURES[2013], 14: OPTION_FIGURES[3004], 15: OPTION_FIGURES[3005],
    16: OPTION_FIGURES[3007], 17: OPTION_FIGURES[3006], 18: OPTION_FIGURES[3008],
}  # fmt: skip


async def underlying_rank(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionUnderlyingRank (3305), of now or of an earlier trading day."""
    c2s = request.c2s
    market = checked_number("optionMarket", c2s.optionMarket, OPTION_MARKETS)
    sort = OWNER_SORTS[checked_number("sortType", c2s.sortType, OWNER_SORTS)]
    first, count = window(c2s, _MOST)
    day = parse_moment(c2s.tradingDate).day if c2s.tradingDate else None
    rows = await owners_passing(
        exchange, totals, market, c2s.filterList, _OWNER_FILTERS, lists=(1,), categories=(2,), day=day
    )
    if day is not None and rows and rows[0].day != day:
        raise UserFacingError("no_figure", field=f"tradingDate {c2s.tradingDate[:20]}")
    await sort_by(rows, sort, descending=not c2s.isAsc)
    response = openapi.Qot_GetOptionUnderlyingRank.Response(retType=0)
    content = response.s2c
    content.optionMarket, content.sortType = market, c2s.sortType
    _stamp(exchange, content, rows)
    content.allCount, content.nextPage = len(rows), next_page(first, count, len(rows))
    for one in rows[first : first + count]:
        content.rankList.add(
            owner=security_message(one.info),
            name=exchange.name(one.info),
            totalVolume=one.volume,
            totalOpenInterest=one.open_interest,
            volumeRatio=OWNER_SORTS[2](one),
            openInterestRatio=OWNER_SORTS[4](one),
            iv=one.volatility,
            ivRank=one.place[0],
            ivPercentile=one.place[1],
            price=one.price,
            changeRate=one.change,
            ivChange=OWNER_SORTS[8](one),
            hv=one.realized,
            hvChange=OWNER_SORTS[10](one),
            marketCap=OWNER_SORTS[13](one),
        )
    return response.SerializeToString()


async def option_rank(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionRank (3306), of today only."""
    c2s = request.c2s
    market = checked_number("optionMarket", c2s.optionMarket, OPTION_MARKETS)
    sort = _SERIES_SORTS[checked_number("sortType", c2s.sortType, _SERIES_SORTS)]
    first, count = window(c2s, _MOST)
    owned = [one for one in c2s.filterList if one.indicatorType < 8]
    own = [one for one in c2s.filterList if one.indicatorType >= 8]
    owners = await owners_passing(exchange, totals, market, owned, _RANK_OWNER_FILTERS, lists=(3,), categories=(1,))
    _check_date(c2s.tradingDate, owners)
    found = await series_passing(exchange, owners, own, _RANK_FILTERS, exact=(9, 11))
    await sort_by(found, sort, descending=not c2s.isAsc)
    response = openapi.Qot_GetOptionRank.Response(retType=0)
    content = response.s2c
    content.optionMarket, content.sortType = market, c2s.sortType
    _stamp(exchange, content, owners)
    content.allCount, content.nextPage = len(found), next_page(first, count, len(found))
    for one in found[first : first + count]:
        figures = one.figures
        content.rankList.add(
            option=security_message(one.info),
            name=exchange.name(one.info),
            optionType=one.contract.kind,
            oiIncrement=max(0, _net(one)),
            oiDecrement=max(0, -_net(one)),
            oiMarketCapIncrement=_SERIES_SORTS[7](one),
            oiMarketCapDecrement=_SERIES_SORTS[8](one),
            volume=one.volume,
            turnover=OPTION_FIGURES[2012](one),
            openInterest=figures.open_interest,
            openInterestMarketCap=OPTION_FIGURES[2014](one),
            iv=figures.volatility,
            optionPrice=figures.mark,
            changeRate=OPTION_FIGURES[2010](one),
            midPrice=OPTION_FIGURES[2003](one),
            bidPrice=one.bid,
            askPrice=one.ask,
            **greeks_of(one),
        )
    return response.SerializeToString()


def _check_date(text: str, owners: Sequence[Owner]) -> None:
    """Ranks of series on other days than the present one are not kept."""
    if text and owners and parse_moment(text).day != owners[0].day:
        raise UserFacingError("no_figure", field=f"tradingDate {text[:20]}")


def _stamp(exchange: Exchange, content: Any, owners: Sequence[Owner]) -> None:
    if owners:
        content.tradingDate = day_text(owners[0].day)
        content.tradingTimestamp = exchange.times[owners[0].info.group].unix(owners[0].day)
