"""Orders, fills and times as trade messages carry them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US, Security
from core.model.trading import TimeInForce, TradingMarket, TrailType
from core.upstreams.practice.answers.trading_context import TradingContext
from core.upstreams.practice.broker.records import MONEY_SCALE, FillRecord, OrderRecord
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import MARKET_GROUPS

# QotMarket -> TrdSecMarket: trade messages number markets another way.
_SECURITY_MARKETS: Final = {
    HK: 1, 2: 1, US: 2, SH: 31, SZ: 32, 31: 41, 41: 51, 51: 61, 61: 71, 71: 81, 81: 91, 91: 101, 101: 111,
}  # fmt: skip
_QUOTE_MARKETS: Final = {1: HK, 2: US, 31: SH, 32: SZ, 41: 31, 51: 41, 61: 51, 71: 61, 81: 71, 91: 81, 101: 91,
                         111: 101}  # fmt: skip
# What a code belongs to when only the header's TrdMarket says so.
_OF_HEADER: Final = {
    TradingMarket.HK: HK, TradingMarket.US: US, TradingMarket.FUTURES: HK, TradingMarket.FUTURES_SIMULATE_HK: HK,
    TradingMarket.SG: 31, TradingMarket.JP: 41, TradingMarket.AU: 51, TradingMarket.MY: 61, TradingMarket.CA: 71,
    TradingMarket.CRYPTO: 91,
}  # fmt: skip
_SHANGHAI_CODES: Final = ("5", "6", "9")


class TradeTime(NamedTuple):
    """A moment on an exchange's wall clock: `YYYY-MM-DD HH:MM:SS.mmm`."""

    text: str
    unix: float


def trade_time(exchange: Exchange, security: Security, unix: float) -> TradeTime:
    """Write a moment in the time zone of the security's exchange."""
    # Rounded first: 59.9996 seconds are the next minute, not 59.1000.
    unix = round(unix, 3)
    local = exchange.times[MARKET_GROUPS[security.market]].local(unix)
    return TradeTime(f"{local.text}.{int(local.second * 1_000 + 0.5) % 1_000:03d}", unix)


def security_market(security: Security) -> int:
    """Give the TrdSecMarket number of a security; without it clients show no prefix."""
    return _SECURITY_MARKETS[security.market]


def quoted_security(code: str, sec_market: int, trading_market: int) -> Security:
    """Find the security that a trade message means; `sec_market` 0 leaves it to the header's TrdMarket.

    Raises UserFacingError(bad_field).
    """
    market = _QUOTE_MARKETS.get(sec_market)
    if market is None and sec_market == 0:
        market = _OF_HEADER.get(trading_market)  # type: ignore[call-overload]  # numbers are the keys
        if trading_market in (TradingMarket.CN, TradingMarket.HKCC):
            market = SH if code.startswith(_SHANGHAI_CODES) else SZ
    if market is None:
        raise UserFacingError("bad_field", field="secMarket", value=sec_market)
    return Security(market, code)


def name_of(exchange: Exchange, security: Security, otherwise: str) -> str:
    """Give the name in the gateway's language; what was noted when it is no longer listed."""
    info = exchange.table.get(security)
    return otherwise if info is None else exchange.name(info)


def fill_order(message: Any, order: OrderRecord, context: TradingContext) -> None:
    """Fill an Order message."""
    exchange = context.exchange
    created = trade_time(exchange, order.security, order.created_at)
    updated = trade_time(exchange, order.security, order.updated_at)
    message.trdSide = order.side
    message.orderType = order.order_type
    message.orderStatus = order.status
    message.orderID = order.order_id
    message.orderIDEx = str(order.order_id)
    message.code = order.security.code
    message.name = name_of(exchange, order.security, order.name)
    message.qty = order.quantity
    message.price = order.price / PRICE_SCALE
    message.createTime, message.createTimestamp = created
    message.updateTime, message.updateTimestamp = updated
    message.fillQty = order.filled
    message.fillAvgPrice = order.filled_amount / order.filled / PRICE_SCALE if order.filled else 0.0
    message.lastErrMsg = context.translator(order.error)
    message.secMarket = security_market(order.security)
    message.remark = order.remark
    message.timeInForce = order.time_in_force
    message.fillOutsideRTH = order.fill_outside_rth
    if order.aux_price:
        message.auxPrice = order.aux_price / PRICE_SCALE
    if order.trail_type is not TrailType.NONE:
        message.trailType = order.trail_type
        message.trailValue = order.trail_value / PRICE_SCALE
        message.trailSpread = order.trail_spread / PRICE_SCALE
    message.currency = order.currency
    message.trdMarket = order.trading_market
    if order.security.market == US:
        message.session = order.session
    if order.expire_day and order.time_in_force is not TimeInForce.DAY:
        message.expireTime = day_text(order.expire_day)
    if order.legs:
        message.strategyType = order.strategy
        for leg in order.legs:
            message.comboLegs.add(
                security={"market": leg.security.market, "code": leg.security.code}, side=leg.side, qtyRatio=leg.ratio
            )


def fill_fill(message: Any, fill: FillRecord, exchange: Exchange) -> None:
    """Fill an OrderFill message."""
    made = trade_time(exchange, fill.security, fill.at)
    message.trdSide = fill.side
    message.fillID = fill.fill_id
    message.fillIDEx = str(fill.fill_id)
    if fill.order_id:
        message.orderID = fill.order_id
        message.orderIDEx = str(fill.order_id)
    message.code = fill.security.code
    message.name = name_of(exchange, fill.security, fill.name)
    message.qty = fill.quantity
    message.price = fill.price / PRICE_SCALE
    message.createTime, message.createTimestamp = made
    message.updateTimestamp = made.unix
    if fill.counter_broker:
        message.counterBrokerID = fill.counter_broker
        message.counterBrokerName = counter_broker_name(exchange, fill.counter_broker)
    message.secMarket = security_market(fill.security)
    message.trdMarket = fill.trading_market
    message.status = 0  # OrderFillStatus_OK


def counter_broker_name(exchange: Exchange, number: int) -> str:
    """Give a Hong Kong broker's name in the gateway's language, empty for an unknown one."""
    broker = exchange.brokers.by_number(number)
    if broker is None:
        return ""
    return broker.name_zh if exchange.chinese_names else broker.name_en


def money(amount: int) -> float:
    """Turn 1/10000 into the currency's units."""
    return amount / MONEY_SCALE
