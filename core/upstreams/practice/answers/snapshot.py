"""Answers GetSecuritySnapshot (3203): the present quote, its place in history, and what the table knows besides."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.security import Security
from core.upstreams.practice import quote_messages as messages
from core.upstreams.practice.adjusted_history import forward_extremes
from core.upstreams.practice.answers.request_checks import securities_of
from core.upstreams.practice.corporate_actions import Adjuster
from core.upstreams.practice.derived_market import DerivedMarket
from core.upstreams.practice.derived_messages import fill_snapshot
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.funds import fund_figures
from core.upstreams.practice.market import SecurityMarket
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE, tick_size
from core.upstreams.practice.securities import ETF, INDEX, PLATE, STOCK, SecurityInfo
from core.upstreams.practice.yearly_dividends import dividend_of_year

_YEAR_DAYS: Final = 365
_LOOKED_BACK: Final = _YEAR_DAYS + 40  # the year, and the closes before it
_VOLUME_RATIO_DAYS: Final = 5
_MINUTES_BACK: Final = 5


MOST_WITH_ALL_TIME: Final = 100
"""Securities in a request that are told their highest and lowest price of all time.

It takes a security's whole past, 30 to 50 ms the first time: for 400 of them a client would not wait.
"""


class PastFigures(NamedTuple):
    """What a snapshot says about the time before a day. Prices in currency; the volume is that of a usual day."""

    day: int
    year_high: float
    year_low: float
    usual_volume: float


class PastFigureStore:
    """Figures about the past, computed once a day for each security that somebody asks about."""

    def __init__(self) -> None:
        self._known: dict[Security, PastFigures] = {}
        self._all_time: dict[Security, tuple[int, float, float]] = {}

    def before_today(self, market: SecurityMarket, adjuster: Adjuster | None = None) -> PastFigures:
        """Give the figures of all days before the live day; prices are forward adjusted."""
        today, history = market.day.day, market.history
        known = self._known.get(market.info.security)
        if known is None or known.day != today:
            earlier = history.day_bars(today - 15, today - 1)[-_VOLUME_RATIO_DAYS:]
            known = PastFigures(
                today,
                *forward_extremes(history, adjuster, today - _YEAR_DAYS, today - 1),
                sum(bar.volume for bar in earlier) / len(earlier) if earlier else 0.0,
            )
            self._known[market.info.security] = known
        return known

    def all_time(self, market: SecurityMarket, adjuster: Adjuster | None = None) -> tuple[float, float]:
        """Give the highest and lowest price of all days before the live day, forward adjusted."""
        today, history = market.day.day, market.history
        known = self._all_time.get(market.info.security)
        if known is None or known[0] != today:
            known = (today, *forward_extremes(history, adjuster, history.first_day, today - 1))
            self._all_time[market.info.security] = known
        return known[1], known[2]


def securities_asked(exchange: Exchange, request: Any) -> list[Security]:
    """Give the securities of a request, all known. Raises UserFacingError."""
    securities = securities_of(request.c2s.securityList)
    exchange.rights.check_snapshot([(security, exchange.info(security).security_type) for security in securities])
    return securities


def days_needed(exchange: Exchange, request: Any) -> list[tuple[Security, int]]:
    """Say how far back a request looks, as a day (an ordinal) for each security, for preparing it."""
    asked = securities_asked(exchange, request)
    if len(asked) <= MOST_WITH_ALL_TIME:
        return [(security, 0) for security in asked]
    return [(security, exchange.today(exchange.info(security).group) - _LOOKED_BACK) for security in asked]


def snapshots(exchange: Exchange, past: PastFigureStore, request: Any) -> bytes:
    """Answer GetSecuritySnapshot (3203)."""
    response = openapi.Qot_GetSecuritySnapshot.Response(retType=0)
    response.s2c.SetInParent()
    asked = securities_asked(exchange, request)
    for security in asked:
        market = exchange.market(security)
        if not market.day.has_data:
            continue
        row = response.s2c.snapshotList.add()
        adjuster = exchange.adjuster(market.info)
        _fill_basic(exchange, past.before_today(market, adjuster), market, row.basic)
        if len(asked) <= MOST_WITH_ALL_TIME:
            high, low = past.all_time(market, adjuster)
            row.basic.highestHistoryPrice = max(high, row.basic.highPrice)
            row.basic.lowestHistoryPrice = min(low, row.basic.lowPrice)
        if isinstance(market, DerivedMarket):
            fill_snapshot(row, market)
        elif market.info.security_type == STOCK and market.info.shares_outstanding:
            dividend = dividend_of_year(exchange, market.info)
            _fill_equity(market.info, market.day.last / PRICE_SCALE, dividend, row.equityExData)
        elif market.info.security_type == ETF and market.info.shares_outstanding:
            _fill_fund(exchange, market, row.trustExData)
        elif market.info.security_type == PLATE:
            _fill_plate(exchange, market.info, row.plateExData)
        elif market.info.security_type == INDEX:
            _fill_index(exchange, market.info, row.indexExData)
    return response.SerializeToString()


def _fill_basic(exchange: Exchange, past: PastFigures, market: SecurityMarket, basic: Any) -> None:
    info, day, time = market.info, market.day, market.time
    updated = messages.update_time(market)
    basic.security.CopyFrom(messages.security_message(info))
    basic.name = exchange.name(info)
    basic.type = info.security_type
    basic.isSuspend = market.is_suspended
    basic.listTime = info.listing_date.isoformat()
    basic.lotSize = messages.shown_lot_size(info)
    basic.priceSpread = tick_size(info.tick_kind, day.last) / PRICE_SCALE
    basic.updateTime = time.local(updated).text
    basic.highPrice = day.high / PRICE_SCALE
    basic.openPrice = day.open / PRICE_SCALE
    basic.lowPrice = day.low / PRICE_SCALE
    basic.lastClosePrice = day.last_close
    basic.curPrice = day.last / PRICE_SCALE
    messages.set_volume(basic, info, day.volume)
    basic.turnover = day.turnover
    basic.turnoverRate = messages.turnover_percent(info, day.volume)
    basic.listTimestamp = time.unix(info.listing_date.toordinal())
    basic.updateTimestamp = updated
    basic.amplitude = messages.amplitude_percent(market)
    average = messages.average_price(market, day.volume, day.turnover)
    if average is not None:
        basic.avgPrice = average
    messages.add_extended_hours(basic, market)
    _fill_book(exchange, market, basic)
    # Today's volume per minute against that of the days before.
    usual = past.usual_volume / day.layout.count
    basic.volumeRatio = day.volume / (day.last_slot + 1) / usual if usual else 0.0
    basic.highest52WeeksPrice = max(past.year_high, basic.highPrice)
    basic.lowest52WeeksPrice = min(past.year_low, basic.lowPrice)
    basic.secStatus = messages.security_status(market)
    basic.closePrice5Minute = day.minute(max(0, day.last_slot - _MINUTES_BACK)).close


def _fill_book(exchange: Exchange, market: SecurityMarket, basic: Any) -> None:
    depth, parts = exchange.depth(market), market.info.volume_parts
    asks, bids = market.levels(Side.SELL, depth), market.levels(Side.BUY, depth)
    if asks:
        basic.askPrice, basic.askVol = asks[0].price / PRICE_SCALE, round(asks[0].volume / parts)
        if parts > 1:
            basic.hpAskVol = asks[0].volume / parts
    if bids:
        basic.bidPrice, basic.bidVol = bids[0].price / PRICE_SCALE, round(bids[0].volume / parts)
        if parts > 1:
            basic.hpBidVol = bids[0].volume / parts
    asked, bid = sum(level.volume for level in asks), sum(level.volume for level in bids)
    if asked + bid:
        basic.bidAskRatio = (bid - asked) / (bid + asked) * 100


def _fill_equity(info: SecurityInfo, price: float, dividend: float, block: Any) -> None:
    """Fill in what follows from the table's shares, earnings and net assets. Rates are in percent."""
    shares = info.shares_outstanding
    block.issuedShares = block.outstandingShares = shares
    block.issuedMarketVal = block.outstandingMarketVal = shares * price
    block.netAsset = info.bvps * shares
    block.netProfit = info.eps * shares
    block.earningsPershare = info.eps
    block.netAssetPershare = info.bvps
    block.eyRate = info.eps / price * 100
    block.peRate = block.peTTMRate = price / info.eps if info.eps else 0.0
    block.pbRate = price / info.bvps if info.bvps else 0.0
    block.dividendTTM = block.dividendLFY = dividend
    block.dividendRatioTTM = block.dividendLFYRatio = dividend / price * 100


