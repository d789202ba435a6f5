"""Answers StockFilter (3215): stocks of a market by price, volume, averages, patterns and the table's figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import floor, inf
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US
from core.upstreams.practice.answers.request_checks import checked_count, checked_number
from core.upstreams.practice.bar_periods import DAY, MONTH, WEEK, Bar
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.market_view import (
    MarketView,
    Today,
    market_value,
    price_book,
    price_earnings,
)
from core.upstreams.practice.order_book import LevelView, Side
from core.upstreams.practice.quote_messages import security_message
from core.upstreams.practice.screen_indicators import (
    PATTERNS,
    VALUE,
    BarIndicators,
    IndicatorKey,
    bars_needed,
    indicator_key,
    pattern_bars,
)
from core.upstreams.practice.securities import SecurityInfo
from core.upstreams.practice.yearly_dividends import dividend_of_year

MAXIMUM_ROWS: Final = 200
MAXIMUM_CONDITIONS: Final = 250
MAXIMUM_ALIKE: Final = 10
_CODE, _NAME = 1, 2
_HOUR: Final = 9
_KLINE_TYPES: Final = (_HOUR, DAY, WEEK, MONTH)
_LONGEST_DAYS: Final = 250
_ANNUAL, _NEWEST = 1, 5
_MORE, _LESS, _CROSS_UP, _CROSS_DOWN = 1, 2, 3, 4
# StockField and FinancialField numbers whose data only the table could have, and does not.
_NO_BASE_DATA: Final = {17: "PS_TTM", 18: "PCF_TTM"}
_FINANCIAL: Final = {1: "NET_PROFIT", 8: "RETURN_ON_EQUITY_RATE", 18: "SHAREHOLDER_NET_PROFIT_TTM", 44: "BASIC_EPS"}


class Candidate:
    """One stock while it is judged; everything is computed when it is first asked for."""

    def __init__(self, view: MarketView, info: SecurityInfo, today: Today) -> None:
        """Store."""
        self.info = info
        self.today = today
        self._view = view
        self._bars: dict[tuple[int, int], BarIndicators] = {}
        self._days: list[Bar] = []

    def base(self, number: int) -> float | None:
        """Give a StockField; None where the table has no figure."""
        return _BASE[number](self) if number in _BASE else None

    def accumulated(self, number: int, days: int) -> float | None:
        """Give an AccumulateField over the newest trading days."""
        if len(self._days) < days + 1:
            self._days = self._view.bars(self.info, DAY, max(days, 60) + 1)
        newest = self._days[-days:]
        before = self._days[-days - 1].close if len(self._days) > days else newest[0].open
        if number == 1:
            return _percent(newest[-1].close, before)
        if number == 2:
            return (max(bar.high for bar in newest) - min(bar.low for bar in newest)) / before * 100 if before else None
        volume = sum(bar.volume for bar in newest)
        if number == 3:
            return float(volume // len(newest))
        if number == 4:
            return sum(bar.turnover for bar in newest) / len(newest)
        return volume / self.info.shares_outstanding * 100 if self.info.shares_outstanding else None

    def moved(self, days: int) -> float:
        """Give the change over trading days, in currency."""
        self.accumulated(1, days)
        before = self._days[-days - 1].close if len(self._days) > days else self._days[0].open
        return self.today.price - before

    def from_extreme(self, days: int, *, high: bool) -> float | None:
        """Give today's high against the highest (or low against the lowest) of trading days, in percent."""
        self.accumulated(1, days)
        newest = self._days[-days:]
        if high:
            return _percent(self.today.high, max(bar.high for bar in newest))
        return _percent(self.today.low, min(bar.low for bar in newest))

    def listed_at(self) -> float:
        """Give the Unix seconds of the listing day."""
        return self._view.exchange.times[self.info.group].unix(self.info.listing_date.toordinal())

    def best(self, side: Side) -> LevelView | None:
        """Give the best price of a side; only what is live has orders."""
        live = self._view.exchange.live(self.info.security)
        levels = live.levels(side, 1) if live is not None else []
        return levels[0] if levels else None

    def financial(self, number: int) -> float | None:
        """Give a FinancialField that follows from the table."""
        info = self.info
        if number == 44:
            return info.eps or None
        if number == 8:
            return info.eps / info.bvps * 100 if info.bvps > 0 else None
        return info.eps * info.shares_outstanding or None

    def indicators(self, kline_type: int, count: int) -> BarIndicators:
        """Give the lines of the newest bars of a period."""
        known = next((made for (kind, have), made in self._bars.items() if kind == kline_type and have >= count), None)
        if known is None:
            known = self._bars[kline_type, count] = BarIndicators(self._view.bars(self.info, kline_type, count))
        return known

    def past(self) -> tuple[float, float, float]:
        """Give the highest and lowest price of 52 weeks, today among them, and last year's close."""
        past = self._view.past(self.info, self.today.day)
        return (
            max(past.year_high, self.today.high),
            min(past.year_low or self.today.low, self.today.low),
            past.year_close,
        )

    def dividend_yield(self) -> float:
        """Give the dividends of the last year in percent of the price."""
        paid = dividend_of_year(self._view.exchange, self.info)
        return paid / self.today.price * 100 if self.today.price else 0.0

    def volume_ratio(self) -> float:
        """Give today's volume a minute against that of the days before."""
        return self._view.volume_ratio(self.info, self.today)

    def bid_ask_ratio(self) -> float | None:
        """Give how much more is bid than offered, in percent; only what is live has orders."""
        live = self._view.exchange.live(self.info.security)
        if live is None:
            return None
        depth = self._view.exchange.depth(live)
        bid = sum(level.volume for level in live.levels(Side.BUY, depth))
        asked = sum(level.volume for level in live.levels(Side.SELL, depth))
        return (bid - asked) / (bid + asked) * 100 if bid + asked else None


