"""What the first window needs loaded: nothing of trading, nothing of snapshots; they come while it is on the screen."""

from __future__ import annotations

import subprocess
import sys

from tests.gui.fake_gateway import RESOURCES

_LATE = ("core.model.status", "core.model.trading", "core.model.trading_status", "gui.pages", "gui.shell.main_window")


def test_the_first_window_is_painted_without_the_later_screens() -> None:
    code = "import sys, gui.application; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, cwd=RESOURCES.parent, timeout=60)
    modules = loaded.stdout.split()
    assert "gui.shell.sign_in_window" in modules
    assert [name for name in modules if name.startswith(_LATE)] == []
