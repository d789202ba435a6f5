"""What all securities of a market share: the direction of a day, its gap at the open, and calm or nervous times.

Everything is a function of seed, market and date, so securities move together without knowing of each other.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, sqrt
from typing import Final, NamedTuple

from core.upstreams.practice.seeded_noise import key_of, mix

_WORLD_SHARE: Final = 0.5  # of a market's day that it shares with the other markets
_SHOCK_CHANCE: Final = 0x10000 // 400  # of 0x10000: days on which the whole market jumps
_SHOCK: Final = 3.5
# How strongly and how slowly nervousness changes: strength, days.
_MARKET_WAVES: Final = ((0.40, 45), (0.34, 11))
_OWN_WAVES: Final = ((0.24, 30), (0.22, 8))
_CACHE_DAYS: Final = 40_000
_SQUARE_ROOT_OF_3: Final = sqrt(3.0)


class FactorDay(NamedTuple):
    """One day of a market: direction and gap in standard deviations, nervousness about 1."""

    direction: float
    gap: float
    nervousness: float


def bell(bits: int) -> float:
    """Turn 64 random bits into a number with mean 0, deviation 1 and nearly normal shape, never beyond 3.5."""
    total = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48 & 0xFFFF)
    return (total / 0x10000 - 2.0) * _SQUARE_ROOT_OF_3


def nervousness(key: int, day: int, waves: tuple[tuple[float, int], ...] = _OWN_WAVES) -> float:
    """Give how strongly prices move around a day: smooth from day to day, between a half and two."""
    total = 0.0
    for number, (strength, days) in enumerate(waves):
        block, rest = divmod(day, days)
        here = _level(key, number, block)
        total += strength * (here + (_level(key, number, block + 1) - here) * rest / days)
    return exp(1.6 * total)


class MarketFactor:
    """The shared part of every market's days."""

    def __init__(self, seed: int) -> None:
        """Store. Days are computed when somebody asks and kept."""
        self._seed = seed
        self._keys: dict[str, int] = {}
        self._world = key_of(seed, "market factor", "world")
        self.day = lru_cache(maxsize=_CACHE_DAYS)(self._make)

    def _make(self, market: str, day: int) -> FactorDay:
        key = self._keys.get(market)
        if key is None:
            key = self._keys[market] = key_of(self._seed, "market factor", market)
        bits = mix(key ^ (day * 0x1_0000_0001))
        more = mix(bits)
        world = bell(mix(self._world ^ (day * 0x1_0000_0001)))
        direction = _WORLD_SHARE * world + sqrt(1 - _WORLD_SHARE**2) * bell(bits)
        extra = mix(more)
        if extra & 0xFFFF < _SHOCK_CHANCE:
            direction += _SHOCK if extra >> 16 & 0xFF < 0x60 else -_SHOCK
        gap = 0.4 * direction + 0.9 * bell(more)
        return FactorDay(direction, gap, nervousness(key, day, _MARKET_WAVES))


@lru_cache(maxsize=65_536)
def _level(key: int, number: int, block: int) -> float:
    """One knot of a wave, between -1 and 1."""
    return (mix(key ^ (number << 40) ^ block * 0x9_0000_0005) >> 32) / 0x8000_0000 - 1.0
