"""Builds the public messages of live data: quotes, K-lines, time line points, trades and order books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from core.api_messages import openapi
from core.upstreams.practice.bar_periods import Bar
from core.upstreams.practice.brokers import BrokerTable
from core.upstreams.practice.calendars import MINUTES_PER_DAY
from core.upstreams.practice.contracts import OPTION
from core.upstreams.practice.derived_market import DerivedMarket
from core.upstreams.practice.derived_messages import add_quote_details
from core.upstreams.practice.extended_bars import LinePoint, time_line_points
from core.upstreams.practice.extended_hours import Leg
from core.upstreams.practice.market import SecurityMarket, Tick
from core.upstreams.practice.market_time import MarketTime, stamp_text
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE, tick_size
from core.upstreams.practice.securities import SecurityInfo

# Numbers of the public schema: PushDataType, TickerType, SecurityStatus, RehabType, DarkStatus.
PUSH_LIVE, PUSH_CACHED = 1, 3
_NORMAL: Final = 1
_SUSPENDED: Final = 9
_EXTENDED_FIELDS: Final = (
    (Leg.PRE_MARKET, "preMarket"),
    (Leg.AFTER_HOURS, "afterMarket"),
    (Leg.OVERNIGHT, "overnight"),
)
_NO_DARK_TRADING: Final = 0
FORWARD_ADJUSTED: Final = 1
ODD_LOTS: Final = 1  # OrderBookType
ORDERS_SHOWN: Final = 1_000  # orders of a side in a full book
BROKERS_SHOWN: Final = 40  # orders of a side in a broker queue


def security_message(info: SecurityInfo) -> openapi.Qot_Common.Security:
    """Name a security as messages do."""
    return openapi.Qot_Common.Security(market=info.security.market, code=info.security.code)


def basic_quote(market: SecurityMarket, name: str) -> openapi.Qot_Common.BasicQot:
    """Describe the present quote. Rates are in percent."""
    info, day, time = market.info, market.day, market.time
    updated = update_time(market)
    quote = openapi.Qot_Common.BasicQot(
        security=security_message(info),
        name=name,
        isSuspended=market.is_suspended,
        listTime=info.listing_date.isoformat(),
        priceSpread=tick_size(info.tick_kind, day.last) / PRICE_SCALE,
        updateTime=time.local(updated).text,
        highPrice=day.high / PRICE_SCALE,
        openPrice=day.open / PRICE_SCALE,
        lowPrice=day.low / PRICE_SCALE,
        curPrice=day.last / PRICE_SCALE,
        lastClosePrice=day.last_close,
        turnover=day.turnover,
        turnoverRate=turnover_percent(info, day.volume),
        amplitude=amplitude_percent(market),
        darkStatus=_NO_DARK_TRADING,
        listTimestamp=time.unix(info.listing_date.toordinal()),
        updateTimestamp=updated,
        secStatus=security_status(market),
    )
    set_volume(quote, info, day.volume)
    if isinstance(market, DerivedMarket):
        add_quote_details(quote, market)
    add_extended_hours(quote, market)
    return quote


def add_extended_hours(target: Any, market: SecurityMarket) -> None:
    """Fill in the blocks preMarket, afterMarket and overnight of a quote, as far as there are any."""
    if market.extended is None or market.is_suspended:
        return
    local = market.time.local(market.present)
    for leg, name in _EXTENDED_FIELDS:
        block = market.extended.block(leg, local.day, local.minute)
        if block is None:
            continue
        field = getattr(target, name)
        field.price, field.highPrice, field.lowPrice = block.price, block.high, block.low
        field.volume, field.turnover = block.volume, block.turnover
        field.changeVal = block.price - block.base
        field.changeRate = field.changeVal / block.base * 100 if block.base else 0.0
        field.amplitude = (block.high - block.low) / block.base * 100 if block.base else 0.0


def security_status(market: SecurityMarket) -> int:
    """Give the SecurityStatus number."""
    return _SUSPENDED if market.is_suspended else _NORMAL


def update_time(market: SecurityMarket) -> float:
    """Give the Unix seconds of the last trade, or of the end of the newest minute when it came from the path."""
    day = market.day
    if day.last_trade_at is not None:
        return day.last_trade_at
    return market.time.unix(day.day, day.layout.minutes[max(0, day.last_slot)] + 1)


def turnover_percent(info: SecurityInfo, volume: int) -> float:
    """Give the turnover rate in percent; 0 when the number of shares is not known."""
    return volume / info.volume_parts / info.shares_outstanding * 100 if info.shares_outstanding else 0.0


def volume_fields(info: SecurityInfo, volume: int) -> dict[str, Any]:
    """Give the field volume, and for crypto pairs hpVolume, which holds the fraction that volume cannot."""
    if info.volume_parts == 1:
        return {"volume": volume}
    coins = volume / info.volume_parts
    return {"volume": round(coins), "hpVolume": coins}


def set_volume(target: Any, info: SecurityInfo, volume: int) -> None:
    """Set volume, and for crypto pairs hpVolume, of a quote or a snapshot."""
    for field, value in volume_fields(info, volume).items():
        setattr(target, field, value)


def shown_lot_size(info: SecurityInfo) -> int:
    """Give the lot size that messages name; a whole number, so that of a crypto pair is 1 although less may trade."""
    is_whole = info.volume_parts == 1 or not info.lot_size
    return info.lot_size if is_whole else max(1, info.lot_size // info.volume_parts)


def amplitude_percent(market: SecurityMarket) -> float:
    """Give the day's range against the last close, in percent."""
    day = market.day
    return (day.high - day.low) / PRICE_SCALE / day.last_close * 100 if day.last_close else 0.0


