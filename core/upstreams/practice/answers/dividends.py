"""Answers that follow from the table of corporate actions: dividends, splits, who pays most, and when.

The table is made up for practice; every sentence says so. Days of announcement, record and payment are not in it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, US
from core.upstreams.practice.answers.ranks import inside
from core.upstreams.practice.answers.request_checks import checked_number, parse_moment, security_of
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.corporate_actions import CorporateAction
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.market_view import MarketView, Today, market_value
from core.upstreams.practice.quote_messages import security_message
from core.upstreams.practice.securities import ETF, STOCK, SecurityInfo
from core.upstreams.practice.yearly_dividends import paid_in_years

_MARKETS: Final = (HK, US, 31, 41, 61)
_YEAR: Final = 365
_HIGH_YIELD, _GROWTH = 1, 2
_FREQUENCIES: Final = {1: 1, 2: 2, 4: 3, 12: 4}
_END: Final = "-1"


def dividends(exchange: Exchange, request: Any) -> bytes:
    """Answer GetCorporateActionsDividends (3234), the newest ex-date first."""
    info = exchange.info(security_of(request.c2s.security))
    response = openapi.Qot_GetCorporateActionsDividends.Response(retType=0)
    response.s2c.SetInParent()
    for action in reversed(_happened(exchange, info)):
        if action.dividend or action.special_dividend:
            entry = response.s2c.dividendList.add(statement=statement(exchange, info, action))
            entry.exDate = day_text(action.day).replace("-", "/")
            if info.security_type == ETF:
                entry.fiscalYear = str(datetime.date.fromordinal(action.day).year)
    return response.SerializeToString()


def splits(exchange: Exchange, request: Any) -> bytes:
    """Answer GetCorporateActionsStockSplits (3236), the newest ex-date first, in pages."""
    c2s = request.c2s
    info = exchange.info(security_of(c2s.security))
    count = c2s.num if c2s.HasField("num") else 10
    if not 1 <= count <= 50:
        raise UserFacingError("bad_field", field="num", value=count)
    if c2s.nextKey and not (c2s.nextKey.isdecimal() and len(c2s.nextKey) < 6):
        raise UserFacingError("page_key")
    first = int(c2s.nextKey or 0)
    found = [action for action in reversed(_happened(exchange, info)) if action.split or action.join]
    response = openapi.Qot_GetCorporateActionsStockSplits.Response(retType=0)
    response.s2c.nextKey = str(first + count) if first + count < len(found) else _END
    chinese = exchange.chinese_names
    for action in found[first : first + count]:
        ratio = action.split or action.join
        assert ratio is not None, "filtered above"
        kind = ("拆股（模拟）" if action.split else "合股（模拟）") if chinese else None
        entry = response.s2c.splitItemList.add(
            reformType=kind or ("Split (simulated)" if action.split else "Join (simulated)"),
            rate=f"{ratio.base}:{ratio.result}",
        )
        entry.exDate = int(exchange.times[info.group].unix(action.day))
        entry.exDateStr = day_text(action.day)
    return response.SerializeToString()


def dividend_calendar(exchange: Exchange, request: Any) -> bytes:
    """Answer GetDividendCalendar (3408): what goes ex on a day, also one to come."""
    c2s = request.c2s
    market = _market(c2s.market)
    day = parse_moment(c2s.date).day
    if c2s.dataFrom < 0 or c2s.count < 0:
        raise UserFacingError("bad_field", field="count", value=min(c2s.dataFrom, c2s.count))
    found = [
        (info, action)
        for info in exchange.table.by_market(market)
        if exchange.is_listed(info)
        for action in exchange.actions.of(info.security)
        if action.day == day and (action.dividend or action.special_dividend)
    ]
    response = openapi.Qot_GetDividendCalendar.Response(retType=0)
    response.s2c.allCount = len(found)
    for info, action in found[c2s.dataFrom : c2s.dataFrom + (c2s.count or len(found))]:
        response.s2c.itemList.add(
            security=security_message(info),
            name=exchange.name(info),
            statement=statement(exchange, info, action),
            exDate=day_text(action.day),
        )
    return response.SerializeToString()


class Payer(NamedTuple):
    """One stock that pays dividends."""

    info: SecurityInfo
    today: Today
    paid: float  # per share in the last year
    average: float  # yield of five years against today's price, in percent
    times: int  # payments in the last year
    growing: int  # years in a row with a higher dividend

    @property
    def dividend_yield(self) -> float:
        """Paid in the last year, in percent of the price."""
        return self.paid / self.today.price * 100 if self.today.price else 0.0

    @property
    def payout(self) -> float | None:
        """Paid in percent of the table's earnings."""
        return self.paid / self.info.eps * 100 if self.info.eps > 0 else None


