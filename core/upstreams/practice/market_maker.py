"""Quotes and trades of a derived instrument: a market maker follows the model price, others take its offers.

Takes the place of OrderFlow. The market maker replaces its own orders only; everybody else's stay in the book.
"""

from __future__ import annotations

from math import ceil, floor, log
from random import Random
from typing import Final

from core.upstreams.practice.order_book import Fill, OrderBook, Side
from core.upstreams.practice.price_ticks import TickKind, next_down, next_up, tick_size

LEVELS: Final = 10
_MOST_ROUNDS: Final = 12  # trades of one minute, at most about this many


def quote_prices(kind: TickKind, fair: float, widest_margin: float) -> tuple[int, int]:
    """Give the bid and the ask of a market maker at a fair price; all are price units."""
    margin = max(tick_size(kind, int(fair)) * 0.6, min(fair * 0.004, widest_margin))
    bid = next_down(kind, floor(fair - margin) + 1)
    return bid, max(next_up(kind, ceil(fair + margin) - 1), next_up(kind, bid))


class MarketMaker:
    """The market maker of one instrument, and those who trade with it."""

    def __init__(
        self, book: OrderBook, tick_kind: TickKind, lot: int, widest_margin: float, events_per_second: float
    ) -> None:
        """Store. `widest_margin` is how far quotes may lie from the fair price, in price units."""
        self._widest = widest_margin
        self._book = book
        self._kind = tick_kind
        self._lot = lot
        self._rate = events_per_second
        self._random = Random(0)
        self._own: list[int] = []
        self._unit = lot
        self._left = 0  # of the minute's volume
        self._chance = 0.0
        self._size = lot

    def begin_day(self, volume: int) -> None:
        """Start a day of which `volume` will be traded in all; it says how large offers are."""
        self._unit = max(1, round(volume / self._lot / 400)) * self._lot

    def set_limits(self, limits: tuple[int, int] | None) -> None:
        """Derived instruments have no price limits."""

    def begin_minute(self, key: int, volume: int) -> None:
        """Start a minute with its own dice; `volume` is what shall be traded in it."""
        self._random.seed(key)
        self._left = volume
        rounds = min(_MOST_ROUNDS, max(1, self._left // self._lot))
        self._size = max(self._lot, self._left // rounds // self._lot * self._lot)
        self._chance = min(0.9, 1.6 * rounds / (self._rate * 60))

    def next_pause(self) -> float:
        """Draw the seconds until the next event."""
        return -log(1.0 - self._random.random()) / self._rate

    def fill_book(self, fair: float, *, trade: bool = True) -> list[Fill]:
        """Put up fresh quotes; gives the trades with orders of users. Contracts have no auctions to leave them out."""
        return self._quote(fair)

    def act(self, fair: float, *, must_trade: bool = False) -> list[Fill]:
        """Let one thing happen; gives the trades it caused."""
        fills = self._quote(fair)
        if must_trade or (self._left >= self._lot and self._random.random() < self._chance):
            fills += self._trade(fair)
        return fills

    def _trade(self, fair: float) -> list[Fill]:
        bid, ask = self._book.best_bid, self._book.best_ask
        if bid is None or ask is None:
            return []
        lean = (fair - (bid + ask) / 2) / (ask - bid)
        side = Side.BUY if self._random.random() < 0.5 + max(-0.4, min(0.4, lean)) else Side.SELL
        size = min(max(self._lot, self._left // self._lot * self._lot), self._size)
        _, fills = self._book.place(side, ask if side is Side.BUY else bid, size, rest=False)
        self._left -= sum(fill.volume for fill in fills)
        self._left = max(0, self._left)
        return fills

    def _quote(self, fair: float) -> list[Fill]:
        """Replace the market maker's orders; orders of others that they cross are filled."""
        book, kind = self._book, self._kind
        for order_id in self._own:
            book.cancel(order_id)
        self._own.clear()
        bid, ask = quote_prices(kind, fair, self._widest)
        fills: list[Fill] = []
        for side, price in ((Side.BUY, bid), (Side.SELL, ask)):
            for level in range(LEVELS):
                volume = self._unit * (1 + int(self._random.random() * (4 + 2 * level)))
                # The offer must be large enough for the trade that may follow.
                volume = max(volume, self._size) if level == 0 else volume
                order_id, made = book.place(side, price, volume)
                self._own.append(order_id)
                fills += made
                following = next_down(kind, price) if side is Side.BUY else next_up(kind, price)
                if following == price:
                    break
                price = following
        return fills
