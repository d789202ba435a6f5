"""The way through the windows: sign-in window, main window after signing in, and back after signing out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject
from PySide6.QtGui import QGuiApplication

from core.model.controls import GatewayControls, SignInRequest
from core.model.translation import CHINESE, ENGLISH, Translator
from gui.bridge.gateway_link import GatewayLink
from gui.bridge.snapshot_poller import SnapshotPoller
from gui.language.window_language import WindowLanguage
from gui.preferences import Preferences
from gui.shell.sign_in_window import SignInWindow
from gui.theme.theme import GREEN_UP, RED_UP, Theme

if TYPE_CHECKING:
    from core.model.status import GatewaySnapshot
    from gui.shell.main_window import MainWindow

_DEFAULT_PROFILE = "default"


class WindowFlow(QObject):
    """Owns theme, language, poller and the windows. Needs a QApplication and, for commands, a running loop.

    `quit_program` is called once when the user wants to quit; the caller then stops the gateway and calls `close`.
    `initial_speed` is the practice speed to preselect (1, 5, 20, 0 for as fast as possible, or another factor).
    `api_endpoint` is the configured address and port; port 0 takes a free one.
    """

    def __init__(
        self,
        controls: GatewayControls,
        preferences: Preferences,
        load_translator: Callable[[str], Translator],
        resources: Path,
        version: str,
        profile: str,
        quit_program: Callable[[], None],
        initial_speed: float,
        api_endpoint: tuple[str, int],
        link: GatewayLink | None = None,
    ) -> None:
        super().__init__()
        self._controls = controls
        self._preferences = preferences
        self._version = version
        self._title = "Gatehouse" if profile in ("", _DEFAULT_PROFILE) else f"Gatehouse ({profile})"
        self._quit_program = quit_program
        self._initial_speed = initial_speed
        self._api_endpoint = api_endpoint
        self._quitting = False
        self._was_signed_in = False
        self.theme = Theme(resources, preferences.theme, preferences.text_size)
        self.language = WindowLanguage(load_translator, preferences.language or _system_language())
        self.link = link or GatewayLink(self)
        self.poller = SnapshotPoller(controls.snapshot, self)
        self.sign_in_window: SignInWindow | None = None
        self.main_window: MainWindow | None = None

    def start(self) -> None:
        """Load theme and language and show the sign-in window."""
        self.language.start()
        self.theme.start()
        self._follow_language()
        self.language.changed.connect(self._follow_language)
        self.poller.arrived.connect(self._follow_state)
        self._show_sign_in()

    def show_icon(self) -> None:
        """Give the windows the program's icon; drawing its sizes can wait until the first window is painted."""
        QGuiApplication.setWindowIcon(self.theme.window_icon())

    def close(self) -> None:
        """Close all windows and cancel what they started, without asking; may be called twice."""
        self._quitting = True
        self.poller.stop()
        self.link.close()
        self._drop_main()
        self._drop_sign_in()
        self._preferences.save()

    # ---- sign-in

    def _show_sign_in(self) -> None:
        window = SignInWindow(
            self.theme,
            self.language,
            self._preferences,
            version=self._version,
            title=self._title,
            initial_speed=self._initial_speed,
            api_endpoint=self._api_endpoint,
        )
        window.sign_in_wanted.connect(self._sign_in)
        window.quit_wanted.connect(self._quit)
        self.sign_in_window = window
        window.show()

    def _sign_in(self, request: SignInRequest) -> None:
        window = self.sign_in_window
        if window is None:
            return
        window.show_progress(True)
        self._initial_speed = request.speed
        if request.api_address is not None and request.api_port is not None:
            self._api_endpoint = (request.api_address, request.api_port)
        self.link.submit(window, "sign in", self._controls.sign_in(request), self._signed_in, self._sign_in_failed)

    def _signed_in(self) -> None:
        if not self._quitting:
            self._show_main()
            self._drop_sign_in()

    def _sign_in_failed(self, error: Exception) -> None:
        if self.sign_in_window is not None:
            self.sign_in_window.show_progress(False)
            self.sign_in_window.show_error(error)

    # ---- main window

    def _show_main(self) -> None:
        from gui.shell.main_window import MainWindow

        window = MainWindow(
            self.theme,
            self.language,
            self._preferences,
            self._controls,
            self.link,
            self.poller,
            title=self._title,
            version=self._version,
        )
        window.sign_out_wanted.connect(self._sign_out)
        window.quit_wanted.connect(self._quit)
        window.text_size_wanted.connect(self._set_text_size)
        self.main_window = window
        self._was_signed_in = False
        self.poller.start()
        window.draw(self._controls.snapshot())
        window.show()

    def _sign_out(self) -> None:
        window = self.main_window
        if window is not None:
            self.link.submit(window, "sign out", self._controls.sign_out(), self._signed_out, window.show_problem)

    def _signed_out(self) -> None:
        if self.main_window is not None and not self._quitting:
            self.poller.stop()
            self._show_sign_in()
            self._drop_main()

    def _follow_state(self, snapshot: GatewaySnapshot) -> None:
        from core.model.status import GatewayState  # loaded by then; a window is painted without it

        # The gateway may sign out without being asked by this window. The first snapshots after signing in can
        # still be from before, so only a change from signed in to signed out counts.
        if snapshot.state is not GatewayState.SIGNED_OUT:
            self._was_signed_in = True
        elif self._was_signed_in:
            self._signed_out()

    def _set_text_size(self, text_size: float) -> None:
        self._preferences.text_size = text_size
        self.theme.set_text_size(text_size)
        if self.main_window is not None:
            self._drop_main()
            self._show_main()

    # ---- ends

    def _quit(self) -> None:
        if not self._quitting:
            self._quitting = True
            self.poller.stop()
            self._quit_program()

    def _drop_main(self) -> None:
        window, self.main_window = self.main_window, None
        if window is not None:
            self.link.cancel_owned(window)
            window.close_for_good()
            window.deleteLater()

    def _drop_sign_in(self) -> None:
        window, self.sign_in_window = self.sign_in_window, None
        if window is not None:
            window.close_for_good()
            window.deleteLater()

    def _follow_language(self) -> None:
        self.theme.set_price_scheme(RED_UP if self.language.is_chinese else GREEN_UP)


def _system_language() -> str:
    return CHINESE if QLocale.system().language() == QLocale.Language.Chinese else ENGLISH
