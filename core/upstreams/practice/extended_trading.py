"""Who trades a US security outside regular hours: fewer traders than by day, in the same order book."""

from __future__ import annotations

from math import inf

from core.upstreams.practice.extended_hours import ExtendedHours, Leg, RunningLeg
from core.upstreams.practice.liquidity import outside_market
from core.upstreams.practice.live_leg import LiveLeg
from core.upstreams.practice.market_time import MarketTime
from core.upstreams.practice.order_book import Fill, OrderBook
from core.upstreams.practice.order_flow import OrderFlow
from core.upstreams.practice.securities import SecurityInfo
from core.upstreams.practice.seeded_noise import mix

# TickerType numbers: pre-market and after-hours trades, and those of the night.
TRADE_OUTSIDE_HOURS, TRADE_AT_NIGHT = 21, 22


class ExtendedTrading:
    """The leg that is traded now, and its traders. `turn_minute` first, then `act`."""

    def __init__(self, info: SecurityInfo, hours: ExtendedHours, book: OrderBook, time: MarketTime, key: int) -> None:
        """Store. `book` is the security's only one: what waits in it may be matched in any hours."""
        self.hours = hours
        self.live: LiveLeg | None = None  # what is traded now
        self.leg = Leg.OVERNIGHT
        self.slot = 0
        self.ends_at = inf  # Unix seconds
        self._time = time
        self._key = key
        self._info = info
        self._book = book
        self._flow: OrderFlow | None = None

    @property
    def ticker_type(self) -> int:
        """What the trades of the running leg are called."""
        return TRADE_AT_NIGHT if self.leg is Leg.OVERNIGHT else TRADE_OUTSIDE_HOURS

    def turn_minute(self, day: int, minute: int, unix_minute: int) -> list[Fill] | None:
        """Go to the minute of a local time; None when no leg runs then.

        A leg begins with a fresh book; what it trades with users' orders is the answer.
        """
        running = self.hours.running(day, minute)
        if self.live is not None and (
            running is None or self.live.day != running.trading_day or self.leg != running.leg
        ):
            self.leave()
        if running is None:
            return None
        begins = self.live is None
        if begins:
            self._begin(running)
        live, flow = self.live, self._flow
        assert live is not None, "a leg has begun"
        assert flow is not None, "and has traders"
        self.slot = max(running.slot, live.last_slot)
        flow.begin_minute(mix(self._key ^ unix_minute), live.path.minute_volume(self.slot))
        return flow.fill_book(live.path.fair_price(self.slot, 0.0)) if begins else []

    def act(self, at: float) -> list[Fill]:
        """Let one thing happen in the running minute; gives the trades it caused."""
        assert self.live is not None, "asked outside a leg"
        assert self._flow is not None, "a leg has traders"
        fraction = min(0.999, max(0.0, at / 60 % 1))
        return self._flow.act(self.live.path.fair_price(self.slot, fraction))

    def next_event(self, at: float) -> float:
        """Draw when something happens next, at the latest when the leg ends."""
        assert self._flow is not None, "asked outside a leg"
        return min(at + self._flow.next_pause(), self.ends_at)

    def leave(self) -> None:
        """The leg is over; nobody traded in the rest of it."""
        if self.live is not None:
            self.live.fill_quiet(self.live.layout.count)
        self.live = None

    def leave_unattended(self, day: int, minute: int) -> None:
        """Time has passed unwatched: the rest of the leg, up to a local time, comes from the path."""
        live, running = self.live, self.hours.running(day, minute)
        if live is not None:
            is_same = running is not None and (live.day, self.leg) == (running.trading_day, running.leg)
            live.take_from_path(running.slot if is_same and running else live.layout.count)
        self.live = None

    def next_begin(self, day: int, minute: int) -> float:
        """Give when the next leg begins, in Unix seconds; infinity when none is near."""
        found = self.hours.next_begin(day, minute)
        return inf if found is None else self._time.unix(*found)

    def _begin(self, running: RunningLeg) -> None:
        live = self.live = self.hours.go_live(running)
        self.leg = running.leg
        self.ends_at = self._time.unix(live.day, live.layout.minutes[-1] + 1)
        traders = outside_market(self._info, overnight=running.leg is Leg.OVERNIGHT)
        lot = max(1, self._info.lot_size)
        self._flow = OrderFlow(
            self._book, self._info.tick_kind, lot, traders.events_per_second, traders.liquidity, traders.levels
        )
