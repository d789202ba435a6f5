"""Trading on practice: the broker behind the trade protocols and behind the Trading screen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.trading import Currency, SecurityFirm, TradingEnvironment
from core.model.trading_status import AccountBook, AccountRow, OrderStep, StatusCount
from core.model.translation import Translator
from core.upstreams.practice import trading_book
from core.upstreams.practice.answers import (
    trading_accounts,
    trading_fees,
    trading_fills,
    trading_funds,
    trading_orders,
    trading_positions,
    trading_quantities,
)
from core.upstreams.practice.answers.trading_context import TradingContext
from core.upstreams.practice.answers.trading_news import news_pushes
from core.upstreams.practice.broker.account_money import MoneyRules
from core.upstreams.practice.broker.account_table import load_accounts
from core.upstreams.practice.broker.broker import PracticeBroker
from core.upstreams.practice.broker.currencies import load_currencies
from core.upstreams.practice.broker.fee_schedule import load_fees
from core.upstreams.practice.broker.journal import Journal
from core.upstreams.practice.broker.margin import load_margins
from core.upstreams.practice.broker.records import FillRecord, OrderRecord
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.trade_password import TradePassword
from core.upstreams.upstream import UpstreamSink

OPERATOR: Final = "operator"
_LIST_ACCOUNTS: Final = 2001
_ROWS_LIVE_SECONDS: Final = 0.5

Answer = Callable[[TradingContext, Call], Awaitable[bytes]]

_ANSWERS: Final[dict[int, Answer]] = {
    2101: trading_funds.funds,
    2102: trading_positions.position_list,
    2111: trading_quantities.max_quantities,
    2112: trading_quantities.combo_quantities,
    2201: trading_orders.order_list,
    2202: trading_orders.place,
    2205: trading_orders.modify,
    2211: trading_fills.fill_list,
    2221: trading_orders.order_history,
    2222: trading_fills.fill_history,
    2223: trading_quantities.margin_ratios,
    2225: trading_fees.order_fees,
    2226: trading_fees.cash_flow,
    2227: trading_orders.place_combo,
}


class PracticeTrading:
    """Answers trade calls and gives screens what they show. `open` and `start` before anything else."""

    def __init__(self, context: TradingContext) -> None:
        """Store."""
        self._context = context
        self._broker = context.broker
        self._password = TradePassword()
        self._sink: UpstreamSink | None = None
        self._rows: tuple[AccountRow, ...] = ()
        self._rows_until = 0.0
        self._today: tuple[int, dict[TradingEnvironment, tuple[StatusCount, ...]]] = (-1, {})

    # -- life

    def open(self, now: float) -> None:
        """Read what was kept and let working orders work again. Blocks; before the exchange moves, in any thread.

        Raises UserFacingError(journal_unreadable).
        """
        self._broker.open(now)

    def start(self, sink: UpstreamSink) -> None:
        """Tell news to the sink from now on."""
        self._sink = sink
        self._broker.on_news = self._on_news
        self._broker.tell_only_heard(self._is_heard)

    async def stop(self) -> None:
        """Write what is not written yet; may be called twice."""
        await self._broker.stop()
        self._sink = None

    def advance(self, now: float) -> None:
        """Let the broker do what time asks for."""
        self._broker.advance(now)

    def _is_heard(self, account_id: int) -> bool:
        return self._sink is not None and self._sink.hears_trade_news(account_id)

    def _on_news(self, account_id: int, changes: Sequence[OrderRecord | FillRecord]) -> None:
        if self._sink is not None:
            self._sink.on_trade_news(account_id, news_pushes(self._context, account_id, changes))

    # -- calls

    def serves(self, proto_id: int) -> bool:
        """Whether `ask` can answer this protocol."""
        return proto_id == _LIST_ACCOUNTS or proto_id in _ANSWERS

    def ask(self, call: Call) -> Reply | Awaitable[Reply]:
        """Answer one call. What shows or changes orders and money is on disk first. Raises UserFacingError."""
        if call.proto_id == _LIST_ACCOUNTS:
            return Reply(trading_accounts.account_list(self._context, call.request))
        return self._answer(_ANSWERS[call.proto_id], call)

    async def _answer(self, answer: Answer, call: Call) -> Reply:
        return Reply(await answer(self._context, call))

    # -- what screens and operators want

    @property
    def revision(self) -> int:
        """A number that changes whenever an order or a fill does."""
        return self._broker.revision

    @property
    def open_order_count(self) -> int:
        """Orders of all accounts that may still be filled."""
        return self._broker.open_order_count

    def account_rows(self) -> Sequence[AccountRow]:
        """All accounts; their balances are at most half a second old."""
        now = asyncio.get_running_loop().time()
        if not 0 <= self._rows_until - now <= _ROWS_LIVE_SECONDS:
            self._rows = tuple(trading_book.account_row(self._context, spec) for spec in self._broker.accounts)
            self._rows_until = now + _ROWS_LIVE_SECONDS
        return self._rows

    def orders_today(self, environment: TradingEnvironment) -> tuple[StatusCount, ...]:
        """Orders of the environment's accounts on their present trading day, by status."""
        revision = self._broker.revision
        if self._today[0] != revision:
            self._today = (revision, {kind: self._count_today(kind) for kind in TradingEnvironment})
        return self._today[1][environment]

    def _count_today(self, environment: TradingEnvironment) -> tuple[StatusCount, ...]:
        counts = Counter(
            order.status
            for spec in self._broker.accounts
            if spec.environment is environment
            for order in self._broker.todays_orders(spec.account_id)
        )
        return tuple(StatusCount(status, count) for status, count in sorted(counts.items()))

    def account_book(self, account_id: int, currency: Currency | None = None) -> AccountBook:
        """Everything of one account, in a currency it offers. Raises UserFacingError(unknown_account)."""
        return trading_book.account_book(self._context, account_id, currency)

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
        """The time line of one order. Raises UserFacingError(unknown_account, unknown_order)."""
        return trading_book.order_steps(self._context, account_id, order_id)

    def check_password(self, firm: SecurityFirm, password_md5: str) -> None:
        """Raise UserFacingError unless this is the trade password."""
        self._password.check(firm, password_md5, asyncio.get_running_loop().time())

    async def cancel_order(self, account_id: int, order_id: int) -> None:
        """Cancel one order as an operator. Raises UserFacingError."""
        await self._broker.cancel(account_id, order_id, client=OPERATOR)

    async def cancel_open_orders(self, account_id: int) -> int:
        """Cancel every open order of an account, of all accounts for 0; gives how many. Raises UserFacingError."""
        chosen = [account_id] if account_id else [spec.account_id for spec in self._broker.accounts]
        return sum([len(await self._broker.cancel_open(account, client=OPERATOR)) for account in chosen])

    async def reset_account(self, account_id: int) -> None:
        """Let an account begin anew. Raises UserFacingError."""
        if self._broker.account(account_id).disabled:
            raise UserFacingError("account_disabled", account=account_id)
        await self._broker.reset(account_id)
        self._rows_until = 0.0


def build_trading(
    exchange: Exchange, tables: Path, journal_url: str | None, translator: Translator, *, strict_paper: bool
) -> PracticeTrading:
    """Load the broker's tables from a folder and build the trading part. Reads files.

    `journal_url` names the database that keeps orders and money, None keeps nothing. Raises BrokerTableError.
    """
    rules = MoneyRules(
        rates=load_currencies(tables / "currencies.csv"),
        fees=load_fees(tables / "fees.toml"),
        margins=load_margins(tables / "margin.toml"),
    )
    accounts = load_accounts(tables / "accounts.csv")
    broker = PracticeBroker(exchange, accounts, Journal(journal_url), rules, strict_paper=strict_paper)
    return PracticeTrading(TradingContext(broker, exchange, translator, strict_paper))
