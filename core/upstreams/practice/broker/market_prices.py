"""What the money side sees of the practice exchange: instruments and their prices."""

from __future__ import annotations

from core.model.errors import UserFacingError
from core.model.security import Security
from core.upstreams.practice.broker.instruments import Instrument, instrument_of
from core.upstreams.practice.broker.order_schedule import OrderSchedule
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.price_ticks import PRICE_SCALE


class MarketPrices:
    """A PriceSource on an exchange. What was known once stays known: a contract that ended can still be held."""

    def __init__(self, exchange: Exchange, schedule: OrderSchedule) -> None:
        """Store."""
        self._exchange = exchange
        self._schedule = schedule
        self._instruments: dict[Security, Instrument] = {}

    def instrument(self, security: Security) -> Instrument | None:
        """Describe a security; None when it is not known."""
        found = self._instruments.get(security)
        if found is None:
            info = self._exchange.table.get(security)
            if info is None:
                return None
            model = self._exchange.derivatives.model(security)
            found = self._instruments[security] = instrument_of(info, model.contract if model else None)
        return found

    def last(self, security: Security) -> int:
        """Give the last price in price units; 0 when there is none."""
        instrument = self.instrument(security)
        if instrument is None or self._is_over(instrument):
            return 0
        try:
            return self._exchange.last_price(security) or 0
        except UserFacingError:
            return 0

    def previous_close(self, security: Security) -> int:
        """Give the close before the current trading day, as it counts today; 0 for none."""
        instrument = self.instrument(security)
        if instrument is None or self._is_over(instrument):
            return 0
        try:
            return round(self._exchange.market(security).day.last_close * PRICE_SCALE)
        except UserFacingError:
            return 0

    def today(self, security: Security) -> int:
        """Give the current trading day of the security's market; 0 for what is not known."""
        info = self._exchange.table.get(security)
        return 0 if info is None else self._schedule.current_day(info)

    def _is_over(self, instrument: Instrument) -> bool:
        """Whether a contract has ended, so that it has no market any more."""
        return bool(instrument.last_day) and instrument.last_day < self.today(instrument.security)
