"""How answers about options choose and order: underlyings and series that pass filters, pages, sorting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from core.model.errors import UserFacingError
from core.upstreams.practice.answers.option_looks import Owner, Series, owners_of, ratio, series_of
from core.upstreams.practice.answers.option_statistics import ActivityTotals
from core.upstreams.practice.answers.ranks import inside
from core.upstreams.practice.answers.request_checks import security_of
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.securities import ETF, STOCK

Thing = TypeVar("Thing")


def _put_call(puts: int, calls: int) -> float:
    return ratio(puts, calls) * 100


# UnderlyingRankSortType numbers.
OWNER_SORTS: Final[dict[int, Callable[[Owner], float]]] = {
    1: lambda one: one.volume,
    2: lambda one: _put_call(one.totals.put_volume, one.totals.call_volume),
    3: lambda one: one.open_interest,
    4: lambda one: _put_call(one.totals.put_interest, one.totals.call_interest),
    5: lambda one: one.price,
    6: lambda one: one.change,
    7: lambda one: one.volatility,
    8: lambda one: (ratio(one.volatility, one.volatility_before) - 1) * 100,
    9: lambda one: one.realized,
    10: lambda one: (ratio(one.realized, one.realized_before) - 1) * 100,
    11: lambda one: one.place[0],
    12: lambda one: one.place[1],
    13: lambda one: one.info.shares_outstanding * one.price,
}


async def owners_passing(
    exchange: Exchange,
    totals: ActivityTotals,
    market: int,
    filters: Sequence[Any],
    figures: dict[int, Callable[[Owner], float]],
    *,
    lists: tuple[int, ...],
    categories: tuple[int, ...] = (),
    day: int | None = None,
) -> list[Owner]:
    """Give a market's underlyings that pass the filters. `lists` and `categories` name filters by choice."""
    breathe = Breath()
    checks: list[Callable[[Owner], bool]] = []
    for one in filters:
        value = one.indicatorValue
        if one.indicatorType in lists:
            wanted = {security_of(message) for message in value.securityList}
            checks.append(lambda owner, wanted=wanted: owner.info.security in wanted)  # type: ignore[misc]
        elif one.indicatorType in categories:
            types = {STOCK if number == 1 else ETF for number in value.valueList if number}
            checks.append(lambda owner, types=types: not types or owner.info.security_type in types)  # type: ignore[misc]
        elif one.indicatorType in figures:
            checks.append(_between(figures[one.indicatorType], value.valueInterval))
        else:
            raise UserFacingError("no_figure", field=f"indicatorType {one.indicatorType}")
    found = []
    for owner in owners_of(exchange, (market,), totals, day):
        await breathe()
        if all(check(owner) for check in checks):
            found.append(owner)
    return found


async def series_passing(
    exchange: Exchange,
    owners: Sequence[Owner],
    filters: Sequence[Any],
    figures: dict[int, Callable[[Series], float]],
    *,
    exact: tuple[int, ...],
    day: int | None = None,
    kind: int | None = None,
) -> list[Series]:
    """Give all series on underlyings that pass the filters; those of `kind` are out of the money ones only."""
    breathe = Breath()
    checks: list[Callable[[Series], bool]] = []
    for one in filters:
        if one.indicatorType not in figures:
            raise UserFacingError("no_figure", field=f"indicatorType {one.indicatorType}")
        figure = figures[one.indicatorType]
        if one.indicatorType in exact:
            checks.append(_among(figure, frozenset(one.indicatorValue.valueList)))
        else:
            checks.append(_between(figure, one.indicatorValue.valueInterval))
    found = []
    for owner in owners:
        for one in series_of(exchange, owner, day):
            await breathe()
            if kind is not None and (one.contract.kind != kind or one.out_of_the_money <= 0):
                continue
            if all(check(one) for check in checks):
                found.append(one)
    return found


async def sort_by(found: list[Thing], figure: Callable[[Thing], float], *, descending: bool) -> None:
    """Sort by a figure that takes a while to compute; equal ones stay in the order they came."""
    breathe = Breath()
    keys = {}
    for one in found:
        await breathe()
        keys[id(one)] = figure(one)
    found.sort(key=lambda one: keys[id(one)], reverse=descending)


def _between(figure: Callable[[Thing], float], interval: Any) -> Callable[[Thing], bool]:
    return lambda one: inside(figure(one), interval)


def _among(figure: Callable[[Thing], float], wanted: frozenset[int]) -> Callable[[Thing], bool]:
    return lambda one: int(figure(one)) in wanted


def window(c2s: Any, most: int, *, default: int | None = None) -> tuple[int, int]:
    """Read page and count. Raises UserFacingError."""
    count = c2s.count if c2s.HasField("count") else default or most
    if count < 1:
        raise UserFacingError("bad_field", field="count", value=count)
    if count > most:
        raise UserFacingError("too_many_items", count=count, limit=most)
    if c2s.page and not (c2s.page.isdecimal() and len(c2s.page) < 7):
        raise UserFacingError("page_key")
    return int(c2s.page or 0), int(count)


def next_page(first: int, count: int, found: int) -> str:
    """Give what asks for the next page; empty on the last one."""
    return str(first + count) if first + count < found else ""


def greeks_of(one: Series) -> dict[str, float]:
    """Give the greeks under the names that rows of answers have for them."""
    return one.figures.greeks._asdict()
