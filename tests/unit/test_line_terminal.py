"""Lines from pipes and terminals without blocking the loop: ends, lengths, stopping."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import TypeVar

import pytest
from fakes.fake_clock import FakeClock
from fakes.recording_controls import RecordingControls

from core.console.console import Console
from core.console.terminal_session import LONGEST_LINE_BYTES, TerminalSession
from core.model.translation import Translator
from core.runtime.line_terminal import LineTerminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and terminals of POSIX")
T = TypeVar("T")


async def soon(awaitable: Awaitable[T]) -> T:
    return await asyncio.wait_for(awaitable, 10)


class Typed:
    """A terminal with the writing end of its input, and what it wrote."""

    def __init__(self, prompt: str = "") -> None:
        self.input, self.keyboard = os.pipe()
        self.output = io.StringIO()
        self.terminal = LineTerminal(self.input, self.output, prompt=prompt, longest=20)

    def type(self, data: bytes) -> None:
        os.write(self.keyboard, data)


@pytest.fixture
async def typed() -> AsyncIterator[Typed]:
    made = Typed()
    made.terminal.start()
    yield made
    await made.terminal.stop()


async def test_lines_come_one_by_one(typed: Typed) -> None:
    typed.type("one\r\n二\n\nlast".encode())
    assert [await soon(typed.terminal.next_line()) for _ in range(3)] == ["one", "二", ""]
    os.close(typed.keyboard)
    assert await soon(typed.terminal.next_line("shown")) == "last"
    assert await soon(typed.terminal.next_line()) is None
    assert await soon(typed.terminal.next_line()) is None
    assert typed.output.getvalue() == "shown\n"


async def test_a_long_line_is_cut_but_still_too_long(typed: Typed) -> None:
    typed.type(b"a" * 50_000 + b"\nnext\n")
    line = await soon(typed.terminal.next_line())
    assert line is not None
    assert 20 < len(line) < 10_000
    assert await soon(typed.terminal.next_line()) == "next"


async def test_bytes_that_are_no_text_do_no_harm(typed: Typed) -> None:
    typed.type(b"\xff\xfe\x00\n")
    assert await soon(typed.terminal.next_line()) == "\ufffd\ufffd\x00"


async def test_it_stops_while_it_waits_for_a_line() -> None:
    typed = Typed(prompt="> ")
    typed.terminal.start()
    waiting = asyncio.get_running_loop().create_task(typed.terminal.next_line("hello"))
    await asyncio.sleep(0)
    await soon(typed.terminal.stop())
    assert await soon(waiting) is None
    await soon(typed.terminal.stop())
    assert typed.output.getvalue() == "hello\n> "


async def test_regular_files_and_no_device(tmp_path: Path) -> None:
    file = tmp_path / "commands.txt"
    file.write_text("help\nstatus", encoding="utf-8")
    for path, lines in ((str(file), ["help", "status"]), (os.devnull, [])):
        descriptor = os.open(path, os.O_RDONLY)
        terminal = LineTerminal(descriptor, io.StringIO(), longest=20)
        terminal.start()
        for line in [*lines, None]:
            assert await soon(terminal.next_line()) == line
        await soon(terminal.stop())
        os.close(descriptor)


async def test_a_terminal_with_an_end_of_file_key() -> None:
    keyboard, descriptor = os.openpty()
    terminal = LineTerminal(descriptor, io.StringIO(), longest=20)
    terminal.start()
    os.write(keyboard, b"help\n\x04")
    assert await soon(terminal.next_line()) == "help"
    assert await soon(terminal.next_line()) is None
    await soon(terminal.stop())
    os.close(keyboard)
    os.close(descriptor)


async def test_a_closed_output_ends_the_input(typed: Typed) -> None:
    typed.output.close()
    typed.type(b"help\n")
    assert await soon(typed.terminal.next_line("nobody reads this")) is None


async def test_the_end_of_the_input_is_not_the_end_of_the_gateway(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    source, keyboard = os.pipe()
    output = io.StringIO()
    asked_to_stop: list[bool] = []
    session = TerminalSession(
        Console(RecordingControls(), FakeClock()),  # type: ignore[arg-type]
        Translator(),
        LineTerminal(source, output, longest=LONGEST_LINE_BYTES),
        lambda: asked_to_stop.append(True),
    )
    session.start()
    os.write(keyboard, b"practice_pause")
    os.close(keyboard)
    async with asyncio.timeout(10):
        while "the input of commands has ended" not in caplog.text:
            await asyncio.sleep(0.005)
    assert output.getvalue().endswith("Done. The practice market stands still.\n")
    assert asked_to_stop == []
    await soon(session.stop())


async def test_a_session_answers_until_exit() -> None:
    source, keyboard = os.pipe()
    output = io.StringIO()
    ended = asyncio.Event()
    controls = RecordingControls()
    session = TerminalSession(
        Console(controls, FakeClock()),  # type: ignore[arg-type]
        Translator(),
        LineTerminal(source, output, longest=LONGEST_LINE_BYTES),
        ended.set,
    )
    session.start()
    os.write(keyboard, b"\n" + b"a" * 50_000 + b"\nlock_trade\nnonsense\nexit\n")
    await soon(ended.wait())
    await soon(session.stop())
    await soon(session.stop())
    assert output.getvalue().splitlines() == [
        "Commands are read from standard input; help lists them.",
        "Failed. The line is longer than 2048 characters.",
        "Done. Every order of every client is refused until unlock_gateway.",
        "Failed. Unknown command nonsense. Type help for the list of commands.",
        "Done. The gateway stops.",
    ]
    assert controls.calls == [("lock_everything", True, ("cancel_open", False))]
