"""What an account has and may still spend: net assets, requirements, what open orders hold back, what is left.

A cash account spends the cash of the order's own currency. A margin account spends net assets of all currencies less
the initial margin of its positions; it may overdraw one currency while the whole is good for it, and that debt bears
no interest. A futures account counts open profits as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.model.security import Security
from core.model.trading import OPEN_STATUSES, AccountType, Currency
from core.upstreams.practice.broker.currencies import CurrencyTable
from core.upstreams.practice.broker.fee_schedule import FeeSchedule
from core.upstreams.practice.broker.instruments import Instrument, PriceSource, Product
from core.upstreams.practice.broker.ledger import AccountLedger
from core.upstreams.practice.broker.margin import Holding, Level, MarginTable
from core.upstreams.practice.broker.open_totals import OpenOrder
from core.upstreams.practice.broker.positions import Position, price_of
from core.upstreams.practice.broker.records import AccountSpec


@dataclass(frozen=True, slots=True)
class MoneyRules:
    """The tables that money is counted by."""

    rates: CurrencyTable
    fees: FeeSchedule
    margins: MarginTable


@dataclass(frozen=True, slots=True)
class AccountState:
    """One account with its books, its open orders (others among them count nothing) and the prices of now."""

    spec: AccountSpec
    ledger: AccountLedger
    orders: Sequence[OpenOrder]
    prices: PriceSource

    def without_order(self, order_id: int) -> AccountState:
        """Give the same account as if one order were not there; 0 for none."""
        if not order_id:
            return self
        return replace(self, orders=[order for order in self.orders if order.order_id != order_id])


def holdings(state: AccountState) -> list[Holding]:
    """Give the positions at current prices."""
    return [
        Holding(instrument_of_position(position, state.prices), position.quantity, price_of(position, state.prices))
        for position in state.ledger.positions.values()
    ]


def instrument_of_position(position: Position, prices: PriceSource) -> Instrument:
    """Describe what is held; something the market no longer knows counts in full and is not lent on."""
    found = prices.instrument(position.security)
    if found is not None:
        return found
    security = position.security
    return Instrument(security, Product.OTHER, position.currency, 1, position.multiplier, "", security)


def owner_prices(held: Iterable[Holding], prices: PriceSource) -> dict[Security, int]:
    """Give the last prices of the underlyings of options among holdings."""
    owners = {holding.instrument.owner for holding in held if holding.instrument.is_option}
    return {owner: prices.last(owner) for owner in owners}


def in_currency(amounts: Mapping[Currency, int], target: Currency, rates: CurrencyTable) -> int:
    """Add up amounts of several currencies."""
    return sum(rates.convert(amount, currency, target) for currency, amount in amounts.items())


def market_values(state: AccountState) -> dict[Currency, tuple[int, int]]:
    """Give the value of long and of short (negative) positions per currency; futures have none."""
    values: dict[Currency, tuple[int, int]] = {}
    for position in state.ledger.positions.values():
        if not position.is_future:
            value = position.value(price_of(position, state.prices))
            long, short = values.get(position.currency, (0, 0))
            values[position.currency] = (long + max(0, value), short + min(0, value))
    return values


def unrealised(state: AccountState) -> dict[Currency, int]:
    """Give the open profit against average cost per currency."""
    profits: dict[Currency, int] = {}
    for position in state.ledger.positions.values():
        profit = position.unrealised(price_of(position, state.prices))
        profits[position.currency] = profits.get(position.currency, 0) + profit
    return profits


def net_assets(state: AccountState, rules: MoneyRules, currency: Currency) -> int:
    """Give cash and positions; of a futures account cash and open profit."""
    total = in_currency(state.ledger.cash, currency, rules.rates)
    if state.spec.is_futures:
        return total + in_currency(unrealised(state), currency, rules.rates)
    values = {key: long + short for key, (long, short) in market_values(state).items()}
    return total + in_currency(values, currency, rules.rates)


def requirement(state: AccountState, rules: MoneyRules, level: Level, currency: Currency) -> int:
    """Give what the positions require; nothing in a cash account."""
    return requirements(state, rules, (level,), currency)[0]


def requirements(state: AccountState, rules: MoneyRules, levels: Iterable[Level], currency: Currency) -> list[int]:
    """Give what the positions require at some levels; nothing in a cash account."""
    if state.spec.account_type is AccountType.CASH or not state.ledger.positions:
        return [0 for _ in levels]
    held = holdings(state)
    prices = owner_prices(held, state.prices)
    environment = state.spec.environment
    totals = (rules.margins.requirements(environment, held, level, prices) for level in levels)
    return [in_currency(total, currency, rules.rates) for total in totals]


def reserved(state: AccountState) -> dict[Currency, int]:
    """Give what open orders hold back per currency."""
    totals: dict[Currency, int] = {}
    for order in state.orders:
        if order.status in OPEN_STATUSES and order.reserved:
            totals[order.currency] = totals.get(order.currency, 0) + order.reserved
    return totals


def available(state: AccountState, rules: MoneyRules, currency: Currency) -> int:
    """Give what a new order of a currency may hold back at most; negative when margin is short."""
    held_back = reserved(state)
    if state.spec.account_type is AccountType.CASH:
        return state.ledger.cash.get(currency, 0) - held_back.get(currency, 0)
    free = net_assets(state, rules, currency) - requirement(state, rules, Level.INITIAL, currency)
    return free - in_currency(held_back, currency, rules.rates)


def can_afford(state: AccountState, rules: MoneyRules, amount: int, currency: Currency) -> bool:
    """Whether an order may hold back an amount. What holds nothing back, as closing orders do, always may."""
    return amount <= 0 or amount <= available(state, rules, currency)
