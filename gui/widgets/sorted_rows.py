"""The order and the choice of a table's rows. Sorted here by value in one go, which Qt's own proxy cannot: it asks
Python for each of its comparisons, a tenth of a second for a thousand rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractProxyModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gui.widgets.table_model import RowModel

AnyIndex = QModelIndex | QPersistentModelIndex


class SortedRows(QAbstractProxyModel):
    """Sorts by the raw value of a column and filters by a predicate; both only when `arrange` is called.

    Rows that come are put at the end until then; rows that go are gone at once. Selections follow their row.
    """

    def __init__(self, rows: RowModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = rows
        self._accepts: Callable[[Any], bool] = lambda _row: True
        self._column = -1
        self._descending = False
        self._order: list[int] = []
        self._places: dict[int, int] = {}
        self.setSourceModel(rows)
        rows.modelAboutToBeReset.connect(self.beginResetModel)
        rows.modelReset.connect(self._reset)
        rows.rowsInserted.connect(self._inserted)
        rows.rowsAboutToBeRemoved.connect(self._about_to_remove)
        rows.rowsRemoved.connect(self._removed)
        rows.dataChanged.connect(self._changed)
        rows.headerDataChanged.connect(self.headerDataChanged)

    def set_filter(self, accepts: Callable[[Any], bool]) -> None:
        """Show only rows the predicate accepts, from the next `arrange` on."""
        self._accepts = accepts

    def set_order(self, column: int, *, descending: bool) -> None:
        """Sort by this column from the next `arrange` on; rows without a value count as the smallest."""
        self._column, self._descending = column, descending

    def arrange(self) -> None:
        """Filter and sort now. Says nothing when nothing moved."""
        wanted = self._wanted()
        accepted = set(wanted)
        self._drop([place for place, number in enumerate(self._order) if number not in accepted])
        new = [number for number in wanted if number not in self._places]
        self._append(new)
        if wanted == self._order:
            return
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        numbers = [self._order[index.row()] for index in kept]
        self._set(wanted)
        moved = [self.index(self._places[number], index.column()) for number, index in zip(numbers, kept, strict=True)]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def row(self, index: AnyIndex) -> Any:
        """The row value behind an index of this proxy."""
        return self._model.row_at(self._order[index.row()])

    # ---- Qt's questions

    def mapToSource(self, proxy_index: AnyIndex) -> QModelIndex:
        """The same cell of the source."""
        if not proxy_index.isValid() or proxy_index.row() >= len(self._order):
            return QModelIndex()
        return self._model.index(self._order[proxy_index.row()], proxy_index.column())

    def mapFromSource(self, source_index: AnyIndex) -> QModelIndex:
        """The same cell here, none when the filter hides it."""
        place = self._places.get(source_index.row()) if source_index.isValid() else None
        return QModelIndex() if place is None else self.index(place, source_index.column())

    def index(self, row: int, column: int, parent: AnyIndex = QModelIndex()) -> QModelIndex:  # noqa: B008
        """A cell."""
        if parent.isValid() or not (0 <= row < len(self._order) and 0 <= column < self._model.columnCount()):
            return QModelIndex()
        return self.createIndex(row, column)

    def parent(self, index: AnyIndex = QModelIndex()) -> Any:  # noqa: B008
        """There is no tree."""
        return QModelIndex()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """How many rows pass the filter."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """As many as the source has."""
        return self._model.columnCount(parent)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles."""
        return self._model.headerData(section, orientation, role)

    # ---- following the source

    def _wanted(self) -> list[int]:
        rows = self._model.rows
        numbers = [number for number, row in enumerate(rows) if self._accepts(row)]
        if 0 <= self._column < len(self._model.columns):
            value = self._model.columns[self._column].value
            keys = {number: value(rows[number]) for number in numbers}
            present = [number for number in numbers if keys[number] is not None]
            absent = [number for number in numbers if keys[number] is None]
            present.sort(key=lambda number: keys[number], reverse=self._descending)
            numbers = present + absent if self._descending else absent + present
        return numbers

    def _set(self, order: list[int]) -> None:
        self._order = order
        self._places = {number: place for place, number in enumerate(order)}

    def _append(self, numbers: list[int]) -> None:
        if numbers:
            self.beginInsertRows(QModelIndex(), len(self._order), len(self._order) + len(numbers) - 1)
            self._set(self._order + numbers)
            self.endInsertRows()

    def _drop(self, places: list[int]) -> None:
        while places:
            last = first = places.pop()
            while places and places[-1] == first - 1:
                first = places.pop()
            self.beginRemoveRows(QModelIndex(), first, last)
            self._set(self._order[:first] + self._order[last + 1 :])
            self.endRemoveRows()

    def _reset(self) -> None:
        self._set(self._wanted())
        self.endResetModel()

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        rows = self._model.rows
        self._append([number for number in range(first, last + 1) if self._accepts(rows[number])])

    def _about_to_remove(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._drop(sorted(self._places[number] for number in range(first, last + 1) if number in self._places))

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        gone = last - first + 1
        self._set([number - gone if number > last else number for number in self._order])

    def _changed(self, first: QModelIndex, last: QModelIndex) -> None:
        places = [self._places[number] for number in range(first.row(), last.row() + 1) if number in self._places]
        if places:
            self.dataChanged.emit(self.index(min(places), first.column()), self.index(max(places), last.column()))
