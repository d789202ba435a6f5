"""Answers GetSecuritySnapshot (3203): the present quote, its place in history, and what the table knows besides."""

from __future__ import annotations

from typing import Any, Final

from core.api_messages import openapi
from core.model.security import Security
from core.upstreams.practice import quote_messages as messages
from core.upstreams.practice.answers.request_checks import securities_of
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market import SecurityMarket
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE, tick_size
from core.upstreams.practice.securities import INDEX, STOCK, SecurityInfo

_YEAR_DAYS: Final = 365
_VOLUME_RATIO_DAYS: Final = 5
_MINUTES_BACK: Final = 5
_NORMAL: Final = 1


class PriceExtremes:
    """Highest and lowest prices of the past, computed once a day for each security."""

    def __init__(self) -> None:
        self._known: dict[Security, tuple[int, tuple[float, float, float, float]]] = {}

    def of(self, market: SecurityMarket) -> tuple[float, float, float, float]:
        """Give high and low of the last 52 weeks, then of all history; today is included."""
        day, security = market.day, market.info.security
        known = self._known.get(security)
        if known is None or known[0] != day.day:
            year = market.history.extremes(day.day - _YEAR_DAYS, day.day - 1)
            known = (day.day, (*year, *market.history.extremes(market.history.first_day, day.day - 1)))
            self._known[security] = known
        high, low = day.high / PRICE_SCALE, day.low / PRICE_SCALE
        year_high, year_low, all_high, all_low = known[1]
        return max(year_high, high), min(year_low, low), max(all_high, high), min(all_low, low)


def securities_asked(exchange: Exchange, request: Any) -> list[Security]:
    """Give the securities of a request, all known. Raises UserFacingError."""
    securities = securities_of(request.c2s.securityList)
    for security in securities:
        exchange.info(security)
    return securities


def snapshots(exchange: Exchange, extremes: PriceExtremes, request: Any) -> bytes:
    """Answer GetSecuritySnapshot (3203)."""
    response = openapi.Qot_GetSecuritySnapshot.Response(retType=0)
    response.s2c.SetInParent()
    for security in securities_asked(exchange, request):
        market = exchange.market(security)
        if not market.day.has_data:
            continue
        row = response.s2c.snapshotList.add()
        _fill_basic(exchange, extremes, market, row.basic)
        if market.info.security_type == STOCK:
            _fill_equity(market.info, market.day.last / PRICE_SCALE, row.equityExData)
        elif market.info.security_type == INDEX:
            _fill_index(exchange, market.info, row.indexExData)
        # The block for funds needs figures that the table does not have; it is left out.
    return response.SerializeToString()


def _fill_basic(exchange: Exchange, extremes: PriceExtremes, market: SecurityMarket, basic: Any) -> None:
    info, day, time = market.info, market.day, market.time
    updated = messages.update_time(market)
    basic.security.CopyFrom(messages.security_message(info))
    basic.name = exchange.name(info)
    basic.type = info.security_type
    basic.isSuspend = False
    basic.listTime = info.listing_date.isoformat()
    basic.lotSize = info.lot_size
    basic.priceSpread = tick_size(info.tick_kind, day.last) / PRICE_SCALE
    basic.updateTime = time.local(updated).text
    basic.highPrice = day.high / PRICE_SCALE
    basic.openPrice = day.open / PRICE_SCALE
    basic.lowPrice = day.low / PRICE_SCALE
    basic.lastClosePrice = day.last_close
    basic.curPrice = day.last / PRICE_SCALE
    basic.volume = day.volume
    basic.turnover = day.turnover
    basic.turnoverRate = messages.turnover_percent(info, day.volume)
    basic.listTimestamp = time.unix(info.listing_date.toordinal())
    basic.updateTimestamp = updated
    basic.amplitude = messages.amplitude_percent(market)
    average = messages.average_price(market, day.volume, day.turnover)
    if average is not None:
        basic.avgPrice = average
    _fill_book(exchange, market, basic)
    basic.volumeRatio = _volume_ratio(market)
    (
        basic.highest52WeeksPrice,
        basic.lowest52WeeksPrice,
        basic.highestHistoryPrice,
        basic.lowestHistoryPrice,
    ) = extremes.of(market)
    basic.secStatus = _NORMAL
    basic.closePrice5Minute = day.minute(max(0, day.last_slot - _MINUTES_BACK)).close


def _fill_book(exchange: Exchange, market: SecurityMarket, basic: Any) -> None:
    depth = exchange.depth(market)
    asks, bids = market.book.levels(Side.SELL, depth), market.book.levels(Side.BUY, depth)
    if asks:
        basic.askPrice, basic.askVol = asks[0].price / PRICE_SCALE, asks[0].volume
    if bids:
        basic.bidPrice, basic.bidVol = bids[0].price / PRICE_SCALE, bids[0].volume
    asked, bid = sum(level.volume for level in asks), sum(level.volume for level in bids)
    if asked + bid:
        basic.bidAskRatio = (bid - asked) / (bid + asked) * 100


def _volume_ratio(market: SecurityMarket) -> float:
    """Compare today's volume per minute with that of the five days before."""
    day = market.day
    earlier = market.history.day_bars(day.day - 15, day.day - 1)[-_VOLUME_RATIO_DAYS:]
    usual = sum(bar.volume for bar in earlier) / len(earlier) / day.layout.count if earlier else 0.0
    return day.volume / (day.last_slot + 1) / usual if usual else 0.0


def _fill_equity(info: SecurityInfo, price: float, block: Any) -> None:
    """Fill in what follows from the table's shares, earnings and net assets. Rates are in percent."""
    shares = info.shares_outstanding
    dividend = info.dividend_yield_percent / 100 * info.reference_price / PRICE_SCALE
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


def _fill_index(exchange: Exchange, index: SecurityInfo, block: Any) -> None:
    """Count the rising and falling stocks among this exchange's own stocks of the index's market."""
    changes = [
        exchange.fair_change(info)
        for info in exchange.table.by_market(index.security.market)
        if info.security_type == STOCK and exchange.is_listed(info)
    ]
    block.raiseCount, block.fallCount, block.equalCount = (changes.count(change) for change in (1, -1, 0))
