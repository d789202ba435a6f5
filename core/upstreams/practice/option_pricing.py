"""Option prices, greeks and implied volatility as pure functions.

European options by Black, Scholes and Merton, American ones by the closed approximation of Bjerksund and Stensland.

Times are years, rates and volatilities yearly fractions (0.2 for 20 percent), dividends a continuous yield.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import erf, exp, inf, isfinite, log, pi, sqrt
from typing import Final, NamedTuple

CALL, PUT = 1, 2  # OptionType numbers of the public schema

LOWEST_VOLATILITY: Final = 0.0001
HIGHEST_VOLATILITY: Final = 10.0
_BISECTIONS: Final = 100
_PRICE_TOLERANCE: Final = 1e-10
_SQRT_2: Final = sqrt(2.0)
_SQRT_2_PI: Final = sqrt(2.0 * pi)
_DAYS_PER_YEAR: Final = 365
_BUMP: Final = 1e-3  # relative step of finite differences
_LARGEST_EXPONENT: Final = 700.0


class Terms(NamedTuple):
    """What an option's price depends on besides the underlying's price."""

    kind: int  # CALL or PUT
    strike: float  # more than 0
    years: float  # to expiry; 0 or less counts as expired
    volatility: float
    rate: float
    dividend_yield: float
    american: bool = False


class Greeks(NamedTuple):
    """Sensitivities in the units of the public API."""

    delta: float  # per 1 of the underlying
    gamma: float  # of delta, per 1 of the underlying
    vega: float  # per percentage point of volatility
    theta: float  # per calendar day
    rho: float  # per percentage point of the rate


def normal_density(value: float) -> float:
    """Give the density of the standard normal distribution."""
    return exp(-0.5 * value * value) / _SQRT_2_PI


def normal_distribution(value: float) -> float:
    """Give the probability that a standard normal number is at most `value`."""
    return 0.5 * (1.0 + erf(value / _SQRT_2))


def intrinsic(kind: int, spot: float, strike: float) -> float:
    """Give what exercising at once is worth, at least 0."""
    return max(0.0, spot - strike if kind == CALL else strike - spot)


def price(spot: float, terms: Terms) -> float:
    """Give the model price; at expiry the intrinsic value. Rises (calls) or falls (puts) with the underlying."""
    if terms.american:
        return american_price(spot, terms)
    return european_price(spot, terms)


def european_price(spot: float, terms: Terms) -> float:
    """Black, Scholes and Merton's formula."""
    kind, strike, years, volatility, rate, dividends, _ = terms
    if years <= 0 or spot <= 0:
        return intrinsic(kind, max(0.0, spot), strike)
    discounted_spot, discounted_strike = spot * exp(-dividends * years), strike * exp(-rate * years)
    deviation = volatility * sqrt(years)
    if deviation <= 0:
        return intrinsic(kind, discounted_spot, discounted_strike)
    upper = log(discounted_spot / discounted_strike) / deviation + 0.5 * deviation
    call = discounted_spot * normal_distribution(upper) - discounted_strike * normal_distribution(upper - deviation)
    if kind == CALL:
        return max(0.0, call)
    # From the put's own terms, not from parity: no loss of digits where the put is worth little.
    put = discounted_strike * normal_distribution(deviation - upper) - discounted_spot * normal_distribution(-upper)
    return max(0.0, put)


def american_price(spot: float, terms: Terms) -> float:
    """Bjerksund and Stensland's closed approximation of 1993: never below the European price or the intrinsic value.

    A call without dividends is never exercised early, so it has the European price.
    """
    kind, strike, years, volatility, rate, dividends, _ = terms
    worth_now = intrinsic(kind, max(0.0, spot), strike)
    if years <= 0 or spot <= 0:
        return worth_now
    european = european_price(spot, terms)
    if volatility <= 0:
        return max(worth_now, european)
    if kind == CALL:
        early = _early_exercise_call(spot, strike, years, volatility, rate, rate - dividends)
    else:
        # A put is a call with the roles of underlying and strike, and of the two rates, exchanged.
        early = _early_exercise_call(strike, spot, years, volatility, dividends, dividends - rate)
    return max(worth_now, european, early)


