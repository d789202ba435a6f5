"""An order book with price-time priority. Prices are whole price units, volumes whole shares."""

from __future__ import annotations

from bisect import bisect_left, insort
from enum import IntEnum
from typing import NamedTuple


class Side(IntEnum):
    """Which side of the book; the numbers of the public schema's ticker direction for a taker of that side."""

    BUY = 1
    SELL = 2


class Fill(NamedTuple):
    """One trade between a resting order and an arriving one, at the resting order's price."""

    price: int
    volume: int
    maker_id: int
    taker_id: int
    taker_side: Side


class LevelView(NamedTuple):
    """What is visible of one price: the volume of all orders there and how many there are."""

    price: int
    volume: int
    order_count: int


class _Level:
    __slots__ = ("orders", "volume")

    def __init__(self) -> None:
        self.orders: dict[int, int] = {}  # id -> open volume, oldest first
        self.volume = 0


class OrderBook:
    """Resting orders of one security. The best bid is always below the best ask."""

    def __init__(self) -> None:
        self._levels: dict[Side, dict[int, _Level]] = {Side.BUY: {}, Side.SELL: {}}
        # Prices of each side in rising order: the best bid is the last, the best ask the first.
        self._prices: dict[Side, list[int]] = {Side.BUY: [], Side.SELL: []}
        self._resting: dict[int, tuple[Side, int]] = {}
        self._last_id = 0

    @property
    def best_bid(self) -> int | None:
        """The highest price somebody pays."""
        prices = self._prices[Side.BUY]
        return prices[-1] if prices else None

    @property
    def best_ask(self) -> int | None:
        """The lowest price somebody sells at."""
        prices = self._prices[Side.SELL]
        return prices[0] if prices else None

    def level_count(self, side: Side) -> int:
        """Count the prices of one side."""
        return len(self._prices[side])

    def worst_price(self, side: Side) -> int | None:
        """The price of one side that is farthest from the market."""
        prices = self._prices[side]
        if not prices:
            return None
        return prices[0] if side is Side.BUY else prices[-1]

    def levels(self, side: Side, depth: int) -> list[LevelView]:
        """List up to `depth` prices of one side, the best first."""
        prices = self._prices[side]
        chosen = prices[: -depth - 1 : -1] if side is Side.BUY else prices[:depth]
        levels = self._levels[side]
        found = ((price, levels[price]) for price in chosen)
        return [LevelView(price, level.volume, len(level.orders)) for price, level in found]

    def level(self, side: Side, index: int) -> LevelView:
        """Give one price of one side, 0 for the best. IndexError when there are fewer."""
        prices = self._prices[side]
        price = prices[-1 - index] if side is Side.BUY else prices[index]
        level = self._levels[side][price]
        return LevelView(price, level.volume, len(level.orders))

    def place(self, side: Side, price: int, volume: int, *, rest: bool = True) -> tuple[int, list[Fill]]:
        """Match an order up to its limit price; what is left rests in the book, or is dropped when `rest` is false.

        Gives the order's id and its fills in order. Both numbers must be positive.
        """
        if price <= 0 or volume <= 0:
            raise ValueError(f"price {price} and volume {volume} must be positive")
        self._last_id += 1
        order_id = self._last_id
        fills, left = self._match(order_id, side, price, volume)
        if left and rest:
            levels = self._levels[side]
            level = levels.get(price)
            if level is None:
                level = levels[price] = _Level()
                insort(self._prices[side], price)
            level.orders[order_id] = left
            level.volume += left
            self._resting[order_id] = (side, price)
        return order_id, fills

    def cancel(self, order_id: int) -> int:
        """Take an order out; gives the volume that was still open, 0 when it is not in the book."""
        place = self._resting.pop(order_id, None)
        if place is None:
            return 0
        side, price = place
        level = self._levels[side][price]
        open_volume = level.orders.pop(order_id)
        level.volume -= open_volume
        if not level.orders:
            self._drop_price(side, price)
        return open_volume

    def orders(self, side: Side, depth: int, limit: int) -> list[tuple[int, int, int]]:
        """List up to `limit` orders of the best `depth` prices as (position from 1, id, volume), in queue order."""
        found: list[tuple[int, int, int]] = []
        prices = self._prices[side]
        levels = self._levels[side]
        for position, price in enumerate(prices[: -depth - 1 : -1] if side is Side.BUY else prices[:depth], start=1):
            for order_id, volume in levels[price].orders.items():
                if len(found) == limit:
                    return found
                found.append((position, order_id, volume))
        return found

    def newest_order(self, side: Side, price: int) -> int | None:
        """The id of the last order in the queue of a price."""
        level = self._levels[side].get(price)
        return next(reversed(level.orders)) if level else None

    def clear(self) -> None:
        """Take all orders out. Order ids go on counting."""
        for side in Side:
            self._levels[side].clear()
            self._prices[side].clear()
        self._resting.clear()

    def _match(self, taker_id: int, side: Side, limit: int, volume: int) -> tuple[list[Fill], int]:
        fills: list[Fill] = []
        other = Side.SELL if side is Side.BUY else Side.BUY
        prices, levels = self._prices[other], self._levels[other]
        while volume and prices:
            price = prices[0] if side is Side.BUY else prices[-1]
            if (price > limit) if side is Side.BUY else (price < limit):
                break
            level = levels[price]
            for maker_id, open_volume in list(level.orders.items()):
                traded = min(open_volume, volume)
                fills.append(Fill(price, traded, maker_id, taker_id, side))
                volume -= traded
                level.volume -= traded
                if traded == open_volume:
                    del level.orders[maker_id]
                    del self._resting[maker_id]
                else:
                    level.orders[maker_id] = open_volume - traded
                if not volume:
                    break
            if not level.orders:
                self._drop_price(other, price)
        return fills, volume

    def _drop_price(self, side: Side, price: int) -> None:
        del self._levels[side][price]
        prices = self._prices[side]
        del prices[bisect_left(prices, price)]