_SORTS: Final[dict[int, Callable[[Payer], float]]] = {
    1: lambda row: row.dividend_yield,
    2: lambda row: row.average,
    3: lambda row: float(row.times),
    4: lambda row: float(row.growing),
    5: lambda row: row.paid,
    6: lambda row: row.payout or 0.0,
    7: lambda row: row.today.price,
    8: lambda row: market_value(row.info, row.today.price),
    9: lambda row: row.today.change,
    10: lambda row: row.today.price - row.today.last_close,
}
_FILTERS: Final[dict[int, Callable[[Payer], float | None]]] = {
    1: _SORTS[1], 2: _SORTS[2], 4: _SORTS[4], 5: _SORTS[5], 6: lambda row: row.payout, 8: _SORTS[7], 9: _SORTS[8],
}  # fmt: skip
_BY_FREQUENCY: Final = 3


async def dividend_rank(view: MarketView, request: Any) -> bytes:
    """Answer GetDividendRank (3407)."""
    c2s = request.c2s
    market = _market(c2s.market)
    kind = checked_number("rankType", c2s.rankType, (_HIGH_YIELD, _GROWTH))
    count = c2s.count if c2s.HasField("count") else 10
    if not 1 <= count <= 300:
        raise UserFacingError("bad_field", field="count", value=count)
    sort = checked_number("sortField", c2s.sortField or (1 if kind == _HIGH_YIELD else 4), _SORTS)
    rows = [row for row in await _payers(view, market) if kind == _HIGH_YIELD or row.growing]
    for one in c2s.filterList:
        if one.indicatorType == _BY_FREQUENCY:
            wanted = set(one.indicatorValue.valueList)
            rows = [row for row in rows if _FREQUENCIES.get(row.times, 0) in wanted]
        elif one.indicatorType in _FILTERS:
            figure = _FILTERS[one.indicatorType]
            rows = [row for row in rows if inside(figure(row), one.indicatorValue.valueInterval)]
        else:
            raise UserFacingError("no_figure", field=f"indicatorType {one.indicatorType}")
    rows.sort(key=lambda row: (-_SORTS[sort](row), row.info.security))
    response = openapi.Qot_GetDividendRank.Response(retType=0)
    response.s2c.SetInParent()
    for row in rows[:count]:
        entry = response.s2c.dataList.add(
            security=security_message(row.info),
            name=view.exchange.name(row.info),
            curPrice=row.today.price,
            changeRate=row.today.change,
            changeAmount=row.today.price - row.today.last_close,
            dividendYieldTTM=row.dividend_yield,
            avgDividendYield5Y=row.average,
            dividendGrowYear=row.growing,
            dividendsTTM=row.paid,
        )
        if row.info.shares_outstanding:
            entry.marketCap = market_value(row.info, row.today.price)
        if market != HK and row.times in _FREQUENCIES:
            entry.distributionFrequency = _FREQUENCIES[row.times]
        if row.payout is not None:
            entry.payoutRatioLFY = row.payout
    return response.SerializeToString()


async def _payers(view: MarketView, market: int) -> list[Payer]:
    exchange = view.exchange
    breathe = Breath()
    found = []
    for info in view.stocks(market):
        await breathe()
        today = None if exchange.is_suspended(info) else view.today(info)
        if today is None:
            continue
        years = paid_in_years(exchange, info, 6)
        now = exchange.today(info.group)
        times = sum(
            now - action.day < _YEAR
            for action in _happened(exchange, info)
            if action.dividend or action.special_dividend
        )
        if years[0]:
            growing = next((n for n in range(5) if not years[n] > years[n + 1] > 0), 5)
            average = sum(years[:5]) / 5 / today.price * 100 if today.price else 0.0
            found.append(Payer(info, today, years[0], average, times, growing))
    return found


def statement(exchange: Exchange, info: SecurityInfo, action: CorporateAction) -> str:
    """Say what is paid; always marked as simulated."""
    parts = []
    for amount, english, chinese in (
        (action.dividend, "Dividend", "派息"),
        (action.special_dividend, "Special dividend", "特别派息"),
    ):
        if amount:
            text = f"{amount:.4f}".rstrip("0").rstrip(".")
            label = f"每股{chinese}" if exchange.chinese_names else english
            parts.append(f"{label} {text} {info.currency}" + ("" if exchange.chinese_names else " per share"))
    return ("，".join(parts) + "（模拟）") if exchange.chinese_names else ", ".join(parts) + " (simulated)"


def _happened(exchange: Exchange, info: SecurityInfo) -> list[CorporateAction]:
    if info.security_type not in (STOCK, ETF):
        raise UserFacingError("no_figure", field=f"corporate actions of {info.security.label}")
    today = exchange.today(info.group)
    begin = info.listing_date.toordinal()
    return [action for action in exchange.actions.of(info.security) if begin < action.day <= today]


def _market(market: int) -> int:
    if market not in _MARKETS:
        raise UserFacingError("wrong_market", market=market)
    return market
