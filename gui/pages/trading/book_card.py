"""The card with the tabs Positions, Orders, Fills and Funds; in narrow windows the order's details are a tab too."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from core.model.trading_status import AccountBook
from gui.bridge.part_watch import PartWatch
from gui.language.window_language import WindowLanguage
from gui.pages.trading.account_clock import AccountClock
from gui.pages.trading.book_table import BookTable
from gui.pages.trading.money_panels import FillsPanel, FundsPanel, PositionsPanel
from gui.pages.trading.orders_panel import OrdersPanel
from gui.theme.theme import Theme
from gui.widgets.buttons import IconButton
from gui.widgets.labels import ElidedLabel
from gui.widgets.tab_row import TabRow

POSITIONS, ORDERS, FILLS, FUNDS, DETAILS = "positions", "orders", "fills", "funds", "details"
_TABS: Final = (POSITIONS, ORDERS, FILLS, FUNDS, DETAILS)


class BookCard(QFrame):
    """`shown` comes when another tab is chosen."""

    shown = Signal()
    refresh_wanted = Signal()
    reset_wanted = Signal()
    copied = Signal(str)

    def __init__(
        self, theme: Theme, language: WindowLanguage, clock: AccountClock, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._language = language
        self._clock = clock
        self._watch = PartWatch()
        self._book: AccountBook | None = None
        self._narrow = False
        px = theme.px
        self.positions = PositionsPanel(theme, language)
        self.orders = OrdersPanel(theme, language, clock)
        self.fills = FillsPanel(theme, language, clock)
        self.funds = FundsPanel(theme, language)
        for part in (self.positions, self.orders, self.fills, self.funds):
            part.copied.connect(self.copied)
        self.funds.reset_wanted.connect(self.reset_wanted)
        self.orders.order_opened.connect(self._open_details)
        self._details_holder = QWidget()
        self._details_column = QVBoxLayout(self._details_holder)
        self._details_column.setContentsMargins(0, 0, 0, 0)
        self.tabs = TabRow(theme, _TABS)
        self.tabs.setObjectName("tabs")
        self.tabs.tabs[DETAILS].hide()
        self.updated = ElidedLabel("small", "secondary")
        self.updated.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.updated.setObjectName("updated")
        self.btn_refresh = IconButton(theme, "refresh-cw", size=26)
        self.btn_refresh.setObjectName("btnRefresh")
        self.btn_refresh.clicked.connect(self.refresh_wanted)
        self.btn_columns = IconButton(theme, "columns-3", size=26)
        self.btn_columns.setObjectName("btnColumns")
        self.btn_columns.clicked.connect(self._open_columns)
        head = QHBoxLayout()
        head.setContentsMargins(px(4), 0, px(8), 0)
        head.setSpacing(px(2))
        head.addWidget(self.tabs)
        head.addWidget(self.updated, 1)
        head.addSpacing(px(4))
        head.addWidget(self.btn_refresh)
        head.addWidget(self.btn_columns)
        line = QFrame()
        line.setProperty("line", "true")
        self._panels: dict[str, QWidget] = {
            POSITIONS: self.positions,
            ORDERS: self.orders,
            FILLS: self.fills,
            FUNDS: self.funds,
            DETAILS: self._details_holder,
        }
        self._stack = QStackedWidget()
        for panel in self._panels.values():
            self._stack.addWidget(panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(line)
        column.addWidget(self._stack, 1)
        self.tabs.chosen.connect(self._show_tab)
        self.tabs.choose(ORDERS)

    def tab_stops(self) -> list[QWidget]:
        """What Tab walks through, in reading order."""
        return [
            *self.tabs.tabs.values(),
            self.btn_refresh,
            self.btn_columns,
            self.positions.table.view,
            *self.orders.tab_stops(),
            self.fills.table.view,
            self.funds.table.table.view,
            self.funds.btn_reset,
        ]

    @property
    def shows_details(self) -> bool:
        """Whether the details of an order can be seen."""
        return self.tabs.current in (ORDERS, DETAILS)

    def set_texts(self) -> None:
        """Set all texts in the present language."""
        text = self._language.text
        self.btn_refresh.set_name(text("Refresh"), "F5")
        self.btn_columns.set_name(text("Columns"))
        self.orders.set_texts()
        self.positions.retranslate()
        self.fills.retranslate()
        self.funds.retranslate()
        self._draw_tabs()

    def forget(self) -> None:
        """Everything is to be drawn again, after a change of language."""
        self._watch.forget()

    def show_book(self, book: AccountBook | None) -> None:
        """Take a book; None while that of the account is not known. `draw_current` shows it."""
        self._book = book
        self._draw_tabs()

    def draw_current(self, practice: bool, hindrance: str) -> None:
        """Draw what the chosen tab shows, as far as it changed."""
        book, watch, tab = self._book, self._watch, self.tabs.current
        account = book.account_id if book else 0
        if tab == POSITIONS and watch.changed(tab, account, book.positions if book else None):
            self.positions.draw(book.positions if book else None)
        if tab in (ORDERS, DETAILS) and watch.changed(ORDERS, account, book.orders if book else None, self._clock.day):
            self.orders.show_rows(book.orders if book else None)
        if tab == FILLS and watch.changed(tab, account, book.fills if book else None, self._clock.day):
            self.fills.draw(book.fills if book else None)
        funds = book.funds if book else None
        if tab == FUNDS and watch.changed(tab, account, funds, practice, hindrance):
            self.funds.draw(funds, practice, hindrance)

    def set_narrow(self, narrow: bool) -> None:
        """Show the order's details as a tab, or under the orders."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        if narrow:
            self._details_column.addWidget(self.orders.details)
            self.orders.details.show()
        elif self.tabs.current == DETAILS:
            self.tabs.choose(ORDERS)
        self.orders.details.set_columns(1 if narrow else 2)
        self.orders.detach_details(narrow)
        self.tabs.tabs[DETAILS].setVisible(narrow)

    def layout_states(self) -> dict[str, QByteArray]:
        """States of columns and splitter by name, to be kept."""
        states = {key: table.table.layout_state() for key, table in self._tables().items()}
        if not self._narrow:
            states["splitter"] = self.orders.splitter.saveState()
        return states

    def restore_layout(self, states: dict[str, QByteArray]) -> None:
        """Take kept states."""
        for key, table in self._tables().items():
            table.table.restore_layout(states.get(key, QByteArray()))
        splitter = states.get("splitter", QByteArray())
        if not splitter.isEmpty():
            self.orders.splitter.restoreState(splitter)

    def _tables(self) -> dict[str, BookTable]:
        return {
            POSITIONS: self.positions,
            ORDERS: self.orders.table,
            FILLS: self.fills,
            FUNDS: self.funds.table,
        }

    def _draw_tabs(self) -> None:
        text, book = self._language.text, self._book
        self.tabs.set_texts(POSITIONS, text("Positions"), len(book.positions) if book else None)
        self.tabs.set_texts(ORDERS, text("Orders"), len(book.orders) if book else None)
        self.tabs.set_texts(FILLS, text("Fills"), len(book.fills) if book else None)
        self.tabs.set_texts(FUNDS, text("Funds"))
        self.tabs.set_texts(DETAILS, text("Details"))
        self.updated.setText(text("Updated {time}", time=self._clock.now) if book else "")

    def _show_tab(self, key: str) -> None:
        self._stack.setCurrentWidget(self._panels[key])
        self.btn_columns.setEnabled(key != DETAILS)
        self.shown.emit()

    def _open_details(self) -> None:
        if self._narrow:
            self.tabs.choose(DETAILS)

    def _open_columns(self) -> None:
        table = self._tables().get(self.tabs.current)
        if table is not None:
            menu = table.table.column_menu(self)
            menu.popup(self.btn_columns.mapToGlobal(self.btn_columns.rect().bottomLeft()))
