"""The model behind every table: rows are values, columns are declarations, rows are matched by their key."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

AnyIndex = QModelIndex | QPersistentModelIndex


def _no_text(_row: Any) -> str:
    return ""


def _never(_row: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `value` is what is sorted and copied as JSON, `text` what is shown; both take the row.

    `key` is the stable name of the column, `title` its heading in the reader's language, `width` its design width.
    `font` is a type role, `weight` 0 or a font weight, `ink` names a colour token, `icon` an icon file or nothing.
    `aside` is a muted text after the main one; `strong` rows are semibold. `hidden` columns can be shown by the
    column chooser. `grow` is the column's share of the room that is left when the window is wide.
    """

    key: str
    title: str
    value: Callable[[Any], Any]
    text: Callable[[Any], str]
    width: int
    right: bool = False
    font: str = "body"
    weight: int = 0
    ink: Callable[[Any], str] | None = None
    icon: Callable[[Any], str] = _no_text
    aside: Callable[[Any], str] = _no_text
    tooltip: Callable[[Any], str] = _no_text
    strong: Callable[[Any], bool] = _never
    hidden: bool = False
    grow: int = 0


class RowModel(QAbstractTableModel):
    """`set_rows` takes the whole new list; only what changed is announced, so selections stay with their item."""

    def __init__(self, row_key: Callable[[Any], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._row_key = row_key
        self._rows: list[Any] = []
        self._columns: tuple[Column, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The declared columns."""
        return self._columns

    @property
    def rows(self) -> list[Any]:
        """The rows in the order of arrival."""
        return list(self._rows)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Declare the columns; the same number again changes titles and texts only."""
        if len(columns) == len(self._columns):
            self._columns = tuple(columns)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(columns) - 1)
            self._announce_all()
        else:
            self.beginResetModel()
            self._columns = tuple(columns)
            self.endResetModel()

    def set_rows(self, rows: Sequence[Any]) -> bool:
        """Show these rows; returns whether any came or went."""
        wanted = {self._row_key(row): row for row in rows}
        moved = False
        if self._rows and not any(self._row_key(row) in wanted for row in self._rows):
            # Quite other rows: nothing is selected that could stay selected.
            self.beginResetModel()
            self._rows = list(wanted.values())
            self.endResetModel()
            return True
        for number in range(len(self._rows) - 1, -1, -1):
            if self._row_key(self._rows[number]) not in wanted:
                self.beginRemoveRows(QModelIndex(), number, number)
                del self._rows[number]
                self.endRemoveRows()
                moved = True
        changed = [number for number, row in enumerate(self._rows) if wanted[self._row_key(row)] != row]
        for number in changed:
            self._rows[number] = wanted[self._row_key(self._rows[number])]
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(self._columns) - 1))
        present = {self._row_key(row) for row in self._rows}
        new = [row for key, row in wanted.items() if key not in present]
        if new:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(new) - 1)
            self._rows += new
            self.endInsertRows()
            moved = True
        return moved

    def row(self, index: AnyIndex) -> Any:
        """The row value behind an index of this model."""
        return self._rows[index.row()]

    def row_at(self, number: int) -> Any:
        """The row value by its number in the order of arrival."""
        return self._rows[number]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """How many columns are declared, hidden ones included."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for display and accessibility; everything else is drawn from the row by the delegate."""
        if not index.isValid():
            return None
        column, row = self._columns[index.column()], self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return " ".join(part for part in (column.text(row), column.aside(row)) if part) or column.title
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        return None

    def _announce_all(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self._columns) - 1))


def rows_as_text(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """Tab-separated texts, with a line of titles when there are several rows."""
    lines = ["\t".join(_whole_text(column, row) for column in columns) for row in rows]
    if len(rows) > 1:
        lines.insert(0, "\t".join(column.title for column in columns))
    return "\n".join(lines)


def rows_as_json(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """One object per row with raw values by column key; a single row is not put into a list."""
    objects = [{column.key: column.value(row) for column in columns} for row in rows]
    return json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False, indent=2, default=str)


def _whole_text(column: Column, row: Any) -> str:
    return " ".join(part for part in (column.text(row), column.aside(row)) if part)
