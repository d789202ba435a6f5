"""Figures that follow from a contract's model: price, greeks, premium, break-even points, probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from core.upstreams.practice import option_pricing as pricing
from core.upstreams.practice.contract_models import OptionModel, WarrantModel
from core.upstreams.practice.contracts import WarrantKind
from core.upstreams.practice.option_pricing import CALL, Greeks, Terms
from core.upstreams.practice.price_ticks import PRICE_SCALE, round_to_tick
from core.upstreams.practice.valuation import option_terms

# What a seller of an option has to deposit, as part of the strike; the usual rule of thumb of exchanges.
_MARGIN_SHARE, _LEAST_MARGIN_SHARE = 0.20, 0.10


@dataclass(frozen=True, slots=True)
class OptionFigures:
    """An option at one moment. Rates are percent, prices per share or index point."""

    terms: Terms
    day: int
    spot: float
    fair: float  # unrounded
    mark: float  # on a tick
    greeks: Greeks
    volatility: float
    premium: float
    intrinsic: float
    break_even: float
    distance_to_break_even: float
    exercise_probability: float
    profit_probability: float  # of a buyer at the mark price
    open_interest: int
    net_open_interest: int  # change since the day before
    days_left: int
    seller_return: float
    leverage: float
    effective_leverage: float


def option_figures(model: OptionModel, day: int, spot: float) -> OptionFigures:
    """Compute the figures of an option on a day at a price of its underlying."""
    contract = model.contract
    terms = option_terms(model.underlying, contract, day)
    fair = pricing.price(spot, terms)
    mark = round_to_tick(contract.tick_kind, round(fair * PRICE_SCALE)) / PRICE_SCALE
    greeks = pricing.greeks(spot, terms)
    sign = 1 if contract.kind == CALL else -1
    break_even = contract.strike + sign * mark
    above = pricing.probability_above(spot, break_even, terms)
    out = max(0.0, sign * (contract.strike - spot))
    margin = mark + max(_MARGIN_SHARE * spot - out, _LEAST_MARGIN_SHARE * (spot if sign > 0 else contract.strike))
    leverage = spot / mark
    interest = model.open_interest(day)
    return OptionFigures(
        terms=terms,
        day=day,
        spot=spot,
        fair=fair,
        mark=mark,
        greeks=greeks,
        volatility=terms.volatility * 100,
        premium=sign * (break_even - spot) / spot * 100,
        intrinsic=pricing.intrinsic(contract.kind, spot, contract.strike),
        break_even=break_even,
        distance_to_break_even=(break_even - spot) / spot * 100,
        exercise_probability=pricing.exercise_probability(spot, terms) * 100,
        profit_probability=(above if sign > 0 else 1 - above) * 100,
        open_interest=interest,
        net_open_interest=interest - model.open_interest(day - 1),
        days_left=contract.last_day - day,
        seller_return=mark / margin * 100,
        leverage=leverage,
        effective_leverage=leverage * abs(greeks.delta),
    )


@dataclass(frozen=True, slots=True)
class WarrantFigures:
    """A warrant or CBBC at one moment. Rates are percent."""

    fair: float
    mark: float
    delta: float  # 0 for a CBBC
    volatility: float  # 0 for a CBBC
    premium: float
    break_even: float
    leverage: float
    effective_leverage: float
    in_the_money: float  # negative when out of the money
    distance_to_recovery: float  # 0 for a warrant
    conversion_price: float
    street_volume: int
    street_rate: float
    score: float


def warrant_figures(model: WarrantModel, day: int, spot: float, price: float) -> WarrantFigures:
    """Compute the figures of a warrant or CBBC on a day, at prices of its stock and of its own."""
    contract = model.contract
    is_up = contract.kind in (WarrantKind.CALL, WarrantKind.BULL)
    sign = 1 if is_up else -1
    fair = model.day_price(day)(spot)
    ratio = contract.conversion_ratio
    conversion_price = price * ratio
    break_even = contract.strike + sign * conversion_price
    leverage = spot / conversion_price if conversion_price else 0.0
    delta, volatility, effective = 0.0, 0.0, leverage
    if not contract.is_callable:
        terms = option_terms(model.underlying, contract, day)
        delta, volatility = pricing.delta(spot, terms), terms.volatility * 100
        effective = leverage * abs(delta)
    street = model.open_interest(day)
    distance = (spot - contract.recovery) / contract.recovery * 100 * sign if contract.is_callable else 0.0
    premium = sign * (break_even - spot) / spot * 100
    years = max(0.02, (contract.maturity_day - day) / 365)
    # Simulated: cheap, liquid contracts with time left score high.
    score = 100 * exp(-abs(premium) / (60 * years + 15)) * min(1.0, 0.4 + street / contract.issue_size)
    return WarrantFigures(
        fair=fair,
        mark=round_to_tick(contract.tick_kind, round(fair * PRICE_SCALE)) / PRICE_SCALE,
        delta=delta,
        volatility=volatility,
        premium=premium,
        break_even=break_even,
        leverage=leverage,
        effective_leverage=effective,
        in_the_money=sign * (spot - contract.strike) / contract.strike * 100,
        distance_to_recovery=distance,
        conversion_price=conversion_price,
        street_volume=street,
        street_rate=street / contract.issue_size * 100,
        score=score,
    )
