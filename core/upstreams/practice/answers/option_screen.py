"""Answers OptionScreen (3253): option series by terms, prices, greeks and figures of their underlyings."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, Final, TypeVar

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.option_looks import (
    OPTION_FIGURES,
    OWNER_FIGURES,
    Figure,
    Owner,
    Series,
    owners_of,
    series_of,
)
from core.upstreams.practice.answers.option_statistics import ActivityTotals
from core.upstreams.practice.answers.request_checks import checked_number
from core.upstreams.practice.answers.stock_screen import inside
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.quote_messages import security_message

Thing = TypeVar("Thing")
# MarketCategory numbers and the OptionMarket numbers of the other option calls.
_CATEGORIES: Final = {0: 1, 1: 2, 3: 3, 4: 4}
_MOST_ROWS: Final = 1_000
_DEFAULT_ROWS: Final = 200
_STOCK_LIST, _INDEX_LIST = 101, 106


_CHOICES: Final = frozenset((1003, 1004, 1005, 1007, 2001))
_ONLY_SHOWN: Final = 2021
_FIELDS: Final = {
    1001: "strikePrice", 1002: "leftDay", 1003: "optionType", 1004: "exerciseType", 1005: "expirationType",
    2001: "inTheMoney", 2002: "price", 2003: "midPrice", 2004: "bidPrice", 2005: "askPrice", 2006: "bidAskSpread",
    2010: "changeRate", 2011: "volume", 2012: "turnover", 2013: "openInterest", 2014: "openInterestMarketCap",
    2018: "volOIRatio", 2021: "premium", 3001: "impliedVolatility", 3002: "historyVolatility", 3003: "ivHvRatio",
    3004: "delta", 3005: "gamma", 3006: "vega", 3007: "theta", 3008: "rho", 3009: "leverageRatio",
    3010: "effectiveGearing", 3011: "buyToBep", 3012: "sellToBep", 3013: "buyProfitProbability",
    3014: "sellProfitProbability", 3015: "intrinsicValuePer", 3016: "timeValuePer", 3017: "itmDegree",
    3018: "otmDegree", 3019: "itmProbability", 3020: "otmProbability", 3021: "sellAnnualizedReturn",
    3022: "intervalReturn",
}  # fmt: skip
_WHOLE: Final = frozenset((1002, 1003, 1004, 1005, 2001, 2011, 2013))
_UNDERLYING_FIELDS: Final = {
    203: "iv", 204: "hv", 205: "ivRank", 206: "ivPercentile", 401: "marketCap", 402: "price", 403: "changeRate",
}  # fmt: skip


async def option_screen(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer OptionScreen (3253). Conditions of a group are alternatives; every group must hold."""
    c2s = request.c2s
    if not c2s.marketCategoryList:
        raise UserFacingError("empty_list", field="marketCategoryList")
    count = c2s.pageCount if c2s.HasField("pageCount") else _DEFAULT_ROWS
    if count < 1 or c2s.pageFrom < 0:
        raise UserFacingError("bad_field", field="pageCount", value=count)
    if count > _MOST_ROWS:
        raise UserFacingError("too_many_items", count=count, limit=_MOST_ROWS)
    by_owner = [_any_of([_owner_check(one) for one in group.underlyingList]) for group in c2s.filterList]
    by_series = [_any_of([_series_check(one) for one in group.optionList]) for group in c2s.filterList]
    sorts = [
        (_figure(sort.indicatorType), checked_number("direction", sort.direction, (0, 1))) for sort in c2s.sortList
    ]
    shown = list(c2s.optionRetrieveList) or list(_FIELDS)
    shown_of_owner = list(c2s.underlyingRetrieveList) or list(_UNDERLYING_FIELDS)
    for number in c2s.optionRetrieveList:
        _figure(number)
    breathe = Breath()
    found: list[Series] = []
    for category in c2s.marketCategoryList:
        if category not in _CATEGORIES:
            raise UserFacingError("no_figure", field=f"MarketCategory {category}")
    for owner in owners_of(exchange, [_CATEGORIES[category] for category in c2s.marketCategoryList], totals):
        await breathe()
        if not all(check(owner) for check in by_owner):
            continue
        for one in series_of(exchange, owner):
            await breathe()
            if all(check(one) for check in by_series):
                found.append(one)
    for figure, direction in reversed(sorts):
        keys = {}
        for one in found:
            await breathe()
            keys[id(one)] = figure(one)
        found.sort(key=lambda one, keys=keys: keys[id(one)], reverse=direction == 1)  # type: ignore[misc]
    response = openapi.Qot_OptionScreen.Response(retType=0)
    response.s2c.allCount = len(found)
    response.s2c.lastPage = c2s.pageFrom + count >= len(found)
    for one in found[c2s.pageFrom : c2s.pageFrom + count]:
        await breathe()
        _fill(response.s2c.dataList.add(), exchange, one, shown, shown_of_owner)
    return response.SerializeToString()


def _any_of(checks: list[Callable[[Thing], bool]]) -> Callable[[Thing], bool]:
    return lambda one: not checks or any(check(one) for check in checks)


def _owner_check(one: Any) -> Callable[[Owner], bool]:
    if one.indicatorType in (_STOCK_LIST, _INDEX_LIST):
        ids, labels = set(one.indicatorValue.valueList), {text.upper() for text in one.indicatorValue.strValueList}
        return lambda owner: owner.info.security_id in ids or owner.info.security.label in labels
    if one.indicatorType not in OWNER_FIGURES:
        raise UserFacingError("no_figure", field=f"UnderlyingIndicatorType {one.indicatorType}")
    figure, interval = OWNER_FIGURES[one.indicatorType], _interval(one)
    return lambda owner: inside(figure(owner), interval)


def _series_check(one: Any) -> Callable[[Series], bool]:
    figure = _figure(one.indicatorType)
    if one.indicatorType == _ONLY_SHOWN:
        raise UserFacingError("bad_field", field="indicatorType", value=_ONLY_SHOWN)
    if one.indicatorType in _CHOICES:
        wanted = set(one.indicatorValue.valueList)
        return lambda series: int(figure(series)) in wanted
    interval = _interval(one)
    return lambda series: inside(figure(series), interval)


def _interval(one: Any) -> Any:
    interval = one.indicatorValue.valueInterval
    if not interval.HasField("filterMin") and not interval.HasField("filterMax"):
        raise UserFacingError("filter_range")
    return interval


def _figure(number: int) -> Figure:
    if number not in OPTION_FIGURES:
        raise UserFacingError("no_figure", field=f"OptionIndicatorType {number}")
    return OPTION_FIGURES[number]


def _fill(row: Any, exchange: Exchange, one: Series, shown: list[int], shown_of_owner: list[int]) -> None:
    row.security.CopyFrom(security_message(one.info))
    row.optionName = exchange.name(one.info)
    row.strikeDate = int(datetime.date.fromordinal(one.contract.last_day).strftime("%Y%m%d"))
    for number in shown:
        if number in _FIELDS:
            value = OPTION_FIGURES[number](one)
            setattr(row, _FIELDS[number], int(value) if number in _WHOLE else value)
    row.underlyingInfo.stockID = one.owner.info.security_id
    for number in shown_of_owner:
        if number in _UNDERLYING_FIELDS:
            setattr(row.underlyingInfo, _UNDERLYING_FIELDS[number], OWNER_FIGURES[number](one.owner))
