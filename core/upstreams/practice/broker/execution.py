"""From an order to the exchange's book and back: how each type is sent, and its trades as records."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from core.model.trading import OrderType
from core.upstreams.practice.broker.order_schedule import phases_of
from core.upstreams.practice.broker.order_types import AUCTIONS, CONDITIONAL
from core.upstreams.practice.broker.records import FillRecord, OrderRecord
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.trading_hours import MarketPhase
from core.upstreams.practice.user_orders import Placement, UserFill


class Sending(NamedTuple):
    """How an order enters the exchange; see Exchange.place_order."""

    price: int | None
    rest: bool = True
    whole: bool = False
    exact: bool = False
    auction: bool = False


def sending_of(order: OrderRecord, exchange: Exchange) -> Sending:
    """Say how an order is sent to the exchange now."""
    kind = order.order_type
    if kind in CONDITIONAL:
        # What it is sent with was settled when it was triggered.
        return Sending(order.price or None, rest=order.price > 0)
    if kind in AUCTIONS:
        return Sending(order.price or None, auction=True)
    if kind is OrderType.MARKET:
        return Sending(None, rest=False)
    if kind is OrderType.SPECIAL_LIMIT:
        return Sending(order.price, rest=False)
    if kind is OrderType.SPECIAL_LIMIT_ALL:
        return Sending(order.price, rest=False, whole=True)
    if kind is OrderType.ABSOLUTE_LIMIT:
        return Sending(order.price, rest=False, exact=True)
    # An auction order of mainland China is an ordinary limit order.
    return Sending(order.price, auction=exchange.phase(order.security) is MarketPhase.COLLECTING)


def send(exchange: Exchange, order: OrderRecord, sending: Sending, good_until: float) -> Placement:
    """Place what is open of an order. Raises UserFacingError(unknown_security, market_closed)."""
    side = Side.BUY if order.side.buys else Side.SELL
    return exchange.place_order(
        order.security,
        side,
        order.open_quantity,
        price=sending.price,
        rest=sending.rest,
        whole=sending.whole,
        exact=sending.exact,
        auction=sending.auction,
        good_until=good_until,
        # The hours that run now were found right for it before.
        phases=phases_of(order.session, outside=order.fill_outside_rth) | {exchange.phase(order.security)},
    )


def fill_record(
    exchange: Exchange, order: OrderRecord, fill: UserFill, next_id: Callable[[str], int], *, leg: int = 0
) -> FillRecord:
    """Write down a trade of the exchange as a fill of an order."""
    info = exchange.info(fill.security)
    side = order.legs[leg].side if order.legs else order.side
    return FillRecord(
        fill_id=next_id("fill"),
        order_id=order.order_id,
        account_id=order.account_id,
        security=fill.security,
        name=exchange.name(info),
        side=side,
        quantity=fill.volume,
        price=fill.price,
        multiplier=exchange.market(fill.security).contract_size,
        currency=order.currency,
        trading_market=order.trading_market,
        at=fill.unix,
        day=exchange.session_of(fill.security, fill.unix).day,
        counter_broker=fill.counter_broker,
        leg=leg,
    )
