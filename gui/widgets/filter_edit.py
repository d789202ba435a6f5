"""A filter field with a magnifier; Esc clears it, then leaves it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.theme.theme import Theme

_MAX_LENGTH = 200


class FilterEdit(QLineEdit):
    """`wanted` carries the text as it is typed; `left` comes when Esc is pressed in the empty field."""

    wanted = Signal(str)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("quietEdge", "true")
        self.setMaxLength(_MAX_LENGTH)
        self.textChanged.connect(self.wanted)
        self._magnifier = QAction(self)
        self.addAction(self._magnifier, QLineEdit.ActionPosition.LeadingPosition)
        theme.changed.connect(self._draw_icon)
        self._draw_icon()

    def set_texts(self, hint: str) -> None:
        """Set the placeholder, which is also the accessible name."""
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc clears, then leaves."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.text():
            self.clear()
        else:
            self.left.emit()

    def _draw_icon(self) -> None:
        self._magnifier.setIcon(self._theme.icon("search", "textMuted"))
