"""What an order holds back until it is filled or ends.

In a cash account a purchase holds back its whole amount; in a margin or futures account an order holds back the
initial margin that the account would need more. Estimated fees come on top. An order that only closes holds back
nothing. Orders without a limit count at a higher price, by the risk rate of the margin table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.model.security import Security
from core.model.trading import AccountType, ComboLegTerms, Currency, OrderType, TradeSide
from core.upstreams.practice.broker.account_money import (
    AccountState,
    MoneyRules,
    available,
    instrument_of_position,
    owner_prices,
)
from core.upstreams.practice.broker.instruments import Instrument
from core.upstreams.practice.broker.margin import BASIS_POINTS, Holding, Level
from core.upstreams.practice.broker.positions import Pending, pending_quantities, price_of

WITHOUT_LIMIT: Final = frozenset(
    {
        OrderType.MARKET,
        OrderType.AUCTION,
        OrderType.STOP,
        OrderType.MARKET_IF_TOUCHED,
        OrderType.TRAILING_STOP,
        OrderType.TRAILING_STOP_LIMIT,
    }
)
"""Types whose execution price is not known beforehand."""


class Change(NamedTuple):
    """Units of an instrument that would be bought (sold when negative) at a price."""

    instrument: Instrument
    quantity: int
    price: int


@dataclass(frozen=True, slots=True)
class ComboEffect:
    """What a combo order would do to an account, in `currency`; what 2112 answers. Losses are negative.

    `option_buying_power` is what is left for orders before it.
    """

    currency: Currency
    net_assets_change: int
    initial_margin_change: int
    maintenance_margin_change: int
    option_buying_power: int
    max_withdrawal_change: int
    buying_power_decrease: int


def risk_price(rules: MoneyRules, order_type: OrderType, price: int) -> int:
    """Give the price an order is reserved at: for types without a limit a higher one, of short sales, too."""
    if order_type not in WITHOUT_LIMIT:
        return price
    return -(-price * (BASIS_POINTS + rules.margins.market_order_risk) // BASIS_POINTS)


def reserve_for(
    state: AccountState,
    rules: MoneyRules,
    instrument: Instrument,
    side: TradeSide,
    order_type: OrderType,
    quantity: int,
    price: int,
    *,
    order_id: int = 0,
) -> int:
    """Give what an order holds back, in the instrument's currency.

    `price` is the limit, for types without one the trigger or the last price. `quantity` is what may still be filled.
    `order_id` names an open order that is being changed and counts as not there.
    """
    state = state.without_order(order_id)
    price = risk_price(rules, order_type, price)
    fees = rules.fees.estimate(state.spec, instrument, side, quantity, price)
    if state.spec.account_type is AccountType.CASH:
        return price * quantity * instrument.multiplier + fees if side.buys else 0
    change = Change(instrument, quantity if side.buys else -quantity, price)
    more = _margin_needed(state, rules, [change])
    return more + fees if more > 0 else 0


def reserve_left(order_reserved: int, open_before: int, open_after: int) -> int:
    """Give what is still held back when an order's open quantity has fallen."""
    return -(-order_reserved * open_after // open_before) if open_before > 0 else 0


def margin_change(
    state: AccountState,
    rules: MoneyRules,
    changes: Sequence[Change],
    level: Level,
    *,
    pending: Mapping[Security, Pending] | None = None,
    with_sales: bool = False,
) -> int:
    """Give how much more margin of a level the account would need, in the currency of the first change.

    Open orders of the same side on the same securities come first. `with_sales` lets open orders that take away the
    cover of other positions, or write options, come first, too. `pending` saves adding the open orders up again.
    """
    if pending is None:
        pending = pending_quantities(state.orders)
    owners = {change.instrument.owner for change in changes}
    before = _group(state, owners, pending if with_sales else {})
    for change in changes:
        security = change.instrument.security
        waiting = pending.get(security, Pending(0, 0))
        position = state.ledger.positions.get(security)
        quantity = (position.quantity if position else 0) + (waiting.buys if change.quantity > 0 else -waiting.sells)
        before[security] = Holding(change.instrument, quantity, change.price)
    environment = state.spec.environment
    if len(changes) == len(before) == 1 and changes[0].instrument.is_plain:
        # One stock and no options on it, as nearly always: there is nothing to put together.
        (holding,) = before.values()
        changed = holding._replace(quantity=holding.quantity + changes[0].quantity)
        margins = rules.margins
        return margins.of_stock(environment, changed, level) - margins.of_stock(environment, holding, level)
    after = dict(before)
    for change in changes:
        security = change.instrument.security
        after[security] = after[security]._replace(quantity=after[security].quantity + change.quantity)
    prices = owner_prices(after.values(), state.prices)
    old = rules.margins.requirements(environment, before.values(), level, prices)
    new = rules.margins.requirements(environment, after.values(), level, prices)
    currency = changes[0].instrument.currency
    return new.get(currency, 0) - old.get(currency, 0)


def _margin_needed(state: AccountState, rules: MoneyRules, changes: Sequence[Change]) -> int:
    """Give the initial margin to hold back: enough whether the other open orders are filled or cancelled."""
    pending = pending_quantities(state.orders)
    needed = margin_change(state, rules, changes, Level.INITIAL, pending=pending)
    if not _may_worsen(state, pending):
        return needed
    return max(needed, margin_change(state, rules, changes, Level.INITIAL, pending=pending, with_sales=True))


def _may_worsen(state: AccountState, pending: Mapping[Security, Pending]) -> bool:
    """Whether open orders could change what the account holds to its disadvantage: sales, or short ones bought back."""
    if any(waiting.sells for waiting in pending.values()):
        return True
    return any(position.quantity < 0 and security in pending for security, position in state.ledger.positions.items())


def _group(
    state: AccountState, owners: Collection[Security], pending: Mapping[Security, Pending]
) -> dict[Security, Holding]:
    """Give the holdings on some underlyings as they would be if open orders that worsen them were filled."""
    group: dict[Security, Holding] = {}
    for position in state.ledger.positions.values():
        instrument = instrument_of_position(position, state.prices)
        if instrument.owner in owners:
            held = Holding(instrument, position.quantity, price_of(position, state.prices))
            group[position.security] = held._replace(quantity=_worst(held, pending))
    for security, waiting in pending.items():
        if security not in group and waiting.sells:
            series = state.prices.instrument(security)
            if series is not None and series.is_option and series.owner in owners:
                group[security] = Holding(series, -waiting.sells, state.prices.last(security))
    return group


def combo_effect(
    state: AccountState,
    rules: MoneyRules,
    legs: Sequence[ComboLegTerms],
    instruments: Mapping[Security, Instrument],
    quantity: int,
    net_price: int,
    *,
    order_id: int = 0,
) -> ComboEffect:
    """Say what a combo would do. `net_price` is per unit of the strategy and share, negative when it brings money.

    Legs are counted at their last prices; what the net price is worse or better than those changes net assets.
    """
    state = state.without_order(order_id)
    changes = [
        Change(
            instruments[leg.security],
            leg.ratio * quantity * (1 if leg.side.buys else -1),
            state.prices.last(leg.security),
        )
        for leg in legs
    ]
    currency = changes[0].instrument.currency
    unit = max(change.instrument.multiplier for change in changes)
    value = sum(change.quantity * change.price * change.instrument.multiplier for change in changes)
    fees = sum(
        rules.fees.estimate(state.spec, change.instrument, leg.side, abs(change.quantity), change.price)
        for leg, change in zip(legs, changes, strict=True)
    )
    worth = value - net_price * quantity * unit - fees
    initial = margin_change(state, rules, changes, Level.INITIAL)
    return ComboEffect(
        currency=currency,
        net_assets_change=worth,
        initial_margin_change=initial,
        maintenance_margin_change=margin_change(state, rules, changes, Level.MAINTENANCE),
        option_buying_power=max(0, available(state, rules, currency)),
        max_withdrawal_change=worth - initial,
        buying_power_decrease=max(0, _margin_needed(state, rules, changes) - worth),
    )


def _worst(held: Holding, pending: Mapping[Security, Pending]) -> int:
    """Give the quantity after open orders that take cover away or write options."""
    waiting = pending.get(held.instrument.security, Pending(0, 0))
    if held.instrument.is_option:
        return held.quantity - waiting.sells
    if held.quantity > 0:
        return max(0, held.quantity - waiting.sells)
    return min(0, held.quantity + waiting.buys)
