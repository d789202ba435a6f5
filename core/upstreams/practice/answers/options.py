"""Answers about option chains: expiries and the series of an underlying."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import Security
from core.upstreams.practice.answers.reference import fill_static_info
from core.upstreams.practice.answers.request_checks import checked_number, parse_span, security_of
from core.upstreams.practice.contract_figures import OptionFigures, option_figures
from core.upstreams.practice.contract_models import OptionModel
from core.upstreams.practice.contracts import IndexOptionType
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.option_chains import Expiry, OptionClass
from core.upstreams.practice.option_pricing import CALL, PUT

LONGEST_SPAN_DAYS: Final = 30
_IN_THE_MONEY, _OUT_OF_THE_MONEY = 1, 2  # OptionCondType
_SHOWN: Final = (0, 1, 2)
# Fields of DataFilter without Min and Max, and what they compare.
_FIGURES: Final = (
    "impliedVolatility",
    "delta",
    "gamma",
    "vega",
    "theta",
    "rho",
    "netOpenInterest",
    "openInterest",
    "vol",
)


class Pair(NamedTuple):
    """The call and the put of one strike."""

    option_class: OptionClass
    expiry: Expiry
    strike: float


def classes_asked(exchange: Exchange, owner: Security, index_type: int) -> list[OptionClass]:
    """Give the classes of an underlying that a request means. Raises UserFacingError."""
    exchange.info(owner)
    checked_number("indexOptionType", index_type, _SHOWN)
    classes = exchange.derivatives.classes_of(owner)
    if not classes:
        raise UserFacingError("no_options", code=owner.label)
    if classes[0].index_type is IndexOptionType.NONE:
        return classes
    wanted = index_type or IndexOptionType.NORMAL
    return [option_class for option_class in classes if option_class.index_type == wanted]


def all_expiries(exchange: Exchange, classes: list[OptionClass]) -> dict[int, list[tuple[OptionClass, Expiry]]]:
    """Give the expiries of several classes by day, the next one first."""
    found: dict[int, list[tuple[OptionClass, Expiry]]] = {}
    for option_class in classes:
        for expiry in exchange.derivatives.expiries(option_class):
            found.setdefault(expiry.day, []).append((option_class, expiry))
    return dict(sorted(found.items()))


def expiration_dates(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionExpirationDate (3224)."""
    c2s = request.c2s
    owner = security_of(c2s.owner)
    classes = classes_asked(exchange, owner, c2s.indexOptionType)
    group = exchange.info(owner).group
    today, time = exchange.today(group), exchange.times[group]
    response = openapi.Qot_GetOptionExpirationDate.Response(retType=0)
    response.s2c.SetInParent()
    for day, series in all_expiries(exchange, classes).items():
        row = response.s2c.dateList.add()
        row.strikeTime = datetime.date.fromordinal(day).isoformat()
        row.strikeTimestamp = time.unix(day)
        row.optionExpiryDateDistance = day - today
        row.cycle = max(expiry.cycle for _, expiry in series)
    return response.SerializeToString()


def option_chain(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionChain (3209)."""
    c2s = request.c2s
    owner = security_of(c2s.owner)
    info = exchange.info(owner)
    classes = classes_asked(exchange, owner, c2s.indexOptionType)
    begin, end = parse_span(c2s.beginTime, c2s.endTime)
    if end.day - begin.day > LONGEST_SPAN_DAYS:
        raise UserFacingError("expiry_span", days=end.day - begin.day, limit=LONGEST_SPAN_DAYS)
    kinds = (CALL, PUT) if not checked_number("type", c2s.type, _SHOWN) else (c2s.type,)
    condition = checked_number("condition", c2s.condition, _SHOWN)
    day, spot = exchange.fair_now(info)
    limits = _limits(c2s.dataFilter) if c2s.HasField("dataFilter") else {}
    response = openapi.Qot_GetOptionChain.Response(retType=0)
    response.s2c.SetInParent()
    for expiry_day, series in all_expiries(exchange, classes).items():
        if not begin.day <= expiry_day <= end.day:
            continue
        chain = response.s2c.optionChain.add()
        chain.strikeTime = datetime.date.fromordinal(expiry_day).isoformat()
        chain.strikeTimestamp = exchange.times[info.group].unix(expiry_day)
        for pair in pairs_of(exchange, series):
            chosen = [
                model
                for kind in kinds
                if _is_asked(condition, kind, pair.strike, spot)
                and _passes(model := exchange.derivatives.option(pair.option_class, pair.expiry, kind, pair.strike),
                            limits, day, spot)
            ]  # fmt: skip
            if chosen:
                item = chain.option.add()
                for model in chosen:
                    _fill(exchange, item.call if model.contract.kind == CALL else item.put, model)
        if not chain.option:
            del response.s2c.optionChain[-1]
    return response.SerializeToString()


def pairs_of(exchange: Exchange, series: list[tuple[OptionClass, Expiry]]) -> Iterator[Pair]:
    """Go through the strikes of an expiry, class by class, in rising order."""
    for option_class, expiry in series:
        for strike in exchange.derivatives.strikes(option_class, expiry):
            yield Pair(option_class, expiry, strike)


def _is_asked(condition: int, kind: int, strike: float, spot: float) -> bool:
    if not condition:
        return True
    inside = strike < spot if kind == CALL else strike > spot
    return inside is (condition == _IN_THE_MONEY)


def _limits(data_filter: Any) -> dict[str, tuple[float | None, float | None]]:
    """Read the bounds that are set; both ends belong to the range."""
    found = {}
    for field in _FIGURES:
        low = getattr(data_filter, field + "Min") if data_filter.HasField(field + "Min") else None
        high = getattr(data_filter, field + "Max") if data_filter.HasField(field + "Max") else None
        if low is not None or high is not None:
            found[field] = (low, high)
    return found


def _passes(model: OptionModel, limits: dict[str, tuple[float | None, float | None]], day: int, spot: float) -> bool:
    if not limits:
        return True
    figures = option_figures(model, day, spot)
    for field, (low, high) in limits.items():
        value = _value(field, figures, model, day)
        if (low is not None and value < low) or (high is not None and value > high):
            return False
    return True


def _value(field: str, figures: OptionFigures, model: OptionModel, day: int) -> float:
    if field == "impliedVolatility":
        return figures.volatility
    if field == "netOpenInterest":
        return figures.net_open_interest
    if field == "openInterest":
        return figures.open_interest
    if field == "vol":
        return model.day_volume(day)
    value: float = getattr(figures.greeks, field)
    return value


def _fill(exchange: Exchange, row: Any, model: OptionModel) -> None:
    fill_static_info(exchange, row, exchange.info(model.contract.security))
