"""An on/off switch for something that takes effect at once."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from gui.theme.theme import Theme

_WIDTH, _HEIGHT, _RING = 32, 18, 3


class Switch(QCheckBox):
    """Shows a state that others keep: a click only tells `wanted`, `show_state` moves the knob."""

    wanted = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self.update)

    def show_state(self, on: bool) -> None:
        """Show on or off."""
        self.setChecked(on)

    def nextCheckState(self) -> None:
        """Ask instead of changing: what it switches may need a question first, or be refused."""
        self.wanted.emit(not self.isChecked())

    def hitButton(self, position: object) -> bool:
        """All of it can be clicked."""
        return True

    def sizeHint(self) -> QSize:
        """The switch and room for its focus ring."""
        px = self._theme.px
        return QSize(px(_WIDTH) + 2 * _RING, px(_HEIGHT) + 2 * _RING)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter works like Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track, knob and focus ring."""
        theme, on = self._theme, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(self.rect()).adjusted(_RING, _RING, -_RING, -_RING)
        radius = track.height() / 2
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius + 2, radius + 2)
        live = self.isEnabled()
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent" if live else "borderControl"))
        else:
            painter.setPen(QPen(theme.colour("borderStrong" if live else "borderControl"), 1))
            painter.setBrush(theme.colour("sunken"))
            track.adjust(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(track, radius, radius)
        side = track.height() - 6
        left = track.right() - side - 3 if on else track.left() + 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("onAccent" if on else "borderStrong" if live else "borderControl"))
        painter.drawEllipse(QRectF(left, track.top() + 3, side, side))
