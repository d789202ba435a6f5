"""A card: surface with a border, a heading with icon and title, and room at the right of the heading."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.theme.theme import Theme
from gui.widgets.labels import IconLabel, TextLabel


class Card(QFrame):
    """Put rows into `body`. With `opens=True` it can be focused, and Enter or a click emits `opened`."""

    opened = Signal()

    def __init__(self, theme: Theme, icon: str, *, opens: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._opens = opens
        if opens:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        px = theme.px
        self.setFixedHeight(px(118))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title = TextLabel("small", "secondary", 500)
        self.title.setFixedHeight(px(18))
        self.heading = QHBoxLayout()
        self.heading.setSpacing(px(8))
        self.heading.addWidget(IconLabel(theme, icon, "textMuted", 14))
        self.heading.addWidget(self.title)
        self.heading.addStretch(1)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(px(14), px(11), px(14), px(11))
        self.body.setSpacing(0)
        self.body.addLayout(self.heading)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the card."""
        if self._opens and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens the card."""
        if (
            self._opens
            and event.button() == Qt.MouseButton.LeftButton
            and self.rect().contains(event.position().toPoint())
        ):
            self.opened.emit()
        super().mouseReleaseEvent(event)


class PanelFrame(QFrame):
    """A card with a 40 px title row, a line, and free room below: events, services."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        px = theme.px
        self.title = TextLabel("bodyStrong")
        self.heading = QHBoxLayout()
        self.heading.setContentsMargins(px(14), px(6), px(8), px(6))
        self.heading.setSpacing(px(8))
        self.heading.addWidget(self.title)
        self.heading.addStretch(1)
        line = QFrame()
        line.setProperty("line", "true")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(1, 1, 1, 1)
        self.body.setSpacing(0)
        heading_box = QWidget()
        heading_box.setLayout(self.heading)
        heading_box.setFixedHeight(px(39))
        self.body.addWidget(heading_box)
        self.body.addWidget(line)
