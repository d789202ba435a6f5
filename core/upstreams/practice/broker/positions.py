"""One position as fills make it: quantity, average and diluted cost, realised profit, and what today did to it.

Average cost is the average of what opened the position. Diluted cost is everything paid for it less everything it gave
back, fees included, spread over what is left. Money is kept as whole 1/10000, so the books close exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.model.security import SH, SZ, Security
from core.model.trading import OPEN_STATUSES, Currency, PositionSide, TradingMarket
from core.upstreams.practice.broker.instruments import PriceSource
from core.upstreams.practice.broker.open_totals import OpenOrder
from core.upstreams.practice.broker.records import FillRecord

FUTURES_MARKETS: Final = frozenset(
    {
        TradingMarket.FUTURES,
        TradingMarket.FUTURES_SIMULATE_HK,
        TradingMarket.FUTURES_SIMULATE_US,
        TradingMarket.FUTURES_SIMULATE_SG,
        TradingMarket.FUTURES_SIMULATE_JP,
    }
)


class Closing(NamedTuple):
    """What a fill does to a position: units closed and opened, and the profit that the closed ones realise."""

    closed: int
    opened: int
    cost_removed: int
    realised: int


class Position:
    """The open units of one security in one account. Only the ledger changes it.

    `quantity` is negative for a short position. `open_amount` is what the open units cost (or brought, when short) at
    their average price, `net_paid` what was paid less what came back, fees included; both times the multiplier.
    """

    __slots__ = (
        "currency",
        "is_future",
        "last_fill_price",
        "multiplier",
        "name",
        "net_paid",
        "open_amount",
        "opened_at",
        "opened_day",
        "position_id",
        "quantity",
        "realised",
        "security",
        "trading_market",
    )

    def __init__(self, fill: FillRecord) -> None:
        """Begin an empty position with the fill that opens it; its id is the fill's and never used again."""
        self.position_id = fill.fill_id
        self.security = fill.security
        self.name = fill.name
        self.currency = fill.currency
        self.trading_market = fill.trading_market
        self.multiplier = fill.multiplier
        self.is_future = fill.trading_market in FUTURES_MARKETS
        self.opened_at = fill.at
        self.opened_day = fill.day
        self.quantity = 0
        self.open_amount = 0
        self.net_paid = 0
        self.realised = 0
        self.last_fill_price = fill.price

    @property
    def side(self) -> PositionSide:
        """Long or short."""
        return PositionSide.SHORT if self.quantity < 0 else PositionSide.LONG

    def closing(self, buys: bool, quantity: int, price: int) -> Closing:
        """Say what a fill would close and open."""
        held = -self.quantity if buys else self.quantity
        closed = min(quantity, max(0, held))
        if not closed:
            return Closing(0, quantity, 0, 0)
        removed = self.open_amount * closed // held
        amount = price * closed * self.multiplier
        return Closing(closed, quantity - closed, removed, removed - amount if buys else amount - removed)

    def close(self, buys: bool, price: int, closing: Closing) -> None:
        """Take closed units out."""
        amount = price * closing.closed * self.multiplier
        self.quantity += closing.closed if buys else -closing.closed
        self.open_amount -= closing.cost_removed
        self.net_paid += amount if buys else -amount
        self.realised += closing.realised
        self.last_fill_price = price

    def open(self, buys: bool, price: int, opened: int) -> None:
        """Add units on the position's own side."""
        amount = price * opened * self.multiplier
        self.quantity += opened if buys else -opened
        self.open_amount += amount
        self.net_paid += amount if buys else -amount
        self.last_fill_price = price

    def value(self, price: int) -> int:
        """Give quantity times price times multiplier, negative when short."""
        return self.quantity * price * self.multiplier

    def unrealised(self, price: int) -> int:
        """Give the open profit against average cost."""
        value = self.value(price)
        return value - self.open_amount if self.quantity >= 0 else value + self.open_amount


class DayTotals:
    """What one account traded of one security on one trading day. `opening_quantity` is signed."""

    __slots__ = ("bought", "bought_amount", "day", "fees", "multiplier", "opening_quantity", "sold", "sold_amount")

    def __init__(self, day: int, opening_quantity: int, multiplier: int) -> None:
        """Begin a day."""
        self.day = day
        self.opening_quantity = opening_quantity
        self.multiplier = multiplier
        self.bought = self.bought_amount = self.sold = self.sold_amount = self.fees = 0

    def add(self, fill: FillRecord) -> None:
        """Count a fill of this day."""
        amount = fill.price * fill.quantity * fill.multiplier
        if fill.side.buys:
            self.bought += fill.quantity
            self.bought_amount += amount
        else:
            self.sold += fill.quantity
            self.sold_amount += amount

    def profit(self, price: int, previous_close: int) -> int:
        """Give the day's profit, after fees."""
        quantity = self.opening_quantity + self.bought - self.sold
        change = (quantity * price - self.opening_quantity * previous_close) * self.multiplier
        return change + self.sold_amount - self.bought_amount - self.fees


