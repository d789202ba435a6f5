"""Answers about plates: the list of them, who belongs to one, and where a security belongs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US, Security
from core.upstreams.practice import quote_messages as messages
from core.upstreams.practice.answers.reference import add_static
from core.upstreams.practice.answers.request_checks import checked_number, securities_of, security_of
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_view import MarketView, Today, market_value
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import ETF, INDEX, STOCK, SecurityInfo

MAXIMUM_OWNERS: Final = 200
_KINDS: Final = (0, 1, 2, 3)
_CODE: Final = 1
# SortField numbers whose order follows from the quote.
_BY_QUOTE: Final[dict[int, Callable[[Today], float]]] = {
    2: lambda today: today.price,
    3: lambda today: today.price - today.last_close,
    4: lambda today: today.change,
    10: lambda today: today.volume,
    11: lambda today: today.turnover,
    30: lambda today: today.amplitude,
}
_BY_TABLE: Final[dict[int, Callable[[SecurityInfo], Any]]] = {
    5: lambda info: info.is_suspended,
    17: lambda info: info.security_type,
    21: lambda info: info.listing_date,
    33: lambda info: info.lot_size,
}
_MARKET_VALUE: Final = 51
_BY_BOOK: Final = {6: (Side.BUY, 0), 7: (Side.SELL, 0), 8: (Side.BUY, 1), 9: (Side.SELL, 1)}


def plate_set(exchange: Exchange, request: Any) -> bytes:
    """Answer GetPlateSet (3204). Regions exist for the mainland only; lists are found by their codes."""
    c2s = request.c2s
    if c2s.market not in (HK, US, SH, SZ):
        raise UserFacingError("wrong_market", market=c2s.market)
    kind = checked_number("plateSetType", c2s.plateSetType, _KINDS)
    response = openapi.Qot_GetPlateSet.Response(retType=0)
    response.s2c.SetInParent()
    for plate in exchange.plates.of_market(c2s.market, kind):
        info = exchange.table.get(plate.security)
        if info is not None:
            response.s2c.plateInfoList.add(
                plate=messages.security_message(info), name=exchange.name(info), plateType=int(plate.kind)
            )
    return response.SerializeToString()


def plate_securities(exchange: Exchange, view: MarketView, request: Any) -> bytes:
    """Answer GetPlateSecurity (3205), sorted by code unless told otherwise. Members without the figure come last."""
    c2s = request.c2s
    members = list(members_of(exchange, security_of(c2s.plate)))
    field = c2s.sortField or _CODE
    descending = c2s.HasField("ascend") and not c2s.ascend
    if field != _CODE:
        keys = {info.security: _key(exchange, view, field, info) for info in members}
        known = [info for info in members if keys[info.security] is not None]
        known.sort(key=lambda info: keys[info.security])
        if descending:
            known.reverse()
        members = known + [info for info in members if keys[info.security] is None]
    elif descending:
        members.reverse()
    response = openapi.Qot_GetPlateSecurity.Response(retType=0)
    response.s2c.SetInParent()
    for info in members:
        add_static(exchange, response.s2c.staticInfoList, info)
    return response.SerializeToString()


def owner_plates(exchange: Exchange, request: Any) -> bytes:
    """Answer GetOwnerPlate (3207): up to 200 stocks, funds and indices."""
    c2s = request.c2s
    if len(c2s.securityList) > MAXIMUM_OWNERS:
        raise UserFacingError("too_many_items", count=len(c2s.securityList), limit=MAXIMUM_OWNERS)
    response = openapi.Qot_GetOwnerPlate.Response(retType=0)
    response.s2c.SetInParent()
    for security in securities_of(c2s.securityList):
        info = exchange.table.get(security)
        if info is None or info.security_type not in (STOCK, ETF, INDEX):
            raise UserFacingError("unknown_security", code=security.label)
        row = response.s2c.ownerPlateList.add(security=messages.security_message(info), name=exchange.name(info))
        for plate in exchange.plates.owners(security):
            described = exchange.table.get(plate.security)
            if described is not None:
                row.plateInfoList.add(
                    plate=messages.security_message(described),
                    name=exchange.name(described),
                    plateType=int(plate.kind),
                )
    return response.SerializeToString()


def members_of(exchange: Exchange, security: Security) -> tuple[SecurityInfo, ...]:
    """Give a plate's members. Raises UserFacingError(unknown_plate)."""
    if exchange.plates.get(security) is None:
        raise UserFacingError("unknown_plate", code=security.label)
    return exchange.plates.members(security)


def _key(exchange: Exchange, view: MarketView, field: int, info: SecurityInfo) -> Any:
    """Give what a member is sorted by; None when it has no such figure. Raises UserFacingError(bad_field)."""
    if field in _BY_TABLE:
        return _BY_TABLE[field](info)
    if field not in (*_BY_QUOTE, *_BY_BOOK, _MARKET_VALUE):
        raise UserFacingError("bad_field", field="sortField", value=field)
    if not exchange.is_listed(info):
        return None
    if field in _BY_BOOK:
        side, column = _BY_BOOK[field]
        levels = exchange.market(info.security).levels(side, 1)
        return (levels[0].volume if column else levels[0].price / PRICE_SCALE) if levels else None
    today = view.today(info)
    if today is None:
        return None
    return market_value(info, today.price) or None if field == _MARKET_VALUE else _BY_QUOTE[field](today)
