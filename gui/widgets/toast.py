"""Short results at the bottom right of a window: two at a time, the others wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from gui.theme.theme import Theme
from gui.widgets.announcement import announce
from gui.widgets.buttons import LINK, IconButton, TextButton
from gui.widgets.labels import IconLabel, TextLabel
from gui.widgets.status_mark import STATUS_LOOKS

LIFE_MS: Final = 4000
ACTION_LIFE_MS: Final = 8000
_SHOWN: Final = 2
_WAITING: Final = 8


class ToastTexts(NamedTuple):
    """What a toast shows. With an `action` it offers one button, which calls `run`."""

    kind: str
    text: str
    close_name: str
    action: str = ""
    run: Callable[[], None] | None = None


class Toast(QFrame):
    """One result. It stays while the pointer is on it or its button has the focus."""

    gone = Signal()

    def __init__(self, theme: Theme, texts: ToastTexts, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("toast", "true")
        px, look = theme.px, STATUS_LOOKS[texts.kind]
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(6), px(6), px(6))
        row.setSpacing(px(8))
        row.addWidget(IconLabel(theme, look.icon, look.ink, 16))
        self.label = TextLabel("body")
        self.label.setText(texts.text)
        row.addWidget(self.label)
        row.addSpacing(px(12))
        self.button = TextButton(theme, LINK)
        self.button.setObjectName("toastAction")
        self.button.setText(texts.action)
        self.button.setAccessibleName(texts.action)
        self.button.setVisible(bool(texts.action))
        # Reached by Tab; a click leaves the focus where the user works.
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if texts.run is not None:
            self.button.clicked.connect(texts.run)
        self.button.clicked.connect(self.gone)
        row.addWidget(self.button)
        close = IconButton(theme, "x", "textMuted", 26)
        close.set_name(texts.close_name)
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.clicked.connect(self.gone)
        row.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ACTION_LIFE_MS if texts.action else LIFE_MS)
        self._timer.timeout.connect(self._end)
        self._timer.start()
        self.adjustSize()

    def _end(self) -> None:
        if self.underMouse() or self.button.hasFocus():
            self._timer.start()
        else:
            self.gone.emit()


class ToastCorner(QObject):
    """Shows toasts over a window. At most eight wait; then the oldest waiting one is dropped."""

    def __init__(self, theme: Theme, window: QWidget, bottom_margin: int) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._bottom_margin = bottom_margin
        self._shown: list[Toast] = []
        self._waiting: deque[ToastTexts] = deque(maxlen=_WAITING)
        window.installEventFilter(self)

    def show_result(self, text: str, close_name: str, kind: str = "ok") -> None:
        """Show a result the user asked for, and say it."""
        self.show_toast(ToastTexts(kind, text, close_name))

    def show_toast(self, texts: ToastTexts) -> None:
        """The same with everything a toast can have."""
        announce(self._window, texts.text)
        self._waiting.append(texts)
        self._fill()

    @property
    def shown(self) -> list[Toast]:
        """The toasts on the screen now, oldest first."""
        return list(self._shown)

    @property
    def texts(self) -> list[str]:
        """What is on the screen now, oldest first."""
        return [toast.label.text() for toast in self._shown]

    def clear(self) -> None:
        """Take all away, for example when the language changes."""
        self._waiting.clear()
        for toast in list(self._shown):
            self._remove(toast)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _fill(self) -> None:
        while self._waiting and len(self._shown) < _SHOWN:
            toast = Toast(self._theme, self._waiting.popleft(), self._window)
            toast.gone.connect(lambda toast=toast: self._remove(toast))
            self._shown.append(toast)
            toast.show()
            toast.raise_()
        self._place()

    def _remove(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            if toast.button.hasFocus():
                self._window.setFocus()
            toast.hide()
            toast.deleteLater()
            self._fill()

    def _place(self) -> None:
        bottom = self._window.height() - self._bottom_margin
        for toast in reversed(self._shown):
            toast.adjustSize()
            bottom -= toast.height() + 8
            toast.move(QPoint(self._window.width() - toast.width() - 16, bottom))
