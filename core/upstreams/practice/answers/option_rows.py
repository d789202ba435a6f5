"""Rows of option rankings and screens: underlyings, series and sales, with what they are sorted and filtered by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from core.upstreams.practice.answers.option_statistics import Totals, implied, rank_and_percentile, realized
from core.upstreams.practice.contract_figures import OptionFigures, option_figures
from core.upstreams.practice.contract_models import OptionModel
from core.upstreams.practice.derived_market import widest_margin
from core.upstreams.practice.market_maker import quote_prices
from core.upstreams.practice.option_pricing import CALL, exercise_probability, price
from core.upstreams.practice.price_ticks import PRICE_SCALE, round_to_tick
from core.upstreams.practice.securities import SecurityInfo
from core.upstreams.practice.underlyings import Underlying
from core.upstreams.practice.valuation import option_terms

_YEAR: Final = 365


@dataclass(frozen=True)
class OwnerFigures:
    """An underlying with the figures of its options on a day. Rates are percent."""

    info: SecurityInfo
    underlying: Underlying
    day: int
    price: float
    last_close: float
    totals: Totals
    share: float  # how much of the day's volume was traded

    @property
    def change_rate(self) -> float:
        """The underlying's change against its last close."""
        return (self.price / self.last_close - 1) * 100 if self.last_close else 0.0

    @property
    def market_cap(self) -> float:
        """Price times shares; 0 for what has none."""
        return self.price * self.info.shares_outstanding

    @property
    def call_volume(self) -> int:
        """Calls traded so far."""
        return int(self.totals.call_volume * self.share)

    @property
    def put_volume(self) -> int:
        """Puts traded so far."""
        return int(self.totals.put_volume * self.share)

    @property
    def volume(self) -> int:
        """All contracts traded so far."""
        return self.call_volume + self.put_volume

    @property
    def open_interest(self) -> int:
        """All open contracts."""
        return self.totals.call_interest + self.totals.put_interest

    @property
    def volume_ratio(self) -> float:
        """Puts for a hundred calls traded."""
        return self.put_volume / self.call_volume * 100 if self.call_volume else 0.0

    @property
    def interest_ratio(self) -> float:
        """Puts for a hundred calls open."""
        return self.totals.put_interest / self.totals.call_interest * 100 if self.totals.call_interest else 0.0

    @property
    def iv(self) -> float:
        """Implied volatility of a month's options."""
        return implied(self.underlying, self.day)

    @property
    def iv_change(self) -> float:
        """Its change against the day before."""
        return (self.iv / implied(self.underlying, self.day - 1) - 1) * 100

    @cached_property
    def iv_place(self) -> tuple[float, float]:
        """Rank and percentile within the last year."""
        return rank_and_percentile(
            self.iv, [implied(self.underlying, past) for past in range(self.day - _YEAR, self.day)]
        )

    @cached_property
    def hv(self) -> float:
        """Realized volatility of the last thirty trading days."""
        return realized(self.underlying, self.day, 30)

    @cached_property
    def hv_change(self) -> float:
        """Its change against a trading day before."""
        before = realized(self.underlying, self.day - 1, 30)
        return (self.hv / before - 1) * 100 if before else 0.0


