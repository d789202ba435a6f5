"""The program itself as a process: banner, exit codes, errors of the start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.end_to_end
REPOSITORY = Path(__file__).resolve().parents[2]


def test_banner_ready_line_and_exit_code_zero_on_sigterm(start_program: Callable[..., Any]) -> None:
    program = start_program()
    program.wait_for("Gatehouse is ready")
    text = "\n".join(program.lines)
    for part in ("version info", "Start Time:", "Login Method: Practice (simulated", "User Quota:", "HK Stocks: LV2"):
        assert part in text
    assert program.lines.index(program.wait_for("API Listening Address: 127.0.0.1:")) < program.lines.index(
        "Gatehouse is ready"
    )
    assert program.stop() == 0
    assert program.lines[-1] == "Gatehouse has exited"
    assert program.errors == []


def test_port_in_use_is_said_with_a_free_one(start_program: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = start_program(port=port)
        assert program.process.wait(20) == 1
        line = program.wait_for("Login failed,")
        assert str(port) in line
        assert "Use " in line


def test_bad_option_says_what_is_allowed() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "core", "--clock", "sometimes"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert "always-open, exchange-hours" in ended.stderr


def test_second_start_of_a_profile_is_refused(tmp_path: Path, limited_process: Callable[..., Any]) -> None:
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "core", "--profile", "twice", "--api-port", "0"]
    started = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True)
    with limited_process(started) as first:
        assert first.stdout is not None
        while "Gatehouse is ready" not in first.stdout.readline():
            assert first.poll() is None
        second = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
        assert second.returncode == 1
        assert "twice" in second.stderr
        first.terminate()
        assert first.wait(20) == 0


def test_without_a_display_it_says_so_and_serves(tmp_path: Path, limited_process: Callable[..., Any]) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    started = subprocess.Popen(
        [sys.executable, "-m", "gui", "--temporary-home", "--api-port", "0"],
        cwd=REPOSITORY,
        env={**environment, "XDG_DATA_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with limited_process(started) as program:
        assert program.stdout is not None
        assert "No display" in program.stdout.readline()
        while "Gatehouse is ready" not in program.stdout.readline():
            assert program.poll() is None
        program.terminate()
        assert program.wait(20) == 0
