"""The gateway under test, with a source that pushes as fast as clients read: prints its port, then answers on stdin.

    python gateway_process.py [--loop window|batched|qasync|asyncio|uvloop] [--securities N] [--batch N]
                              [--encode] [--quiet]

`window` is the real application's window on its own loop, offscreen. `--encode` makes every push anew (two fields
set, serialized); without it bodies are ready bytes, as from a relay. `--quiet` pushes nothing. The line `lateness` on
standard input is answered with how late a 10 ms timer was since the last such line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from fakes.tiny_upstream import TinyUpstream

from core.api_messages import openapi
from core.gateway.gateway import Gateway
from core.model.controls import SignInRequest, SourceKind
from core.model.topics import PUSH_QUOTE, SUB_QUOTE, Push, Topic
from core.model.translation import Translator
from core.runtime.background_tasks import BackgroundTasks
from core.runtime.clock import SystemClock
from core.settings.options import Settings

SETTLED_SECONDS = 0.3


class BusyUpstream(TinyUpstream):
    """Pushes every wanted quote over and over, pausing only while some client has no room."""

    def __init__(self, securities: int, *, batch: int, encode: bool, quiet: bool) -> None:
        super().__init__(securities)
        self.kind = "bench"
        self._batch = batch
        self._encode = encode
        self._quiet = quiet
        self._tasks = BackgroundTasks("bench")
        self.changed_at = 0.0
        self.topics: list[Topic] = []

    def set_subscriptions(self, wanted: frozenset[Topic]) -> None:
        super().set_subscriptions(wanted)
        self.topics = sorted(topic for topic in wanted if topic.sub_type == SUB_QUOTE)
        self.changed_at = asyncio.get_running_loop().time()

    async def start(self, sink: Any) -> None:
        await super().start(sink)
        if not self._quiet:
            self._tasks.start(self._run(), "push")

    async def stop(self) -> None:
        await self._tasks.stop()
        await super().stop()

    async def _run(self) -> None:
        assert self.sink is not None
        messages = {
            security: openapi.Qot_UpdateBasicQot.Response.FromString(body) for security, body in self.bodies.items()
        }
        count = 0
        while True:
            wanted = self.topics
            if not wanted or self.sink.congested():
                await asyncio.sleep(0.001 if not wanted else 0)
                continue
            for start in range(0, len(wanted), self._batch):
                topics = wanted[start : start + self._batch]
                if self._encode:
                    pushes = []
                    for topic in topics:
                        count += 1
                        message = messages[topic.security]
                        quote = message.s2c.basicQotList[0]
                        quote.curPrice = 100.0 + count % 1000 / 100
                        quote.volume = count
                        pushes.append(Push(topic, PUSH_QUOTE, message.SerializeToString()))
                else:
                    pushes = [Push(topic, PUSH_QUOTE, self.bodies[topic.security]) for topic in topics]
                self.sink.on_pushes(pushes)
            await asyncio.sleep(0)


class LatenessWatch:
    """A 10 ms timer of the loop; how late each call was under steady load.

    Clients that connect and subscribe all at once are not that: nothing counts until a moment after the last one.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, upstream: BusyUpstream) -> None:
        self._loop = loop
        self._upstream = upstream
        self._late: list[float] = []
        self._due = loop.time() + 0.01
        loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        now = self._loop.time()
        if now - self._upstream.changed_at > SETTLED_SECONDS:
            self._late.append(now - self._due)
        self._due = now + 0.01
        self._loop.call_at(self._due, self._tick)

    def take(self) -> dict[str, float]:
        late, self._late = sorted(self._late), []
        if not late:
            return {"late_p99_ms": 0.0, "late_max_ms": 0.0}
        return {"late_p99_ms": late[int(len(late) * 0.99)] * 1e3, "late_max_ms": late[-1] * 1e3}


def topics_of(upstream: TinyUpstream) -> list[Topic]:
    return [Topic(security, SUB_QUOTE) for security in upstream.securities]


async def serve(arguments: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    upstream = BusyUpstream(arguments.securities, batch=arguments.batch, encode=arguments.encode, quiet=arguments.quiet)

    async def make(_: SignInRequest) -> BusyUpstream:
        return upstream

    gateway = Gateway(
        settings=Settings(MappingProxyType({"api_port": 0})),
        profile="bench",
        version="0",
        clock=SystemClock(),
        translator=Translator(),
        make_upstream=make,
    )
    window = None
    if arguments.loop == "window":
        window = open_window(gateway)
    else:
        await gateway.sign_in(SignInRequest(SourceKind.PRACTICE))
    async with asyncio.timeout(20):
        while not gateway.api_endpoint:
            await asyncio.sleep(0.01)
    watch = LatenessWatch(loop, upstream)

    def on_line() -> None:
        if sys.stdin.readline().strip() == "lateness":
            print(json.dumps(watch.take()), flush=True)

    loop.add_reader(sys.stdin.fileno(), on_line)
    print(gateway.api_endpoint.rpartition(":")[2], flush=True)
    await asyncio.Event().wait()
    del window


def open_window(gateway: Gateway) -> object:
    """The application's own windows; practice is started as a person would."""
    import tempfile

    from PySide6.QtWidgets import QApplication, QPushButton

    from core.runtime.app_paths import resources_folder
    from core.runtime.language import load_translator
    from gui.preferences import Preferences
    from gui.shell.window_flow import WindowFlow

    flow = WindowFlow(
        gateway,
        Preferences(Path(tempfile.mkdtemp()) / "window.ini"),
        lambda language: load_translator(resources_folder(), language),
        resources_folder(),
        "0",
        "bench",
        lambda: None,
        1.0,
        ("127.0.0.1", 0),
    )
    flow.start()
    [button] = [
        child for window in QApplication.topLevelWidgets() for child in window.findChildren(QPushButton, "btnStart")
    ]
    button.click()
    return flow


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loop", default="window", choices=["window", "batched", "qasync", "asyncio", "uvloop"])
    parser.add_argument("--securities", type=int, default=300)
    parser.add_argument("--batch", type=int, default=300)
    parser.add_argument("--encode", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args()
    if arguments.loop in ("window", "batched", "qasync"):
        from PySide6.QtWidgets import QApplication

        from gui.desktop.event_loop import create_event_loop

        if arguments.loop == "qasync":
            os.environ["GATEHOUSE_PLAIN_QASYNC"] = "1"
        app = QApplication([])
        app.setQuitOnLastWindowClosed(False)
        loop = create_event_loop(app)
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve(arguments))
    elif arguments.loop == "uvloop":
        import uvloop

        uvloop.run(serve(arguments))
    else:
        asyncio.run(serve(arguments))


if __name__ == "__main__":
    main()
