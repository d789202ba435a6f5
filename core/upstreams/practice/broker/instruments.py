"""What the broker knows of a security: which fees and margins it has, what it stands for, and where it trades."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from core.model.security import HK, US, Security
from core.model.trading import Currency
from core.upstreams.practice.broker.currencies import currency_of
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.contracts import Contract, FutureContract, OptionContract, WarrantContract
from core.upstreams.practice.option_pricing import CALL
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import ETF, STOCK, SecurityInfo

_LETTERS: Final = re.compile(r"[A-Z.]+")


class Product(Enum):
    """Kinds of instruments as fee schedules and margin tables tell them apart. OTHER cannot be traded."""

    HK_STOCK = "HK_STOCK"
    HK_ETF = "HK_ETF"
    HK_WARRANT = "HK_WARRANT"
    HK_OPTION = "HK_OPTION"
    HK_INDEX_OPTION = "HK_INDEX_OPTION"
    HK_FUTURE = "HK_FUTURE"
    US_STOCK = "US_STOCK"
    US_OPTION = "US_OPTION"
    A_SHARE = "A_SHARE"
    OTHER = "OTHER"


OPTION_PRODUCTS: Final = frozenset({Product.HK_OPTION, Product.HK_INDEX_OPTION, Product.US_OPTION})


@dataclass(frozen=True, slots=True)
class Instrument:
    """One security as the broker sees it. Prices are price units; days ordinals.

    `root` is the letters a contract's code begins with. `owner` is the underlying, the security itself for what has
    none. `multiplier` is money per price and unit. `strike`, `is_call` and `is_index` are of options and warrants,
    `conversion_ratio` (instruments for one share) and `recovery` of warrants. `last_day` is 0 for what never expires.
    `daily_turnover` (money) picks the margin class, `shares` the simulated short pool.
    """

    security: Security
    product: Product
    currency: Currency
    lot_size: int
    multiplier: int
    root: str
    owner: Security
    daily_turnover: float = 0.0
    shares: int = 0
    strike: int = 0
    is_call: bool = False
    is_index: bool = False
    conversion_ratio: float = 1.0
    recovery: int = 0
    last_day: int = 0

    @property
    def is_option(self) -> bool:
        """Whether it is an option (warrants are not)."""
        return self.product in OPTION_PRODUCTS

    @property
    def is_future(self) -> bool:
        """Whether it is a future."""
        return self.product is Product.HK_FUTURE

    @property
    def is_plain(self) -> bool:
        """Whether it is neither: its margin is a part of its value."""
        return not (self.is_option or self.is_future)


class PriceSource(Protocol):
    """What the money side asks of the market."""

    def instrument(self, security: Security) -> Instrument | None:
        """Describe a security; None when it is not known (any more)."""

    def last(self, security: Security) -> int:
        """Give the last price in price units; 0 when there is none."""

    def previous_close(self, security: Security) -> int:
        """Give the close before the current trading day, adjusted as it counts today; 0 when there is none."""

    def today(self, security: Security) -> int:
        """Give the current trading day of the security's market."""


def instrument_of(info: SecurityInfo, contract: Contract | None = None) -> Instrument:
    """Describe a security of the practice exchange; `contract` belongs to options, futures and warrants."""
    security = info.security
    letters = _LETTERS.match(security.code)
    root = letters.group() if letters else ""
    currency = currency_of(info.currency)
    lot = max(1, info.lot_size)
    if isinstance(contract, OptionContract):
        is_index = bool(contract.index_type) or contract.owner.code.startswith(".")
        product = Product.US_OPTION
        if security.market == HK:
            product = Product.HK_INDEX_OPTION if is_index else Product.HK_OPTION
        return Instrument(
            security, product, currency, 1, contract.multiplier, root, contract.owner,
            strike=round(contract.strike * PRICE_SCALE), is_call=contract.kind == CALL, is_index=is_index,
            last_day=contract.last_day,
        )  # fmt: skip
    if isinstance(contract, FutureContract):
        return Instrument(
            security, Product.HK_FUTURE, currency, 1, contract.multiplier, contract.root, contract.owner,
            is_index=True, last_day=contract.last_day,
        )  # fmt: skip
    if isinstance(contract, WarrantContract):
        bear = contract.kind.name in ("PUT", "BEAR")
        return Instrument(
            security, Product.HK_WARRANT, currency, lot, 1, "", contract.owner,
            strike=round(contract.strike * PRICE_SCALE), is_call=not bear,
            conversion_ratio=contract.conversion_ratio, recovery=round(contract.recovery * PRICE_SCALE),
            last_day=contract.last_day,
        )  # fmt: skip
    return Instrument(
        security, _product(info), currency, lot, 1, "", security,
        daily_turnover=info.daily_turnover, shares=info.shares_outstanding,
    )  # fmt: skip


def _product(info: SecurityInfo) -> Product:
    if info.security_type not in (STOCK, ETF):
        return Product.OTHER
    if info.group is MarketGroup.CN:
        return Product.A_SHARE
    if info.security.market == US:
        return Product.US_STOCK
    if info.security.market == HK:
        return Product.HK_ETF if info.security_type == ETF else Product.HK_STOCK
    return Product.OTHER
