"""A thin bar of parts side by side, each as wide as its share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme.theme import Theme


class BarPart(NamedTuple):
    """How much, and the token of its colour."""

    amount: int
    colour: str


class StackedBar(QWidget):
    """Without any amount the bar is an empty track; what the parts are is its accessible name."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: tuple[BarPart, ...] = ()
        self.setFixedHeight(theme.px(6))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def parts(self) -> tuple[BarPart, ...]:
        """What is shown."""
        return self._parts

    def show_parts(self, parts: Sequence[BarPart]) -> None:
        """Show these parts, left to right; those of nothing are left out."""
        shown = tuple(part for part in parts if part.amount > 0)
        if shown != self._parts:
            self._parts = shown
            self.update()

    def part_widths(self) -> list[float]:
        """Widths in logical pixels. A single one of many is still seen: never narrower than the bar is high."""
        gap, least = self._gap(), float(self.height())
        total = sum(part.amount for part in self._parts)
        room = self.width() - gap * (len(self._parts) - 1)
        small = [room * part.amount / total < least for part in self._parts]
        left = room - least * sum(small)
        large_total = sum(part.amount for part, tiny in zip(self._parts, small, strict=True) if not tiny)
        return [
            least if tiny else left * part.amount / large_total for part, tiny in zip(self._parts, small, strict=True)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track, or the parts with gaps between them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        height, radius = float(self.height()), self.height() / 3
        if not self._parts:
            painter.setBrush(self._theme.colour("pressed"))
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            return
        left = 0.0
        for part, width in zip(self._parts, self.part_widths(), strict=True):
            painter.setBrush(self._theme.colour(part.colour))
            painter.drawRoundedRect(QRectF(left, 0, width, height), radius, radius)
            left += width + self._gap()

    def _gap(self) -> int:
        return self._theme.px(2)
