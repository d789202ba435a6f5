"""What each simulated broker bought and sold on a day: counted from own trades, estimated where there are none.

Both sides of a trade are orders of the book, so both have a broker, the one that the broker queue shows. Volume that
was not traded here (auctions, and what the reference path says) is split by the brokers' weights with a noise of
security and day. All that is bought is sold: the net volumes of all brokers add up to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp
from typing import Final, NamedTuple

from core.upstreams.practice.brokers import BrokerTable
from core.upstreams.practice.market_factor import bell
from core.upstreams.practice.order_book import Fill, Side
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.seeded_noise import mix

DAYS_KEPT: Final = 30
_NOISE: Final = 0.6  # of the logarithm of a broker's share


class Dealt(NamedTuple):
    """Shares and money that one participant bought and sold."""

    bought: float = 0.0
    sold: float = 0.0
    paid: float = 0.0
    received: float = 0.0

    @property
    def net(self) -> float:
        """Shares bought less shares sold."""
        return self.bought - self.sold

    def plus(self, other: Dealt) -> Dealt:
        """Add up."""
        return Dealt(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class BrokerFlow:
    """Own trades of one security by English name of the participant, for the newest days."""

    def __init__(self, brokers: BrokerTable, key: int) -> None:
        """Store. `key` is the security's, as for its broker queue."""
        self._brokers = brokers
        self._key = key
        self._days: dict[int, dict[str, list[float]]] = {}
        self._today: dict[str, list[float]] = {}

    def begin_day(self, day: int) -> None:
        """Count for this day (an ordinal) from now on."""
        self._today = self._days.setdefault(day, {})
        for old in sorted(self._days)[:-DAYS_KEPT]:
            del self._days[old]

    def record(self, fills: Iterable[Fill]) -> None:
        """Count trades."""
        for price, volume, maker_id, taker_id, taker_side in fills:
            buyer, seller = (taker_id, maker_id) if taker_side is Side.BUY else (maker_id, taker_id)
            value = price * volume / PRICE_SCALE
            for order_id, column in ((buyer, 0), (seller, 1)):
                cells = self._today.setdefault(self._brokers.of_order(self._key, order_id).name_en, [0.0] * 4)
                cells[column] += volume
                cells[column + 2] += value

    def traded(self, day: int) -> dict[str, Dealt]:
        """Give what was traded here on a day."""
        return {name: Dealt(*cells) for name, cells in self._days.get(day, {}).items()}


def dealt_on(
    brokers: BrokerTable, key: int, day: int, volume: float, turnover: float, traded: dict[str, Dealt]
) -> dict[str, Dealt]:
    """Give every participant's part of a day whose whole volume (shares) and turnover (currency) are known.

    `traded` is the part that was traded here; the rest is estimated.
    """
    rest = max(0.0, volume - sum(one.bought for one in traded.values()))
    money = max(0.0, turnover - sum(one.paid for one in traded.values()))
    weights = brokers.participants()
    shares: list[list[float]] = []
    for side in (0, 1):
        dice = mix(key ^ (day * 2 + side))
        noisy = [
            weight * exp(_NOISE * bell(mix(dice ^ number))) for number, weight in enumerate(weights.values(), start=1)
        ]
        shares.append([one / sum(noisy) for one in noisy])
    found = {}
    for name, buys, sells in zip(weights, *shares, strict=True):
        estimated = Dealt(buys * rest, sells * rest, buys * money, sells * money)
        found[name] = estimated.plus(traded.get(name, Dealt()))
    return found
