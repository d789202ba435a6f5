"""Liquidity classes: how tight, deep and busy the order book of a security is, by what is traded on a usual day."""

from __future__ import annotations

from math import log10
from typing import Final, NamedTuple

from core.model.security import US
from core.upstreams.practice.securities import CRYPTO, ETF, STOCK, SecurityInfo


class LiquidityClass(NamedTuple):
    """What simulated traders do in one class of securities."""

    half_spread_ticks: float  # between the fair price and the quotes, at least
    half_spread_points: float  # the same in hundredths of a percent of the price; the larger one counts
    most_orders: int  # of a price when the book is filled
    depth: float  # size of a resting order in usual trades


class OutsideMarket(NamedTuple):
    """The traders of a security outside regular hours."""

    liquidity: LiquidityClass
    events_per_second: float
    levels: int  # prices of each side that they keep in the book


class _Thinning(NamedTuple):
    spread: float  # times the regular one
    depth: float
    events: float  # of the regular ones, in the busiest class
    levels: tuple[int, ...]  # from the least to the most liquid class


# From the least to the most liquid, with the daily turnover in US dollars from which each begins.
_CLASSES: Final = (
    (0.0, LiquidityClass(2.2, 8.0, 2, 0.7)),
    (4e6, LiquidityClass(1.1, 3.0, 3, 1.0)),
    (2e7, LiquidityClass(0.6, 1.2, 4, 1.4)),
    (1e8, LiquidityClass(0.35, 0.5, 6, 2.0)),
    (5e8, LiquidityClass(0.25, 0.25, 8, 2.8)),
)
# Round rates: they only sort securities into classes.
_PER_DOLLAR: Final = {"HKD": 7.8, "CNY": 7.2, "CNH": 7.2, "JPY": 150.0, "SGD": 1.35, "MYR": 4.4, "AUD": 1.5, "CAD": 1.4}
_FEWEST_EVENTS, _MOST_EVENTS = 1.0, 4.0
_USUAL_LEVELS: Final = 10
_CRYPTO_LEVELS: Final = 40  # the deepest book that clients may ask for
_US_LEVELS: Final = 60  # what Level 2 shows
FULL_BOOK_LEVELS: Final = 60  # of a Hong Kong security, for those who may see the whole book


# Before the open and after the close, and at night.
_EXTENDED: Final = _Thinning(4.0, 0.5, 0.2, (4, 6, 9, 14, 20))
_OVERNIGHT: Final = _Thinning(9.0, 0.35, 0.06, (2, 4, 6, 8, 10))
# In quiet classes even less happens, compared with regular hours.
_BUSY_OUTSIDE: Final = (0.15, 0.3, 0.5, 0.8, 1.0)


def turnover_in_dollars(info: SecurityInfo) -> float:
    """Give a usual day's turnover in US dollars at round rates."""
    return info.daily_turnover / _PER_DOLLAR.get(info.currency, 1.0)


def liquidity_of(info: SecurityInfo) -> LiquidityClass:
    """Sort a security into its class."""
    return _CLASSES[_class_number(info)][1]


def _class_number(info: SecurityInfo) -> int:
    turnover = turnover_in_dollars(info)
    return sum(turnover >= begin for begin, _ in _CLASSES) - 1


def events_per_second(info: SecurityInfo) -> float:
    """Give how often something happens in a security's book, on average."""
    return min(_MOST_EVENTS, max(_FEWEST_EVENTS, 1.0 + log10(max(1.0, info.daily_turnover / 5e7))))


def outside_market(info: SecurityInfo, *, overnight: bool) -> OutsideMarket:
    """Give who trades a US security before the open and after the close, or at night: fewer, wider and thinner."""
    number, usual = _class_number(info), liquidity_of(info)
    thinning = _OVERNIGHT if overnight else _EXTENDED
    liquidity = LiquidityClass(
        usual.half_spread_ticks * thinning.spread,
        usual.half_spread_points * thinning.spread,
        max(1, usual.most_orders // 3),
        usual.depth * thinning.depth,
    )
    rate = events_per_second(info) * thinning.events * _BUSY_OUTSIDE[number]
    return OutsideMarket(liquidity, rate, thinning.levels[number])


def book_levels(info: SecurityInfo) -> int:
    """Give how many prices of each side the simulated traders keep in the book."""
    if info.security_type == CRYPTO:
        return _CRYPTO_LEVELS
    return _US_LEVELS if info.security.market == US and info.security_type in (STOCK, ETF) else _USUAL_LEVELS
