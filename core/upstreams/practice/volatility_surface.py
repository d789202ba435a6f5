"""The simulated volatility surface of an underlying: a function of seed, underlying, day, time to expiry and strike.

The level wanders around the security's own volatility; short expiries feel it most (term structure), and strikes
below the market are dearer than those above (skew), both wings than the middle (smile).
"""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Final

from core.upstreams.practice.seeded_noise import key_of, mix

# Days between two random levels, and how far each moves the volatility.
_WAVES: Final = ((60, 0.16), (13, 0.09), (3, 0.03))
_CALM_YEARS: Final = 0.7  # after about that long a present shock has faded
_LONG_PREMIUM: Final = 0.05
_SKEW: Final = -0.055
_SMILE: Final = 0.022
_WIDEST: Final = 3.0  # standard deviations beyond which the smile stays flat
_SHORTEST_YEARS: Final = 7 / 365  # skew in standard deviations is measured as if expiry was at least this far
_LOWEST, _HIGHEST = 0.03, 3.0
_DICE: Final = 0xFFFF_FFFF


class VolatilitySurface:
    """Volatilities of one underlying, yearly fractions."""

    def __init__(self, seed: int, label: str, base_volatility: float) -> None:
        """Store. `label` names the underlying; `base_volatility` is the level it returns to."""
        self._keys = [key_of(seed, "volatility", label, number) for number in range(len(_WAVES))]
        self._base = base_volatility
        self._known: dict[int, float] = {}

    def shock(self, day: int) -> float:
        """Give how far the level is from the usual one on a day: 0.1 for ten percent higher."""
        known = self._known.get(day)
        if known is None:
            known = sum(size * _wander(key, day, span) for key, (span, size) in zip(self._keys, _WAVES, strict=True))
            if len(self._known) > 4_096:
                self._known.clear()
            self._known[day] = known
        return known

    def at_the_money(self, day: int, years: float) -> float:
        """Give the volatility for a strike at the forward price."""
        years = max(0.0, years)
        fading = exp(-years / _CALM_YEARS)
        level = 1.0 + self.shock(day) * fading + _LONG_PREMIUM * (1.0 - fading)
        return min(_HIGHEST, max(_LOWEST, self._base * level))

    def at(self, day: int, years: float, moneyness: float) -> float:
        """Give the volatility for a strike; `moneyness` is strike / forward price, more than 0."""
        return self.with_smile(self.at_the_money(day, years), years, moneyness)

    def with_smile(self, middle: float, years: float, moneyness: float) -> float:
        """Give the volatility for a strike from that at the money."""
        distance = log(moneyness) / (middle * sqrt(max(_SHORTEST_YEARS, years)))
        distance = min(_WIDEST, max(-_WIDEST, distance))
        factor = 1.0 + _SKEW * distance + _SMILE * distance * distance
        return min(_HIGHEST, max(_LOWEST, middle * factor))


def _wander(key: int, day: int, span: int) -> float:
    """Give a smooth random number from -1 to 1 that changes over `span` days."""
    block, rest = divmod(day, span)
    position = rest / span
    position = position * position * (3 - 2 * position)
    before, after = (2 * (mix(key ^ number) & _DICE) / _DICE - 1 for number in (block, block + 1))
    return before + (after - before) * position
