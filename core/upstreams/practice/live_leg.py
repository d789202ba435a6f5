"""A stretch outside regular hours that is being traded: like a live day, but minutes without a trade have no bars."""

from __future__ import annotations

from core.upstreams.practice.bar_periods import Bar, add_up
from core.upstreams.practice.live_day import LiveDay
from core.upstreams.practice.reference_path import DayPath


class LiveLeg(LiveDay):
    """One leg of one trading day. `last_close` is the regular close that changes are counted from."""

    def __init__(self, path: DayPath, base: float, first_slot: int, session: int) -> None:
        """Take minutes before `first_slot` from the path. `session` is the narrowest hours that include the leg."""
        self.session = session
        super().__init__(path, base, first_slot)

    @property
    def has_data(self) -> bool:
        """Whether anything was traded yet; before that the prices are only quoted."""
        return self.volume > 0

    def fill_quiet(self, end: int) -> None:
        """Give the minutes after the newest one up to, not including, slot `end` the last price and no volume."""
        for slot in range(self.last_slot + 1, end):
            self._opens[slot] = self._highs[slot] = self._lows[slot] = self._closes[slot] = self.last
            self._volumes[slot] = 0
            self.last_slot = slot

    def bars(self, period: int, newest: int | None = None) -> list[Bar]:
        """Give the bars of a period of minutes in which somebody traded."""
        return [bar for bar in super().bars(period, newest) if bar.volume]

    def bar_of_slots(self, first: int, end: int, label: int) -> Bar:
        """Give the bar of slots `first` up to, not including, `end`; all must have data."""
        if end - first == 1 or all(map(self.is_from_path, range(first, end))):
            return super().bar_of_slots(first, end, label)
        minutes = [self.minute(slot) for slot in range(first, end)]
        traded = [minute for minute in minutes if minute.volume]
        return add_up(traded or minutes, minute=label)
