"""Which state each market is in, and when it changes next."""

from __future__ import annotations

import datetime
from typing import Final

from core.model.status import MarketStatus
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.futures_hours import futures_state

# The strip of the Overview. Other markets have states, too, but no place there.
_NAMES: Final = {
    MarketGroup.HK: "Hong Kong",
    MarketGroup.CN: "Mainland China",
    MarketGroup.US: "United States",
    MarketGroup.SG: "Singapore",
    MarketGroup.JP: "Japan",
}
# No market stays in one state longer than this; a market that never closes changes at noon or not at all.
_LOOK_AHEAD_MINUTES: Final = 12 * 1_440


class MarketClock:
    """Market states at the exchange's present, and the next change of each, looked up once per change."""

    def __init__(self, exchange: Exchange) -> None:
        """Store."""
        self._exchange = exchange
        self._next: dict[MarketGroup, tuple[float, float | None, int | None]] = {}
        self._last_minute = -1
        self._last_states: tuple[int, ...] = ()

    def state(self, group: MarketGroup) -> int:
        """Give the QotMarketState of a market now."""
        return self._state_at(group, self._exchange.now)

    def futures_state(self, group: MarketGroup) -> int:
        """Give the QotMarketState of a market's index futures now."""
        local = self._exchange.times[group].local_datetime(self._exchange.now)
        return int(futures_state(self._exchange.calendars[group], local))

    def has_changed(self) -> bool:
        """Say whether some market's state changed since the last call; looks once a minute."""
        minute = int(self._exchange.now // 60)
        if minute == self._last_minute:
            return False
        self._last_minute = minute
        states = tuple(self.state(group) for group in _NAMES if group in self._exchange.calendars)
        changed = bool(self._last_states) and states != self._last_states
        self._last_states = states
        return changed

    def statuses(self, speed: float) -> list[MarketStatus]:
        """Describe every market. At full speed nobody can say how many real seconds a change is away: None."""
        now = self._exchange.now
        rows = []
        for group, name in _NAMES.items():
            if group not in self._exchange.calendars:
                continue
            at, following = self._next_change(group, now)
            rows.append(
                MarketStatus(
                    key=group.value,
                    name=name,
                    state=self._state_at(group, now),
                    utc_offset_seconds=self._exchange.times[group].utc_offset(now),
                    next_state=following,
                    changes_in_seconds=(at - now) / speed if at is not None and speed else None,
                    by_calendar=True,
                )
            )
        return rows

    def _state_at(self, group: MarketGroup, at: float) -> int:
        local = self._exchange.times[group].local_datetime(at)
        return int(self._exchange.calendars[group].market_state(local))

    def _next_change(self, group: MarketGroup, now: float) -> tuple[float | None, int | None]:
        known = self._next.get(group)
        if known is not None and known[0] <= now and (known[1] is None or now < known[1]):
            return known[1], known[2]
        state = self._state_at(group, now)
        calendar, time = self._exchange.calendars[group], self._exchange.times[group]
        minute = now // 60 * 60
        local = time.local_datetime(minute)
        found: tuple[float | None, int | None] = (None, None)
        for step in range(1, _LOOK_AHEAD_MINUTES):
            following = int(calendar.market_state(local + datetime.timedelta(minutes=step)))
            if following != state:
                # Local time is exact here but for a clock change on the way.
                found = (minute + step * 60, following)
                break
        self._next[group] = (now, *found)
        return found
