"""A splitter whose handle shows a grip and hides the lower part on a double click."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QWidget

from gui.theme.theme import Theme


class GripSplitter(QSplitter):
    """Vertical, 7 px handle; `grip_double_clicked` is for the page to hide or show its pane."""

    grip_double_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.theme = theme
        self.setHandleWidth(theme.px(11))
        self.setChildrenCollapsible(False)
        theme.changed.connect(self.update)

    def createHandle(self) -> QSplitterHandle:
        """Use the drawn grip."""
        return _Grip(self)


class _Grip(QSplitterHandle):
    def __init__(self, splitter: GripSplitter) -> None:
        super().__init__(Qt.Orientation.Vertical, splitter)
        self._splitter = splitter

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._splitter.theme.colour("borderControl"))
        painter.drawRoundedRect(QRectF(self.width() / 2 - 18, self.height() / 2 - 1.5, 36, 3), 1.5, 1.5)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._splitter.grip_double_clicked.emit()