def kline_fields(time: MarketTime, info: SecurityInfo, bar: Bar, before: float, *, long_period: bool) -> dict[str, Any]:
    """Give the fields of a KLine message. `before` is the close of the bar before, 0 for none.

    The turnover rate is a fraction, the change rate percent; both the price-earnings ratio and the turnover rate exist
    from day bars on, for securities whose figures are known.
    """
    fields: dict[str, Any] = {
        "time": stamp_text(bar.day, bar.minute),
        "isBlank": False,
        "highPrice": bar.high,
        "openPrice": bar.open,
        "lowPrice": bar.low,
        "closePrice": bar.close,
        "lastClosePrice": before,
        **volume_fields(info, bar.volume),
        "turnover": bar.turnover,
        "changeRate": (bar.close - before) / before * 100 if before else 0.0,
        "timestamp": time.unix(bar.day, bar.minute),
    }
    if long_period and info.shares_outstanding:
        fields["turnoverRate"] = bar.volume / info.volume_parts / info.shares_outstanding
    if long_period and info.eps > 0:
        fields["pe"] = bar.close / info.eps
    return fields


def rt_point(
    time: MarketTime, info: SecurityInfo, bar: Bar, last_close: float, average: float | None
) -> openapi.Qot_Common.TimeShare:
    """Describe one minute of the time line; `bar.minute` is the minute it begins."""
    message = openapi.Qot_Common.TimeShare(
        time=stamp_text(bar.day, bar.minute),
        minute=bar.minute % MINUTES_PER_DAY,
        isBlank=False,
        price=bar.close,
        lastClosePrice=last_close,
        **volume_fields(info, bar.volume),
        turnover=bar.turnover,
        timestamp=time.unix(bar.day, bar.minute),
    )
    if average is not None:
        message.avgPrice = average
    return message


def line_base(market: SecurityMarket, bar: Bar) -> float:
    """Give the close that a time line's point is compared with: that of the day before its trading day."""
    return market.day.last_close if bar.day == market.day.day else market.history.reference_close(bar.day)


def average_price(market: SecurityMarket, volume: int, turnover: float) -> float | None:
    """Give the average price of a volume; an index and an option have none."""
    if not volume or market.is_index or market.info.security_type == OPTION:
        return None
    return turnover / volume * market.info.volume_parts / market.contract_size


def tickers(
    time: MarketTime, info: SecurityInfo, ticks: Iterable[Tick], push_type: int
) -> list[openapi.Qot_Common.Ticker]:
    """Describe trades in order."""
    make = openapi.Qot_Common.Ticker
    return [
        make(
            time=time.local(tick.unix).text,
            sequence=tick.sequence,
            dir=tick.direction,
            price=tick.price / PRICE_SCALE,
            **volume_fields(info, tick.volume),
            turnover=tick.turnover,
            recvTime=tick.unix,
            type=tick.kind,
            pushDataType=push_type,
            timestamp=tick.unix,
        )
        for tick in ticks
    ]


def add_levels(target: Any, market: SecurityMarket, side: Side, depth: int, *, details: bool = False) -> None:
    """Add one side of the order book to a repeated field, the best price first.

    `details` adds the single orders of each price with their ids, up to 1,000 of a side.
    """
    add = target.add
    parts = market.info.volume_parts
    if parts > 1:
        for price, volume, order_count in market.levels(side, depth):
            coins = volume / parts
            add(price=price / PRICE_SCALE, volume=round(coins), orederCount=order_count, hpVolume=coins)
        return
    for price, volume, order_count in market.levels(side, depth):
        # The misspelt name is the schema's.
        add(price=price / PRICE_SCALE, volume=volume, orederCount=order_count)
    if details:
        for position, order_id, volume in market.queue(side, depth, ORDERS_SHOWN):
            target[position - 1].detailList.add(orderID=order_id, volume=volume)


def add_odd_lots(target: Any, market: SecurityMarket, side: Side, depth: int) -> None:
    """Add one side of the odd-lot book to a repeated field, the best price first."""
    for price, volume, order_count in market.odd_lots(side)[:depth]:
        target.add(price=price / PRICE_SCALE, volume=volume, orederCount=order_count)


