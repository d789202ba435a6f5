"""Order types as data: which product takes which type, and which parameters a type needs."""

from __future__ import annotations

from typing import Final

from core.model.errors import UserFacingError
from core.model.trading import OrderType, TradingEnvironment
from core.upstreams.practice.broker.order_products import Product

_T: Final = OrderType

SLICED: Final = frozenset({_T.TWAP_MARKET, _T.TWAP_LIMIT, _T.VWAP_MARKET, _T.VWAP_LIMIT})
"""Shown in lists of the official system; no API can place them."""

CONDITIONAL: Final = frozenset(
    {
        _T.STOP,
        _T.STOP_LIMIT,
        _T.MARKET_IF_TOUCHED,
        _T.LIMIT_IF_TOUCHED,
        _T.TRAILING_STOP,
        _T.TRAILING_STOP_LIMIT,
    }
)
TRAILING: Final = frozenset({_T.TRAILING_STOP, _T.TRAILING_STOP_LIMIT})
TRIGGERED_AT_PRICE: Final = CONDITIONAL - TRAILING
AUCTIONS: Final = frozenset({_T.AUCTION, _T.AUCTION_LIMIT})
NEEDS_PRICE: Final = frozenset(
    {
        _T.NORMAL,
        _T.AUCTION_LIMIT,
        _T.ABSOLUTE_LIMIT,
        _T.SPECIAL_LIMIT,
        _T.SPECIAL_LIMIT_ALL,
        _T.STOP_LIMIT,
        _T.LIMIT_IF_TOUCHED,
    }
)
LIMITED: Final = NEEDS_PRICE | {_T.TRAILING_STOP_LIMIT}
"""What is sent to the exchange has a limit price."""

AT_ONCE: Final = frozenset({_T.SPECIAL_LIMIT, _T.SPECIAL_LIMIT_ALL, _T.ABSOLUTE_LIMIT})
"""With a limit, but nothing of them rests in the book."""

DAY_ONLY: Final = AUCTIONS | AT_ONCE

_PLAIN: Final = frozenset({_T.NORMAL, _T.MARKET})
_LIMITED_TRIGGERS: Final = frozenset({_T.STOP_LIMIT, _T.LIMIT_IF_TOUCHED, _T.TRAILING_STOP_LIMIT})
_TYPES: Final[dict[Product, frozenset[OrderType]]] = {
    Product.HK_SECURITY: _PLAIN | AUCTIONS | AT_ONCE | CONDITIONAL,
    Product.HK_OPTION: frozenset({_T.NORMAL}) | _LIMITED_TRIGGERS,
    Product.HK_FUTURE: _PLAIN | {_T.AUCTION} | CONDITIONAL,
    Product.US_STOCK: _PLAIN | CONDITIONAL,
    Product.US_OPTION: _PLAIN | CONDITIONAL,
    Product.A_SHARE: frozenset({_T.NORMAL}) | _LIMITED_TRIGGERS,
    Product.OTHER_STOCK: _PLAIN,
}
_NAMES: Final[dict[OrderType, str]] = {
    _T.NORMAL: "limit",
    _T.MARKET: "market",
    _T.ABSOLUTE_LIMIT: "absolute limit",
    _T.AUCTION: "auction",
    _T.AUCTION_LIMIT: "auction limit",
    _T.SPECIAL_LIMIT: "special limit",
    _T.SPECIAL_LIMIT_ALL: "all-or-nothing special limit",
    _T.STOP: "stop",
    _T.STOP_LIMIT: "stop limit",
    _T.MARKET_IF_TOUCHED: "market if touched",
    _T.LIMIT_IF_TOUCHED: "limit if touched",
    _T.TRAILING_STOP: "trailing stop",
    _T.TRAILING_STOP_LIMIT: "trailing stop limit",
    _T.TWAP_MARKET: "TWAP market",
    _T.TWAP_LIMIT: "TWAP limit",
    _T.VWAP_MARKET: "VWAP market",
    _T.VWAP_LIMIT: "VWAP limit",
}
TYPE_NAMES: Final = _NAMES
"""English source texts."""


def types_of(product: Product, environment: TradingEnvironment, *, strict_paper: bool = False) -> frozenset[OrderType]:
    """Give the order types a product takes; simulated accounts take limit and market orders of everything."""
    if environment is TradingEnvironment.REAL:
        return _TYPES[product]
    return _PLAIN if strict_paper else _TYPES[product] | _PLAIN


def check_type(
    order_type: OrderType, product: Product, environment: TradingEnvironment, *, strict_paper: bool = False
) -> None:
    """Raise UserFacingError(order_type_listed_only, order_type_paper, order_type_product)."""
    if order_type in SLICED:
        raise UserFacingError("order_type_listed_only", type=_NAMES[order_type])
    if order_type in types_of(product, environment, strict_paper=strict_paper):
        return
    if strict_paper and environment is TradingEnvironment.SIMULATE:
        raise UserFacingError("order_type_paper", type=_NAMES[order_type])
    raise UserFacingError("order_type_product", type=_NAMES[order_type], product=product.value)
