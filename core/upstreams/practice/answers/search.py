"""Answers GetSearchQuote (3262): securities whose code or name fits what somebody typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import Security
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.securities import SecurityInfo

DEFAULT_COUNT: Final = 10
MAXIMUM_COUNT: Final = 100
MAXIMUM_KEYWORD: Final = 60


def search(exchange: Exchange, is_watched: Callable[[Security], bool], request: Any) -> bytes:
    """Answer GetSearchQuote (3262): the best fit first."""
    c2s = request.c2s
    keyword = c2s.keyword.strip().lower()
    if not keyword:
        raise UserFacingError("missing_field", field="keyword")
    if len(keyword) > MAXIMUM_KEYWORD:
        raise UserFacingError("bad_field", field="keyword", value=keyword[:MAXIMUM_KEYWORD])
    count = c2s.max_count if c2s.HasField("max_count") else DEFAULT_COUNT
    if not 1 <= count <= MAXIMUM_COUNT:
        raise UserFacingError("bad_field", field="max_count", value=count)
    found = [(fit, info.security, info) for info in exchange.table if (fit := _fit(info, keyword)) is not None]
    found.sort(key=lambda row: row[:2])
    response = openapi.Qot_GetSearchQuote.Response(retType=0)
    response.s2c.SetInParent()
    for _, security, info in found[:count]:
        response.s2c.search_quote_list.add(
            market=security.market,
            code=security.code,
            name=exchange.name(info),
            sec_type=info.security_type,
            is_watched=is_watched(security),
        )
    return response.SerializeToString()


def best_fit(exchange: Exchange, keyword: str) -> SecurityInfo | None:
    """Give the security that fits best what somebody typed; None when none does."""
    typed = keyword.strip().lower()[:MAXIMUM_KEYWORD]
    if not typed:
        return None
    found = [(fit, info.security, info) for info in exchange.table if (fit := _fit(info, typed)) is not None]
    return min(found, key=lambda row: row[:2])[2] if found else None


def _fit(info: SecurityInfo, keyword: str) -> int | None:
    """Rate a security: 0 is its very code, higher is worse, None does not fit."""
    code, label = info.security.code.lower(), info.security.label.lower()
    if keyword in (code, label):
        return 0
    if code.startswith(keyword) or code.lstrip("0").startswith(keyword):
        return 1
    names = (info.name_en.lower(), info.name_zh, info.name_zh_hant)
    if any(name == keyword for name in names):
        return 2
    if any(name.startswith(keyword) for name in names):
        return 3
    if any(keyword in name for name in names) or (len(keyword) > 1 and keyword in code):
        return 4
    return None