OWNER_SORT: Final[Mapping[int, Callable[[OwnerFigures], float]]] = {
    1: lambda row: row.volume,
    2: lambda row: row.volume_ratio,
    3: lambda row: row.open_interest,
    4: lambda row: row.interest_ratio,
    5: lambda row: row.price,
    6: lambda row: row.change_rate,
    7: lambda row: row.iv,
    8: lambda row: row.iv_change,
    9: lambda row: row.hv,
    10: lambda row: row.hv_change,
    11: lambda row: row.iv_place[0],
    12: lambda row: row.iv_place[1],
    13: lambda row: row.market_cap,
}
OWNER_RANGES: Final[Mapping[int, Callable[[OwnerFigures], float]]] = {
    3: OWNER_SORT[1], 4: OWNER_SORT[3], 5: OWNER_SORT[7], 6: OWNER_SORT[9], 7: OWNER_SORT[11],
    8: OWNER_SORT[12], 9: OWNER_SORT[8], 10: OWNER_SORT[10], 11: OWNER_SORT[2], 12: OWNER_SORT[4],
    13: OWNER_SORT[13],
}  # fmt: skip
ZERO_DAY_SORT: Final = {0: OWNER_SORT[1], 1: OWNER_SORT[1], 2: OWNER_SORT[7], 3: OWNER_SORT[6],
                         4: OWNER_SORT[3], 5: OWNER_SORT[13]}  # fmt: skip
ZERO_DAY_RANGES: Final = {3: OWNER_SORT[1], 4: OWNER_SORT[3], 5: OWNER_SORT[7], 6: OWNER_SORT[9],
                           7: OWNER_SORT[11], 8: OWNER_SORT[12], 9: OWNER_SORT[5], 10: OWNER_SORT[6]}  # fmt: skip
SELLER_OWNER_RANGES: Final = {3: OWNER_SORT[1], 4: OWNER_SORT[3], 5: OWNER_SORT[7], 6: OWNER_SORT[9],
                               7: OWNER_SORT[11], 8: OWNER_SORT[12], 9: OWNER_SORT[13], 10: OWNER_SORT[5],
                               11: OWNER_SORT[6]}  # fmt: skip
RANK_OWNER_RANGES: Final = {2: OWNER_SORT[13], 4: OWNER_SORT[7], 5: OWNER_SORT[9], 6: OWNER_SORT[11],
                             7: OWNER_SORT[12]}  # fmt: skip


@dataclass(frozen=True)
class Series:
    """One option series at a moment. Rates are percent, prices per share or index point."""

    model: OptionModel
    owner: OwnerFigures
    volume: int

    @property
    def day(self) -> int:
        """The day looked at."""
        return self.owner.day

    @cached_property
    def figures(self) -> OptionFigures:
        """All figures; slow."""
        return option_figures(self.model, self.day, self.owner.price)

    @cached_property
    def fair(self) -> float:
        """The unrounded model price."""
        return price(self.owner.price, option_terms(self.model.underlying, self.model.contract, self.day))

    @property
    def mark(self) -> float:
        """The model price on a tick."""
        return round_to_tick(self.model.tick_kind, round(self.fair * PRICE_SCALE)) / PRICE_SCALE

    @cached_property
    def change_rate(self) -> float:
        """The price against the close of the day before, by the model."""
        day = self.day - 1
        terms = option_terms(self.model.underlying, self.model.contract, day)
        before = price(self.model.underlying.close_before(self.day), terms)
        units = round_to_tick(self.model.tick_kind, round(before * PRICE_SCALE))
        return (self.mark / (units / PRICE_SCALE) - 1) * 100

    @cached_property
    def quotes(self) -> tuple[float, float]:
        """The market maker's bid and ask."""
        bid, ask = quote_prices(self.model.tick_kind, self.fair * PRICE_SCALE, widest_margin(self.model))
        return bid / PRICE_SCALE, ask / PRICE_SCALE

    @cached_property
    def interest(self) -> int:
        """Open contracts at the end of the day before."""
        return self.model.open_interest(self.day)

    @cached_property
    def interest_change(self) -> int:
        """Their change over that day."""
        return self.interest - self.model.open_interest(self.day - 1)

    @property
    def iv(self) -> float:
        """The series' volatility."""
        return option_terms(self.model.underlying, self.model.contract, self.day).volatility * 100

    @property
    def value(self) -> float:
        """Money for one contract."""
        return self.mark * self.model.multiplier

    @property
    def is_inside(self) -> bool:
        """Whether it is in the money."""
        contract, spot = self.model.contract, self.owner.price
        return contract.strike < spot if contract.kind == CALL else contract.strike > spot


