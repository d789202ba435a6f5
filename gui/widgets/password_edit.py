"""A field for a secret: dots, an eye that reveals it while it is typed, and nothing that keeps it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from gui.theme.theme import Theme

REVEAL_MS: Final = 10_000
_MAX_LENGTH: Final = 128


class PasswordEdit(QLineEdit):
    """Revealed text hides again after ten seconds, and when the field or its window loses the focus."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = ("", "")
        self.setMaxLength(_MAX_LENGTH)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._eye = QAction(self)
        self._eye.triggered.connect(self._toggle)
        self.addAction(self._eye, QLineEdit.ActionPosition.TrailingPosition)
        self._button = next(iter(self.findChildren(QToolButton)), None)
        if self._button is not None:
            self._button.setIconSize(QSize(theme.px(14), theme.px(14)))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REVEAL_MS)
        self._timer.timeout.connect(self.hide_text)
        theme.changed.connect(self._draw_eye)
        self._draw_eye()

    def set_texts(self, name: str, show: str, hide: str) -> None:
        """Set the accessible name and what the eye does."""
        self.setAccessibleName(name)
        self._words = (show, hide)
        self._draw_eye()

    @property
    def is_revealed(self) -> bool:
        """Whether the text can be read now."""
        return self.echoMode() is QLineEdit.EchoMode.Normal

    @property
    def eye(self) -> QAction:
        """Reveals and hides."""
        return self._eye

    def hide_text(self) -> None:
        """Show dots again."""
        # Nothing is touched without need: the focus also leaves while the window is being destroyed.
        if self.is_revealed:
            self._timer.stop()
            self.setEchoMode(QLineEdit.EchoMode.Password)
            self._draw_eye()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Nobody types any more."""
        super().focusOutEvent(event)
        self.hide_text()

    def changeEvent(self, event: QEvent) -> None:
        """Hide when the window is no longer the active one."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.hide_text()

    def _toggle(self) -> None:
        if self.is_revealed:
            self.hide_text()
            return
        self.setFocus()
        self.setEchoMode(QLineEdit.EchoMode.Normal)
        self._timer.start()
        self._draw_eye()

    def _draw_eye(self) -> None:
        shown = self.is_revealed
        self._eye.setIcon(self._theme.icon("eye-off" if shown else "eye"))
        word = self._words[1 if shown else 0]
        self._eye.setText(word)
        self._eye.setToolTip(word)
        if self._button is not None:
            self._button.setAccessibleName(word)
