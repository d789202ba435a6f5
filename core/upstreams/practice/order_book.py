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
        # Orders that only their owner takes out: those of users, among the simulated ones.
        self._held: set[int] = set()
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

    def new_id(self) -> int:
        """Give out the next order id, for an order that comes into the book later."""
        self._last_id += 1
        return self._last_id

    def place(
        self, side: Side, price: int, volume: int, *, rest: bool = True, held_as: int | None = None
    ) -> tuple[int, list[Fill]]:
        """Match an order up to its limit price; what is left rests in the book, or is dropped when `rest` is false.

        Gives the order's id and its fills in order. Both numbers must be positive. `held_as` is the id (from `new_id`)
        of a user's order: `clear` and `newest_order` leave it alone.
        """
        if price <= 0 or volume <= 0:
            raise ValueError(f"price {price} and volume {volume} must be positive")
        if held_as is None:
            self._last_id += 1
            order_id = self._last_id
        else:
            order_id = held_as
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
            if held_as is not None:
                self._held.add(order_id)
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
        self._held.discard(order_id)
        if not level.orders:
            self._drop_price(side, price)
        return open_volume

    def reduce(self, order_id: int, volume: int) -> bool:
        """Leave `volume` of an order open, with its place in the queue; False unless that is fewer, and at least 1."""
        place = self._resting.get(order_id)
        if place is None:
            return False
        level = self._levels[place[0]][place[1]]
        if not 0 < volume < level.orders[order_id]:
            return False
        level.volume -= level.orders[order_id] - volume
        level.orders[order_id] = volume
        return True

    def open_volume(self, order_id: int) -> int:
        """Give what is open of an order, 0 when it is not in the book."""
        place = self._resting.get(order_id)
        return 0 if place is None else self._levels[place[0]][place[1]].orders[order_id]

    def volume_within(self, taker: Side, limit: int) -> int:
        """Count what a taker of that side would find up to its limit price."""
        other = Side.SELL if taker is Side.BUY else Side.BUY
        levels = self._levels[other].items()
        return sum(level.volume for price, level in levels if (price <= limit if taker is Side.BUY else price >= limit))

    def has_held_within(self, taker: Side, limit: int) -> bool:
        """Say whether a user's order stands in the way of a taker of that side, up to its limit price."""
        return bool(self._held) and any(
            side is not taker and (price <= limit if taker is Side.BUY else price >= limit)
            for side, price in (self._resting[order_id] for order_id in self._held)
        )

    def would_trade(self, side: Side, price: int) -> bool:
        """Say whether an order at that price would meet another one."""
        best = self.best_ask if side is Side.BUY else self.best_bid
        return best is not None and (best <= price if side is Side.BUY else best >= price)

    def free_level_count(self, side: Side) -> int:
        """Count the prices of one side at which not only users have orders."""
        count = len(self._prices[side])
        return count - len(self._users_own(side)) if self._held else count

    def farthest_free(self, side: Side) -> int | None:
        """Give the price farthest from the market at which not only users have orders; None for none."""
        if not self._held:
            return self.worst_price(side)
        prices, own = self._prices[side], self._users_own(side)
        return next((price for price in (prices if side is Side.BUY else reversed(prices)) if price not in own), None)

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
        """The id of the last order in the queue of a price that is no user's."""
        level = self._levels[side].get(price)
        if level is None:
            return None
        if not self._held:
            return next(reversed(level.orders))
        return next((order_id for order_id in reversed(level.orders) if order_id not in self._held), None)

    def clear(self) -> None:
        """Take all orders out but those of users, which keep their places. Order ids go on counting."""
        kept = [
            (side, price, order_id, volume)
            for side in (Side if self._held else ())
            for price, level in self._levels[side].items()
            for order_id, volume in level.orders.items()
            if order_id in self._held
        ]
        for side in Side:
            self._levels[side].clear()
            self._prices[side].clear()
        self._resting.clear()
        for side, price, order_id, volume in kept:
            self.place(side, price, volume, held_as=order_id)

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
                    if self._held:
                        self._held.discard(maker_id)
                else:
                    level.orders[maker_id] = open_volume - traded
                if not volume:
                    break
            if not level.orders:
                self._drop_price(other, price)
        return fills, volume

    def _users_own(self, side: Side) -> set[int]:
        """Give the prices of one side at which only users have orders."""
        levels = self._levels[side]
        prices = {price for found, price in (self._resting[order_id] for order_id in self._held) if found is side}
        return {price for price in prices if all(order_id in self._held for order_id in levels[price].orders)}

    def _drop_price(self, side: Side, price: int) -> None:
        del self._levels[side][price]
        prices = self._prices[side]
        del prices[bisect_left(prices, price)]
