"""The double-clicked app: Enter starts practice, an unmodified SDK gets live quotes, Ctrl+Q really ends it."""

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


def test_enter_quotes_quit(
    tmp_path: Path, run_sdk: Callable[..., dict[str, Any]], limited_process: Callable[..., Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_DATA_HOME": str(tmp_path),
        "PYTHONPATH": str(REPOSITORY),
    }
    started = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("window_driver.py"), "--temporary-home", "--api-port", str(port)],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with limited_process(started) as app:
        assert app.stdout is not None
        assert app.stdin is not None
        assert app.stdout.readline().startswith("MAIN WINDOW Gatehouse")
        result = run_sdk("encrypted.py", port, "-", "protobuf")
        assert result["state"] == 0
        assert result["heard"]
        app.stdin.write("quit\n")
        app.stdin.flush()
        assert app.wait(20) == 0
