"""Builds the windows over a fake gateway, and takes them down again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from core.model.status import GatewaySnapshot
from gui.preferences import Preferences
from gui.shell.main_window import MainWindow
from gui.shell.sign_in_window import SignInWindow
from gui.shell.window_flow import WindowFlow
from tests.gui.fake_gateway import RESOURCES, FakeControls, ImmediateLink, ready_snapshot, translator


@dataclass
class Windows:
    """A flow with everything a test looks at."""

    flow: WindowFlow
    controls: FakeControls
    link: ImmediateLink
    preferences: Preferences
    quits: list[str] = field(default_factory=list)

    @property
    def sign_in(self) -> SignInWindow:
        """The sign-in window, which must be there."""
        assert self.flow.sign_in_window is not None
        return self.flow.sign_in_window

    @property
    def main(self) -> MainWindow:
        """The main window, which must be there."""
        assert self.flow.main_window is not None
        return self.flow.main_window

    def enter(self) -> MainWindow:
        """Sign in and give the main window."""
        self.sign_in.button.click()
        settle()
        return self.main

    def show_snapshot(self, snapshot: GatewaySnapshot) -> None:
        """Let the gateway publish a snapshot and the windows draw it."""
        self.controls.current = snapshot
        self.flow.poller.poll()
        settle()


WindowMaker = Callable[..., Windows]


def settle() -> None:
    """Let layouts, repaints and deferred deletions happen that are due now."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()


@pytest.fixture(autouse=True)
def _hong_kong_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        yield
        return
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "Asia/Hong_Kong")
    time.tzset()
    yield
    monkeypatch.undo()
    assert os.environ.get("TZ") == before
    time.tzset()


@pytest.fixture
def make_windows(qapp: QApplication, tmp_path: Path) -> Iterator[WindowMaker]:
    """Start a flow: language, theme, text size, the snapshot after signing in, speed and endpoint can be given."""
    made: list[Windows] = []

    def make(
        language: str = "en",
        theme: str = "light",
        text_size: float = 1.0,
        snapshot: GatewaySnapshot | None = None,
        initial_speed: float = 1.0,
        api_endpoint: tuple[str, int] = ("127.0.0.1", 11111),
        profile: str = "default",
    ) -> Windows:
        preferences = Preferences(tmp_path / "window.ini")
        preferences.language, preferences.theme, preferences.text_size = language, theme, text_size
        controls, link = FakeControls(), ImmediateLink()
        controls.after_sign_in = snapshot or ready_snapshot()
        quits: list[str] = []
        flow = WindowFlow(
            controls,
            preferences,
            translator,
            RESOURCES,
            "0.1.0",
            profile,
            lambda: quits.append("quit"),
            initial_speed,
            api_endpoint,
            link=link,
        )
        windows = Windows(flow, controls, link, preferences, quits)
        made.append(windows)
        flow.start()
        settle()
        return windows

    yield make
    for windows in made:
        windows.flow.close()
        windows.flow.theme.set_choice("light")
        windows.flow.theme.set_text_size(1.0)
    settle()
