"""Answers about orders: today's and past ones (2201, 2221), placing, changing and combos (2202, 2205, 2227)."""

from __future__ import annotations

from typing import Any, Final

from core.api_messages import openapi
from core.model.calls import Call, ClientRef
from core.model.errors import UserFacingError
from core.model.trading import (
    ComboLegTerms,
    ModifyOperation,
    OrderChange,
    OrderTerms,
    OrderType,
    TimeInForce,
    TradeSide,
    TradingMarket,
    TradingSession,
    TrailType,
)
from core.upstreams.practice.answers.option_combinations import read_combination
from core.upstreams.practice.answers.request_checks import security_of
from core.upstreams.practice.answers.trading_context import TradingContext, chosen, finite, order_number
from core.upstreams.practice.answers.trading_filters import read_filter, read_statuses
from core.upstreams.practice.answers.trading_messages import fill_order, quoted_security
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.option_strategies import recognise

_MOST_CODE: Final = 64


async def order_list(context: TradingContext, call: Call) -> bytes:
    """Answer GetOrderList: orders of the present trading day and older ones still open, oldest first."""
    c2s = call.request.c2s
    wanted, statuses = read_filter(c2s.filterConditions), read_statuses(c2s.filterStatusList)
    orders = context.broker.todays_orders(c2s.header.accID)
    response = openapi.Trd_GetOrderList.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    for order in orders:
        if wanted.takes_order(order, context.exchange, statuses):
            fill_order(response.s2c.orderList.add(), order, context)
    await context.broker.kept()
    return response.SerializeToString()


async def order_history(context: TradingContext, call: Call) -> bytes:
    """Answer GetHistoryOrderList: newest first; begin and end are required."""
    c2s = call.request.c2s
    wanted, statuses = read_filter(c2s.filterConditions, needs_times=True), read_statuses(c2s.filterStatusList)
    orders = context.broker.order_history(c2s.header.accID, *wanted.span())
    response = openapi.Trd_GetHistoryOrderList.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    for order in orders:
        if wanted.takes_order(order, context.exchange, statuses):
            fill_order(response.s2c.orderList.add(), order, context)
    await context.broker.kept()
    return response.SerializeToString()


async def place(context: TradingContext, call: Call) -> bytes:
    """Answer PlaceOrder; the order is on disk when this returns."""
    c2s = call.request.c2s
    order = await context.broker.place(c2s.header.accID, _terms(c2s), client=client_name(call.client))
    response = openapi.Trd_PlaceOrder.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    response.s2c.orderID = order.order_id
    response.s2c.orderIDEx = str(order.order_id)
    return response.SerializeToString()


async def place_combo(context: TradingContext, call: Call) -> bytes:
    """Answer PlaceComboOrder; the order is on disk when this returns."""
    c2s = call.request.c2s
    exchange = context.exchange
    terms = combo_terms(exchange, c2s, time_in_force=c2s.timeInForce, expire_time=c2s.expireTime, remark=c2s.remark)
    order = await context.broker.place(c2s.header.accID, terms, client=client_name(call.client))
    response = openapi.Trd_PlaceComboOrder.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    response.s2c.orderIDEx = str(order.order_id)
    return response.SerializeToString()


async def modify(context: TradingContext, call: Call) -> bytes:
    """Answer ModifyOrder: change, cancel, disable, enable, delete, or cancel all; kept on disk when this returns."""
    c2s = call.request.c2s
    operation = chosen(ModifyOperation, "modifyOrderOp", c2s.modifyOrderOp)
    account_id, client = c2s.header.accID, client_name(call.client)
    response = openapi.Trd_ModifyOrder.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    response.s2c.orderID = 0
    if c2s.forAll:
        if operation is not ModifyOperation.CANCEL:
            raise UserFacingError("bad_field", field="modifyOrderOp", value=c2s.modifyOrderOp)
        await context.broker.cancel_all(account_id, chosen(TradingMarket, "trdMarket", c2s.trdMarket), client=client)
        return response.SerializeToString()
    change = _change(c2s) if operation is ModifyOperation.NORMAL else None
    order = await context.broker.modify(account_id, order_number(c2s), operation, change, client=client)
    response.s2c.orderID = order.order_id
    response.s2c.orderIDEx = str(order.order_id)
    return response.SerializeToString()


def client_name(client: ClientRef) -> str:
    """Name who places an order, for the order's record."""
    return (client.client_id or "unnamed")[:40]


def combo_terms(
    exchange: Exchange, c2s: Any, *, time_in_force: int = 0, expire_time: str = "", remark: str = ""
) -> OrderTerms:
    """Read an order for an option strategy: the security is the underlying, the price net. Raises UserFacingError."""
    combination = read_combination(exchange, c2s.comboLegs)
    legs = []
    for leg in c2s.comboLegs:
        ratio = finite("qtyRatio", leg.qtyRatio if leg.HasField("qtyRatio") else 1.0)
        if ratio != int(ratio):
            raise UserFacingError("bad_field", field="qtyRatio", value=ratio)
        side = chosen(TradeSide, "side", leg.side or TradeSide.BUY)
        legs.append(ComboLegTerms(security_of(leg.security), side, int(ratio)))
    return OrderTerms(
        security=combination.owner,
        side=TradeSide.BUY,
        order_type=chosen(OrderType, "orderType", c2s.orderType),
        quantity=finite("qty", c2s.qty),
        price=finite("price", c2s.price),
        time_in_force=chosen(TimeInForce, "timeInForce", time_in_force),
        expire_date=expire_time[:10],
        remark=remark,
        legs=tuple(legs),
        strategy=recognise(combination.positions),
    )


def _terms(c2s: Any) -> OrderTerms:
    if len(c2s.code) > _MOST_CODE:
        raise UserFacingError("bad_field", field="code", value=c2s.code[:_MOST_CODE])
    return OrderTerms(
        security=quoted_security(c2s.code, c2s.secMarket, c2s.header.trdMarket),
        side=chosen(TradeSide, "trdSide", c2s.trdSide),
        order_type=chosen(OrderType, "orderType", c2s.orderType),
        quantity=finite("qty", c2s.qty),
        price=finite("price", c2s.price),
        aux_price=finite("auxPrice", c2s.auxPrice),
        trail_type=chosen(TrailType, "trailType", c2s.trailType),
        trail_value=finite("trailValue", c2s.trailValue),
        trail_spread=finite("trailSpread", c2s.trailSpread),
        time_in_force=chosen(TimeInForce, "timeInForce", c2s.timeInForce),
        expire_date=c2s.expireTime[:10],
        session=chosen(TradingSession, "session", c2s.session),
        fill_outside_rth=c2s.fillOutsideRTH,
        remark=c2s.remark,
        adjust_limit=_adjust_limit(c2s),
    )


def _change(c2s: Any) -> OrderChange:
    return OrderChange(
        quantity=finite("qty", c2s.qty),
        price=finite("price", c2s.price),
        aux_price=finite("auxPrice", c2s.auxPrice),
        trail_type=chosen(TrailType, "trailType", c2s.trailType),
        trail_value=finite("trailValue", c2s.trailValue),
        trail_spread=finite("trailSpread", c2s.trailSpread),
        adjust_limit=_adjust_limit(c2s),
    )


def _adjust_limit(c2s: Any) -> float | None:
    return finite("adjustSideAndLimit", c2s.adjustSideAndLimit) if c2s.adjustPrice else None
