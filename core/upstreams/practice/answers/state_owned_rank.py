"""Answers GetHighDividendSOERank (3417): cheap state-owned enterprises that pay much.

Which company is state-owned says the table of securities (concept `soe`); the rest follows from its figures and prices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ
from core.upstreams.practice.answers.ranks import Figures, figures_of, inside, page_of
from core.upstreams.practice.answers.request_checks import checked_number
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_view import MarketView, market_value, price_book, price_earnings, turnover_rate
from core.upstreams.practice.plates import PlateKind
from core.upstreams.practice.quote_messages import security_message
from core.upstreams.practice.securities import STOCK, SecurityInfo
from core.upstreams.practice.yearly_dividends import dividend_of_year

CONCEPT: Final = "soe"
_HIGHEST_BOOK, _LEAST_YIELD = 1.0, 5.0
_BY_YIELD_FILTER: Final = 4


class Row(NamedTuple):
    """One stock with its ratios; the dividend yield is in percent."""

    figures: Figures
    earnings: float
    book: float
    dividend_yield: float

    @property
    def value(self) -> float:
        """Shares x price."""
        return market_value(self.figures.info, self.figures.today.price)


_SORTS: Final[dict[int, Callable[[Row], float]]] = {
    1: lambda row: row.dividend_yield,
    2: lambda row: row.book,
    3: lambda row: row.earnings,
    4: lambda row: row.figures.today.price,
    5: lambda row: row.figures.today.change,
    6: lambda row: row.value,
}
_BY_VALUE: Final = 6
# IndicatorType numbers.
_FILTERS: Final = {1: _SORTS[4], 2: _SORTS[6], 3: _SORTS[3], _BY_YIELD_FILTER: _SORTS[1], 5: _SORTS[5]}


async def state_owned_rank(view: MarketView, request: Any) -> bytes:
    """Answer GetHighDividendSOERank (3417): P/B at most 1, no loss, dividend yield 5 % or what is asked for."""
    c2s = request.c2s
    exchange = view.exchange
    sort = _SORTS[checked_number("sortField", c2s.sortField or _BY_VALUE, _SORTS)]
    for one in c2s.filterList:
        if one.indicatorType not in _FILTERS:
            raise UserFacingError("no_figure", field=f"indicatorType {one.indicatorType}")
    least = 0.0 if any(one.indicatorType == _BY_YIELD_FILTER for one in c2s.filterList) else _LEAST_YIELD
    rows = []
    for figures in await figures_of(view, state_owned(exchange)):
        info, price = figures.info, figures.today.price
        earnings, book = price_earnings(info, price), price_book(info, price)
        if earnings is None or book is None or earnings < 0 or not 0 <= book <= _HIGHEST_BOOK:
            continue
        row = Row(figures, earnings, book, dividend_of_year(exchange, info) / price * 100)
        if row.dividend_yield >= least and all(
            inside(_FILTERS[one.indicatorType](row), one.indicatorValue) for one in c2s.filterList
        ):
            rows.append(row)
    page = page_of(c2s, rows, sort, lambda row: row.figures.info.security)
    response = openapi.Qot_GetHighDividendSOERank.Response(retType=0)
    response.s2c.allCount = len(rows)
    for row in page:
        info, today = row.figures.info, row.figures.today
        entry = response.s2c.dataList.add(
            security=security_message(info),
            name=exchange.name(info),
            curPrice=today.price,
            changeRatio=today.change,
            turnover=today.turnover,
            volume=today.volume,
            marketCap=row.value,
            peTTM=row.earnings,
            pb=row.book,
            dividendYieldTTM=row.dividend_yield,
            turnoverRatio=turnover_rate(info, today.volume) or 0.0,
        )
        industry = industry_name(exchange, info)
        if industry:
            entry.industry = industry
        for days in (5, 10, 20, 60, 120, 250):
            setattr(entry, f"changeRate{days}D", row.figures.change_of_days(days))
    return response.SerializeToString()


def state_owned(exchange: Exchange) -> list[SecurityInfo]:
    """Give the stocks of mainland China and Hong Kong that the table marks as state-owned."""
    return [
        info
        for market in (SH, SZ, HK)
        for info in exchange.table.by_market(market)
        if info.security_type == STOCK and CONCEPT in info.concepts
    ]


def industry_name(exchange: Exchange, info: SecurityInfo) -> str:
    """Give the name of a security's industry plate; empty when there is none."""
    for plate in exchange.plates.owners(info.security):
        described = exchange.table.get(plate.security) if plate.kind is PlateKind.INDUSTRY else None
        if described is not None:
            return exchange.name(described)
    return ""
