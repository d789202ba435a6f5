"""Answers about the present: quotes, current K-lines, the time line, trades and the order book."""

from __future__ import annotations

from typing import Any, Final

from core.api_messages import openapi
from core.upstreams.practice import quote_messages as messages
from core.upstreams.practice.adjusted_history import adjusted, restate
from core.upstreams.practice.answers.request_checks import checked_count, checked_number, securities_of, security_of
from core.upstreams.practice.bar_periods import ALL_TYPES, MINUTES_OF_TYPE
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.extended_bars import latest_bars, time_line_points
from core.upstreams.practice.order_book import Side

REHAB_TYPES: Final = (0, 1, 2)
_BOOK_TYPES: Final = (0, messages.ODD_LOTS)


def basic_quotes(exchange: Exchange, request: Any) -> bytes:
    """Answer GetBasicQot (3004)."""
    response = openapi.Qot_GetBasicQot.Response(retType=0)
    response.s2c.SetInParent()
    for security in securities_of(request.c2s.securityList):
        market = exchange.market(security)
        if market.day.has_data:
            response.s2c.basicQotList.append(messages.basic_quote(market, exchange.name(market.info)))
    return response.SerializeToString()


def current_klines(exchange: Exchange, request: Any, session: int) -> bytes:
    """Answer GetKL (3006): the newest bars of the hours that were subscribed, adjusted as asked for."""
    c2s = request.c2s
    market = exchange.market(security_of(c2s.security))
    checked_number("rehabType", c2s.rehabType, REHAB_TYPES)
    kline_type = checked_number("klType", c2s.klType, ALL_TYPES)
    exchange.check_period(market.info, kline_type)
    raw = found = latest_bars(market, kline_type, session, checked_count("reqNum", c2s.reqNum))
    adjuster = exchange.adjuster(market.info)
    if adjuster is not None:
        found = adjusted(market.history, adjuster, c2s.rehabType, kline_type, raw)
    before = found.close_before
    response = openapi.Qot_GetKL.Response(retType=0)
    content = response.s2c
    content.security.CopyFrom(messages.security_message(market.info))
    content.name = exchange.name(market.info)
    long_period = kline_type not in MINUTES_OF_TYPE
    for bar, traded in zip(found.bars, raw.bars, strict=True):
        fields = messages.kline_fields(market.time, market.info, bar, before, long_period=long_period)
        content.klList.add(**restate(fields, market.info, adjuster, traded))
        before = bar.close
    return response.SerializeToString()


def time_line(exchange: Exchange, request: Any, session: int) -> bytes:
    """Answer GetRT (3008): one point a minute of the newest trading day, labelled by the minute it begins.

    Outside regular hours minutes begin with the first trade of a stretch, and so does the average price.
    """
    market = exchange.market(security_of(request.c2s.security))
    response = openapi.Qot_GetRT.Response(retType=0)
    content = response.s2c
    content.security.CopyFrom(messages.security_message(market.info))
    content.name = exchange.name(market.info)
    points = time_line_points(market.extended, market.history, market.day, session, market.present_local)
    base = messages.line_base(market, points[-1].bar) if points else 0.0
    for bar, volume, turnover in points:
        average = messages.average_price(market, volume, turnover)
        content.rtList.append(messages.rt_point(market.time, market.info, bar, base, average))
    return response.SerializeToString()


def tickers(exchange: Exchange, request: Any, session: int) -> bytes:
    """Answer GetTicker (3010): the newest trades of the hours that were subscribed. An index has none."""
    market = exchange.market(security_of(request.c2s.security))
    count = checked_count("maxRetNum", request.c2s.maxRetNum)
    ticks = market.ticks_of(session)[-count:]
    content = openapi.Qot_GetTicker.S2C(
        security=messages.security_message(market.info),
        name=exchange.name(market.info),
        tickerList=messages.tickers(market.time, market.info, ticks, messages.PUSH_CACHED),
    )
    return openapi.Qot_GetTicker.Response(retType=0, s2c=content).SerializeToString()


def order_book(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOrderBook (3012): the whole-lot book or the odd-lot book. An index has no orders."""
    c2s = request.c2s
    market = exchange.market(security_of(c2s.security))
    book_type = checked_number("orderBookType", c2s.orderBookType, _BOOK_TYPES)
    if book_type == messages.ODD_LOTS:
        exchange.check_odd_lots(market.info)
    depth = min(checked_count("num", c2s.num), exchange.depth(market))
    response = openapi.Qot_GetOrderBook.Response(retType=0)
    content = response.s2c
    content.security.CopyFrom(messages.security_message(market.info))
    content.name = exchange.name(market.info)
    for target, side in ((content.orderBookAskList, Side.SELL), (content.orderBookBidList, Side.BUY)):
        if book_type == messages.ODD_LOTS:
            messages.add_odd_lots(target, market, side, depth)
        else:
            messages.add_levels(target, market, side, depth, details=exchange.shows_orders(market))
    messages.stamp_book(content, market, book_type)
    return response.SerializeToString()


def broker_queue(exchange: Exchange, request: Any) -> bytes:
    """Answer GetBroker (3014): the brokers of the orders that wait in the book, in queue order."""
    market = exchange.market(security_of(request.c2s.security))
    exchange.check_broker_queue(market.info)
    response = openapi.Qot_GetBroker.Response(retType=0)
    content = response.s2c
    content.security.CopyFrom(messages.security_message(market.info))
    content.name = exchange.name(market.info)
    view = exchange.broker_queue_view(market)
    messages.add_brokers(content.brokerAskList, market, exchange.brokers, Side.SELL, **view)
    messages.add_brokers(content.brokerBidList, market, exchange.brokers, Side.BUY, **view)
    return response.SerializeToString()
