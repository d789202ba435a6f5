"""An echo server on the loop to be measured, with nothing of the gateway in it.

Run: python bare_server.py asyncio|uvloop|qasync|batched   (prints its port; started by bench_loop.py)
The line "lateness" on standard input is answered with a JSON object, in ms, and starts a new measurement.
"""

import asyncio
import gc
import json
import os
import sys
from time import monotonic
from typing import cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

PERIOD_SECONDS = 0.010
KEPT_TICKS = 100_000


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is not a subclass of it

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


class Lateness:
    """How late each tick of a 10 ms timer came, in ms."""

    def __init__(self) -> None:
        self._late: list[float] = []

    def note(self, seconds: float) -> None:
        if len(self._late) < KEPT_TICKS:
            self._late.append(max(0.0, seconds) * 1000)

    def take(self, name: str) -> dict[str, float]:
        late, self._late = sorted(self._late), []
        if not late:
            return {}
        return {f"{name}_p99_ms": late[int(len(late) * 0.99)], f"{name}_max_ms": late[-1]}


class AsyncioTimer:
    """A timer of the loop itself."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.lateness = Lateness()
        self._due = 0.0
        self._schedule()

    def _schedule(self) -> None:
        self._due = self._loop.time() + PERIOD_SECONDS
        self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        self.lateness.note(self._loop.time() - self._due)
        self._schedule()


class QtTimer:
    """A QTimer beside it, where the loop is Qt's: how late a repaint or a key press may be."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.lateness = Lateness()
        self._timer = QTimer(
            singleShot=True, interval=round(PERIOD_SECONDS * 1000), timerType=Qt.TimerType.PreciseTimer
        )
        self._timer.timeout.connect(self._tick)
        self._schedule()

    def _schedule(self) -> None:
        self._due = monotonic() + PERIOD_SECONDS
        self._timer.start()

    def _tick(self) -> None:
        self.lateness.note(monotonic() - self._due)
        self._schedule()


def make_loop(name: str) -> asyncio.AbstractEventLoop:
    if name == "asyncio":
        return asyncio.SelectorEventLoop()
    if name == "uvloop":
        import uvloop

        return cast(asyncio.AbstractEventLoop, uvloop.new_event_loop())
    from PySide6.QtWidgets import QApplication

    from gui.desktop.event_loop import create_event_loop

    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    os.environ["GATEHOUSE_PLAIN_QASYNC"] = "1" if name == "qasync" else "0"
    return create_event_loop(application)


async def serve(name: str) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=512)
    timer = AsyncioTimer(loop)
    qt_timer = QtTimer() if name in ("qasync", "batched") else None
    ended = loop.create_future()

    def on_input() -> None:
        line = os.read(0, 1000)
        if not line:
            ended.set_result(None)
            return
        answer = timer.lateness.take("timer")
        if qt_timer is not None:
            answer |= qt_timer.lateness.take("qt_timer")
        print(json.dumps(answer), flush=True)

    loop.add_reader(0, on_input)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended


if __name__ == "__main__":
    gc.freeze()
    loop = make_loop(sys.argv[1])
    asyncio.set_event_loop(loop)
    loop.run_until_complete(serve(sys.argv[1]))
