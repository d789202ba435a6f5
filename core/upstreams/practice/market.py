"""One security as it trades now: its order book, trades, day totals and current bars, all from the same trades.

Longer than the house allows: the turn from one phase of a day to the next is waiting to be split off.
"""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Sequence
from heapq import merge
from math import inf
from operator import attrgetter
from typing import Final, NamedTuple

from core.model.topics import REGULAR_HOURS
from core.upstreams.practice.auction_schedule import AuctionSchedule, DueAuction, Expectation
from core.upstreams.practice.bar_periods import DAY, MINUTES_OF_TYPE, Bar, add_up, layout_of, period_start
from core.upstreams.practice.broker_flow import BrokerFlow
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.call_auction import AuctionOrder, CallAuction, matches
from core.upstreams.practice.extended_bars import Span, latest_extended_bars
from core.upstreams.practice.extended_hours import ExtendedHours
from core.upstreams.practice.extended_trading import ExtendedTrading
from core.upstreams.practice.liquidity import book_levels, events_per_second, liquidity_of
from core.upstreams.practice.live_day import LiveDay
from core.upstreams.practice.live_leg import LiveLeg
from core.upstreams.practice.market_maker import MarketMaker
from core.upstreams.practice.market_time import MarketTime
from core.upstreams.practice.odd_lots import odd_lot_levels
from core.upstreams.practice.order_book import Fill, LevelView, OrderBook, Side
from core.upstreams.practice.order_flow import TRADES_PER_EVENT, OrderFlow
from core.upstreams.practice.price_limits import PriceLimits
from core.upstreams.practice.price_ticks import PRICE_SCALE, round_to_tick
from core.upstreams.practice.running_bars import RunningBar
from core.upstreams.practice.securities import INDEX_LIKE, SecurityInfo
from core.upstreams.practice.security_history import SecurityHistory
from core.upstreams.practice.seeded_noise import key_of, mix
from core.upstreams.practice.trading_hours import MarketPhase, TradingHours
from core.upstreams.practice.user_orders import UserOrders

TICKS_KEPT: Final = 1_000
# Time that passed unattended (a sleeping computer) is not traded after the fact but taken from the path.
LONGEST_CATCH_UP_SECONDS: Final = 120.0
INDEX_SECONDS: Final = 2.0  # between two values of an index
_OPENING_ATTEMPTS: Final = 50
AUTOMATCH, AUCTION = 1, 7  # TickerType numbers
_NEUTRAL: Final = 3
_SEQUENCES_PER_MINUTE: Final = 1_000_000


class Tick(NamedTuple):
    """One trade. `direction` is 1 for a buying taker, 2 for a selling one, 3 in an auction, which has no taker.

    Price in price units, turnover in money; `kind` is a TickerType number, `session` the narrowest hours of a
    subscription that include it.
    """

    unix: float
    sequence: int
    direction: int
    price: int
    volume: int
    turnover: float
    kind: int = AUTOMATCH
    session: int = REGULAR_HOURS


class Place(NamedTuple):
    """A moment on a security's trading days: the newest day that has begun, which need not be the date.

    `slot` is the minute that trades, None while closed; `passed` counts the day's minutes before the moment.
    """

    day: int
    slot: int | None
    passed: int


