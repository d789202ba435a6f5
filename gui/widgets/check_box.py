"""A tick box in the look of the other fields."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from gui.theme.theme import Theme

_BOX, _GAP = 16, 8


class CheckBox(QCheckBox):
    """A QCheckBox that draws box, tick, text and focus ring itself."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Box, gap and text, with room for the ring."""
        px = self._theme.px
        return QSize(px(_BOX) + px(_GAP) + self.fontMetrics().horizontalAdvance(self.text()) + 10, px(26))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def hitButton(self, position: object) -> bool:
        """The text can be clicked too."""
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter works like Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = px(_BOX)
        box = QRectF(4, (self.height() - side) / 2, side, side)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.drawRoundedRect(box.adjusted(-3, -3, 3, 3), 6, 6)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(box, 4, 4)
            mark = theme.pixmap("check", "onAccent", 12, self.devicePixelRatioF())
            edge = round((side - px(12)) / 2)
            painter.drawPixmap(round(box.left()) + edge, round(box.top()) + edge, mark)
        else:
            painter.setPen(QPen(theme.colour("borderStrong"), 1))
            painter.setBrush(theme.colour("surface"))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(theme.colour("text" if self.isEnabled() else "textDisabled"))
        words = self.rect().adjusted(4 + side + px(_GAP), 0, 0, 0)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self.text())
