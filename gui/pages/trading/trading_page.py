"""The trading page: locks, accounts, and the book of the chosen account."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Protocol

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from core.model.errors import UserFacingError
from core.model.status import GatewaySnapshot
from core.model.trading import OrderStatus
from core.model.trading_status import AccountBook, AccountRow, OrderRow, OrderStep
from gui.bridge.part_watch import PartWatch
from gui.language.problem_texts import problem_sentence
from gui.language.trading_words import account_kind, firm_name, first_account, is_open, lock_of
from gui.language.window_language import WindowLanguage
from gui.pages.trading.account_clock import AccountClock
from gui.pages.trading.account_list import AccountList
from gui.pages.trading.book_card import ORDERS, BookCard
from gui.pages.trading.funds_strip import FundsStrip
from gui.pages.trading.lock_cards import LockCards
from gui.theme.theme import Theme
from gui.widgets.empty_note import EmptyNote
from gui.widgets.inline_message import InlineMessage
from gui.widgets.labels import ElidedLabel
from gui.widgets.page_header import PageHeader
from gui.widgets.status_mark import StatusMark

# Prices move without the revision changing: the book is asked for again after this many seconds.
_ASK_AGAIN_SECONDS: Final = 0.45
_NARROW_BELOW: Final = 1100


class BookSource(Protocol):
    """What this page asks of the gateway; GatewayControls has both."""

    def account_book(self, account_id: int) -> AccountBook:
        """Everything of one account. Raises UserFacingError."""

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
        """The time line of one order. Raises UserFacingError."""


class TradingPage(QWidget):
    """Draws the trading part of snapshots and asks for the chosen account's book while it is visible.

    Tells by signal what the user wants; the shell's trading commands ask and do it.
    """

    lock_wanted = Signal(object)
    unlock_wanted = Signal(object)
    lock_all_wanted = Signal(bool)
    cancel_wanted = Signal(object, list)
    cancel_open_wanted = Signal(object, list)
    reset_wanted = Signal(object)
    copied = Signal(str)
    tab_order_changed = Signal()

    def __init__(
        self, theme: Theme, language: WindowLanguage, source: BookSource, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setProperty("page", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._language = language
        self._source = source
        self._watch = PartWatch()
        self._snapshot: GatewaySnapshot | None = None
        self._account_id = 0
        self._book: AccountBook | None = None
        self._asked: tuple[int, int, float] = (0, -1, 0.0)
        self._cancelling: frozenset[int] = frozenset()
        self._clock = AccountClock(language)
        px = theme.px
        self.header = PageHeader(theme)
        self.chip = StatusMark(theme, chip=True)
        self.chip.setObjectName("chipEnv")
        self._purpose = ElidedLabel("body", "muted")
        self._purpose.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.header.add_beside(self.chip)
        self.header.add_wide(self._purpose)
        self.problem = InlineMessage(theme)
        self.problem.setObjectName("pageProblem")
        self.problem.setContentsMargins(0, 0, 0, px(8))
        self.stale = InlineMessage(theme)
        self.stale.setObjectName("bookProblem")
        self.stale.setContentsMargins(0, 0, 0, px(8))
        self.locks = LockCards(theme, language)
        self.locks.lock_wanted.connect(self.lock_wanted)
        self.locks.unlock_wanted.connect(self.unlock_wanted)
        self.locks.lock_all_wanted.connect(self.lock_all_wanted)
        self.accounts = AccountList(theme, language)
        self.accounts.chosen.connect(self._choose_account)
        self.accounts.reset_wanted.connect(self.reset_wanted)
        self.accounts.copied.connect(self.copied)
        self.funds = FundsStrip(theme, language)
        self.book = BookCard(theme, language, self._clock)
        self.book.shown.connect(self._draw_tab)
        self.book.refresh_wanted.connect(self._ask_now)
        self.book.reset_wanted.connect(self._reset)
        self.book.copied.connect(self.copied)
        orders = self.book.orders
        orders.order_chosen.connect(self._draw_details)
        orders.cancel_wanted.connect(self._cancel)
        orders.cancel_open_wanted.connect(self._cancel_open)
        right = QVBoxLayout()
        right.setSpacing(px(12))
        right.addWidget(self.funds)
        right.addWidget(self.book, 1)
        middle = QHBoxLayout()
        middle.setSpacing(px(12))
        middle.addWidget(self.accounts)
        middle.addLayout(right, 1)
        serving = QWidget()
        column = QVBoxLayout(serving)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addWidget(self.locks)
        column.addLayout(middle, 1)
        self.empty = EmptyNote(theme, "wallet")
        self.empty.setObjectName("noAccounts")
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(serving)
        self._stack.addWidget(self.empty)
        page = QVBoxLayout(self)
        page.setContentsMargins(px(20), 0, px(20), px(16))
        page.setSpacing(0)
        for part in (self.header, self.problem, self.stale):
            page.addWidget(part)
        page.addWidget(holder, 1)
        language.changed.connect(self._draw_again)

    # ---- what the window uses

    def panes(self) -> list[QWidget]:
        """What F6 walks through."""
        if self._stack.currentIndex():
            return [self.header]
        return [self.locks, self.accounts, self.book]

    def tab_stops(self) -> list[QWidget]:
        """What Tab walks through, in reading order."""
        return [*self.locks.tab_stops(), self.accounts.view, *self.book.tab_stops()]

    @property
    def account(self) -> AccountRow | None:
        """The chosen account."""
        accounts = self._snapshot.trading.accounts if self._snapshot else ()
        return next((account for account in accounts if account.account_id == self._account_id), None)

    def draw(self, snapshot: GatewaySnapshot) -> None:
        """Draw what changed since the last snapshot, and ask for the book when it is due."""
        self._snapshot = snapshot
        trading, watch = snapshot.trading, self._watch
        if watch.changed("texts"):
            self._set_texts()
        practice, usable = snapshot.upstream.simulated, snapshot.upstream.state == "connected"
        if self.account is None and trading.accounts:
            self._account_id = first_account(trading.accounts).account_id
        if watch.changed("any", bool(trading.accounts), snapshot.state):
            self._draw_empty(snapshot)
        if watch.changed("locks", trading.locks, trading.locked_everything, usable, int(snapshot.time // 86400)) and (
            self.locks.draw(trading, snapshot.time, usable)
        ):
            self.tab_order_changed.emit()
        if watch.changed("accounts", trading.accounts, practice, self._account_id):
            self.accounts.draw(trading.accounts, practice, self._account_id)
            self._draw_chip(practice)
        self._ask_if_due(snapshot)
        self._draw_book()

    def show_problem(self, text: str) -> None:
        """Say under the header what did not work; empty text takes it away."""
        self.problem.show_text("error", text)

    def show_cancelling(self, order_ids: frozenset[int]) -> None:
        """These orders were asked to be cancelled and the answer is awaited."""
        self._cancelling = order_ids
        self._draw_book()

    def ask_again(self) -> None:
        """Something was done: show what came of it without waiting for the next snapshot."""
        if self.isVisible():
            self._ask_now()

    def focus_search(self) -> None:
        """Go to the search of the orders."""
        self.book.tabs.choose(ORDERS)
        self.book.orders.search.setFocus()
        self.book.orders.search.selectAll()

    def layout_states(self) -> dict[str, QByteArray]:
        """States of columns and splitter by name, to be kept."""
        return self.book.layout_states()

    def restore_layout(self, states: dict[str, QByteArray]) -> None:
        """Take kept states."""
        self.book.restore_layout(states)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the details become a tab."""
        super().resizeEvent(event)
        self.book.set_narrow(self.window().width() < _NARROW_BELOW)

    # ---- asking

    def _ask_if_due(self, snapshot: GatewaySnapshot) -> None:
        account_id, revision, moment = self._asked
        fresh = (account_id, revision) == (self._account_id, snapshot.trading.revision)
        if self._account_id and not (fresh and 0 <= snapshot.time - moment < _ASK_AGAIN_SECONDS):
            self._ask(snapshot)

    def _ask_now(self) -> None:
        if self._snapshot is not None and self._account_id:
            self._ask(self._snapshot)
            self._draw_book()

    def _ask(self, snapshot: GatewaySnapshot) -> None:
        self._asked = (self._account_id, snapshot.trading.revision, snapshot.time)
        try:
            book = self._source.account_book(self._account_id)
        except UserFacingError as error:
            self._show_stale(problem_sentence(error, self._language))
            return
        self._show_stale("")
        self._book = book
        self._clock.follow(book.time, book.utc_offset_seconds)

    def _show_stale(self, problem: str) -> None:
        if problem and self._book is not None:
            kept = self._language.text("The last list, from {time}, is kept.", time=self._clock.now)
            problem = f"{problem} {kept}"
        self.stale.show_text("warn", problem)

    def _steps(self, order: OrderRow) -> tuple[OrderStep, ...]:
        try:
            return self._source.order_steps(self._account_id, order.order_id)
        except UserFacingError:
            return ()

    # ---- drawing

    def _set_texts(self) -> None:
        text = self._language.text
        self.header.title.setText(text("Trading"))
        self._purpose.setText(text("Orders come from your scripts. This screen watches, locks and cancels."))
        self.book.set_texts()

    def _draw_empty(self, snapshot: GatewaySnapshot) -> None:
        text = self._language.text
        # While data loads the page stands there with grey bars; without a source that trades there is nothing.
        nothing = not snapshot.trading.accounts and snapshot.ready_since > 0
        self._stack.setCurrentIndex(1 if nothing else 0)
        self.empty.set_texts(text("No accounts"), text("This source has no accounts to trade with."))
        self.chip.setVisible(bool(snapshot.trading.accounts))

    def _draw_chip(self, practice: bool) -> None:
        account = self.account
        self.chip.setVisible(account is not None)
        if account is not None:
            kind = account_kind(account, practice)
            self.chip.show_state(kind.look, self._language.text(kind.chip))
            self.chip.setToolTip(self._language.text(account.label))

    def _draw_book(self) -> None:
        book, watch, account = self._book, self._watch, self.account
        if book is not None and book.account_id != self._account_id:
            book = None
        is_futures = bool(account and account.is_futures)
        if watch.changed("funds", book.funds if book else None, is_futures):
            self.funds.draw(book.funds if book else None, is_futures)
        self.book.show_book(book and replace(book, orders=self._with_cancelling(book.orders)))
        if watch.changed("hindrance", self._hindrance(), book.orders if book else ()):
            self.book.orders.show_hindrance(
                self._hindrance(), any(is_open(row) for row in book.orders) if book else False
            )
        self._draw_tab()

    def _draw_tab(self) -> None:
        practice = bool(self._snapshot and self._snapshot.upstream.simulated)
        self.book.draw_current(practice, self._hindrance(locked_matters=False))
        self._draw_details()

    def _draw_details(self) -> None:
        orders = self.book.orders
        if not self.book.shows_details:
            return
        selected = orders.selected
        order = selected[0] if len(selected) == 1 else None
        hindrance = orders.hindrance_of(order) if order else ""
        parts = (order, len(selected), hindrance, self._clock.day, self._asked[1])
        if self._watch.changed("details", *parts):
            orders.details.draw(order, len(selected), self._steps(order) if order else (), hindrance)

    def _with_cancelling(self, orders: tuple[OrderRow, ...]) -> tuple[OrderRow, ...]:
        if not self._cancelling:
            return orders
        return tuple(
            replace(order, status=OrderStatus.CANCELLING_PART if order.filled else OrderStatus.CANCELLING_ALL)
            if order.order_id in self._cancelling and is_open(order)
            else order
            for order in orders
        )

    def _hindrance(self, *, locked_matters: bool = True) -> str:
        """Why nothing can be cancelled in this account now; empty when it can."""
        text, account, snapshot = self._language.text, self.account, self._snapshot
        if account is None or snapshot is None:
            return text("There is no account.")
        if account.disabled:
            return text("This is an old account: it can only be looked at.")
        if snapshot.upstream.state != "connected":
            return text("The link to the upstream is down.")
        lock = lock_of(account, snapshot.trading)
        if locked_matters and lock is not None and not lock.unlocked:
            return text("Unlock {firm} first", firm=text(firm_name(lock.firm, lock)))
        return ""

    def _draw_again(self) -> None:
        self._watch.forget()
        self.book.forget()
        if self._snapshot is not None:
            self._asked = (0, -1, 0.0)
            self.draw(self._snapshot)

    # ---- wishes

    def _choose_account(self, account_id: int) -> None:
        if account_id == self._account_id:
            return
        self._account_id = account_id
        self.book.orders.forget_selection()
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def _cancel(self, orders: list[OrderRow]) -> None:
        if self.account is not None:
            self.cancel_wanted.emit(self.account, orders)

    def _cancel_open(self) -> None:
        if self.account is not None and self._book is not None:
            self.cancel_open_wanted.emit(self.account, [order for order in self._book.orders if is_open(order)])

    def _reset(self) -> None:
        if self.account is not None:
            self.reset_wanted.emit(self.account)
