"""Simulated traders: who places, cancels and takes orders around the fair price, from a seed.

They see the orders of users as any other; they take them, and never take them away.
"""

from __future__ import annotations

import sys
from math import ceil, floor, log
from random import Random
from typing import Final

from core.upstreams.practice.liquidity import LiquidityClass
from core.upstreams.practice.order_book import Fill, OrderBook, Side
from core.upstreams.practice.price_ticks import TickKind, next_down, next_up, round_to_tick, tick_size

VISIBLE_LEVELS: Final = 10
_SPARE_LEVELS: Final = 4  # beyond the visible ones
_TRADE_CHANCE: Final = 0.3
_CORRECTION_SHARE: Final = 0.08  # trades that follow a move of the fair price, per event
# Sizes of trades in usual ones: the smallest, the largest, and how quickly larger ones become rare.
_SMALLEST_TRADE, _LARGEST_TRADE, _TAIL = 0.42, 15.0, 1.6
TRADES_PER_EVENT: Final = _TRADE_CHANCE + _CORRECTION_SHARE
_PLACE_SHARE: Final = 0.55  # of the events that do not trade
# Where the fair price has passed users' orders, an event takes at least one part in so many of what is in its way.
_EVENTS_TO_PASS: Final = 4


class OrderFlow:
    """The traders of one security. Sizes follow the volume that the minute shall have."""

    def __init__(
        self,
        book: OrderBook,
        tick_kind: TickKind,
        lot: int,
        events_per_second: float,
        liquidity: LiquidityClass,
        levels: int = VISIBLE_LEVELS,
    ) -> None:
        """Store. `events_per_second` is the average rate while the market is open, `levels` the prices of a side."""
        self._levels = levels
        self._book = book
        self._kind = tick_kind
        self._lot = lot
        self._rate = events_per_second
        self._liquidity = liquidity
        self._lowest, self._highest = 0, sys.maxsize
        self._random = Random(0)
        self._unit = float(lot)
        self._trade_chance = _TRADE_CHANCE

    def set_limits(self, limits: tuple[int, int] | None) -> None:
        """Keep all orders from now on inside the lowest and the highest price, both included; None for no limits."""
        self._lowest, self._highest = limits or (0, sys.maxsize)

    def begin_minute(self, key: int, volume: int) -> None:
        """Start a minute with its own dice; `volume` is about what shall be traded in it."""
        self._random.seed(key)
        events = self._rate * 60
        lots = volume / self._lot
        self._unit = max(1.0, lots / (events * (_TRADE_CHANCE + _CORRECTION_SHARE))) * self._lot
        self._trade_chance = min(_TRADE_CHANCE, lots / events)

    def next_pause(self) -> float:
        """Draw the seconds until the next event."""
        return -log(1.0 - self._random.random()) / self._rate

    def fill_book(self, fair: float, *, trade: bool = True) -> list[Fill]:
        """Replace all simulated orders by fresh ones around the fair price; gives the trades with orders of users.

        With `trade` false there are none: orders that would meet a user's are left out.
        """
        self._book.clear()
        fills: list[Fill] = []
        bid, ask = self._quotes(fair)
        for side, price in ((Side.BUY, bid), (Side.SELL, ask)):
            for _ in range(self._levels + 1):
                for _ in range(1 + int(self._random.random() * self._liquidity.most_orders)):
                    size = self._resting_size()
                    if trade or not self._book.would_trade(side, price):
                        fills += self._book.place(side, price, size)[1]
                following = next_down(self._kind, price) if side is Side.BUY else next_up(self._kind, price)
                if following == price or not self._lowest <= following <= self._highest:
                    break
                price = following
        return fills

    def act(self, fair: float, *, must_trade: bool = False) -> list[Fill]:
        """Let one thing happen; gives the trades it caused."""
        book, draw = self._book, self._random.random
        bid, ask = self._quotes(fair)
        best_bid, best_ask = book.best_bid, book.best_ask
        fills: list[Fill] = []
        if best_ask is not None and best_ask <= bid:
            fills = self._correct(Side.BUY, bid)
        elif best_bid is not None and best_bid >= ask:
            fills = self._correct(Side.SELL, ask)
        elif best_ask is None or best_bid is None:
            fills = self.fill_book(fair)
        elif must_trade or draw() < self._trade_chance:
            lean = (fair - (best_bid + best_ask) / 2) / (best_ask - best_bid)
            side = Side.BUY if draw() < 0.5 + max(-0.4, min(0.4, lean)) else Side.SELL
            # Small trades are common, large ones rare and very large: a Pareto law whose average is about one unit.
            share = min(_LARGEST_TRADE, _SMALLEST_TRADE * (1.0 - draw()) ** (-1 / _TAIL))
            size = self._size(share, 0.0)
            _, fills = book.place(side, best_ask if side is Side.BUY else best_bid, size, rest=False)
        elif draw() < _PLACE_SHARE:
            fills = self._place(bid, ask)
        else:
            self._cancel()
        self._deepen(Side.BUY)
        self._deepen(Side.SELL)
        return fills

    def _quotes(self, fair: float) -> tuple[int, int]:
        """Give the highest price a patient buyer pays and the lowest a patient seller takes."""
        kind, liquidity = self._kind, self._liquidity
        ticks = tick_size(kind, int(fair)) * liquidity.half_spread_ticks
        margin = max(ticks, fair * liquidity.half_spread_points / 1e4)
        # next_down and next_up exclude the price itself, hence the steps of one unit.
        bid = next_down(kind, floor(fair - margin) + 1)
        ask = max(next_up(kind, ceil(fair + margin) - 1), next_up(kind, bid))
        if ask > self._highest:
            ask = self._highest
            bid = min(bid, next_down(kind, ask))
        if bid < self._lowest:
            bid = self._lowest
            ask = max(ask, next_up(kind, bid))
        return bid, ask

    def _resting_size(self) -> int:
        depth = self._liquidity.depth
        return self._size(0.4 * depth, 1.6 * depth)

    def _size(self, base: float, spread: float, dice: float | None = None) -> int:
        """Draw a volume of whole lots: `base` to `base + spread` units."""
        if dice is None:
            dice = self._random.random()
        return max(1, round((base + spread * dice) * self._unit / self._lot)) * self._lot

    def _correct(self, side: Side, limit: int) -> list[Fill]:
        """The fair price has passed the other side's best quotes: some are taken, some withdrawn in time.

        Orders of users are always taken: as much as other trades take, and more where much is in the way.
        """
        book = self._book
        if book.has_held_within(side, limit):
            lots = -(-book.volume_within(side, limit) // (_EVENTS_TO_PASS * self._lot))
            return book.place(side, limit, max(self._size(0.5, 2.0), lots * self._lot))[1]
        other = Side.SELL if side is Side.BUY else Side.BUY
        if self._random.random() < 0.5:
            _, fills = book.place(side, limit, self._size(0.5, 2.0))
            return fills
        while (best := book.best_ask if other is Side.SELL else book.best_bid) is not None and (
            best <= limit if other is Side.SELL else best >= limit
        ):
            order_id = book.newest_order(other, best)
            if order_id is None or (book.level_count(other) == 1 and book.level(other, 0).order_count == 1):
                break
            book.cancel(order_id)
        return []

    def _place(self, bid: int, ask: int) -> list[Fill]:
        book, draw = self._book, self._random.random
        distance = int(-log(1.0 - draw()) * 2.5)
        if draw() < 0.5:
            limit = round_to_tick(self._kind, max(1, bid - distance * tick_size(self._kind, bid)))
            if book.best_ask is not None and limit >= book.best_ask:
                limit = next_down(self._kind, book.best_ask)
                if limit >= book.best_ask:
                    return []
            _, fills = book.place(Side.BUY, max(limit, self._lowest), self._resting_size())
        else:
            limit = round_to_tick(self._kind, ask + distance * tick_size(self._kind, ask))
            if book.best_bid is not None and limit <= book.best_bid:
                limit = next_up(self._kind, book.best_bid)
            _, fills = book.place(Side.SELL, min(limit, self._highest), self._resting_size())
        return fills

    def _cancel(self) -> None:
        book, draw = self._book, self._random.random
        side = Side.BUY if draw() < 0.5 else Side.SELL
        count = book.free_level_count(side)
        if count > self._levels + _SPARE_LEVELS:
            price = book.farthest_free(side)
            assert price is not None, "a side with levels has a worst price"
            # Traders who were left far behind give up together.
            while (order_id := book.newest_order(side, price)) is not None:
                book.cancel(order_id)
            return
        level = book.level(side, int(draw() * book.level_count(side)))
        if level.order_count > 1 or count > self._levels:
            order_id = book.newest_order(side, level.price)
            if order_id is not None:
                book.cancel(order_id)

    def _deepen(self, side: Side) -> None:
        """Keep the visible depth: patient orders join behind the last price."""
        book = self._book
        if book.free_level_count(side) >= self._levels:
            return
        worst = book.farthest_free(side)
        if worst is None:
            return
        price = next_down(self._kind, worst) if side is Side.BUY else next_up(self._kind, worst)
        if price != worst and self._lowest <= price <= self._highest:
            book.place(side, price, self._resting_size())