_BASE: Final[dict[int, Callable[[Candidate], float | None]]] = {
    3: lambda one: one.today.price,
    4: lambda one: _percent(one.today.price, one.past()[0]),
    5: lambda one: _percent(one.today.price, one.past()[1]),
    6: lambda one: _percent(one.today.high, one.past()[0]),
    7: lambda one: _percent(one.today.low, one.past()[1]),
    8: lambda one: one.volume_ratio(),
    9: lambda one: one.bid_ask_ratio(),
    10: lambda one: one.today.price * one.info.lot_size,
    11: lambda one: market_value(one.info, one.today.price) or None,
    12: lambda one: price_earnings(one.info, one.today.price),
    13: lambda one: price_earnings(one.info, one.today.price),
    14: lambda one: price_book(one.info, one.today.price),
    15: lambda one: one.today.change_of_minutes,
    16: lambda one: _percent(one.today.price, one.past()[2]),
    19: lambda one: float(one.info.shares_outstanding) or None,
    20: lambda one: float(one.info.shares_outstanding) or None,
    21: lambda one: market_value(one.info, one.today.price) or None,
}

Judge = Callable[[Candidate], bool]
SortKey = Callable[[Candidate], float | None]


async def stock_filter(view: MarketView, plate_members: Callable[[Any], list[SecurityInfo]], request: Any) -> bytes:
    """Answer StockFilter (3215). `plate_members` gives a plate's securities, or raises UserFacingError."""
    c2s = request.c2s
    if c2s.begin < 0:
        raise UserFacingError("bad_field", field="begin", value=c2s.begin)
    count = checked_count("num", c2s.num, MAXIMUM_ROWS)
    if c2s.market not in (HK, US, SH, SZ):
        raise UserFacingError("wrong_market", market=c2s.market)
    view.exchange.rights.check_filter(c2s.market)
    judges, sort = _conditions(c2s)
    infos = view.stocks(c2s.market)
    if c2s.HasField("plate") and c2s.plate.code:
        wanted = {info.security for info in plate_members(c2s.plate)}
        infos = [info for info in infos if info.security in wanted]
    breathe = Breath()
    found: list[Candidate] = []
    for info in infos:
        await breathe()
        today = view.today(info)
        if today is None or view.exchange.is_suspended(info):
            continue
        candidate = Candidate(view, info, today)
        if all(judge(candidate) for judge in judges):
            found.append(candidate)
    found.sort(key=lambda one: one.info.security)
    if sort is not None:
        key, descending = sort
        # What has no figure comes last either way.
        found.sort(key=lambda one: _sort_value(key(one), descending=descending))
    response = openapi.Qot_StockFilter.Response(retType=0)
    response.s2c.allCount = len(found)
    response.s2c.lastPage = c2s.begin + count >= len(found)
    for candidate in found[c2s.begin : c2s.begin + count]:
        await breathe()
        row = response.s2c.dataList.add()
        row.security.CopyFrom(security_message(candidate.info))
        row.name = view.exchange.name(candidate.info)
        _fill(row, candidate, c2s)
    return response.SerializeToString()