def pricer(terms: Terms) -> Callable[[float], float]:
    """Give `price` as a function of the underlying's price alone: three times as quick for American options.

    American prices scale: twice the spot and strike make twice the price. So everything but the quotient of spot and
    strike is worked out once.
    """
    kind, _, years, volatility, rate, dividends, american = terms
    if not american or years <= 0 or volatility <= 0:
        return partial(_priced, terms)
    if kind == CALL:
        early = _early_exercise(years, volatility, rate, rate - dividends)
    else:
        early = _early_exercise(years, volatility, dividends, dividends - rate)
    if early is None:
        return partial(_european_or_now, terms)
    return partial(_american, terms, early)


def _priced(terms: Terms, spot: float) -> float:
    return price(spot, terms)


def _european_or_now(terms: Terms, spot: float) -> float:
    return max(intrinsic(terms.kind, max(0.0, spot), terms.strike), european_price(spot, terms))


def _american(terms: Terms, early: Callable[[float], float], spot: float) -> float:
    if spot <= 0:
        return price(spot, terms)
    strike = terms.strike
    worth = strike * early(spot / strike) if terms.kind == CALL else spot * early(strike / spot)
    return max(worth, _european_or_now(terms, spot))


def _early_exercise(years: float, volatility: float, rate: float, carry: float) -> Callable[[float], float] | None:
    """Give `_early_exercise_call` for a strike of 1 as a function of the spot; None where it is 0 everywhere."""
    boundary_of = _flat_boundary(1.0, years, volatility, rate, carry)
    if boundary_of is None:
        return None
    power, boundary = boundary_of
    variance, deviation = volatility * volatility, volatility * sqrt(years)
    log_boundary, gain = log(boundary), boundary - 1.0

    def constants(exponent: float) -> tuple[float, float, float]:
        growth = (-rate + exponent * carry + 0.5 * exponent * (exponent - 1) * variance) * years
        return growth, (carry + (exponent - 0.5) * variance) * years, 2 * carry / variance + 2 * exponent - 1

    (growth, drift, mirror), (growth_1, drift_1, mirror_1), (growth_0, drift_0, mirror_0) = map(
        constants, (power, 1.0, 0.0)
    )
    if max(map(abs, (growth, growth_1, growth_0, power * log_boundary))) > _LARGEST_EXPONENT:
        return None
    factor_1, factor_0 = exp(growth_1), exp(growth_0)
    root = deviation * _SQRT_2

    def value(spot: float) -> float:
        if spot >= boundary:
            return spot - 1.0
        at = log(spot)
        step = log_boundary - at
        if max(abs(mirror * step), abs(mirror_1 * step), abs(mirror_0 * step), power * step) > _LARGEST_EXPONENT:
            return 0.0
        back = 2 * step / root
        # Halves of the normal distribution's argument; a 0.5 stands for each of the five pairs.
        first, second, third = (step - drift) / root, (step - drift_1) / root, (step - drift_0) / root
        second_1, third_1 = (-at - drift_1) / root, (-at - drift_0) / root
        shrink, grown_1, grown_0 = exp(mirror * step), exp(mirror_1 * step), exp(mirror_0 * step)
        reached = exp(-power * step)
        result = gain * reached * (1.0 - 0.5 * exp(growth) * (1 + erf(first) - shrink * (1 + erf(first - back))))
        result += 0.5 * factor_1 * spot * (
            erf(second) - erf(second_1) - grown_1 * (erf(second - back) - erf(second_1 - back))
        )  # fmt: skip
        result -= 0.5 * factor_0 * (erf(third) - erf(third_1) - grown_0 * (erf(third - back) - erf(third_1 - back)))
        return result if isfinite(result) else 0.0

    return value


