"""The words of trading: numbers of the public schema (Trd_Common) under names, and what a client asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from core.model.security import Security


class TradingEnvironment(IntEnum):
    """TrdEnv. Practice has both; its real one is real in form only and always labelled practice."""

    SIMULATE = 0
    REAL = 1


class TradingMarket(IntEnum):
    """TrdMarket: where an account may trade."""

    NONE = 0
    HK = 1
    US = 2
    CN = 3
    HKCC = 4
    FUTURES = 5
    SG = 6
    CRYPTO = 7
    AU = 8
    FUTURES_SIMULATE_HK = 10
    FUTURES_SIMULATE_US = 11
    FUTURES_SIMULATE_SG = 12
    FUTURES_SIMULATE_JP = 13
    JP = 15
    PREDICTION = 17
    MY = 111
    CA = 112


class SecurityFirm(IntEnum):
    """SecurityFirm; 0 means all or none."""

    NONE = 0
    FUTU_HK = 1
    MOOMOO_US = 2
    MOOMOO_SG = 3
    MOOMOO_AU = 4
    MOOMOO_CA = 5
    MOOMOO_MY = 6
    MOOMOO_JP = 7


class AccountType(IntEnum):
    """TrdAccType."""

    CASH = 1
    MARGIN = 2


class SimulatedAccountType(IntEnum):
    """SimAccType; NONE for accounts of the real environment."""

    NONE = 0
    STOCK = 1
    OPTION = 2
    FUTURES = 3
    STOCK_AND_OPTION = 4


class TradeSide(IntEnum):
    """TrdSide."""

    BUY = 1
    SELL = 2
    SELL_SHORT = 3
    BUY_BACK = 4

    @property
    def buys(self) -> bool:
        """Whether the order adds to the position."""
        return self in (TradeSide.BUY, TradeSide.BUY_BACK)


class OrderType(IntEnum):
    """OrderType."""

    NORMAL = 1
    MARKET = 2
    ABSOLUTE_LIMIT = 5
    AUCTION = 6
    AUCTION_LIMIT = 7
    SPECIAL_LIMIT = 8
    SPECIAL_LIMIT_ALL = 9
    STOP = 10
    STOP_LIMIT = 11
    MARKET_IF_TOUCHED = 12
    LIMIT_IF_TOUCHED = 13
    TRAILING_STOP = 14
    TRAILING_STOP_LIMIT = 15
    TWAP_MARKET = 16
    TWAP_LIMIT = 17
    VWAP_MARKET = 18
    VWAP_LIMIT = 19


class OrderStatus(IntEnum):
    """OrderStatus."""

    UNKNOWN = -1
    UNSUBMITTED = 0
    WAITING_SUBMIT = 1
    SUBMITTING = 2
    SUBMIT_FAILED = 3
    TIMEOUT = 4
    SUBMITTED = 5
    FILLED_PART = 10
    FILLED_ALL = 11
    CANCELLING_PART = 12
    CANCELLING_ALL = 13
    CANCELLED_PART = 14
    CANCELLED_ALL = 15
    FAILED = 21
    DISABLED = 22
    DELETED = 23
    FILL_CANCELLED = 24


OPEN_STATUSES: Final = frozenset(
    {
        OrderStatus.UNSUBMITTED,
        OrderStatus.WAITING_SUBMIT,
        OrderStatus.SUBMITTING,
        OrderStatus.SUBMITTED,
        OrderStatus.FILLED_PART,
        OrderStatus.CANCELLING_PART,
        OrderStatus.CANCELLING_ALL,
    }
)
"""Statuses in which an order may still be filled."""


class TimeInForce(IntEnum):
    """TimeInForce."""

    DAY = 0
    GTC = 1
    IOC = 2
    GTD = 3


class TradingSession(IntEnum):
    """Common.Session: which part of a US day an order may trade in."""

    NONE = 0
    RTH = 1
    ETH = 2
    ALL = 3
    OVERNIGHT = 4


class TrailType(IntEnum):
    """TrailType; NONE for orders that do not trail."""

    NONE = 0
    RATIO = 1
    AMOUNT = 2


class ModifyOperation(IntEnum):
    """ModifyOrderOp."""

    NORMAL = 1
    CANCEL = 2
    DISABLE = 3
    ENABLE = 4
    DELETE = 5


class PositionSide(IntEnum):
    """PositionSide."""

    LONG = 0
    SHORT = 1


class Currency(IntEnum):
    """Currency."""

    HKD = 1
    USD = 2
    CNH = 3
    JPY = 4
    SGD = 5
    AUD = 6
    CAD = 7
    MYR = 8


class CashDirection(IntEnum):
    """TrdCashFlowDirection."""

    IN = 1
    OUT = 2


class ComboLegTerms(NamedTuple):
    """One leg of an option strategy: `ratio` contracts for each unit of the order."""

    security: Security
    side: TradeSide
    ratio: int


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What a client asks for. Prices are floats as they came, in the security's currency; 0 where not given.

    `trail_value` is percent (20 = 20 %) or an amount, by `trail_type`. `expire_date` is YYYY-MM-DD for GTD, else empty.
    `adjust_limit` is the largest relative change of an off-tick price, signed by direction; None refuses off-tick
    prices. `legs` is empty except for combos, whose `security` is the first leg's underlying and whose price is net.
    """

    security: Security
    side: TradeSide
    order_type: OrderType
    quantity: float
    price: float = 0.0
    aux_price: float = 0.0
    trail_type: TrailType = TrailType.NONE
    trail_value: float = 0.0
    trail_spread: float = 0.0
    time_in_force: TimeInForce = TimeInForce.DAY
    expire_date: str = ""
    session: TradingSession = TradingSession.NONE
    fill_outside_rth: bool = False
    remark: str = ""
    adjust_limit: float | None = None
    legs: tuple[ComboLegTerms, ...] = ()
    strategy: int = 0


@dataclass(frozen=True, slots=True)
class OrderChange:
    """New terms of an open order; `quantity` is the new total, what is filled included."""

    quantity: float
    price: float = 0.0
    aux_price: float = 0.0
    trail_type: TrailType = TrailType.NONE
    trail_value: float = 0.0
    trail_spread: float = 0.0
    adjust_limit: float | None = None
