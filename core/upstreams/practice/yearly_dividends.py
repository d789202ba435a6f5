"""What a security paid in the last year: the one figure behind snapshots, funds, screens and ranks."""

from __future__ import annotations

from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import SecurityInfo

_YEAR_DAYS = 365


def paid_in_years(exchange: Exchange, info: SecurityInfo, years: int) -> list[float]:
    """Give the dividends per share of each of the last years, the newest first, for today's shares."""
    today, listed = exchange.today(info.group), info.listing_date.toordinal()
    paid = [0.0] * years
    factor = 1.0
    for action in reversed(exchange.actions.of(info.security)):
        if not listed < action.day <= today:
            continue
        # A share of then may be several of now.
        factor *= action.share_factor
        year = (today - action.day) // _YEAR_DAYS
        if year < years:
            paid[year] += (action.dividend + action.special_dividend) * factor
    return paid


def dividend_of_year(exchange: Exchange, info: SecurityInfo) -> float:
    """Give the dividends per share of the last year, in currency.

    They are those of the table of corporate actions; for a security that has no dividends there, the yield of the
    table of securities at its reference price.
    """
    if any(action.dividend or action.special_dividend for action in exchange.actions.of(info.security)):
        return paid_in_years(exchange, info, 1)[0]
    return info.dividend_yield_percent / 100 * info.reference_price / PRICE_SCALE
