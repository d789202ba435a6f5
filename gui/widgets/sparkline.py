"""A small line of recent values, without axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme.theme import Theme

_LIMIT: Final = 300


class Sparkline(QWidget):
    """Draws the last 300 values from zero upwards; its accessible name is a sentence given by the page."""

    def __init__(self, theme: Theme, colour: str = "chart.series[0]", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._colour = colour
        self._values: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_values(self, values: Sequence[float]) -> None:
        """Draw these values, oldest first; more than 300 are cut at the old end."""
        kept = tuple(values[-_LIMIT:])
        if kept != self._values:
            self._values = kept
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw area and line; with no values a flat line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        values = self._values if len(self._values) > 1 else (0.0, 0.0)
        top = max(values) * 1.1 or 1.0
        width, height = self.width() - 1.0, self.height() - 2.0
        step = width / (len(values) - 1)
        points = [QPointF(index * step, 1 + height - value / top * height) for index, value in enumerate(values)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.area_colour(self._colour))
        bottom = float(self.height())
        painter.drawPolygon(QPolygonF([QPointF(0, bottom), *points, QPointF(width, bottom)]))
        painter.setPen(QPen(self._theme.colour(self._colour), 1.5))
        painter.drawPolyline(QPolygonF(points))
