"""Current bars of the minute periods that somebody subscribes: kept trade by trade, so a push costs no adding up."""

from __future__ import annotations

from core.upstreams.practice.bar_periods import Bar
from core.upstreams.practice.live_day import LiveDay
from core.upstreams.practice.price_ticks import PRICE_SCALE


class RunningBar:
    """The current bar of one minute period. `closed` collects bars that ended since they were last taken."""

    __slots__ = ("_base_turnover", "_bucket", "_day", "_period", "_turnover", "before", "closed", "current")

    def __init__(self, day: LiveDay, period: int, before: float, *, resume: bool = True) -> None:
        """Begin with what the day holds, or with `resume` False with its next trade.

        `before` is the close before the current bar, in currency.
        """
        self._period = period
        self._day = day
        self._turnover = 0
        self.before = before
        self.closed: list[tuple[Bar, float]] = []
        self.current: Bar | None = None
        self._base_turnover = 0.0
        self._bucket = -1
        if resume and day.has_data:
            self._bucket = day.layout.bucket_number(period, day.last_slot)
            label, first, _ = day.layout.buckets(period)[self._bucket]
            self.current = day.bar_of_slots(first, day.last_slot + 1, label)
            self._base_turnover = self.current.turnover

    def begin_day(self, day: LiveDay) -> None:
        """Close the bar of the old day, or leg outside regular hours; the new one's first trade opens the next."""
        self._close()
        self._day = day
        self._bucket = -1

    def record(self, slot: int, price: int, volume: int, turnover: int) -> None:
        """Add a trade, units as in `LiveDay.record`."""
        bucket = self._day.layout.bucket_number(self._period, slot)
        value = price / PRICE_SCALE
        current = self.current
        if bucket != self._bucket or current is None:
            self._close()
            self._bucket = bucket
            self._base_turnover = 0.0
            self._turnover = turnover
            label = self._day.layout.buckets(self._period)[bucket].label
            self.current = Bar(self._day.day, label, value, value, value, value, volume, turnover / PRICE_SCALE)
            return
        self._turnover += turnover
        day, label, opening, high, low, _, total, _ = current
        self.current = Bar(
            day, label, opening,
            value if value > high else high,
            value if value < low else low,
            value, total + volume, self._base_turnover + self._turnover / PRICE_SCALE,
        )  # fmt: skip

    def _close(self) -> None:
        if self.current is not None:
            self.closed.append((self.current, self.before))
            self.before = self.current.close
            self.current = None
