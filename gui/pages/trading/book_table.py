"""A table inside the card of the book: with a note while it has no rows, and grey bars until the first ones came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.data_table import COMPACT_ROW, DataTable, TableTexts
from gui.widgets.empty_note import EmptyNote
from gui.widgets.skeleton import Skeleton
from gui.widgets.table_model import Column

_TABLE, _EMPTY, _LOADING = range(3)


class BookTable(QWidget):
    """`show_rows` with None shows the bars. `name` is the object name of the view."""

    copied = Signal(str)

    def __init__(
        self,
        theme: Theme,
        name: str,
        row_key: Callable[[Any], object],
        default_sort: tuple[str, bool],
        icon: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.table = DataTable(theme, row_key, default_sort, framed=False, row_height=COMPACT_ROW)
        self.table.view.setObjectName(name)
        self.table.copied.connect(lambda _: self.copied.emit(""))
        self.empty = EmptyNote(theme, icon)
        self.empty.setProperty("card", "false")
        self._skeleton = Skeleton(theme)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        for part in (self.table, self.empty, self._skeleton):
            self._stack.addWidget(part)
        self._stack.setCurrentIndex(_LOADING)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(holder)
        self.setMinimumHeight(theme.px(110))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @property
    def is_loading(self) -> bool:
        """Whether the grey bars are shown."""
        return self._stack.currentIndex() == _LOADING

    def set_texts(self, language: WindowLanguage, columns: Sequence[Column], name: str) -> None:
        """Set columns, menus and the accessible name in the present language."""
        text = language.text
        self.table.set_columns(columns)
        self.table.view.setAccessibleName(name)
        self.table.set_texts(
            TableTexts(
                text("Copy cell"), text("Copy row"), text("Copy as JSON"), text("Reset columns"), text("Row actions")
            )
        )

    def show_rows(self, rows: Sequence[Any] | None) -> None:
        """Show rows, the note when there are none, the bars when they are not known."""
        self.table.set_rows(rows or ())
        self._stack.setCurrentIndex(_LOADING if rows is None else _TABLE if rows else _EMPTY)
