"""Answers about unusual option trades (3307), alerts about them (3308, 3309) and the push when one fires (3310).

Events are the larger trades of series that trade live, that is of those somebody looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.topics import Push
from core.upstreams.practice.answers.option_looks import OPTION_FIGURES, Owner, Series
from core.upstreams.practice.answers.option_statistics import OPTION_MARKETS
from core.upstreams.practice.answers.ranks import inside
from core.upstreams.practice.answers.request_checks import checked_number, security_of
from core.upstreams.practice.contract_models import OptionModel
from core.upstreams.practice.derived_market import DerivedMarket
from core.upstreams.practice.event_alerts import EventAlerts
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market import Tick
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.plates import PlateKind
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.quote_messages import security_message
from core.upstreams.practice.securities import INDEX
from core.upstreams.practice.watch_lists import WatchLists

PUSH_OPTION_EVENT: Final = 3310
LEAST_CONTRACTS: Final = 10
_CALL: Final = 1
_BEARISH, _BULLISH = 1, 2
_NORMAL_ORDER, _SINGLE_LEG = 0, 1
_ADD, _DELETE, _MODIFY, _ENABLE, _DISABLE, _DELETE_ALL = 1, 2, 3, 4, 5, 6
_TIME: Final = 305


class Event:
    """One larger trade of a series."""

    def __init__(self, exchange: Exchange, market: DerivedMarket, owner: Owner, model: OptionModel, tick: Tick) -> None:
        """Store."""
        self.exchange = exchange
        self.market = market
        self.owner = owner
        self.series = Series(exchange, owner, model)
        self.tick = tick

    @property
    def price(self) -> float:
        """The price of the trade."""
        return self.tick.price / PRICE_SCALE

    @property
    def turnover(self) -> float:
        """What was paid."""
        return self.price * self.tick.volume * self.series.contract.multiplier

    @property
    def sentiment(self) -> int:
        """Buying calls and selling puts is bullish, the rest bearish."""
        buys = self.tick.direction == 1
        return _BULLISH if buys == (self.series.contract.kind == _CALL) else _BEARISH


_RANGES: Final[dict[int, Callable[[Event], float]]] = {
    105: lambda one: one.owner.info.shares_outstanding * one.owner.price,
    203: lambda one: one.series.contract.strike,
    204: lambda one: OPTION_FIGURES[1002](one.series),
    205: lambda one: one.series.out_of_the_money,
    302: lambda one: one.tick.volume,
    303: lambda one: one.turnover,
    304: lambda one: one.price,
    305: lambda one: one.tick.unix,
    501: lambda one: one.market.day.volume,
    502: lambda one: one.series.figures.open_interest,
    503: lambda one: OPTION_FIGURES[2018](one.series) * 100,
    504: lambda one: one.series.figures.volatility,
    601: lambda one: one.series.figures.greeks.delta,
    602: lambda one: one.series.figures.greeks.gamma,
    603: lambda one: one.series.figures.greeks.vega,
    604: lambda one: one.series.figures.greeks.theta,
    605: lambda one: one.series.figures.greeks.rho,
}
_CHOICES: Final[dict[int, Callable[[Event], int]]] = {
    201: lambda one: one.series.contract.kind,
    202: lambda one: 1 if one.series.in_the_money else 2,
    301: lambda one: one.tick.direction,
    401: lambda _: _NORMAL_ORDER,
    402: lambda _: _SINGLE_LEG,
    403: lambda one: one.sentiment,
}
_DAYS, _OWNERS, _PLATES = 306, 101, (102, 103)


def option_events(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionEvent (3307), the newest trade first unless told otherwise."""
    c2s = request.c2s
    market = checked_number("optionMarket", c2s.optionMarket, OPTION_MARKETS)
    count = c2s.count if c2s.HasField("count") else 300
    first = _page(c2s.page)
    if not 1 <= count <= 300:
        raise UserFacingError("bad_field", field="count", value=count)
    checks = [_check(exchange, one) for one in c2s.filterList]
    sort = c2s.sort.indicatorType if c2s.HasField("sort") else _TIME
    figure = _RANGES[checked_number("sort.indicatorType", sort, _RANGES)]
    found = [one for one in events(exchange, market) if all(check(one) for check in checks)]
    found.sort(key=figure, reverse=not (c2s.HasField("sort") and c2s.sort.isAsc))
    response = openapi.Qot_GetOptionEvent.Response(retType=0)
    response.s2c.allCount = len(found)
    response.s2c.nextPage = str(first + count) if first + count < len(found) else ""
    response.s2c.updateTimestamp = exchange.now
    for one in found[first : first + count]:
        _fill(response.s2c.eventList.add(), one)
    return response.SerializeToString()


