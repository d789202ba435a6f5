"""What a contract is worth on a day, as a function of its underlying's price.

Within one day time to expiry and volatility stand still, so a contract's price is one rising (or falling) function of
the underlying's: the day's highest and lowest prices belong together, and bars of all periods agree. Time value is
lost between days.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import exp
from typing import Final

from core.upstreams.practice.contracts import Contract, FutureContract, OptionContract, WarrantContract, WarrantKind
from core.upstreams.practice.option_pricing import CALL, PUT, Terms
from core.upstreams.practice.option_pricing import price as option_price
from core.upstreams.practice.underlyings import Underlying

DAYS_PER_YEAR: Final = 365
LAST_DAY_PART: Final = 0.3  # of a day that an option still has on its last day
_LOWEST_WARRANT_PRICE: Final = 0.01


def years_left(last_day: int, day: int) -> float:
    """Give the time to expiry in years; 0 after the last day."""
    return (last_day - day + LAST_DAY_PART) / DAYS_PER_YEAR if day <= last_day else 0.0


def option_terms(underlying: Underlying, contract: OptionContract | WarrantContract, day: int) -> Terms:
    """Give the terms that price an option or a warrant on a day; a CBBC's are those of the option it resembles."""
    american, last_day, factor = False, contract.last_day, 1.0
    if isinstance(contract, OptionContract):
        kind, american = contract.kind, contract.american
    else:
        kind = CALL if contract.kind in (WarrantKind.CALL, WarrantKind.BULL) else PUT
        last_day, factor = contract.maturity_day, contract.volatility_factor
    years = years_left(last_day, day)
    forward = underlying.close_before(day) * exp((underlying.rate - underlying.dividend_yield) * years)
    volatility = underlying.surface.at(day, years, contract.strike / forward) * factor
    return Terms(kind, contract.strike, years, volatility, underlying.rate, underlying.dividend_yield, american)


def day_price(underlying: Underlying, contract: Contract, day: int) -> Callable[[float], float]:
    """Give the function from the underlying's price to the contract's for one day, both in currency."""
    if isinstance(contract, OptionContract):
        return partial(_option, option_terms(underlying, contract, day))
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


def _option(terms: Terms, spot: float) -> float:
    return option_price(spot, terms)


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
