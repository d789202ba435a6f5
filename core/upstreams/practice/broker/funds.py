"""The funds of an account in one display currency: what 2101 answers and the Trading screen shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from core.model.trading import AccountType, Currency, SecurityFirm, TradingMarket
from core.upstreams.practice.broker.account_money import (
    AccountState,
    MoneyRules,
    in_currency,
    market_values,
    net_assets,
    requirements,
    reserved,
    unrealised,
)
from core.upstreams.practice.broker.margin import Level
from core.upstreams.practice.broker.records import MONEY_SCALE

MARKET_CURRENCIES: Final = {
    TradingMarket.HK: Currency.HKD,
    TradingMarket.US: Currency.USD,
    TradingMarket.HKCC: Currency.CNH,
    TradingMarket.CN: Currency.CNH,
}
_FUTURES_CURRENCY: Final = Currency.HKD
# Risk status by how much of net assets the initial margin takes, in percent; worse ones have their own rules.
_RISK_STEPS: Final = ((0, 1), (20, 2), (40, 3), (60, 4), (80, 5), (100, 6))
_BELOW_INITIAL, _BELOW_CALL, _BELOW_MAINTENANCE = 7, 8, 9
_SAFE, _WARNING, _DANGER, _ABSOLUTELY_SAFE = 0, 1, 2, 3  # CltRiskLevel
_DAY_TRADING_MINIMUM: Final = 25_000 * MONEY_SCALE
_DAY_TRADES_FREE: Final = 3
_UNLIMITED, _EQUITY_CALL = 1, 2  # DTStatus


class CashFigures(NamedTuple):
    """Cash of one currency, in that currency. `withdrawable` and `buying_power` are never negative."""

    currency: Currency
    cash: int
    withdrawable: int
    buying_power: int
    frozen: int


class MarketFigures(NamedTuple):
    """Cash and positions of one market, in the market's currency."""

    market: TradingMarket
    assets: int


class DayTrading(NamedTuple):
    """Day-trading figures of a moomoo US account. Counted of today alone; `status` is a DTStatus number."""

    is_pattern_trader: bool
    trades_left: str
    beginning_buying_power: int
    remaining_buying_power: int
    call_amount: int
    status: int


@dataclass(frozen=True, slots=True)
class FundsFigures:
    """The funds of an account; amounts in `currency`, in 1/10000.

    `power` is an approximation at 50 % initial margin and `max_power_short` at 60 %; of a futures account both are the
    available funds. `available_funds` may be negative. `realised` counts since the account began or was reset.
    `risk_status` is 1 (safest) to 9, `risk_level` a CltRiskLevel number. `today_profit` is after fees.
    """

    currency: Currency
    power: int
    total_assets: int
    cash: int
    market_value: int
    frozen_cash: int
    debt_cash: int
    withdrawable_cash: int
    available_funds: int
    unrealised: int
    realised: int
    today_profit: int
    risk_level: int
    risk_status: int
    initial_margin: int
    maintenance_margin: int
    margin_call_margin: int
    max_power_short: int
    net_cash_power: int
    long_value: int
    short_value: int
    pending_assets: int
    max_withdrawal: int
    securities_assets: int
    fund_assets: int
    bond_assets: int
    cash_rows: tuple[CashFigures, ...]
    market_rows: tuple[MarketFigures, ...]
    day_trading: DayTrading | None


