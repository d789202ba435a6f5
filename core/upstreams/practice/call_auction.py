"""Call auctions: orders are collected, then matched at one price.

The price executes the largest volume. Where several prices do, the one with the smallest imbalance is taken, then the
one nearest to the reference price, then the higher one. Simulated and users' orders meet in one CallAuction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from random import Random
from typing import Final, NamedTuple

from core.upstreams.practice.order_book import LevelView, Side
from core.upstreams.practice.price_ticks import TickKind, round_to_tick, tick_size

ORDERS: Final = 40  # of each side in a simulated auction
_WIDTH: Final = 0.0025  # how far simulated orders lie from the expected price, as a part of it
_SPREAD_OF_SIZES: Final = 3.0
_EAGERNESS: Final = 0.8  # below 1 more orders come late


class AuctionOrder(NamedTuple):
    """An order of an auction; `price` is its limit in price units, None for an order at any price."""

    side: Side
    price: int | None
    volume: int


class AuctionResult(NamedTuple):
    """The price of an auction, the volume traded at it, and what buyers wanted beyond that (negative: sellers)."""

    price: int
    volume: int
    imbalance: int


class AuctionFill(NamedTuple):
    """What one order traded."""

    order_id: int
    price: int
    volume: int


class AuctionMatch(NamedTuple):
    """The end of an auction. `left` is what was not traded, by order id; the result is None when no orders met."""

    result: AuctionResult | None
    fills: tuple[AuctionFill, ...]
    left: dict[int, AuctionOrder]


def uncross(orders: Iterable[AuctionOrder], reference: int) -> AuctionResult | None:
    """Find the price of an auction, the limit of some order; None when no order meets another.

    Where all orders are at any price the reference price is taken.
    """
    best: tuple[tuple[int, int, int, int], AuctionResult] | None = None
    buys: list[tuple[float, int]] = []
    sells: list[tuple[float, int]] = []
    prices: set[int] = set()
    for side, limit, volume in orders:
        if limit is not None:
            prices.add(limit)
        if side is Side.BUY:
            buys.append((inf if limit is None else limit, volume))
        else:
            sells.append((-inf if limit is None else limit, volume))
    buys.sort()
    sells.sort()
    demand, supply = sum(volume for _, volume in buys), 0
    next_buy = next_sell = 0
    for price in sorted(prices) or [reference]:
        # Buyers whose limit is below the price are out; sellers whose limit is at or below it are in.
        while next_buy < len(buys) and buys[next_buy][0] < price:
            demand -= buys[next_buy][1]
            next_buy += 1
        while next_sell < len(sells) and sells[next_sell][0] <= price:
            supply += sells[next_sell][1]
            next_sell += 1
        volume = min(demand, supply)
        rank = (volume, -abs(demand - supply), -abs(price - reference), price)
        if volume and (best is None or rank > best[0]):
            best = rank, AuctionResult(price, volume, demand - supply)
    return None if best is None else best[1]


class CallAuction:
    """The orders of one auction while they are collected. Times are Unix seconds, prices price units."""

    def __init__(self, reference: int, *, begins: float, cancels_until: float, matches_at: float) -> None:
        """Store. `reference` decides between equally good prices; orders may be cancelled before `cancels_until`."""
        self.reference = reference
        self.begins = begins
        self.cancels_until = cancels_until
        self.matches_at = matches_at
        self._orders: dict[int, AuctionOrder] = {}  # by id, oldest first
        self._last_id = 0
        self._indicative: AuctionResult | None = None
        self._is_stale = False

    def place(self, order: AuctionOrder) -> int:
        """Let an order join; gives its id in this auction. ValueError unless price and volume are positive."""
        if order.volume <= 0 or (order.price is not None and order.price <= 0):
            raise ValueError(f"price {order.price} and volume {order.volume} must be positive")
        self._last_id += 1
        self._orders[self._last_id] = order
        self._is_stale = True
        return self._last_id

    def cancel(self, order_id: int, at: float) -> int:
        """Take an order out; gives its volume, 0 when it is not there or no order can be cancelled any more."""
        if at >= self.cancels_until or order_id not in self._orders:
            return 0
        self._is_stale = True
        return self._orders.pop(order_id).volume

    @property
    def indicative(self) -> AuctionResult | None:
        """What the auction would give if it was matched now."""
        if self._is_stale:
            self._indicative = uncross(self._orders.values(), self.reference)
            self._is_stale = False
        return self._indicative

    def levels(self, side: Side, depth: int) -> list[LevelView]:
        """Show the collected orders like a book, the best price first.

        Orders that could trade at the indicative price are shown at it, so both sides begin with the same price.
        """
        return [
            LevelView(price, sum(order.volume for _, order in orders), len(orders))
            for price, orders in self._by_price(side)[:depth]
        ]

    def orders(self, side: Side, depth: int, limit: int) -> list[tuple[int, int, int]]:
        """List up to `limit` orders of the best `depth` prices as (position from 1, id, volume), as OrderBook does."""
        found = [
            (position, order_id, order.volume)
            for position, (_, orders) in enumerate(self._by_price(side)[:depth], start=1)
            for order_id, order in orders
        ]
        return found[:limit]

    def match(self) -> AuctionMatch:
        """Match all orders: those at any price first, then by price, then by time."""
        result = self.indicative
        left = dict(self._orders)
        if result is None:
            return AuctionMatch(None, (), left)
        fills = []
        for side in Side:
            open_volume = result.volume
            for order_id, order in self._by_priority(side):
                if not open_volume or not _trades_at(order, result.price):
                    break
                traded = min(order.volume, open_volume)
                open_volume -= traded
                fills.append(AuctionFill(order_id, result.price, traded))
                del left[order_id]
                if traded < order.volume:
                    left[order_id] = order._replace(volume=order.volume - traded)
        return AuctionMatch(result, tuple(fills), left)

    def _by_priority(self, side: Side) -> list[tuple[int, AuctionOrder]]:
        sign = -1 if side is Side.BUY else 1

        def rank(item: tuple[int, AuctionOrder]) -> tuple[float, int]:
            order_id, order = item
            return (-inf if order.price is None else sign * order.price), order_id

        return sorted((item for item in self._orders.items() if item[1].side is side), key=rank)

    def _by_price(self, side: Side) -> list[tuple[int, list[tuple[int, AuctionOrder]]]]:
        """Group one side's orders by the price they are shown at, the best first."""
        result = self.indicative
        price = self.reference if result is None else result.price
        groups: dict[int, list[tuple[int, AuctionOrder]]] = {}
        for order_id, order in self._by_priority(side):
            shown = price if order.price is None or (result and _trades_at(order, price)) else order.price
            groups.setdefault(shown, []).append((order_id, order))
        return sorted(groups.items(), reverse=side is Side.BUY)