SERIES_SORT: Final[Mapping[int, Callable[[Series], float]]] = {
    1: lambda row: row.volume,
    2: lambda row: row.volume * row.value,
    3: lambda row: row.interest,
    4: lambda row: max(0, row.interest_change),
    5: lambda row: max(0, -row.interest_change),
    6: lambda row: row.interest * row.value,
    7: lambda row: max(0, row.interest_change) * row.value,
    8: lambda row: max(0, -row.interest_change) * row.value,
    9: lambda row: row.change_rate,
    10: lambda row: row.iv,
}
SERIES_RANGES: Final[Mapping[int, Callable[[Series], float]]] = {
    8: lambda row: row.iv,
    10: lambda row: row.model.contract.last_day - row.day,
    12: lambda row: row.volume,
    13: lambda row: row.interest,
    14: lambda row: row.figures.greeks.delta,
    15: lambda row: row.figures.greeks.gamma,
    16: lambda row: row.figures.greeks.theta,
    17: lambda row: row.figures.greeks.vega,
    18: lambda row: row.figures.greeks.rho,
}
ZERO_CONTRACT_SORT: Final = {0: SERIES_SORT[1], 1: SERIES_SORT[1], 2: SERIES_SORT[3], 3: SERIES_SORT[10],
                              4: SERIES_RANGES[14]}  # fmt: skip
ZERO_CONTRACT_RANGES: Final[Mapping[int, Callable[[Series], float]]] = {
    2: SERIES_RANGES[12], 3: SERIES_RANGES[13], 4: SERIES_RANGES[8], 5: SERIES_RANGES[14], 6: SERIES_RANGES[15],
    7: SERIES_RANGES[16], 8: SERIES_RANGES[17], 9: SERIES_RANGES[18], 10: lambda row: row.mark,
    11: SERIES_SORT[9], 12: lambda row: row.figures.break_even, 13: lambda row: row.figures.distance_to_break_even,
    14: lambda row: row.figures.profit_probability, 15: lambda row: 100 - row.figures.profit_probability,
}  # fmt: skip


class Sale(NamedTuple):
    """What selling one series brings. Rates are percent."""

    series: Series
    days: int
    interval_return: float
    annual_return: float
    out_degree: float
    exercise_probability: float
    called_return: float
    called_annual_return: float


SALE_SORT: Final[Mapping[int, Callable[[Sale], float]]] = {
    0: lambda row: row.annual_return,
    1: lambda row: row.annual_return,
    2: lambda row: row.interval_return,
    3: lambda row: row.exercise_probability,
    4: lambda row: row.series.value,
}
SALE_RANGES: Final[Mapping[int, Callable[[Sale], float]]] = {
    14: lambda row: row.days,
    17: lambda row: row.series.value,
    18: lambda row: row.annual_return,
    19: lambda row: row.interval_return,
    20: lambda row: row.out_degree,
    21: lambda row: 100 - row.exercise_probability,
    22: lambda row: row.series.iv,
    23: lambda row: row.series.quotes[0],
    24: lambda row: row.series.quotes[1],
    25: lambda row: row.series.volume,
    26: lambda row: row.series.interest,
}


def sale_of(series: Series) -> Sale:
    """Compute what selling a series now brings."""
    contract, spot = series.model.contract, series.owner.price
    terms = option_terms(series.model.underlying, contract, series.day)
    days = max(1, contract.last_day - series.day)
    # A seller of calls holds the shares, one of puts the money for them.
    base = spot if contract.kind == CALL else contract.strike
    earned = series.mark / base * 100
    called = (contract.strike - spot + series.mark) / spot * 100
    return Sale(
        series, contract.last_day - series.day, earned, earned * _YEAR / days,
        abs(contract.strike / spot - 1) * 100, exercise_probability(spot, terms) * 100, called,
        called * _YEAR / days,
    )  # fmt: skip
