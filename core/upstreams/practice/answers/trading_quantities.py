"""Answers about what could be traded: largest quantities (2111), combos (2112) and margin ratios (2223)."""

from __future__ import annotations

from typing import Final

from core.api_messages import openapi
from core.model.calls import Call
from core.model.errors import UserFacingError
from core.model.security import US
from core.model.trading import OrderType, TradingEnvironment, TradingSession
from core.upstreams.practice.answers.request_checks import securities_of
from core.upstreams.practice.answers.trading_context import TradingContext, chosen, finite, order_number
from core.upstreams.practice.answers.trading_messages import money, quoted_security
from core.upstreams.practice.answers.trading_orders import combo_terms

MOST_MARGIN_RATIOS: Final = 100


async def max_quantities(context: TradingContext, call: Call) -> bytes:
    """Answer GetMaxTrdQtys; what the named order holds is added back."""
    c2s = call.request.c2s
    security = quoted_security(c2s.code, c2s.secMarket, c2s.header.trdMarket)
    session = chosen(TradingSession, "session", c2s.session)
    figures = context.broker.max_quantities(
        c2s.header.accID,
        security,
        chosen(OrderType, "orderType", c2s.orderType),
        finite("price", c2s.price),
        order_id=order_number(c2s),
        session=session,
    )
    response = openapi.Trd_GetMaxTrdQtys.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    found = response.s2c.maxTrdQtys
    found.maxCashBuy = figures.cash_buy
    found.maxCashAndMarginBuy = figures.cash_and_margin_buy
    found.maxPositionSell = figures.position_sell
    found.maxSellShort = figures.sell_short
    found.maxBuyBack = figures.buy_back
    if figures.long_required_margin or figures.short_required_margin:
        found.longRequiredIM = money(figures.long_required_margin)
        found.shortRequiredIM = money(figures.short_required_margin)
    if security.market == US:
        found.session = session
    await context.broker.kept()
    return response.SerializeToString()


async def combo_quantities(context: TradingContext, call: Call) -> bytes:
    """Answer GetComboMaxTrdQtys: what a combo order would change."""
    c2s = call.request.c2s
    effect = context.broker.combo_effect(c2s.header.accID, combo_terms(context.exchange, c2s))
    response = openapi.Trd_GetComboMaxTrdQtys.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    found = response.s2c.maxTrdQtys
    found.nlvChange = money(effect.net_assets_change)
    found.initialMarginChange = money(effect.initial_margin_change)
    found.maintenanceMarginChange = money(effect.maintenance_margin_change)
    found.optionBuyPower = money(effect.option_buying_power)
    found.maxWithDrawChange = money(effect.max_withdrawal_change)
    found.buyPowerDecrease = money(effect.buying_power_decrease)
    await context.broker.kept()
    return response.SerializeToString()


async def margin_ratios(context: TradingContext, call: Call) -> bytes:
    """Answer GetMarginRatio for at most 100 stocks and funds; ratios are percents."""
    c2s = call.request.c2s
    context.refuse_paper(c2s.header, "paper_not_supported")
    if len(c2s.securityList) > MOST_MARGIN_RATIOS:
        raise UserFacingError("too_many_items", count=len(c2s.securityList), limit=MOST_MARGIN_RATIOS)
    response = openapi.Trd_GetMarginRatio.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    for security in securities_of(c2s.securityList):
        context.exchange.info(security)
        ratio = context.broker.margin_ratio(security, chosen(TradingEnvironment, "trdEnv", c2s.header.trdEnv))
        if ratio is None:
            raise UserFacingError("no_margin_ratio", code=security.label)
        response.s2c.marginRatioInfoList.add(
            security={"market": security.market, "code": security.code},
            isLongPermit=ratio.long_permitted,
            isShortPermit=ratio.short_permitted,
            shortPoolRemain=ratio.short_pool,
            shortFeeRate=ratio.short_fee,
            alertLongRatio=ratio.alert_long,
            alertShortRatio=ratio.alert_short,
            imLongRatio=ratio.initial_long,
            imShortRatio=ratio.initial_short,
            mcmLongRatio=ratio.call_long,
            mcmShortRatio=ratio.call_short,
            mmLongRatio=ratio.maintenance_long,
            mmShortRatio=ratio.maintenance_short,
        )
    return response.SerializeToString()
