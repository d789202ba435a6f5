"""A thin bar of how much of a limit is used; it turns to the warning colour near the end."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from gui.theme.theme import Theme

WARN_FROM = 0.9


class UsageBar(QProgressBar):
    """Shows used of total; what it counts is its accessible name."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setTextVisible(False)
        self.setFixedHeight(theme.px(6))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_usage(self, used: int, total: int) -> None:
        """Fill the bar; a total of zero shows it empty."""
        self.setRange(0, max(1, total))
        self.setValue(min(max(0, used), max(1, total)))
        self.update()

    @property
    def is_warning(self) -> bool:
        """Whether nine tenths or more are used."""
        return self.value() >= WARN_FROM * self.maximum()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track and fill."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(self._theme.colour("pressed"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self.value() > 0:
            # A single use is still seen: never narrower than the bar is high.
            width = max(float(self.height()), self.width() * self.value() / self.maximum())
            painter.setBrush(self._theme.colour("warn" if self.is_warning else "accent"))
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)
