"""The option strategy view of positions: which of them belong together, as a row of their own above their legs.

Positions on one underlying are one strategy when all of them make one; otherwise pairs that do are looked for, in the
order they were opened. What remains stays as it is. Quantities are never split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import gcd
from typing import Final, NamedTuple

from core.model.security import Security
from core.model.trading import PositionSide
from core.upstreams.practice.broker.instruments import Instrument, PriceSource
from core.upstreams.practice.broker.positions import PositionFigures
from core.upstreams.practice.option_strategies import (
    BUTTERFLY,
    CALENDAR,
    COLLAR,
    CONDOR,
    COVERED,
    DIAGONAL,
    IRON_BUTTERFLY,
    IRON_CONDOR,
    NAMES,
    SINGLE,
    SPREAD,
    STRADDLE,
    STRANGLE,
)

COMBINED, LEG = 1, 2  # PositionType
_COMBO_IDS: Final = 1 << 62  # above the ids of positions
_MOST_LEGS: Final = 4
_MOST_PAIRED: Final = 100  # positions on one underlying that are looked at for pairs


class _Leg(NamedTuple):
    """A leg in units of the strategy, negative when short. The underlying itself has `is_call` None."""

    is_call: bool | None
    strike: int
    last_day: int
    units: int


def strategy_view(positions: Sequence[PositionFigures], prices: PriceSource) -> list[PositionFigures]:
    """Give every strategy followed by its legs, then the other positions; single options carry their type."""
    groups: dict[Security, list[tuple[PositionFigures, Instrument]]] = {}
    for position in positions:
        instrument = prices.instrument(position.security)
        if instrument is not None and position.quantity and not position.is_future:
            groups.setdefault(instrument.owner, []).append((position, instrument))
    shown: list[PositionFigures] = []
    used: set[int] = set()
    for owner, group in groups.items():
        for members in _strategies(group):
            legs = [position for position, _ in members]
            strategy = _strategy(members)
            used.update(leg.position_id for leg in legs)
            combo_id = _COMBO_IDS | min(leg.position_id for leg in legs)
            shown.append(_combined(owner, members, strategy, combo_id))
            shown += [replace(leg, combo_id=combo_id, strategy=strategy, position_type=LEG) for leg in legs]
    for position in positions:
        if position.position_id not in used:
            instrument = prices.instrument(position.security)
            is_option = instrument is not None and instrument.is_option
            shown.append(replace(position, strategy=SINGLE) if is_option else position)
    return shown


def _strategies(
    group: list[tuple[PositionFigures, Instrument]],
) -> list[list[tuple[PositionFigures, Instrument]]]:
    if 2 <= len(group) <= _MOST_LEGS and _strategy(group):
        return [group]
    found: list[list[tuple[PositionFigures, Instrument]]] = []
    taken: set[int] = set()
    for pair in combinations(group[:_MOST_PAIRED], 2):
        if not taken.intersection(position.position_id for position, _ in pair) and _strategy(pair):
            taken.update(position.position_id for position, _ in pair)
            found.append(list(pair))
    return found


def _units(position: PositionFigures, instrument: Instrument, multiplier: int) -> int:
    """Give signed contracts; shares count as the contracts they would cover, 0 when they make no whole number."""
    quantity = position.quantity if position.side is PositionSide.LONG else -position.quantity
    if instrument.is_option:
        return quantity
    return quantity // multiplier if quantity % multiplier == 0 else 0


def _multiplier(members: Sequence[tuple[PositionFigures, Instrument]]) -> int:
    return max(instrument.multiplier for _, instrument in members)


def _strategy(members: Sequence[tuple[PositionFigures, Instrument]]) -> int:
    """Name what positions on one underlying make together; 0 when they make nothing."""
    multiplier = _multiplier(members)
    units = [_units(position, instrument, multiplier) for position, instrument in members]
    divisor = gcd(*units)
    if not all(units) or any(instrument.is_option and instrument.multiplier != multiplier for _, instrument in members):
        return 0
    legs = [
        _Leg(
            instrument.is_call if instrument.is_option else None,
            instrument.strike,
            instrument.last_day,
            unit // divisor,
        )
        for (_, instrument), unit in zip(members, units, strict=True)
    ]
    options = sorted((leg for leg in legs if leg.is_call is not None), key=lambda leg: (leg.strike, leg.is_call))
    shares = [leg.units for leg in legs if leg.is_call is None]
    same_day = len({leg.last_day for leg in options}) == 1
    if shares:
        return _with_shares(shares[0], options) if len(shares) == 1 and same_day else 0
    if len(options) == 2:
        return _pair(options[0], options[1], same_day)
    return _wings(options) if same_day else 0


def _with_shares(shares: int, options: Sequence[_Leg]) -> int:
    kinds = {bool(leg.is_call): leg.units for leg in options}
    if len(options) == 1 and kinds in ({True: -1}, {False: -1}):
        return COVERED if shares == (1 if True in kinds else -1) else 0
    return COLLAR if len(options) == 2 and shares == 1 and kinds == {True: -1, False: 1} else 0


def _pair(first: _Leg, second: _Leg, same_day: bool) -> int:
    if first.is_call is not second.is_call:
        same_side = same_day and first.units == second.units and abs(first.units) == 1
        return (STRADDLE if first.strike == second.strike else STRANGLE) if same_side else 0
    if first.units + second.units:
        return 0
    if same_day:
        return SPREAD
    return CALENDAR if first.strike == second.strike else DIAGONAL


def _wings(options: Sequence[_Leg]) -> int:
    units = [leg.units for leg in options]
    kinds = [leg.is_call for leg in options]
    if len(set(kinds)) == 1:
        if units in ([1, -2, 1], [-1, 2, -1]):
            return BUTTERFLY
        return CONDOR if units in ([1, -1, -1, 1], [-1, 1, 1, -1]) else 0
    if kinds == [False, False, True, True] and units in ([1, -1, -1, 1], [-1, 1, 1, -1]):
        return IRON_BUTTERFLY if options[1].strike == options[2].strike else IRON_CONDOR
    return 0


def _combined(
    owner: Security, members: Sequence[tuple[PositionFigures, Instrument]], strategy: int, combo_id: int
) -> PositionFigures:
    """Add legs up. Prices and costs are net, per share of one strategy; the side is that of its net value."""
    multiplier = _multiplier(members)
    units = [_units(position, instrument, multiplier) for position, instrument in members]
    quantity = gcd(*units)
    legs = [position for position, _ in members]
    shares = [unit / quantity for unit in units]
    value = sum(leg.market_value for leg in legs)
    invested = sum(leg.market_value - leg.profit for leg in legs)
    paid = sum(leg.market_value - leg.unrealised for leg in legs)
    profit, unrealised = sum(leg.profit for leg in legs), sum(leg.unrealised for leg in legs)
    return replace(
        legs[0],
        position_id=combo_id,
        security=owner,
        name=f"{owner.code} {NAMES[strategy]}",
        side=PositionSide.LONG if value >= 0 else PositionSide.SHORT,
        quantity=quantity,
        can_sell=min(
            leg.can_sell // max(1, round(abs(share) * multiplier / leg.multiplier))
            for leg, share in zip(legs, shares, strict=True)
        ),
        price=round(sum(leg.price * share for leg, share in zip(legs, shares, strict=True))),
        multiplier=multiplier,
        market_value=value,
        average_cost=sum(leg.average_cost * share for leg, share in zip(legs, shares, strict=True)),
        diluted_cost=sum(leg.diluted_cost * share for leg, share in zip(legs, shares, strict=True)),
        profit=profit,
        profit_ratio=profit / invested if invested > 0 else None,
        average_profit_ratio=unrealised / paid if paid > 0 else None,
        unrealised=unrealised,
        realised=sum(leg.realised for leg in legs),
        today_profit=sum(leg.today_profit for leg in legs),
        today_traded=sum(leg.today_traded for leg in legs),
        today_bought_amount=sum(leg.today_bought_amount for leg in legs),
        today_bought=0,
        today_sold_amount=sum(leg.today_sold_amount for leg in legs),
        today_sold=0,
        opened_at=min(leg.opened_at for leg in legs),
        combo_id=combo_id,
        strategy=strategy,
        position_type=COMBINED,
    )