def greeks(spot: float, terms: Terms) -> Greeks:
    """Give the sensitivities; closed formulas for European options, finite differences for American ones."""
    if terms.years <= 0 or spot <= 0 or terms.volatility <= 0:
        in_the_money = intrinsic(terms.kind, spot, terms.strike) > 0
        return Greeks((1.0 if terms.kind == CALL else -1.0) if in_the_money else 0.0, 0.0, 0.0, 0.0, 0.0)
    return _american_greeks(spot, terms) if terms.american else _european_greeks(spot, terms)


def delta(spot: float, terms: Terms) -> float:
    """Give the delta alone, quicker than all greeks."""
    if not terms.american or terms.years <= 0 or spot <= 0:
        return greeks(spot, terms).delta
    step = spot * _BUMP
    return _bounded((american_price(spot + step, terms) - american_price(spot - step, terms)) / (2 * step))


def implied_volatility(value: float, spot: float, terms: Terms) -> float | None:
    """Find the volatility at which the model gives `value`; `terms.volatility` is not used.

    None when no volatility from 0.01 to 1000 percent does, which is so below the intrinsic value and above the bounds.
    """
    if not isfinite(value) or terms.years <= 0 or spot <= 0:
        return None
    low, high = LOWEST_VOLATILITY, HIGHEST_VOLATILITY
    tolerance = _PRICE_TOLERANCE * max(1.0, spot)
    at_low = price(spot, terms._replace(volatility=low))
    if value < at_low - tolerance or value > price(spot, terms._replace(volatility=high)) + tolerance:
        return None
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if price(spot, terms._replace(volatility=middle)) < value:
            low = middle
        else:
            high = middle
        if high - low < 1e-12:
            break
    return 0.5 * (low + high)


def probability_above(spot: float, level: float, terms: Terms) -> float:
    """Give the model's probability (0 to 1) that the underlying ends above a price, strike and kind not looked at."""
    if level <= 0:
        return 1.0
    deviation = terms.volatility * sqrt(max(0.0, terms.years))
    if deviation <= 0:
        return 1.0 if spot > level else 0.0
    drift = (terms.rate - terms.dividend_yield) * terms.years
    return normal_distribution((log(spot / level) + drift) / deviation - 0.5 * deviation)


def exercise_probability(spot: float, terms: Terms) -> float:
    """Give the model's probability (0 to 1) that the option ends in the money."""
    above = probability_above(spot, terms.strike, terms)
    return above if terms.kind == CALL else 1.0 - above


def _european_greeks(spot: float, terms: Terms) -> Greeks:
    kind, strike, years, volatility, rate, dividends, _ = terms
    root = sqrt(years)
    deviation = volatility * root
    upper = (log(spot / strike) + (rate - dividends) * years) / deviation + 0.5 * deviation
    lower = upper - deviation
    spot_factor, strike_factor = exp(-dividends * years), strike * exp(-rate * years)
    density = normal_density(upper)
    sign = 1.0 if kind == CALL else -1.0
    spot_share, strike_share = normal_distribution(sign * upper), normal_distribution(sign * lower)
    theta = (
        -spot * spot_factor * density * volatility / (2 * root)
        - sign * rate * strike_factor * strike_share
        + sign * dividends * spot * spot_factor * spot_share
    )
    return Greeks(
        delta=sign * spot_factor * spot_share,
        gamma=spot_factor * density / (spot * deviation),
        vega=spot * spot_factor * density * root / 100,
        theta=theta / _DAYS_PER_YEAR,
        rho=sign * strike_factor * years * strike_share / 100,
    )


