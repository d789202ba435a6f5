"""What the Trading screen draws: locks, accounts, and the book of one account. Frozen, replaced as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.security import Security
from core.model.trading import (
    AccountType,
    Currency,
    OrderStatus,
    OrderType,
    PositionSide,
    SecurityFirm,
    SimulatedAccountType,
    TimeInForce,
    TradeSide,
    TradingEnvironment,
    TradingMarket,
    TradingSession,
)


@dataclass(frozen=True, slots=True)
class FirmLock:
    """The trade lock of one firm. `by` and `at` (Unix seconds) say who unlocked it and when, empty while locked."""

    firm: SecurityFirm
    name: str
    unlocked: bool
    by: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of the list. `label` is an English source text and says practice; `balance` is net assets."""

    account_id: int
    environment: TradingEnvironment
    label: str
    account_type: AccountType
    simulated_type: SimulatedAccountType
    firm: SecurityFirm
    markets: tuple[TradingMarket, ...]
    card_number: str
    disabled: bool
    currency: Currency
    balance: float
    is_futures: bool = False


@dataclass(frozen=True, slots=True)
class CashRow:
    """Money of one currency, in that currency."""

    currency: Currency
    cash: float
    available: float
    frozen: float


@dataclass(frozen=True, slots=True)
class FundsStatus:
    """The funds strip, in `currency`. `risk_level` is 1 (safest) to 9."""

    currency: Currency
    net_assets: float
    cash: float
    market_value: float
    buying_power: float
    today_profit: float
    risk_level: int
    initial_margin: float
    maintenance_margin: float
    available_funds: float
    rows: tuple[CashRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One position. Prices and values in `currency`; `profit_ratio` is a fraction."""

    position_id: int
    security: Security
    name: str
    side: PositionSide
    quantity: float
    can_sell: float
    average_cost: float
    last: float
    market_value: float
    profit: float
    profit_ratio: float
    today_profit: float
    currency: Currency


@dataclass(frozen=True, slots=True)
class OrderStep:
    """One line of an order's time line. `text` is an English source text with placeholders, `facts` fill it."""

    time: float
    status: OrderStatus
    text: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of today, or an older one that is still open. `price` 0 for market orders."""

    order_id: int
    security: Security
    name: str
    side: TradeSide
    order_type: OrderType
    price: float
    quantity: float
    filled: float
    average_price: float
    status: OrderStatus
    created_at: float
    updated_at: float
    client: str
    time_in_force: TimeInForce
    session: TradingSession
    trigger_price: float
    remark: str
    error: str
    currency: Currency
    fees: float


@dataclass(frozen=True, slots=True)
class FillRow:
    """One fill. `counter_broker` is a name, empty where there is none."""

    fill_id: int
    order_id: int
    security: Security
    name: str
    side: TradeSide
    quantity: float
    price: float
    time: float
    counter_broker: str


@dataclass(frozen=True, slots=True)
class TradingOverview:
    """Part of every gateway snapshot: cheap. `revision` changes with every order, fill and lock."""

    locks: tuple[FirmLock, ...] = ()
    locked_everything: bool = False
    accounts: tuple[AccountRow, ...] = ()
    open_orders: int = 0
    orders_today: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class AccountBook:
    """Everything of one account, taken at `time` (Unix seconds); asked for by the visible Trading screen only.

    `utc_offset_seconds` gives the local time in which the account's times are shown.
    """

    account_id: int
    time: float
    funds: FundsStatus
    positions: tuple[PositionRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    fills: tuple[FillRow, ...] = ()
    utc_offset_seconds: int = 0
