"""What a simulated fund is worth: figures that follow from the table and from simulated prices."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from core.upstreams.practice.securities import SecurityInfo

# Numbers of the public schema (AssetClass).
STOCKS, BONDS, COMMODITIES, MONEY_MARKET = 1, 2, 3, 4
# Words of names; the first that fits counts. Funds of mining companies hold stocks.
_CLASSES: Final = (
    (STOCKS, re.compile(r"\bminers?\b|矿", re.IGNORECASE)),
    (MONEY_MARKET, re.compile(r"\bmoney market\b|货币", re.IGNORECASE)),
    (BONDS, re.compile(r"\b(bonds?|treasury|treasuries)\b|债", re.IGNORECASE)),
    (COMMODITIES, re.compile(r"\b(gold|silver|oil fund|commodit(y|ies))\b|黄金|白银|商品", re.IGNORECASE)),
)
_VALUE_DECIMALS: Final = 4


class FundFigures(NamedTuple):
    """Money in the fund's currency, rates in percent."""

    net_asset_value: float  # of a unit
    units: int
    assets: float
    premium: float  # of the price over the net asset value
    dividend_yield: float  # of a year, against the price
    asset_class: int  # AssetClass


def asset_class(info: SecurityInfo) -> int:
    """Tell from a fund's names what it holds; stocks when they say nothing."""
    for number, words in _CLASSES:
        if words.search(info.name_en) or words.search(info.name_zh):
            return number
    return STOCKS


def fund_figures(info: SecurityInfo, price: float, fair_price: float, dividend: float) -> FundFigures:
    """Describe a fund at its price. A unit is worth what the simulated path says; trades move around that.

    `dividend` is what a unit paid in a year.
    """
    value = round(fair_price, _VALUE_DECIMALS) or price
    return FundFigures(
        net_asset_value=value,
        units=info.shares_outstanding,
        assets=value * info.shares_outstanding,
        premium=(price / value - 1) * 100,
        dividend_yield=dividend / price * 100,
        asset_class=asset_class(info),
    )
