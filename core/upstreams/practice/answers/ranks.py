"""Answers that compare many securities by their prices: top movers, changes over periods, rises and falls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Final, NamedTuple, TypeVar

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US, Security
from core.upstreams.practice.answers.request_checks import checked_number
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.market_view import (
    MarketView,
    Past,
    Today,
    market_value,
    price_book,
    price_earnings,
    turnover_rate,
)
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.quote_messages import security_message
from core.upstreams.practice.securities import SecurityInfo

Row = TypeVar("Row")
DEFAULT_COUNT: Final = 50
MAXIMUM_COUNT: Final = 200
_NEAR_PERCENT: Final = 5.0  # of the 52 weeks' extremes
# PeriodType of GetPeriodChangeRank and trading days back; 5 minutes and this year are special.
_FIVE_MINUTES, _THIS_YEAR = 1, 8
_PERIOD_DAYS: Final = {2: 1, 3: 5, 4: 20, 5: 60, 6: 120, 7: 250}
_PRICE_FILTERS: Final = {1: (0.0, 1.0), 2: (1.0, 10.0), 3: (10.0, 100.0), 4: (100.0, inf)}
_NEAR_HIGH, _NEAR_LOW = 5, 6
_LAST_BAND: Final = 7
_RISE_LIMIT, _ABOVE, _NORMAL, _BELOW, _FALL_LIMIT = 1, 2, 3, 4, 5


class Figures(NamedTuple):
    """One security with what ranks compare."""

    info: SecurityInfo
    today: Today
    past: Past
    volume_ratio: float

    @property
    def year_change(self) -> float:
        """The change since the last close of last year, in percent."""
        return _change(self.today.price, self.past.year_close)

    def change_of_days(self, days: int) -> float:
        """The change over trading days, in percent; 0 where there is no history."""
        return _change(self.today.price, self.past.closes.get(days, 0.0))


async def figures_of(view: MarketView, infos: Sequence[SecurityInfo]) -> list[Figures]:
    """Look at many securities, giving way to others in between."""
    breathe = Breath()
    found = []
    for info in infos:
        await breathe()
        if view.exchange.is_suspended(info) or not view.exchange.is_listed(info):
            continue
        today = view.today(info)
        if today is not None:
            found.append(Figures(info, today, view.past(info, today.day), view.volume_ratio(info, today)))
    return found


async def top_movers(view: MarketView, request: Any) -> bytes:
    """Answer GetTopMoversRank (3413)."""
    c2s = request.c2s
    rows = await figures_of(view, view.stocks(_market(c2s.market, (HK, US, SH, SZ))))
    rows = [row for row in rows if all(passes_simple(row, one) for one in c2s.filterList)]
    page = page_of(c2s, rows, lambda row: row.today.change, _code)
    response = openapi.Qot_GetTopMoversRank.Response(retType=0)
    response.s2c.allCount = len(rows)
    for row in page:
        today, info = row.today, row.info
        entry = response.s2c.dataList.add(
            security=security_message(info),
            name=view.exchange.name(info),
            curPrice=today.price,
            changeRatio=today.change,
            changeAmount=today.price - today.last_close,
            turnover=today.turnover,
            volume=today.volume,
            amplitude=today.amplitude,
            volumeRatio=row.volume_ratio,
        )
        _fill_known(entry, row)
    return response.SerializeToString()


async def period_changes(view: MarketView, request: Any) -> bytes:
    """Answer GetPeriodChangeRank (3416)."""
    c2s = request.c2s
    period = c2s.periodType or _FIVE_MINUTES
    checked_number("periodType", period, (_FIVE_MINUTES, *_PERIOD_DAYS, _THIS_YEAR))

    def change(row: Figures) -> float:
        if period == _FIVE_MINUTES:
            return row.today.change_of_minutes
        return row.year_change if period == _THIS_YEAR else row.change_of_days(_PERIOD_DAYS[period])

    rows = await figures_of(view, view.stocks(_market(c2s.market, (HK, US, SH, SZ))))
    for one in c2s.filterList:
        rows = [row for row in rows if inside(_figure(row, one.indicatorType, change(row)), one.indicatorValue)]
    page = page_of(c2s, rows, change, _code)
    response = openapi.Qot_GetPeriodChangeRank.Response(retType=0)
    response.s2c.allCount = len(rows)
    for row in page:
        today, info = row.today, row.info
        entry = response.s2c.dataList.add(
            security=security_message(info),
            name=view.exchange.name(info),
            curPrice=today.price,
            changeRatio=today.change,
            turnover=today.turnover,
            volume=today.volume,
            changeRate5Min=today.change_of_minutes,
            changeRateYTD=row.year_change,
            amplitude=today.amplitude,
            volumeRatio=row.volume_ratio,
        )
        for days in (5, 10, 20, 60, 120, 250):
            setattr(entry, f"changeRate{days}D", row.change_of_days(days))
        _fill_known(entry, row)
        book = price_book(info, today.price)
        if book is not None:
            entry.pb = book
    return response.SerializeToString()


async def rise_fall(
    view: MarketView, members: Callable[[Any], list[SecurityInfo]], plate_of_market: Callable[[int], Any], request: Any
) -> bytes:
    """Answer GetRiseFallDistribution (3433). `members` gives a plate's securities, or raises UserFacingError."""
    c2s = request.c2s
    response = openapi.Qot_GetRiseFallDistribution.Response(retType=0)
    if c2s.HasField("security") and c2s.security.code:
        infos = members(c2s.security)
        response.s2c.plate.CopyFrom(c2s.security)
    else:
        infos = view.stocks(_market(c2s.market, (HK, US, SH, SZ)))
        plate = plate_of_market(c2s.market)
        if plate is not None and view.exchange.plates.get(plate) is not None:
            response.s2c.plate.market, response.s2c.plate.code = plate
    rows = await figures_of(view, infos)
    limits = [_limits(view, row) for row in rows]
    bands: dict[tuple[int, int, int], int] = dict.fromkeys(_bands(any(limits)), 0)
    for row, limit in zip(rows, limits, strict=True):
        bands[_band(row, limit)] += 1
    for (kind, left, right), count in bands.items():
        response.s2c.rangeList.add(type=kind, leftBorder=left, rightBorder=right, stockCount=count)
    return response.SerializeToString()


