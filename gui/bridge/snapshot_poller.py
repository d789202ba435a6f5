"""Takes the newest snapshot on a timer and hands it on only when it is another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from core.model.status import GatewaySnapshot

VISIBLE_INTERVAL_MS: Final = 250
HIDDEN_INTERVAL_MS: Final = 1000


class SnapshotPoller(QObject):
    """`arrived` carries a GatewaySnapshot: 4 times a second while a window is seen, once a second otherwise."""

    arrived = Signal(object)

    def __init__(self, take_snapshot: Callable[[], GatewaySnapshot], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._take_snapshot = take_snapshot
        self._latest: GatewaySnapshot | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(VISIBLE_INTERVAL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def interval(self) -> int:
        """Milliseconds between two looks."""
        return self._timer.interval()

    def start(self) -> None:
        """Look now, then on the timer."""
        self.poll()
        self._timer.start()

    def stop(self) -> None:
        """Look no more; may be called twice."""
        self._timer.stop()

    def set_visible(self, visible: bool) -> None:
        """Slow down while nobody looks; look at once when somebody does again."""
        interval = VISIBLE_INTERVAL_MS if visible else HIDDEN_INTERVAL_MS
        if interval != self._timer.interval():
            self._timer.setInterval(interval)
            if visible and self._timer.isActive():
                self.poll()

    def poll(self) -> None:
        """Take the newest snapshot now."""
        snapshot = self._take_snapshot()
        if snapshot is not self._latest:
            self._latest = snapshot
            self.arrived.emit(snapshot)
