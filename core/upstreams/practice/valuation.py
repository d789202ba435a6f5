"""What a contract is worth on a day, as a function of its underlying's price.

Within one day time to expiry and volatility stand still, so a contract's price is one rising (or falling) function of
the underlying's: the day's highest and lowest prices belong together, and bars of all periods agree. Time value is
lost between days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import exp, inf
from operator import itemgetter
from typing import Final

from core.upstreams.practice.bar_periods import Bar
from core.upstreams.practice.contracts import Contract, FutureContract, OptionContract, WarrantContract, WarrantKind
from core.upstreams.practice.option_pricing import CALL, PUT, Terms, european_price, intrinsic, pricer
from core.upstreams.practice.option_pricing import price as option_price
from core.upstreams.practice.underlyings import DAYS_PER_YEAR, Underlying, years_left

_LOWEST_WARRANT_PRICE: Final = 0.01


def option_terms(underlying: Underlying, contract: OptionContract | WarrantContract, day: int) -> Terms:
    """Give the terms that price an option or a warrant on a day; a CBBC's are those of the option it resembles."""
    american, last_day, factor = False, contract.last_day, 1.0
    if isinstance(contract, OptionContract):
        kind, american = contract.kind, contract.american
    else:
        kind = CALL if contract.kind in (WarrantKind.CALL, WarrantKind.BULL) else PUT
        last_day, factor = contract.maturity_day, contract.volatility_factor
    years, forward, middle = underlying.term(last_day, day)
    volatility = underlying.surface.with_smile(middle, years, contract.strike / forward) * factor
    return Terms(kind, contract.strike, years, volatility, underlying.rate, underlying.dividend_yield, american)


def day_price(underlying: Underlying, contract: Contract, day: int) -> Callable[[float], float]:
    """Give the function from the underlying's price to the contract's for one day, both in currency."""
    if isinstance(contract, OptionContract):
        return pricer(option_terms(underlying, contract, day))
    if isinstance(contract, FutureContract):
        return partial(_future, carry_factor(underlying, contract.last_day, day))
    if contract.is_callable:
        return partial(_callable, contract, funding_cost(contract, day))
    return partial(_warrant, option_terms(underlying, contract, day), contract.conversion_ratio)


def carry_factor(underlying: Underlying, last_day: int, day: int) -> float:
    """Give a future's price against its underlying's by cost of carry; 1 on the last day."""
    return exp((underlying.rate - underlying.dividend_yield) * max(0, last_day - day) / DAYS_PER_YEAR)


def funding_cost(contract: WarrantContract, day: int) -> float:
    """Give what is left of a CBBC's funding cost, for one share."""
    return contract.strike * contract.funding * years_left(contract.maturity_day, day)


def _future(factor: float, spot: float) -> float:
    return spot * factor


def _warrant(terms: Terms, ratio: float, spot: float) -> float:
    return max(_LOWEST_WARRANT_PRICE, option_price(spot, terms) / ratio)


def _callable(contract: WarrantContract, funding: float, spot: float) -> float:
    """A CBBC is worth its distance from the strike and the rest of its funding cost.

    Once its underlying touches the call price it is called; this function leaves that to the list of contracts.
    """
    distance = spot - contract.strike if contract.kind is WarrantKind.BULL else contract.strike - spot
    return max(_LOWEST_WARRANT_PRICE, (max(0.0, distance) + funding) / contract.conversion_ratio)


def extremes(underlying: Underlying, contract: Contract, bars: Sequence[Bar]) -> tuple[float, float] | None:
    """Give the highest and lowest price of a contract over day bars of its underlying; None when there are none."""
    if not bars:
        return None
    if isinstance(contract, OptionContract) and contract.american:
        return _american_extremes(underlying, contract, bars)
    prices: list[float] = []
    for bar in bars:
        function = day_price(underlying, contract, bar.day)
        prices += (function(bar.high), function(bar.low))
    return max(prices), min(prices)


def _american_extremes(underlying: Underlying, contract: OptionContract, bars: Sequence[Bar]) -> tuple[float, float]:
    """Look with the quick European formula first: the right to exercise early is worth little, never less than 0."""
    is_call = contract.kind == CALL
    # Bounds of each day's lowest and highest price, and what they come from.
    least: list[tuple[float, float, float, Terms]] = []
    most: list[tuple[float, float, float, Terms]] = []
    for bar in bars:
        terms = option_terms(underlying, contract, bar.day)
        for spot, bounds in ((bar.high, most if is_call else least), (bar.low, least if is_call else most)):
            at_least = max(european_price(spot, terms), intrinsic(contract.kind, spot, contract.strike))
            lost = underlying.dividend_yield * spot if is_call else underlying.rate * contract.strike
            bounds.append((at_least, at_least + lost * terms.years, spot, terms))
    highest = 0.0
    for _, at_most, spot, terms in sorted(most, key=itemgetter(1), reverse=True):
        if at_most <= highest:
            break
        highest = max(highest, option_price(spot, terms))
    lowest = inf
    for at_least, _, spot, terms in sorted(least, key=itemgetter(0)):
        if at_least >= lowest:
            break
        lowest = min(lowest, option_price(spot, terms))
    return highest, lowest
