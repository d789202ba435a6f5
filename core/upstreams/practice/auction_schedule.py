"""Which auction of a security comes next, and the simulated orders that arrive for it."""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from core.upstreams.practice.auction_hours import AuctionTimes, closing_times, opening_times
from core.upstreams.practice.bar_periods import layout_of
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.call_auction import AuctionOrder, arrival_times, simulated_orders
from core.upstreams.practice.market_time import MarketTime
from core.upstreams.practice.securities import ETF, STOCK, SecurityInfo
from core.upstreams.practice.seeded_noise import mix

_OPENING_VOLUME: Final = 4  # of an auction, in volumes of the minute beside it
# Mainland China's last minute holds nothing but the auction, see intraday_shapes.py.
_CLOSING_VOLUME, _WHOLE_CLOSING_VOLUME = 6, 1


class DueAuction(NamedTuple):
    """An auction that was not held yet. Times are Unix seconds; `dice` is its seed."""

    day: int
    is_opening: bool
    begins: float
    collected: float
    matches: float
    dice: int


class Expectation(NamedTuple):
    """What simulated orders of an auction are drawn around: price units, shares, the day's price limits."""

    price: float
    minute_volume: int
    reference: int
    limits: tuple[int, int] | None


class AuctionSchedule:
    """The auctions of one security; stocks and funds have them where a market is not always open."""

    def __init__(self, info: SecurityInfo, calendar: MarketCalendar, time: MarketTime, key: int) -> None:
        """Store. `key` is the security's dice."""
        self._info = info
        self._calendar = calendar
        self._time = time
        self._key = key
        self._has_auctions = info.security_type in (STOCK, ETF)

    def due(self, live_day: int, closed_day: int, date: int) -> Iterator[DueAuction]:
        """Give the auctions not held yet: the live day's closing one, then the opening one of a date.

        `closed_day` is the last day whose closing auction was held.
        """
        if not self._has_auctions:
            return
        if closed_day != live_day:
            yield from self._auction(live_day, is_opening=False)
        if date != live_day:
            yield from self._auction(date, is_opening=True)

    def arrivals(self, due: DueAuction, expected: Expectation) -> deque[tuple[float, AuctionOrder]]:
        """Give the simulated orders and when they come, in rising order."""
        times = _OPENING_VOLUME
        if not due.is_opening:
            # Where trading stops for the closing auction the path's last minute is the auction.
            times = _WHOLE_CLOSING_VOLUME if due.collected == self._close_of(due.day) else _CLOSING_VOLUME
        volume = expected.minute_volume * times
        lot = max(1, self._info.lot_size)
        orders = simulated_orders(due.dice, self._info.tick_kind, lot, expected.price, volume, expected.limits)
        return deque(zip(arrival_times(due.dice, len(orders), due.begins, due.collected), orders, strict=True))

    def _auction(self, day: int, *, is_opening: bool) -> Iterator[DueAuction]:
        sessions = self._calendar.sessions(datetime.date.fromordinal(day))
        if not sessions or layout_of(sessions).all_day:
            return
        dice = mix(self._key ^ (day * 2 + is_opening))
        times: AuctionTimes | None
        times = (opening_times if is_opening else closing_times)(self._info.group, sessions, dice)
        if times is not None:
            begins, collected, matches = (self._unix(day, second) for second in times)
            yield DueAuction(day, is_opening, begins, collected, matches, dice)

    def _close_of(self, day: int) -> float:
        sessions = self._calendar.sessions(datetime.date.fromordinal(day))
        return self._unix(day, sessions[-1].close * 60.0)

    def _unix(self, day: int, second: float) -> float:
        minutes, rest = divmod(second, 60.0)
        return self._time.unix(day, int(minutes)) + rest
