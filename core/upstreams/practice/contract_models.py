"""Contracts with what is traded of them and what they are worth: the models behind their simulated past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from core.upstreams.practice import contract_activity as activity
from core.upstreams.practice import index_futures, valuation
from core.upstreams.practice.bar_periods import Bar
from core.upstreams.practice.contracts import FutureContract, OptionContract, WarrantContract
from core.upstreams.practice.price_ticks import TickKind
from core.upstreams.practice.underlyings import Underlying
from core.upstreams.practice.valuation import carry_factor, day_price

_KEPT_MONTHS: Final = 256


class OptionModel:
    """An option series as ModelPath needs it."""

    volume_unit: int = 1

    def __init__(self, contract: OptionContract, underlying: Underlying, interval: float, key: int) -> None:
        """Store. `interval` is the distance between strikes, `key` the contract's dice."""
        self.contract = contract
        self.underlying = underlying
        self.tick_kind: TickKind = contract.tick_kind
        self.first_day = contract.first_day
        self.last_day = contract.last_day
        self.multiplier = contract.multiplier
        self._interval = interval
        self._key = key

    def day_price(self, day: int) -> Callable[[float], float]:
        """Give the function from the underlying's price to the series'."""
        return day_price(self.underlying, self.contract, day)

    def day_volume(self, day: int) -> int:
        """Give the volume of a whole day, in contracts."""
        return activity.option_volume(self.underlying, self.contract, self._interval, self._key, day)

    def extremes(self, bars: Sequence[Bar]) -> tuple[float, float] | None:
        """Give the highest and lowest price over day bars of the underlying."""
        return valuation.extremes(self.underlying, self.contract, bars)

    def open_interest(self, day: int) -> int:
        """Give the open contracts at the end of the trading day before."""
        return activity.option_open_interest(self.underlying, self.contract, self._interval, self._key, day)


class FutureModel:
    """A future as ModelPath needs it; a rolling contract stands for another month every month."""

    volume_unit: int = 1

    def __init__(self, contract: FutureContract, underlying: Underlying, key_of: Callable[[str], int]) -> None:
        """Store. `key_of` gives the dice of a contract's code, so that a rolling contract has its month's."""
        self.contract = contract
        self.underlying = underlying
        self.tick_kind: TickKind = contract.tick_kind
        self.first_day = contract.first_day
        self.last_day = contract.last_day
        self.multiplier = contract.multiplier
        self._key_of = lru_cache(maxsize=_KEPT_MONTHS)(key_of)
        self._month = (0, contract.security.code, contract.last_day)  # what was said last, and for which day

    def month(self, day: int) -> tuple[str, int]:
        """Give code and last trading day of the month that trades on a day."""
        if not self.contract.role:
            return self.contract.security.code, self.contract.last_day
        if self._month[0] == day:
            return self._month[1:]
        month = index_futures.month_of_role(self.underlying.calendar, self.contract.role, day)
        self._month = (day, self.contract.root + month.text, month.last_day)
        return self._month[1:]

    def day_price(self, day: int) -> Callable[[float], float]:
        """Give the function from the index to the future."""
        factor = carry_factor(self.underlying, self.month(day)[1], day)
        return lambda spot: spot * factor

    def day_volume(self, day: int) -> int:
        """Give the volume of a whole day, in contracts."""
        code, last_day = self.month(day)
        return activity.future_volume(self.underlying, self.contract, last_day, self._key_of(code), day)

    def extremes(self, bars: Sequence[Bar]) -> tuple[float, float] | None:
        """Give the highest and lowest price over day bars of the index."""
        prices: list[float] = []
        for bar in bars:
            function = self.day_price(bar.day)
            prices += (function(bar.high), function(bar.low))
        return (max(prices), min(prices)) if prices else None

    def open_interest(self, day: int) -> int:
        """Give the open contracts at the end of the trading day before."""
        code, last_day = self.month(day)
        return activity.future_position(self.underlying, self.contract, last_day, self._key_of(code), day)


class WarrantModel:
    """A warrant or CBBC as ModelPath needs it."""

    def __init__(self, contract: WarrantContract, underlying: Underlying, key: int) -> None:
        """Store. `key` is the contract's dice."""
        self.contract = contract
        self.underlying = underlying
        self.tick_kind: TickKind = contract.tick_kind
        self.first_day = contract.first_day
        self.last_day = contract.last_day
        self.multiplier = contract.multiplier
        self.volume_unit = contract.lot_size
        self._key = key

    def day_price(self, day: int) -> Callable[[float], float]:
        """Give the function from the stock's price to the contract's."""
        return day_price(self.underlying, self.contract, day)

    def day_volume(self, day: int) -> int:
        """Give the volume of a whole day, in units."""
        price = self.day_price(day)(self.underlying.close_before(day))
        return activity.warrant_volume(self.underlying, self.contract, price, self._key, day)

    def extremes(self, bars: Sequence[Bar]) -> tuple[float, float] | None:
        """Give the highest and lowest price over day bars of the underlying."""
        return valuation.extremes(self.underlying, self.contract, bars)

    def open_interest(self, day: int) -> int:
        """Give the units that investors hold (the street volume)."""
        return activity.street_volume(self.contract, self._key, day)


DerivedModel = OptionModel | FutureModel | WarrantModel
