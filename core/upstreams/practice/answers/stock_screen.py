"""Answers StockScreen (3252), the newer filter: conditions joined by AND, chosen columns, sorting by several."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, SH, US, Security
from core.upstreams.practice.answers.request_checks import checked_number
from core.upstreams.practice.answers.stock_filter import MAXIMUM_CONDITIONS, Candidate
from core.upstreams.practice.bar_periods import DAY
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.market_view import MarketView
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.screen_indicators import IndicatorKey, bars_needed, indicator_key, pattern_bars
from core.upstreams.practice.securities import SecurityInfo

MAXIMUM_ROWS: Final = 300
DEFAULT_ROWS: Final = 200
_TEXT, _NUMBER = 1, 4
# Numbers of the vendor's own lists: markets, periods, simple fields.
_MARKETS: Final = {1: (HK,), 2: (US,), 3: (SH,)}
_KLINE_TYPES: Final = {1: 1, 2: 10, 3: 6, 4: 7, 6: 8, 5: 9, 11: 2, 21: 3, 31: 4}
_MARKET_FIELD, _WATCH_LIST_FIELD = 1, 4
_OVER, _BELOW, _CROSS_UP, _CROSS_DOWN = 1, 2, 3, 4
_ASCENDING, _DESCENDING, _ABSOLUTE_ASCENDING, _ABSOLUTE_DESCENDING = 1, 2, 3, 4

Value = float | int | str | None
Column = Callable[[Candidate], Value]


def _book(candidate: Candidate, side: Side, *, price: bool) -> float | None:
    level = candidate.best(side)
    if level is None:
        return None
    return level.price / PRICE_SCALE if price else float(level.volume)


_SIMPLE: Final[dict[int, Callable[[Candidate], float | None]]] = {
    2201: lambda one: one.today.price,
    2202: lambda one: one.today.open,
    2203: lambda one: one.today.last_close,
    2204: lambda one: one.today.high,
    2205: lambda one: one.today.low,
    2206: lambda one: one.today.change,
    2207: lambda one: _book(one, Side.BUY, price=True),
    2208: lambda one: _book(one, Side.SELL, price=True),
    2209: lambda one: one.base(4),
    2210: lambda one: one.base(5),
    2211: lambda one: one.base(6),
    2212: lambda one: one.base(7),
    2213: lambda one: one.base(15),
    2214: lambda one: one.base(16),
    2215: lambda one: _book(one, Side.BUY, price=False),
    2216: lambda one: _book(one, Side.SELL, price=False),
    2217: lambda one: one.base(8),
    2218: lambda one: one.base(9),
    2219: lambda one: one.base(10),
    2220: lambda one: one.today.price,
    2221: lambda one: one.today.open,
    2222: lambda one: one.today.last_close,
    2223: lambda one: one.today.high,
    2224: lambda one: one.today.low,
    2225: lambda one: _book(one, Side.BUY, price=True),
    2226: lambda one: _book(one, Side.SELL, price=True),
    2227: lambda one: one.base(10),
    2301: lambda one: one.base(11),
    2302: lambda one: one.base(12),
    2303: lambda one: one.base(13),
    2304: lambda one: one.base(14),
    2305: lambda one: one.dividend_yield(),
    2306: lambda one: one.listed_at(),
    2307: lambda one: float(one.today.day - one.info.listing_date.toordinal()),
}
_FINANCIAL: Final = {4101: 1, 4110: 8, 4208: 18, 4801: 44}
_TERMS: Final = (0, 10, 100)
_PATTERNS: Final = {
    1: 1, 2: 2, 3: 3, 4: 4, 11: 9, 12: 10, 13: 11, 14: 12, 21: 13, 22: 14, 23: 15, 24: 16, 31: 5, 32: 6, 33: 7, 34: 8,
    41: 17, 42: 18, 43: 19, 44: 20,
}  # fmt: skip
# The vendor's numbers of indicators and ours (CustomIndicatorField); the dynamic ones take parameters.
_INDICATORS: Final = {
    1: 1, 51: 9, 52: 9, 18: 30, 28: 40,
    **dict(zip(range(11, 18), range(2, 9), strict=True)),
    **dict(zip(range(21, 28), range(10, 17), strict=True)),
    **{31 + number: 50 + number % 3 for number in range(6)},
    **{41 + number: 60 + number % 3 for number in range(6)},
    **{61 + number: 70 + number % 3 for number in range(6)},
}  # fmt: skip


class Conditions(NamedTuple):
    """What a stock must be: of these markets, in these sets (None for no such condition), and passing the checks."""

    markets: tuple[int, ...]
    members: frozenset[Security] | None
    judges: list[Callable[[Candidate], bool]]


async def stock_screen(
    view: MarketView,
    plate_by_code: Callable[[str], list[SecurityInfo]],
    watched: Callable[[], list[Security]],
    request: Any,
) -> bytes:
    """Answer StockScreen (3252). `plate_by_code` gives a plate's members or raises UserFacingError."""
    c2s = request.c2s
    count = c2s.pageCount if c2s.HasField("pageCount") else DEFAULT_ROWS
    if count < 1 or c2s.pageFrom < 0:
        raise UserFacingError("bad_field", field="pageCount", value=count)
    if count > MAXIMUM_ROWS:
        raise UserFacingError("too_many_items", count=count, limit=MAXIMUM_ROWS)
    if len(c2s.filterList) > MAXIMUM_CONDITIONS:
        raise UserFacingError("too_many_items", count=len(c2s.filterList), limit=MAXIMUM_CONDITIONS)
    conditions = _conditions(c2s, plate_by_code, watched)
    columns = [(one, _column(view, one)) for one in c2s.retrieveList]
    sorts = [
        (one.direction, _column(view, one)) for one in c2s.sortList or ([c2s.sort] if c2s.HasField("sort") else [])
    ]
    for direction, _ in sorts:
        checked_number("direction", direction, (_ASCENDING, _DESCENDING, _ABSOLUTE_ASCENDING, _ABSOLUTE_DESCENDING))
    for market in conditions.markets:
        view.exchange.rights.check_filter(market)
    breathe = Breath()
    found: list[Candidate] = []
    for market in conditions.markets:
        for info in view.stocks(market):
            await breathe()
            if conditions.members is not None and info.security not in conditions.members:
                continue
            today = view.today(info)
            if today is None or view.exchange.is_suspended(info):
                continue
            candidate = Candidate(view, info, today)
            if all(judge(candidate) for judge in conditions.judges):
                found.append(candidate)
    found.sort(key=lambda one: one.info.security)
    # The last column first: sorting keeps the order of what is equal.
    for direction, column in reversed(sorts):
        found.sort(key=partial(_sort_key, column, direction))
    response = openapi.Qot_StockScreen.Response(retType=0)
    response.s2c.allCount = len(found)
    response.s2c.lastPage = int(c2s.pageFrom + count >= len(found))
    for candidate in found[c2s.pageFrom : c2s.pageFrom + count]:
        await breathe()
        row = response.s2c.dataList.add(stockId=candidate.info.security_id)
        for asked, column in columns:
            _add_result(row.results.add(), asked, column(candidate))
    return response.SerializeToString()


