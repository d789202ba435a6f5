"""Orders of users in the practice exchange's own order books: placing, resting, waiting for an auction, being filled.

A user's order stands in the queue like any other, at its price and behind what was there before. Two orders of users
may trade with each other. Volumes are whole units of the book (shares, contracts, parts of a coin), prices price units.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.security import Security
from core.upstreams.practice.call_auction import ANY_PRICE, AuctionMatch, AuctionOrder, AuctionResult
from core.upstreams.practice.order_book import Fill, Side
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.trading_hours import MarketPhase as MarketPhase

if TYPE_CHECKING:
    from core.upstreams.practice.market import SecurityMarket, Tick
    from core.upstreams.practice.model_path import ModelDay
    from core.upstreams.practice.reference_path import DayPath

REGULAR_HOURS: Final = frozenset({MarketPhase.CONTINUOUS})
# Simulated orders of an auction have no ids of the book; their brokers are drawn from numbers that no order has.
_AUCTION_IDS: Final = 1 << 40


class UserFill(NamedTuple):
    """One trade of a user's order. `side` is the user's, `unix` when it was made.

    `counter_broker` is the Hong Kong broker number on the other side, 0 elsewhere.
    """

    security: Security
    book_order: int
    side: Side
    price: int
    volume: int
    unix: float
    is_maker: bool
    in_auction: bool
    counter_broker: int


class Placement(NamedTuple):
    """What became of an order at once; `open_volume` is what rests or waits, 0 when nothing does."""

    book_order: int
    fills: tuple[UserFill, ...]
    open_volume: int


class UserEvents:
    """What happened to orders of users on all markets since it was last told, in order for each market."""

    def __init__(self, counter_broker: Callable[[SecurityMarket, int], int]) -> None:
        """Store. `counter_broker` gives the broker number behind an order id of a market, 0 for none."""
        self.counter_broker = counter_broker
        self.fills: list[UserFill] = []
        self.ended: list[tuple[Security, int, int]] = []


class _UserOrder:
    """One open order. `enters_at` is None while it is in the book, infinity for one of the closing auction only."""

    __slots__ = ("enters_at", "good_until", "phases", "price", "side", "volume")

    def __init__(
        self, side: Side, price: int | None, volume: int, good_until: float, phases: frozenset[MarketPhase]
    ) -> None:
        self.side = side
        self.price = price
        self.volume = volume
        self.good_until = good_until
        self.phases = phases  # in which it may trade
        self.enters_at: float | None = None

    def is_passed_by(self, low: int, high: int) -> bool:
        """Say whether a price beyond the limit was traded."""
        if self.price is None:
            return False
        return low < self.price if self.side is Side.BUY else high > self.price


class UserOrders:
    """The users' orders of one security. The market says when time passes."""

    def __init__(self, market: SecurityMarket, events: UserEvents) -> None:
        """Store."""
        self.first_expiry = inf  # a moment before which no order's time is up
        self._market = market
        self._events = events
        self._orders: dict[int, _UserOrder] = {}

    def __len__(self) -> int:
        """Count the open orders."""
        return len(self._orders)

    def place(
        self,
        now: float,
        side: Side,
        volume: int,
        *,
        price: int | None,
        rest: bool,
        whole: bool,
        exact: bool,
        auction: bool,
        good_until: float,
        phases: frozenset[MarketPhase],
    ) -> Placement:
        """Place an order, see Exchange.place_order."""
        market, label = self._market, self._market.info.security.label
        if volume <= 0 or (price is not None and price <= 0):
            raise ValueError(f"price {price} and volume {volume} must be positive")
        if market.is_index or market.is_suspended:
            raise UserFacingError("market_closed", code=label)
        book = market.book
        order = _UserOrder(side, price, volume, good_until, phases)
        if auction:
            return self._wait(now, order)
        if market.hours.phase(now) not in phases or not market.enter_minute(now):
            raise UserFacingError("market_closed", code=label)
        order_id = book.new_id()
        limit = _limit(side, price)
        best = book.best_ask if side is Side.BUY else book.best_bid
        if exact and best is not None and (best < limit if side is Side.BUY else best > limit):
            return Placement(order_id, (), 0)
        if whole and book.volume_within(side, limit) < volume:
            return Placement(order_id, (), 0)
        fills = self._enter(now, order_id, order, rest=rest)
        open_volume = book.open_volume(order_id)
        return Placement(order_id, tuple(fills), open_volume)

    def cancel(self, order_id: int, now: float) -> int:
        """Take an order out; gives the volume that was open, 0 when there is no such order."""
        order = self._orders.pop(order_id, None)
        if order is None:
            return 0
        if order.enters_at is None:
            self._market.book.cancel(order_id)
        if order.enters_at is None or self._market.auction is not None:
            self._mark_book(now)
        return order.volume

    def reduce(self, order_id: int, volume: int, now: float) -> bool:
        """Leave `volume` of an order open, which keeps its place; False unless that is fewer than now, at least 1."""
        order = self._orders.get(order_id)
        if order is None or not 0 < volume < order.volume:
            return False
        order.volume = volume
        if order.enters_at is None:
            self._market.book.reduce(order_id, volume)
            self._mark_book(now)
        return True

    def note(self, at: float, fills: Iterable[Fill]) -> None:
        """Take down the trades of resting orders; called for every trade of the book."""
        for fill in fills:
            order = self._orders.get(fill.maker_id)
            if order is None:
                continue
            order.volume -= fill.volume
            if not order.volume:
                del self._orders[fill.maker_id]
            broker = self._events.counter_broker(self._market, fill.taker_id)
            self._report(fill.maker_id, order.side, fill.price, fill.volume, at, broker)

    def expire(self, at: float) -> None:
        """Give back the orders whose time is up."""
        self.first_expiry = inf
        for order_id, order in list(self._orders.items()):
            if order.good_until <= at:
                self._give_back(order_id, at)
            else:
                self.first_expiry = min(self.first_expiry, order.good_until)

    def give_all_back(self, at: float) -> None:
        """Give back every order: the security is suspended or its last day is over."""
        for order_id in list(self._orders):
            self._give_back(order_id, at)

    def enter_waiting(self, at: float) -> None:
        """Bring in, in their order, what waited for these hours; what has no limit is not left in the book."""
        waiting = [item for item in self._orders.items() if item[1].enters_at is not None and item[1].enters_at <= at]
        if not waiting:
            return
        phase = self._market.hours.phase(at)
        for order_id, order in waiting:
            if phase not in order.phases or order_id not in self._orders:
                continue
            del self._orders[order_id]
            order.enters_at = None
            self._events.fills += self._enter(at, order_id, order, rest=True)
            if order.volume and order.price is None:
                self._events.ended.append((self._market.info.security, order_id, order.volume))

    def change_hours(self, at: float) -> None:
        """Take out of the book what may not trade in the hours of a moment; it waits for its own."""
        phase = self._market.hours.phase(at)
        for order_id, order in self._orders.items():
            if order.enters_at is None and phase not in order.phases:
                self._market.book.cancel(order_id)
                order.enters_at = -inf

    def auction_orders(self, simulated: Sequence[AuctionOrder]) -> list[AuctionOrder]:
        """List all orders of an auction by arrival: users' from the book, simulated ones, users' for the auction."""
        earlier: list[AuctionOrder] = []
        later: list[AuctionOrder] = []
        for order_id, order in self._orders.items():
            if MarketPhase.CONTINUOUS not in order.phases:
                continue
            entry = AuctionOrder(order.side, order.price or ANY_PRICE, order.volume, order_id)
            (earlier if order.enters_at is None else later).append(entry)
        return [*earlier, *simulated, *later]

    def settle_auction(
        self,
        at: float,
        orders: Sequence[AuctionOrder],
        result: AuctionResult | None,
        matched: Iterable[AuctionMatch],
        *,
        is_opening: bool,
    ) -> None:
        """Fill what was matched; the rest goes into the book after the opening, or back to its users.

        Takes all simulated orders out of the book, so that nothing is crossed.
        """
        market = self._market
        market.book.clear()
        for match in matched:
            assert result is not None, "what is matched has a price"
            for own, other in ((match.buyer, match.seller), (match.seller, match.buyer)):
                order_id = orders[own].order_id
                if order_id:
                    self._take(order_id, match.volume)
                    broker = self._events.counter_broker(market, orders[other].order_id or _AUCTION_IDS | other)
                    side = orders[own].side
                    self._report(order_id, side, result.price, match.volume, at, broker, in_auction=True)
        for order_id, order in list(self._orders.items()):
            if order.enters_at is None or MarketPhase.CONTINUOUS not in order.phases:
                continue
            if order.price is None or not is_opening:
                self._give_back(order_id, at)
            else:
                market.book.place(order.side, order.price, order.volume, held_as=order_id)
                order.enters_at = None

    def pass_gap(self, until_day: int, until_slot: int) -> None:
        """Fill the orders whose limit the simulated path has passed in the time that nobody traded here.

        From the end of the live day's newest minute up to, not including, a slot of a day. They are filled at their
        limit (at the opening price, where a day opened better), at most with the volume that the path traded then:
        they are part of it, and no trades of their own.
        """
        market = self._market
        live = market.day
        for day in range(live.day, until_day + 1):
            path = market.history.path.day(day)
            if path is None:
                continue
            first = live.last_slot + 1 if day == live.day else 0
            end = until_slot if day == until_day else path.layout.count
            if first < end and self._orders:
                self._pass_slots(path, first, end, opens=day != live.day)

    def _pass_slots(self, path: DayPath | ModelDay, first: int, end: int, *, opens: bool) -> None:
        whole = path.bar_of_slots(first, end)
        low, high, left = round(whole.low * PRICE_SCALE), round(whole.high * PRICE_SCALE), whole.volume
        if not any(order.is_passed_by(low, high) for order in self._orders.values()):
            return
        for slot in range(first, end):
            at = self._market.time.unix(path.day, path.layout.minutes[slot])
            if at >= self.first_expiry:
                self.expire(at)
            bar = path.bar_of_slots(slot, slot + 1)
            low, high = round(bar.low * PRICE_SCALE), round(bar.high * PRICE_SCALE)
            opening = round(bar.open * PRICE_SCALE) if opens and slot == 0 else None
            for order_id, order in self._by_priority():
                volume = min(left, order.volume)
                if not volume or not order.is_passed_by(low, high) or (order.enters_at or -inf) > at:
                    continue
                if MarketPhase.CONTINUOUS not in order.phases:
                    continue
                assert order.price is not None, "only a limit is passed"
                price = order.price
                if opening is not None:
                    price = min(price, opening) if order.side is Side.BUY else max(price, opening)
                left -= volume
                self._take(order_id, volume)
                broker = self._events.counter_broker(self._market, _AUCTION_IDS | slot)
                self._report(order_id, order.side, price, volume, at, broker)
            if not left:
                return

    def _by_priority(self) -> list[tuple[int, _UserOrder]]:
        """List the orders with a limit, the better prices first and the earlier ones among equals."""
        found = [(order_id, order) for order_id, order in self._orders.items() if order.price is not None]
        return sorted(found, key=lambda item: -(item[1].price or 0) if item[1].side is Side.BUY else item[1].price or 0)

    def _wait(self, now: float, order: _UserOrder) -> Placement:
        """Keep an order for the next auction, or for the next opening where that comes first."""
        hours = self._market.hours
        order.enters_at = hours.next_opening(now)
        auction_end = hours.closing_auction_end(now)
        if auction_end is not None and hours.phase(now) is not MarketPhase.BREAK:
            order.enters_at, order.good_until = inf, min(order.good_until, auction_end)
        elif order.enters_at == inf:
            raise UserFacingError("market_closed", code=self._market.info.security.label)
        order_id = self._market.book.new_id()
        self._keep(order_id, order)
        if self._market.auction is not None:
            self._mark_book(now)  # it is shown among the collected orders
        return Placement(order_id, (), order.volume)

    def _enter(self, at: float, order_id: int, order: _UserOrder, *, rest: bool) -> list[UserFill]:
        """Let an order trade now; what is left rests if it may and has a limit. Gives the taker's own trades."""
        market, side = self._market, order.side
        rest = rest and order.price is not None
        _, fills = market.book.place(side, _limit(side, order.price), order.volume, rest=rest, held_as=order_id)
        order.volume -= sum(fill.volume for fill in fills)
        if order.volume and rest:
            self._keep(order_id, order)
        market.apply_fills(at, fills)
        self._mark_book(at)
        security, broker_of = market.info.security, self._events.counter_broker
        return [
            UserFill(
                security, order_id, side, fill.price, fill.volume, at, False, False, broker_of(market, fill.maker_id)
            )
            for fill in fills
        ]

    def _keep(self, order_id: int, order: _UserOrder) -> None:
        self._orders[order_id] = order
        self.first_expiry = min(self.first_expiry, order.good_until)

    def _take(self, order_id: int, volume: int) -> None:
        """Count volume of an order as filled outside the book's own matching."""
        order = self._orders[order_id]
        order.volume -= volume
        if not order.volume:
            del self._orders[order_id]
        if order.enters_at is None:
            if order.volume:
                self._market.book.reduce(order_id, order.volume)
            else:
                self._market.book.cancel(order_id)

    def _give_back(self, order_id: int, at: float) -> None:
        volume = self.cancel(order_id, at)
        self._events.ended.append((self._market.info.security, order_id, volume))

    def _report(
        self, order_id: int, side: Side, price: int, volume: int, at: float, broker: int, *, in_auction: bool = False
    ) -> None:
        security = self._market.info.security
        fill = UserFill(security, order_id, side, price, volume, at, not in_auction, in_auction, broker)
        self._events.fills.append(fill)

    def _mark_book(self, at: float) -> None:
        self._market.book_changed = True
        self._market.book_changed_at = max(at, self._market.book_changed_at)