class SecurityMarket:
    """The live state of one security. `open_at` first, then `advance` with rising times."""

    def __init__(
        self,
        info: SecurityInfo,
        calendar: MarketCalendar,
        time: MarketTime,
        history: SecurityHistory,
        seed: int,
        *,
        levels: int | None = None,
    ) -> None:
        """Store. Nothing is computed before `open_at`. `levels` is how many prices a side has, if not as usual."""
        self.info = info
        self.calendar = calendar
        self.time = time
        self.history = history
        self.hours = TradingHours(info, calendar, time)
        self.is_index = info.security_type in INDEX_LIKE
        self.book = OrderBook()
        self.ticks: deque[Tick] = deque(maxlen=TICKS_KEPT)
        self.new_ticks: list[Tick] = []
        self.quote_changed = False
        self.book_changed = False
        self.book_changed_at = 0.0
        self.next_event = 0.0
        self.running: dict[tuple[int, int], RunningBar] = {}  # by KLType and session
        self.extended: ExtendedHours | None = None  # for US stocks and funds
        self.outside: ExtendedTrading | None = None  # who trades them outside regular hours
        self.outside_ticks: deque[Tick] = deque(maxlen=TICKS_KEPT)
        self.extended_changed = 0  # the narrowest session that saw trades outside regular hours, 0 for no trades
        self.present = 0.0  # the moment of the last look at the market
        self.contract_size = 1  # money per price and volume of 1; more for futures and options
        self.is_suspended = False
        self.users: UserOrders | None = None  # from the first order of a user on
        self.was_away = False  # prices since the last look came from the path, not from trades
        rate = events_per_second(info)
        self._flow: OrderFlow | MarketMaker = OrderFlow(
            self.book, info.tick_kind, max(1, info.lot_size), rate, liquidity_of(info), levels or book_levels(info)
        )
        self._key = key_of(seed, "flow", info.security.label)
        self._outside_key = key_of(seed, "flow outside hours", info.security.label)
        self.broker_key = key_of(seed, "brokers", info.security.label)
        self.flow_key = key_of(seed, "capital flow", info.security.label)
        self.broker_flow: BrokerFlow | None = None  # for what has a broker queue
        self.auction: CallAuction | None = None  # while orders are collected; users' orders join it
        self._arrivals: deque[tuple[float, AuctionOrder]] = deque()
        self._due: DueAuction | None = None  # the one whose orders are collected
        self._schedule = AuctionSchedule(info, calendar, time, key_of(seed, "auction", info.security.label))
        self._closed_day = -1  # the last day that had its closing auction
        self._odd_lot_key = key_of(seed, "odd lots", info.security.label)
        self._limits = PriceLimits(info, calendar)
        self._divisor = history.path.turnover_divisor
        self._sequence = 0
        self._minute = -1  # Unix minute that is being traded
        self._slot = 0
        self._minute_volume = 0
        self._minute_traded = 0
        self._day: LiveDay | None = None
        # The part of the current week, month, quarter and year before today: (today, bar, close before the period).
        self._long_bases: dict[int, tuple[int, Bar | None, float]] = {}

    @property
    def day(self) -> LiveDay:
        """The live day: today, or the last trading day when there was no trading yet today."""
        assert self._day is not None, "asked before open_at"
        return self._day

    @property
    def present_local(self) -> tuple[int, int]:
        """The day and minute of the last look at the market, by its own clock."""
        local = self.time.local(self.present)
        return local.day, local.minute

    def trade_outside(self, hours: ExtendedHours) -> None:
        """Let the security trade outside regular hours, too; before `open_at`."""
        self.extended = hours
        self.outside = ExtendedTrading(self.info, hours, self.book, self.time, self._outside_key)

    def open_at(self, now: float) -> None:
        """Go live. The minute that is running (or the last one before a break) is traded from its beginning.

        Everything before it comes from the path. Also used after a gap in time.
        """
        self.present = now
        if self.auction is not None:
            self._collect(min(now, self.auction.matches_at))
        local = self.time.local(now)
        if self._is_suspended_on(local.day):
            self._suspend(local.day)
            return
        if self.outside is not None:
            self.outside.leave_unattended(local.day, local.minute)
        day, found, passed = self._place(local.day, local.minute)
        is_open = found is not None
        slot = passed - 1 if found is None else found
        if self._day is None or (self._day.day, self._day.last_slot) < (day, slot):
            if self.users is not None:
                self.users.pass_gap(day, slot)
            self._resume(day, slot)
            begin = now // 60 * 60 if is_open else self.time.unix(day, self.day.layout.minutes[slot])
            self._slot = slot
            self._turn_minute(begin)
            if not self.is_index:
                self.apply_fills(begin, self._flow.fill_book(self._fair(begin)))
            self.book_changed_at = self.next_event = begin
            # The events of one minute at most: the last one before a break ends at its end.
            self._run(min(now, begin + 59.999))
        if not is_open and self.auction is None:
            self._wait_for_opening(now, local.day, local.minute)
            self._open_outside(now, local.day, local.minute)
        # Auctions that began before somebody looked.
        while self.auction is not None or self._begin_auction(now, local.day):
            assert self.auction is not None, "one has just begun"
            self._collect(min(now, self.auction.matches_at))
            if self.auction is not None:
                break
        self.take_changes()

    def advance(self, now: float) -> None:
        """Let everything happen up to and including `now`."""
        self.present = now
        if now - self.next_event > LONGEST_CATCH_UP_SECONDS:
            self.open_at(now)
            self.quote_changed = self.book_changed = self.was_away = True
        else:
            self._run(now)

    def take_changes(self) -> list[Tick]:
        """Give the trades since the last call and clear the marks of what changed."""
        ticks, self.new_ticks = self.new_ticks, []
        self.quote_changed = self.book_changed = self.was_away = False
        self.extended_changed = 0
        return ticks

    def levels(self, side: Side, depth: int) -> list[LevelView]:
        """Show one side of the book, the best price first; orders of an auction while nobody else trades."""
        return (self.book if self.auction is None or self._is_outside else self.auction).levels(side, depth)

    def queue(self, side: Side, depth: int, limit: int) -> list[tuple[int, int, int]]:
        """List the orders behind `levels` as (position from 1, id, volume), at most `limit`."""
        if self.auction is None or self._is_outside:
            return self.book.orders(side, depth, limit)
        return self.auction.queue(side, depth, limit)

    @property
    def last_price(self) -> int:
        """The newest price of any hours in price units, before any trade the last close; 0 when there is none."""
        live = self.outside.live if self.outside is not None else None
        return live.last if live is not None and live.has_data else self.day.last

    def enter_minute(self, at: float) -> bool:
        """Be ready to trade at a moment up to which everything has happened; False when nothing trades then."""
        if int(at // 60) != self._minute and not self._turn_minute(at):
            return False
        if self.hours.phase(at) is not MarketPhase.CONTINUOUS:
            return self.outside is not None and self.outside.live is not None
        if not self.day.has_data:
            self._trade(at)
        return True

    def apply_fills(self, at: float, fills: Sequence[Fill]) -> None:
        """Make trades of what the book matched: totals, bars, flow, ticks, and what users are told."""
        if self.outside is not None and self.outside.live is not None:
            self._record_outside(at, self.outside, self.outside.live, fills)
        else:
            self.day.flows.record(self._slot, fills)
            if fills and self.broker_flow is not None:
                self.broker_flow.record(fills)
            for fill in fills:
                self._record(at, fill.price, fill.volume)
                self._add_tick(at, fill.taker_side, fill.price, fill.volume, AUTOMATCH)
        if self.users is not None:
            self.users.note(at, fills)

    def ticks_of(self, session: int) -> list[Tick]:
        """Give the newest trades of the hours of a subscription, oldest first."""
        outside = [tick for tick in self.outside_ticks if tick.session <= session]
        return list(merge(self.ticks, outside, key=attrgetter("sequence")))[-TICKS_KEPT:]

    def stretch(self, session: int) -> LiveDay | None:
        """Give what the hours of a subscription trade now or have traded last: the day, or a leg outside regular hours.

        None when that was a leg which is over.
        """
        outside = self.outside
        if outside is None or session == REGULAR_HOURS:
            return self.day
        if outside.live is not None:
            return outside.live if outside.live.session <= session else None
        day, minute = self.present_local
        is_open = day == self.day.day and self.day.layout.slot_at(minute) is not None
        return self.day if is_open or self.day.layout.all_day else None

    def odd_lots(self, side: Side) -> list[LevelView]:
        """Give one side of the odd-lot book, the best price first; empty for what has none."""
        best = self.book.best_bid if side is Side.BUY else self.book.best_ask
        return odd_lot_levels(self.info.tick_kind, self.info.lot_size, self._odd_lot_key, self._minute, side, best)

    def want_periods(self, periods: frozenset[tuple[int, int]]) -> None:
        """Keep current bars for these K-line types and sessions, as far as they are minutes, and for no others."""
        wanted = {(kind, session) for kind, session in periods if kind in MINUTES_OF_TYPE}
        for key in [key for key in self.running if key not in wanted]:
            del self.running[key]
        for key in sorted(wanted - self.running.keys()):
            self.running[key] = self._make_running(*key)

    def current_long_bar(self, kline_type: int) -> tuple[Bar, float] | None:
        """Give the current day, week, month, quarter or year bar and the close before it; None without any trade."""
        if not self.day.has_data:
            return None
        today = self.day.day_bar()
        if kline_type == DAY:
            return today, self.day.last_close
        base = self._long_bases.get(kline_type)
        if base is None or base[0] != today.day:
            start = period_start(kline_type, today.day)
            earlier = self.history.day_bars(start, today.day - 1)
            base = (today.day, add_up(earlier) if earlier else None, self.history.close_before(start))
            self._long_bases[kline_type] = base
        _, earlier_bar, before = base
        return (today if earlier_bar is None else add_up((earlier_bar, today))), before

    def _place(self, day: int, minute: int) -> Place:
        """Say where a local minute lies among the trading days."""
        date = datetime.date.fromordinal(day)
        sessions = self.calendar.sessions(date)
        if sessions:
            layout = layout_of(sessions)
            slot = layout.slot_at(minute)
            passed = layout.slots_before(minute)
            if slot is not None or passed:
                return Place(day, slot, passed)
        date = self.calendar.previous_trading_day(date)
        return Place(date.toordinal(), None, layout_of(self.calendar.sessions(date)).count)

    def _is_suspended_on(self, day: int) -> bool:
        since = self.info.suspended_since
        return since is not None and since.toordinal() <= day

    def _suspend(self, today: int) -> None:
        """Show the last day before the suspension; nothing happens any more, and nobody has orders in the book."""
        self.is_suspended = True
        self.next_event = inf
        if self.users is not None:
            self.users.give_all_back(self.present)
        self.book.clear()
        if self._day is None:
            day = self.calendar.previous_trading_day(datetime.date.fromordinal(today + 1)).toordinal()
            path = self.history.path.day(day)
            assert path is not None, "a security is suspended after it was traded"
            self._begin_day(day, path.layout.count)
            self.book_changed_at = self.time.unix(day, path.layout.minutes[-1] + 1)

    def _resume(self, day: int, slot: int) -> None:
        current = self._day
        if current is not None and current.day == day:
            current.take_from_path(slot)
        else:
            if current is not None:
                current.take_from_path(current.layout.count)
            self._begin_day(day, slot)
        for kind, session in list(self.running):
            self.running[kind, session] = self._make_running(kind, session)

    def _begin_day(self, day: int, first_slot: int) -> None:
        path = self.history.path.day(day)
        assert path is not None, "only trading days begin"
        last_close = self.history.reference_close(day)
        restored = self.history.restored_day(day, first_slot, last_close)
        if restored is not None:
            restored.take_from_path(first_slot)
        self._day = restored or LiveDay(path, last_close, first_slot)
        trades = path.layout.count * 60 * events_per_second(self.info) * TRADES_PER_EVENT
        self._day.flows.set_usual(self.info.daily_turnover / trades)
        if self.broker_flow is not None:
            self.broker_flow.begin_day(day)
        units = round(last_close * PRICE_SCALE)
        self._flow.set_limits(self._limits.prices(day, units))
        self.history.begin_day(self._day)

    def _make_running(self, kind: int, session: int) -> RunningBar:
        """Make the current bar of a minute period for the hours of a subscription."""
        period = MINUTES_OF_TYPE[kind]
        if session == REGULAR_HOURS or self.outside is None:
            return RunningBar(self.day, period, self._before_current(kind))
        span = Span(period, session, self.present_local)
        newest = latest_extended_bars(self.outside.hours, self.history, span, 2).bars
        closes = [0.0, 0.0, *(bar.close for bar in newest)]
        stretch = self.stretch(session)
        if stretch is not None and stretch.has_data:
            running = RunningBar(stretch, period, closes[-2])
            # Nobody may have traded yet in the minutes of a bar outside regular hours.
            if stretch is self.day or (running.current is not None and running.current.volume):
                return running
        return RunningBar(stretch or self.day, period, closes[-1], resume=False)

    def _before_current(self, kline_type: int) -> float:
        """Give the close before the current bar of a minute period."""
        day, period = self.day, MINUTES_OF_TYPE[kline_type]
        if not day.has_data:
            return day.last_close
        first = day.layout.buckets(period)[day.layout.bucket_number(period, day.last_slot)].first
        return day.minute(first - 1).close if first else day.last_close

    def _run(self, until: float) -> None:
        while self.next_event <= until:
            at = self.next_event
            if self.users is not None and at >= self.users.first_expiry:
                self.users.expire(at)
            if self.auction is not None and self._collect(at):
                continue
            minute = int(at // 60)
            if minute != self._minute and not self._turn_minute(at):
                continue
            if self.outside is not None and self.outside.live is not None:
                self._trade_outside(at, self.outside)
                self.next_event = min(self.outside.next_event(at), self._next_arrival())
            elif self.is_index:
                self._index_value(at)
                self.next_event = at + INDEX_SECONDS
            else:
                self._trade(at)
                self.next_event = at + self._flow.next_pause()

    def _turn_minute(self, at: float) -> bool:
        """Enter the minute of a moment; outside the sessions put the next event to the next opening and say False."""
        local = self.time.local(at)
        if self.auction is None and self._begin_auction(at, local.day) and not self._is_outside:
            self.next_event = at
            return False
        trading_day, slot, _ = self._place(local.day, local.minute)
        if slot is None:
            if self._turn_minute_outside(at, local.day, local.minute):
                return True
            self._wait_for_opening(at, local.day, local.minute)
            return False
        fills: Sequence[Fill] = ()
        if self.outside is not None:
            self.outside.leave()
        if self.users is not None:
            self.users.change_hours(at)
        if trading_day != self.day.day:
            self._open_day(trading_day)
            if not self.is_index and not self.day.layout.all_day:
                self._slot = 0
                fills = self._flow.fill_book(self.day.path.fair_price(0, 0.0))
        # When clocks are set back an hour comes twice; its second passing counts to the minute before it.
        self._slot = max(slot, self.day.last_slot)
        self._minute = int(at // 60)
        self._minute_volume = self.day.path.minute_volume(self._slot)
        self._minute_traded = 0
        self._flow.begin_minute(mix(self._key ^ self._minute), self._minute_volume)
        # A restart later in time always begins with higher numbers.
        self._sequence = max(self._sequence, self._minute * _SEQUENCES_PER_MINUTE)
        if fills:
            self.apply_fills(at, fills)
        if self.users is not None:
            self.users.enter_waiting(at)
        return True

    def _wait_for_opening(self, at: float, day: int, minute: int) -> None:
        """Put the next event to when trading begins next; where it never does, users get their orders back."""
        self.next_event = self._next_opening(day, minute)
        if self.outside is not None and not self.is_suspended:
            self.next_event = min(self.next_event, self.outside.next_begin(day, minute))
        if self.next_event == inf and self.users is not None:
            self.users.give_all_back(at)

    def _open_outside(self, now: float, day: int, minute: int) -> None:
        """Go live outside regular hours: the running minute is traded from its beginning."""
        if self.outside is None or self.is_suspended:
            return
        begin = now // 60 * 60
        if self._turn_minute_outside(begin, day, minute):
            self.next_event = begin
            self._run(now)
        for kind, session in list(self.running):
            self.running[kind, session] = self._make_running(kind, session)

    def _turn_minute_outside(self, at: float, day: int, minute: int) -> bool:
        """Enter the minute of a moment outside regular hours; say False when nothing is traded then."""
        outside = self.outside
        if outside is None or self.is_suspended:
            return False
        before = outside.live
        self._minute = int(at // 60)
        if self.users is not None and outside.hours.running(day, minute) is not None:
            self.users.change_hours(at)
        fills = outside.turn_minute(day, minute, self._minute)
        if fills is None:
            return False
        self._sequence = max(self._sequence, self._minute * _SEQUENCES_PER_MINUTE)
        live = outside.live
        if live is not None and live is not before:
            self.book_changed = True
            self.book_changed_at = at
            for (_, session), running in self.running.items():
                if session >= live.session:
                    running.begin_day(live)
        if fills:
            self.apply_fills(at, fills)
        if self.users is not None:
            self.users.enter_waiting(at)
        return True

    def _trade_outside(self, at: float, outside: ExtendedTrading) -> None:
        fills = outside.act(at)
        self.book_changed = True
        self.book_changed_at = at
        if fills:
            self.apply_fills(at, fills)

    def _record_outside(self, at: float, outside: ExtendedTrading, live: LiveLeg, fills: Sequence[Fill]) -> None:
        for fill in fills:
            price, volume, slot = fill.price, fill.volume, outside.slot
            turnover = price * volume // self._divisor
            live.record(slot, price, volume, turnover)
            for (_, session), running in self.running.items():
                if session >= live.session:
                    running.record(slot, price, volume, turnover)
            self._add_tick(at, fill.taker_side, price, volume, outside.ticker_type, live.session)
        if fills:
            self.extended_changed = min(self.extended_changed or live.session, live.session)

    def _open_day(self, day: int) -> None:
        self.day.fill_quiet(self.day.layout.count)
        self._begin_day(day, 0)
        for running in self.running.values():
            running.begin_day(self.day)

    def _begin_auction(self, at: float, date: int) -> bool:
        """Begin to collect orders if an auction is due by now; False when there is none."""
        for due in self._schedule.due(self.day.day, self._closed_day, date):
            if due.begins <= at:
                self._due = due
                expected = self._expected_of(due)
                self.auction = CallAuction(expected.reference, due.matches, self._with_users)
                self._arrivals = self._schedule.arrivals(due, expected)
                return True
        return False

    def _with_users(self, simulated: Sequence[AuctionOrder]) -> Sequence[AuctionOrder]:
        """Give all orders of an auction: those that were simulated and, from their first one on, users'."""
        return simulated if self.users is None else self.users.auction_orders(simulated)

    def _expected_of(self, due: DueAuction) -> Expectation:
        """Say what an auction will bring on the simulated path."""
        path = self.history.path.day(due.day) if due.is_opening else self.day.path
        assert path is not None, "auctions are held on trading days"
        last_close = self.history.reference_close(due.day) if due.is_opening else self.day.last_close
        units = round(last_close * PRICE_SCALE)
        limits = self._limits.prices(due.day, units)
        if due.is_opening:
            return Expectation(path.fair_price(0, 0.0), path.minute_volume(0), units, limits)
        slot = path.layout.count - 1
        return Expectation(path.fair_price(slot, 0.999), path.minute_volume(slot), self.day.last, limits)

    def _collect(self, at: float) -> bool:
        """Let the orders of an auction arrive that come up to a moment; match them when it is over.

        Says whether nothing else happens at that moment: before the US opening trading goes on beside the auction.
        """
        auction = self.auction
        assert auction is not None, "asked while orders are collected"
        while self._arrivals and self._arrivals[0][0] <= at:
            arrival, order = self._arrivals.popleft()
            auction.add(order)
            if not self._is_outside:
                self.book_changed, self.book_changed_at = True, arrival
        if at >= auction.matches_at:
            self._hold_auction(auction)
            return True
        if self._is_outside:
            return False
        self.next_event = self._next_arrival()
        return True

    def _next_arrival(self) -> float:
        """Give when the next order of an auction comes, or when it is matched; infinity without an auction."""
        if self.auction is None:
            return inf
        return self._arrivals[0][0] if self._arrivals else self.auction.matches_at

    @property
    def _is_outside(self) -> bool:
        """Whether trading outside regular hours goes on."""
        return self.outside is not None and self.outside.live is not None

    def _hold_auction(self, auction: CallAuction) -> None:
        """Open or close a day: one trade at the price that most orders meet at, in the first or last minute's bar."""
        due, at = self._due, auction.matches_at
        assert due is not None, "its orders were collected"
        self.auction = self._due = None
        if due.is_opening:
            if self.outside is not None:
                self.outside.leave()
            self._open_day(due.day)
        else:
            self._closed_day = due.day
        live = self.day
        self._slot = 0 if due.is_opening else live.layout.count - 1
        orders, result = auction.orders, auction.indicative
        self._flow.begin_minute(due.dice, live.path.minute_volume(self._slot))
        price = live.path.fair_price(self._slot, 0.0 if due.is_opening else 0.999)
        if result is not None:
            self._sequence = max(self._sequence, int(at // 60) * _SEQUENCES_PER_MINUTE)
            self._record(at, result.price, result.volume)
            self._add_tick(at, _NEUTRAL, result.price, result.volume, AUCTION)
            price = float(result.price)
        if self.users is not None:
            matched = matches(orders, result) if result is not None else ()
            self.users.settle_auction(at, orders, result, matched, is_opening=due.is_opening)
        # Nothing is traded before the auction is over, so the fresh orders meet none of users.
        self._flow.fill_book(price, trade=False)
        self.book_changed = True
        self.book_changed_at = at
        self._minute = -1
        local = self.time.local(at)
        self.next_event = (
            at if self._place(local.day, local.minute).slot is not None else self._next_opening(local.day, local.minute)
        )

    def _next_opening(self, day: int, minute: int) -> float:
        """Give when trading goes on, or when orders of an auction begin to be collected."""
        now = self.time.unix(day, minute)
        date = datetime.date.fromordinal(day)
        while True:
            if self._is_suspended_on(date.toordinal()):
                self._suspend(day)
                return inf
            due = self._schedule.due(self.day.day, self._closed_day, date.toordinal())
            begins = [one.begins for one in due if one.begins > now]
            opens = [self.time.unix(date.toordinal(), session.open) for session in self.calendar.sessions(date)]
            coming = [at for at in (*begins, *opens) if at > now]
            if coming:
                return min(coming)
            date = self.calendar.next_trading_day(date)

    def _fair(self, at: float) -> float:
        return self.day.path.fair_price(self._slot, min(0.999, max(0.0, at / 60 - self._minute)))

    def _trade(self, at: float) -> None:
        fills = self._flow.act(self._fair(at), must_trade=not self.day.has_data)
        # A new day begins with a trade, so that it has prices from its first moment on.
        for _ in range(_OPENING_ATTEMPTS if not self.day.has_data else 0):
            if fills:
                break
            fills = self._flow.act(self._fair(at), must_trade=True)
        self.book_changed = True
        self.book_changed_at = at
        if fills:
            self.apply_fills(at, fills)

    def _add_tick(
        self, at: float, direction: int, price: int, volume: int, kind: int, session: int = REGULAR_HOURS
    ) -> None:
        self._sequence += 1
        turnover = price * volume * self.contract_size / (PRICE_SCALE * self._divisor)
        tick = Tick(at, self._sequence, direction, price, volume, turnover, kind, session)
        (self.outside_ticks if session else self.ticks).append(tick)
        self.new_ticks.append(tick)

    def _index_value(self, at: float) -> None:
        price = round_to_tick(self.info.tick_kind, round(self._fair(at)))
        passed = int(self._minute_volume * (at / 60 - self._minute + INDEX_SECONDS / 60))
        volume = max(0, min(passed, self._minute_volume) - self._minute_traded)
        self._minute_traded += volume
        self._record(at, price, volume)

    def _record(self, at: float, price: int, volume: int) -> None:
        self._record_value(at, price, volume, price * volume * self.contract_size // self._divisor)

    def _record_value(self, at: float, price: int, volume: int, turnover: int) -> None:
        self.day.record(self._slot, price, volume, turnover)
        self.day.last_trade_at = at
        self.quote_changed = True
        for running in self.running.values():
            running.record(self._slot, price, volume, turnover)
