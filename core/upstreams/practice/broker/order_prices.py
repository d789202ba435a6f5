"""Prices and quantities of orders: from the client's floats to legal whole units, or a clear refusal."""

from __future__ import annotations

from math import isfinite
from typing import Final

from core.model.errors import UserFacingError
from core.model.trading import TradeSide
from core.upstreams.practice.broker.order_products import Firm, Product
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, next_down, next_up, round_to_tick, tick_size
from core.upstreams.practice.securities import SecurityInfo

HIGHEST_PRICE: Final = 10**8  # eight digits before the point, as the documents say of futures
MOST_QUANTITY: Final = 10**9
_A_LOT: Final = 100
_STAR_LEAST: Final = 200
_STAR_CODES: Final = ("688", "689")
_MOST_HK_LOTS: Final = 3_000  # of one order, a rule of the exchange
_MOST_CONTRACTS: Final = 3_000
_FARTHEST_US: Final = 0.4  # from the market, as a part of its price
# The largest order: shares, and money in the product's currency.
_CAPS: Final[dict[tuple[Firm, Product], tuple[int, int]]] = {
    (Firm.FUTU_HK, Product.A_SHARE): (1_000_000, 5_000_000),
    (Firm.PAPER, Product.A_SHARE): (1_000_000, 5_000_000),
    (Firm.FUTU_HK, Product.US_STOCK): (500_000, 5_000_000),
    (Firm.PAPER, Product.US_STOCK): (500_000, 5_000_000),
    (Firm.MOOMOO_US, Product.US_STOCK): (500_000, 10_000_000),
}


def price_text(units: int) -> str:
    """Write price units as people do: without needless zeros."""
    return f"{units / PRICE_SCALE:.4f}".rstrip("0").rstrip(".")


def units_of(value: float, field: str) -> int:
    """Turn a client's price into price units. Raises UserFacingError(bad_field)."""
    if not isfinite(value) or not 0 < value <= HIGHEST_PRICE:
        raise UserFacingError("bad_field", field=field, value=value)
    # Three decimals are read, four below 1; what goes beyond is rounded.
    units = round(value * PRICE_SCALE) if value < 1 else round(value * 1_000) * (PRICE_SCALE // 1_000)
    if units < 1:
        raise UserFacingError("bad_field", field=field, value=value)
    return units


def limit_price(info: SecurityInfo, price: float, adjust_limit: float | None, *, is_future: bool = False) -> int:
    """Give the legal limit price of an order in price units.

    `adjust_limit` lets an off-tick price move, up when it is positive and down when negative, by at most that part of
    itself; futures ignore it. Raises UserFacingError(bad_field, price_tick, price_adjust).
    """
    units, kind = units_of(price, "price"), info.tick_kind
    if is_on_tick(kind, units):
        return units
    if not adjust_limit or is_future:
        raise UserFacingError("price_tick", tick=price_text(tick_size(kind, units)))
    moved = next_up(kind, units) if adjust_limit > 0 else next_down(kind, units)
    if abs(moved - units) > abs(adjust_limit) * units:
        raise UserFacingError("price_adjust", price=price_text(units), tick=price_text(tick_size(kind, units)))
    return moved


def trigger_price(info: SecurityInfo, price: float) -> int:
    """Give the trigger price in price units: surplus digits are rounded to the nearest legal price."""
    return round_to_tick(info.tick_kind, units_of(price, "auxPrice"))


def is_on_tick(kind: TickKind, units: int) -> bool:
    """Whether a price is legal."""
    return round_to_tick(kind, units) == units


def check_price_band(
    product: Product, price: int, last: int | None, limits: tuple[int, int] | None, *, is_real: bool
) -> None:
    """Raise UserFacingError(price_limits, price_far) for a limit price that the market would not take.

    `last` and the day's `limits` (None for none) in price units. Practice-real US orders must lie within 40 % of the
    market.
    """
    if limits is not None and not limits[0] <= price <= limits[1]:
        raise UserFacingError("price_limits", low=price_text(limits[0]), high=price_text(limits[1]))
    if is_real and product is Product.US_STOCK and last and abs(price - last) > last * _FARTHEST_US:
        raise UserFacingError("price_far", price=price_text(price), last=price_text(last))


def whole_quantity(quantity: float) -> int:
    """Cut a quantity to a whole number. Raises UserFacingError(bad_field)."""
    if not isfinite(quantity) or not 1 <= quantity <= MOST_QUANTITY:
        raise UserFacingError("bad_field", field="qty", value=quantity)
    return int(quantity)


def check_lots(info: SecurityInfo, product: Product, side: TradeSide, quantity: int) -> None:
    """Raise UserFacingError(odd_lot, odd_lot_star) for a quantity that is not made of whole lots.

    Mainland China sells odd lots; a STAR Market order buys at least 200 shares and then any number.
    """
    if product is Product.A_SHARE:
        if not side.buys:
            return
        if info.security.code.startswith(_STAR_CODES):
            if quantity < _STAR_LEAST:
                raise UserFacingError("odd_lot_star", quantity=quantity, least=_STAR_LEAST)
            return
        lot = _A_LOT
    elif product in (Product.HK_SECURITY, Product.OTHER_STOCK):
        lot = max(1, info.lot_size)
    else:
        return
    if quantity % lot:
        raise UserFacingError("odd_lot", quantity=quantity, lot=lot)


def check_caps(info: SecurityInfo, product: Product, firm: Firm, quantity: int, price: int) -> None:
    """Raise UserFacingError(order_cap_quantity, order_cap_amount); `price` is the limit or the market's price."""
    most = _MOST_CONTRACTS if product.is_contract else MOST_QUANTITY
    if product is Product.HK_SECURITY:
        most = _MOST_HK_LOTS * max(1, info.lot_size)
    cap = _CAPS.get((firm, product))
    if cap is not None:
        most = cap[0]
    if quantity > most:
        raise UserFacingError("order_cap_quantity", quantity=quantity, limit=most)
    if cap is not None and quantity * price > cap[1] * PRICE_SCALE:
        raise UserFacingError("order_cap_amount", limit=f"{cap[1]:,}", currency=info.currency)
