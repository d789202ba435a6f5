"""A security as the API addresses it: a market number and a code without prefix."""

from __future__ import annotations

from typing import Final, NamedTuple

# QotMarket numbers of the public schema (Qot_Common.QotMarket) and the prefix that the Python SDK shows for each.
MARKET_PREFIXES: Final[dict[int, str]] = {
    1: "HK",
    2: "HK_FUTURE",
    11: "US",
    21: "SH",
    22: "SZ",
    31: "SG",
    41: "JP",
    51: "AU",
    61: "MY",
    71: "CA",
    81: "FX",
    91: "CC",
    101: "EC",
}
MARKET_NUMBERS: Final[dict[str, int]] = {prefix: number for number, prefix in MARKET_PREFIXES.items()}

HK, US, SH, SZ = 1, 11, 21, 22


class Security(NamedTuple):
    """Market number (QotMarket) and code; hashable, cheap to compare."""

    market: int
    code: str

    @property
    def label(self) -> str:
        """The form users write, `HK.00700`; an unknown market shows as its number."""
        return f"{MARKET_PREFIXES.get(self.market, str(self.market))}.{self.code}"


def parse_security(label: str) -> Security:
    """Read `HK.00700`; only the first dot separates, so `US..SPX` is code `.SPX`. Raises ValueError."""
    prefix, dot, code = label.partition(".")
    market = MARKET_NUMBERS.get(prefix.upper())
    if not dot or not code or market is None:
        raise ValueError(f"not a security code: {label!r} (expected a form like HK.00700)")
    return Security(market, code)
