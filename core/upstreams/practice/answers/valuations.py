"""Answers about price-earnings and price-book ratios: their course, and where a stock stands among others.

Earnings and net assets are the table's present ones, so the course is that of the price. Forecasts and reported
quarters are not known and left out.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean, median, pstdev
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.request_checks import checked_number, security_of
from core.upstreams.practice.bar_periods import DAY, WEEK, Bar
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.market_view import MarketView, Today, market_value
from core.upstreams.practice.plates import PlateKind
from core.upstreams.practice.quote_messages import security_message
from core.upstreams.practice.securities import STOCK, SecurityInfo

_PRICE_EARNINGS, _PRICE_BOOK, _PRICE_SALES = 1, 2, 3
_INTERVAL_DAYS: Final = {1: 92, 2: 183, 3: 365, 4: 1_096, 6: 1_826, 7: 3_652, 8: 730, 9: 7_305, 10: 10_957}
_SINCE_2019, _DEFAULT_INTERVAL = 5, 3
_DAILY_DAYS: Final = 400  # longer courses have a point a week
_BORDERS: Final = {
    _PRICE_EARNINGS: (0.0, 10.0, 20.0, 30.0, 50.0, 100.0),
    _PRICE_BOOK: (0.0, 1.0, 2.0, 3.0, 5.0, 10.0),
}
_END: Final = "-1"
_BY_VALUE, _BY_VALUATION, _BY_FORECAST, _BY_PERCENTILE = 51, 52, 53, 54
_DESCENDING: Final = 1


class Valued(NamedTuple):
    """One stock with its ratio."""

    info: SecurityInfo
    today: Today
    value: float


async def valuation_detail(view: MarketView, request: Any) -> bytes:
    """Answer GetValuationDetail (3232)."""
    c2s = request.c2s
    exchange = view.exchange
    info = exchange.info(security_of(c2s.security))
    kind = _kind(info, c2s.valuationType)
    today = view.today(info)
    own = None if today is None else _ratio(info, kind, today.price)
    if today is None or own is None:
        raise UserFacingError("no_figure", field=f"the valuation of {info.security.label}")
    response = openapi.Qot_GetValuationDetail.Response(retType=0)
    content = response.s2c
    content.valuationType = kind  # type: ignore[assignment]  # the schema's own number
    content.lastUpdateTime = int(exchange.now)
    content.lastUpdateTimeStr = exchange.times[info.group].local(exchange.now).text
    _fill_trend(view, info, kind, today, own, c2s.intervalType, content.trend)
    market = await _valued(view, view.stocks(info.security.market), kind)
    _fill_distribution(market, info, kind, content.marketDistribution)
    plates = [plate for plate in exchange.plates.owners(info.security) if plate.kind is PlateKind.INDUSTRY]
    described = exchange.table.get(plates[0].security) if plates else None
    members = {member.security for member in exchange.plates.members(described.security)} if described else set()
    ranked = [row for row in market if row.info.security in members]
    if described is not None and ranked:
        target = content.plateDistribution
        target.plate.CopyFrom(security_message(described))
        target.plateName = exchange.name(described)
        target.plateAverageValue = fmean(row.value for row in ranked)
        target.plateRanking = _ranking(ranked, info)
        target.plateStockItemCount = len(ranked)
        for row in ranked:
            entry = target.stockItems.add(security=security_message(row.info), name=exchange.name(row.info))
            entry.value, entry.marketCap = row.value, market_value(row.info, row.today.price)
    return response.SerializeToString()


async def plate_valuations(view: MarketView, request: Any) -> bytes:
    """Answer GetValuationPlateStockList (3233) for a plate; what an index consists of is not in the table."""
    c2s = request.c2s
    exchange = view.exchange
    security = security_of(c2s.security)
    if exchange.plates.get(security) is None:
        raise UserFacingError("unknown_plate", code=security.label)
    kind = checked_number("valuationType", c2s.valuationType or _PRICE_EARNINGS, (1, 2, 3))
    order = checked_number("sortId", c2s.sortId or _BY_VALUE, (_BY_VALUE, _BY_VALUATION, _BY_FORECAST, _BY_PERCENTILE))
    if kind == _PRICE_SALES or order == _BY_FORECAST:
        raise UserFacingError("no_figure", field="PS" if kind == _PRICE_SALES else "forecasts")
    count = c2s.num if c2s.HasField("num") else 10
    if not 1 <= count <= 50:
        raise UserFacingError("bad_field", field="num", value=count)
    if c2s.nextKey and not (c2s.nextKey.isdecimal() and len(c2s.nextKey) < 6):
        raise UserFacingError("page_key")
    first = int(c2s.nextKey or 0)
    rows = await _valued(view, exchange.plates.members(security), kind)
    breathe = Breath()
    percentiles: dict[SecurityInfo, float] = {}
    for row in rows:
        await breathe()
        percentiles[row.info] = _percentile(_course(view, row.info, kind, _INTERVAL_DAYS[3]), row.value)
    keys: dict[int, Callable[[Valued], float]] = {
        _BY_VALUE: lambda row: market_value(row.info, row.today.price),
        _BY_VALUATION: lambda row: row.value,
        _BY_PERCENTILE: lambda row: percentiles[row.info],
    }
    rows.sort(key=keys[order], reverse=c2s.sortType == _DESCENDING)
    response = openapi.Qot_GetValuationPlateStockList.Response(retType=0)
    response.s2c.count = len(rows)
    response.s2c.nextKey = str(first + count) if first + count < len(rows) else _END
    for row in rows[first : first + count]:
        response.s2c.stockList.add(
            security=security_message(row.info),
            name=exchange.name(row.info),
            valuationVal=row.value,
            valuationPercentile=percentiles[row.info],
            marketCap=market_value(row.info, row.today.price),
        )
    return response.SerializeToString()


def _kind(info: SecurityInfo, asked: int) -> int:
    if info.security_type != STOCK:
        raise UserFacingError("no_figure", field=f"the valuation of {info.security.label}")
    if not asked:
        return _PRICE_EARNINGS if info.eps > 0 else _PRICE_BOOK
    checked_number("valuationType", asked, (_PRICE_EARNINGS, _PRICE_BOOK, _PRICE_SALES))
    if asked == _PRICE_SALES:
        raise UserFacingError("no_figure", field="PS")
    return asked


def _ratio(info: SecurityInfo, kind: int, price: float) -> float | None:
    figure = info.eps if kind == _PRICE_EARNINGS else info.bvps
    return price / figure if figure else None


def _course(view: MarketView, info: SecurityInfo, kind: int, days: int) -> list[tuple[Bar, float]]:
    """Give bars (of days, or of weeks for a long time) with the ratio at their close."""
    weekly = days > _DAILY_DAYS
    count = days // 7 + 1 if weekly else int(days / 1.38) + 1
    bars = view.bars(info, WEEK if weekly else DAY, count)
    return [(bar, value) for bar in bars if (value := _ratio(info, kind, bar.close)) is not None]


def _fill_trend(
    view: MarketView, info: SecurityInfo, kind: int, today: Today, own: float, interval: int, trend: Any
) -> None:
    checked_number("intervalType", interval, (0, _SINCE_2019, *_INTERVAL_DAYS))
    if interval == _SINCE_2019:
        days = today.day - datetime.date(2019, 1, 1).toordinal()
    else:
        days = _INTERVAL_DAYS[interval or _DEFAULT_INTERVAL]
    course = _course(view, info, kind, days)
    values = [value for _, value in course]
    average, deviation = fmean(values), pstdev(values)
    trend.currentValue = own
    trend.averageValue = average
    trend.avgMinus1Stddev, trend.avgPlus1Stddev = average - deviation, average + deviation
    trend.valuationPercentile = _percentile(course, own)
    time = view.exchange.times[info.group]
    for bar, value in course:
        trend.historicalItems.add(value=value, time=int(time.unix(bar.day)), timeStr=day_text(bar.day))


def _percentile(course: Sequence[tuple[Bar, float]], own: float) -> float:
    """Say which share of a course lies below a value, in percent."""
    values = sorted(value for _, value in course)
    return bisect_left(values, own) / len(values) * 100 if values else 0.0


async def _valued(view: MarketView, infos: Sequence[SecurityInfo], kind: int) -> list[Valued]:
    breathe = Breath()
    found = []
    for info in infos:
        await breathe()
        if info.security_type != STOCK or not view.exchange.is_listed(info) or view.exchange.is_suspended(info):
            continue
        today = view.today(info)
        value = None if today is None else _ratio(info, kind, today.price)
        if today is not None and value is not None:
            found.append(Valued(info, today, value))
    return found


def _fill_distribution(rows: Sequence[Valued], info: SecurityInfo, kind: int, target: Any) -> None:
    values = [row.value for row in rows]
    borders = _BORDERS[kind]
    # The highest range first; 0 as an end means that there is none.
    target.sections.add(start=borders[-1], end=0.0, number=sum(value >= borders[-1] for value in values))
    for low, high in reversed(list(pairwise(borders))):
        target.sections.add(start=low, end=high, number=sum(low <= value < high for value in values))
    target.total = len(values)
    target.ranking = _ranking(rows, info)
    target.averageValue, target.medianValue = fmean(values), median(values)


def _ranking(rows: Sequence[Valued], info: SecurityInfo) -> int:
    """Give a stock's place among others, the cheapest first; those with a loss come last."""
    order = sorted(rows, key=lambda row: (row.value < 0, row.value, row.info.security))
    return next((place for place, row in enumerate(order, start=1) if row.info.security == info.security), 0)
