"""The simulated past of one future: its index's trading days with the nights, times the cost of carry."""

from __future__ import annotations

from core.upstreams.practice.bar_periods import Bar, SessionLayout
from core.upstreams.practice.contract_models import FutureModel
from core.upstreams.practice.futures_path import DayLegs, FuturesSpotDay, FuturesSpotPath
from core.upstreams.practice.model_path import ModelDay, ModelPath
from core.upstreams.practice.price_ticks import PRICE_SCALE, round_to_tick
from core.upstreams.practice.underlyings import Underlying
from core.upstreams.practice.valuation import carry_factor


class FuturePath(ModelPath):
    """ModelPath for futures: a month ends with the index's last minute of its last day, and day bars come quickly."""

    def __init__(self, model: FutureModel, underlying: Underlying, spot: FuturesSpotPath) -> None:
        """Store. `spot` is the underlying's path."""
        super().__init__(model, underlying)
        self._future = model
        self._spot = spot

    def at(self, index: int) -> ModelDay:
        """Give the day at a position; positions change when earlier days are computed."""
        day = self._spot.at(index)
        if isinstance(day, FuturesSpotDay) and self._is_last(day.day):
            day = day.until_index_close()
        return ModelDay(self, day)

    def layout(self, day: int) -> SessionLayout | None:
        """Give the minutes of a trading day; None when the contract does not trade on it."""
        found = self.day(day)
        return None if found is None else found.layout

    def day_bars(self, begin: int, end: int) -> list[Bar]:
        """Give the day bars from `begin` to `end`, both included; about 10 microseconds each once computed."""
        begin, end = max(begin, self.first_day), min(end, self.model.last_day)
        if begin > end:
            return []
        model, kind, spot_kind = self._future, self.tick_kind, self._spot.tick_kind
        bars = []
        for day, legs in self._spot.days(begin, end):
            factor = carry_factor(self.underlying, model.month(day)[1], day)
            # The same two roundings as of shorter bars: to the index's tick, then to the future's.
            opening, high, low, close = (
                round_to_tick(kind, round(round_to_tick(spot_kind, price) / PRICE_SCALE * factor * PRICE_SCALE))
                / PRICE_SCALE
                for price in self._figures(day, legs)
            )
            volume = model.day_volume(day)
            is_cut = legs.late is not None and self._is_last(day)
            average = legs.index_average if is_cut else legs.average
            turnover = volume * model.multiplier * factor * average / PRICE_SCALE
            bars.append(Bar(day, 0, opening, high, low, close, volume, turnover))
        return bars

    def extremes(self, begin: int, end: int) -> tuple[int, int] | None:
        """Give the highest and lowest price from `begin` to `end`, both included; None without a trading day."""
        begin, end = max(begin, self.first_day), min(end, self.model.last_day)
        if begin > end:
            return None
        if self._extremes is None or self._extremes[:2] != (begin, end):
            prices = []
            for day, legs in self._spot.days(begin, end):
                factor = carry_factor(self.underlying, self._future.month(day)[1], day)
                _, high, low, _ = self._figures(day, legs)
                prices.append((high * factor, low * factor))
            found = (max(high for high, _ in prices), min(low for _, low in prices)) if prices else None
            self._extremes = (begin, end, found)
        known = self._extremes[2]
        if known is None:
            return None
        high_units, low_units = (round_to_tick(self.tick_kind, round(price)) for price in known)
        return high_units, low_units

    def close_before(self, day: int) -> int | None:
        """Give the last close before a day; before the first day what the model would have said."""
        end = min(day, self.model.last_day + 1)
        found = self._spot.indexes(end - 40, end - 1)
        if not found:
            return None
        [(last, legs)] = list(self._spot.days(*(self._spot.at(found[-1]).day,) * 2))
        spot = round_to_tick(self._spot.tick_kind, self._figures(last, legs)[3]) / PRICE_SCALE
        price = self._future.day_price(last)(spot)
        return round_to_tick(self.tick_kind, round(price * PRICE_SCALE))

    def _is_last(self, day: int) -> bool:
        return self._future.month(day)[1] == day

    def _figures(self, day: int, legs: DayLegs) -> tuple[int, int, int, int]:
        if legs.late is not None and self._is_last(day):
            return legs.open, legs.index_high, legs.index_low, legs.index_close
        return legs.open, legs.high, legs.low, legs.close
