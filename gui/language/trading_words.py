"""The words of trading: orders, their states, accounts and firms, each as an English source text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from core.model.trading import (
    OPEN_STATUSES,
    AccountType,
    Currency,
    OrderStatus,
    OrderType,
    SecurityFirm,
    TimeInForce,
    TradeSide,
    TradingEnvironment,
    TradingMarket,
    TradingSession,
)
from core.model.trading_status import AccountRow, FirmLock, OrderRow, TradingOverview
from gui.language.window_language import WindowLanguage

ALL, OPEN, FILLED, CANCELLED, REJECTED = "all", "open", "filled", "cancelled", "rejected"


class StatusWord(NamedTuple):
    """How an order's state is shown: icon file, ink token, English source text. No two groups share an icon."""

    icon: str
    ink: str
    text: str


class AccountKind(NamedTuple):
    """What kind of money an account has: chip kind of STATUS_LOOKS, chip text, group heading, word in dialogs."""

    look: str
    chip: str
    group: str
    word: str


REAL: Final = AccountKind("real", "Real account", "Real", "Real")
PRACTICE: Final = AccountKind("simulated", "Practice", "Practice, real-type accounts", "Practice")
SIMULATED: Final = AccountKind("paper", "Simulated", "Simulated", "Simulated")

_WORKING, _DONE, _CANCELLED, _REFUSED, _UNSURE = (
    ("clock", "info"),
    ("circle-check", "positive"),
    ("circle-minus", "textMuted"),
    ("octagon-x", "negative"),
    ("triangle-alert", "warn"),
)
STATUS_WORDS: Final = {
    OrderStatus.UNKNOWN: StatusWord(*_UNSURE, "Unknown"),
    OrderStatus.UNSUBMITTED: StatusWord(*_WORKING, "Unsubmitted"),
    OrderStatus.WAITING_SUBMIT: StatusWord(*_WORKING, "Waiting to submit"),
    OrderStatus.SUBMITTING: StatusWord(*_WORKING, "Submitting"),
    OrderStatus.SUBMIT_FAILED: StatusWord(*_REFUSED, "Submit failed"),
    OrderStatus.TIMEOUT: StatusWord(*_UNSURE, "Timed out, result unknown"),
    OrderStatus.SUBMITTED: StatusWord(*_WORKING, "Submitted"),
    OrderStatus.FILLED_PART: StatusWord(*_WORKING, "Partly filled"),
    OrderStatus.FILLED_ALL: StatusWord(*_DONE, "Filled"),
    OrderStatus.CANCELLING_PART: StatusWord(*_WORKING, "Cancelling"),
    OrderStatus.CANCELLING_ALL: StatusWord(*_WORKING, "Cancelling"),
    OrderStatus.CANCELLED_PART: StatusWord(*_CANCELLED, "Partly cancelled"),
    OrderStatus.CANCELLED_ALL: StatusWord(*_CANCELLED, "Cancelled"),
    OrderStatus.FAILED: StatusWord(*_REFUSED, "Rejected"),
    OrderStatus.DISABLED: StatusWord(*_CANCELLED, "Expired"),
    OrderStatus.DELETED: StatusWord(*_CANCELLED, "Deleted"),
    OrderStatus.FILL_CANCELLED: StatusWord(*_REFUSED, "Fill reversed"),
}
# Which filter an order belongs to. One whose result is unknown is none of them: it is seen under All.
_GROUPS: Final = {
    OrderStatus.FILLED_ALL: FILLED,
    OrderStatus.CANCELLED_PART: CANCELLED,
    OrderStatus.CANCELLED_ALL: CANCELLED,
    OrderStatus.DISABLED: CANCELLED,
    OrderStatus.DELETED: CANCELLED,
    OrderStatus.SUBMIT_FAILED: REJECTED,
    OrderStatus.FAILED: REJECTED,
    OrderStatus.FILL_CANCELLED: REJECTED,
} | dict.fromkeys(OPEN_STATUSES, OPEN)
SIDE_WORDS: Final = {
    TradeSide.BUY: "Buy",
    TradeSide.SELL: "Sell",
    TradeSide.SELL_SHORT: "Sell short",
    TradeSide.BUY_BACK: "Buy back",
}
TYPE_WORDS: Final = {
    OrderType.NORMAL: "Limit",
    OrderType.MARKET: "Market",
    OrderType.ABSOLUTE_LIMIT: "Absolute limit",
    OrderType.AUCTION: "Auction",
    OrderType.AUCTION_LIMIT: "Auction limit",
    OrderType.SPECIAL_LIMIT: "Special limit",
    OrderType.SPECIAL_LIMIT_ALL: "Special limit, all or none",
    OrderType.STOP: "Stop",
    OrderType.STOP_LIMIT: "Stop limit",
    OrderType.MARKET_IF_TOUCHED: "Market if touched",
    OrderType.LIMIT_IF_TOUCHED: "Limit if touched",
    OrderType.TRAILING_STOP: "Trailing stop",
    OrderType.TRAILING_STOP_LIMIT: "Trailing stop limit",
    OrderType.TWAP_MARKET: "TWAP market",
    OrderType.TWAP_LIMIT: "TWAP limit",
    OrderType.VWAP_MARKET: "VWAP market",
    OrderType.VWAP_LIMIT: "VWAP limit",
}
TIME_IN_FORCE_WORDS: Final = {
    TimeInForce.DAY: "Day",
    TimeInForce.GTC: "Until cancelled",
    TimeInForce.IOC: "Immediate or cancel",
    TimeInForce.GTD: "Until a date",
}
SESSION_WORDS: Final = {
    TradingSession.NONE: "Regular",
    TradingSession.RTH: "Regular",
    TradingSession.ETH: "Extended hours",
    TradingSession.ALL: "All sessions",
    TradingSession.OVERNIGHT: "Overnight",
}
FIRM_NAMES: Final = {
    SecurityFirm.FUTU_HK: "FUTU HK",
    SecurityFirm.MOOMOO_US: "Moomoo US",
    SecurityFirm.MOOMOO_SG: "Moomoo SG",
    SecurityFirm.MOOMOO_AU: "Moomoo AU",
    SecurityFirm.MOOMOO_CA: "Moomoo CA",
    SecurityFirm.MOOMOO_MY: "Moomoo MY",
    SecurityFirm.MOOMOO_JP: "Moomoo JP",
}
MARKET_WORDS: Final = {
    TradingMarket.HK: "HK",
    TradingMarket.US: "US",
    TradingMarket.CN: "CN",
    TradingMarket.HKCC: "CN",
    TradingMarket.FUTURES: "Futures",
    TradingMarket.SG: "SG",
    TradingMarket.CRYPTO: "Crypto",
    TradingMarket.AU: "AU",
    TradingMarket.FUTURES_SIMULATE_HK: "HK futures",
    TradingMarket.FUTURES_SIMULATE_US: "US futures",
    TradingMarket.FUTURES_SIMULATE_SG: "SG futures",
    TradingMarket.FUTURES_SIMULATE_JP: "JP futures",
    TradingMarket.JP: "JP",
    TradingMarket.PREDICTION: "Events",
    TradingMarket.MY: "MY",
    TradingMarket.CA: "CA",
}


