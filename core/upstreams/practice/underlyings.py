"""What pricing models ask about an underlying: its simulated past, its volatilities, rate and dividends."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log
from typing import Final, NamedTuple, Protocol

from core.upstreams.practice.bar_periods import Bar, SessionLayout
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.interest_rates import rate_of
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import SecurityInfo
from core.upstreams.practice.volatility_surface import VolatilitySurface

_KEPT_CLOSES: Final = 4_096
_KEPT_TERMS: Final = 16_384
DAYS_PER_YEAR: Final = 365
LAST_DAY_PART: Final = 0.3  # of a day that an option still has on its last day


class Term(NamedTuple):
    """Time to an expiry in years, the forward price and the volatility at the money."""

    years: float
    forward: float
    volatility: float


class SpotDay(Protocol):
    """One simulated day of an underlying. Prices as in DayPath."""

    @property
    def day(self) -> int:
        """The date, an ordinal."""

    @property
    def layout(self) -> SessionLayout:
        """Its minutes."""

    def fair_price(self, slot: int, fraction: float) -> float:
        """Give the unrounded price inside a minute in price units, `fraction` from 0 up to 1."""

    def minute_volume(self, slot: int) -> int:
        """Give the volume of one minute."""

    def bars(self, period: int) -> list[Bar]:
        """Give all bars of a period of minutes."""

    def unit_sums(self) -> Sequence[int]:
        """Give the day's volume up to the end of each of its minutes, a 0 in front, in units of its own."""

    def average(self, first: int, end: int) -> tuple[float, float]:
        """Give the average price (price units) of what is traded in some slots, and the variance around it."""

    def bar_of_slots(self, first: int, end: int, label: int = 0) -> Bar:
        """Give the bar of slots `first` up to, not including, `end`."""


class SpotPath(Protocol):
    """The simulated past of an underlying; see ReferencePath."""

    @property
    def first_day(self) -> int:
        """The first simulated day."""

    def ensure(self, begin: int, end: int) -> None:
        """Compute the days from `begin` to `end`, both included."""

    def computed_from(self) -> int:
        """Give the first day that is computed already."""

    def indexes(self, begin: int, end: int) -> range:
        """Give the positions of the trading days from `begin` to `end`, both included, for `at`."""

    def at(self, index: int) -> SpotDay:
        """Give the day at a position; positions change when earlier days are computed."""

    def day_bars(self, begin: int, end: int) -> list[Bar]:
        """Give the day bars from `begin` to `end`, both included."""

    def extremes(self, begin: int, end: int) -> tuple[int, int] | None:
        """Give the highest and lowest price from `begin` to `end`, both included; None without a trading day."""

    def close_before(self, day: int) -> int | None:
        """Give the last close before a day in price units; None before the first."""

    def ex_close(self, day: int, close: int) -> int:
        """Give the close before a day as its corporate action, if any, restates it."""


def years_left(last_day: int, day: int) -> float:
    """Give the time to expiry in years; 0 after the last day."""
    return (last_day - day + LAST_DAY_PART) / DAYS_PER_YEAR if day <= last_day else 0.0


class Underlying:
    """One underlying. Prices are in its currency; days are ordinals."""

    def __init__(self, info: SecurityInfo, path: SpotPath, calendar: MarketCalendar, seed: int) -> None:
        """Store."""
        self.info = info
        self.path = path
        self.calendar = calendar
        self.rate = rate_of(info.currency)
        self.dividend_yield = info.dividend_yield_percent / 100
        self.base_volatility = info.volatility_percent / 100
        self.surface = VolatilitySurface(seed, info.security.label, self.base_volatility)
        self._closes: dict[int, float] = {}
        self._terms: dict[tuple[int, int], Term] = {}

    @property
    def first_day(self) -> int:
        """The first simulated day."""
        return self.path.first_day

    def close_before(self, day: int) -> float:
        """Give the last close before a day on the simulated path; the reference price before the first one."""
        known = self._closes.get(day)
        if known is None:
            known = (self.path.close_before(day) or self.info.reference_price) / PRICE_SCALE
            if len(self._closes) > _KEPT_CLOSES:
                self._closes.clear()
            self._closes[day] = known
        return known

    def remember_closes(self, bars: Sequence[Bar]) -> None:
        """Keep the closes before all but the first of some day bars: looking them up one by one takes longer."""
        if len(self._closes) + len(bars) <= _KEPT_CLOSES:
            self._closes.update((bar.day, before.close) for before, bar in pairwise(bars))

    def reference(self, day: int) -> float:
        """Give the close before a day as a corporate action of that day restates it."""
        close = self.close_before(day)
        return self.path.ex_close(day, round(close * PRICE_SCALE)) / PRICE_SCALE

    def changes(self, bars: Sequence[Bar]) -> list[float]:
        """Give the logarithmic changes from day to day, corporate actions left out."""
        found = []
        for before, bar in pairwise(bars):
            restated = self.path.ex_close(bar.day, round(before.close * PRICE_SCALE))
            found.append(log(bar.close * PRICE_SCALE / restated))
        return found

    def term(self, last_day: int, day: int) -> Term:
        """Give what all contracts that expire on one day share on a day."""
        known = self._terms.get((last_day, day))
        if known is None:
            years = years_left(last_day, day)
            forward = self.reference(day) * exp((self.rate - self.dividend_yield) * years)
            known = Term(years, forward, self.surface.at_the_money(day, years))
            if len(self._terms) > _KEPT_TERMS:
                self._terms.clear()
            self._terms[last_day, day] = known
        return known
