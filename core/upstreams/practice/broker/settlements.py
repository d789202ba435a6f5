"""How positions end without an order: expiry of options, warrants and futures, and the forced closing of futures.

Options worth less than a limit at expiry end worthless (US: 0.01; Hong Kong: 1.5 % of the strike). Hong Kong options,
index options and warrants are settled in cash; US stock options in a margin account deliver the stock at the strike.
Futures are closed at the settlement price, nothing is delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from core.model.security import US, Security
from core.model.trading import AccountType, TradeSide
from core.upstreams.practice.broker.account_money import AccountState, MoneyRules, net_assets, requirement
from core.upstreams.practice.broker.account_table import market_of
from core.upstreams.practice.broker.instruments import Instrument
from core.upstreams.practice.broker.margin import Level
from core.upstreams.practice.broker.positions import Position, price_of
from core.upstreams.practice.broker.records import MONEY_SCALE, AccountSpec, FillKind, FillRecord

_US_WORTHLESS: Final = MONEY_SCALE // 100
_HK_WORTHLESS_PERMILLE: Final = 15


class Settlement(NamedTuple):
    """One trade that settles a position: of the position itself, or of the stock that is delivered."""

    instrument: Instrument
    side: TradeSide
    quantity: int
    price: int


def expiry_value(instrument: Instrument, owner_price: int) -> int:
    """Give what one unit (without multiplier) is worth at expiry; a future is worth the settlement price itself."""
    if instrument.is_future:
        return owner_price
    intrinsic = owner_price - instrument.strike if instrument.is_call else instrument.strike - owner_price
    if instrument.is_option:
        worthless = instrument.strike * _HK_WORTHLESS_PERMILLE // 1_000
        if instrument.security.market == US:
            worthless = _US_WORTHLESS
        return intrinsic if intrinsic >= worthless else 0
    return max(0, round(intrinsic / instrument.conversion_ratio))


def settle_expiry(
    spec: AccountSpec, instrument: Instrument, quantity: int, owner_price: int, owner: Instrument | None
) -> tuple[Settlement, ...]:
    """Settle a position of `quantity` (negative when short) at expiry. `owner_price` is the underlying's close.

    A delivered option ends at 0 and the stock is traded at the strike, so its value is in the stock's cost.
    """
    value = expiry_value(instrument, owner_price)
    closing = TradeSide.SELL if quantity > 0 else TradeSide.BUY
    delivers = (
        instrument.is_option
        and instrument.security.market == US
        and not instrument.is_index
        and value > 0
        and spec.account_type is AccountType.MARGIN
        and owner is not None
        and market_of(spec, owner) is not None
    )
    if not delivers or owner is None:
        return (Settlement(instrument, closing, abs(quantity), value),)
    # The holder of a call and the writer of a put receive the stock.
    receives = (quantity > 0) is instrument.is_call
    side = TradeSide.BUY if receives else TradeSide.SELL
    shares = abs(quantity) * instrument.multiplier
    return (
        Settlement(instrument, closing, abs(quantity), 0),
        Settlement(owner, side, shares, instrument.strike),
    )


def settlement_fills(
    spec: AccountSpec,
    settlements: Iterable[Settlement],
    names: Callable[[Security], str],
    next_id: Callable[[], int],
    *,
    at: float,
    day: int,
    kind: FillKind = FillKind.EXPIRY,
) -> tuple[FillRecord, ...]:
    """Make the fills of settlements. No order asked for them, and they cost no fees."""
    return tuple(
        FillRecord(
            fill_id=next_id(),
            order_id=0,
            account_id=spec.account_id,
            security=settlement.instrument.security,
            name=names(settlement.instrument.security),
            side=settlement.side,
            quantity=settlement.quantity,
            price=settlement.price,
            multiplier=settlement.instrument.multiplier,
            currency=settlement.instrument.currency,
            trading_market=market_of(spec, settlement.instrument) or spec.markets[0],
            at=at,
            day=day,
            kind=kind,
        )
        for settlement in settlements
    )


def must_liquidate(state: AccountState, rules: MoneyRules) -> bool:
    """Whether a futures account has fallen below its maintenance margin. Other accounts are never closed out."""
    currency = state.spec.currency
    if not state.spec.is_futures or not state.ledger.positions:
        return False
    return net_assets(state, rules, currency) < requirement(state, rules, Level.MAINTENANCE, currency)


def next_to_liquidate(state: AccountState) -> Position | None:
    """Pick the position to close first: the nearest expiry, then the largest loss. None when nothing is held."""

    def rank(position: Position) -> tuple[int, int, int]:
        instrument = state.prices.instrument(position.security)
        last_day = instrument.last_day if instrument is not None else 0
        return last_day, position.unrealised(price_of(position, state.prices)), position.position_id

    return min(state.ledger.positions.values(), key=rank, default=None)
