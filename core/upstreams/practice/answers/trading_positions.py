"""Answer GetPositionList (2102). Ratios are fractions on the wire; the SDK shows percents."""

from __future__ import annotations

from typing import Any

from core.api_messages import openapi
from core.model.calls import Call
from core.model.trading import TradingEnvironment
from core.upstreams.practice.answers.trading_context import TradingContext
from core.upstreams.practice.answers.trading_filters import TradeFilter, read_filter
from core.upstreams.practice.answers.trading_messages import money, name_of, security_market
from core.upstreams.practice.broker.positions import PositionFigures
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.price_ticks import PRICE_SCALE


async def position_list(context: TradingContext, call: Call) -> bytes:
    """Answer with the positions that fit the filters, oldest first."""
    c2s = call.request.c2s
    wanted = read_filter(c2s.filterConditions)
    response = openapi.Trd_GetPositionList.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    # The official simulated securities accounts leave the figures of real ones out.
    sparse = context.strict_paper and c2s.header.trdEnv == TradingEnvironment.SIMULATE
    for position in context.broker.positions(c2s.header.accID, strategies=c2s.optionStrategyView):
        if _fits(position, wanted, c2s):
            _fill(response.s2c.positionList.add(), position, context.exchange, sparse=sparse)
    await context.broker.kept()
    return response.SerializeToString()


def _fits(position: PositionFigures, wanted: TradeFilter, c2s: Any) -> bool:
    if wanted.codes and position.security.code not in wanted.codes:
        return False
    if wanted.ids and position.position_id not in wanted.ids:
        return False
    if not wanted.takes_market(position.trading_market):
        return False
    ratio = position.profit_ratio
    if c2s.HasField("filterPLRatioMin") and (ratio is None or ratio < c2s.filterPLRatioMin):
        return False
    return not (c2s.HasField("filterPLRatioMax") and (ratio is None or ratio > c2s.filterPLRatioMax))


def _fill(message: Any, position: PositionFigures, exchange: Exchange, *, sparse: bool) -> None:
    message.positionID = position.position_id
    message.positionSide = position.side
    message.code = position.security.code
    message.name = name_of(exchange, position.security, position.name)
    message.qty = position.quantity
    message.canSellQty = position.can_sell
    message.price = position.price / PRICE_SCALE
    message.costPrice = position.cost
    message.val = money(position.market_value)
    message.plVal = money(position.profit)
    if position.profit_ratio is not None:
        message.plRatio = position.profit_ratio
    message.secMarket = security_market(position.security)
    message.trdMarket = position.trading_market
    message.currency = position.currency
    if not position.is_future:
        message.dilutedCostPrice = position.diluted_cost
    if position.is_future or not sparse:
        message.averageCostPrice = position.average_cost
        if position.average_profit_ratio is not None:
            message.averagePlRatio = position.average_profit_ratio
        message.unrealizedPL = money(position.unrealised)
        message.realizedPL = money(position.realised)
    if not position.is_future and not sparse:
        message.td_plVal = money(position.today_profit)
        message.td_trdVal = money(position.today_traded)
        message.td_buyVal = money(position.today_bought_amount)
        message.td_buyQty = position.today_bought
        message.td_sellVal = money(position.today_sold_amount)
        message.td_sellQty = position.today_sold
    if position.combo_id:
        message.comboID = position.combo_id
        message.positionType = position.position_type
    if position.strategy:
        message.strategyType = position.strategy
