"""Answers that look at a whole market at once: filters, ranks, distributions. They let others run in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US, Security
from core.upstreams.practice.answers import (
    dividends,
    extended_ranks,
    heat_map,
    option_ranks,
    option_screen,
    option_sellers,
    option_zero_day,
    ranks,
    state_owned_rank,
    stock_filter,
    stock_screen,
    technical_unusual,
    valuations,
)
from core.upstreams.practice.answers.option_statistics import ActivityTotals
from core.upstreams.practice.answers.request_checks import security_of
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.extended_hours import Leg
from core.upstreams.practice.market_view import MarketView
from core.upstreams.practice.securities import SecurityInfo

# The plates that hold a whole market.
_MARKET_PLATES: Final = {
    HK: Security(HK, "LIST1910"),
    US: Security(US, "USAALL"),
    SH: Security(SH, "LIST3000005"),
    SZ: Security(SH, "LIST3000005"),
}


class Screens:
    """The comparing answers of one exchange. `watched` gives the user's watch list."""

    def __init__(self, exchange: Exchange, watched: Callable[[], list[Security]]) -> None:
        """Store."""
        self._exchange = exchange
        self.view = MarketView(exchange)
        totals = ActivityTotals(exchange)
        self.answers: dict[int, Callable[[Any], Awaitable[bytes]]] = {
            3215: lambda request: stock_filter.stock_filter(self.view, self._members, request),
            3232: lambda request: valuations.valuation_detail(self.view, request),
            3233: lambda request: valuations.plate_valuations(self.view, request),
            3252: lambda request: stock_screen.stock_screen(self.view, self._members_by_code, watched, request),
            3253: lambda request: option_screen.option_screen(exchange, totals, request),
            3305: lambda request: option_ranks.underlying_rank(exchange, totals, request),
            3306: lambda request: option_ranks.option_rank(exchange, totals, request),
            3311: lambda request: option_zero_day.zero_day_underlyings(exchange, totals, request),
            3312: lambda request: option_zero_day.zero_day_contracts(exchange, totals, request),
            3314: lambda request: option_sellers.seller_screener(exchange, totals, request),
            3407: lambda request: dividends.dividend_rank(self.view, request),
            3410: lambda request: extended_ranks.extended_rank(self.view, Leg.PRE_MARKET, request),
            3411: lambda request: extended_ranks.extended_rank(self.view, Leg.AFTER_HOURS, request),
            3412: lambda request: extended_ranks.extended_rank(self.view, Leg.OVERNIGHT, request),
            3801: lambda request: technical_unusual.technical_unusual(self.view, request),
            3417: lambda request: state_owned_rank.state_owned_rank(self.view, request),
            3413: lambda request: ranks.top_movers(self.view, request),
            3416: lambda request: ranks.period_changes(self.view, request),
            3432: lambda request: heat_map.heat_map(self.view, request),
            3433: lambda request: ranks.rise_fall(self.view, self._members, _MARKET_PLATES.get, request),
        }

    def _members(self, plate: Any) -> list[SecurityInfo]:
        security = security_of(plate)
        if self._exchange.plates.get(security) is None:
            raise UserFacingError("unknown_plate", code=security.label)
        return list(self._exchange.plates.members(security))

    def _members_by_code(self, code: str) -> list[SecurityInfo]:
        """Give the members of a plate whose market is not told."""
        for market in (HK, US, SH, SZ):
            if self._exchange.plates.get(Security(market, code)) is not None:
                return list(self._exchange.plates.members(Security(market, code)))
        raise UserFacingError("unknown_plate", code=code[:40])