def _conditions(
    c2s: Any, plate_by_code: Callable[[str], list[SecurityInfo]], watched: Callable[[], list[Security]]
) -> Conditions:
    markets: tuple[int, ...] = (HK, US, SH)
    members: frozenset[Security] | None = None
    judges: list[Callable[[Candidate], bool]] = []
    for query in c2s.filterList:
        if query.HasField("simpleFieldQuery"):
            one = query.simpleFieldQuery
            if one.simpleField == _MARKET_FIELD:
                for number in one.screenValueList:
                    if number not in _MARKETS:
                        raise UserFacingError("wrong_market", market=number)
                markets = tuple(dict.fromkeys(m for number in one.screenValueList for m in _MARKETS[number])) or markets
            elif one.simpleField == _WATCH_LIST_FIELD:
                if any(one.screenValueList):
                    members = frozenset(watched()) & (members if members is not None else frozenset(watched()))
            else:
                raise UserFacingError("no_figure", field=f"SimpleField {one.simpleField}")
        elif query.HasField("plateQuery"):
            codes = [code for plate in query.plateQuery.plateList for code in plate.plateIdList]
            plates = frozenset(info.security for code in codes for info in plate_by_code(code))
            members = plates if members is None else members & plates
        elif query.HasField("simplePropertyQuery"):
            one = query.simplePropertyQuery
            judges.append(_range(_simple(one.property), one))
        elif query.HasField("cumulativePropertyQuery"):
            one = query.cumulativePropertyQuery
            judges.append(_range(_cumulative(one.property), one))
        elif query.HasField("financialPropertyQuery"):
            one = query.financialPropertyQuery
            judges.append(_range(_financial(one.property), one))
        elif query.HasField("indicatorPositionalQuery"):
            judges.append(_positional(query.indicatorPositionalQuery))
        elif query.HasField("indicatorPatternQuery"):
            judges.append(_pattern(query.indicatorPatternQuery))
        else:
            kinds = [field.name for field, _ in query.ListFields()]
            raise UserFacingError("no_figure", field=kinds[0] if kinds else "an empty filter")
    return Conditions(markets, members, judges)


