"""The accounts of a practice login, read from a table that people can edit, and what each of them may trade."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import Final, TypeVar

from core.model.trading import (
    AccountType,
    Currency,
    SecurityFirm,
    SimulatedAccountType,
    TradingEnvironment,
    TradingMarket,
)
from core.upstreams.practice.broker.broker_tables import BrokerTableError, Row, read_rows
from core.upstreams.practice.broker.instruments import Instrument, Product
from core.upstreams.practice.broker.records import MONEY_SCALE, AccountSpec

COLUMNS: Final = (
    "account_id",
    "environment",
    "label",
    "account_type",
    "simulated_type",
    "firm",
    "markets",
    "card_number",
    "universal_card_number",
    "status",
    "currency",
    "opening_cash",
    "abilities",
)
MAXIMUM_ACCOUNTS: Final = 50
_ABILITIES: Final = ("OPTIONS", "SHORT", "FUTURES")
_LARGEST_ID: Final = (1 << 63) - 1  # clients may use signed numbers
_LARGEST_CASH: Final = 10**12
_LONGEST_LABEL: Final = 80
_MARKETS: Final = {
    Product.US_STOCK: (TradingMarket.US,),
    Product.US_OPTION: (TradingMarket.US,),
    Product.A_SHARE: (TradingMarket.HKCC, TradingMarket.CN),
    Product.HK_FUTURE: (TradingMarket.FUTURES, TradingMarket.FUTURES_SIMULATE_HK),
}
_Name = TypeVar("_Name", bound=IntEnum)


def load_accounts(path: Path) -> tuple[AccountSpec, ...]:
    """Read the table, in its order. Raises BrokerTableError, which names the wrong line."""
    accounts: dict[int, AccountSpec] = {}
    for row in read_rows(path, COLUMNS):
        try:
            account = _account(row)
            if account.account_id in accounts:
                raise ValueError(f"account {account.account_id} is listed twice")
            if len(accounts) >= MAXIMUM_ACCOUNTS:
                raise ValueError(f"more than {MAXIMUM_ACCOUNTS} accounts")
        except ValueError as error:
            raise BrokerTableError(f"{path.name}, line {row.line}: {error}") from error
        accounts[account.account_id] = account
    return tuple(accounts.values())


def market_of(spec: AccountSpec, instrument: Instrument) -> TradingMarket | None:
    """Give the market of the account in which it trades an instrument; None when the account may not trade it.

    A simulated account trades one kind: stocks, options, both, or futures (trade.md 2).
    """
    product = instrument.product
    if product is Product.OTHER or (product is Product.HK_FUTURE) is not spec.is_futures:
        return None
    if instrument.is_option:
        if not spec.allows_options:
            return None
    elif spec.simulated_type is SimulatedAccountType.OPTION:
        return None
    return next((market for market in _MARKETS.get(product, (TradingMarket.HK,)) if market in spec.markets), None)


def _account(row: Row) -> AccountSpec:
    cells = row.cells
    environment = _named(TradingEnvironment, "environment", cells["environment"])
    is_real = environment is TradingEnvironment.REAL
    kind, firm = cells["simulated_type"], cells["firm"]
    if bool(kind) is is_real or bool(firm) is not is_real:
        raise ValueError("a REAL account has a firm, a SIMULATE account has a simulated_type, and not both")
    label = cells["label"]
    if "practice" not in label.lower() or len(label) > _LONGEST_LABEL or not label.isprintable():
        raise ValueError(f"label must say practice, in at most {_LONGEST_LABEL} characters")
    abilities = cells["abilities"].split()
    unknown = [ability for ability in abilities if ability not in _ABILITIES]
    if unknown:
        raise ValueError(f"abilities has {unknown[0]!r}, which is none of {', '.join(_ABILITIES)}")
    if cells["status"] not in ("ACTIVE", "DISABLED"):
        raise ValueError("status must be ACTIVE or DISABLED")
    markets = tuple(_named(TradingMarket, "markets", name) for name in cells["markets"].split())
    if not markets or TradingMarket.NONE in markets:
        raise ValueError("markets must name at least one market")
    return AccountSpec(
        account_id=_whole("account_id", cells["account_id"], 1, _LARGEST_ID),
        environment=environment,
        label=label,
        account_type=_named(AccountType, "account_type", cells["account_type"]),
        simulated_type=_named(SimulatedAccountType, "simulated_type", kind) if kind else SimulatedAccountType.NONE,
        firm=_named(SecurityFirm, "firm", firm) if firm else SecurityFirm.NONE,
        markets=markets,
        card_number=_digits("card_number", cells["card_number"]),
        universal_card_number=_digits("universal_card_number", cells["universal_card_number"]),
        disabled=cells["status"] == "DISABLED",
        currency=_named(Currency, "currency", cells["currency"]),
        opening_cash=_whole("opening_cash", cells["opening_cash"], 0, _LARGEST_CASH) * MONEY_SCALE,
        is_futures="FUTURES" in abilities,
        allows_options="OPTIONS" in abilities,
        allows_short="SHORT" in abilities,
    )


def _named(names: type[_Name], column: str, text: str) -> _Name:
    try:
        return names[text]
    except KeyError:
        raise ValueError(f"{column} {text!r} is none of {', '.join(names.__members__)}") from None


def _whole(column: str, text: str, minimum: int, maximum: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and minimum <= int(text) <= maximum):
        raise ValueError(f"{column} {text!r} is not a whole number between {minimum} and {maximum}")
    return int(text)


def _digits(column: str, text: str) -> str:
    if text and not (text.isascii() and text.isdigit() and len(text) == 16):
        raise ValueError(f"{column} must have 16 digits or be empty")
    return text
