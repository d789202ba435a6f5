"""Time from process start to the first painted window: python first_paint.py gatehouse|bare STARTED

STARTED is the monotonic time at which the parent started this process. Prints milliseconds and ends.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel, QWidget

STARTED = float(sys.argv[2])


class FirstPaint(QObject):
    """Ends the process when a top-level window has been painted."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget) and watched.isWindow():
            print((time.monotonic() - STARTED) * 1000, flush=True)
            os._exit(0)
        return False


class WatchedApplication(QApplication):
    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self._filter = FirstPaint()
        self.installEventFilter(self._filter)


def main() -> None:
    if sys.argv[1] == "bare":
        app = WatchedApplication([])
        label = QLabel("Gatehouse")
        label.resize(460, 622)
        label.show()
        app.exec()
        return
    import gui.application
    from gui.__main__ import main as gatehouse

    gui.application.QApplication = WatchedApplication  # type: ignore[misc]
    gatehouse(["--temporary-home", "--api-port", "0"])


main()
