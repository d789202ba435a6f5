"""Answers GetHeatMapData (3432): each plate's level, and what its members add up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US, Security
from core.upstreams.practice.answers.request_checks import checked_number
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.market_view import MarketView, Today, market_value
from core.upstreams.practice.plates import PlateKind
from core.upstreams.practice.quote_messages import security_message
from core.upstreams.practice.securities import SecurityInfo

DEFAULT_COUNT: Final = 30
MAXIMUM_COUNT: Final = 200
_INDUSTRY, _CONCEPT, _THEME = 0, 1, 2
_BY_CHANGE, _BY_VALUE, _BY_TURNOVER, _BY_HEAT = 1, 2, 3, 4


class PlateFigures(NamedTuple):
    """One plate with what its members add up to; `change` is percent since their last closes."""

    info: SecurityInfo
    price: float
    change: float
    turnover: float
    volume: int
    value: float
    earnings: float
    rising: int
    falling: int
    unchanged: int
    leader: SecurityInfo


async def heat_map(view: MarketView, request: Any) -> bytes:
    """Answer GetHeatMapData (3432). How often people look at a plate is not known here."""
    c2s = request.c2s
    if c2s.market not in (HK, US, SH, SZ):
        raise UserFacingError("wrong_market", market=c2s.market)
    kind = checked_number("plateType", c2s.plateType, (_INDUSTRY, _CONCEPT, _THEME))
    order = checked_number("sortField", c2s.sortField or _BY_CHANGE, (_BY_CHANGE, _BY_VALUE, _BY_TURNOVER, _BY_HEAT))
    if kind == _THEME or order == _BY_HEAT:
        raise UserFacingError("no_figure", field="plateType Theme" if kind == _THEME else "sortField Hot")
    count = c2s.count if c2s.HasField("count") else DEFAULT_COUNT
    if not 1 <= count <= MAXIMUM_COUNT:
        raise UserFacingError("bad_field", field="count", value=count)
    first = _first_of(c2s.page)
    rows = await plate_figures(view, c2s.market, PlateKind.INDUSTRY if kind == _INDUSTRY else PlateKind.CONCEPT)
    keys = {_BY_CHANGE: _change, _BY_VALUE: _value, _BY_TURNOVER: _turnover}
    rows.sort(key=lambda row: row.info.security)
    rows.sort(key=keys[order], reverse=not c2s.ascend)
    response = openapi.Qot_GetHeatMapData.Response(retType=0)
    response.s2c.allCount = len(rows)
    response.s2c.nextPage = str(first + count) if first + count < len(rows) else ""
    for row in rows[first : first + count]:
        entry = response.s2c.plateDataList.add(
            plate=security_message(row.info),
            plateName=view.exchange.name(row.info),
            curPrice=row.price,
            changeRate=row.change,
            turnover=row.turnover,
            volume=row.volume,
            marketVal=row.value,
            riseCount=row.rising,
            fallCount=row.falling,
            equalCount=row.unchanged,
            leaderStock=security_message(row.leader),
        )
        if row.earnings > 0:
            entry.peAvg = row.value / row.earnings
    return response.SerializeToString()


async def plate_figures(view: MarketView, market: int, kind: PlateKind) -> list[PlateFigures]:
    """Add up the members of every plate of a kind; plates without a trading member are left out."""
    breathe = Breath()
    by_security: dict[Security, tuple[SecurityInfo, Today]] = {}
    for stock in view.stocks(market):
        await breathe()
        of_stock = view.today(stock)
        if of_stock is not None and not view.exchange.is_suspended(stock):
            by_security[stock.security] = (stock, of_stock)
    found = []
    for plate in view.exchange.plates.of_market(market, kind):
        info = view.exchange.table.get(plate.security)
        members = [
            by_security[member.security]
            for member in view.exchange.plates.members(plate.security)
            if member.security in by_security
        ]
        if info is not None and members:
            for _ in view.exchange.warm_up(info):
                await breathe()
            found.append(_add_up(view, info, members))
    return found


def _add_up(view: MarketView, info: SecurityInfo, members: Sequence[tuple[SecurityInfo, Today]]) -> PlateFigures:
    value = sum(market_value(member, of.price) for member, of in members)
    before = sum(market_value(member, of.last_close) for member, of in members)
    last_level = view.exchange.history(info).reference_close(max(of.day for _, of in members))
    changes = [(of.price > of.last_close) - (of.price < of.last_close) for _, of in members]
    return PlateFigures(
        info,
        last_level * value / before if before else last_level,
        (value / before - 1) * 100 if before else 0.0,
        sum(of.turnover for _, of in members),
        sum(of.volume for _, of in members),
        value,
        sum(member.eps * member.shares_outstanding for member, _ in members),
        changes.count(1),
        changes.count(-1),
        changes.count(0),
        max(members, key=lambda row: (row[1].change, row[0].security))[0],
    )


def _first_of(page: str) -> int:
    if not page:
        return 0
    if not page.isdecimal() or len(page) > 6:
        raise UserFacingError("page_key")
    return int(page)


def _change(row: PlateFigures) -> float:
    return row.change


def _value(row: PlateFigures) -> float:
    return row.value


def _turnover(row: PlateFigures) -> float:
    return row.turnover