def funds_figures(state: AccountState, rules: MoneyRules, currency: Currency) -> FundsFigures:
    """Compute the funds at current prices."""
    spec, ledger, rates = state.spec, state.ledger, rules.rates
    cash = in_currency(ledger.cash, currency, rates)
    debts = {key: -amount for key, amount in ledger.cash.items() if amount < 0}
    values = market_values(state)
    long_value = in_currency({key: long for key, (long, _) in values.items()}, currency, rates)
    short_value = in_currency({key: short for key, (_, short) in values.items()}, currency, rates)
    total = net_assets(state, rules, currency)
    initial, call, maintenance = requirements(state, rules, Level, currency)
    frozen = in_currency(reserved(state), currency, rates)
    free = cash - frozen if spec.account_type is AccountType.CASH else total - initial - frozen
    spendable = max(0, free)
    plain = spec.is_futures or spec.account_type is AccountType.CASH
    is_margin = spec.account_type is not AccountType.CASH
    return FundsFigures(
        currency=currency,
        power=spendable if plain else spendable * 2,
        total_assets=total,
        cash=cash,
        market_value=long_value + short_value,
        frozen_cash=frozen,
        debt_cash=in_currency(debts, currency, rates),
        withdrawable_cash=max(0, min(cash - frozen, free)),
        available_funds=free,
        unrealised=in_currency(unrealised(state), currency, rates),
        realised=in_currency(ledger.realised, currency, rates),
        today_profit=in_currency(ledger.today_profits(state.prices), currency, rates),
        risk_level=_risk_level(total, initial, maintenance),
        risk_status=_risk_status(total, initial, call, maintenance),
        initial_margin=initial,
        maintenance_margin=maintenance,
        margin_call_margin=call,
        max_power_short=0 if not is_margin else spendable if spec.is_futures else spendable * 10 // 6,
        net_cash_power=max(0, cash - frozen),
        long_value=long_value,
        short_value=short_value,
        pending_assets=0,
        max_withdrawal=spendable,
        securities_assets=0 if spec.is_futures else total,
        fund_assets=0,
        bond_assets=0,
        cash_rows=_cash_rows(state, rules, spendable, currency),
        market_rows=_market_rows(state),
        day_trading=_day_trading(state, total, maintenance) if spec.firm is SecurityFirm.MOOMOO_US else None,
    )


def currencies_of(state: AccountState) -> list[Currency]:
    """Give the currencies an account has or may come to have, in the order of their numbers."""
    own = {MARKET_CURRENCIES.get(market, _FUTURES_CURRENCY) for market in state.spec.markets}
    return sorted(own | {state.spec.currency} | state.ledger.cash.keys())


def _cash_rows(state: AccountState, rules: MoneyRules, spendable: int, display: Currency) -> tuple[CashFigures, ...]:
    is_cash = state.spec.account_type is AccountType.CASH
    held_back = reserved(state)
    rows = []
    for currency in currencies_of(state):
        cash, frozen = state.ledger.cash.get(currency, 0), held_back.get(currency, 0)
        power = max(0, cash - frozen)
        left = power if is_cash else min(power, rules.rates.convert(spendable, display, currency))
        rows.append(CashFigures(currency, cash, left, power, frozen))
    return tuple(rows)


def _market_rows(state: AccountState) -> tuple[MarketFigures, ...]:
    if state.spec.is_futures:
        return ()
    values = market_values(state)
    rows = []
    for market in state.spec.markets:
        currency = MARKET_CURRENCIES.get(market)
        if currency is not None:
            rows.append(MarketFigures(market, state.ledger.cash.get(currency, 0) + sum(values.get(currency, (0, 0)))))
    return tuple(rows)


def _risk_level(total: int, initial: int, maintenance: int) -> int:
    if not initial:
        return _ABSOLUTELY_SAFE
    if total < maintenance:
        return _DANGER
    return _WARNING if total < initial else _SAFE


def _risk_status(total: int, initial: int, call: int, maintenance: int) -> int:
    if total < maintenance:
        return _BELOW_MAINTENANCE
    if total < call:
        return _BELOW_CALL
    if total < initial:
        return _BELOW_INITIAL
    used = initial * 100 / total if initial else 0
    return next(status for percent, status in _RISK_STEPS if used <= percent)


def _day_trading(state: AccountState, total: int, maintenance: int) -> DayTrading:
    """Count of today alone: bought and sold today is one day trade; the power is four times the excess."""
    excess = max(0, total - maintenance)
    trades = used = 0
    for security, totals in state.ledger.day_totals.items():
        if totals.day == state.prices.today(security):
            trades += 1 if totals.bought and totals.sold else 0
            used += max(0, totals.bought_amount - totals.sold_amount)
    big = total >= _DAY_TRADING_MINIMUM
    power = excess * 4 if big else excess * 2
    return DayTrading(
        is_pattern_trader=False,
        trades_left=str(max(0, _DAY_TRADES_FREE - trades)),
        beginning_buying_power=power,
        remaining_buying_power=max(0, power - used),
        call_amount=0,
        status=_UNLIMITED if big else _EQUITY_CALL,
    )
