"""What kind of product an order is for: the rules of order types, operations, hours and caps go by it."""

from __future__ import annotations

from enum import Enum
from typing import Final

from core.model.trading import SecurityFirm, SimulatedAccountType, TradingEnvironment, TradingMarket
from core.upstreams.practice.broker.records import AccountSpec
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.contracts import FUTURE, OPTION
from core.upstreams.practice.securities import ETF, STOCK, SecurityInfo


class Product(Enum):
    """Products as the tables of the trade documents tell them apart; the values are English source texts."""

    HK_SECURITY = "Hong Kong securities"
    HK_OPTION = "Hong Kong options"
    HK_FUTURE = "Hong Kong futures"
    US_STOCK = "US stocks"
    US_OPTION = "US options"
    A_SHARE = "A shares"
    OTHER_STOCK = "stocks of other markets"

    @property
    def is_option(self) -> bool:
        """Whether it is an option."""
        return self in (Product.HK_OPTION, Product.US_OPTION)

    @property
    def is_contract(self) -> bool:
        """Whether it is traded in contracts: an option or a future."""
        return self.is_option or self is Product.HK_FUTURE


class Firm(Enum):
    """Columns of the tables that differ by firm; simulated accounts are one of them."""

    PAPER = "paper"
    FUTU_HK = "FutuHK"
    MOOMOO_US = "moomoo US"


_OTHER_MARKETS: Final = {
    MarketGroup.SG: TradingMarket.SG,
    MarketGroup.JP: TradingMarket.JP,
    MarketGroup.AU: TradingMarket.AU,
    MarketGroup.MY: TradingMarket.MY,
    MarketGroup.CA: TradingMarket.CA,
}


def product_of(info: SecurityInfo) -> Product:
    """Give the product that a tradable security is; crypto pairs are told apart before."""
    if info.group is MarketGroup.HK:
        if info.security_type == FUTURE:
            return Product.HK_FUTURE
        return Product.HK_OPTION if info.security_type == OPTION else Product.HK_SECURITY
    if info.group is MarketGroup.US:
        return Product.US_OPTION if info.security_type == OPTION else Product.US_STOCK
    return Product.A_SHARE if info.group is MarketGroup.CN else Product.OTHER_STOCK


def firm_of(account: AccountSpec) -> Firm:
    """Give the column of an account."""
    if account.environment is TradingEnvironment.SIMULATE:
        return Firm.PAPER
    return Firm.MOOMOO_US if account.firm is SecurityFirm.MOOMOO_US else Firm.FUTU_HK


def trading_market(account: AccountSpec, info: SecurityInfo) -> TradingMarket:
    """Give the TrdMarket under which an account trades a security, NONE where it does not."""
    market = _market_of(account, product_of(info), info)
    return market if market in account.markets and _takes(account, product_of(info)) else TradingMarket.NONE


def has_auctions(info: SecurityInfo) -> bool:
    """Whether the practice exchange holds call auctions for a security."""
    return info.security_type in (STOCK, ETF)


def _market_of(account: AccountSpec, product: Product, info: SecurityInfo) -> TradingMarket:
    simulated = account.environment is TradingEnvironment.SIMULATE
    if product is Product.HK_FUTURE:
        return TradingMarket.FUTURES_SIMULATE_HK if simulated else TradingMarket.FUTURES
    if product in (Product.HK_SECURITY, Product.HK_OPTION):
        return TradingMarket.HK
    if product in (Product.US_STOCK, Product.US_OPTION):
        return TradingMarket.US
    if product is Product.A_SHARE:
        return TradingMarket.CN if simulated else TradingMarket.HKCC
    return _OTHER_MARKETS.get(info.group, TradingMarket.NONE)


def _takes(account: AccountSpec, product: Product) -> bool:
    """Whether the account is of the kind that trades a product."""
    if account.is_futures is not (product is Product.HK_FUTURE):
        return False
    if product.is_option:
        return account.allows_options
    return account.simulated_type is not SimulatedAccountType.OPTION