def add_brokers(
    target: Any, market: SecurityMarket, brokers: BrokerTable, side: Side, *, depth: int, chinese: bool, details: bool
) -> None:
    """Add one side's queue to a repeated field: the brokers of the waiting orders, by price and then by time.

    `pos` is the price's place in the book, 1 for the best. `details` adds each order's id and volume.
    """
    for position, order_id, volume in market.queue(side, depth, BROKERS_SHOWN):
        broker = brokers.of_order(market.broker_key, order_id)
        row = target.add(id=broker.number, name=broker.name_zh if chinese else broker.name_en, pos=position)
        if details:
            row.orderID, row.volume = order_id, volume


def stamp_book(content: Any, market: SecurityMarket, book_type: int = 0) -> None:
    """Say when the book last changed, and which it is: 0 for whole lots, 1 for odd lots."""
    at = market.book_changed_at
    content.svrRecvTimeBid = content.svrRecvTimeAsk = market.time.local(at).text
    content.svrRecvTimeBidTimestamp = content.svrRecvTimeAskTimestamp = at
    content.orderBookType = book_type


def quote_push(market: SecurityMarket, name: str) -> bytes:
    """Encode Qot_UpdateBasicQot."""
    content = openapi.Qot_UpdateBasicQot.S2C(basicQotList=[basic_quote(market, name)])
    return openapi.Qot_UpdateBasicQot.Response(retType=0, s2c=content).SerializeToString()


def ticker_push(market: SecurityMarket, name: str, ticks: Sequence[Tick], push_type: int) -> bytes:
    """Encode Qot_UpdateTicker."""
    content = openapi.Qot_UpdateTicker.S2C(
        security=security_message(market.info),
        name=name,
        tickerList=tickers(market.time, market.info, ticks, push_type),
    )
    return openapi.Qot_UpdateTicker.Response(retType=0, s2c=content).SerializeToString()


def order_book_push(market: SecurityMarket, name: str, depth: int, *, details: bool = False) -> bytes:
    """Encode Qot_UpdateOrderBook; for `details` see add_levels."""
    response = openapi.Qot_UpdateOrderBook.Response(retType=0)
    content = response.s2c
    content.security.market, content.security.code = market.info.security
    content.name = name
    # Adding in place instead of handing over lists saves copying forty messages.
    add_levels(content.orderBookAskList, market, Side.SELL, depth, details=details)
    add_levels(content.orderBookBidList, market, Side.BUY, depth, details=details)
    stamp_book(content, market)
    return response.SerializeToString()


def odd_lot_push(market: SecurityMarket, name: str, depth: int) -> bytes:
    """Encode Qot_UpdateOrderBook with the odd-lot book."""
    response = openapi.Qot_UpdateOrderBook.Response(retType=0)
    content = response.s2c
    content.security.market, content.security.code = market.info.security
    content.name = name
    add_odd_lots(content.orderBookAskList, market, Side.SELL, depth)
    add_odd_lots(content.orderBookBidList, market, Side.BUY, depth)
    stamp_book(content, market, ODD_LOTS)
    return response.SerializeToString()


def broker_push(
    market: SecurityMarket, name: str, brokers: BrokerTable, *, depth: int, chinese: bool, details: bool
) -> bytes:
    """Encode Qot_UpdateBroker."""
    response = openapi.Qot_UpdateBroker.Response(retType=0)
    content = response.s2c
    content.security.market, content.security.code = market.info.security
    content.name = name
    for target, side in ((content.brokerAskList, Side.SELL), (content.brokerBidList, Side.BUY)):
        add_brokers(target, market, brokers, side, depth=depth, chinese=chinese, details=details)
    return response.SerializeToString()


def kline_push(
    market: SecurityMarket, name: str, kline_type: int, bar: Bar, before: float, *, long_period: bool
) -> bytes:
    """Encode Qot_UpdateKL with one bar."""
    response = openapi.Qot_UpdateKL.Response(retType=0)
    content = response.s2c
    content.rehabType = FORWARD_ADJUSTED
    content.klType = kline_type
    content.security.market, content.security.code = market.info.security
    content.name = name
    content.klList.add(**kline_fields(market.time, market.info, bar, before, long_period=long_period))
    return response.SerializeToString()


def rt_push(market: SecurityMarket, name: str, session: int) -> bytes:
    """Encode Qot_UpdateRT with the current minute in the hours of a subscription."""
    stretch = market.stretch(session)
    if stretch is not None and stretch.has_data:
        newest = LinePoint(stretch.minute(stretch.last_slot), stretch.volume, stretch.turnover)
    else:
        newest = time_line_points(market.extended, market.history, market.day, session, market.present_local)[-1]
    average = average_price(market, newest.volume, newest.turnover)
    point = rt_point(market.time, market.info, newest.bar, line_base(market, newest.bar), average)
    content = openapi.Qot_UpdateRT.S2C(security=security_message(market.info), name=name, rtList=[point])
    return openapi.Qot_UpdateRT.Response(retType=0, s2c=content).SerializeToString()
