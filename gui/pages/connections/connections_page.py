"""The connections page: filter, table, details of the selected client."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from core.model.status import ConnectionRow, GatewaySnapshot
from gui.bridge.api_endpoint import api_address
from gui.bridge.part_watch import PartWatch
from gui.language.state_words import gateway_word
from gui.language.window_language import WindowLanguage
from gui.pages.connections.connection_columns import connection_columns, matches
from gui.pages.connections.connection_details import ConnectionDetails
from gui.theme.theme import Theme
from gui.widgets.buttons import DANGER_TEXT, IconButton, TextButton
from gui.widgets.data_table import DataTable, RowAction, TableTexts
from gui.widgets.empty_note import EmptyNote
from gui.widgets.filter_edit import FilterEdit
from gui.widgets.grip_splitter import GripSplitter
from gui.widgets.inline_message import InlineMessage
from gui.widgets.labels import TextLabel
from gui.widgets.page_header import PageHeader


class ConnectionsPage(QWidget):
    """`close_wanted` carries the rows to close; the window asks and does it."""

    close_wanted = Signal(list)
    close_all_wanted = Signal()
    example_wanted = Signal()
    copied = Signal(str)

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setProperty("page", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._language = language
        self._watch = PartWatch()
        self._snapshot: GatewaySnapshot | None = None
        self.table = DataTable(theme, lambda row: row.connection_id, ("colSince", True))
        self.details = ConnectionDetails(theme, language)
        px = theme.px
        self.header = PageHeader(theme)
        self.count = TextLabel("body", "muted")
        self.count.setObjectName("count")
        self.header.add_beside(self.count)
        self.filter = FilterEdit(theme)
        self.filter.setObjectName("filter")
        self.filter.setFixedWidth(px(250))
        self.filter.wanted.connect(self._filter)
        self.filter.left.connect(lambda: self.table.view.setFocus())
        self.btn_columns = IconButton(theme, "columns-3", size=30)
        self.btn_columns.setObjectName("btnColumns")
        self.btn_columns.clicked.connect(self._open_columns)
        self.btn_close_all = TextButton(theme, DANGER_TEXT)
        self.btn_close_all.setObjectName("btnCloseAll")
        self.btn_close_all.clicked.connect(self.close_all_wanted)
        for widget in (self.filter, self.btn_columns, self.btn_close_all):
            self.header.add_action(widget)
        self.problem = InlineMessage(theme)
        self.problem.setObjectName("pageProblem")
        self.problem.setContentsMargins(0, 0, 0, px(8))
        self.table.view.setObjectName("connectionsTable")
        self.table.setMinimumHeight(px(120))
        self.table.set_row_actions(self._row_actions)
        self.table.selection_changed.connect(self._draw_details)
        self.table.activated.connect(self._show_details)
        self.table.delete_pressed.connect(self._close_selected)
        self.table.escape_pressed.connect(lambda: self.details.hide())
        self.table.copied.connect(lambda _: self.copied.emit(""))
        self.details.close_wanted.connect(self._close_selected)
        self.details.copied.connect(self.copied)
        self.splitter = GripSplitter(theme)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.details)
        self.splitter.setSizes([px(400), px(240)])
        self.splitter.setStretchFactor(0, 1)
        self.splitter.grip_double_clicked.connect(lambda: self.details.setVisible(not self.details.isVisible()))
        self.empty = EmptyNote(theme, "arrow-left-right", "copy")
        self.empty.setObjectName("emptyNote")
        self.empty.button.setObjectName("btnCopyExample")
        self.empty.action_clicked.connect(self.example_wanted)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.splitter)
        self._stack.addWidget(self.empty)
        page = QVBoxLayout(self)
        page.setContentsMargins(px(20), 0, px(20), px(16))
        page.setSpacing(0)
        page.addWidget(self.header)
        page.addWidget(self.problem)
        page.addWidget(holder, 1)
        language.changed.connect(self._draw_again)

    def panes(self) -> list[QWidget]:
        """What F6 walks through."""
        return [self.header, self.table, self.details] if self._stack.currentIndex() == 0 else [self.header, self.empty]

    def tab_stops(self) -> list[QWidget]:
        """What Tab walks through, in reading order."""
        return [
            self.filter,
            self.btn_columns,
            self.btn_close_all,
            self.table.view,
            self.details.btn_copy,
            self.details.btn_close,
            self.empty.button,
        ]

    def draw(self, snapshot: GatewaySnapshot) -> None:
        """Draw what changed since the last snapshot."""
        self._snapshot = snapshot
        if self._watch.changed("texts"):
            self._set_texts()
        rows, limit = snapshot.connections, snapshot.connection_limit
        endpoint = api_address(snapshot)
        if self._watch.changed("count", len(rows), limit, snapshot.state, endpoint):
            self._draw_count(snapshot, endpoint)
        if self._watch.changed("rows", rows):
            self.table.set_rows(rows)
            self._draw_details()

    def show_problem(self, text: str) -> None:
        """Say under the header what did not work; empty text takes it away."""
        self.problem.show_text("error", text)

    def layout_states(self) -> tuple[QByteArray, QByteArray]:
        """State of the table's columns and of the splitter, to be kept."""
        return self.table.layout_state(), self.splitter.saveState()

    def restore_layout(self, columns: QByteArray, splitter: QByteArray) -> None:
        """Take kept states."""
        self.table.restore_layout(columns)
        if not splitter.isEmpty():
            self.splitter.restoreState(splitter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc hides the details."""
        if event.key() == Qt.Key.Key_Escape:
            self.details.hide()
        else:
            super().keyPressEvent(event)

    def _set_texts(self) -> None:
        text = self._language.text
        self.header.title.setText(text("Connections"))
        self.filter.set_texts(text("Filter by client, address or ID"))
        self.btn_columns.set_name(text("Columns"))
        self.btn_close_all.setText(text("Close all…"))
        self.btn_close_all.setAccessibleName(text("Close all connections…"))
        self.table.set_columns(connection_columns(self._language))
        self.table.view.setAccessibleName(text("Connections"))
        self.table.set_texts(
            TableTexts(
                text("Copy cell"), text("Copy row"), text("Copy as JSON"), text("Reset columns"), text("Row actions")
            )
        )

    def _draw_count(self, snapshot: GatewaySnapshot, endpoint: str) -> None:
        text, count = self._language.text, len(snapshot.connections)
        self.count.setText(text("{count} of {limit}", count=count, limit=snapshot.connection_limit))
        self.btn_close_all.setEnabled(count > 0)
        self.btn_close_all.setToolTip("" if count else text("No client is connected."))
        self._stack.setCurrentIndex(0 if count else 1)
        if endpoint:
            self.empty.set_texts(
                text("No clients yet"),
                text("Point a script at {endpoint}. It shows up here the moment it connects.", endpoint=endpoint),
                text("Copy Python example"),
            )
        else:
            state = text(gateway_word(snapshot).text)
            self.empty.set_texts(state, text("The API server does not listen, so no client can connect."))
        self.empty.button.setAccessibleName(self.empty.button.text())

    def _draw_details(self) -> None:
        rows = self.table.selected_rows
        moment = self._snapshot.time if self._snapshot else 0.0
        self.details.draw(rows[0] if len(rows) == 1 else None, len(rows), moment)

    def _show_details(self) -> None:
        self.details.show()
        self._draw_details()

    def _filter(self, wanted: str) -> None:
        lowered = wanted.strip().lower()
        self.table.set_filter(lambda row: matches(row, lowered))

    def _row_actions(self) -> list[RowAction]:
        return [RowAction(self._language.text("Close connection…"), "x", self._close, "Del")]

    def _close(self, rows: list[ConnectionRow]) -> None:
        if rows:
            self.close_wanted.emit(rows)

    def _close_selected(self) -> None:
        self._close(self.table.selected_rows)

    def _open_columns(self) -> None:
        menu = self.table.column_menu(self)
        menu.popup(self.btn_columns.mapToGlobal(self.btn_columns.rect().bottomLeft()))

    def _draw_again(self) -> None:
        self._watch.forget()
        if self._snapshot is not None:
            self.draw(self._snapshot)