def _american_greeks(spot: float, terms: Terms) -> Greeks:
    here = american_price(spot, terms)
    step = spot * _BUMP
    above, below = american_price(spot + step, terms), american_price(spot - step, terms)
    bump = min(0.001, terms.volatility / 2)
    more = american_price(spot, terms._replace(volatility=terms.volatility + bump))
    less = american_price(spot, terms._replace(volatility=terms.volatility - bump))
    day = min(1 / _DAYS_PER_YEAR, terms.years / 2)
    later = american_price(spot, terms._replace(years=terms.years - day))
    costly = american_price(spot, terms._replace(rate=terms.rate + 0.0005))
    cheap = american_price(spot, terms._replace(rate=terms.rate - 0.0005))
    return Greeks(
        delta=_bounded((above - below) / (2 * step)),
        gamma=max(0.0, (above - 2 * here + below) / (step * step)),
        vega=(more - less) / (2 * bump) / 100,
        theta=(later - here) / (day * _DAYS_PER_YEAR),
        rho=(costly - cheap) / 0.001 / 100,
    )


def _early_exercise_call(
    spot: float, strike: float, years: float, volatility: float, rate: float, carry: float
) -> float:
    """Value a call that is exercised when the underlying first reaches a flat boundary; 0 where the formula fails."""
    found = _flat_boundary(strike, years, volatility, rate, carry)
    if found is None:
        return 0.0
    power, boundary = found
    if spot >= boundary:
        return spot - strike
    gain = boundary - strike
    # Powers of spot/boundary instead of their quotient: they cannot overflow.
    reached = gain * ((spot / boundary) ** power - _phi(spot, years, power, boundary, boundary, volatility, rate, carry)
                      * _scaled(boundary, power))  # fmt: skip
    value = (
        reached
        + _phi(spot, years, 1.0, boundary, boundary, volatility, rate, carry)
        - _phi(spot, years, 1.0, strike, boundary, volatility, rate, carry)
        - strike * _phi(spot, years, 0.0, boundary, boundary, volatility, rate, carry)
        + strike * _phi(spot, years, 0.0, strike, boundary, volatility, rate, carry)
    )
    return value if isfinite(value) else 0.0


def _flat_boundary(
    strike: float, years: float, volatility: float, rate: float, carry: float
) -> tuple[float, float] | None:
    """Give the formula's power and the price from which a call is exercised; None when it never is before its end."""
    if carry >= rate:
        return None
    variance = volatility * volatility
    ratio = carry / variance
    root = (ratio - 0.5) ** 2 + 2 * rate / variance
    if root < 0:
        return None
    power = 0.5 - ratio + sqrt(root)
    if power <= 1 + 1e-9:
        return None
    never = power / (power - 1) * strike
    at_once = max(strike, rate / (rate - carry) * strike)
    if never <= at_once:
        return None
    shape = -(carry * years + 2 * volatility * sqrt(years)) * at_once / (never - at_once)
    return power, at_once + (never - at_once) * (1 - exp(min(0.0, shape)))


def _scaled(boundary: float, power: float) -> float:
    exponent = -power * log(boundary)
    return exp(exponent) if abs(exponent) < _LARGEST_EXPONENT else (0.0 if exponent < 0 else inf)


def _phi(
    spot: float, years: float, power: float, level: float, boundary: float, volatility: float, rate: float, carry: float
) -> float:
    variance = volatility * volatility
    deviation = volatility * sqrt(years)
    growth = (-rate + power * carry + 0.5 * power * (power - 1) * variance) * years
    distance = -(log(spot / level) + (carry + (power - 0.5) * variance) * years) / deviation
    mirror = 2 * carry / variance + 2 * power - 1
    step = log(boundary / spot)
    exponent = growth + power * log(spot)
    if abs(exponent) > _LARGEST_EXPONENT or abs(mirror * step) > _LARGEST_EXPONENT:
        return inf
    return exp(exponent) * (
        normal_distribution(distance) - exp(mirror * step) * normal_distribution(distance - 2 * step / deviation)
    )


def _bounded(difference: float) -> float:
    """Keep a delta within what an option can have; the difference of two prices may miss it by a rounding."""
    return max(-1.0, min(1.0, difference))
