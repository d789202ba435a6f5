"""Runs the desktop app as a user would: waits for the sign-in window, presses Enter; `quit` on stdin presses Ctrl+Q."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import gui.application
from gui.__main__ import main


class Hands(QObject):
    """Types into whatever window is open."""

    quit_asked = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._entered = False
        self._reported = False
        self._wants_quit = False
        self.quit_asked.connect(self._want_quit)
        self._timer = QTimer(self, interval=50)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        sys.stdin.readline()
        self.quit_asked.emit()

    def _look(self) -> None:
        window = _window()
        if window is None:
            return
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return  # the first paint: keys that a person presses now wait until the loop runs
        if not self._entered and window.findChild(QWidget, "btnStart") is not None:
            self._entered = True
            QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Return)
        elif not self._reported and window.findChild(QWidget, "statusState") is not None:
            self._reported = True
            print("MAIN WINDOW", window.windowTitle(), flush=True)

        elif self._wants_quit and "0/" in window.findChild(QWidget, "statusConns").accessibleName():
            # With a client connected the window would ask first; the SDK's end takes a moment to be noticed.
            self._wants_quit = False
            QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)

    def _want_quit(self) -> None:
        self._wants_quit = True


def _window() -> QWidget | None:
    visible = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget.isWindow()]
    return visible[-1] if visible else None


def with_hands(make: Callable[..., QApplication]) -> Callable[..., QApplication]:
    """The application, with somebody in front of it."""

    def made(arguments: list[str]) -> QApplication:
        app = make(arguments)
        Hands(app)
        return app

    return made


gui.application.QApplication = with_hands(QApplication)  # type: ignore[misc,assignment]
sys.exit(main(sys.argv[1:]))