def _column(view: MarketView, asked: Any) -> Column:
    """Turn a RetrieveQuery or Sort into what gives the value. Raises UserFacingError."""
    if asked.HasField("basicProperty"):
        name = checked_number("basicProperty.name", asked.basicProperty.name, (1101, 1102, 1103))
        if name == 1101:
            return lambda one: one.info.security.code
        if name == 1102:
            return lambda one: view.exchange.name(one.info)
        return lambda one: one.info.industry
    if asked.HasField("simpleProperty"):
        return _simple(asked.simpleProperty)
    if asked.HasField("cumulativeProperty"):
        return _cumulative(asked.cumulativeProperty)
    if asked.HasField("financialProperty"):
        return _financial(asked.financialProperty)
    if asked.HasField("indicatorProperty"):
        one = asked.indicatorProperty
        key, kline_type = _indicator(one.name, one.indicatorParams), _kline_type(one.period)
        return lambda candidate: candidate.indicators(kline_type, bars_needed(key, kline_type) + 2).value(key)
    kinds = [field.name for field, _ in asked.ListFields() if field.name != "direction"]
    raise UserFacingError("no_figure", field=kinds[0] if kinds else "an empty column")


def _simple(asked: Any) -> Callable[[Candidate], float | None]:
    if asked.name not in _SIMPLE:
        raise UserFacingError("no_figure", field=f"SimpleProperty {asked.name}")
    return _SIMPLE[asked.name]


def _cumulative(asked: Any) -> Callable[[Candidate], float | None]:
    days = asked.days if asked.HasField("days") else 1
    if not 1 <= days <= 250:
        raise UserFacingError("bad_field", field="days", value=days)
    if 3102 <= asked.name <= 3106:
        return partial(Candidate.accumulated, number=asked.name - 3101, days=days)
    others: dict[int, Callable[[Candidate], float | None]] = {
        3101: partial(Candidate.moved, days=days),
        3107: partial(Candidate.from_extreme, days=days, high=True),
        3108: partial(Candidate.from_extreme, days=days, high=False),
        3109: partial(Candidate.moved, days=days),
    }
    return others[checked_number("cumulativeProperty.name", asked.name, others)]


def _financial(asked: Any) -> Callable[[Candidate], float | None]:
    if asked.name not in _FINANCIAL or asked.term not in _TERMS or asked.year:
        raise UserFacingError("no_figure", field=f"FinancialProperty {asked.name} (term {asked.term})")
    return partial(Candidate.financial, number=_FINANCIAL[asked.name])


def _indicator(number: int, parameters: Any) -> IndicatorKey:
    if number not in _INDICATORS:
        raise UserFacingError("no_figure", field=f"Indicator {number}")
    key = indicator_key(_INDICATORS[number], parameters)
    if key is None:
        raise UserFacingError("bad_field", field="indicatorParams", value=list(parameters))
    return key


def _kline_type(period: int) -> int:
    if not period:
        return DAY
    if period not in _KLINE_TYPES:
        raise UserFacingError("bad_field", field="periodType", value=period)
    return _KLINE_TYPES[period]


def _range(value: Callable[[Candidate], float | None], one: Any) -> Callable[[Candidate], bool]:
    if not one.HasField("filterMin") and not one.HasField("filterMax"):
        raise UserFacingError("filter_range")
    if one.HasField("filterMin") and one.HasField("filterMax") and one.filterMin.value > one.filterMax.value:
        raise UserFacingError("bad_field", field="filterMin", value=one.filterMin.value)

    def judge(candidate: Candidate) -> bool:
        figure = value(candidate)
        return figure is not None and inside(figure, one)

    return judge


