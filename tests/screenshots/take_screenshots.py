"""Renders every screen to PNG files, offscreen: languages, themes, 100 and 200 per cent.

python tests/screenshots/take_screenshots.py [--output DIR] [--documents]

Without --output the files go to build/screenshots. --documents also writes the two pictures of the documentation.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

TOP = Path(__file__).resolve().parents[2]
LANGUAGES = {"en": "en", "zh": "zh-CN"}
THEMES = ("light", "dark")
SCALES = (100, 200)
SIGN_IN_SIZE = (460, 622)
MAIN_SIZE = (1280, 800)
# At least: dialogs are as high as their text.
DIALOG_SIZE = (400, 120)
SCREENS = {
    "sign-in": SIGN_IN_SIZE,
    "sign-in-later-source": SIGN_IN_SIZE,
    "sign-in-error": SIGN_IN_SIZE,
    "overview": MAIN_SIZE,
    "overview-narrow": (1024, 680),
    "connections": MAIN_SIZE,
    "connections-empty": MAIN_SIZE,
    "trading": MAIN_SIZE,
    "trading-positions": MAIN_SIZE,
    "trading-fills": MAIN_SIZE,
    "trading-funds": MAIN_SIZE,
    "trading-empty": MAIN_SIZE,
    "trading-locked": MAIN_SIZE,
    "trading-narrow": (1024, 680),
    "trading-details-narrow": (1024, 680),
    "lock-dialog": DIALOG_SIZE,
    "unlock-dialog": DIALOG_SIZE,
    "unlock-dialog-refused": DIALOG_SIZE,
    "cancel-order-dialog": DIALOG_SIZE,
    "cancel-open-dialog": DIALOG_SIZE,
    "reset-dialog": DIALOG_SIZE,
}
# Screen, language, theme, scale -> picture of the documentation.
DOCUMENTS = {
    "overview-en-light-100.png": "overview.png",
    "sign-in-en-light-100.png": "sign-in.png",
}

if TYPE_CHECKING:
    from gui.pages.trading.trading_page import TradingPage
    from gui.shell.window_flow import WindowFlow


def file_name(screen: str, language: str, theme: str, scale: int) -> str:
    """How the picture of one screen is called."""
    return f"{screen}-{language}-{theme}-{scale}.png"


def take_all(output: Path) -> None:
    """Render everything; each scale in a process of its own, because Qt takes the scale at its start."""
    output.mkdir(parents=True, exist_ok=True)
    for scale in SCALES:
        environment = os.environ | {
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": str(scale / 100),
            "TZ": "Asia/Hong_Kong",
            "PYTHONPATH": str(TOP),
        }
        command = [sys.executable, str(Path(__file__)), "--output", str(output), "--only-scale", str(scale)]
        subprocess.run(command, env=environment, check=True, timeout=300)


def take_one_scale(output: Path, scale: int) -> None:
    """Render every screen in this process, whose Qt runs at that scale already."""
    time.tzset()
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    for short, language in LANGUAGES.items():
        for theme in THEMES:
            for screen, size in SCREENS.items():
                _take(application, screen, size, language, theme, output / file_name(screen, short, theme, scale))


def _take(application: object, screen: str, size: tuple[int, int], language: str, theme: str, file: Path) -> None:
    import tempfile

    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QDialog

    from gui.preferences import Preferences
    from gui.shell.window_flow import WindowFlow
    from tests.gui.fake_gateway import RESOURCES, FakeControls, ImmediateLink, translator

    with tempfile.TemporaryDirectory() as folder:
        preferences = Preferences(Path(folder) / "window.ini")
        preferences.language, preferences.theme = language, theme
        controls = FakeControls()
        flow = WindowFlow(
            controls,
            preferences,
            translator,
            RESOURCES,
            "0.1.0",
            "default",
            lambda: None,
            1.0,
            ("127.0.0.1", 11111),
            link=ImmediateLink(),
        )
        flow.start()
        _prepare(screen, flow, controls)
        window = flow.main_window or flow.sign_in_window
        assert window is not None
        if flow.main_window is not None:
            window.resize(*size)
        for _ in range(3):
            QCoreApplication.sendPostedEvents()
            QGuiApplication.processEvents()
        dialogs = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
        (dialogs[-1] if dialogs else window).grab().save(str(file))
        flow.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _prepare(screen: str, flow: WindowFlow, controls: object) -> None:
    from core.model.controls import SourceKind
    from core.model.errors import UserFacingError
    from core.model.trading import SecurityFirm
    from gui.dialogs.unlock_dialog import UnlockDialog
    from gui.shell.navigation import CONNECTIONS, TRADING
    from tests.gui.fake_gateway import FakeControls, empty_snapshot, ready_snapshot
    from tests.gui.fake_trading import OLD_ACCOUNT
    from tests.gui.fake_trading import TRADING as TRADING_DATA

    assert isinstance(controls, FakeControls)
    sign_in = flow.sign_in_window
    assert sign_in is not None

    def later_source() -> None:
        sign_in.tiles[SourceKind.MOOMOO].setChecked(True)

    def error() -> None:
        controls.failure = UserFacingError(
            "port_in_use", port=11111, address="127.0.0.1", holder=": python, 18204", free_port=11113
        )
        sign_in.button.click()
        sign_in.more.set_open(True)

    def connections() -> None:
        sign_in.button.click()
        assert flow.main_window is not None
        flow.main_window.navigation.choose(CONNECTIONS)
        assert flow.main_window.connections is not None
        flow.main_window.connections.table.select_row(0)
        flow.main_window.connections.table.view.setFocus()

    def connections_empty() -> None:
        controls.after_sign_in = empty_snapshot()
        sign_in.button.click()
        assert flow.main_window is not None
        flow.main_window.navigation.choose(CONNECTIONS)

    def trading(tab: str = "orders", account_id: int = 0, *, select: bool = True) -> None:
        sign_in.button.click()
        assert flow.main_window is not None
        flow.main_window.navigation.choose(TRADING)
        page = flow.main_window.trading
        assert page is not None
        if account_id:
            page.accounts.view.setCurrentIndex(page.accounts.model.index(page.accounts.model.row_of(account_id)))
        page.book.tabs.choose(tab)
        if select:
            page.book.orders.table.table.select_row(0)

    def trading_locked() -> None:
        trading(select=False)
        assert flow.main_window is not None
        controls.current = replace(ready_snapshot(), trading=replace(TRADING_DATA, locked_everything=True))
        flow.poller.poll()
        flow.main_window.show_action(flow.language.text("All trading is locked"), flow.language.text("Unlock"), None)

    def page() -> TradingPage:
        trading()
        assert flow.main_window is not None
        assert flow.main_window.trading is not None
        return flow.main_window.trading

    def unlock(*, refused: bool) -> None:
        page().locks.firms[SecurityFirm.MOOMOO_US].btn_unlock.click()
        assert flow.main_window is not None
        dialog = flow.main_window.findChild(UnlockDialog)
        assert dialog is not None
        dialog.field.setText("practise")
        if refused:
            controls.failure = UserFacingError("trading_unavailable")
            dialog.unlock_button.click()

    steps: dict[str, Callable[[], None]] = {
        "sign-in": lambda: None,
        "sign-in-later-source": later_source,
        "sign-in-error": error,
        "overview": sign_in.button.click,
        "overview-narrow": sign_in.button.click,
        "connections": connections,
        "connections-empty": connections_empty,
        "trading": trading,
        "trading-positions": lambda: trading("positions"),
        "trading-fills": lambda: trading("fills"),
        "trading-funds": lambda: trading("funds"),
        "trading-empty": lambda: trading(account_id=OLD_ACCOUNT, select=False),
        "trading-locked": trading_locked,
        "trading-narrow": lambda: trading(select=False),
        "trading-details-narrow": lambda: trading("details"),
        "lock-dialog": lambda: page().locks.all.switch.click(),
        "unlock-dialog": lambda: unlock(refused=False),
        "unlock-dialog-refused": lambda: unlock(refused=True),
        "cancel-order-dialog": lambda: page().book.orders.cancel_selected(),
        "cancel-open-dialog": lambda: page().book.orders.btn_cancel_open.click(),
        "reset-dialog": lambda: page().book.funds.btn_reset.click(),
    }
    steps[screen]()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Render every screen to PNG files.")
    parser.add_argument("--output", type=Path, default=TOP / "build" / "screenshots")
    parser.add_argument("--documents", action="store_true", help="also write the pictures of the documentation")
    parser.add_argument("--only-scale", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_scale:
        take_one_scale(arguments.output, arguments.only_scale)
        return
    take_all(arguments.output)
    if arguments.documents:
        pictures = TOP / "resources" / "docs" / "pictures"
        pictures.mkdir(parents=True, exist_ok=True)
        for source, target in DOCUMENTS.items():
            shutil.copyfile(arguments.output / source, pictures / target)


if __name__ == "__main__":
    main()
