"""Combinations of options and their underlying: how strategies are made of legs, and what they earn at expiry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise
from math import inf
from typing import Final, NamedTuple

from core.upstreams.practice.option_pricing import CALL, PUT, Terms, intrinsic, price, probability_above

BUY, SELL = 1, 2  # TrdSide
SINGLE, COVERED, SPREAD, STRADDLE, STRANGLE, COLLAR = 1, 2, 4, 6, 7, 8
BUTTERFLY, CONDOR, IRON_BUTTERFLY, IRON_CONDOR, CALENDAR, DIAGONAL, CUSTOM = 9, 11, 13, 14, 15, 16, 100
NAMES: Final = {
    SINGLE: "Single Option",
    COVERED: "Covered Stock",
    SPREAD: "Vertical Spread",
    STRADDLE: "Straddle",
    STRANGLE: "Strangle",
    COLLAR: "Collar",
    BUTTERFLY: "Butterfly",
    CONDOR: "Condor",
    IRON_BUTTERFLY: "Iron Butterfly",
    IRON_CONDOR: "Iron Condor",
    CALENDAR: "Calendar Spread",
    DIAGONAL: "Diagonal Spread",
    CUSTOM: "Custom",
}
STOCK: Final = 0  # the kind of a leg that is the underlying itself
WITH_SPREAD: Final = frozenset({SPREAD, STRANGLE, COLLAR, BUTTERFLY, CONDOR, IRON_BUTTERFLY, IRON_CONDOR, DIAGONAL})
TWO_EXPIRIES: Final = frozenset({CALENDAR, DIAGONAL})
_GRID: Final = 240  # prices between strikes where a payoff is not straight
_REACH: Final = 4.0  # times the highest strike or price


class LegShape(NamedTuple):
    """One leg of a strategy before it has a security."""

    side: int
    kind: int  # CALL, PUT or STOCK
    strike: float
    ratio: int  # contracts
    far: bool = False  # of the later expiry


def shapes(strategy: int, strikes: Sequence[float], far_strikes: Sequence[float], spread: float | None
           ) -> Iterator[tuple[LegShape, ...]]:  # fmt: skip
    """Go through all ways to make a strategy of some strikes (in rising order). `spread` keeps one distance only."""
    if strategy == SINGLE:
        for strike in strikes:
            yield (LegShape(BUY, CALL, strike, 1),)
            yield (LegShape(BUY, PUT, strike, 1),)
    elif strategy == COVERED:
        for strike in strikes:
            yield LegShape(BUY, STOCK, 0.0, 1), LegShape(SELL, CALL, strike, 1)
    elif strategy == STRADDLE:
        for strike in strikes:
            yield LegShape(BUY, CALL, strike, 1), LegShape(BUY, PUT, strike, 1)
    elif strategy in (SPREAD, STRANGLE, COLLAR):
        for low, high in combinations(strikes, 2):
            if _fits(high - low, spread):
                yield from _pair(strategy, low, high)
    elif strategy in (BUTTERFLY, IRON_BUTTERFLY, CONDOR, IRON_CONDOR):
        count = 3 if strategy in (BUTTERFLY, IRON_BUTTERFLY) else 4
        for steps in _ladders(strikes, count, spread):
            yield from _wings(strategy, steps)
    elif strategy in TWO_EXPIRIES:
        for strike in strikes:
            for far in far_strikes:
                if (far == strike) if strategy == CALENDAR else (far != strike and _fits(abs(far - strike), spread)):
                    for kind in (CALL, PUT):
                        yield LegShape(SELL, kind, strike, 1), LegShape(BUY, kind, far, 1, far=True)


def spreads(strategy: int, strikes: Sequence[float], far_strikes: Sequence[float]) -> list[float]:
    """Give the distances between strikes that a strategy can have, in rising order."""
    found: set[float] = set()
    if strategy in (SPREAD, STRANGLE, COLLAR):
        found = {round(high - low, 3) for low, high in combinations(strikes, 2)}
    elif strategy in (BUTTERFLY, IRON_BUTTERFLY, CONDOR, IRON_CONDOR):
        count = 3 if strategy in (BUTTERFLY, IRON_BUTTERFLY) else 4
        found = {round(steps[1] - steps[0], 3) for steps in _ladders(strikes, count, None)}
    elif strategy == DIAGONAL:
        found = {round(abs(far - strike), 3) for strike in strikes for far in far_strikes if far != strike}
    return sorted(found)


def _fits(distance: float, spread: float | None) -> bool:
    return spread is None or abs(distance - spread) < 1e-6


def _ladders(strikes: Sequence[float], count: int, spread: float | None) -> Iterator[tuple[float, ...]]:
    """Go through groups of strikes at equal distances."""
    known = set(strikes)
    for low, second in combinations(strikes, 2):
        step = second - low
        if not _fits(step, spread):
            continue
        steps = tuple(round(low + number * step, 3) for number in range(count))
        if known.issuperset(steps):
            yield steps


def _pair(strategy: int, low: float, high: float) -> Iterator[tuple[LegShape, ...]]:
    if strategy == SPREAD:
        yield LegShape(BUY, CALL, low, 1), LegShape(SELL, CALL, high, 1)
        yield LegShape(BUY, PUT, high, 1), LegShape(SELL, PUT, low, 1)
    elif strategy == STRANGLE:
        yield LegShape(BUY, PUT, low, 1), LegShape(BUY, CALL, high, 1)
    else:
        yield LegShape(BUY, STOCK, 0.0, 1), LegShape(BUY, PUT, low, 1), LegShape(SELL, CALL, high, 1)


def _wings(strategy: int, steps: tuple[float, ...]) -> Iterator[tuple[LegShape, ...]]:
    if strategy == BUTTERFLY:
        for kind in (CALL, PUT):
            yield (
                LegShape(BUY, kind, steps[0], 1),
                LegShape(SELL, kind, steps[1], 2),
                LegShape(BUY, kind, steps[2], 1),
            )
    elif strategy == CONDOR:
        for kind in (CALL, PUT):
            yield tuple(
                LegShape(side, kind, strike, 1) for side, strike in zip((BUY, SELL, SELL, BUY), steps, strict=True)
            )
    else:
        # Iron: puts below, calls above; in a butterfly both are sold at the middle strike.
        low, sold_put, sold_call, high = (steps[0], steps[1], steps[-2], steps[-1])
        yield (
            LegShape(BUY, PUT, low, 1),
            LegShape(SELL, PUT, sold_put, 1),
            LegShape(SELL, CALL, sold_call, 1),
            LegShape(BUY, CALL, high, 1),
        )


class Position(NamedTuple):
    """One leg with a price. `units` are per share of the combination, negative when sold."""

    terms: Terms | None  # None for the underlying
    units: float
    cost: float  # of one unit


class Outcome(NamedTuple):
    """What a combination earns at its first expiry, per share of the underlying."""

    highest: float  # infinity when it has no limit
    lowest: float  # minus infinity when it has no limit
    break_evens: tuple[float, ...]
    profit_probability: float  # 0 to 1


def recognise(positions: Sequence[Position]) -> int:
    """Name a combination of legs by its strategy number."""
    options = [position for position in positions if position.terms is not None]
    terms = [position.terms for position in options if position.terms is not None]
    has_stock = len(options) < len(positions)
    kinds = {one.kind for one in terms}
    strikes = sorted({one.strike for one in terms})
    same_expiry = len({round(one.years, 6) for one in terms}) <= 1
    if has_stock:
        if len(options) == 1:
            return COVERED
        return COLLAR if len(options) == 2 and kinds == {CALL, PUT} and same_expiry else CUSTOM
    if len(options) == 1:
        return SINGLE
    if len(options) == 2:
        if not same_expiry:
            return (CALENDAR if len(strikes) == 1 else DIAGONAL) if len(kinds) == 1 else CUSTOM
        if len(kinds) == 1:
            return SPREAD if len(strikes) == 2 else CUSTOM
        return STRADDLE if len(strikes) == 1 else STRANGLE
    if not same_expiry:
        return CUSTOM
    if len(options) == 3 and len(kinds) == 1 and len(strikes) == 3:
        return BUTTERFLY
    if len(options) == 4:
        if len(kinds) == 1:
            return CONDOR if len(strikes) == 4 else CUSTOM
        return {3: IRON_BUTTERFLY, 4: IRON_CONDOR}.get(len(strikes), CUSTOM)
    return CUSTOM


def outcome(positions: Sequence[Position], spot: float) -> Outcome:
    """Compute profit and loss at the first expiry; later legs are valued by the model then."""
    options = [position.terms for position in positions if position.terms is not None]
    first = min((terms.years for terms in options), default=0.0)
    straight = all(terms.years <= first + 1e-9 for terms in options)
    result = _profit(positions, first)
    top = _REACH * max([spot, *(terms.strike for terms in options)])
    knots = {0.0, top, *(terms.strike for terms in options)}
    if not straight:
        knots.update(top * number / _GRID for number in range(_GRID))
        knots.update(spot * (0.5 + number / _GRID) for number in range(_GRID))
    prices = sorted(knots)
    values = [result(at) for at in prices]
    slope = sum(position.units for position in positions if position.terms is None or position.terms.kind == CALL)
    highest, lowest = max(values), min(values)
    if slope > 1e-9:
        highest = inf
    elif slope < -1e-9:
        lowest = -inf
    break_evens = _roots(prices, values, result, slope)
    return Outcome(highest, lowest, break_evens, _probability(break_evens, result, spot, options, first))


def _profit(positions: Sequence[Position], first: float) -> Callable[[float], float]:
    def at_expiry(spot: float) -> float:
        total = 0.0
        for terms, units, cost in positions:
            if terms is None:
                value = spot
            elif terms.years <= first + 1e-9:
                value = intrinsic(terms.kind, spot, terms.strike)
            else:
                value = price(spot, terms._replace(years=terms.years - first))
            total += units * (value - cost)
        return total

    return at_expiry


def _roots(prices: Sequence[float], values: Sequence[float], result: Callable[[float], float], slope: float
           ) -> tuple[float, ...]:  # fmt: skip
    found: list[float] = []
    for index in range(len(prices) - 1):
        low, high = prices[index], prices[index + 1]
        before, after = values[index], values[index + 1]
        if (before > 0) == (after > 0):
            continue
        for _ in range(60):
            middle = 0.5 * (low + high)
            if (result(middle) > 0) == (before > 0):
                low = middle
            else:
                high = middle
        found.append(round(0.5 * (low + high), 4))
    last = values[-1]
    if abs(slope) > 1e-9 and (last > 0) is not (slope > 0):
        found.append(round(prices[-1] - last / slope, 4))
    return tuple(found)


def _probability(
    break_evens: Sequence[float], result: Callable[[float], float], spot: float, options: Sequence[Terms], first: float
) -> float:
    """Add up the model's probability of every stretch of prices with a profit."""
    if not options:
        return 0.0
    nearest = min(options, key=lambda terms: abs(terms.strike - spot))._replace(years=first)
    borders = [0.0, *break_evens, inf]
    total = 0.0
    for low, high in pairwise(borders):
        probe = 0.5 * (low + high) if high < inf else 2 * max(low, spot)
        if result(probe) > 0:
            above_high = probability_above(spot, high, nearest) if high < inf else 0.0
            total += probability_above(spot, low, nearest) - above_high
    return min(1.0, max(0.0, total))