class UserTrading:
    """Orders of users on all markets: who is told what, and which securities must go on trading for them."""

    def __init__(self, events: UserEvents) -> None:
        """Store."""
        self.on_fills: Callable[[Sequence[UserFill]], None] | None = None
        self.on_ended: Callable[[Security, int, int], None] | None = None
        self.events = events
        self.watched: frozenset[Security] = frozenset()
        self._listener: Callable[[Security, Sequence[Tick]], None] | None = None
        self._seen: list[tuple[Security, Sequence[Tick]]] = []
        self._touched: dict[Security, SecurityMarket] = {}

    def watch(
        self, securities: frozenset[Security], listener: Callable[[Security, Sequence[Tick]], None] | None
    ) -> None:
        """Declare the whole set of watched securities and who hears about their trades."""
        self.watched = securities
        self._listener = listener

    def orders_of(self, market: SecurityMarket) -> UserOrders:
        """Give a market's users' orders, from now on to be told about; the market's news are due at the next look."""
        if market.users is None:
            market.users = UserOrders(market, self.events)
        self._touched[market.info.security] = market
        return market.users

    def take_touched(self) -> list[SecurityMarket]:
        """Give the markets that users acted on since the last call."""
        if not self._touched:
            return []
        touched, self._touched = list(self._touched.values()), {}
        return touched

    def saw(self, market: SecurityMarket, ticks: Sequence[Tick], *, was_away: bool) -> None:
        """Take down a watched market's new trades; none of them after a gap still is news."""
        if self._listener is not None and (ticks or was_away):
            self._seen.append((market.info.security, ticks))

    def tell(self) -> None:
        """Tell the fills in the order of their time, then what ended, then the trades of watched securities."""
        events = self.events
        if events.fills:
            fills, events.fills = events.fills, []
            if self.on_fills is not None:
                self.on_fills(sorted(fills, key=lambda fill: fill.unix))
        if events.ended:
            ended, events.ended = events.ended, []
            if self.on_ended is not None:
                for order in ended:
                    self.on_ended(*order)
        if self._seen:
            seen, self._seen = self._seen, []
            if self._listener is not None:
                for security, ticks in seen:
                    self._listener(security, ticks)


def _limit(side: Side, price: int | None) -> int:
    """Give the limit price, for a market order one that every price is within."""
    if price is not None:
        return price
    return sys.maxsize if side is Side.BUY else 1
