"""The orders of an account: filter, search, table, and the details of the selected one."""

from __future__ import annotations

from collections import Counter
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from core.model.trading_status import OrderRow
from gui.language.trading_words import ALL, CANCELLED, FILLED, OPEN, REJECTED, is_open, status_group
from gui.language.window_language import WindowLanguage
from gui.pages.trading.account_clock import AccountClock
from gui.pages.trading.book_table import BookTable
from gui.pages.trading.order_columns import order_columns, order_matches
from gui.pages.trading.order_details import OrderDetails
from gui.theme.theme import Theme
from gui.widgets.buttons import DANGER_TEXT, TextButton
from gui.widgets.data_table import RowAction
from gui.widgets.filter_edit import FilterEdit
from gui.widgets.grip_splitter import GripSplitter
from gui.widgets.segmented_control import SegmentedControl

_GROUPS: Final = (ALL, OPEN, FILLED, CANCELLED, REJECTED)


class OrdersPanel(QWidget):
    """`cancel_wanted` carries the open orders to cancel. `order_chosen` comes when another order is selected.

    `details` stands under the table; a narrow page takes it into a tab of its own with `detach_details`.
    """

    cancel_wanted = Signal(list)
    cancel_open_wanted = Signal()
    order_chosen = Signal()
    order_opened = Signal()
    copied = Signal(str)

    def __init__(
        self, theme: Theme, language: WindowLanguage, clock: AccountClock, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._language = language
        self._clock = clock
        self._rows: tuple[OrderRow, ...] | None = None
        self._hindrance = ""
        self._detached = False
        self._dismissed = False
        px = theme.px
        self.table = BookTable(theme, "orders", lambda row: row.order_id, ("colTime", False), "wallet")
        self.filter = SegmentedControl(_GROUPS)
        self.filter.setObjectName("ordFilter")
        self.filter.chosen.connect(lambda _: self._filter())
        self.search = FilterEdit(theme)
        self.search.setObjectName("ordSearch")
        self.search.setFixedWidth(px(176))
        self.search.wanted.connect(lambda _: self._filter())
        self.search.left.connect(lambda: self.table.table.view.setFocus())
        self.btn_cancel_open = TextButton(theme, DANGER_TEXT)
        self.btn_cancel_open.setObjectName("btnCancelOpen")
        self.btn_cancel_open.clicked.connect(self.cancel_open_wanted)
        self._tools = QGridLayout()
        self._tools.setContentsMargins(px(12), px(6), px(8), px(6))
        self._tools.setSpacing(px(8))
        self._tools.setColumnStretch(1, 1)
        self._rows_of_tools = 0
        self._arrange_tools(1)
        self.table.copied.connect(self.copied)
        self.table.table.set_row_actions(self._row_actions)
        self.table.table.selection_changed.connect(self._selected)
        self.table.table.activated.connect(self._open)
        self.table.table.delete_pressed.connect(self.cancel_selected)
        self.table.table.escape_pressed.connect(self._dismiss)
        self.details = OrderDetails(theme, language, clock)
        self.details.cancel_wanted.connect(self.cancel_selected)
        self.details.copied.connect(self.copied)
        self.splitter = GripSplitter(theme)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.details)
        self.splitter.setSizes([px(300), px(206)])
        self.splitter.setStretchFactor(0, 1)
        self.splitter.grip_double_clicked.connect(self._dismiss)
        self.details.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._tools)
        column.addWidget(self.splitter, 1)

    def tab_stops(self) -> list[QWidget]:
        """What Tab walks through, in reading order."""
        return [
            *self.filter.buttons,
            self.search,
            self.btn_cancel_open,
            self.table.table.view,
            self.details.timeline,
            self.details.btn_copy,
            self.details.btn_cancel,
        ]

    @property
    def selected(self) -> list[OrderRow]:
        """The selected orders, top to bottom."""
        rows: list[OrderRow] = self.table.table.selected_rows
        return rows

    def set_texts(self) -> None:
        """Set all texts in the present language."""
        text = self._language.text
        self.search.set_texts(text("Code, ID or remark"))
        self.btn_cancel_open.setText(text("Cancel open…"))
        self.btn_cancel_open.setAccessibleName(text("Cancel open orders…"))
        self.table.set_texts(self._language, order_columns(self._language, self._clock), text("Orders"))
        self.table.empty.set_texts(text("No orders today"), text("Orders your scripts send appear here."))
        self._draw_counts()

    def show_rows(self, rows: tuple[OrderRow, ...] | None) -> None:
        """Show the orders; None while they are not known."""
        self._rows = rows
        self.table.show_rows(rows)
        self._draw_counts()

    def show_hindrance(self, hindrance: str, open_orders: bool) -> None:
        """Say why nothing can be cancelled now, empty when it can, and whether there is anything to cancel."""
        self._hindrance = hindrance
        reason = hindrance or ("" if open_orders else self._language.text("There are no open orders."))
        self.btn_cancel_open.setEnabled(not reason)
        self.btn_cancel_open.setToolTip(reason)

    def hindrance_of(self, order: OrderRow) -> str:
        """Why an order cannot be cancelled, empty when it can."""
        return self._hindrance or ("" if is_open(order) else self._language.text("This order is not open any more."))

    def detach_details(self, detached: bool) -> None:
        """Take the details out of the splitter, or back."""
        self._detached = detached
        if not detached:
            self.splitter.addWidget(self.details)
        self._place_details()

    def cancel_selected(self) -> None:
        """Ask to cancel the selected orders that are still open."""
        rows = [row for row in self.selected if not self.hindrance_of(row)]
        if rows:
            self.cancel_wanted.emit(rows)

    def forget_selection(self) -> None:
        """Another account is shown."""
        self.table.table.view.clearSelection()
        self._dismissed = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc hides the details."""
        if event.key() == Qt.Key.Key_Escape:
            self._dismiss()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The tools take a second row where one is too short."""
        super().resizeEvent(event)
        parts = (self.filter, self.search, self.btn_cancel_open)
        margins = self._tools.contentsMargins()
        needed = sum(max(part.sizeHint().width(), part.minimumWidth()) for part in parts) + 2 * self._tools.spacing()
        self._arrange_tools(1 if needed + margins.left() + margins.right() <= self.width() else 2)

    def _arrange_tools(self, rows: int) -> None:
        if rows == self._rows_of_tools:
            return
        self._rows_of_tools = rows
        for part in (self.filter, self.search, self.btn_cancel_open):
            self._tools.removeWidget(part)
        if rows == 1:
            self._tools.addWidget(self.filter, 0, 0)
        else:
            self._tools.addWidget(self.filter, 0, 0, 1, 4)
        self._tools.addWidget(self.search, rows - 1, 2)
        self._tools.addWidget(self.btn_cancel_open, rows - 1, 3)

    def _draw_counts(self) -> None:
        text = self._language.text
        counts = Counter(status_group(row.status) for row in self._rows or ())
        words = {
            ALL: text("All"),
            OPEN: text("Open {count}", count=counts[OPEN]),
            FILLED: text("Filled {count}", count=counts[FILLED]),
            CANCELLED: text("Cancelled {count}", count=counts[CANCELLED]),
            REJECTED: text("Rejected {count}", count=counts[REJECTED]),
        }
        for key, word in words.items():
            self.filter.set_text(key, word)
        self.filter.set_name(text("Show orders"))

    def _filter(self) -> None:
        group = "" if self.filter.current == ALL else self.filter.current
        wanted = self.search.text().strip().lower()
        self.table.table.set_filter(lambda row: order_matches(row, group, wanted))

    def _selected(self) -> None:
        self._dismissed = False
        self._place_details()
        self.order_chosen.emit()

    def _open(self) -> None:
        self._selected()
        self.order_opened.emit()

    def _dismiss(self) -> None:
        self._dismissed = not self._dismissed and not self._detached
        self._place_details()

    def _place_details(self) -> None:
        if self._detached:
            return
        shown = bool(self.selected) and not self._dismissed
        if shown and self.details.isHidden():
            self.details.show()
            view = self.table.table.view
            view.scrollTo(view.currentIndex())
        elif not shown:
            self.details.hide()

    def _row_actions(self) -> list[RowAction]:
        if not any(not self.hindrance_of(row) for row in self.selected):
            return []
        return [RowAction(self._language.text("Cancel order…"), "x", lambda _: self.cancel_selected(), "Del")]