def events(exchange: Exchange, option_market: int | None, after: float = 0.0) -> Iterator[Event]:
    """Go through the larger trades that are kept, of one OptionMarket or all, later than a moment."""
    owners: dict[str, Owner] = {}
    for market in exchange.live_options():
        model = market.model
        if not isinstance(model, OptionModel) or not market.ticks or market.ticks[-1].unix <= after:
            continue
        info = model.underlying.info
        if (
            option_market is not None
            and (info.security.market, info.security_type == INDEX) != OPTION_MARKETS[option_market]
        ):
            continue
        for tick in market.ticks:
            if tick.volume >= LEAST_CONTRACTS and tick.unix > after:
                owner = owners.get(info.security.label) or owners.setdefault(info.security.label, Owner(exchange, info))
                yield Event(exchange, market, owner, model, tick)


def list_alerts(alerts: EventAlerts, request: Any) -> bytes:
    """Answer GetOptionEventAlert (3308)."""
    c2s = request.c2s
    count = c2s.count if c2s.HasField("count") else 500
    if not 1 <= count <= 500:
        raise UserFacingError("bad_field", field="count", value=count)
    first = _page(c2s.page)
    found = alerts.all()
    response = openapi.Qot_GetOptionEventAlert.Response(retType=0)
    response.s2c.allCount = len(found)
    response.s2c.nextPage = str(first + count) if first + count < len(found) else ""
    response.s2c.alertList.extend(found[first : first + count])
    return response.SerializeToString()


def set_alerts(exchange: Exchange, alerts: EventAlerts, request: Any) -> bytes:
    """Answer SetOptionEventAlert (3309)."""
    c2s = request.c2s
    operation = checked_number("operType", c2s.operType, range(_ADD, _DELETE_ALL + 1))
    if operation == _DELETE_ALL:
        alerts.delete_all()
    elif not c2s.alertList:
        raise UserFacingError("empty_list", field="alertList")
    for item in c2s.alertList if operation != _DELETE_ALL else ():
        if item.HasField("underlying"):
            exchange.info(security_of(item.underlying))
        if operation == _ADD:
            alerts.add(item)
        elif operation == _DELETE:
            alerts.delete(item)
        elif operation == _MODIFY:
            alerts.modify(item)
        else:
            alerts.set_enabled(item, enabled=operation == _ENABLE)
    response = openapi.Qot_SetOptionEventAlert.Response(retType=0)
    response.s2c.SetInParent()
    return response.SerializeToString()


def event_pushes(exchange: Exchange, alerts: EventAlerts, lists: WatchLists, after: float) -> list[Push]:
    """Give a push for every trade after a moment that some alert looks for."""
    enabled = alerts.enabled
    pushes: list[Push] = []
    for event in events(exchange, None, after) if enabled else ():
        if any(_fits(item, event, lists) for item in enabled):
            response = openapi.Qot_UpdateOptionEvent.Response(retType=0)
            response.s2c.owner.CopyFrom(security_message(event.owner.info))
            response.s2c.option.CopyFrom(security_message(event.series.info))
            response.s2c.message = _sentence(exchange, event)
            pushes.append(Push(None, PUSH_OPTION_EVENT, response.SerializeToString()))
    return pushes


