"""Grey bars where rows will be, while they are fetched. Nothing moves."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme.theme import Theme

_ROWS = 6
_SHARES = (0.08, 0.22, 0.07, 0.1, 0.12, 0.1)


class Skeleton(QWidget):
    """Draws a few rows of bars."""

    def __init__(self, theme: Theme, row_height: int = 24, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row_height = row_height
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars and the lines between the rows."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, gap, bar = px(self._row_height), px(20), px(10)
        for number in range(min(_ROWS, self.height() // height)):
            top = number * height
            left = float(px(8))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("pressed"))
            for share in _SHARES:
                width = share * self.width()
                painter.drawRoundedRect(QRectF(left, top + (height - bar) / 2, width, bar), 3, 3)
                left += width + gap
            painter.setPen(theme.colour("borderSubtle"))
            painter.drawLine(0, top + height - 1, self.width(), top + height - 1)
