"""Pricing formulas: parity, bounds, order, greeks against differences, and volatilities found again."""

from __future__ import annotations

import itertools
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.upstreams.practice.option_pricing import (
    CALL,
    PUT,
    Terms,
    american_price,
    delta,
    european_price,
    exercise_probability,
    greeks,
    implied_volatility,
    intrinsic,
    price,
    pricer,
    probability_above,
)
from core.upstreams.practice.volatility_surface import VolatilitySurface

SPOTS = st.floats(20, 500)
STRIKES = st.floats(20, 500)
YEARS = st.floats(0.003, 2.5)
VOLATILITIES = st.floats(0.08, 1.2)
RATES = st.floats(0.0, 0.08)
YIELDS = st.floats(0.0, 0.08)


def terms(
    kind: int, strike: float, years: float, volatility: float, rate: float, dividends: float, *, american: bool = False
) -> Terms:
    return Terms(kind, strike, years, volatility, rate, dividends, american)


@given(SPOTS, STRIKES, YEARS, VOLATILITIES, RATES, YIELDS, st.sampled_from((CALL, PUT)), st.booleans())
def test_a_days_function_gives_the_same_price(
    spot: float, strike: float, years: float, volatility: float, rate: float, dividends: float, kind: int, early: bool
) -> None:
    one = terms(kind, strike, years, volatility, rate, dividends, american=early)
    assert pricer(one)(spot) == pytest.approx(price(spot, one), rel=1e-7, abs=1e-8 * strike)
    for ended in (one._replace(years=0.0), one._replace(volatility=0.0)):
        assert pricer(ended)(spot) == price(spot, ended)
    assert pricer(one)(0.0) == price(0.0, one)


@given(SPOTS, STRIKES, YEARS, VOLATILITIES, RATES, YIELDS)
def test_european_prices_keep_put_call_parity(
    spot: float, strike: float, years: float, volatility: float, rate: float, dividends: float
) -> None:
    call = european_price(spot, terms(CALL, strike, years, volatility, rate, dividends))
    put = european_price(spot, terms(PUT, strike, years, volatility, rate, dividends))
    forward = spot * exp(-dividends * years) - strike * exp(-rate * years)
    assert call - put == pytest.approx(forward, abs=1e-8 * (spot + strike))


@given(st.sampled_from((CALL, PUT)), SPOTS, STRIKES, YEARS, VOLATILITIES, RATES, YIELDS)
def test_american_prices_lie_between_their_bounds(
    kind: int, spot: float, strike: float, years: float, volatility: float, rate: float, dividends: float
) -> None:
    found = terms(kind, strike, years, volatility, rate, dividends, american=True)
    american, european = american_price(spot, found), european_price(spot, found)
    assert american >= intrinsic(kind, spot, strike)
    assert american >= european
    assert american <= (spot if kind == CALL else strike) + 1e-9
    # The bound that the search for extremes relies on.
    lost = (1 - exp(-dividends * years)) * spot if kind == CALL else (1 - exp(-rate * years)) * strike
    assert american <= max(european, intrinsic(kind, spot, strike)) + lost + 1e-6 * (spot + strike)


@given(st.sampled_from((CALL, PUT)), st.booleans(), SPOTS, STRIKES, YEARS, VOLATILITIES, RATES, YIELDS)
def test_prices_are_monotonic(
    kind: int,
    american: bool,
    spot: float,
    strike: float,
    years: float,
    volatility: float,
    rate: float,
    dividends: float,
) -> None:
    here = terms(kind, strike, years, volatility, rate, dividends, american=american)
    value, slack = price(spot, here), 2e-3 * (spot + strike) if american else 1e-9 * (spot + strike)
    higher = price(spot * 1.02, here)
    assert (higher >= value - slack) if kind == CALL else (higher <= value + slack)
    assert price(spot, here._replace(volatility=volatility * 1.1)) >= value - slack


def test_american_prices_match_the_published_ones() -> None:
    """Calls with a yield of 12 percent, from the paper's table: strike 100, three months, 20 percent, rate 8."""
    found = [
        american_price(spot, terms(CALL, 100, 0.25, 0.2, 0.08, 0.12, american=True)) for spot in (80, 90, 100, 110)
    ]
    assert found == pytest.approx([0.0293, 0.5726, 3.4856, 10.3205], abs=2e-3)


def test_a_call_without_dividends_is_not_exercised_early() -> None:
    found = terms(CALL, 100, 0.5, 0.3, 0.04, 0.0, american=True)
    assert american_price(105, found) == european_price(105, found)


