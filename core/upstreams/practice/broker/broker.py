"""The simulated broker: accounts that trade on the practice exchange, kept on disk. The room's only door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.trading import (
    OPEN_STATUSES,
    CashDirection,
    Currency,
    ModifyOperation,
    OrderChange,
    OrderTerms,
    OrderType,
    TradingEnvironment,
    TradingMarket,
    TradingSession,
)
from core.upstreams.practice.broker import order_texts as texts
from core.upstreams.practice.broker.account_books import AccountBooks
from core.upstreams.practice.broker.account_money import MoneyRules
from core.upstreams.practice.broker.closing_out import ClosingOut
from core.upstreams.practice.broker.fee_schedule import FeeLines
from core.upstreams.practice.broker.funds import FundsFigures, funds_figures
from core.upstreams.practice.broker.journal import Journal
from core.upstreams.practice.broker.margin import MarginRatio
from core.upstreams.practice.broker.market_prices import MarketPrices
from core.upstreams.practice.broker.max_quantities import MaxQuantities, max_quantities
from core.upstreams.practice.broker.order_desk import OrderDesk
from core.upstreams.practice.broker.order_prices import units_of, whole_quantity
from core.upstreams.practice.broker.order_rules import OrderRules
from core.upstreams.practice.broker.order_schedule import OrderSchedule
from core.upstreams.practice.broker.order_status import ALIVE
from core.upstreams.practice.broker.order_store import OrderStore
from core.upstreams.practice.broker.positions import PositionFigures, pending_quantities
from core.upstreams.practice.broker.records import (
    AccountReset,
    AccountSpec,
    FillRecord,
    LedgerEntry,
    OrderEvent,
    OrderRecord,
)
from core.upstreams.practice.broker.reserves import ComboEffect
from core.upstreams.practice.broker.strategy_view import strategy_view
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.price_ticks import PRICE_SCALE

_GROUPS: Final = {
    TradingMarket.HK: MarketGroup.HK,
    TradingMarket.HKCC: MarketGroup.CN,
    TradingMarket.CN: MarketGroup.CN,
    TradingMarket.US: MarketGroup.US,
    TradingMarket.SG: MarketGroup.SG,
    TradingMarket.JP: MarketGroup.JP,
    TradingMarket.AU: MarketGroup.AU,
    TradingMarket.MY: MarketGroup.MY,
    TradingMarket.CA: MarketGroup.CA,
}


class PracticeBroker:
    """Accounts, orders, fills and money. `open` first; then `advance` after each step of the exchange.

    What a call gives is on disk when it returns (`place`, `modify`, `cancel_all`, `reset`), or may be told after
    `kept` (everything that is only looked at). All methods belong to the event loop's thread, `open` may run in
    another one before the exchange moves.
    """

    def __init__(
        self,
        exchange: Exchange,
        accounts: Sequence[AccountSpec],
        journal: Journal,
        rules: MoneyRules,
        *,
        strict_paper: bool = False,
    ) -> None:
        """Store. `strict_paper` lets simulated accounts do only what the official ones do."""
        self._exchange = exchange
        self._accounts = {account.account_id: account for account in accounts}
        self._journal = journal
        self._rules = rules
        self._store = OrderStore(journal)
        self._schedule = OrderSchedule(exchange)
        self._prices = MarketPrices(exchange, self._schedule)
        self._books = AccountBooks(self._accounts, rules, self._prices, self._store, journal.next_id)
        self._order_rules = OrderRules(exchange, self._schedule, strict_paper=strict_paper)
        self._desk = OrderDesk(
            exchange,
            self._accounts,
            self._store,
            self._schedule,
            self._order_rules,
            self._books,
            journal.next_id,
            strict_paper=strict_paper,
        )
        self._closing_out = ClosingOut(
            exchange,
            self._accounts,
            self._store,
            self._books,
            self._prices,
            rules,
            journal.next_id,
            self._desk.end_early,
        )
        self._strict_paper = strict_paper

    # -- life

    def open(self, now: float) -> None:
        """Read the journal, rebuild the books and let working orders work again. Blocks: it reads the disk.

        Raises UserFacingError(journal_unreadable).
        """
        contents = self._journal.open()
        self._store.load(contents)
        self._books.load(contents.entries)
        for account in self._accounts.values():
            self._open_account(account, now)
        self._desk.start()
        self._desk.resume(now)

    def advance(self, now: float) -> None:
        """Do what is due after the exchange has advanced to `now`: triggers, sessions, expiries, settlements."""
        self._desk.advance(now)
        self._closing_out.advance(now)
        self._store.news.wake()

    async def stop(self) -> None:
        """Write what is left and close the journal; may be called twice."""
        await self._store.news.stop()
        await self._journal.close()

    async def kept(self) -> None:
        """Return when everything shown so far is on disk. Raises UserFacingError(journal_failed)."""
        await self._journal.kept()

    @property
    def revision(self) -> int:
        """A number that changes whenever an order, a fill or an account changes."""
        return self._store.revision

    @property
    def open_order_count(self) -> int:
        """Orders of all accounts that may still be filled."""
        return self._store.open_count()

    @property
    def on_news(self) -> Callable[[int, Sequence[OrderRecord | FillRecord]], None] | None:
        """Who is told (account id, changes) after they are on disk, in order."""
        return self._store.news.on_news

    @on_news.setter
    def on_news(self, listener: Callable[[int, Sequence[OrderRecord | FillRecord]], None] | None) -> None:
        self._store.news.on_news = listener

    def tell_only_heard(self, is_heard: Callable[[int], bool]) -> None:
        """Save the news of accounts (by id) that nobody listens to at the moment of the change."""
        self._store.news.is_heard = is_heard

    # -- accounts

    @property
    def accounts(self) -> tuple[AccountSpec, ...]:
        """All accounts in the order of their table, disabled ones among them."""
        return tuple(self._accounts.values())

    def account(self, account_id: int) -> AccountSpec:
        """Find an account. Raises UserFacingError(unknown_account)."""
        account = self._accounts.get(account_id)
        if account is None:
            raise UserFacingError("unknown_account", account=account_id)
        return account

    async def reset(self, account_id: int) -> None:
        """Let an account begin anew: open orders are cancelled, everything else is history."""
        account = self.account(account_id)
        for order in self._store.alive_of(account_id):
            self._desk.end_early(order, texts.ACCOUNT_RESET)
        marks = {kind: self._journal.next_id(kind) for kind in ("order", "fill", "entry")}
        now = self._exchange.now
        self._store.add_reset(AccountReset(account_id, now, marks["order"], marks["fill"], marks["entry"]))
        self._books.begin_anew(account_id, marks["fill"], marks["entry"])
        self._open_account(account, now)
        await self._journal.kept()

    # -- orders

    async def place(self, account_id: int, terms: OrderTerms, *, client: str) -> OrderRecord:
        """Place an order; it is on disk when this returns. Raises UserFacingError for what is refused."""
        account = self._active(account_id)
        order = self._desk.place(account, terms, client)
        await self._journal.kept()
        return self._newest(order)

    async def modify(
        self,
        account_id: int,
        order_id: int,
        operation: ModifyOperation,
        change: OrderChange | None,
        *,
        client: str,
    ) -> OrderRecord:
        """Change, cancel, disable, enable or delete an order; on disk when this returns. Raises UserFacingError."""
        account = self._active(account_id)
        order = self._desk.modify(account, self.order(account_id, order_id), operation, change, client)
        await self._journal.kept()
        return self._newest(order)

    async def cancel_all(self, account_id: int, market: TradingMarket, *, client: str) -> tuple[int, ...]:
        """Cancel the open orders of an account in a market (NONE for all); gives their ids.

        Raises UserFacingError(cancel_all_paper, cancel_all_connect).
        """
        account = self._active(account_id)
        if self._strict_paper and account.environment is TradingEnvironment.SIMULATE:
            raise UserFacingError("cancel_all_paper")
        if market is TradingMarket.HKCC:
            raise UserFacingError("cancel_all_connect")
        return await self.cancel_open(account_id, market, client=client)

    async def cancel_open(
        self, account_id: int, market: TradingMarket = TradingMarket.NONE, *, client: str
    ) -> tuple[int, ...]:
        """Cancel open orders as the operator: of any account, whatever its market allows clients."""
        self.account(account_id)
        self._exchange.tell_users()
        chosen = [
            order.order_id
            for order in self._store.alive_of(account_id)
            if order.status in OPEN_STATUSES and market in (TradingMarket.NONE, order.trading_market)
        ]
        for order_id in chosen:
            order = self._store.get(order_id)
            assert order is not None, "orders are never forgotten"
            self._desk.cancel(order, client)
        await self._journal.kept()
        return tuple(chosen)

    async def cancel(self, account_id: int, order_id: int, *, client: str) -> OrderRecord:
        """Cancel one order as the operator. Raises UserFacingError(unknown_order, operation_status)."""
        order = self.order(account_id, order_id)
        self._desk.cancel_as_operator(order, client)
        await self._journal.kept()
        return self._newest(order)

    def order(self, account_id: int, order_id: int) -> OrderRecord:
        """Find an order of an account. Raises UserFacingError(unknown_account, unknown_order)."""
        self.account(account_id)
        order = self._store.get(order_id)
        if order is None or order.account_id != account_id:
            raise UserFacingError("unknown_order", order=order_id)
        return order

    def todays_orders(self, account_id: int) -> list[OrderRecord]:
        """List the orders of the current trading day and older ones still open, oldest first, without hidden ones."""
        self.account(account_id)
        days, first = self._days(), self._store.first_order(account_id)

        def is_of_today(order: OrderRecord) -> bool:
            if order.hidden or order.order_id < first:
                return False
            # A disabled order can come back, so it counts as open here.
            return order.status in ALIVE or order.day >= days.get(order.trading_market, 0)

        return self._store.recent_orders_of(account_id, is_of_today)

    def order_history(self, account_id: int, begin: float, end: float) -> list[OrderRecord]:
        """List the orders placed between two moments (Unix seconds, both included), newest first, no hidden ones."""
        self.account(account_id)
        return [
            order
            for order in self._store.all_orders_of(account_id)
            if begin <= order.created_at <= end and not order.hidden
        ]

    def todays_fills(self, account_id: int) -> list[FillRecord]:
        """List the fills of the current trading day, oldest first."""
        self.account(account_id)
        days, first = self._days(), self._store.first_fill(account_id)
        found: list[FillRecord] = []
        for fill in reversed(self._store.fills_of(account_id)):
            # Days of different markets differ by one at most.
            if fill.fill_id < first or fill.day < min(days.values()) - 1:
                break
            if fill.day >= days.get(fill.trading_market, 0):
                found.append(fill)
        return found[::-1]

    def fill_history(self, account_id: int, begin: float, end: float) -> list[FillRecord]:
        """List the fills between two moments (Unix seconds, both included), newest first."""
        self.account(account_id)
        return [fill for fill in reversed(self._store.fills_of(account_id)) if begin <= fill.at <= end]

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderEvent, ...]:
        """Give the time line of an order, oldest first. Raises UserFacingError(unknown_account, unknown_order)."""
        self.order(account_id, order_id)
        return self._store.steps_of(order_id)

    # -- money

    def positions(self, account_id: int, *, strategies: bool = False) -> list[PositionFigures]:
        """Give the positions at current prices; `strategies` puts those together that make an option strategy."""
        state = self._books.state(self.account(account_id))
        figures = state.ledger.figures(self._prices, pending_quantities(state.orders))
        return strategy_view(figures, self._prices) if strategies else figures

    def funds(self, account_id: int, currency: Currency) -> FundsFigures:
        """Give the funds in a display currency."""
        return funds_figures(self._books.state(self.account(account_id)), self._rules, currency)

    def max_quantities(
        self,
        account_id: int,
        security: Security,
        order_type: OrderType,
        price: float,
        *,
        order_id: int = 0,
        session: TradingSession = TradingSession.NONE,
    ) -> MaxQuantities:
        """Say how much could be bought and sold at a price; the market's where the type has none.

        Raises UserFacingError (unknown_security, account_market, bad_field, ...).
        """
        account = self.account(account_id)
        info = self._order_rules.tradable(account, security)
        instrument = self._prices.instrument(info.security)
        assert instrument is not None, "what is tradable has an instrument"
        units = units_of(price, "price") if price > 0 else self._prices.last(info.security)
        state = self._books.state(account, self.order(account_id, order_id) if order_id else None)
        return max_quantities(state, self._rules, instrument, order_type, units)

    def combo_effect(self, account_id: int, terms: OrderTerms) -> ComboEffect:
        """Say what a combo would do to an account. Raises UserFacingError."""
        account = self.account(account_id)
        for leg in terms.legs:
            self._order_rules.tradable(account, leg.security)
        net_price = round(terms.price * PRICE_SCALE)
        return self._books.combo_effect(account, terms, whole_quantity(terms.quantity), net_price)

    def margin_ratio(
        self, security: Security, environment: TradingEnvironment = TradingEnvironment.REAL
    ) -> MarginRatio | None:
        """Give the margin ratios of a stock or fund; None for what has none."""
        info = self._exchange.info(security)
        instrument = self._prices.instrument(security)
        if instrument is None:
            return None
        return self._rules.margins.ratio(environment, instrument, self._schedule.current_day(info))

    def order_fees(self, account_id: int, order_id: int) -> FeeLines:
        """Give what an order was charged: titles and amounts in 1/10000."""
        self.order(account_id, order_id)
        return self._books.fees_of(order_id)

    def cash_flows(self, account_id: int, day: int, direction: CashDirection | None = None) -> list[LedgerEntry]:
        """List the cash movements that settled on a day (an ordinal), oldest first."""
        self.account(account_id)
        return self._books.entries(account_id, day, direction)

    # -- small things

    def _active(self, account_id: int) -> AccountSpec:
        account = self.account(account_id)
        if account.disabled:
            raise UserFacingError("account_disabled", account=account_id)
        if self._journal.is_behind:
            raise UserFacingError("journal_behind")
        return account

    def _open_account(self, account: AccountSpec, now: float) -> None:
        group = _GROUPS.get(account.markets[0], MarketGroup.HK)
        entry = self._books.open_account(account, now, self._exchange.today(group))
        if entry is not None:
            self._store.add_entry(entry)

    def _newest(self, order: OrderRecord) -> OrderRecord:
        newest = self._store.get(order.order_id)
        assert newest is not None, "orders are never forgotten"
        return newest

    def _days(self) -> dict[TradingMarket, int]:
        """Give the current trading day of every market of an account; futures go by Hong Kong."""
        days = {market: self._schedule.current_day_of(group) for market, group in _GROUPS.items()}
        hong_kong = days[TradingMarket.HK]
        return {**days, TradingMarket.FUTURES: hong_kong, TradingMarket.FUTURES_SIMULATE_HK: hong_kong}
