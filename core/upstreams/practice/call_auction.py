"""Call auctions: orders are collected, then matched at one price.

The price executes the largest volume. Where several prices do, the one with the smallest imbalance is taken, then the
one nearest to the reference price, then the higher one. Whose orders are executed is decided by price and time: orders
at any price first, then the better prices, and among equals the earlier ones.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final, NamedTuple

from core.upstreams.practice.order_book import LevelView, Side
from core.upstreams.practice.price_ticks import TickKind, round_to_tick, tick_size

ORDERS: Final = 40  # of each side in a simulated auction
_WIDTH: Final = 0.0025  # how far simulated orders lie from the expected price, as a part of it
_SPREAD_OF_SIZES: Final = 3.0
_EAGERNESS: Final = 0.8  # below 1 more orders come late
_SIMULATED_IDS: Final = 1 << 40  # ids of orders that are in no book


ANY_PRICE: Final = 0


class AuctionOrder(NamedTuple):
    """An order of an auction; `price` is its limit in price units, or ANY_PRICE.

    `order_id` is that of a user's order in the book of its security, 0 for a simulated order.
    """

    side: Side
    price: int
    volume: int
    order_id: int = 0


class AuctionMatch(NamedTuple):
    """What a buyer and a seller of an auction trade with each other; the numbers are places in the list of orders."""

    buyer: int
    seller: int
    volume: int


class AuctionResult(NamedTuple):
    """The price of an auction, the volume traded at it, and what buyers wanted beyond that (negative: sellers)."""

    price: int
    volume: int
    imbalance: int


def uncross(orders: Sequence[AuctionOrder], reference: int) -> AuctionResult | None:
    """Find the price of an auction; None when no order meets another.

    It is the limit of some order, or the reference price where no order has a limit.
    """
    best: tuple[tuple[int, int, int, int], AuctionResult] | None = None
    buys = sorted((order.price or sys.maxsize, order.volume) for order in orders if order.side is Side.BUY)
    sells = sorted((order.price, order.volume) for order in orders if order.side is Side.SELL)
    demand, supply = sum(volume for _, volume in buys), 0
    next_buy = next_sell = 0
    for price in sorted({order.price for order in orders if order.price != ANY_PRICE} or {reference}):
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


def matches(orders: Sequence[AuctionOrder], result: AuctionResult) -> Iterator[AuctionMatch]:
    """Say who trades with whom; `orders` in the order of their arrival. The volumes add up to that of the result."""

    def queue(side: Side) -> list[int]:
        sign = -1 if side is Side.BUY else 1
        limits = {
            number: sys.maxsize if order.price == ANY_PRICE else -sign * order.price
            for number, order in enumerate(orders)
            if order.side is side
        }
        allowed = -sign * result.price
        found = [number for number, limit in limits.items() if limit >= allowed]
        return sorted(found, key=lambda number: -limits[number])

    buyers, sellers = queue(Side.BUY), queue(Side.SELL)
    left = [order.volume for order in orders]
    buyer = seller = 0
    while buyer < len(buyers) and seller < len(sellers):
        bought, sold = buyers[buyer], sellers[seller]
        volume = min(left[bought], left[sold])
        yield AuctionMatch(bought, sold, volume)
        left[bought] -= volume
        left[sold] -= volume
        buyer += not left[bought]
        seller += not left[sold]


class CallAuction:
    """The orders of one auction while they are collected. Prices are price units."""

    def __init__(
        self,
        reference: int,
        matches_at: float,
        join: Callable[[Sequence[AuctionOrder]], Sequence[AuctionOrder]],
    ) -> None:
        """Store. `reference` decides between equally good prices, `matches_at` is in Unix seconds.

        `join` adds users' orders to the simulated ones and gives all by arrival; asked at every look.
        """
        self.matches_at = matches_at
        self._reference = reference
        self._join = join
        self._simulated: list[AuctionOrder] = []

    def add(self, order: AuctionOrder) -> None:
        """Let a simulated order arrive."""
        self._simulated.append(order)

    @property
    def orders(self) -> Sequence[AuctionOrder]:
        """All orders by arrival."""
        return self._join(self._simulated)

    @property
    def indicative(self) -> AuctionResult | None:
        """What the auction would give if it was matched now."""
        return uncross(self.orders, self._reference)

    def levels(self, side: Side, depth: int) -> list[LevelView]:
        """Show the collected orders like a book, the best price first.

        Orders that could trade at the indicative price are shown at it, so both sides begin with the same price.
        """
        return [
            LevelView(price, sum(volume for _, volume in orders), len(orders))
            for price, orders in self._by_price(side)[:depth]
        ]

    def queue(self, side: Side, depth: int, limit: int) -> list[tuple[int, int, int]]:
        """List up to `limit` orders of the best `depth` prices as (position from 1, id, volume), as OrderBook does."""
        found = [
            (position, order_id, volume)
            for position, (_, orders) in enumerate(self._by_price(side)[:depth], start=1)
            for order_id, volume in orders
        ]
        return found[:limit]

    def _by_price(self, side: Side) -> list[tuple[int, list[tuple[int, int]]]]:
        """Group one side's orders (id and volume) by the price they are shown at, the best first."""
        orders = self.orders
        result = uncross(orders, self._reference)
        price = self._reference if result is None else result.price
        groups: dict[int, list[tuple[int, int]]] = {}
        for number, order in enumerate(orders):
            if order.side is side:
                crosses = order.price >= price if side is Side.BUY else order.price <= price
                shown = price if order.price == ANY_PRICE or (result is not None and crosses) else order.price
                groups.setdefault(shown, []).append((order.order_id or _SIMULATED_IDS | number, order.volume))
        return sorted(groups.items(), reverse=side is Side.BUY)


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