def _fill_fund(exchange: Exchange, market: SecurityMarket, block: Any) -> None:
    """Fill in what follows from the table's units and dividends and from the simulated path. Rates are in percent."""
    _, fair_price = exchange.fair_now(market.info)
    dividend = dividend_of_year(exchange, market.info)
    figures = fund_figures(market.info, market.day.last / PRICE_SCALE, fair_price, dividend)
    block.dividendYield = figures.dividend_yield
    block.aum = figures.assets
    block.outstandingUnits = figures.units
    block.netAssetValue = figures.net_asset_value
    block.premium = figures.premium
    block.assetClass = figures.asset_class


def _fill_index(exchange: Exchange, index: SecurityInfo, block: Any) -> None:
    """Count the rising and falling stocks among this exchange's own stocks of the index's market."""
    changes = [
        exchange.fair_change(info)
        for info in exchange.table.by_market(index.security.market)
        if info.security_type == STOCK and exchange.is_listed(info)
    ]
    block.raiseCount, block.fallCount, block.equalCount = (changes.count(change) for change in (1, -1, 0))


def _fill_plate(exchange: Exchange, plate: SecurityInfo, block: Any) -> None:
    """Count the rising and falling members of a plate."""
    members = [info for info in exchange.plates.members(plate.security) if exchange.is_listed(info)]
    changes = [exchange.fair_change(info) for info in members]
    block.raiseCount, block.fallCount, block.equalCount = (changes.count(change) for change in (1, -1, 0))
