"""Answers about volatility, probabilities and activity of options: what follows from the models, day by day."""

from __future__ import annotations

import asyncio
import datetime
import struct
from collections.abc import Sequence
from math import sqrt
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, US, Security
from core.upstreams.practice import contract_activity as activity
from core.upstreams.practice import option_chains
from core.upstreams.practice.answers.options import classes_asked
from core.upstreams.practice.answers.request_checks import checked_number, parse_span, securities_of, security_of
from core.upstreams.practice.contract_models import OptionModel
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.option_chains import OptionClass
from core.upstreams.practice.option_pricing import CALL, PUT, exercise_probability
from core.upstreams.practice.securities import INDEX, SecurityInfo
from core.upstreams.practice.seeded_noise import key_of
from core.upstreams.practice.underlyings import Underlying
from core.upstreams.practice.valuation import option_terms

_REFERENCE_YEARS: Final = 30 / 365  # an underlying's volatility is that of options with a month to go
_TRADING_DAYS: Final = 252
_YEAR: Final = 365
# OptionVolatilityTimePeriodType: week, month, quarter, half year, year.
_PERIOD_DAYS: Final = {0: 30, 1: 7, 2: 30, 3: 91, 4: 182, 5: 365}
_DEFAULT_HV_DAYS: Final = 30
_STEADY, _HIGH, _LOW = 0, 1, 2  # OptionImpvolStatusType
_PROBABILITY_DAYS: Final = 30
_HV_RANGES: Final = {1: 30, 2: 60, 3: 90, 4: 120, 5: 365}  # OptionHVTimeRange
_MOST_OWNERS: Final = 500
_OWNER_PAGE, _MARKET_PAGE, _VOLATILITY_PAGE = 60, 5, 250  # trading days
_VOLUME, _OPEN_INTEREST = 0, 1  # OptionStatisticDataType
# OptionMarket: US stocks, US indices, HK stocks, HK indices.
OPTION_MARKETS: Final = {1: (US, False), 2: (US, True), 3: (HK, False), 4: (HK, True)}
_PAGE_KEY: Final = struct.Struct(">QI")