def _trades_at(order: AuctionOrder, price: int) -> bool:
    if order.price is None:
        return True
    return order.price >= price if order.side is Side.BUY else order.price <= price


def simulated_orders(
    dice: int, kind: TickKind, lot: int, expected: float, volume: int, limits: tuple[int, int] | None
) -> list[AuctionOrder]:
    """Draw the orders of an auction from a seed: about `volume` shares meet near the expected price (price units)."""
    random = Random(dice)
    lowest, highest = limits or (1, round(expected * 4))
    width = max(_WIDTH * expected, 2.0 * tick_size(kind, round(expected)))
    # Somewhat more than half of all orders meet another one.
    unit = max(1.0, volume / lot / (ORDERS * 0.6) / ((1 + _SPREAD_OF_SIZES) / 2))
    orders = []
    for number in range(2 * ORDERS):
        side = Side.BUY if number % 2 else Side.SELL
        price = round_to_tick(kind, max(1, round(random.gauss(expected, width))))
        size = max(1, round(unit * random.uniform(1.0, _SPREAD_OF_SIZES))) * lot
        orders.append(AuctionOrder(side, min(highest, max(lowest, price)), size))
    return orders


def arrival_times(dice: int, count: int, begins: float, until: float) -> Sequence[float]:
    """Draw when so many orders arrive, in rising order, between two moments."""
    random = Random(dice ^ count)
    return sorted(begins + (until - begins) * random.random() ** _EAGERNESS for _ in range(count))
