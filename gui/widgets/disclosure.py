"""A line that opens more below it: chevron, text, and a summary at the right while it is closed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from gui.theme.theme import Theme

# Room at both ends, so that the focus ring does not touch the texts.
_PADDING: Final = 8


class Disclosure(QPushButton):
    """Checkable: open is checked; `toggled` tells. Enter and Space work."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._summary = ""
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setProperty("painted", "true")
        self.setFixedHeight(theme.px(34))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_text(self, text: str) -> None:
        """Set the line's text."""
        self.setText(text)
        self._name()

    def set_summary(self, summary: str) -> None:
        """Set what is shown at the right while closed."""
        self._summary = summary
        self._name()
        self.update()

    @property
    def summary(self) -> str:
        """What is shown at the right while closed."""
        return self._summary

    def set_open(self, is_open: bool) -> None:
        """Open or close it."""
        self.setChecked(is_open)

    def sizeHint(self) -> QSize:
        """Chevron, text and summary."""
        px = self._theme.px
        width = self.fontMetrics().horizontalAdvance
        texts = width(self.text()) + px(20) + width(self._summary)
        return QSize(2 * px(_PADDING) + px(20) + texts, px(34))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter works like Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("hover"))
            painter.drawRoundedRect(box, 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 6, 6)
        side, room = px(14), px(_PADDING)
        name = "chevron-down" if self.isChecked() else "chevron-right"
        painter.drawPixmap(
            room, (self.height() - side) // 2, theme.pixmap(name, "textSecondary", 14, self.devicePixelRatioF())
        )
        texts = self.rect().adjusted(room, 0, -room, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font("body", 500))
        painter.setPen(theme.colour("textSecondary"))
        painter.drawText(texts.adjusted(px(20), 0, 0, 0), int(middle | Qt.AlignmentFlag.AlignLeft), self.text())
        if not self.isChecked():
            painter.setFont(theme.font("code"))
            painter.setPen(theme.colour("textMuted"))
            painter.drawText(texts, int(middle | Qt.AlignmentFlag.AlignRight), self._summary)

    def _name(self) -> None:
        self.setAccessibleName(f"{self.text()}, {self._summary}" if self._summary else self.text())