def _conditions(c2s: Any) -> tuple[list[Judge], tuple[SortKey, bool] | None]:
    """Turn the request's filters into checks, the cheap ones first. Raises UserFacingError."""
    judges: list[Judge] = []
    sort: tuple[SortKey, bool] | None = None
    lists = (c2s.baseFilterList, c2s.accumulateFilterList, c2s.financialFilterList, c2s.patternFilterList)
    total = sum(len(filters) for filters in lists) + len(c2s.customIndicatorFilterList)
    if total > MAXIMUM_CONDITIONS:
        raise UserFacingError("too_many_items", count=total, limit=MAXIMUM_CONDITIONS)
    alike: dict[int, int] = {}
    for one in c2s.accumulateFilterList:
        alike[one.fieldName] = alike.get(one.fieldName, 0) + 1
    for number in (*alike.values(), len(c2s.customIndicatorFilterList)):
        if number > MAXIMUM_ALIKE:
            raise UserFacingError("too_many_items", count=number, limit=MAXIMUM_ALIKE)
    for one in c2s.baseFilterList:
        if one.fieldName in _NO_BASE_DATA:
            raise UserFacingError("no_figure", field=_NO_BASE_DATA[one.fieldName])
        checked_number("fieldName", one.fieldName, (_CODE, _NAME, *_BASE))
        if one.fieldName in (_CODE, _NAME):
            continue
        sort = _add_range(judges, sort, one, partial(Candidate.base, number=one.fieldName))
    for one in c2s.financialFilterList:
        if one.fieldName not in _FINANCIAL:
            name = openapi.Qot_StockFilter.FinancialField.values_by_number.get(one.fieldName)  # type: ignore[attr-defined]
            raise UserFacingError("no_figure", field=name.name if name else str(one.fieldName))
        if one.quarter not in (_ANNUAL, _NEWEST):
            raise UserFacingError("no_figure", field=f"{_FINANCIAL[one.fieldName]} (quarter {one.quarter})")
        sort = _add_range(judges, sort, one, partial(Candidate.financial, number=one.fieldName))
    for one in c2s.accumulateFilterList:
        checked_number("fieldName", one.fieldName, range(1, 6))
        if not 1 <= one.days <= _LONGEST_DAYS:
            raise UserFacingError("bad_field", field="days", value=one.days)
        sort = _add_range(
            judges,
            sort,
            one,
            partial(Candidate.accumulated, number=one.fieldName, days=one.days),
        )
    for one in c2s.patternFilterList:
        checked_number("fieldName", one.fieldName, PATTERNS)
        kline_type = checked_number("klType", one.klType, _KLINE_TYPES)
        if one.HasField("isNoFilter") and not one.isNoFilter:
            judges.append(_pattern_judge(one.fieldName, kline_type, _consecutive(one)))
    for one in c2s.customIndicatorFilterList:
        judge = _indicator_judge(one)
        if one.HasField("isNoFilter") and not one.isNoFilter:
            judges.append(judge)
    return judges, sort


def _add_range(
    judges: list[Judge], sort: tuple[SortKey, bool] | None, one: Any, value: SortKey
) -> tuple[SortKey, bool] | None:
    """Add a range check if the filter asks for one; gives the sort order, the first one asked for."""
    if one.HasField("isNoFilter") and not one.isNoFilter:
        if not one.HasField("filterMin") and not one.HasField("filterMax"):
            raise UserFacingError("filter_range")
        low = one.filterMin if one.HasField("filterMin") else -inf
        high = one.filterMax if one.HasField("filterMax") else inf

        def judge(candidate: Candidate) -> bool:
            figure = value(candidate)
            return figure is not None and low <= cut(figure) <= high

        judges.append(judge)
    checked_number("sortDir", one.sortDir, (0, 1, 2))
    if sort is None and one.sortDir:
        return value, one.sortDir == 2
    return sort


