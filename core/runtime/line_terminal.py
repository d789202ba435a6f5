"""Lines from a file such as standard input, and texts to an output, without blocking the loop: one thread does both."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import select
import signal
import sys
import threading
from typing import Final, NamedTuple, TextIO

_CHUNK_BYTES: Final = 4_096
_BACKGROUND_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 2.0


class _Turn(NamedTuple):
    text: str
    line: asyncio.Future[str | None]


class LineTerminal:
    """Write a text, then read the next line: as slow as whoever types and reads, and nothing is kept in between.

    A line longer than `longest` bytes comes cut off, but longer than that. While the program is in the background of
    its terminal nothing is read, for that would stop the program.
    """

    def __init__(self, descriptor: int, output: TextIO, *, prompt: str = "", longest: int) -> None:
        """Store. `prompt` is written before each line is read."""
        self._descriptor = descriptor
        self._output = output
        self._prompt = prompt
        self._longest = longest
        self._turns: queue.SimpleQueue[_Turn | None] = queue.SimpleQueue()
        self._buffer = bytearray()
        self._thread: threading.Thread | None = None
        self._wake: tuple[int, int] | None = None

    def start(self) -> None:
        """Start the thread; on the running loop."""
        if sys.platform != "win32":
            self._wake = os.pipe()
        # A daemon: where a read cannot be woken (Windows) it must not keep the program from ending.
        self._thread = threading.Thread(
            target=self._serve, args=(asyncio.get_running_loop(),), name="line terminal", daemon=True
        )
        self._thread.start()

    async def next_line(self, text: str = "") -> str | None:
        """Write a text and a line end, unless it is empty, and give the next line; None at the end of the input."""
        turn = _Turn(text, asyncio.get_running_loop().create_future())
        self._turns.put(turn)
        return await turn.line

    async def stop(self) -> None:
        """End the thread within two seconds; may be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._turns.put(None)
        if self._wake is None:
            return
        os.write(self._wake[1], b"\0")
        await asyncio.to_thread(thread.join, _STOP_SECONDS)
        if not thread.is_alive():
            for end in self._wake:
                os.close(end)

    # -- in the thread

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        if sys.platform != "win32":
            # Reading in the background would stop the whole program; so it only fails.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN})
        while (turn := self._turns.get()) is not None:
            line = self._exchange(turn.text)
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(_settle, turn.line, line)

    def _exchange(self, text: str) -> str | None:
        try:
            if text:
                print(text, file=self._output)
            print(self._prompt, end="", file=self._output, flush=True)
            return self._read_line()
        except (OSError, ValueError):
            return None  # the other end is gone, or the output is closed

    def _read_line(self) -> str | None:
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                line = self._text(end)
                del self._buffer[: end + 1]
                return line
            del self._buffer[self._longest + 1 :]
            chunk = self._read()
            if chunk is None:
                return None
            if not chunk:
                line = self._text(len(self._buffer))
                self._buffer.clear()
                return line or None
            self._buffer += chunk

    def _text(self, end: int) -> str:
        return self._buffer[:end].decode("utf-8", errors="replace").rstrip("\r")

    def _read(self) -> bytes | None:
        """The next bytes, none at the end of the input; None when the terminal stops."""
        if self._wake is None:
            return os.read(self._descriptor, _CHUNK_BYTES)
        while True:
            background = self._is_in_background()
            watched = [self._wake[0]] if background else [self._wake[0], self._descriptor]
            ready, _, _ = select.select(watched, [], [], _BACKGROUND_SECONDS if background else None)
            if self._wake[0] in ready:
                return None
            if self._descriptor in ready and not self._is_in_background():
                return os.read(self._descriptor, _CHUNK_BYTES)

    def _is_in_background(self) -> bool:
        if sys.platform == "win32" or not os.isatty(self._descriptor):
            return False
        with contextlib.suppress(OSError):
            return os.tcgetpgrp(self._descriptor) != os.getpgrp()
        return False


def _settle(line: asyncio.Future[str | None], text: str | None) -> None:
    if not line.done():
        line.set_result(text)