class Pending(NamedTuple):
    """What open orders of one account may still buy and sell of one security."""

    buys: int
    sells: int


@dataclass(frozen=True, slots=True)
class PositionFigures:
    """One position as clients see it. Prices and money in `currency`, 1/10000; costs in whole units without limit.

    `quantity` and `can_sell` are positive whatever the side; `market_value` is negative for a short position and 0 for
    a future. `profit` counts against diluted cost, of futures against average cost. Ratios are fractions, None where
    there is no positive cost. `today_profit` is after fees. `combo_id`, `strategy` and `position_type` (1 the whole
    strategy, 2 a leg) are filled in the option strategy view only. A position closed today has quantity 0.
    """

    position_id: int
    security: Security
    name: str
    side: PositionSide
    quantity: int
    can_sell: int
    price: int
    multiplier: int
    currency: Currency
    trading_market: TradingMarket
    is_future: bool
    market_value: int
    average_cost: float
    diluted_cost: float
    profit: int
    profit_ratio: float | None
    average_profit_ratio: float | None
    unrealised: int
    realised: int
    today_profit: int
    today_traded: int
    today_bought_amount: int
    today_bought: int
    today_sold_amount: int
    today_sold: int
    opened_at: float
    combo_id: int = 0
    strategy: int = 0
    position_type: int = 0

    @property
    def cost(self) -> float:
        """The old cost field: diluted for securities, average for futures."""
        return self.average_cost if self.is_future else self.diluted_cost


def pending_quantities(orders: Iterable[OpenOrder]) -> dict[Security, Pending]:
    """Add up what the open orders among some may still trade, legs of combos included."""
    totals: dict[Security, Pending] = {}
    for order in orders:
        if order.status not in OPEN_STATUSES:
            continue
        parts = [(leg.security, leg.side, leg.ratio * order.open_quantity) for leg in order.legs]
        for security, side, quantity in parts or [(order.security, order.side, order.open_quantity)]:
            buys, sells = totals.get(security, (0, 0))
            totals[security] = Pending(buys + quantity, sells) if side.buys else Pending(buys, sells + quantity)
    return totals


def price_of(position: Position, prices: PriceSource) -> int:
    """Give the price a position counts at: the last one, or that of its last fill where there is none."""
    return prices.last(position.security) or position.last_fill_price


def closable(position: Position | None, totals: DayTotals | None, today: int, pending: Pending | None) -> int:
    """Give how many units may be closed now: not those in open closing orders, nor A shares bought today (T+1)."""
    if position is None:
        return 0
    pending = pending or Pending(0, 0)
    if position.quantity < 0:
        return max(0, -position.quantity - pending.buys)
    locked = 0
    if position.security.market in (SH, SZ) and totals is not None and totals.day == today:
        locked = totals.bought
    return max(0, position.quantity - locked - pending.sells)


def position_figures(
    position: Position, totals: DayTotals | None, prices: PriceSource, pending: Mapping[Security, Pending]
) -> PositionFigures:
    """Compute what is shown of one position at current prices."""
    security = position.security
    today = prices.today(security)
    price = price_of(position, prices)
    if totals is None or totals.day != today:
        totals = DayTotals(today, position.quantity, position.multiplier)
    unrealised = position.unrealised(price)
    units = position.quantity * position.multiplier
    profit = unrealised if position.is_future else position.value(price) - position.net_paid
    invested = position.open_amount if position.is_future else position.net_paid * (-1 if units < 0 else 1)
    return PositionFigures(
        position_id=position.position_id,
        security=security,
        name=position.name,
        side=position.side,
        quantity=abs(position.quantity),
        can_sell=closable(position, totals, today, pending.get(security)),
        price=price,
        multiplier=position.multiplier,
        currency=position.currency,
        trading_market=position.trading_market,
        is_future=position.is_future,
        market_value=0 if position.is_future else position.value(price),
        average_cost=position.open_amount / abs(units) / 10_000 if units else 0.0,
        diluted_cost=position.net_paid / units / 10_000 if units else 0.0,
        profit=profit,
        profit_ratio=profit / invested if units and invested > 0 else None,
        average_profit_ratio=unrealised / position.open_amount if units and position.open_amount > 0 else None,
        unrealised=unrealised,
        realised=position.realised,
        today_profit=totals.profit(price, prices.previous_close(security) or price),
        today_traded=totals.bought_amount + totals.sold_amount,
        today_bought_amount=totals.bought_amount,
        today_bought=totals.bought,
        today_sold_amount=totals.sold_amount,
        today_sold=totals.sold,
        opened_at=position.opened_at,
    )
