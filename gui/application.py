"""Builds the desktop app once: profile, windows, loop, gateway. Decides nothing else.

The first window is painted before the event loop and the gateway's rooms are even imported: that is most of what a
start takes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from core.cli import EXIT_OK, EXIT_START_FAILED, OpenProfile, chosen_language, open_profile
from core.gateway.late_gateway import LateGateway
from core.model.errors import UserFacingError
from core.runtime.app_paths import resources_folder
from core.runtime.clock import SystemClock
from core.runtime.language import load_translator
from core.settings.options import Settings
from core.version import VERSION
from gui.preferences import Preferences
from gui.shell.window_flow import WindowFlow
from gui.theme.theme import STYLE_ARGUMENTS

if TYPE_CHECKING:
    import asyncio


def run_with_window(settings: Settings) -> int:
    """Run the desktop app until the user quits."""
    app = QApplication([*sys.argv[:1], *STYLE_ARGUMENTS])
    app.setApplicationName("Gatehouse")
    app.setDesktopFileName("gatehouse")
    # Serving does not depend on windows; Qt must not end the loop when the last one closes.
    app.setQuitOnLastWindowClosed(False)
    try:
        with open_profile(settings) as profile:
            return _Application(app, settings, profile).run()
    except UserFacingError as error:
        from PySide6.QtWidgets import QMessageBox

        from core.model.message_texts import sentence

        translator = load_translator(resources_folder(), chosen_language(settings))
        QMessageBox.critical(None, "Gatehouse", sentence(error, translator))
        return EXIT_START_FAILED


class _Application:
    """The parts of one run of the desktop app."""

    def __init__(self, app: QApplication, settings: Settings, profile: OpenProfile) -> None:
        self._app = app
        self._profile = profile
        paths = profile.paths
        self._stopped: asyncio.Event | None = None
        self._gateway = LateGateway(
            settings,
            paths,
            resources_folder(),
            SystemClock(),
            load_translator(resources_folder(), chosen_language(settings)),
        )
        self._flow = WindowFlow(
            self._gateway,
            Preferences(paths.window_settings),
            lambda language: load_translator(resources_folder(), language),
            resources_folder(),
            VERSION,
            paths.profile,
            self._quit,
            settings.speed,
            (settings["ip"], settings["api_port"]),
        )

    def run(self) -> int:
        """Paint the first window, then load the loop and run it."""
        self._flow.start()
        # There is no loop yet that could serve a key or a click: those wait, only painting happens now.
        self._app.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        self._flow.show_icon()
        self._profile.start_logging(console=False)
        import asyncio

        from gui.desktop.event_loop import create_event_loop

        loop = create_event_loop(self._app)
        asyncio.set_event_loop(loop)
        try:
            return loop.run_until_complete(self._serve())
        finally:
            loop.close()

    def _quit(self) -> None:
        if self._stopped is not None:
            self._stopped.set()

    async def _serve(self) -> int:
        import asyncio
        import contextlib
        import signal

        from core.runtime.background_tasks import BackgroundTasks

        self._stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, self._quit)
        tasks = BackgroundTasks("application")
        # The gateway's rooms load in a thread while the user looks at the sign-in window.
        tasks.start(self._gateway.prepare(), "load the gateway")
        try:
            await self._stopped.wait()
        finally:
            self._flow.close()
            await tasks.stop()
            await self._gateway.stop()
        return EXIT_OK