def _bands(limited: bool) -> list[tuple[int, int, int]]:
    """List the ranges, the strongest rise first; borders in percent. (0, 0) is no change at all."""
    rises = [(_NORMAL, left, right) for left, right in ((5, 7), (3, 5), (0, 3))]
    falls = [(_NORMAL, left, right) for left, right in ((-3, 0), (-5, -3), (-7, -5))]
    rows = [(_ABOVE, _LAST_BAND, 0), *rises, (_NORMAL, 0, 0), *falls, (_BELOW, 0, -_LAST_BAND)]
    return [(_RISE_LIMIT, 0, 0), *rows, (_FALL_LIMIT, 0, 0)] if limited else rows


def _band(row: Figures, limits: tuple[int, int] | None) -> tuple[int, int, int]:
    change = row.today.change
    if limits is not None:
        price = round(row.today.price * PRICE_SCALE)
        if price >= limits[1]:
            return _RISE_LIMIT, 0, 0
        if price <= limits[0]:
            return _FALL_LIMIT, 0, 0
    if row.today.price == row.today.last_close:
        return _NORMAL, 0, 0
    if change > _LAST_BAND:
        return _ABOVE, _LAST_BAND, 0
    if change < -_LAST_BAND:
        return _BELOW, 0, -_LAST_BAND
    for left, right in ((5, 7), (3, 5)):
        if change > left:
            return _NORMAL, left, right
        if change < -left:
            return _NORMAL, -right, -left
    return (_NORMAL, 0, 3) if change > 0 else (_NORMAL, -3, 0)


