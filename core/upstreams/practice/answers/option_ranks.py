"""Answers that rank options: underlyings (3305), series (3306), zero-day (3311, 3312) and sellers' (3314)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.option_looks import OPTION_FIGURES, Owner, Series, owners_of, ratio, series_of
from core.upstreams.practice.answers.option_statistics import OPTION_MARKETS, ActivityTotals
from core.upstreams.practice.answers.ranks import inside
from core.upstreams.practice.answers.request_checks import checked_number, parse_moment, security_of
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.quote_messages import security_message
from core.upstreams.practice.securities import ETF, STOCK

Thing = TypeVar("Thing")
_YEAR: Final = 365
_MOST: Final = 200
_LATEST: Final = 4_102_444_800  # Unix seconds of the year 2100
_CALL, _PUT = 1, 2
_COVERED_CALL, _CASH_SECURED_PUT = 1, 2
_SELLER_ROWS: Final = 200
# What a seller's screen leaves out unless it is told otherwise.
_LEAST_PRICE, _LEAST_OPTION_PRICE = 1.0, 0.01


def _put_call(puts: int, calls: int) -> float:
    return ratio(puts, calls) * 100


_OWNER_SORTS: Final[dict[int, Callable[[Owner], float]]] = {
    1: lambda one: one.volume,
    2: lambda one: _put_call(one.totals.put_volume, one.totals.call_volume),
    3: lambda one: one.open_interest,
    4: lambda one: _put_call(one.totals.put_interest, one.totals.call_interest),
    5: lambda one: one.price,
    6: lambda one: one.change,
    7: lambda one: one.volatility,
    8: lambda one: (ratio(one.volatility, one.volatility_before) - 1) * 100,
    9: lambda one: one.realized,
    10: lambda one: (ratio(one.realized, one.realized_before) - 1) * 100,
    11: lambda one: one.place[0],
    12: lambda one: one.place[1],
    13: lambda one: one.info.shares_outstanding * one.price,
}
# UnderlyingRankIndicatorType, OptionRankIndicatorType, ZeroDteIndicatorType and SellerIndicatorType numbers.
_OWNER_FILTERS: Final = {
    3: _OWNER_SORTS[1], 4: _OWNER_SORTS[3], 5: _OWNER_SORTS[7], 6: _OWNER_SORTS[9], 7: _OWNER_SORTS[11],
    8: _OWNER_SORTS[12], 9: _OWNER_SORTS[8], 10: _OWNER_SORTS[10], 11: _OWNER_SORTS[2], 12: _OWNER_SORTS[4],
    13: _OWNER_SORTS[13],
}  # fmt: skip
_RANK_OWNER_FILTERS: Final = {
    2: _OWNER_SORTS[13], 4: _OWNER_SORTS[7], 5: _OWNER_SORTS[9], 6: _OWNER_SORTS[11], 7: _OWNER_SORTS[12],
}  # fmt: skip
_ZERO_OWNER_FILTERS: Final = {
    3: _OWNER_SORTS[1], 4: _OWNER_SORTS[3], 5: _OWNER_SORTS[7], 6: _OWNER_SORTS[9], 7: _OWNER_SORTS[11],
    8: _OWNER_SORTS[12], 9: _OWNER_SORTS[5], 10: _OWNER_SORTS[6],
}  # fmt: skip
_SELLER_OWNER_FILTERS: Final = {
    3: _OWNER_SORTS[1], 4: _OWNER_SORTS[3], 5: _OWNER_SORTS[7], 6: _OWNER_SORTS[9], 7: _OWNER_SORTS[11],
    8: _OWNER_SORTS[12], 9: _OWNER_SORTS[13], 10: _OWNER_SORTS[5], 11: _OWNER_SORTS[6],
}  # fmt: skip
_ZERO_SORTS: Final = {1: _OWNER_SORTS[1], 2: _OWNER_SORTS[7], 3: _OWNER_SORTS[6], 4: _OWNER_SORTS[3],
                      5: _OWNER_SORTS[13]}  # fmt: skip


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
_ZERO_FILTERS: Final = {
    1: OPTION_FIGURES[1003], 2: OPTION_FIGURES[2011], 3: OPTION_FIGURES[2013], 4: OPTION_FIGURES[3001],
    5: OPTION_FIGURES[3004], 6: OPTION_FIGURES[3005], 7: OPTION_FIGURES[3007], 8: OPTION_FIGURES[3006],
    9: OPTION_FIGURES[3008], 10: OPTION_FIGURES[2002], 11: OPTION_FIGURES[2010],
    12: lambda one: one.figures.break_even, 13: OPTION_FIGURES[3011], 14: OPTION_FIGURES[3013],
    15: OPTION_FIGURES[3014],
}  # fmt: skip
_CONTRACT_SORTS: Final = {1: OPTION_FIGURES[2011], 2: OPTION_FIGURES[2013], 3: OPTION_FIGURES[3001],
                          4: OPTION_FIGURES[3004]}  # fmt: skip


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


async def underlying_rank(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionUnderlyingRank (3305), of now or of an earlier trading day."""
    c2s = request.c2s
    market = checked_number("optionMarket", c2s.optionMarket, OPTION_MARKETS)
    sort = _OWNER_SORTS[checked_number("sortType", c2s.sortType, _OWNER_SORTS)]
    first, count = _window(c2s, _MOST)
    day = parse_moment(c2s.tradingDate).day if c2s.tradingDate else None
    rows = await _owners(exchange, totals, market, c2s.filterList, _OWNER_FILTERS, lists=(1,), categories=(2,), day=day)
    if day is not None and rows and rows[0].day != day:
        raise UserFacingError("no_figure", field=f"tradingDate {c2s.tradingDate[:20]}")
    rows.sort(key=sort, reverse=not c2s.isAsc)
    response = openapi.Qot_GetOptionUnderlyingRank.Response(retType=0)
    content = response.s2c
    content.optionMarket, content.sortType = market, c2s.sortType
    _stamp(exchange, content, rows)
    content.allCount, content.nextPage = len(rows), _next(first, count, len(rows))
    for one in rows[first : first + count]:
        content.rankList.add(
            owner=security_message(one.info),
            name=exchange.name(one.info),
            totalVolume=one.volume,
            totalOpenInterest=one.open_interest,
            volumeRatio=_OWNER_SORTS[2](one),
            openInterestRatio=_OWNER_SORTS[4](one),
            iv=one.volatility,
            ivRank=one.place[0],
            ivPercentile=one.place[1],
            price=one.price,
            changeRate=one.change,
            ivChange=_OWNER_SORTS[8](one),
            hv=one.realized,
            hvChange=_OWNER_SORTS[10](one),
            marketCap=_OWNER_SORTS[13](one),
        )
    return response.SerializeToString()


