"""Options and their underlyings as filters and ranks look at them: every figure is computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Final

from core.model.errors import UserFacingError
from core.model.security import Security
from core.upstreams.practice.answers import option_statistics as statistics
from core.upstreams.practice.answers.option_statistics import ActivityTotals, Totals
from core.upstreams.practice.answers.options import all_expiries, pairs_of
from core.upstreams.practice.contract_figures import OptionFigures, option_figures
from core.upstreams.practice.contract_models import OptionModel
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.option_pricing import CALL, PUT
from core.upstreams.practice.price_ticks import PRICE_SCALE, next_down, next_up
from core.upstreams.practice.securities import SecurityInfo

_YEAR: Final = 365
_REALIZED_DAYS: Final = 20
_LONGEST_BREAK: Final = 40


class Owner:
    """An underlying; figures are computed when they are first asked for."""

    def __init__(
        self, exchange: Exchange, info: SecurityInfo, totals: ActivityTotals | None = None, day: int | None = None
    ) -> None:
        """Look at the underlying as it stands now, or stood at the end of an earlier trading day.

        `totals` are needed for sums over all its series.
        """
        underlying = exchange.derivatives.underlying(info.security)
        assert underlying is not None, "owners have options"
        self.info = info
        self.day, self.spot = exchange.fair_now(info)
        bar, self.last_close = exchange.day_so_far(info)
        self.price = bar.close
        self.share = statistics.day_share(exchange, info)
        self._underlying = underlying
        self._exchange = exchange
        self._totals = totals
        if day is not None and day < self.day:
            bars = exchange.history(info).past_days(day - _LONGEST_BREAK, day)
            if len(bars) < 2 or bars[-1].day != day:
                raise UserFacingError("no_figure", field=f"{info.security.label} on {day_text(day)}")
            self.day, self.share = day, 1.0
            self.spot = self.price = bars[-1].close
            self.last_close = bars[-2].close

    @cached_property
    def volatility(self) -> float:
        """The options' implied volatility, in percent."""
        return statistics.implied(self._underlying, self.day)

    @cached_property
    def realized(self) -> float:
        """The volatility of the last month, in percent."""
        return statistics.realized(self._underlying, self.day, _REALIZED_DAYS)

    @cached_property
    def place(self) -> tuple[float, float]:
        """Rank and percentile of the implied volatility in the past year."""
        past = [statistics.implied(self._underlying, day) for day in range(self.day - _YEAR, self.day)]
        return statistics.rank_and_percentile(self.volatility, past)

    @cached_property
    def totals(self) -> Totals:
        """All series together: contracts traded so far today, and open ones."""
        assert self._totals is not None, "asked for sums without what adds them up"
        total = self._totals.of_owner(self._exchange.derivatives.classes_of(self.info.security), self.day)
        share = self.share
        return total._replace(call_volume=int(total.call_volume * share), put_volume=int(total.put_volume * share))

    @property
    def volume(self) -> int:
        """Contracts of all series traded so far today."""
        return self.totals.call_volume + self.totals.put_volume

    @property
    def open_interest(self) -> int:
        """Open contracts of all series."""
        return self.totals.call_interest + self.totals.put_interest

    @property
    def change(self) -> float:
        """The day's change of the price, in percent."""
        return (ratio(self.price, self.last_close) - 1) * 100

    @cached_property
    def realized_before(self) -> float:
        """The realized volatility a day ago, in percent."""
        return statistics.realized(self._underlying, self.day - 1, _REALIZED_DAYS)

    @property
    def volatility_before(self) -> float:
        """The implied volatility a day ago."""
        return statistics.implied(self._underlying, self.day - 1)


class Series:
    """One option series; figures are computed when they are first asked for."""

    def __init__(self, exchange: Exchange, owner: Owner, model: OptionModel) -> None:
        """Store."""
        self.owner = owner
        self.model = model
        self.contract = model.contract
        self._exchange = exchange

    @cached_property
    def figures(self) -> OptionFigures:
        """Price, greeks and what follows from them."""
        return option_figures(self.model, self.owner.day, self.owner.spot)

    @cached_property
    def info(self) -> SecurityInfo:
        """The series as a security."""
        return self._exchange.info(self.contract.security)

    @property
    def expires_at(self) -> float:
        """The Unix seconds of the last day's beginning."""
        return self._exchange.times[self.owner.info.group].unix(self.contract.last_day)

    @property
    def in_the_money(self) -> bool:
        """Whether exercising it now would pay."""
        return self.out_of_the_money < 0

    @cached_property
    def last_close(self) -> float:
        """The price at the end of the day before."""
        return self.model.day_price(self.owner.day - 1)(self.owner.last_close)

    @cached_property
    def bid(self) -> float:
        """A tick below the price."""
        return next_down(self.contract.tick_kind, round(self.figures.mark * PRICE_SCALE)) / PRICE_SCALE

    @cached_property
    def ask(self) -> float:
        """A tick above the price."""
        return next_up(self.contract.tick_kind, round(self.figures.mark * PRICE_SCALE)) / PRICE_SCALE

    @cached_property
    def volume(self) -> int:
        """Contracts traded so far today."""
        return int(self.model.day_volume(self.owner.day) * self.owner.share)

    @property
    def out_of_the_money(self) -> float:
        """The distance of the strike, in percent of the spot; negative in the money."""
        sign = 1 if self.contract.kind == CALL else -1
        return sign * (self.contract.strike - self.owner.spot) / self.owner.spot * 100