def _sentence(exchange: Exchange, event: Event) -> str:
    name, volume, price = exchange.name(event.series.info), event.tick.volume, event.price
    if exchange.chinese_names:
        side = {1: "买入", 2: "卖出"}.get(event.tick.direction, "成交")
        return f"{name} {side} {volume} 张，价格 {price:g}（模拟）"
    side = {1: "bought", 2: "sold"}.get(event.tick.direction, "traded")
    return f"{name}: {volume} contracts {side} at {price:g} (simulated)"


def _fits(item: Any, event: Event, lists: WatchLists) -> bool:
    """Whether an alert looks for an event."""
    owner = event.owner.info.security
    if item.HasField("optionMarket"):
        if (owner.market, event.owner.info.security_type == INDEX) != OPTION_MARKETS[item.optionMarket]:
            return False
    elif item.HasField("underlying"):
        if security_of(item.underlying) != owner:
            return False
    else:
        try:
            if owner not in lists.members(item.watchlistGroupName):
                return False
        except UserFacingError:  # the group is gone
            return False
    if item.optionType and item.optionType != event.series.contract.kind:
        return False
    if item.sideTypeList and event.tick.direction not in item.sideTypeList:
        return False
    if item.orderTypeList and _NORMAL_ORDER not in item.orderTypeList:
        return False
    ranges = {
        "marketCapRange": 105, "expiryDaysRange": 204, "priceRange": 304, "sizeRange": 302, "premiumRange": 303,
        "ivRange": 504,
    }  # fmt: skip
    return all(
        inside(_RANGES[number](event), getattr(item, field)) for field, number in ranges.items() if item.HasField(field)
    )


def _check(exchange: Exchange, one: Any) -> Callable[[Event], bool]:
    number, value = one.indicatorType, one.indicatorValue
    if number in _RANGES:
        return lambda event: inside(_RANGES[number](event), value.valueInterval)
    if number in _CHOICES:
        wanted = frozenset(value.valueList)
        return lambda event: _CHOICES[number](event) in wanted
    if number == _DAYS:
        return lambda event: True  # only trades of this run are kept
    securities = frozenset(security_of(message) for message in value.securityList)
    if number == _OWNERS:
        return lambda event: event.owner.info.security in securities
    if number in _PLATES:
        members = {info.security for plate in securities for info in exchange.plates.members(plate)}
        return lambda event: event.owner.info.security in members
    raise UserFacingError("no_figure", field=f"indicatorType {number}")


def _fill(row: Any, one: Event) -> None:
    series, contract, figures, tick = one.series, one.series.contract, one.series.figures, one.tick
    row.option.CopyFrom(security_message(series.info))
    row.owner.CopyFrom(security_message(one.owner.info))
    row.symbol = one.owner.info.security.code
    row.fillTime = one.market.time.local(tick.unix).text
    row.fillTimestamp = tick.unix
    row.tickerType = tick.direction
    row.price, row.volume, row.turnover = one.price, tick.volume, one.turnover
    row.optionType, row.strikePrice = contract.kind, contract.strike
    row.strikeTime, row.strikeTimestamp = day_text(contract.last_day), series.expires_at
    row.dte = contract.last_day - one.owner.day
    row.underlyingPrice, row.otm = one.owner.price, series.out_of_the_money
    row.bidPrice, row.askPrice = series.bid, series.ask
    row.iv = figures.volatility
    row.totalVolume, row.totalOpenInterest = one.market.day.volume, figures.open_interest
    row.voRatio = one.market.day.volume / figures.open_interest * 100 if figures.open_interest else 0.0
    for name, value in figures.greeks._asdict().items():
        setattr(row, name, value)
    row.sentiment, row.strategyType = one.sentiment, _SINGLE_LEG
    row.orderTypeList.append(_NORMAL_ORDER)
    for plate in one.exchange.plates.owners(one.owner.info.security):
        if plate.kind in (PlateKind.INDUSTRY, PlateKind.CONCEPT):
            target = row.industryPlateList if plate.kind is PlateKind.INDUSTRY else row.conceptPlateList
            target.add(market=plate.security.market, code=plate.security.code)


def _page(text: str) -> int:
    if text and not (text.isdecimal() and len(text) < 7):
        raise UserFacingError("page_key")
    return int(text or 0)
