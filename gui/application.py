"""Builds the desktop app once: profile, loop, gateway, windows. Decides nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QMessageBox

from core.cli import EXIT_OK, EXIT_START_FAILED, build_gateway, chosen_language, open_profile, version
from core.gateway.gateway import Gateway
from core.model.errors import UserFacingError
from core.model.message_texts import sentence
from core.model.translation import Translator
from core.runtime.app_paths import AppPaths, resources_folder
from core.runtime.clock import SystemClock
from core.runtime.language import load_translator
from core.settings.options import Settings
from gui.desktop.event_loop import create_event_loop
from gui.preferences import Preferences
from gui.shell.window_flow import WindowFlow


def run_with_window(settings: Settings) -> int:
    """Run the desktop app until the user quits."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Gatehouse")
    app.setDesktopFileName("gatehouse")
    # Serving does not depend on windows; Qt must not end the loop when the last one closes.
    app.setQuitOnLastWindowClosed(False)
    app.setFont(QFont(app.font()))
    translator = load_translator(resources_folder(), chosen_language(settings))
    try:
        with open_profile(settings, console=False) as paths:
            loop = create_event_loop(app)
            asyncio.set_event_loop(loop)
            try:
                return loop.run_until_complete(_run(settings, paths, translator))
            finally:
                loop.close()
    except UserFacingError as error:
        QMessageBox.critical(None, "Gatehouse", sentence(error, translator))
        return EXIT_START_FAILED


async def _run(settings: Settings, paths: AppPaths, translator: Translator) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    gateway: Gateway = build_gateway(settings, paths, SystemClock(), translator)
    flow = WindowFlow(
        gateway,
        Preferences(paths.window_settings),
        lambda language: load_translator(resources_folder(), language),
        resources_folder(),
        version(),
        paths.profile,
        stopped.set,
        settings.speed,
        (settings["ip"], settings["api_port"]),
    )
    flow.start()
    try:
        await stopped.wait()
    finally:
        flow.close()
        await gateway.stop()
    return EXIT_OK
