"""Interest rates that the pricing models use: round, plausible, the same for every day of the simulation."""

from __future__ import annotations

from typing import Final

# Continuously compounded, per year. Not market data.
RATES: Final[dict[str, float]] = {
    "HKD": 0.030,
    "USD": 0.040,
    "CNY": 0.017,
    "SGD": 0.023,
    "JPY": 0.007,
    "MYR": 0.030,
    "AUD": 0.038,
    "CAD": 0.027,
}
_OTHER_CURRENCY: Final = 0.03


def rate_of(currency: str) -> float:
    """Give the yearly rate of a currency (ISO 4217), 0.03 for 3 percent."""
    return RATES.get(currency, _OTHER_CURRENCY)
