"""All markets of the practice exchange: who is live, what happens next, and which pushes that makes.

Longer than the house allows: it is also the thin door for users' orders and for pushes, both waiting to be split off.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from heapq import heappop, heappush, heapreplace
from itertools import count
from math import inf
from typing import Final, TypedDict

from core.model.errors import UserFacingError
from core.model.security import HK, US, Security
from core.model.topics import (
    KLINE_TYPE_OF_SUB,
    SUB_BROKER,
    SUB_NAMES,
    SUB_ORDER_BOOK,
    SUB_ORDER_BOOK_ODD,
    SUB_QUOTE,
    SUB_RT,
    SUB_TICKER,
    Push,
    Topic,
    push_id_of,
)
from core.upstreams.practice import quote_messages as messages
from core.upstreams.practice.adjusted_history import adjusted_bar
from core.upstreams.practice.bar_periods import DAY, MINUTES_OF_TYPE, Bar, layout_of, period_start
from core.upstreams.practice.broker_flow import BrokerFlow
from core.upstreams.practice.brokers import BrokerTable
from core.upstreams.practice.calendar_variants import SuspendedCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.coin_indices import is_coin_index, pair_of
from core.upstreams.practice.contract_models import FutureModel
from core.upstreams.practice.contracts import DERIVED_TYPES, OPTION, OPTION_PERIODS
from core.upstreams.practice.corporate_actions import FORWARD, ActionTable, Adjuster, factors_of
from core.upstreams.practice.derivatives import Derivatives
from core.upstreams.practice.derived_market import DerivedMarket, FutureMarket
from core.upstreams.practice.extended_bars import latest_bars
from core.upstreams.practice.extended_hours import LONGEST_LEG_MINUTES, ExtendedHours, extended_key, leg_key
from core.upstreams.practice.futures_hours import EARLY_MINUTES, LATE_MINUTES, NIGHT_MINUTES
from core.upstreams.practice.imported_bars import ImportedBars, ImportedHistory
from core.upstreams.practice.intraday_shapes import ShapeLibrary
from core.upstreams.practice.kept_trades import DayToKeep, KeptTrades
from core.upstreams.practice.liquidity import FULL_BOOK_LEVELS
from core.upstreams.practice.market import SecurityMarket, Tick
from core.upstreams.practice.market_factor import MarketFactor
from core.upstreams.practice.market_time import MarketTime
from core.upstreams.practice.option_chains import OptionClass
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.plate_market import FollowerMarket
from core.upstreams.practice.plate_path import Member, PlatePath
from core.upstreams.practice.plates import PlateTable
from core.upstreams.practice.price_limits import PriceLimits
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.quote_rights import QuoteRights
from core.upstreams.practice.reference_path import ANCHOR_DAY, ReferencePath
from core.upstreams.practice.securities import ETF, PLATE, STOCK, SecurityInfo, SecurityTable
from core.upstreams.practice.security_history import SecurityHistory
from core.upstreams.practice.trading_hours import MarketPhase, TradingDay, TradingHours
from core.upstreams.practice.user_orders import REGULAR_HOURS, Placement, UserEvents, UserFill, UserTrading

_BOOK_DEPTH: Final = {MarketGroup.US: 60, MarketGroup.CN: 5, MarketGroup.CRYPTO: 40}
_FIRST_TICKS: Final = 50
_MOST_UNUSED_CONTRACTS: Final = 450  # more than one snapshot asks for; each takes about 80 kB


class BrokerQueueView(TypedDict):
    """How a broker queue is shown, see quote_messages.add_brokers."""

    depth: int
    chinese: bool
    details: bool


class Exchange:
    """The securities, live ones among them. A security goes live when somebody first asks about it, and stays so."""

    def __init__(
        self,
        table: SecurityTable,
        calendars: Mapping[MarketGroup, MarketCalendar],
        seed: int,
        imported: Sequence[ImportedBars] = (),
        *,
        chinese_names: bool = False,
        option_classes: Sequence[OptionClass] = (),
    ) -> None:
        """Store. `table` must hold the securities of the imported files, too."""
        self.derivatives = Derivatives(
            seed, option_classes, calendars, find=table.get, path_of=self._reference_path, today=self.today
        )
        self.table = table.with_contracts(self.derivatives)
        self.calendars = calendars
        self.rights = QuoteRights()
        self.brokers = BrokerTable()
        self.kept = KeptTrades(None, seed)
        self.plates = PlateTable()
        self.actions = ActionTable()
        self._adjusters: dict[Security, tuple[int, Adjuster]] = {}
        self.times = {group: MarketTime(calendar.time_zone) for group, calendar in calendars.items()}
        self._seed = seed
        self._library = ShapeLibrary(seed)
        self._factor = MarketFactor(seed)
        self._imported = {bars.security: bars for bars in imported}
        self._chinese_names = chinese_names
        self._now = 0.0
        self._todays: dict[MarketGroup, tuple[float, int]] = {}
        self._stock_hours: dict[Security, TradingHours] = {}
        self._live: dict[Security, SecurityMarket] = {}
        self._histories: dict[Security, SecurityHistory] = {}
        self._queue: list[tuple[float, int, SecurityMarket]] = []
        self._numbers = count()
        self._wanted: dict[Security, list[Topic]] = {}
        # Wanted, but not live yet: opening one takes milliseconds.
        self._unopened: dict[Security, None] = {}
        self._users = UserTrading(UserEvents(self._broker_of_order))

    @property
    def now(self) -> float:
        """The moment up to which everything has happened."""
        return self._now

    @property
    def next_event(self) -> float | None:
        """When something happens next; None when no security is live."""
        moment = self._queue[0][0] if self._queue else inf
        return None if moment == inf else moment

    @property
    def is_wanted(self) -> bool:
        """Whether anything is subscribed, or watched for users' orders."""
        return bool(self._wanted or self._users.watched)

    def begin(self, now: float) -> None:
        """Set the present before anybody asks anything."""
        self._now = now

    @property
    def chinese_names(self) -> bool:
        """Whether names and sentences are Chinese."""
        return self._chinese_names

    def name(self, info: SecurityInfo) -> str:
        """Give the security's name in the gateway's language."""
        return info.name_zh if self._chinese_names else info.name_en

    def info(self, security: Security) -> SecurityInfo:
        """Find a security that is listed by now. Raises UserFacingError(unknown_security, pending_listing)."""
        info = self.table.get(security)
        if info is not None and info.is_pending:
            raise UserFacingError("pending_listing", code=security.label)
        if info is None or not self.is_listed(info):
            raise UserFacingError("unknown_security", code=security.label)
        return info

    def is_listed(self, info: SecurityInfo) -> bool:
        """Whether a security has a past: it was listed before today."""
        return not info.is_pending and info.listing_date.toordinal() < self.today(info.group)

    def is_suspended(self, info: SecurityInfo) -> bool:
        """Whether a security does not trade now although its market does."""
        return info.suspended_since is not None and info.suspended_since.toordinal() <= self.today(info.group)

    def calendar_of(self, info: SecurityInfo) -> MarketCalendar:
        """Give the days on which a security trades."""
        calendar = self.calendars[info.group]
        return calendar if info.suspended_since is None else SuspendedCalendar(calendar, info.suspended_since)

    def today(self, group: MarketGroup) -> int:
        """Give the date (an ordinal) in a market now."""
        # Asked several times for one order: the moment it was found for is kept with the day.
        known = self._todays.get(group)
        if known is None or known[0] != self._now:
            known = self._todays[group] = self._now, self.times[group].local(self._now).day
        return known[1]

    def market(self, security: Security) -> SecurityMarket:
        """Give a live security. Raises UserFacingError(unknown_security)."""
        market = self._live.get(security)
        if market is None:
            info = self.info(security)
            if info.security_type in DERIVED_TYPES:
                return self._open_derived(info)
            calendar, time = self.calendar_of(info), self.times[info.group]
            history = self._history(info)
            if isinstance(history.path, PlatePath):
                market = FollowerMarket(
                    info, calendar, time, history, self._seed, members=history.path.members, live=self._live.get
                )
            elif is_coin_index(info):
                pair = self.info(pair_of(security))
                members = [Member(pair, self._reference_path(pair), 1.0)]
                market = FollowerMarket(
                    info, calendar, time, history, self._seed, members=members, live=self._live.get, is_price=True
                )
            else:
                full = info.security.market == HK and self.rights.has_full_book(security, info.security_type)
                levels = FULL_BOOK_LEVELS if full else None
                market = SecurityMarket(info, calendar, time, history, self._seed, levels=levels)
            if info.security.market == US and info.security_type in (STOCK, ETF):
                market.trade_outside(self._make_extended(info))
            market.broker_flow = self._broker_flow(market)
            market.open_at(self._now)
            self._live[security] = market
            heappush(self._queue, (market.next_event, next(self._numbers), market))
        elif isinstance(market, DerivedMarket) and not market.is_queued:
            # Contracts that nobody subscribes to only live while somebody looks.
            self._live[security] = self._live.pop(security)
            market.advance(self._now)
            market.take_changes()
        return market

    def live(self, security: Security) -> SecurityMarket | None:
        """Give a security's market if it is live; looking does not make it live."""
        return self._live.get(security)

    def history(self, info: SecurityInfo) -> SecurityHistory:
        """Give a security's bars; it need not be live."""
        return self._history(info)

    def _open_derived(self, info: SecurityInfo) -> DerivedMarket:
        """Make a contract's market live; the one that nobody asked for longest is dropped when there are too many."""
        model = self.derivatives.model(info.security)
        assert model is not None, "the contract was just described"
        calendar, time = self.calendar_of(info), self.times[info.group]
        kind = FutureMarket if isinstance(model, FutureModel) else DerivedMarket
        market = kind(info, model, calendar, time, self._history(info), self._seed)
        market.broker_flow = self._broker_flow(market)
        market.open_at(self._now)
        unused = [
            security
            for security, other in self._live.items()
            if isinstance(other, DerivedMarket) and not other.is_queued and security not in self._wanted
        ]
        for security in unused[: max(0, len(unused) - _MOST_UNUSED_CONTRACTS)]:
            del self._live[security]
            self._histories.pop(security, None)
        self._live[info.security] = market
        return market

    def extended_hours(self, info: SecurityInfo) -> ExtendedHours:
        """Give what a US stock or fund does outside regular hours; made anew for one that is not live."""
        live = self._live.get(info.security)
        if live is not None and live.extended is not None:
            return live.extended
        return self._make_extended(info)

    def _make_extended(self, info: SecurityInfo) -> ExtendedHours:
        key = extended_key(self._seed, info.security.label)
        hours = ExtendedHours(self._history(info), self.calendar_of(info), self._library, key)
        if self.kept.is_open:
            hours.use_kept(self.kept, info.security)
        return hours

    def adjuster(self, info: SecurityInfo) -> Adjuster | None:
        """Give what adjusts a security's bars by the corporate actions so far; None when it never had any.

        Prices from a file stay as the file has them.
        """
        actions = self.actions.of(info.security)
        if not actions or info.security in self._imported:
            return None
        today = self.today(info.group)
        known = self._adjusters.get(info.security)
        if known is None or known[0] != today:
            history = self._history(info)
            # Only US factors need the closes of then, that is the whole past.
            needs_closes = info.security.market == US
            events = [
                factors_of(action, history.close_before(action.day) if needs_closes else 0.0)
                for action in actions
                if history.first_day < action.day <= today
            ]
            known = self._adjusters[info.security] = (today, Adjuster(events))
        return known[1]

    def fair_change(self, info: SecurityInfo) -> int:
        """Compare a security's present price with its last close: 1 up, -1 down, 0 equal. Does not make it live."""
        market = self._live.get(info.security)
        if market is not None:
            price, before = market.day.last / PRICE_SCALE, market.day.last_close
        else:
            price, before = self._path_price(info)
        return (price > before) - (price < before)

    def live_options(self) -> list[DerivedMarket]:
        """Give the option series that are live."""
        return [
            market
            for market in self._live.values()
            if isinstance(market, DerivedMarket) and market.info.security_type == OPTION
        ]

    def live_market(self, security: Security) -> SecurityMarket | None:
        """Give a security's market if it is live already."""
        return self._live.get(security)

    def day_so_far(self, info: SecurityInfo) -> tuple[Bar, float]:
        """Give the bar of the present (or last) day on the simulated path and the close before; nothing goes live."""
        path = self._history(info).path
        local = self.times[info.group].local(self._now)
        day = path.day(local.day)
        passed = day.layout.slots_before(local.minute + 1) if day else 0
        if day is None or not passed:
            before = self.calendar_of(info).previous_trading_day(datetime.date.fromordinal(local.day)).toordinal()
            bars = path.day_bars(before, before)
            price = (path.close_before(local.day) or info.reference_price) / PRICE_SCALE
            bar = bars[0] if bars else Bar(before, 0, price, price, price, price, 0, 0.0)
            return bar, (path.close_before(before) or info.reference_price) / PRICE_SCALE
        return day.bar_of_slots(0, passed), (path.close_before(local.day) or info.reference_price) / PRICE_SCALE

    def fair_now(self, info: SecurityInfo) -> tuple[int, float]:
        """Give the day (an ordinal) and the unrounded fair price, in currency, that the models go by at this moment."""
        path = self._history(info).path
        local = self.times[info.group].local(self._now)
        day = path.day(local.day)
        passed = day.layout.slots_before(local.minute + 1) if day else 0
        if day is None or not passed:
            before = self.calendar_of(info).previous_trading_day(datetime.date.fromordinal(local.day)).toordinal()
            return before, (path.close_before(local.day) or info.reference_price) / PRICE_SCALE
        is_open = day.layout.slot_at(local.minute) is not None
        return local.day, day.fair_price(passed - 1, local.second % 60 / 60 if is_open else 0.999) / PRICE_SCALE

    def set_wanted(self, wanted: frozenset[Topic]) -> None:
        """Declare all topics that pushes are made for. Securities seen for the first time wait for `open_next`."""
        topics: dict[Security, list[Topic]] = {}
        for topic in wanted:
            topics.setdefault(topic.security, []).append(topic)
        self._wanted = {security: sorted(topics[security]) for security in sorted(topics)}
        self._find_unopened()
        for security, market in self._live.items():
            if security in self._wanted:
                self._attach(market)
            else:
                market.want_periods(frozenset())

    def open_next(self) -> bool:
        """Bring one wanted security to life; False when all are."""
        if not self._unopened:
            return False
        security = next(iter(self._unopened))
        del self._unopened[security]
        try:
            self._attach(self.market(security))
        except UserFacingError:
            # A watched contract may have ended since; topics were checked when they were subscribed.
            if security in self._wanted:
                raise
        return True

    def _find_unopened(self) -> None:
        wanted = [*self._wanted, *sorted(self._users.watched - self._wanted.keys())]
        self._unopened = {security: None for security in wanted if security not in self._live}

    def _attach(self, market: SecurityMarket) -> None:
        """Let a live security make what is wanted of it."""
        topics = self._wanted.get(market.info.security, [])
        market.want_periods(
            frozenset((KLINE_TYPE_OF_SUB[sub], session) for _, sub, session in topics if sub in KLINE_TYPE_OF_SUB)
        )
        self._keep_moving(market)

    def _keep_moving(self, market: SecurityMarket) -> None:
        """Let a contract advance although nobody asks about it."""
        if isinstance(market, DerivedMarket) and not market.is_queued:
            market.is_queued = True
            heappush(self._queue, (market.next_event, next(self._numbers), market))

    def _is_needed(self, market: SecurityMarket) -> bool:
        """Whether somebody waits for what a market does next."""
        security = market.info.security
        return security in self._wanted or security in self._users.watched or bool(market.users)

    def check_topic(self, topic: Topic) -> None:
        """Raise UserFacingError when a topic can never be subscribed."""
        info = self.info(topic.security)
        if topic.sub_type == SUB_BROKER:
            self.check_broker_queue(info)
        elif topic.sub_type == SUB_ORDER_BOOK_ODD:
            self.check_odd_lots(info)
        elif topic.sub_type not in KLINE_TYPE_OF_SUB and topic.sub_type not in _LIVE_TYPES:
            raise UserFacingError("bad_sub_type", value=SUB_NAMES.get(topic.sub_type, topic.sub_type))
        self.check_period(info, KLINE_TYPE_OF_SUB.get(topic.sub_type))

    def check_period(self, info: SecurityInfo, kline_type: int | None) -> None:
        """Raise UserFacingError(option_period) for a K-line period that options do not have."""
        if kline_type is not None and info.security_type == OPTION and kline_type not in OPTION_PERIODS:
            raise UserFacingError("option_period", code=info.security.label)

    def advance(self, now: float, *, open_all: bool = True) -> list[Push]:
        """Let everything happen up to `now`; gives the news for the wanted topics, every trade among it once.

        `open_all` False leaves what is wanted but not live yet to `open_next`, which can be done in pieces.
        """
        while open_all and self.open_next():
            pass
        pushes: list[Push] = []
        queue = self._queue
        self._now = max(self._now, now)
        for market in self._users.take_touched():
            pushes.extend(self._news(market))
        while queue and queue[0][0] <= now:
            _, number, market = queue[0]
            if isinstance(market, DerivedMarket) and not self._is_needed(market):
                market.is_queued = False
                heappop(queue)
                continue
            market.advance(now)
            heapreplace(queue, (market.next_event, number, market))
            pushes.extend(self._news(market))
        self._users.tell()
        return pushes

    def tell_users(self) -> None:
        """Tell what happened to users' orders so far, without waiting for the next `advance`."""
        self._users.tell()

    def phase(self, security: Security) -> MarketPhase:
        """Say what happens with an order for a security now. Raises UserFacingError(unknown_security)."""
        info = self.info(security)
        return MarketPhase.SUSPENDED if self.is_suspended(info) else self._hours(info).phase(self._now)

    def sessions_today(self, security: Security, *, extended: bool = False) -> TradingDay:
        """Give the trading day that runs now, or the next one. Raises UserFacingError(unknown_security)."""
        return self.session_of(security, self._now, extended=extended)

    def session_of(self, security: Security, unix: float, *, extended: bool = False) -> TradingDay:
        """Give the trading day that a moment belongs to, see TradingHours. Raises UserFacingError(unknown_security)."""
        return self._hours(self.info(security)).trading_day(unix, extended=extended)

    def last_price(self, security: Security) -> int | None:
        """Give the newest price in price units, before any trade the last close. Raises UserFacingError."""
        return self.market(security).last_price or None

    def price_limits(self, info: SecurityInfo, day: int, last_close: int) -> tuple[int, int] | None:
        """Give the lowest and highest legal price of a day in price units, from the last close; None for none."""
        return PriceLimits(info, self.calendars[info.group]).prices(day, last_close)

    def best_prices(self, security: Security) -> tuple[int | None, int | None]:
        """Give the best bid and ask in price units. Raises UserFacingError(unknown_security)."""
        book = self.market(security).book
        return book.best_bid, book.best_ask

    @property
    def on_user_fills(self) -> Callable[[Sequence[UserFill]], None] | None:
        """Who is told about fills of resting and waiting user orders, in order, at the end of `advance`."""
        return self._users.on_fills

    @on_user_fills.setter
    def on_user_fills(self, listener: Callable[[Sequence[UserFill]], None] | None) -> None:
        self._users.on_fills = listener

    @property
    def on_user_order_ended(self) -> Callable[[Security, int, int], None] | None:
        """Who is told (security, order, open volume) when the exchange itself gives an order back."""
        return self._users.on_ended

    @on_user_order_ended.setter
    def on_user_order_ended(self, listener: Callable[[Security, int, int], None] | None) -> None:
        self._users.on_ended = listener

    def watch(
        self, securities: frozenset[Security], listener: Callable[[Security, Sequence[Tick]], None] | None
    ) -> None:
        """Declare all securities that go on trading although nobody subscribes; unknown ones are left out.

        At the end of `advance` the listener gets the new trades of each, an empty sequence where the price came from
        the path after a gap.
        """
        known = frozenset(security for security in securities if self.table.get(security) is not None)
        self._users.watch(known, listener)
        self._find_unopened()
        for security in sorted(known & self._live.keys()):
            self._attach(self.market(security))

    def place_order(
        self,
        security: Security,
        side: Side,
        volume: int,
        *,
        price: int | None,
        rest: bool = True,
        whole: bool = False,
        exact: bool = False,
        auction: bool = False,
        good_until: float = inf,
        phases: frozenset[MarketPhase] = REGULAR_HOURS,
    ) -> Placement:
        """Place a user's order; gives its own trades at once. Those it makes with other users' orders are told later.

        `price` None takes what the book has and never rests (in an auction: any price). `rest` False drops what is not
        filled at once. `whole` is all or nothing at once. `exact` trades at the limit only: nothing happens when a
        better price stands there. `auction` waits for the next call auction, or for the next opening where there is
        none before it; what it leaves goes into the book if it has a limit. From `good_until` (Unix seconds) on the
        order does not trade; it is given back with the market's next event. `phases` are the hours in which it may
        trade: outside them it waits.
        Raises UserFacingError(unknown_security, market_closed).
        """
        market = self._up_to_date(security)
        placement = self._users.orders_of(market).place(
            self._now,
            side,
            volume,
            price=price,
            rest=rest,
            whole=whole,
            exact=exact,
            auction=auction,
            good_until=good_until,
            phases=phases,
        )
        if placement.open_volume:
            self._keep_moving(market)
        return placement

    def cancel_order(self, security: Security, book_order: int) -> int:
        """Take a user's order out; gives the volume that was open, 0 when there is none."""
        market = self._live.get(security)
        if market is None or market.users is None:
            return 0
        return self._users.orders_of(market).cancel(book_order, self._now)

    def reduce_order(self, security: Security, book_order: int, open_volume: int) -> bool:
        """Leave fewer of a user's order open, with its place in the queue; False when that cannot be."""
        market = self._live.get(security)
        if market is None or market.users is None:
            return False
        return self._users.orders_of(market).reduce(book_order, open_volume, self._now)

    def _up_to_date(self, security: Security) -> SecurityMarket:
        """Give a market in which everything has happened up to now."""
        market = self.market(security)
        if market.next_event <= self._now:
            market.advance(self._now)
        return market

    def _hours(self, info: SecurityInfo) -> TradingHours:
        """Give a security's hours; a contract goes live for them."""
        if info.security_type in DERIVED_TYPES:
            return self.market(info.security).hours
        hours = self._stock_hours.get(info.security)
        if hours is None:
            hours = TradingHours(info, self.calendar_of(info), self.times[info.group])
            self._stock_hours[info.security] = hours
        return hours

    def _broker_of_order(self, market: SecurityMarket, order_id: int) -> int:
        """Give the broker number behind an order in Hong Kong, 0 elsewhere."""
        info = market.info
        if info.security.market != HK or info.security_type not in _BROKER_TYPES or not len(self.brokers):
            return 0
        return self.brokers.of_order(market.broker_key, order_id).number

    def current_push(self, topic: Topic) -> Push | None:
        """Give the present state of a topic as a push; None when there is nothing."""
        market = self.market(topic.security)
        if topic.security in self._unopened:
            del self._unopened[topic.security]
            self._attach(market)
        name = self.name(market.info)
        body: bytes | None = None
        if topic.sub_type in _BOOK_TYPES:
            body = None if market.is_index else self._book_body(market, name, topic.sub_type)
        elif topic.sub_type == SUB_TICKER:
            ticks = market.ticks_of(topic.session)[-_FIRST_TICKS:]
            body = messages.ticker_push(market, name, ticks, messages.PUSH_CACHED) if ticks else None
        elif market.day.has_data:
            body = self._state_body(market, name, topic)
        return None if body is None else Push(topic, push_id_of(topic.sub_type), body)

    def depth(self, market: SecurityMarket) -> int:
        """Give how many prices of a side are pushed."""
        allowed = self.rights.depth(market.info.security, market.info.security_type)
        return min(_BOOK_DEPTH.get(market.info.group, allowed), allowed)

    def shows_orders(self, market: SecurityMarket) -> bool:
        """Whether an order book lists the single orders behind its prices."""
        return self.rights.has_full_book(market.info.security, market.info.security_type)

    def check_broker_queue(self, info: SecurityInfo) -> None:
        """Raise UserFacingError(no_broker_queue) for what is not traded by Hong Kong's brokers."""
        if not self._has_brokers(info):
            raise UserFacingError("no_broker_queue", code=info.security.label)

    def _has_brokers(self, info: SecurityInfo) -> bool:
        return info.security.market == HK and info.security_type in _BROKER_TYPES and len(self.brokers) > 0

    def _broker_flow(self, market: SecurityMarket) -> BrokerFlow | None:
        return BrokerFlow(self.brokers, market.broker_key) if self._has_brokers(market.info) else None

    def check_odd_lots(self, info: SecurityInfo) -> None:
        """Raise UserFacingError(no_odd_lots) for what has no odd-lot book."""
        if info.security.market != HK or info.security_type not in (STOCK, ETF) or info.lot_size < 2:
            raise UserFacingError("no_odd_lots", code=info.security.label)

    def broker_queue_view(self, market: SecurityMarket) -> BrokerQueueView:
        """Say how a broker queue is shown: how deep, in which language and whether with order ids and volumes."""
        info = market.info
        full = self.rights.has_full_book(info.security, info.security_type)
        return {"depth": self.depth(market), "chinese": self._chinese_names, "details": full}

    def make_shapes(self) -> None:
        """Make the shapes of days that all securities share, 20 to 80 ms for each length of a day; for a thread."""
        self._library.directions(LONGEST_LEG_MINUTES)
        date = datetime.date.fromordinal(ANCHOR_DAY)
        for minutes in (NIGHT_MINUTES, EARLY_MINUTES, LATE_MINUTES):
            self._library.directions(minutes)
        for calendar in self.calendars.values():
            for begin in (date, datetime.date.fromordinal(self.today(calendar.group))):
                self._library.directions(layout_of(calendar.sessions(calendar.next_trading_day(begin))).count)

    def warm_up(self, info: SecurityInfo) -> Iterator[None]:
        """Compute a security's days from the anchor to today, if it has any, and eight years of futures on it."""
        if not self.is_listed(info):
            return
        today, path = self.today(info.group), self._history(info).path
        if isinstance(path, PlatePath):
            yield from path.steps(today, today)
        else:
            path.ensure(today, today)
            yield
        yield from self.derivatives.warm_up_futures(info.security, today)

    def missing_days(self, security: Security, begin: int) -> int:
        """Say how many days before those computed would be needed to look back to `begin` (an ordinal).

        The days of a plate count once for each member.
        """
        path = self._history(self.info(security)).path
        days = max(0, path.computed_from() - max(begin, path.first_day))
        return days * len(path.members) if isinstance(path, PlatePath) else days

    def compute_history(self, security: Security, begin: int) -> Iterator[None]:
        """Compute the past back to `begin`, one block (2 to 12 ms) for each step of the iterator."""
        path = self._history(self.info(security)).path
        if isinstance(path, PlatePath):
            yield from path.steps(begin, begin)
        while self.missing_days(security, begin):
            day = path.computed_from() - 1
            path.ensure(day, day)
            yield

    def days_to_keep(self) -> Iterator[list[DayToKeep]]:
        """Give what was traded since the last call, one live security for each step of the iterator."""
        for security, market in list(self._live.items()):
            if market.info.security_type in DERIVED_TYPES:
                continue
            copies = [(security, day.to_keep()) for day in market.history.live_days()]
            if market.extended is not None:
                copies += [(leg_key(security, leg), live.to_keep()) for leg, live in market.extended.live_legs()]
            yield [DayToKeep(key, *copy) for key, copy in copies if copy is not None]

    def close(self) -> None:
        """Stop everything: no security is live any more."""
        self._queue.clear()
        self._live.clear()
        self._histories.clear()
        self._wanted = {}

    def _news(self, market: SecurityMarket) -> Iterator[Push]:
        quote_changed, book_changed = market.quote_changed, market.book_changed
        extended_changed, was_away = market.extended_changed, market.was_away
        ticks = market.take_changes()
        if self._users.watched and market.info.security in self._users.watched:
            self._users.saw(market, ticks, was_away=was_away)
        wanted = self._wanted.get(market.info.security)
        if not wanted:
            return
        name = self.name(market.info)
        for topic in wanted:
            _, sub_type, session = topic
            if sub_type == SUB_TICKER:
                seen = [tick for tick in ticks if tick.session <= session] if extended_changed else ticks
                if seen:
                    body = messages.ticker_push(market, name, seen, messages.PUSH_LIVE)
                    yield Push(topic, push_id_of(sub_type), body)
            elif sub_type in _BOOK_TYPES:
                if book_changed and not market.is_index:
                    yield Push(topic, push_id_of(sub_type), self._book_body(market, name, sub_type))
            elif quote_changed or (extended_changed and (sub_type == SUB_QUOTE or session >= extended_changed)):
                yield from self._closed_bars(market, name, topic)
                state = self._state_body(market, name, topic)
                if state is not None:
                    yield Push(topic, push_id_of(sub_type), state)

    def _closed_bars(self, market: SecurityMarket, name: str, topic: Topic) -> Iterator[Push]:
        """Send bars that ended once more, so that a client has their last state before the next one begins."""
        kline_type = KLINE_TYPE_OF_SUB.get(topic.sub_type, 0)
        running = market.running.get((kline_type, topic.session))
        if running is None:
            return
        closed, running.closed = running.closed, []
        for bar, before in closed:
            body = messages.kline_push(market, name, kline_type, bar, before, long_period=False)
            yield Push(topic, push_id_of(topic.sub_type), body)

    def _book_body(self, market: SecurityMarket, name: str, sub_type: int) -> bytes:
        """Encode the order book, the odd-lot book or the broker queue."""
        if sub_type == SUB_BROKER:
            return messages.broker_push(market, name, self.brokers, **self.broker_queue_view(market))
        if sub_type == SUB_ORDER_BOOK:
            return messages.order_book_push(market, name, self.depth(market), details=self.shows_orders(market))
        return messages.odd_lot_push(market, name, self.depth(market))

    def _state_body(self, market: SecurityMarket, name: str, topic: Topic) -> bytes | None:
        """Encode the present quote, time line point or K-line; the day must have data."""
        _, sub_type, session = topic
        if sub_type == SUB_QUOTE:
            return messages.quote_push(market, name)
        if sub_type == SUB_RT:
            return messages.rt_push(market, name, session)
        kline_type = KLINE_TYPE_OF_SUB.get(sub_type)
        if kline_type is None:
            return None
        if kline_type in MINUTES_OF_TYPE:
            running = market.running.get((kline_type, session))
            if running is None or running.current is None:
                latest = latest_bars(market, kline_type, session, 1)
                if not latest.bars:
                    return None
                bar, before = latest.bars[0], latest.close_before
            else:
                bar, before = running.current, running.before
            return messages.kline_push(market, name, kline_type, bar, before, long_period=False)
        long_bar = market.current_long_bar(kline_type)
        if long_bar is None:
            return None
        adjuster = self.adjuster(market.info)
        # The live day's close before is adjusted already; longer bars may hold days before an ex-date.
        if adjuster is not None and kline_type != DAY and adjuster.last_day >= period_start(kline_type, market.day.day):
            long_bar = adjusted_bar(market.history, adjuster, FORWARD, kline_type, *long_bar)
        return messages.kline_push(market, name, kline_type, *long_bar, long_period=True)

    def _reference_path(self, info: SecurityInfo) -> ReferencePath:
        """Give the simulated past of a security of the table."""
        path = self._history(info).path
        assert isinstance(path, ReferencePath), "contracts are not underlyings"
        return path

    def _history(self, info: SecurityInfo) -> SecurityHistory:
        history = self._histories.get(info.security)
        if history is None:
            history = self._histories[info.security] = self._make_history(info)
            if self.kept.is_open and info.security_type not in DERIVED_TYPES:
                history.use_kept(self.kept.days_of(info.security), partial(self.kept.minutes, info.security))
        return history

    def _make_history(self, info: SecurityInfo) -> SecurityHistory:
        if info.security_type in DERIVED_TYPES:
            model_path = self.derivatives.path(info.security)
            assert model_path is not None, "the contract was just described"
            return SecurityHistory(model_path, None)
        if info.security_type == PLATE:
            return SecurityHistory(self._plate_path(info), None)
        if is_coin_index(info):
            followed = self._history(self.info(pair_of(info.security)))
            return SecurityHistory(followed.path, followed.imported)
        calendar = self.calendar_of(info)
        bars = self._imported.get(info.security)
        # A day that is not over yet is traded here, whatever a file says about it.
        kept = bars.before(self.today(info.group)) if bars else None
        if kept is not None and kept.bars:
            imported = ImportedHistory(kept, calendar, self._library, self._seed)
            path = ReferencePath(
                info,
                calendar,
                self._library,
                self._seed,
                anchor_day=imported.last_day + 1,
                anchor_close=round(imported.last_close * PRICE_SCALE),
                factor=self._factor,
            )
            return SecurityHistory(path, imported)
        actions = self.actions.of(info.security)
        path = ReferencePath(info, calendar, self._library, self._seed, factor=self._factor, actions=actions)
        return SecurityHistory(path, None)

    def _plate_path(self, info: SecurityInfo) -> PlatePath:
        """Give the simulated past of a plate: that of its members, suspended and coming ones left out."""
        found = [member for member in self.plates.members(info.security) if not member.is_pending]
        has_shares = any(member.shares_outstanding for member in found)
        members = []
        for member in found:
            path = self._history(member).path
            # Where nothing has shares (a plate of indices) all members weigh alike at their reference prices.
            shares = member.shares_outstanding if has_shares else 1e9 / member.reference_price
            if shares and isinstance(path, ReferencePath):
                members.append(Member(member, path, float(shares)))
        today = partial(self.today, info.group)
        return PlatePath(info, self.calendars[info.group], self._library, self._seed, members, today)

    def _path_price(self, info: SecurityInfo) -> tuple[float, float]:
        """Give the path's price now and its last close, for a security that is not live."""
        history = self._history(info)
        local = self.times[info.group].local(self._now)
        today = history.path.day(local.day)
        passed = today.layout.slots_before(local.minute + 1) if today else 0
        if today is not None and passed:
            close_before = history.path.close_before(local.day) or 0
            return today.bar_of_slots(passed - 1, passed).close, close_before / PRICE_SCALE
        days = history.path.indexes(local.day - 40, local.day - 1)
        if len(days) < 2:
            return 0.0, 0.0
        last = history.path.at(days[-1])
        close_before = history.path.close_before(last.day) or 0
        return last.bar_of_slots(last.layout.count - 1, last.layout.count).close, close_before / PRICE_SCALE


_WARRANT: Final = 5  # SecurityType
_BOOK_TYPES: Final = frozenset({SUB_ORDER_BOOK, SUB_ORDER_BOOK_ODD, SUB_BROKER})
_BROKER_TYPES: Final = frozenset({STOCK, ETF, _WARRANT})
_LIVE_TYPES: Final = frozenset({SUB_QUOTE, SUB_ORDER_BOOK, SUB_TICKER, SUB_RT})