def _limits(view: MarketView, row: Figures) -> tuple[int, int] | None:
    return view.exchange.price_limits(row.info, row.today.day, round(row.today.last_close * PRICE_SCALE))


def page_of(c2s: Any, rows: list[Row], key: Callable[[Row], float], code: Callable[[Row], Security]) -> list[Row]:
    """Sort, best first unless told otherwise, equal ones by code; give the rows asked for."""
    descending = c2s.sortDir == 0
    checked_number("sortDir", c2s.sortDir, (0, 1))
    count = c2s.count if c2s.HasField("count") else DEFAULT_COUNT
    if count < 1 or c2s.offset < 0:
        raise UserFacingError("bad_field", field="count" if count < 1 else "offset", value=min(count, c2s.offset))
    if count > MAXIMUM_COUNT:
        raise UserFacingError("too_many_items", count=count, limit=MAXIMUM_COUNT)
    rows.sort(key=lambda row: (-key(row) if descending else key(row), code(row)))
    return rows[c2s.offset : c2s.offset + count]


def _code(row: Figures) -> Security:
    return row.info.security


def _market(market: int, allowed: tuple[int, ...]) -> int:
    if market not in allowed:
        raise UserFacingError("wrong_market", market=market)
    return market


def _change(price: float, before: float) -> float:
    return (price / before - 1) * 100 if before else 0.0


def _fill_known(entry: Any, row: Figures) -> None:
    """Fill in what only follows where the table has the figure."""
    info, today = row.info, row.today
    if info.shares_outstanding:
        entry.marketCap = market_value(info, today.price)
        entry.turnoverRatio = turnover_rate(info, today.volume) or 0.0
    earnings = price_earnings(info, today.price)
    if earnings is not None:
        entry.peTTM = earnings


def passes_simple(row: Figures, one: Any) -> bool:
    """Apply a filter of the movers' ranks: 1 price, 2 market value, 3 price-earnings ratio."""
    if one.indicatorType == 1 and one.HasField("priceFilter") and one.priceFilter:
        if one.priceFilter in _PRICE_FILTERS:
            low, high = _PRICE_FILTERS[one.priceFilter]
            return low <= row.today.price < high
        if one.priceFilter == _NEAR_HIGH:
            return row.today.price >= row.past.year_high * (1 - _NEAR_PERCENT / 100)
        if one.priceFilter == _NEAR_LOW:
            return row.today.price <= row.past.year_low * (1 + _NEAR_PERCENT / 100)
        raise UserFacingError("bad_field", field="priceFilter", value=one.priceFilter)
    simple = {
        1: row.today.price,
        2: market_value(row.info, row.today.price),
        3: price_earnings(row.info, row.today.price),
    }
    if one.indicatorType not in simple:
        raise UserFacingError("bad_field", field="indicatorType", value=one.indicatorType)
    return inside(simple[one.indicatorType], one.indicatorValue)


def _figure(row: Figures, number: int, change: float) -> float | None:
    today, info = row.today, row.info
    figures = {
        1: today.price,
        2: market_value(info, today.price),
        3: change,
        4: float(today.volume),
        5: today.turnover,
        6: price_earnings(info, today.price),
        7: price_book(info, today.price),
        8: turnover_rate(info, today.volume),
        9: row.volume_ratio,
        10: today.amplitude,
    }
    if number not in figures:
        raise UserFacingError("bad_field", field="indicatorType", value=number)
    return figures[number]


def inside(value: float | None, interval: Any) -> bool:
    """Whether a value lies in an Interval message; an unknown value lies in none that has ends."""
    low, high = interval.HasField("filterMin"), interval.HasField("filterMax")
    if value is None:
        return not (low or high)
    if low:
        end = interval.filterMin
        if value < end.value or (value == end.value and end.HasField("includes") and not end.includes):
            return False
    if high:
        end = interval.filterMax
        if value > end.value or (value == end.value and end.HasField("includes") and not end.includes):
            return False
    return True
