"""The view inside a table's frame: whole rows, no grid, smooth scrolling, knows the row under the pointer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QWidget


class RowView(QTableView):
    """`hover` is told the number of the row under the pointer, -1 for none."""

    def __init__(self, hover: Callable[[int], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hover = hover
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.setMouseTracking(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light the whole row under the pointer."""
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.pos()).row())

    def leaveEvent(self, event: QEvent) -> None:
        """No row is lit."""
        super().leaveEvent(event)
        self._hover(-1)
