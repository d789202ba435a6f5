"""Starts the program, and the official SDK, as processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SDK_PYTHON = Path(os.environ.get("GATEHOUSE_SDK_PYTHON", REPOSITORY / ".venv-sdk" / "bin" / "python"))
START_SECONDS = 30.0


@contextlib.contextmanager
def limited(process: subprocess.Popen[str], seconds: float = 60.0) -> Iterator[subprocess.Popen[str]]:
    """Reading from a process ends after a while, whatever it does; it is gone on leaving."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    with process:
        try:
            yield process
        finally:
            timer.cancel()
            process.kill()


@pytest.fixture
def limited_process() -> Callable[..., contextlib.AbstractContextManager[subprocess.Popen[str]]]:
    """`limited`, for test files: they cannot import a conftest."""
    return limited


class Program:
    """A running gateway without a window. Its output is read by a thread, so that waiting has a limit."""

    def __init__(self, arguments: list[str], home: Path) -> None:
        environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "LANG": "C.UTF-8"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core", *arguments],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._news = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.lines), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stderr, self.errors), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Any, lines: list[str]) -> None:
        for line in stream:
            with self._news:
                lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def wait_for(self, text: str, after: int = 0) -> str:
        """The first output line that contains the text; `after` so many lines."""
        with self._news:
            found = self._news.wait_for(
                lambda: (
                    next((line for line in self.lines[after:] if text in line), None) or self.process.poll() is not None
                ),
                START_SECONDS,
            )
        assert isinstance(found, str), f"{text!r} did not come: {self.lines} {self.errors}"
        return found

    def type(self, command: str) -> str:
        """Type a line into the console; the first line of its answer."""
        assert self.process.stdin is not None
        before = len(self.lines)
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.wait_for("", before)

    @property
    def port(self) -> int:
        return int(self.wait_for("API Listening Address: ").rpartition(":")[2])

    def stop(self) -> int:
        """SIGTERM and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        for reader in self._readers:
            reader.join(5)
        return code


StartProgram = Callable[..., Program]
RunSdk = Callable[..., dict[str, Any]]


@pytest.fixture
def start_program(tmp_path: Path) -> Iterator[StartProgram]:
    """Call it with flags; what was started is stopped at the end."""
    running: list[Program] = []

    def start(*arguments: str, port: int = 0) -> Program:
        program = Program(["--temporary-home", "--api-port", str(port), *arguments], tmp_path)
        running.append(program)
        return program

    yield start
    for program in running:
        program.process.kill()
        program.process.wait()


@pytest.fixture
def sdk_process(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start one of sdk_scripts in the official SDK's own environment."""
    assert SDK_PYTHON.exists(), "the official SDK's environment is missing; packaging/set_up.sh test makes it"
    running: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [SDK_PYTHON, Path(__file__).parent / "sdk_scripts" / script, *map(str, arguments)],
            env={**os.environ, "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def run_sdk(sdk_process: Callable[..., subprocess.Popen[str]]) -> RunSdk:
    """Run a script to its end and return the JSON object it printed after `RESULT `."""

    def run(script: str, *arguments: object, seconds: float = 120) -> dict[str, Any]:
        process = sdk_process(script, *arguments)
        output, _ = process.communicate(timeout=seconds)
        results = [line for line in output.splitlines() if line.startswith("RESULT ")]
        assert results, f"{script} gave no result:\n{output[-4000:]}"
        return dict(json.loads(results[-1].removeprefix("RESULT ")))

    return run
