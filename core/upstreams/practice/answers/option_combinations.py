"""Answers about single options and combinations: quotes, strategies, spreads and analysis."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from math import inf
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, Security
from core.upstreams.practice import option_strategies as strategies
from core.upstreams.practice.answers.options import all_expiries, classes_asked
from core.upstreams.practice.answers.request_checks import checked_number, parse_moment, security_of
from core.upstreams.practice.contract_figures import OptionFigures, option_figures
from core.upstreams.practice.contract_models import OptionModel
from core.upstreams.practice.derived_messages import AMERICAN, EUROPEAN
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market import SecurityMarket
from core.upstreams.practice.option_chains import Expiry, OptionClass
from core.upstreams.practice.option_pricing import CALL, PUT
from core.upstreams.practice.option_strategies import BUY, SELL, STOCK, Position
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import INDEX

UNLIMITED: Final = 9_999_999.0
_MOST_LEGS: Final = 8
_MOST_STRATEGIES: Final = 1_000
_MOST_RATIO: Final = 1_000_000


class Leg(NamedTuple):
    """One leg of a request. `units` are per share of the combination, negative when sold."""

    security: Security
    market: SecurityMarket
    model: OptionModel | None  # None for the underlying
    figures: OptionFigures | None
    units: float

    @property
    def bid(self) -> float:
        """What one gets for a unit now."""
        return (self.market.book.best_bid or self.market.day.last) / PRICE_SCALE

    @property
    def ask(self) -> float:
        """What a unit costs now."""
        return (self.market.book.best_ask or self.market.day.last) / PRICE_SCALE

    @property
    def mark(self) -> float:
        """The model's price of a unit; for the underlying the last one."""
        return self.figures.mark if self.figures else self.market.day.last / PRICE_SCALE


class Combination(NamedTuple):
    """The legs of a request; all belong to one underlying."""

    legs: list[Leg]
    owner: Security
    spot: float
    multiplier: int

    def total(self, value_of: Callable[[Leg], float]) -> float:
        """Add up a value of the legs."""
        return sum(leg.units * value_of(leg) for leg in self.legs)

    @property
    def bid(self) -> float:
        """What one gets for the whole combination."""
        return self.total(lambda leg: leg.bid if leg.units > 0 else leg.ask)

    @property
    def ask(self) -> float:
        """What the whole combination costs."""
        return self.total(lambda leg: leg.ask if leg.units > 0 else leg.bid)

    @property
    def positions(self) -> list[Position]:
        """The legs as the model takes them, at their mark prices."""
        return [Position(leg.figures.terms if leg.figures else None, leg.units, leg.mark) for leg in self.legs]


def read_combination(exchange: Exchange, messages: Any) -> Combination:
    """Read legs. Raises UserFacingError."""
    if not messages:
        raise UserFacingError("empty_list", field="multi_legs")
    if len(messages) > _MOST_LEGS:
        raise UserFacingError("too_many_items", count=len(messages), limit=_MOST_LEGS)
    securities = [security_of(message.security) for message in messages]
    models: dict[Security, OptionModel] = {}
    for security in securities:
        exchange.info(security)
        model = exchange.derivatives.model(security)
        if isinstance(model, OptionModel):
            models[security] = model
    owners = {model.contract.owner for model in models.values()}
    sizes = {model.contract.multiplier for model in models.values()}
    if len(owners) != 1 or len(sizes) != 1:
        raise UserFacingError("bad_strategy", reason="they need one underlying")
    owner, multiplier = owners.pop(), sizes.pop()
    if any(security not in models and security != owner for security in securities):
        raise UserFacingError("bad_strategy", reason="they need one underlying")
    day, spot = exchange.fair_now(exchange.info(owner))
    legs = []
    for security, message in zip(securities, messages, strict=True):
        side = checked_number("side", message.side or BUY, (BUY, SELL))
        ratio = message.qtyRatio if message.HasField("qtyRatio") else 1.0
        if not 0 < ratio <= _MOST_RATIO:
            raise UserFacingError("bad_field", field="qtyRatio", value=ratio)
        model = models.get(security)
        # The underlying's quantity is shares, an option's contracts.
        units = ratio if model else ratio / multiplier
        figures = option_figures(model, day, spot) if model else None
        legs.append(Leg(security, exchange.market(security), model, figures, units if side == BUY else -units))
    return Combination(legs, owner, spot, multiplier)