async def option_rank(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionRank (3306), of today only."""
    c2s = request.c2s
    market = checked_number("optionMarket", c2s.optionMarket, OPTION_MARKETS)
    sort = _SERIES_SORTS[checked_number("sortType", c2s.sortType, _SERIES_SORTS)]
    first, count = _window(c2s, _MOST)
    owned = [one for one in c2s.filterList if one.indicatorType < 8]
    own = [one for one in c2s.filterList if one.indicatorType >= 8]
    owners = await _owners(exchange, totals, market, owned, _RANK_OWNER_FILTERS, lists=(3,), categories=(1,))
    _check_date(c2s.tradingDate, owners)
    found = await _series(exchange, owners, own, _RANK_FILTERS, exact=(9, 11))
    await _sort(found, sort, descending=not c2s.isAsc)
    response = openapi.Qot_GetOptionRank.Response(retType=0)
    content = response.s2c
    content.optionMarket, content.sortType = market, c2s.sortType
    _stamp(exchange, content, owners)
    content.allCount, content.nextPage = len(found), _next(first, count, len(found))
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
            **_greeks(one),
        )
    return response.SerializeToString()


async def zero_day_underlyings(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionZeroDteScreener (3311): US underlyings with series that expire today."""
    c2s = request.c2s
    market = checked_number("optionMarket", c2s.optionMarket, (1, 2))
    sort = _ZERO_SORTS[checked_number("sortType", c2s.sortType or 1, _ZERO_SORTS)]
    first, count = _window(c2s, 500, default=50)
    rows = await _owners(exchange, totals, market, c2s.filterList, _ZERO_OWNER_FILTERS, lists=(1,))
    rows = [one for one in rows if _expires_today(exchange, one)]
    rows.sort(key=sort, reverse=not c2s.isAsc)
    response = openapi.Qot_GetOptionZeroDteScreener.Response(retType=0)
    content = response.s2c
    content.updateTimestamp = exchange.now
    content.nextPage = _next(first, count, len(rows))
    for one in rows[first : first + count]:
        row = content.itemList.add(
            owner=security_message(one.info),
            name=exchange.name(one.info),
            price=one.price,
            changeRate=one.change,
            marketCap=_OWNER_SORTS[13](one),
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
    found = await _series(exchange, [owner], c2s.filterList, _ZERO_FILTERS, exact=(1,), day=day)
    await _sort(found, sort, descending=not c2s.isAsc)
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
            **_greeks(one),
        )
    return response.SerializeToString()


async def seller_screener(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionSellerScreener (3314): calls out of the money for holders, puts for those with cash."""
    c2s = request.c2s
    market = checked_number("optionMarket", c2s.optionMarket, (1, 3))
    kind = checked_number("sellerType", c2s.sellerType, (_COVERED_CALL, _CASH_SECURED_PUT))
    sort = _SELLER_SORTS[checked_number("sortType", c2s.sortType or 1, _SELLER_SORTS)]
    owned = [one for one in c2s.filterList if one.indicatorType < 14]
    own = [one for one in c2s.filterList if one.indicatorType >= 14]
    owners = await _owners(exchange, totals, market, owned, _SELLER_OWNER_FILTERS, lists=(1,), categories=(2,))
    owners = [one for one in owners if one.price > _LEAST_PRICE]
    wanted = _CALL if kind == _COVERED_CALL else _PUT
    found = [
        one
        for one in await _series(exchange, owners, own, _SELLER_FILTERS, exact=(15, 16), kind=wanted)
        if one.bid > _LEAST_OPTION_PRICE and one.volume and one.figures.open_interest
    ]
    await _sort(found, sort, descending=not c2s.isAsc)
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


async def _owners(
    exchange: Exchange,
    totals: ActivityTotals,
    market: int,
    filters: Sequence[Any],
    figures: dict[int, Callable[[Owner], float]],
    *,
    lists: tuple[int, ...],
    categories: tuple[int, ...] = (),
    day: int | None = None,
) -> list[Owner]:
    """Give a market's underlyings that pass the filters. `lists` and `categories` name filters by choice."""
    breathe = Breath()
    checks: list[Callable[[Owner], bool]] = []
    for one in filters:
        value = one.indicatorValue
        if one.indicatorType in lists:
            wanted = {security_of(message) for message in value.securityList}
            checks.append(lambda owner, wanted=wanted: owner.info.security in wanted)  # type: ignore[misc]
        elif one.indicatorType in categories:
            types = {STOCK if number == 1 else ETF for number in value.valueList if number}
            checks.append(lambda owner, types=types: not types or owner.info.security_type in types)  # type: ignore[misc]
        elif one.indicatorType in figures:
            checks.append(_between(figures[one.indicatorType], value.valueInterval))
        else:
            raise UserFacingError("no_figure", field=f"indicatorType {one.indicatorType}")
    found = []
    for owner in owners_of(exchange, (market,), totals, day):
        await breathe()
        if all(check(owner) for check in checks):
            found.append(owner)
    return found


async def _series(
    exchange: Exchange,
    owners: Sequence[Owner],
    filters: Sequence[Any],
    figures: dict[int, Callable[[Series], float]],
    *,
    exact: tuple[int, ...],
    day: int | None = None,
    kind: int | None = None,
) -> list[Series]:
    """Give all series on underlyings that pass the filters; those of `kind` are out of the money ones only."""
    breathe = Breath()
    checks: list[Callable[[Series], bool]] = []
    for one in filters:
        if one.indicatorType not in figures:
            raise UserFacingError("no_figure", field=f"indicatorType {one.indicatorType}")
        figure = figures[one.indicatorType]
        if one.indicatorType in exact:
            checks.append(_among(figure, frozenset(one.indicatorValue.valueList)))
        else:
            checks.append(_between(figure, one.indicatorValue.valueInterval))
    found = []
    for owner in owners:
        for one in series_of(exchange, owner, day):
            await breathe()
            if kind is not None and (one.contract.kind != kind or one.out_of_the_money <= 0):
                continue
            if all(check(one) for check in checks):
                found.append(one)
    return found


async def _sort(found: list[Series], figure: Callable[[Series], float], *, descending: bool) -> None:
    """Sort by a figure that takes a while to compute; equal ones stay in the order of their chains."""
    breathe = Breath()
    keys = {}
    for one in found:
        await breathe()
        keys[id(one)] = figure(one)
    found.sort(key=lambda one: keys[id(one)], reverse=descending)


def _between(figure: Callable[[Thing], float], interval: Any) -> Callable[[Thing], bool]:
    return lambda one: inside(figure(one), interval)


def _among(figure: Callable[[Thing], float], wanted: frozenset[int]) -> Callable[[Thing], bool]:
    return lambda one: int(figure(one)) in wanted


def _expires_today(exchange: Exchange, owner: Owner) -> bool:
    return bool(series_of(exchange, owner, owner.day))


def _greeks(one: Series) -> dict[str, float]:
    return one.figures.greeks._asdict()


def _window(c2s: Any, most: int, *, default: int | None = None) -> tuple[int, int]:
    """Read page and count. Raises UserFacingError."""
    count = c2s.count if c2s.HasField("count") else default or most
    if count < 1:
        raise UserFacingError("bad_field", field="count", value=count)
    if count > most:
        raise UserFacingError("too_many_items", count=count, limit=most)
    if c2s.page and not (c2s.page.isdigit() and len(c2s.page) < 7):
        raise UserFacingError("page_key")
    return int(c2s.page or 0), int(count)


def _next(first: int, count: int, found: int) -> str:
    return str(first + count) if first + count < found else ""


def _check_date(text: str, owners: Sequence[Owner]) -> None:
    """Ranks of series on other days than the present one are not kept."""
    if text and owners and parse_moment(text).day != owners[0].day:
        raise UserFacingError("no_figure", field=f"tradingDate {text[:20]}")


def _stamp(exchange: Exchange, content: Any, owners: Sequence[Owner]) -> None:
    if owners:
        content.tradingDate = day_text(owners[0].day)
        content.tradingTimestamp = exchange.times[owners[0].info.group].unix(owners[0].day)
