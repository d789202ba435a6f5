"""Orders that wait for a price: when they are triggered, how trailing ones follow the market, what is sent then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from core.model.trading import OrderType, TrailType
from core.upstreams.practice.broker.order_types import CONDITIONAL, TRAILING
from core.upstreams.practice.broker.records import OrderRecord
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, round_to_tick

_STOPS: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
_PERCENT: Final = 100


def waits_for_price(order: OrderRecord) -> bool:
    """Whether an order waits for its trigger (or did, when it ended)."""
    return order.order_type in CONDITIONAL and not order.triggered


def trigger_of(order: OrderRecord) -> int:
    """Give the price at which an order is triggered, in price units; of a trailing one as it stands now."""
    if order.order_type not in TRAILING:
        return order.aux_price
    distance = order.trail_value
    if order.trail_type is TrailType.RATIO:
        distance = round(order.trail_peak * order.trail_value / (_PERCENT * PRICE_SCALE))
    return order.trail_peak + distance if order.side.buys else max(1, order.trail_peak - distance)


def follow(order: OrderRecord, prices: Iterable[int]) -> OrderRecord:
    """Let an order see prices in their order, up to the one that triggers it.

    Gives the order itself when nothing changed. The price of a trailing order follows the best price so far.
    """
    peak, seen = order.trail_peak, order
    for price in prices:
        if order.order_type in TRAILING:
            best = price if not peak else min(peak, price) if order.side.buys else max(peak, price)
            if best != peak:
                peak = best
                seen = replace(order, trail_peak=peak)
        if is_reached(seen, price):
            return replace(seen, triggered=True)
    return seen


def is_reached(order: OrderRecord, price: int) -> bool:
    """Say whether a last price triggers an order: stops away from the better price, touched types towards it."""
    trigger = trigger_of(order)
    if order.order_type in _STOPS or order.order_type in TRAILING:
        return price >= trigger if order.side.buys else price <= trigger
    return price <= trigger if order.side.buys else price >= trigger


def sent_price(order: OrderRecord, kind: TickKind) -> int | None:
    """Give the limit of what is sent to the exchange when the order is triggered; None for a market order."""
    if order.order_type in (OrderType.STOP, OrderType.MARKET_IF_TOUCHED, OrderType.TRAILING_STOP):
        return None
    if order.order_type is not OrderType.TRAILING_STOP_LIMIT:
        return order.price
    spread = order.trail_spread if order.side.buys else -order.trail_spread
    return round_to_tick(kind, max(1, trigger_of(order) + spread))