def option_quotes(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionQuote (3255): one row, of the option or of the whole combination."""
    combination = read_combination(exchange, request.c2s.multi_legs)
    response = openapi.Qot_GetOptionQuote.Response(retType=0)
    row = response.s2c.optionQuoteList.add()
    first = combination.legs[0]
    if len(combination.legs) == 1 and first.model is not None and first.figures is not None:
        _fill_single(row, first, first.model, first.figures)
    else:
        _fill_combined(row, combination)
    return response.SerializeToString()


def strategy_analysis(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionStrategyAnalysis (3257). Profit and loss are money for one combination at the mark prices."""
    combination = read_combination(exchange, request.c2s.multi_legs)
    positions = combination.positions
    result = strategies.outcome(positions, combination.spot)
    strategy = strategies.recognise(positions)
    response = openapi.Qot_GetOptionStrategyAnalysis.Response(retType=0)
    content = response.s2c
    content.code = _combination_code([(leg.security.code, leg.units) for leg in combination.legs])
    content.name = f"{combination.owner.code} {strategies.NAMES[strategy]}"
    content.option_strategy = strategy
    content.bid1, content.ask1 = combination.bid, combination.ask
    size = combination.multiplier
    content.max_profit = UNLIMITED if result.highest == inf else result.highest * size
    content.max_loss = UNLIMITED if result.lowest == -inf else max(0.0, -result.lowest) * size
    content.breakeven_points.extend(result.break_evens)
    content.prob_of_profit = result.profit_probability * 100
    content.delta = combination.total(lambda leg: leg.figures.greeks.delta if leg.figures else 1.0)
    content.theta = combination.total(lambda leg: leg.figures.greeks.theta if leg.figures else 0.0)
    return response.SerializeToString()


def strategy_list(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionStrategy (3256): at most 1000 combinations."""
    c2s = request.c2s
    owner, strategy, near, far = _asked(exchange, c2s)
    spread = c2s.spread if c2s.HasField("spread") and c2s.spread else None
    kind = checked_number("option_type", c2s.option_type, (0, CALL, PUT))
    strike = c2s.strike_price if c2s.HasField("strike_price") and c2s.strike_price else None
    strikes = exchange.derivatives.strikes(*near)
    far_strikes = exchange.derivatives.strikes(*far) if far else ()
    response = openapi.Qot_GetOptionStrategy.Response(retType=0)
    rows = response.s2c.strategyList
    response.s2c.SetInParent()
    for shape in strategies.shapes(strategy, strikes, far_strikes, spread):
        options = [leg for leg in shape if leg.kind != STOCK]
        if kind and any(leg.kind != kind for leg in options):
            continue
        if strike is not None and all(abs(leg.strike - strike) > 1e-6 for leg in options):
            continue
        if len(rows) >= _MOST_STRATEGIES:
            break
        row = rows.add()
        codes = []
        for leg in shape:
            series = far if leg.far and far else near
            message = row.multi_legs.add(side=leg.side, qtyRatio=float(leg.ratio))
            if leg.kind == STOCK:
                message.security.market, message.security.code = owner
                message.qtyRatio = float(near[0].multiplier)
            else:
                contract = exchange.derivatives.option(series[0], series[1], leg.kind, leg.strike).contract
                message.security.market, message.security.code = contract.security
            codes.append((message.security.code, message.qtyRatio if leg.side == BUY else -message.qtyRatio))
        row.code = _combination_code(codes)
        row.name = _strategy_name(owner, strategy, shape, near[1])
        row.option_strategy = strategy
        row.stock_owner.market, row.stock_owner.code = owner
    return response.SerializeToString()


def strategy_spreads(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOptionStrategySpread (3258)."""
    c2s = request.c2s
    _, strategy, near, far = _asked(exchange, c2s)
    if strategy not in strategies.WITH_SPREAD:
        raise UserFacingError("bad_field", field="option_strategy", value=strategy)
    strikes = exchange.derivatives.strikes(*near)
    far_strikes = exchange.derivatives.strikes(*far) if far else ()
    response = openapi.Qot_GetOptionStrategySpread.Response(retType=0)
    response.s2c.SetInParent()
    response.s2c.spreadList.extend(strategies.spreads(strategy, strikes, far_strikes))
    return response.SerializeToString()


def _asked(
    exchange: Exchange, c2s: Any
) -> tuple[Security, int, tuple[OptionClass, Expiry], tuple[OptionClass, Expiry] | None]:
    """Read underlying, strategy and expiries. The first expiry is taken when none is named."""
    owner = security_of(c2s.owner)
    classes = classes_asked(exchange, owner, c2s.index_option_type)
    allowed = set(strategies.NAMES) - {strategies.CUSTOM}
    strategy = checked_number("option_strategy", c2s.option_strategy, allowed)
    if exchange.info(owner).security_type == INDEX and strategy in (strategies.COVERED, strategies.COLLAR):
        raise UserFacingError("bad_strategy", reason="an index is not traded")
    by_day = all_expiries(exchange, classes)
    near = _expiry(by_day, c2s.expire_time, "expire_time")
    far = None
    if strategy in strategies.TWO_EXPIRIES:
        later = {day: series for day, series in by_day.items() if day > near[1].day}
        far = _expiry(later, c2s.far_expire_time, "far_expire_time")
    return owner, strategy, near, far


def _expiry(by_day: dict[int, list[tuple[OptionClass, Expiry]]], text: str, field: str) -> tuple[OptionClass, Expiry]:
    if not text:
        if not by_day:
            raise UserFacingError("bad_field", field=field, value=text)
        return next(iter(by_day.values()))[0]
    series = by_day.get(parse_moment(text).day)
    if series is None:
        raise UserFacingError("bad_field", field=field, value=text[:40])
    return series[0]


def _combination_code(legs: list[tuple[str, float]]) -> str:
    """Write a combination as its legs: `+1 TCH260330C450000 -1 TCH260330C460000`."""
    return " ".join(f"{units:+g} {code}" for code, units in legs)


def _strategy_name(owner: Security, strategy: int, shape: tuple[strategies.LegShape, ...], expiry: Expiry) -> str:
    strikes = "/".join(f"{leg.strike:g}" for leg in shape if leg.kind != STOCK)
    kinds = {leg.kind for leg in shape if leg.kind != STOCK}
    letters = "".join("C" if kind == CALL else "P" for kind in sorted(kinds))
    date = f"{datetime.date.fromordinal(expiry.day):%y%m%d}"
    return f"{owner.code} {date} {strikes} {letters} {strategies.NAMES[strategy]}"


def _fill_single(row: Any, leg: Leg, model: OptionModel, figures: OptionFigures) -> None:
    contract, day = model.contract, leg.market.day
    price = day.last / PRICE_SCALE
    row.price = price
    row.chg = price - day.last_close
    row.chg_rate = row.chg / day.last_close * 100 if day.last_close else 0.0
    row.vol = day.volume
    row.turnover = day.turnover
    row.high, row.low, row.open = day.high / PRICE_SCALE, day.low / PRICE_SCALE, day.open / PRICE_SCALE
    row.mid = (leg.bid + leg.ask) / 2
    row.pre_close = day.last_close
    row.open_interest = figures.open_interest
    row.premium = figures.premium
    row.IV = figures.volatility
    row.delta, row.gamma, row.vega, row.theta, row.rho = figures.greeks
    row.option_type = contract.kind
    row.expire_time = datetime.date.fromordinal(contract.last_day).isoformat()
    row.strike = contract.strike
    row.contract_size = row.contract_multiplier = contract.multiplier
    row.exercise_type = AMERICAN if contract.american else EUROPEAN
    row.days_to_expiry = figures.days_left
    if contract.security.market == HK:
        row.net_open_interest = figures.net_open_interest
        row.contract_value = figures.spot * contract.multiplier
        if model.underlying.info.lot_size:
            row.equal_underlying = contract.multiplier / model.underlying.info.lot_size
    row.index_option_type = int(contract.index_type)
    row.intrinsic_value = figures.intrinsic
    row.time_value = max(0.0, figures.mark - figures.intrinsic)
    row.breakeven_point.append(figures.break_even)
    row.dist_to_breakeven.append(figures.distance_to_break_even)
    buyer = figures.profit_probability
    row.prob_of_profit = buyer if leg.units > 0 else 100 - buyer
    row.seller_roi = figures.seller_return
    row.mark_price = figures.mark
    row.leverage_ratio = figures.leverage
    row.effective_gearing = figures.effective_leverage


def _fill_combined(row: Any, combination: Combination) -> None:
    """Fill what adds up over legs; the rest stays absent."""
    total = combination.total
    row.price = total(lambda leg: leg.market.day.last / PRICE_SCALE)
    row.pre_close = total(lambda leg: leg.market.day.last_close)
    row.chg = row.price - row.pre_close
    if row.pre_close:
        row.chg_rate = row.chg / abs(row.pre_close) * 100
    row.open = total(lambda leg: leg.market.day.open / PRICE_SCALE)
    row.mid = (combination.bid + combination.ask) / 2
    row.mark_price = total(lambda leg: leg.mark)
    row.delta = total(lambda leg: leg.figures.greeks.delta if leg.figures else 1.0)
    row.gamma = total(lambda leg: leg.figures.greeks.gamma if leg.figures else 0.0)
    row.vega = total(lambda leg: leg.figures.greeks.vega if leg.figures else 0.0)
    row.theta = total(lambda leg: leg.figures.greeks.theta if leg.figures else 0.0)
    row.rho = total(lambda leg: leg.figures.greeks.rho if leg.figures else 0.0)
    row.contract_size = row.contract_multiplier = combination.multiplier
    options = [leg for leg in combination.legs if leg.figures]
    row.days_to_expiry = min(leg.figures.days_left for leg in options if leg.figures)
    intrinsic = total(lambda leg: leg.figures.intrinsic if leg.figures else leg.mark)
    row.intrinsic_value, row.time_value = intrinsic, row.mark_price - intrinsic
    result = strategies.outcome(combination.positions, combination.spot)
    row.breakeven_point.extend(result.break_evens)
    row.dist_to_breakeven.extend((point / combination.spot - 1) * 100 for point in result.break_evens)
    row.prob_of_profit = result.profit_probability * 100
