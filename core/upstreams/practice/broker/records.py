"""The broker's records: frozen values that are replaced as a whole and written to disk before anybody is told.

Prices and money are integers of 1/10000 of their currency, quantities integers (shares or contracts), times Unix
seconds of the simulated clock, days ordinals (datetime.date.toordinal) of the market's calendar.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from operator import attrgetter
from typing import Any, Final

from core.model.security import Security
from core.model.trading import (
    AccountType,
    ComboLegTerms,
    Currency,
    OrderStatus,
    OrderType,
    SecurityFirm,
    SimulatedAccountType,
    TimeInForce,
    TradeSide,
    TradingEnvironment,
    TradingMarket,
    TradingSession,
    TrailType,
)

MONEY_SCALE = 10_000


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """One account as the table of accounts describes it; it never changes while the program runs."""

    account_id: int
    environment: TradingEnvironment
    label: str
    account_type: AccountType
    simulated_type: SimulatedAccountType
    firm: SecurityFirm
    markets: tuple[TradingMarket, ...]
    card_number: str
    universal_card_number: str
    disabled: bool
    currency: Currency
    opening_cash: int
    is_futures: bool = False
    allows_options: bool = False
    allows_short: bool = False


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order as it stands. `filled_amount` is the sum of price times volume of its fills, without multiplier.

    `price`, `aux_price` are 0 where the type has none. `trail_value` is 1/10000 percent-points or price units.
    `trail_peak` is the best price since the order waits, `triggered` says a conditional order was sent on.
    `day` is the trading day it belongs to now; a GTC order moves on to the next. `charged_days` counts days on which
    order fees were charged. `reserved` is the cash held back for it, in `currency`.
    """

    order_id: int
    account_id: int
    security: Security
    name: str
    side: TradeSide
    order_type: OrderType
    quantity: int
    price: int
    aux_price: int
    trail_type: TrailType
    trail_value: int
    trail_spread: int
    time_in_force: TimeInForce
    expire_day: int
    session: TradingSession
    fill_outside_rth: bool
    remark: str
    legs: tuple[ComboLegTerms, ...]
    strategy: int
    currency: Currency
    trading_market: TradingMarket
    status: OrderStatus
    filled: int
    filled_amount: int
    created_at: float
    updated_at: float
    day: int
    created_day: int
    error: str = ""
    client: str = ""
    triggered: bool = False
    trail_peak: int = 0
    reserved: int = 0
    charged_days: int = 0
    hidden: bool = False

    @property
    def open_quantity(self) -> int:
        """What may still be filled."""
        return self.quantity - self.filled

    def changed(self, **changes: Any) -> OrderRecord:
        """Give the same order with other values in some fields: dataclasses.replace, in half its time."""
        values = dict(zip(_ORDER_FIELDS, _order_values(self), strict=True))
        values.update(changes)
        return OrderRecord(**values)


_ORDER_FIELDS: Final = tuple(field.name for field in fields(OrderRecord))
_order_values: Final = attrgetter(*_ORDER_FIELDS)


class FillKind(Enum):
    """How a fill came about."""

    TRADE = "trade"
    EXPIRY = "expiry"
    LIQUIDATION = "liquidation"


@dataclass(frozen=True, slots=True)
class FillRecord:
    """One execution. `order_id` is 0 for settlements that no order asked for. `leg` numbers a combo's legs from 0."""

    fill_id: int
    order_id: int
    account_id: int
    security: Security
    name: str
    side: TradeSide
    quantity: int
    price: int
    multiplier: int
    currency: Currency
    trading_market: TradingMarket
    at: float
    day: int
    kind: FillKind = FillKind.TRADE
    counter_broker: int = 0
    leg: int = 0


class EntryKind(Enum):
    """What moved cash."""

    DEPOSIT = "deposit"
    TRADE = "trade"
    FEE = "fee"
    EXCHANGE = "currency exchange"
    SETTLEMENT = "settlement"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One movement of cash, signed. `title` names a fee as the fee table does, else it is empty."""

    entry_id: int
    account_id: int
    currency: Currency
    amount: int
    kind: EntryKind
    title: str
    at: float
    day: int
    settlement_day: int
    order_id: int = 0
    fill_id: int = 0
    remark: str = ""


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One step in the life of an order, for its time line. `text` is an English source text."""

    order_id: int
    at: float
    status: OrderStatus
    text: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AccountReset:
    """The account begins anew: orders, fills and entries with ids up to these are history and count no more."""

    account_id: int
    at: float
    last_order_id: int
    last_fill_id: int
    last_entry_id: int


Record = OrderRecord | FillRecord | LedgerEntry | OrderEvent | AccountReset
