"""Option strategies as one order: the legs trade together, a whole unit at a time, or not at all.

A unit is done when every leg can be taken from its book at once and the net price is within the limit. What cannot be
had rests with the broker and is tried again whenever a leg's book has changed; no leg is ever left alone.
"""

from __future__ import annotations

import logging
from math import isfinite
from typing import Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.trading import (
    ComboLegTerms,
    OrderStatus,
    OrderTerms,
    OrderType,
    TimeInForce,
    TradingEnvironment,
    TradingSession,
    TrailType,
)
from core.upstreams.practice.broker import order_texts as texts
from core.upstreams.practice.broker.order_prices import whole_quantity
from core.upstreams.practice.broker.order_products import firm_of, product_of, trading_market
from core.upstreams.practice.broker.order_rules import LONGEST_REMARK, CheckedTerms, OrderRules
from core.upstreams.practice.broker.order_schedule import Moment, OrderSchedule
from core.upstreams.practice.broker.order_steps import OrderSteps
from core.upstreams.practice.broker.order_types import TYPE_NAMES
from core.upstreams.practice.broker.records import AccountSpec, OrderRecord
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE

log = logging.getLogger(__name__)

MOST_LEGS: Final = 6
_MOST_CONTRACTS: Final = 3_000
_LARGEST_RATIO: Final = 10_000
_LARGEST_NET: Final = 10**6
_BOOK_DEPTH: Final = 60


class _Taking(NamedTuple):
    """What one leg takes from its book."""

    volume: int
    worst_price: int


class ComboRules:
    """The checks of combo orders."""

    def __init__(self, exchange: Exchange, schedule: OrderSchedule, rules: OrderRules, *, strict_paper: bool) -> None:
        """Store."""
        self._exchange = exchange
        self._schedule = schedule
        self._rules = rules
        self._strict_paper = strict_paper

    def check(self, account: AccountSpec, terms: OrderTerms) -> CheckedTerms:
        """Check a new combo. Raises UserFacingError."""
        if self._strict_paper and account.environment is TradingEnvironment.SIMULATE:
            raise UserFacingError("combo_paper")
        if terms.order_type not in (OrderType.NORMAL, OrderType.MARKET):
            raise UserFacingError("combo_type", type=TYPE_NAMES[terms.order_type])
        if terms.time_in_force is TimeInForce.IOC:
            raise UserFacingError("time_in_force_crypto")
        if len(terms.remark.encode("utf-8", "replace")) > LONGEST_REMARK:
            raise UserFacingError("remark_long", limit=LONGEST_REMARK)
        owner = self._check_legs(account, terms.legs)
        first = self._exchange.info(terms.legs[0].security)
        quantity, price = self.numbers(terms)
        moment = self.moment(account, terms.legs)
        if moment is Moment.REFUSED:
            hours = self._schedule.hours_text(first)
            raise UserFacingError("market_closed_orders", code=first.security.label, sessions=hours)
        day = self._schedule.day_for(first, terms.order_type, extended=False)
        return CheckedTerms(
            info=self._exchange.info(owner),
            product=product_of(first),
            market=trading_market(account, first),
            quantity=quantity,
            price=price,
            aux_price=0,
            trail_type=TrailType.NONE,
            trail_value=0,
            trail_spread=0,
            day=day,
            expire_day=self._schedule.expire_day(first, terms.time_in_force, terms.expire_date, day),
            session=TradingSession.NONE,
            fill_outside_rth=False,
            moment=moment,
        )

    def numbers(self, terms: OrderTerms) -> tuple[int, int]:
        """Give quantity and net price of terms. Raises UserFacingError(bad_field, order_cap_quantity)."""
        quantity = whole_quantity(terms.quantity)
        if any(
            quantity * leg.ratio > _MOST_CONTRACTS and product_of(self._exchange.info(leg.security)).is_contract
            for leg in terms.legs
        ):
            raise UserFacingError("order_cap_quantity", quantity=quantity, limit=_MOST_CONTRACTS)
        if terms.order_type is OrderType.MARKET:
            return quantity, 0
        if not isfinite(terms.price) or abs(terms.price) > _LARGEST_NET:
            raise UserFacingError("bad_field", field="price", value=terms.price)
        return quantity, round(terms.price * PRICE_SCALE)

    def moment(self, account: AccountSpec, legs: tuple[ComboLegTerms, ...]) -> Moment:
        """Say whether all legs can trade now, or wait, or whether the combo cannot be taken."""
        moments = set()
        for leg in legs:
            info = self._exchange.info(leg.security)
            moments.add(self._schedule.moment(info, OrderType.NORMAL, product_of(info), firm_of(account)))
        if Moment.REFUSED in moments:
            return Moment.REFUSED
        return Moment.LATER if Moment.LATER in moments else Moment.NOW

    def _check_legs(self, account: AccountSpec, legs: tuple[ComboLegTerms, ...]) -> Security:
        """Check the legs and give their underlying."""
        if not 2 <= len(legs) <= MOST_LEGS:
            raise UserFacingError("combo_legs", count=len(legs), limit=MOST_LEGS)
        if len({leg.security for leg in legs}) < len(legs):
            raise UserFacingError("combo_same_leg")
        owners: set[Security] = set()
        options = 0
        for leg in legs:
            if not 0 < leg.ratio <= _LARGEST_RATIO:
                raise UserFacingError("bad_field", field="qtyRatio", value=leg.ratio)
            info = self._rules.tradable(account, leg.security)
            if self._exchange.is_suspended(info):
                raise UserFacingError("suspended_order", code=info.security.label)
            model = self._exchange.derivatives.model(leg.security)
            is_option = product_of(info).is_option and model is not None
            options += is_option
            owners.add(model.contract.owner if is_option and model is not None else leg.security)
        if len(owners) > 1 or not options:
            raise UserFacingError("combo_underlying")
        return owners.pop()