def status_group(status: OrderStatus) -> str:
    """OPEN, FILLED, CANCELLED or REJECTED, else empty."""
    return _GROUPS.get(status, "")


def is_open(order: OrderRow) -> bool:
    """Whether the order may still be filled."""
    return order.status in OPEN_STATUSES


def account_kind(account: AccountRow, practice: bool) -> AccountKind:
    """Whether the account's money is real, practice (real in form only) or simulated."""
    if account.environment is TradingEnvironment.SIMULATE:
        return SIMULATED
    return PRACTICE if practice else REAL


def firm_name(firm: SecurityFirm, lock: FirmLock | None = None) -> str:
    """The firm's plain name as an English source text."""
    return FIRM_NAMES.get(firm, lock.name if lock else "")


def first_account(accounts: Sequence[AccountRow]) -> AccountRow:
    """The one to begin with: one that can trade, those before simulated ones, as the list shows them."""
    simulated = TradingEnvironment.SIMULATE
    return min(accounts, key=lambda account: (account.disabled, account.environment is simulated))


def account_title(account: AccountRow, language: WindowLanguage) -> str:
    """What the account is called where its kind stands beside it: the firm, or a simulated one's own name."""
    name = firm_name(account.firm)
    if name:
        return language.text(name)
    # Labels begin with the kind: "Practice simulated: HK stocks".
    return re.split(": |：", language.text(account.label))[-1]


def account_type_word(account: AccountRow) -> str:
    """Margin, Cash or Futures; Disabled and Simulated go before it. An English source text."""
    if account.disabled:
        return "Disabled"
    if account.environment is TradingEnvironment.SIMULATE:
        return "Simulated"
    if account.is_futures:
        return "Futures"
    return "Margin" if account.account_type is AccountType.MARGIN else "Cash"


def lock_of(account: AccountRow, trading: TradingOverview) -> FirmLock | None:
    """The lock that stands before this account's orders; simulated accounts have none."""
    if account.environment is TradingEnvironment.SIMULATE:
        return None
    return next((lock for lock in trading.locks if lock.firm == account.firm), None)


def risk_word(level: int) -> tuple[str, str]:
    """Status kind and English source text of a risk level, 1 (safest) to 9."""
    if level >= 7:
        return "error", "Danger, level {level}"
    if level >= 6:
        return "warn", "Warning, level {level}"
    return "ok", "Safe, level {level}"


def masked(number: int | str) -> str:
    """An account number with its middle hidden: the first four and last four digits, of short ones the last two."""
    digits = str(number)
    return f"{digits[:4]}••••{digits[-4:]}" if len(digits) > 10 else f"{digits[:4]}••{digits[-2:]}"


def trading_source_texts() -> set[str]:
    """Every English source text of this file, for the check that translations are complete."""
    tables = (
        SIDE_WORDS,
        TYPE_WORDS,
        TIME_IN_FORCE_WORDS,
        SESSION_WORDS,
        FIRM_NAMES,
        MARKET_WORDS,
    )
    words = {word for table in tables for word in table.values()}
    words |= {word.text for word in STATUS_WORDS.values()}
    words |= {part for kind in (REAL, PRACTICE, SIMULATED) for part in kind[1:]}
    words |= {risk_word(level)[1] for level in range(1, 10)}
    words |= {currency.name for currency in Currency}
    return words | {"Disabled", "Simulated", "Sim.", "Futures", "Margin", "Cash"}
