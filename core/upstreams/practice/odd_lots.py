"""The odd-lot book of Hong Kong: less than a board lot, at prices a little worse than those of whole lots.

It is quoted, not traded: a few resting orders that follow from the seed, the minute and the best whole-lot prices.
"""

from __future__ import annotations

from typing import Final

from core.upstreams.practice.order_book import LevelView, Side
from core.upstreams.practice.price_ticks import TickKind, next_down, next_up
from core.upstreams.practice.seeded_noise import mix

LEVELS: Final = 5
_CHANCE_OF_A_LEVEL: Final = 0xB000  # of 0x10000


def odd_lot_levels(kind: TickKind, lot: int, key: int, minute: int, side: Side, best: int | None) -> list[LevelView]:
    """Give the odd-lot orders of one side, the best first.

    `best` is the best whole-lot price of that side, `minute` the Unix minute. Empty where a lot is a single share.
    """
    if best is None or lot < 2:
        return []
    levels: list[LevelView] = []
    price = best
    for step in range(LEVELS):
        worse = next_down(kind, price) if side is Side.BUY else next_up(kind, price)
        if worse == price:
            break
        price = worse
        dice = mix(key ^ (minute * 64 + step * 2 + side))
        if dice & 0xFFFF < _CHANCE_OF_A_LEVEL:
            count = 1 + (dice >> 16) % 3
            # Each order is smaller than a lot, and so is what the level holds for a taker of one order.
            volume = sum(1 + (dice >> (20 + 8 * order)) % (lot - 1) for order in range(count))
            levels.append(LevelView(price, volume, count))
    return levels