class ComboDesk:
    """Trades combos: looks at the books of all legs, and takes what makes whole units."""

    def __init__(self, exchange: Exchange, steps: OrderSteps) -> None:
        """Store."""
        self._exchange = exchange
        self._steps = steps
        self._seen: dict[int, tuple[float, ...]] = {}  # when the legs' books had changed at the last try

    def send(self, order: OrderRecord) -> OrderRecord:
        """Trade what can be had now. A market order gives up the rest, a limit order waits with the broker."""
        units, takings = self.find(order)
        if units:
            order = self._take(order, units, takings)
        if not order.open_quantity:
            self._seen.pop(order.order_id, None)
            return order
        if order.order_type is OrderType.MARKET:
            return self._steps.end(order, texts.NOBODY_LEFT)
        self._seen[order.order_id] = self._changed_at(order)
        if order.status is OrderStatus.SUBMITTING:
            order = self._steps.step(order, texts.WAITS_FOR_LEGS, status=OrderStatus.SUBMITTED)
        return order

    def has_changed(self, order: OrderRecord) -> bool:
        """Whether a leg's book has changed since the last try."""
        return self._seen.get(order.order_id) != self._changed_at(order)

    def forget(self, order: OrderRecord) -> None:
        """The order is over, or its terms have changed."""
        self._seen.pop(order.order_id, None)

    def find(self, order: OrderRecord) -> tuple[int, tuple[_Taking, ...]]:
        """Count the units that can be had within the limit, and what each leg takes for them."""
        books = [self._offers(leg) for leg in order.legs]
        sizes = [self._exchange.market(leg.security).contract_size for leg in order.legs]
        unit_size = max(sizes)
        places = [[0, 0] for _ in books]  # the level of each book and what is taken of it
        takings = tuple(_Taking(0, 0) for _ in books)
        units = 0
        while units < order.open_quantity:
            net, following = 0, []
            for leg, book, place, size, taking in zip(order.legs, books, places, sizes, takings, strict=True):
                taken = _walk(book, place, leg.ratio)
                if taken is None:
                    return units, takings
                amount, worst = taken
                net += amount * size * (1 if leg.side.buys else -1)
                following.append(_Taking(taking.volume + leg.ratio, worst))
            if order.order_type is not OrderType.MARKET and net > order.price * unit_size:
                return units, takings
            takings = tuple(following)
            units += 1
        return units, takings

    def _take(self, order: OrderRecord, units: int, takings: tuple[_Taking, ...]) -> OrderRecord:
        sizes = [self._exchange.market(leg.security).contract_size for leg in order.legs]
        net, at, day = 0, self._exchange.now, order.day
        for number, (leg, taking) in enumerate(zip(order.legs, takings, strict=True)):
            side = Side.BUY if leg.side.buys else Side.SELL
            placement = self._exchange.place_order(
                leg.security, side, taking.volume, price=taking.worst_price, rest=False, whole=True
            )
            got = sum(fill.volume for fill in placement.fills)
            if got != taking.volume:
                log.error("leg %s of order %s got %s of %s", number, order.order_id, got, taking.volume)
            for fill in placement.fills:
                record = self._steps.book_fill(order, fill, leg=number)
                net += fill.price * fill.volume * sizes[number] * (1 if leg.side.buys else -1)
                day = max(day, record.day)
        return self._steps.add_filled(order, units, round(net / max(sizes)), at, day)

    def _offers(self, leg: ComboLegTerms) -> list[tuple[int, int]]:
        """List prices and volumes that a leg could take, the best first."""
        other = Side.SELL if leg.side.buys else Side.BUY
        levels = self._exchange.market(leg.security).book.levels(other, _BOOK_DEPTH)
        return [(level.price, level.volume) for level in levels]

    def _changed_at(self, order: OrderRecord) -> tuple[float, ...]:
        return tuple(self._exchange.market(leg.security).book_changed_at for leg in order.legs)


def _walk(book: list[tuple[int, int]], place: list[int], volume: int) -> tuple[int, int] | None:
    """Take a volume from the place on; gives price times volume and the last price, None when there is not enough."""
    amount, worst = 0, 0
    while volume:
        if place[0] == len(book):
            return None
        price, offered = book[place[0]]
        taken = min(volume, offered - place[1])
        amount += price * taken
        worst = price
        volume -= taken
        place[1] += taken
        if place[1] == offered:
            place[0] += 1
            place[1] = 0
    return amount, worst
