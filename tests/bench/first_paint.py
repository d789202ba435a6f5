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

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

STARTED = float(sys.argv[2])


def painted() -> None:
    """Everything of this turn of the event loop is on the screen."""
    print((time.monotonic() - STARTED) * 1000, flush=True)
    os._exit(0)


def watched(window: type[QWidget]) -> type[QWidget]:
    """The same window, ending the process after its first paint. (An event filter would slow down what it measures.)"""

    class Watched(window):  # type: ignore[misc,valid-type]
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            QTimer.singleShot(0, painted)

    return Watched


def main() -> None:
    if sys.argv[1] == "bare":
        app = QApplication([])
        label = watched(QLabel)("Gatehouse")  # type: ignore[call-arg]
        label.resize(460, 622)
        label.show()
        app.exec()
        return
    import gui.shell.window_flow
    from gui.__main__ import main as gatehouse

    gui.shell.window_flow.SignInWindow = watched(gui.shell.window_flow.SignInWindow)  # type: ignore[misc,assignment]
    gatehouse(["--temporary-home", "--api-port", "0"])


main()
