"""Answer GetFunds (2101): an account's money in a display currency, and each currency's own."""

from __future__ import annotations

from typing import Any

from core.api_messages import openapi
from core.model.calls import Call
from core.model.trading import AccountType, Currency
from core.upstreams.practice.answers.trading_context import TradingContext, chosen
from core.upstreams.practice.answers.trading_messages import money
from core.upstreams.practice.broker.funds import FundsFigures
from core.upstreams.practice.broker.records import AccountSpec


async def funds(context: TradingContext, call: Call) -> bytes:
    """Answer with the funds; without a currency in the account's own. Accounts of one market know only that one."""
    c2s = call.request.c2s
    account = context.broker.account(c2s.header.accID)
    currency = account.currency
    if c2s.currency:
        asked = chosen(Currency, "currency", c2s.currency)
        currency = asked if has_several_currencies(account) else currency
    figures = context.broker.funds(account.account_id, currency)
    response = openapi.Trd_GetFunds.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    _fill(response.s2c.funds, figures, account)
    await context.broker.kept()
    return response.SerializeToString()


def has_several_currencies(account: AccountSpec) -> bool:
    """Whether the display currency can be chosen: universal securities accounts and futures accounts."""
    return len(account.markets) > 1 or account.is_futures


def _fill(message: Any, figures: FundsFigures, account: AccountSpec) -> None:
    message.power = money(figures.power)
    message.totalAssets = money(figures.total_assets)
    message.cash = money(figures.cash)
    message.marketVal = money(figures.market_value)
    message.frozenCash = money(figures.frozen_cash)
    message.debtCash = money(figures.debt_cash)
    message.avlWithdrawalCash = money(figures.withdrawable_cash)
    message.currency = figures.currency
    message.availableFunds = money(figures.available_funds)
    message.unrealizedPL = money(figures.unrealised)
    message.realizedPL = money(figures.realised)
    message.netCashPower = money(figures.net_cash_power)
    message.longMv = money(figures.long_value)
    message.shortMv = money(figures.short_value)
    message.pendingAsset = money(figures.pending_assets)
    message.maxWithdrawal = money(figures.max_withdrawal)
    message.securitiesAssets = money(figures.securities_assets)
    message.fundAssets = money(figures.fund_assets)
    message.bondAssets = money(figures.bond_assets)
    if account.is_futures:
        message.riskLevel = figures.risk_level
    if account.account_type is not AccountType.CASH:
        message.maxPowerShort = money(figures.max_power_short)
        message.riskStatus = figures.risk_status
        message.initialMargin = money(figures.initial_margin)
        message.maintenanceMargin = money(figures.maintenance_margin)
        message.marginCallMargin = money(figures.margin_call_margin)
    for cash in figures.cash_rows:
        message.cashInfoList.add(
            currency=cash.currency,
            cash=money(cash.cash),
            availableBalance=money(cash.withdrawable),
            netCashPower=money(cash.buying_power),
        )
    for market in figures.market_rows:
        message.marketInfoList.add(trdMarket=market.market, assets=money(market.assets))
    trading = figures.day_trading
    if trading is not None:
        message.isPdt = trading.is_pattern_trader
        message.pdtSeq = trading.trades_left
        message.beginningDTBP = money(trading.beginning_buying_power)
        message.remainingDTBP = money(trading.remaining_buying_power)
        message.dtCallAmount = money(trading.call_amount)
        message.dtStatus = trading.status