Figure = Callable[[Series], float]


def ratio(value: float, other: float) -> float:
    """Divide; 0 by nothing."""
    return value / other if other else 0.0


# UnderlyingIndicatorType and OptionIndicatorType numbers of the option screen.
OWNER_FIGURES: Final[dict[int, Callable[[Owner], float]]] = {
    201: lambda one: one.volume,
    202: lambda one: one.open_interest,
    203: lambda one: one.volatility,
    204: lambda one: one.realized,
    205: lambda one: one.place[0],
    206: lambda one: one.place[1],
    207: lambda one: one.volatility - one.volatility_before,
    208: lambda one: (ratio(one.volatility, one.volatility_before) - 1) * 100,
    209: lambda one: ratio(one.volatility, one.realized),
    210: lambda one: one.volatility - one.realized,
    401: lambda one: one.info.shares_outstanding * one.price,
    402: lambda one: one.price,
    403: lambda one: one.change,
}
OPTION_FIGURES: Final[dict[int, Figure]] = {
    1001: lambda one: one.contract.strike,
    1002: lambda one: one.contract.last_day - one.owner.day,
    1003: lambda one: one.contract.kind,
    1004: lambda one: 1 if one.contract.american else 2,
    1005: lambda one: one.contract.cycle,
    1007: lambda one: one.expires_at,
    2001: lambda one: int(one.in_the_money),
    2002: lambda one: one.figures.mark,
    2003: lambda one: (one.bid + one.ask) / 2,
    2004: lambda one: one.bid,
    2005: lambda one: one.ask,
    2006: lambda one: one.ask - one.bid,
    2010: lambda one: (ratio(one.figures.mark, one.last_close) - 1) * 100,
    2011: lambda one: one.volume,
    2012: lambda one: one.volume * one.contract.multiplier * one.figures.mark,
    2013: lambda one: one.figures.open_interest,
    2014: lambda one: one.figures.open_interest * one.contract.multiplier * one.figures.mark,
    2018: lambda one: ratio(one.volume, one.figures.open_interest),
    2021: lambda one: one.figures.mark * one.contract.multiplier,
    3001: lambda one: one.figures.volatility,
    3002: lambda one: one.owner.realized,
    3003: lambda one: ratio(one.figures.volatility, one.owner.realized),
    3004: lambda one: one.figures.greeks.delta,
    3005: lambda one: one.figures.greeks.gamma,
    3006: lambda one: one.figures.greeks.vega,
    3007: lambda one: one.figures.greeks.theta,
    3008: lambda one: one.figures.greeks.rho,
    3009: lambda one: one.figures.leverage,
    3010: lambda one: one.figures.effective_leverage,
    3011: lambda one: one.figures.distance_to_break_even,
    3012: lambda one: -one.figures.distance_to_break_even,
    3013: lambda one: one.figures.profit_probability,
    3014: lambda one: 100 - one.figures.profit_probability,
    3015: lambda one: ratio(one.figures.intrinsic, one.figures.mark) * 100,
    3016: lambda one: 100 - ratio(one.figures.intrinsic, one.figures.mark) * 100,
    3017: lambda one: max(0.0, -one.out_of_the_money),
    3018: lambda one: max(0.0, one.out_of_the_money),
    3019: lambda one: one.figures.exercise_probability,
    3020: lambda one: 100 - one.figures.exercise_probability,
    3021: lambda one: one.figures.seller_return * _YEAR / max(1, one.contract.last_day - one.owner.day),
    3022: lambda one: one.figures.seller_return,
}


def owners_of(
    exchange: Exchange, markets: Iterable[int], totals: ActivityTotals | None = None, day: int | None = None
) -> list[Owner]:
    """Give the underlyings of some OptionMarket numbers, now or at the end of an earlier day."""
    found: dict[Security, None] = {}
    for market in markets:
        found.update(dict.fromkeys(statistics.owners_of_market(exchange, market)))
    return [Owner(exchange, exchange.info(owner), totals, day) for owner in found]


def series_of(exchange: Exchange, owner: Owner, day: int | None = None) -> list[Series]:
    """Give all series on an underlying, or those that expire on one day; nothing of them is computed yet."""
    by_day = all_expiries(exchange, exchange.derivatives.classes_of(owner.info.security))
    return [
        Series(exchange, owner, exchange.derivatives.option(pair.option_class, pair.expiry, kind, pair.strike))
        for expiry, series in by_day.items()
        if day is None or expiry == day
        for pair in pairs_of(exchange, series)
        for kind in (CALL, PUT)
    ]