@pytest.mark.parametrize("kind", [CALL, PUT])
@pytest.mark.parametrize("american", [False, True])
@pytest.mark.parametrize("spot", [85.0, 100.0, 118.0])
def test_greeks_are_the_differences_of_prices(kind: int, american: bool, spot: float) -> None:
    found = terms(kind, 100, 0.4, 0.3, 0.03, 0.02, american=american)
    sensitivities = greeks(spot, found)
    step = 0.05
    above, here, below = (price(spot + shift, found) for shift in (step, 0.0, -step))
    assert sensitivities.delta == pytest.approx((above - below) / (2 * step), abs=2e-3)
    assert sensitivities.gamma == pytest.approx((above - 2 * here + below) / step**2, abs=2e-3)
    point = price(spot, found._replace(volatility=0.305)) - price(spot, found._replace(volatility=0.295))
    assert sensitivities.vega == pytest.approx(point, rel=0.02, abs=1e-4)
    tomorrow = price(spot, found._replace(years=0.4 - 1 / 365))
    assert sensitivities.theta == pytest.approx(tomorrow - here, rel=0.05, abs=2e-4)
    percent = price(spot, found._replace(rate=0.035)) - price(spot, found._replace(rate=0.025))
    assert sensitivities.rho == pytest.approx(percent, rel=0.05, abs=1e-3)
    assert delta(spot, found) == pytest.approx(sensitivities.delta, abs=1e-9)


@given(st.sampled_from((CALL, PUT)), st.floats(0.7, 1.4), st.floats(0.02, 2.0), st.floats(0.1, 1.0))
def test_the_volatility_of_a_price_is_found_again(kind: int, moneyness: float, years: float, volatility: float) -> None:
    found = terms(kind, 100 * moneyness, years, volatility, 0.03, 0.01)
    value = price(100, found)
    sensitivity = greeks(100, found).vega
    back = implied_volatility(value, 100, found)
    assert back is not None
    if sensitivity > 1e-4:
        assert back == pytest.approx(volatility, abs=1e-4)
    assert price(100, found._replace(volatility=back)) == pytest.approx(value, abs=1e-6)


def test_no_volatility_explains_an_impossible_price() -> None:
    found = terms(CALL, 100, 0.5, 0.2, 0.03, 0.0)
    assert implied_volatility(0.5, 120, found) is None
    assert implied_volatility(130, 120, found) is None
    assert implied_volatility(float("nan"), 120, found) is None
    assert implied_volatility(5, 120, found._replace(years=0)) is None


def test_at_expiry_only_the_intrinsic_value_is_left() -> None:
    expired = terms(PUT, 100, 0.0, 0.3, 0.03, 0.0, american=True)
    assert price(90, expired) == 10
    assert price(110, expired) == 0
    assert greeks(90, expired).delta == -1
    assert greeks(90, expired).gamma == 0


def test_probabilities_add_up() -> None:
    call, put = (terms(kind, 100, 0.5, 0.3, 0.03, 0.0) for kind in (CALL, PUT))
    assert exercise_probability(105, call) + exercise_probability(105, put) == pytest.approx(1)
    assert probability_above(105, 0, call) == 1
    levels = [probability_above(105, level, call) for level in (60, 90, 105, 140)]
    assert levels == sorted(levels, reverse=True)


def test_the_surface_is_a_function_with_skew_smile_and_term_structure() -> None:
    surface = VolatilitySurface(7, "HK.00700", 0.3)
    day = 739_000
    assert surface.at(day, 0.1, 0.9) == VolatilitySurface(7, "HK.00700", 0.3).at(day, 0.1, 0.9)
    assert surface.at(day, 0.1, 0.9) != VolatilitySurface(8, "HK.00700", 0.3).at(day, 0.1, 0.9)
    middle = surface.at_the_money(day, 0.1)
    assert surface.at(day, 0.1, 1.0) == pytest.approx(middle)
    assert surface.at(day, 0.1, 0.85) > middle
    assert surface.at(day, 0.1, 0.85) > surface.at(day, 0.1, 1 / 0.85)
    levels = [surface.at_the_money(day + shift, 0.1) for shift in range(300)]
    assert 0.2 < min(levels) < 0.28 < 0.32 < max(levels) < 0.42
    steps = [abs(after / before - 1) for before, after in itertools.pairwise(levels)]
    assert max(steps) < 0.05
    far = [surface.at_the_money(day + shift, 2.0) for shift in range(300)]
    assert max(far) - min(far) < max(levels) - min(levels)


def test_no_delta_is_beyond_one() -> None:
    # Differences of prices: deep in the money a rounding put about half of these beyond it.
    for cents in range(10_000, 24_000, 301):
        deep = terms(PUT, 360.0, 0.57, 0.25, 0.04, 0.0045, american=True)
        assert -1 <= greeks(cents / 100, deep).delta <= 0
        assert -1 <= delta(cents / 100, deep) <= 0
