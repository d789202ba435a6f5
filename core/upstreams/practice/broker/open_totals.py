"""What the open orders of an account come to, kept up as they change: adding them up anew would take too long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.model.security import Security
from core.model.trading import OPEN_STATUSES, ComboLegTerms, Currency, OrderStatus, TradeSide
from core.upstreams.practice.broker.records import OrderRecord


class _Part(NamedTuple):
    """One security that an order buys or sells, in one currency."""

    security: Security
    buys: bool
    currency: Currency


class OpenTotal(NamedTuple):
    """All open orders of one security and side as if they were one; it has of an order what the books look at."""

    security: Security
    side: TradeSide
    currency: Currency
    open_quantity: int
    reserved: int
    order_id: int = 0
    status: OrderStatus = OrderStatus.SUBMITTED
    legs: tuple[ComboLegTerms, ...] = ()


OpenOrder = OrderRecord | OpenTotal


class OpenTotals:
    """Open quantities and reservations of one account, by security and side."""

    def __init__(self) -> None:
        """Begin with no orders."""
        self._totals: dict[_Part, tuple[int, int]] = {}

    def change(self, before: OrderRecord | None, after: OrderRecord) -> None:
        """Take in that an order changed, or is new."""
        if before is not None:
            self._add(before, -1)
        self._add(after, 1)

    def as_orders(self, without: OrderRecord | None = None) -> list[OpenTotal]:
        """Give one order for each security and side that holds back and may trade what all of them together do.

        `without` is an order, as it was last taken in, that shall count as not there.
        """
        totals = self._totals
        if without is not None:
            totals = dict(totals)
            for part, quantity, reserved in _parts(without):
                known = totals.get(part, (0, 0))
                totals[part] = known[0] - quantity, known[1] - reserved
        return [
            OpenTotal(part.security, TradeSide.BUY if part.buys else TradeSide.SELL, part.currency, quantity, reserved)
            for part, (quantity, reserved) in totals.items()
            if quantity or reserved
        ]

    def _add(self, order: OrderRecord, sign: int) -> None:
        for part, quantity, reserved in _parts(order):
            known = self._totals.get(part, (0, 0))
            total = known[0] + sign * quantity, known[1] + sign * reserved
            if any(total):
                self._totals[part] = total
            else:
                self._totals.pop(part, None)


def _parts(order: OrderRecord) -> Iterator[tuple[_Part, int, int]]:
    """Go through what an open order may still trade; its reservation goes with the first part."""
    if order.status not in OPEN_STATUSES:
        return
    reserved = order.reserved
    if not order.legs:
        yield _Part(order.security, order.side.buys, order.currency), order.open_quantity, reserved
    for leg in order.legs:
        yield _Part(leg.security, leg.side.buys, order.currency), leg.ratio * order.open_quantity, reserved
        reserved = 0
