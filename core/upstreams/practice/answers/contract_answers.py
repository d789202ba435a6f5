"""Which protocols about options, warrants and futures are answered, and by which function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from core.upstreams.practice.answers import (
    derivative_unusual,
    futures,
    option_combinations,
    option_statistics,
    options,
    warrant_list,
)
from core.upstreams.practice.answers.option_statistics import ActivityTotals
from core.upstreams.practice.exchange import Exchange


def contract_answers(exchange: Exchange) -> dict[int, Callable[[Any], bytes]]:
    """Give the answers that are ready at once, by protocol."""
    totals = ActivityTotals(exchange)
    return {
        3206: lambda request: futures.references(exchange, request),
        3209: lambda request: options.option_chain(exchange, request),
        3210: lambda request: warrant_list.warrant_list(exchange, request),
        3218: lambda request: futures.future_info(exchange, request),
        3224: lambda request: options.expiration_dates(exchange, request),
        3250: lambda request: option_statistics.volatility(exchange, request),
        3251: lambda request: option_statistics.exercise_probabilities(exchange, request),
        3255: lambda request: option_combinations.option_quotes(exchange, request),
        3256: lambda request: option_combinations.strategy_list(exchange, request),
        3257: lambda request: option_combinations.strategy_analysis(exchange, request),
        3258: lambda request: option_combinations.strategy_spreads(exchange, request),
        3303: lambda request: option_statistics.overview(exchange, totals, request),
        3304: lambda request: option_statistics.underlying_volatility(exchange, request),
    }


def slow_contract_answers(exchange: Exchange) -> dict[int, Callable[[Any], Awaitable[bytes]]]:
    """Give the answers that take long enough to let others run meanwhile."""
    totals = ActivityTotals(exchange)
    return {
        3301: lambda request: option_statistics.market_statistics(exchange, totals, request),
        3803: lambda request: derivative_unusual.derivative_unusual(exchange, totals, request),
        3302: lambda request: option_statistics.underlying_statistics(exchange, totals, request),
    }
