"""A drop-down choice with our own chevron."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QWidget

from gui.theme.theme import Theme


class ChoiceBox(QComboBox):
    """A QComboBox in the look of the other fields."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field and the chevron."""
        super().paintEvent(event)
        painter = QPainter(self)
        side = self._theme.px(14)
        ink = "textSecondary" if self.isEnabled() else "textDisabled"
        painter.drawPixmap(
            self.width() - side - self._theme.px(8),
            (self.height() - side) // 2,
            self._theme.pixmap("chevron-down", ink, 14, self.devicePixelRatioF()),
        )