def inside(figure: float, interval: Any) -> bool:
    """Whether a figure lies between filterMin and filterMax, each with or without its end."""
    low = interval.filterMin if interval.HasField("filterMin") else None
    high = interval.filterMax if interval.HasField("filterMax") else None
    if low is not None and (figure < low.value or (figure == low.value and not low.includes)):
        return False
    return not (high is not None and (figure > high.value or (figure == high.value and not high.includes)))


def _positional(one: Any) -> Callable[[Candidate], bool]:
    first = _indicator(one.firstIndicatorName or one.firstIndicator, one.firstIndicatorParams)
    second = _indicator(one.secondIndicator, one.secondIndicatorParams) if one.secondIndicator else None
    kline_type = _kline_type(one.periodType or one.period)
    position = checked_number("position", one.position, (_OVER, _BELOW, _CROSS_UP, _CROSS_DOWN))
    if second is None and not one.HasField("secondValue") and not one.intervals:
        raise UserFacingError("filter_range")
    value = float(one.secondValue)
    periods = max(1, min(12, one.continuousPeriod))
    needed = max(bars_needed(key, kline_type) for key in (first, second) if key is not None) + periods + 1

    def judge(candidate: Candidate) -> bool:
        bars = candidate.indicators(kline_type, needed)
        for back in range(periods):
            now, before = bars.value(first, back), bars.value(first, back + 1)
            other = value if second is None else bars.value(second, back)
            other_before = value if second is None else bars.value(second, back + 1)
            if now is None or other is None:
                return False
            if one.intervals:
                if not any(inside(now, interval) for interval in one.intervals):
                    return False
                continue
            above, was_above = now > other, before is not None and other_before is not None and before > other_before
            was_below = before is not None and other_before is not None and before < other_before
            holds = {
                _OVER: above,
                _BELOW: now < other,
                _CROSS_UP: above and was_below,
                _CROSS_DOWN: now < other and was_above,
            }
            if not holds[position]:
                return False
        return True

    return judge


def _pattern(one: Any) -> Callable[[Candidate], bool]:
    number = one.name or one.pattern
    if number not in _PATTERNS:
        raise UserFacingError("no_figure", field=f"Pattern {number}")
    kline_type = _kline_type(one.periodType or one.period)
    periods = max(1, min(12, one.continuousPeriod))
    wanted = one.isMatching if one.HasField("isMatching") else True

    def judge(candidate: Candidate) -> bool:
        bars = candidate.indicators(kline_type, pattern_bars(kline_type))
        return all(bars.has_pattern(_PATTERNS[number], back) for back in range(periods)) is wanted

    return judge


_RESULTS: Final = {
    "basicProperty": "basicPropertyResult",
    "simpleProperty": "simplePropertyResult",
    "cumulativeProperty": "cumulativePropertyResult",
    "financialProperty": "financialPropertyResult",
    "indicatorProperty": "indicatorPropertyResult",
}


def _add_result(result: Any, asked: Any, value: Value) -> None:
    """Fill in one column; without a value only its name is given."""
    for kind, field in _RESULTS.items():
        if asked.HasField(kind):
            target = getattr(result, field)
            target.property.CopyFrom(getattr(asked, kind))
            if isinstance(value, str):
                target.valueType, target.sval = _TEXT, value
            elif value is not None:
                target.valueType, target.dval = _NUMBER, float(value)


def _sort_key(column: Column, direction: int, candidate: Candidate) -> tuple[bool, float, str]:
    """Order by a column; what has no value comes last either way."""
    value = column(candidate)
    if value is None:
        return True, inf, ""
    if isinstance(value, str):
        text = (
            value if direction in (_ASCENDING, _ABSOLUTE_ASCENDING) else "".join(chr(0x10FFFF - ord(c)) for c in value)
        )
        return False, 0.0, text
    figure = abs(value) if direction in (_ABSOLUTE_ASCENDING, _ABSOLUTE_DESCENDING) else float(value)
    return False, figure if direction in (_ASCENDING, _ABSOLUTE_ASCENDING) else -figure, ""
