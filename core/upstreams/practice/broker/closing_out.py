"""What ends positions without an order: contracts that expire, and futures accounts below their maintenance margin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from core.model.security import Security
from core.model.trading import TradeSide
from core.upstreams.practice.broker import order_texts as texts
from core.upstreams.practice.broker.account_books import AccountBooks
from core.upstreams.practice.broker.account_money import MoneyRules
from core.upstreams.practice.broker.market_prices import MarketPrices
from core.upstreams.practice.broker.order_store import OrderStore
from core.upstreams.practice.broker.positions import Position
from core.upstreams.practice.broker.records import AccountSpec, FillKind, FillRecord, OrderRecord
from core.upstreams.practice.broker.settlements import (
    Settlement,
    must_liquidate,
    next_to_liquidate,
    settle_expiry,
    settlement_fills,
)
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.trading_hours import MarketPhase

_MOST_AT_ONCE: Final = 50  # positions closed out in one go


class ClosingOut:
    """Looks after positions once a minute."""

    def __init__(
        self,
        exchange: Exchange,
        accounts: Mapping[int, AccountSpec],
        store: OrderStore,
        books: AccountBooks,
        prices: MarketPrices,
        rules: MoneyRules,
        next_id: Callable[[str], int],
        end_order: Callable[[OrderRecord, str], None],
    ) -> None:
        """Store. `end_order` ends an open order with a text."""
        self._exchange = exchange
        self._accounts = accounts
        self._store = store
        self._books = books
        self._prices = prices
        self._rules = rules
        self._next_id = next_id
        self._end_order = end_order
        self._minute = -1

    def advance(self, now: float) -> None:
        """Settle what has expired and close out what is not covered any more."""
        minute = int(now // 60)
        if minute == self._minute:
            return
        self._minute = minute
        for account in self._accounts.values():
            for position in list(self._books.ledger(account.account_id).positions.values()):
                self._settle(account, position, now)
            if account.is_futures:
                self._liquidate(account)

    def _settle(self, account: AccountSpec, position: Position, now: float) -> None:
        instrument = self._prices.instrument(position.security)
        if instrument is None or not instrument.last_day or not self._has_ended(position.security, now):
            return
        for order in self._store.alive_of(account.account_id):
            if position.security in (order.security, *(leg.security for leg in order.legs)):
                self._end_order(order, texts.SECURITY_GONE)
        owner = self._prices.instrument(instrument.owner)
        owner_price = self._close(instrument.owner, instrument.last_day)
        settlements = settle_expiry(account, instrument, position.quantity, owner_price, owner)
        fills = settlement_fills(
            account,
            settlements,
            self._name,
            lambda: self._next_id("fill"),
            at=now,
            day=self._prices.today(instrument.owner),
        )
        for fill in fills:
            self._store.add_fill(fill, self._books.book(account, None, fill))

    def _has_ended(self, security: Security, now: float) -> bool:
        """Whether the last moment of a contract's last day has passed."""
        instrument = self._prices.instrument(security)
        assert instrument is not None, "asked for a contract"
        today = self._prices.today(instrument.owner)
        if today != instrument.last_day:
            return today > instrument.last_day
        day = self._exchange.session_of(security, now)
        return day.day == instrument.last_day and day.ends <= now

    def _close(self, owner: Security, day: int) -> int:
        """Give the underlying's close of a day in price units."""
        info = self._exchange.info(owner)
        live = self._exchange.live(owner)
        if live is not None and live.day.day == day:
            return live.day.last
        return round(self._exchange.history(info).close_before(day + 1) * PRICE_SCALE)

    def _liquidate(self, account: AccountSpec) -> None:
        for _ in range(_MOST_AT_ONCE):
            state = self._books.state(account)
            if not must_liquidate(state, self._rules):
                return
            for order in self._store.alive_of(account.account_id):
                self._end_order(order, texts.MARGIN_SHORT)
            position = next_to_liquidate(self._books.state(account))
            if position is None or not self._close_out(account, position):
                return

    def _close_out(self, account: AccountSpec, position: Position) -> bool:
        """Trade a position away at the market; says whether anything was traded."""
        security, quantity = position.security, position.quantity
        if self._exchange.phase(security) is not MarketPhase.CONTINUOUS:
            return False
        side = Side.SELL if quantity > 0 else Side.BUY
        placement = self._exchange.place_order(security, side, abs(quantity), price=None, rest=False)
        instrument = self._prices.instrument(security)
        assert instrument is not None, "it trades"
        trade_side = TradeSide.SELL if quantity > 0 else TradeSide.BUY
        for fill in placement.fills:
            settlement = Settlement(instrument, trade_side, fill.volume, fill.price)
            self._add(account, settlement, fill.unix)
        self._exchange.tell_users()
        return bool(placement.fills)

    def _add(self, account: AccountSpec, settlement: Settlement, at: float) -> None:
        day = self._exchange.session_of(settlement.instrument.security, at).day
        fills: tuple[FillRecord, ...] = settlement_fills(
            account,
            (settlement,),
            self._name,
            lambda: self._next_id("fill"),
            at=at,
            day=day,
            kind=FillKind.LIQUIDATION,
        )
        for fill in fills:
            self._store.add_fill(fill, self._books.book(account, None, fill))

    def _name(self, security: Security) -> str:
        info = self._exchange.table.get(security)
        return security.code if info is None else self._exchange.name(info)