def _pattern_judge(number: int, kline_type: int, periods: int) -> Judge:
    def judge(candidate: Candidate) -> bool:
        bars = candidate.indicators(kline_type, pattern_bars(kline_type))
        return all(bars.has_pattern(number, back) for back in range(periods))

    return judge


def _indicator_judge(one: Any) -> Judge:
    first = _key(one.firstFieldName, one.firstFieldParaList, "firstFieldName")
    second = None
    if one.secondFieldName == VALUE:
        if not one.HasField("fieldValue"):
            raise UserFacingError("missing_field", field="fieldValue")
    else:
        second = _key(one.secondFieldName, one.secondFieldParaList, "secondFieldName")
    position = checked_number("relativePosition", one.relativePosition, (_MORE, _LESS, _CROSS_UP, _CROSS_DOWN))
    kline_type = checked_number("klType", one.klType, _KLINE_TYPES)
    value, periods = one.fieldValue, _consecutive(one)
    needed = max(bars_needed(key, kline_type) for key in (first, second) if key is not None) + periods + 1

    def holds(bars: BarIndicators, back: int) -> bool:
        now = bars.value(first, back)
        other = value if second is None else bars.value(second, back)
        if now is None or other is None:
            return False
        if position == _MORE:
            return now > other
        if position == _LESS:
            return now < other
        before = bars.value(first, back + 1)
        other_before = value if second is None else bars.value(second, back + 1)
        if before is None or other_before is None:
            return False
        if position == _CROSS_UP:
            return before < other_before and now > other
        return before > other_before and now < other

    def judge(candidate: Candidate) -> bool:
        bars = candidate.indicators(kline_type, needed)
        return all(holds(bars, back) for back in range(periods))

    return judge


def _key(number: int, parameters: Any, field: str) -> IndicatorKey:
    key = indicator_key(number, parameters)
    if key is None:
        raise UserFacingError("bad_field", field=field, value=f"{number} {list(parameters)}")
    return key


def _consecutive(one: Any) -> int:
    periods = one.consecutivePeriod if one.HasField("consecutivePeriod") else 1
    if not 1 <= periods <= 12:
        raise UserFacingError("bad_field", field="consecutivePeriod", value=periods)
    return int(periods)


def _fill(row: Any, candidate: Candidate, c2s: Any) -> None:
    """Add every figure that was asked for, once each; 0 where there is none, as the field is required."""
    for number in dict.fromkeys(one.fieldName for one in c2s.baseFilterList if one.fieldName not in (_CODE, _NAME)):
        row.baseDataList.add(fieldName=number, value=cut(candidate.base(number) or 0.0))
    for number, days in dict.fromkeys((one.fieldName, one.days) for one in c2s.accumulateFilterList):
        row.accumulateDataList.add(fieldName=number, value=cut(candidate.accumulated(number, days) or 0.0), days=days)
    for number, quarter in dict.fromkeys((one.fieldName, one.quarter) for one in c2s.financialFilterList):
        row.financialDataList.add(fieldName=number, value=cut(candidate.financial(number) or 0.0), quarter=quarter)
    for one in c2s.customIndicatorFilterList:
        for number, parameters in (
            (one.firstFieldName, one.firstFieldParaList),
            (one.secondFieldName, one.secondFieldParaList),
        ):
            if number == VALUE:
                continue
            key = indicator_key(number, parameters)
            assert key is not None, "checked before"
            bars = candidate.indicators(one.klType, bars_needed(key, one.klType) + 2)
            row.customIndicatorDataList.add(
                fieldName=number, value=cut(bars.value(key) or 0.0), klType=one.klType, fieldParaList=parameters
            )


def cut(value: float) -> float:
    """Cut off what is finer than three decimals; the tiny amount makes up for binary fractions."""
    return floor(value * 1000 + 1e-6) / 1000


def _percent(price: float, before: float) -> float | None:
    return (price / before - 1) * 100 if before else None


def _sort_value(value: float | None, *, descending: bool) -> tuple[bool, float]:
    if value is None:
        return True, 0.0
    return False, -value if descending else value
