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

from PySide6.QtWidgets import QApplication, QLabel

STARTED = float(sys.argv[2])


class WatchedApplication(QApplication):
    """Ends the process when the first window's first turn of events, its paint among them, is over."""

    def processEvents(self, *arguments: object) -> None:
        super().processEvents(*arguments)  # type: ignore[call-overload]
        print((time.monotonic() - STARTED) * 1000, flush=True)
        os._exit(0)


def main() -> None:
    if sys.argv[1] == "bare":
        app = WatchedApplication([])
        label = QLabel("Gatehouse")
        label.resize(460, 622)
        label.show()
        app.processEvents()
    import gui.application
    from gui.__main__ import main as gatehouse

    gui.application.QApplication = WatchedApplication  # type: ignore[misc]
    gatehouse(["--temporary-home", "--api-port", "0"])


main()