class Totals(NamedTuple):
    """Contracts of all series on an underlying: traded in a whole day, and open before it."""

    call_volume: int = 0
    put_volume: int = 0
    call_interest: int = 0
    put_interest: int = 0

    def plus(self, other: Totals) -> Totals:
        """Add up."""
        return Totals(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class ActivityTotals:
    """Adds up chains, each day and class once."""

    _KEPT: Final = 20_000

    def __init__(self, exchange: Exchange) -> None:
        """Store."""
        self._exchange = exchange
        self._known: dict[tuple[str, int], Totals] = {}

    def of_owner(self, classes: Sequence[OptionClass], day: int) -> Totals:
        """Add up all series of several classes on a day; a few milliseconds the first time."""
        total = Totals()
        for option_class in classes:
            total = total.plus(self._of_class(option_class, day))
        return total

    def _of_class(self, option_class: OptionClass, day: int) -> Totals:
        known = self._known.get((option_class.root, day))
        if known is not None:
            return known
        underlying = self._exchange.derivatives.underlying(option_class.owner)
        assert underlying is not None, "classes come from their owners"
        sums = {CALL: [0, 0], PUT: [0, 0]}
        market, owner = option_class.owner.market, option_class
        for expiry in option_chains.expiries(option_class, underlying.calendar, day):
            shared = activity.ExpiryActivity(underlying, market, option_class.multiplier, expiry.day, day)
            first_day = max(expiry.created, underlying.first_day + 1)
            if day <= first_day:
                continue
            for strike in option_chains.strikes(option_class, underlying, expiry, day):
                interval = option_chains.strike_interval(option_class, strike)
                for kind in (CALL, PUT):
                    level = shared.level(kind, strike, interval)
                    if level <= activity.LEAST_LEVEL:
                        continue
                    code = option_chains.code_of(owner, expiry.day, kind, strike)
                    key = self._exchange.derivatives.key_of(code)
                    row = sums[kind]
                    row[0] += activity.volume_from(level, key, day)
                    row[1] += activity.open_interest_from(level, key, first_day, day)
        if len(self._known) > self._KEPT:
            self._known.clear()
        known = Totals(sums[CALL][0], sums[PUT][0], sums[CALL][1], sums[PUT][1])
        self._known[option_class.root, day] = known
        return known


def implied(underlying: Underlying, day: int) -> float:
    """Give the volatility of an underlying's options on a day, in percent."""
    return underlying.surface.at_the_money(day, _REFERENCE_YEARS) * 100


def realized(underlying: Underlying, day: int, days: int) -> float:
    """Give the volatility of the closes of `days` trading days before a day, in percent; 0 without enough of them."""
    bars = underlying.path.day_bars(day - days * 2 - 20, day - 1)[-days - 1 :]
    return deviation_percent(underlying.changes(bars)) if len(bars) > days // 2 else 0.0


def deviation_percent(changes: Sequence[float]) -> float:
    """Give the yearly deviation of daily logarithmic changes, in percent; 0 for fewer than two."""
    if len(changes) < 2:
        return 0.0
    mean = sum(changes) / len(changes)
    return sqrt(sum((change - mean) ** 2 for change in changes) / (len(changes) - 1) * _TRADING_DAYS) * 100


def rank_and_percentile(value: float, past: Sequence[float]) -> tuple[float, float]:
    """Place a value among past ones: between their lowest (0) and highest (100), and the percentage below it."""
    if not past:
        return 0.0, 0.0
    low, high = min(past), max(past)
    rank = (value - low) / (high - low) * 100 if high > low else 0.0
    return min(100.0, max(0.0, rank)), sum(other < value for other in past) / len(past) * 100


def volatility(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionVolatility (3250), of an option or of a month's options on an underlying."""
    c2s = request.c2s
    security = security_of(c2s.security)
    info = exchange.info(security)
    model = exchange.derivatives.model(security)
    if not isinstance(model, OptionModel):
        model = None
        classes_asked(exchange, security, 0)
    underlying = model.underlying if model else _underlying(exchange, security)
    days = _PERIOD_DAYS[checked_number("queryTimePeriod", int(c2s.queryTimePeriod), _PERIOD_DAYS)]
    hv_days = c2s.hvTimePeriod if c2s.HasField("hvTimePeriod") else _DEFAULT_HV_DAYS
    checked_number("hvTimePeriod", hv_days, range(5, 251))
    today, time = exchange.today(info.group), exchange.times[info.group]
    first = max(today - days, underlying.first_day + 1, model.first_day if model else 0)
    bars = underlying.path.day_bars(first - hv_days * 2 - 20, today)
    changes = underlying.changes(bars)
    response = openapi.Qot_GetOptionVolatility.Response(retType=0)
    content = response.s2c
    found = []
    for index in range(len(bars) - 1, -1, -1):
        day = bars[index].day
        if day < first or (model is not None and day > model.last_day):
            continue
        value = option_terms(underlying, model.contract, day).volatility * 100 if model else implied(underlying, day)
        history = deviation_percent(changes[max(0, index - hv_days) : index])
        found.append(value)
        content.itemList.add(
            timestamp=int(time.unix(day)), timestampStr=_date(day), impliedVolatility=value,
            historyVolatility=history, volatilityPremium=value - history,
        )  # fmt: skip
    if not found:
        return response.SerializeToString()
    year = [implied(underlying, day) for day in range(today - _YEAR, today)]
    _, percentile = rank_and_percentile(implied(underlying, today), year)
    content.averageImpvol = sum(found) / len(found)
    status: Any = _HIGH if percentile > 80 else _LOW if percentile < 20 else _STEADY
    content.impvolStatus = status
    content.analysis = f"Simulated: implied volatility is above {percentile:.0f}% of the days of the last year."
    return response.SerializeToString()


def exercise_probabilities(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionExerciseProbability (3251): the model's, for the last trading days of a series."""
    security = security_of(request.c2s.security)
    info = exchange.info(security)
    model = exchange.derivatives.model(security)
    if not isinstance(model, OptionModel):
        raise UserFacingError("not_an_option", code=security.label)
    underlying, contract = model.underlying, model.contract
    today, time = exchange.today(info.group), exchange.times[info.group]
    response = openapi.Qot_GetOptionExerciseProbability.Response(retType=0)
    response.s2c.SetInParent()
    begin = max(contract.first_day, today - _PROBABILITY_DAYS)
    fair_day, spot = exchange.fair_now(underlying.info)
    for bar in reversed(underlying.path.day_bars(begin, min(today, contract.last_day))):
        price = spot if bar.day == fair_day else bar.close
        terms = option_terms(underlying, contract, bar.day)
        response.s2c.itemList.add(
            timestamp=int(time.unix(bar.day)), timestampStr=_date(bar.day), securityPrice=price,
            strikeProbability=exercise_probability(price, terms) * 100,
        )  # fmt: skip
    return response.SerializeToString()


def overview(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionUnderlyingOverview (3303)."""
    c2s = request.c2s
    owners = securities_of(c2s.ownerList, "ownerList")
    if len(owners) > _MOST_OWNERS:
        raise UserFacingError("too_many_items", count=len(owners), limit=_MOST_OWNERS)
    response = openapi.Qot_GetOptionUnderlyingOverview.Response(retType=0)
    response.s2c.SetInParent()
    for owner in owners:
        classes = classes_asked(exchange, owner, c2s.indexOptionType)
        info, underlying = exchange.info(owner), _underlying(exchange, owner)
        day, _ = exchange.fair_now(info)
        total = totals.of_owner(classes, day)
        share = day_share(exchange, info)
        value = implied(underlying, day)
        rank, percentile = rank_and_percentile(value, [implied(underlying, past) for past in range(day - _YEAR, day)])
        row = response.s2c.underlyingDataList.add()
        row.owner.market, row.owner.code = owner
        row.code, row.name = owner.code, exchange.name(info)
        row.callVolume, row.putVolume = int(total.call_volume * share), int(total.put_volume * share)
        row.callOpenInterest, row.putOpenInterest = total.call_interest, total.put_interest
        row.iv, row.ivRank, row.ivPercentile = value, rank, percentile
        row.preIV = implied(underlying, day - 1)
        for number, days in _HV_RANGES.items():
            row.hvList.add(timeRange=number, **_history_volatility(underlying, day, days))
    return response.SerializeToString()


def day_share(exchange: Exchange, info: SecurityInfo) -> float:
    """Give how much of the day's trading has passed, 0 to 1; 1 before the first trade of a day."""
    path_bar, _ = exchange.day_so_far(info)
    underlying = exchange.derivatives.underlying(info.security)
    bars = underlying.path.day_bars(path_bar.day, path_bar.day) if underlying else []
    return path_bar.volume / bars[0].volume if bars and bars[0].volume else 1.0


def _history_volatility(underlying: Underlying, day: int, days: int) -> dict[str, float]:
    """Give the realized volatility and its place among those of the past year's weeks. `days` are calendar days."""
    count = max(5, days * _TRADING_DAYS // _YEAR)
    changes = underlying.changes(underlying.path.day_bars(day - 2 * _YEAR - 30, day - 1))
    values = [deviation_percent(changes[end - count : end]) for end in range(len(changes), count, -5)][:50]
    if not values:
        return {"hv": 0.0}
    return {"hv": values[0], "hvPercentile": rank_and_percentile(values[0], values[1:])[1]}


async def underlying_statistics(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionUnderlyingHisStatistic (3302): a page of days, the newest first."""
    c2s = request.c2s
    owner = security_of(c2s.owner)
    info = exchange.info(owner)
    classes = classes_asked(exchange, owner, c2s.indexOptionType)
    underlying = _underlying(exchange, owner)
    response = openapi.Qot_GetOptionUnderlyingHisStatistic.Response(retType=0)
    content = response.s2c
    content.owner.market, content.owner.code = owner
    content.code, content.name = owner.code, exchange.name(info)
    bars, next_key = _page(exchange, underlying, c2s, key_of(0, owner.label, c2s.indexOptionType), _OWNER_PAGE)
    fair_day, spot = exchange.fair_now(info)
    for bar in bars:
        total = totals.of_owner(classes, bar.day)
        share = day_share(exchange, info) if bar.day == fair_day else 1.0
        calls, puts = int(total.call_volume * share), int(total.put_volume * share)
        row = content.statisticList.add(
            time=_date(bar.day), timestamp=exchange.times[info.group].unix(bar.day), optionVolume=calls + puts,
            callVolume=calls, putVolume=puts, optionOpenInterest=total.call_interest + total.put_interest,
            callOpenInterest=total.call_interest, putOpenInterest=total.put_interest,
            underlyingPrice=spot if bar.day == fair_day else bar.close,
        )  # fmt: skip
        if calls:
            row.putCallVolumeRatio = puts / calls
        if total.call_interest:
            row.putCallOpenInterestRatio = total.put_interest / total.call_interest
        await asyncio.sleep(0)
    if next_key:
        content.nextPageKey = next_key
    return response.SerializeToString()


async def market_statistics(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer GetOptionMarketStatistic (3301): a page of days, the newest first, over all underlyings of a market."""
    c2s = request.c2s
    checked_number("optionMarket", c2s.optionMarket, OPTION_MARKETS)
    kind = checked_number("dataType", c2s.dataType, (_VOLUME, _OPEN_INTEREST))
    owners = owners_of_market(exchange, c2s.optionMarket)
    response = openapi.Qot_GetOptionMarketStatistic.Response(retType=0)
    content = response.s2c
    content.optionMarket, content.dataType = c2s.optionMarket, kind
    if not owners:
        return response.SerializeToString()
    underlying = _underlying(exchange, owners[0])
    info = exchange.info(owners[0])
    bars, next_key = _page(exchange, underlying, c2s, key_of(1, c2s.optionMarket, kind), _MARKET_PAGE)
    fair_day, _ = exchange.fair_now(info)
    share = day_share(exchange, info)
    for bar in bars:
        total = Totals()
        for owner in owners:
            total = total.plus(totals.of_owner(exchange.derivatives.classes_of(owner), bar.day))
            await asyncio.sleep(0)
        part = share if bar.day == fair_day else 1.0
        calls, puts = int(total.call_volume * part), int(total.put_volume * part)
        if kind == _OPEN_INTEREST:
            calls, puts = total.call_interest, total.put_interest
        row = content.statisticList.add(
            time=_date(bar.day), timestamp=exchange.times[info.group].unix(bar.day), callValue=calls, putValue=puts,
            totalValue=calls + puts,
        )  # fmt: skip
        if calls:
            row.ratio = puts / calls
    if next_key:
        content.nextPageKey = next_key
    return response.SerializeToString()


def underlying_volatility(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionUnderlyingHisVolatility (3304): a page of days, the newest first."""
    c2s = request.c2s
    owner = security_of(c2s.owner)
    info = exchange.info(owner)
    classes_asked(exchange, owner, c2s.indexOptionType)
    underlying = _underlying(exchange, owner)
    response = openapi.Qot_GetOptionUnderlyingHisVolatility.Response(retType=0)
    content = response.s2c
    content.owner.market, content.owner.code = owner
    content.code, content.name = owner.code, exchange.name(info)
    bars, next_key = _page(exchange, underlying, c2s, key_of(2, owner.label, c2s.indexOptionType), _VOLATILITY_PAGE)
    fair_day, spot = exchange.fair_now(info)
    if bars:
        earlier = underlying.path.day_bars(bars[-1].day - 80, bars[-1].day - 1)
        changes = underlying.changes([*earlier, *reversed(bars)])
    for number, bar in enumerate(bars):
        end = len(changes) - number
        content.volatilityList.add(
            time=_date(bar.day), timestamp=exchange.times[info.group].unix(bar.day), iv=implied(underlying, bar.day),
            hv=deviation_percent(changes[max(0, end - _DEFAULT_HV_DAYS) : end]),
            underlyingPrice=spot if bar.day == fair_day else bar.close,
        )  # fmt: skip
    if next_key:
        content.nextPageKey = next_key
    return response.SerializeToString()


def owners_of_market(exchange: Exchange, option_market: int) -> list[Security]:
    """Give the underlyings of an OptionMarket that are listed."""
    market, is_index = OPTION_MARKETS[option_market]
    found = []
    for owner in exchange.derivatives.owners():
        info = exchange.table.get(owner)
        if owner.market != market or info is None or not exchange.is_listed(info):
            continue
        if (info.security_type == INDEX) is is_index:
            found.append(owner)
    return found


def _page(exchange: Exchange, underlying: Underlying, c2s: Any, bound: int, size: int) -> tuple[list[Any], bytes]:
    """Give a page of day bars, the newest first, and the key of the next page (empty on the last one)."""
    begin, end = parse_span(c2s.beginTime, c2s.endTime)
    last = min(end.day, exchange.today(underlying.info.group))
    if c2s.HasField("nextPageKey") and c2s.nextPageKey:
        if len(c2s.nextPageKey) != _PAGE_KEY.size:
            raise UserFacingError("page_key")
        owner, last = _PAGE_KEY.unpack(c2s.nextPageKey)
        if owner != bound:
            raise UserFacingError("page_key")
    first = max(begin.day, underlying.first_day + 1, last - 20 * _YEAR)
    bars = underlying.path.day_bars(max(first, last - size * 2 - 20), last)[-size:] if first <= last else []
    bars = [bar for bar in bars if bar.day >= first]
    more = bool(bars) and len(bars) == size and bool(underlying.path.indexes(first, bars[0].day - 1))
    return bars[::-1], _PAGE_KEY.pack(bound, bars[0].day - 1) if more else b""


def _underlying(exchange: Exchange, owner: Security) -> Underlying:
    underlying = exchange.derivatives.underlying(owner)
    assert underlying is not None, "owners of options have underlyings"
    return underlying


def _date(day: int) -> str:
    return datetime.date.fromordinal(day).isoformat()
