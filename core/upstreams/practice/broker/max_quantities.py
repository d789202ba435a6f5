"""How much of a security an account could buy and sell now: what 2111 answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.model.trading import AccountType, OrderType, TradeSide
from core.upstreams.practice.broker.account_money import (
    AccountState,
    MoneyRules,
    available,
    in_currency,
    reserved,
)
from core.upstreams.practice.broker.account_table import market_of
from core.upstreams.practice.broker.instruments import Instrument
from core.upstreams.practice.broker.margin import Level
from core.upstreams.practice.broker.positions import Pending, closable, pending_quantities
from core.upstreams.practice.broker.reserves import Change, margin_change, reserve_for, risk_price

LARGEST_QUANTITY = 1_000_000_000


@dataclass(frozen=True, slots=True)
class MaxQuantities:
    """Quantities in whole lots (contracts). `cash_buy` uses own cash only, 0 for futures.

    `sell_short` comes beside the long position, `buy_back` is the short position that has to be bought back before
    buying more. Required initial margins are money (1/10000) for one more contract bought or sold: negative when it
    closes something, 0 for stocks.
    """

    cash_buy: int
    cash_and_margin_buy: int
    position_sell: int
    sell_short: int
    buy_back: int
    long_required_margin: int = 0
    short_required_margin: int = 0


def max_quantities(
    state: AccountState,
    rules: MoneyRules,
    instrument: Instrument,
    order_type: OrderType,
    price: int,
    *,
    order_id: int = 0,
) -> MaxQuantities:
    """Compute the quantities at a price above 0. What an open order `order_id` holds is added back."""
    state = state.without_order(order_id)
    spec, ledger, security, lot = state.spec, state.ledger, instrument.security, instrument.lot_size
    if market_of(spec, instrument) is None or price <= 0:
        return MaxQuantities(0, 0, 0, 0, 0)
    position = ledger.positions.get(security)
    waiting = pending_quantities(state.orders).get(security, Pending(0, 0))
    free = closable(position, ledger.day_totals.get(security), state.prices.today(security), waiting)
    is_short = position is not None and position.quantity < 0
    left = available(state, rules, instrument.currency)

    def fits(side: TradeSide, first: int) -> Callable[[int], bool]:
        """Make the test whether some units more than `first` closing ones could be ordered."""
        return lambda quantity: reserve_for(state, rules, instrument, side, order_type, first + quantity, price) <= left

    margin_buy = _largest(lot, fits(TradeSide.BUY, free if is_short else 0)) if left > 0 else 0
    short = 0
    if left > 0 and spec.allows_short and rules.margins.is_shortable(spec.environment, instrument):
        short = _largest(lot, fits(TradeSide.SELL_SHORT, 0 if is_short else free))
        if not (instrument.is_option or instrument.is_future):
            pool = rules.margins.short_pool(spec.environment, instrument, state.prices.today(security))
            short = min(short, pool // lot * lot)
    one_more, one_less = 0, 0
    if instrument.is_option or instrument.is_future:
        one_more = margin_change(state, rules, [Change(instrument, 1, price)], Level.INITIAL)
        one_less = margin_change(state, rules, [Change(instrument, -1, price)], Level.INITIAL)
    return MaxQuantities(
        cash_buy=0 if spec.is_futures else _with_cash(state, rules, instrument, order_type, price),
        cash_and_margin_buy=margin_buy,
        position_sell=0 if is_short else free,
        sell_short=short,
        buy_back=free if is_short else 0,
        long_required_margin=one_more,
        short_required_margin=one_less,
    )


def _with_cash(
    state: AccountState, rules: MoneyRules, instrument: Instrument, order_type: OrderType, price: int
) -> int:
    currency = instrument.currency
    if state.spec.account_type is AccountType.CASH:
        cash = available(state, rules, currency)
    else:
        cash = in_currency(state.ledger.cash, currency, rules.rates) - in_currency(
            reserved(state), currency, rules.rates
        )
    worst = risk_price(rules, order_type, price)

    def fits(quantity: int) -> bool:
        fees = rules.fees.estimate(state.spec, instrument, TradeSide.BUY, quantity, worst)
        return worst * quantity * instrument.multiplier + fees <= cash

    return _largest(instrument.lot_size, fits)


def _largest(lot: int, fits: Callable[[int], bool]) -> int:
    """Give the largest multiple of a lot that fits; smaller ones fit, too."""
    low, high = 0, 1
    while high * lot <= LARGEST_QUANTITY and fits(high * lot):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle * lot) else (low, middle)
    return low * lot
