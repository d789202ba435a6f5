"""The table of the program: sorting by value, column chooser, copying, row menu; selections follow their item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPoint,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QVBoxLayout, QWidget

from gui.theme.theme import Theme
from gui.widgets.cell_delegate import CellDelegate, TableHeading
from gui.widgets.sorted_rows import SortedRows
from gui.widgets.table_model import Column, RowModel, rows_as_json, rows_as_text
from gui.widgets.table_view import RowView
from gui.widgets.total_rows import TotalCell, TotalRows

ACTIONS_COLUMN: Final = "rowActions"
ROW, COMPACT_ROW = 28, 24
_SORT_INTERVAL_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class TableTexts:
    """The words of the table's own menus, in the reader's language."""

    copy_cell: str
    copy_row: str
    copy_json: str
    reset_columns: str
    row_actions: str


@dataclass(frozen=True, slots=True)
class RowAction:
    """An action on the selected rows, offered at the end of the row menu. `run` gets the rows."""

    text: str
    icon: str
    run: Callable[[list[Any]], None]
    shortcut: str = ""


class DataTable(QFrame):
    """A table, framed or inside a card. `selection_changed` comes when other rows are selected.

    `row_height` is ROW or COMPACT_ROW.
    """

    selection_changed = Signal()
    activated = Signal()
    delete_pressed = Signal()
    escape_pressed = Signal()
    copied = Signal(int)

    def __init__(
        self,
        theme: Theme,
        row_key: Callable[[Any], object],
        default_sort: tuple[str, bool],
        parent: QWidget | None = None,
        *,
        framed: bool = True,
        row_height: int = ROW,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._framed = framed
        self._default_sort = default_sort
        self._texts = TableTexts("Copy cell", "Copy row", "Copy as JSON", "Reset columns", "Row actions")
        self._row_actions: Callable[[], Sequence[RowAction]] = tuple
        self._pending: Sequence[Any] | None = None
        self._menu: QMenu | None = None
        self._own_widths = False
        self._fitting = False
        self.model = RowModel(row_key, self)
        self.sorted_rows = SortedRows(self.model, self)
        self.view = RowView(self._hover, self)
        self.view.setModel(self.sorted_rows)
        self.heading = TableHeading(theme, lambda section: self.model.columns[section].right, self.view, rounded=framed)
        self.view.setHorizontalHeader(self.heading)
        self.delegate = CellDelegate(theme, self.sorted_rows, self.model, self.view)
        self.view.setItemDelegate(self.delegate)
        self.view.verticalHeader().setMinimumSectionSize(theme.px(COMPACT_ROW))
        self.view.verticalHeader().setDefaultSectionSize(theme.px(row_height))
        self.totals = TotalRows(theme, self.heading, self.model, row_height)
        self.view.horizontalScrollBar().valueChanged.connect(self.totals.update)
        self.heading.sectionClicked.connect(self._cycle_sort)
        self.heading.sectionResized.connect(lambda *_: self._section_resized())
        self.heading.sectionDoubleClicked.connect(self.view.resizeColumnToContents)
        self.view.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        self.view.doubleClicked.connect(lambda _: self.activated.emit())
        self.view.clicked.connect(self._clicked)
        self.view.customContextMenuRequested.connect(self.open_row_menu)
        self.view.installEventFilter(self)
        self.view.verticalScrollBar().installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
        layout.addWidget(self.view)
        layout.addWidget(self.totals)
        self._sort_timer = QTimer(self)
        self._sort_timer.setSingleShot(True)
        self._sort_timer.setInterval(_SORT_INTERVAL_MS)
        self._sort_timer.timeout.connect(self._sort_again)
        theme.changed.connect(self._redraw)

    # ---- what the page sets

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Declare the columns, or set their titles and texts again after a change of language."""
        first = not self.model.columns
        self.model.set_columns(columns)
        if first:
            self.reset_columns()
            self._sort_default()

    def set_texts(self, texts: TableTexts) -> None:
        """Set the words of the menus."""
        self._texts = texts

    def set_row_actions(self, actions: Callable[[], Sequence[RowAction]]) -> None:
        """Set what the row menu offers after the copying actions; asked each time the menu opens."""
        self._row_actions = actions

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show the rows; they wait while a row menu is open. A live column is sorted again once a second."""
        if self._menu is not None:
            self._pending = rows
            return
        if self.model.set_rows(rows):
            self._sort_now()
        elif not self._sort_timer.isActive():
            self._sort_timer.start()

    def set_filter(self, accepts: Callable[[Any], bool]) -> None:
        """Show only rows the predicate accepts."""
        self.sorted_rows.set_filter(accepts)
        self._sort_now()

    def set_totals(self, rows: Sequence[Mapping[str, TotalCell]]) -> None:
        """Show rows of totals under the table, which do not scroll with it."""
        self.totals.show_rows(rows)

    # ---- what the page asks

    @property
    def shown_rows(self) -> list[Any]:
        """The rows as they stand on the screen, top to bottom."""
        return [
            self.sorted_rows.row(self.sorted_rows.index(number, 0)) for number in range(self.sorted_rows.rowCount())
        ]

    @property
    def selected_rows(self) -> list[Any]:
        """The selected rows, top to bottom."""
        indexes = sorted(self.view.selectionModel().selectedRows(), key=lambda index: index.row())
        return [self.sorted_rows.row(index) for index in indexes]

    @property
    def visible_columns(self) -> list[Column]:
        """The columns that are shown, left to right."""
        order = [self.heading.logicalIndex(place) for place in range(self.heading.count())]
        return [
            self.model.columns[number]
            for number in order
            if not self.heading.isSectionHidden(number) and self.model.columns[number].key != ACTIONS_COLUMN
        ]

    def select_row(self, number: int) -> None:
        """Select the row at this place on the screen."""
        # Not QTableView.selectRow, which looks at the modifier keys that happen to be down.
        index, flags = self.sorted_rows.index(number, 0), QItemSelectionModel.SelectionFlag
        selection = self.view.selectionModel()
        selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    # ---- columns

    def layout_state(self) -> QByteArray:
        """Widths, order and hidden columns, to be kept."""
        return self.heading.saveState()

    def restore_layout(self, state: QByteArray) -> None:
        """Take a kept layout; one of another version of the table is ignored."""
        if not state.isEmpty() and self.heading.restoreState(state):
            self._own_widths = True
            self._sort_now()

    def reset_columns(self) -> None:
        """Widths, order and visibility as declared."""
        for number, column in enumerate(self.model.columns):
            self.heading.moveSection(self.heading.visualIndex(number), number)
            self.heading.setSectionHidden(number, column.hidden)
        self._own_widths = False
        self._fit_columns()

    def column_menu(self, parent: QWidget) -> QMenu:
        """A menu with a check per column and the way back to the declared ones."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(self.model.columns):
            if column.key == ACTIONS_COLUMN:
                continue
            action = menu.addAction(column.title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(not self.heading.isSectionHidden(number))
            action.toggled.connect(lambda on, number=number: self._show_column(number, on))
        menu.addSeparator()
        menu.addAction(self._texts.reset_columns, self.reset_columns)
        return menu

    def _show_column(self, number: int, shown: bool) -> None:
        self.heading.setSectionHidden(number, not shown)
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the width, as long as the user did not set widths."""
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        if self._own_widths:
            return
        shown = [
            (number, column)
            for number, column in enumerate(self.model.columns)
            if not self.heading.isSectionHidden(number)
        ]
        widths = {number: self._theme.px(column.width) for number, column in shown}
        # The frame's width, unless a bar for scrolling down takes some of it.
        bar = self.view.verticalScrollBar()
        room = self.width() - 4 - (bar.width() if bar.isVisible() else 0) - sum(widths.values())
        shares = sum(column.grow for _, column in shown)
        self._fitting = True
        for number, column in shown:
            # Shares are taken from what is left, so that rounding leaves no gap at the end.
            extra = room * column.grow // shares if room > 0 and column.grow else 0
            room, shares = room - extra, shares - column.grow
            self.heading.resizeSection(number, widths[number] + extra)
        self._fitting = False

    def _section_resized(self) -> None:
        if not self._fitting and QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._own_widths = True

    # ---- copying

    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard, tab-separated."""
        if self.selected_rows:
            QGuiApplication.clipboard().setText(rows_as_text(self.visible_columns, self.selected_rows))
            self.copied.emit(len(self.selected_rows))

    def copy_json(self) -> None:
        """Put the selected rows on the clipboard as JSON with raw values."""
        if self.selected_rows:
            columns = [column for column in self.model.columns if column.key != ACTIONS_COLUMN]
            QGuiApplication.clipboard().setText(rows_as_json(columns, self.selected_rows))
            self.copied.emit(len(self.selected_rows))

    def open_row_menu(self, position: QPoint) -> None:
        """Open the row menu at a place of the view; the rows on screen stand still while it is open."""
        index = self.view.indexAt(position)
        if not index.isValid():
            index = self.view.currentIndex()
        if not index.isValid():
            return
        if not self.view.selectionModel().isRowSelected(index.row(), QModelIndex()):
            self.select_row(index.row())
        menu = QMenu(self)
        menu.addAction(self._texts.copy_cell, lambda: QGuiApplication.clipboard().setText(str(index.data() or "")))
        copy_row = menu.addAction(self._theme.icon("copy"), self._texts.copy_row, self.copy_rows)
        copy_row.setShortcut("Ctrl+C")
        copy_json = menu.addAction(self._theme.icon("braces"), self._texts.copy_json, self.copy_json)
        copy_json.setShortcut("Ctrl+Shift+C")
        actions = self._row_actions()
        if actions:
            menu.addSeparator()
        for row_action in actions:
            entry = menu.addAction(self._theme.icon(row_action.icon, "negative"), row_action.text)
            entry.setShortcut(row_action.shortcut)
            entry.triggered.connect(lambda _=False, run=row_action.run: run(self.selected_rows))
        menu.aboutToHide.connect(self._menu_closed)
        self._menu = menu
        menu.popup(self.view.viewport().mapToGlobal(position))

    @property
    def open_menu(self) -> QMenu | None:
        """The row menu while it is open."""
        return self._menu

    def _menu_closed(self) -> None:
        if self._menu is not None:
            self._menu.deleteLater()
            self._menu = None
        if self._pending is not None:
            rows, self._pending = self._pending, None
            self.set_rows(rows)

    def _clicked(self, index: QModelIndex) -> None:
        if self.model.columns[index.column()].key == ACTIONS_COLUMN:
            self.open_row_menu(self.view.visualRect(index).bottomLeft())

    # ---- sorting

    def _cycle_sort(self, section: int) -> None:
        if self.model.columns[section].key == ACTIONS_COLUMN:
            return
        if self.heading.sorted_section != section:
            self._sort(section, ascending=True)
        elif self.heading.sorted_ascending:
            self._sort(section, ascending=False)
        else:
            self._sort_default()

    def _sort_default(self) -> None:
        key, ascending = self._default_sort
        keys = [column.key for column in self.model.columns]
        self._sort(keys.index(key), ascending=ascending)

    def _sort(self, section: int, *, ascending: bool) -> None:
        self.heading.sorted_section, self.heading.sorted_ascending = section, ascending
        self._sort_now()
        self.heading.viewport().update()

    def _sort_now(self) -> None:
        self.sorted_rows.set_order(self.heading.sorted_section, descending=not self.heading.sorted_ascending)
        self.sorted_rows.arrange()

    def _sort_again(self) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton or self._menu is not None:
            self._sort_timer.start()
        else:
            self._sort_now()

    # ---- drawing and keys

    def _hover(self, row: int) -> None:
        if row != self.delegate.hovered_row:
            self.delegate.hovered_row = row
            self.view.viewport().update()

    def _redraw(self) -> None:
        self.update()
        self.view.viewport().update()
        self.heading.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame, which is the focus ring when the table has the focus."""
        focused = self.view.hasFocus()
        if not (self._framed or focused):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = 2 if focused else 1
        painter.setPen(QPen(self._theme.colour("focus" if focused else "border"), edge))
        painter.setBrush(self._theme.colour("surface"))
        inset = edge / 2
        radius = 8 if self._framed else 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), radius, radius)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the table, and the ring around it."""
        if watched is self.view.verticalScrollBar():
            if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
                self._fit_columns()
            return False
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key_pressed(event)
        return False

    def _key_pressed(self, event: QKeyEvent) -> bool:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        key = event.key()
        if control and key == Qt.Key.Key_C:
            if shift:
                self.copy_json()
            else:
                self.copy_rows()
        elif key == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activated.emit()
        elif key == Qt.Key.Key_Escape:
            self.escape_pressed.emit()
        elif shift and key == Qt.Key.Key_F10:
            self.open_row_menu(self.view.visualRect(self.view.currentIndex()).bottomLeft())
        else:
            return False
        return True
