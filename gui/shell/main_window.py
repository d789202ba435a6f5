"""The main window: assembles navigation, pages and status bar, and passes snapshots to what is visible."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from core.model.controls import GatewayControls
from core.model.status import GatewaySnapshot
from gui.bridge.api_endpoint import api_address, api_listener, python_example
from gui.bridge.gateway_link import GatewayLink
from gui.bridge.snapshot_poller import SnapshotPoller
from gui.dialogs.confirm_dialog import ConfirmDialog
from gui.dialogs.dialog_frame import DialogFrame
from gui.language.problem_texts import problem_sentence
from gui.language.window_language import WindowLanguage
from gui.pages.connections.connections_page import ConnectionsPage
from gui.pages.overview.overview_page import OverviewPage
from gui.preferences import Preferences
from gui.shell.account_menu import AccountSlots, account_menu
from gui.shell.actions import add_actions, focus_next_pane
from gui.shell.connection_commands import ConnectionCommands
from gui.shell.information import about_dialog, help_dialog
from gui.shell.navigation import CONNECTIONS, OVERVIEW, TRADING, Navigation
from gui.shell.status_bar import StatusBar
from gui.shell.trading_commands import TradingCommands
from gui.theme.theme import Theme
from gui.widgets.toast import ToastCorner, ToastTexts

if TYPE_CHECKING:
    from gui.pages.trading.trading_page import TradingPage

_COLLAPSE_BELOW = 1100
_MINIMUM, _DEFAULT = QSize(1024, 680), QSize(1280, 800)
_PLACE, _COLUMNS, _SPLITTER = "main", "connections/columns", "connections/splitter"
_TRADING_PARTS = ("positions", "orders", "fills", "funds", "splitter")


class MainWindow(QWidget):
    """`sign_out_wanted` and `quit_wanted` come after the user's answer; the flow does the work."""

    sign_out_wanted = Signal()
    quit_wanted = Signal()
    text_size_wanted = Signal(float)

    def __init__(
        self,
        theme: Theme,
        language: WindowLanguage,
        preferences: Preferences,
        controls: GatewayControls,
        link: GatewayLink,
        poller: SnapshotPoller,
        *,
        title: str,
        version: str,
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setProperty("page", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(title)
        self.setMinimumSize(_MINIMUM)
        self._theme = theme
        self._language = language
        self._preferences = preferences
        self._version = version
        self._controls = controls
        self._poller = poller
        self._snapshot: GatewaySnapshot | None = None
        self._closing = False
        self._stopping = False
        self.overview: OverviewPage | None = None
        self.connections: ConnectionsPage | None = None
        self.trading: TradingPage | None = None
        self.navigation = Navigation(theme, language)
        self.status_bar = StatusBar(theme, language)
        self.pages = QStackedWidget()
        self._lay_out()
        self.toasts = ToastCorner(theme, self, theme.px(26))
        self._commands = ConnectionCommands(theme, language, controls, link, self, self.show_result, self.show_problem)
        self._trading_commands = TradingCommands(
            theme, language, controls, link, self, self.show_result, self.show_action, self.show_problem
        )
        self._trading_commands.done.connect(poller.poll)
        self.navigation.page_chosen.connect(self.open_page)
        self.navigation.account.clicked.connect(self._open_account_menu)
        self.status_bar.overview_wanted.connect(lambda: self.navigation.choose(OVERVIEW))
        self.status_bar.connections_wanted.connect(lambda: self.navigation.choose(CONNECTIONS))
        self.status_bar.trading_wanted.connect(lambda: self.navigation.choose(TRADING))
        self.status_bar.copy_address_wanted.connect(self.copy_address)
        add_actions(self, self._slots())
        poller.arrived.connect(self.draw)
        language.changed.connect(self.toasts.clear)
        self._restore_place()
        self.navigation.choose(OVERVIEW)

    # ---- what the flow uses

    def draw(self, snapshot: GatewaySnapshot) -> None:
        """Hand a snapshot to the frame and to the visible page."""
        self._snapshot = snapshot
        # What practice is called comes from us; an account's own label is shown as it is.
        name = "Practice" if snapshot.upstream.simulated else snapshot.account_label or "Account"
        line = "Simulated" if snapshot.upstream.simulated else "Real"
        self.navigation.show_state(len(snapshot.connections), name, line)
        self.status_bar.draw(snapshot)
        self._trading_commands.follow(snapshot)
        page = self._page()
        if page is not None:
            page.draw(snapshot)

    def show_result(self, text: str) -> None:
        """Show what the user asked for as a toast."""
        self.show_action(text, "", None)

    def show_action(self, text: str, action: str, run: Callable[[], None] | None) -> None:
        """The same with a button in the toast."""
        page = self._page()
        if page is not None:
            page.show_problem("")
        self.toasts.show_toast(ToastTexts("ok", text, self._language.text("Close"), action, run))

    def show_problem(self, error: Exception) -> None:
        """Show a failed command on the visible page."""
        page = self._page()
        if page is not None:
            page.show_problem(problem_sentence(error, self._language))

    def show_stopping(self) -> None:
        """Nothing can be asked for any more; the end is near."""
        self._stopping = True
        self.status_bar.show_stopping()
        self.navigation.setEnabled(False)
        self.pages.setEnabled(False)

    def close_for_good(self) -> None:
        """Keep the window's place and close without asking, open questions too."""
        self._closing = True
        for dialog in self.findChildren(DialogFrame):
            dialog.close()
        self.save_places()
        self.close()

    def save_places(self) -> None:
        """Remember geometry, columns and splitter."""
        self._preferences.set_place(_PLACE, self.saveGeometry())
        if self.connections is not None:
            columns, splitter = self.connections.layout_states()
            self._preferences.set_place(_COLUMNS, columns)
            self._preferences.set_place(_SPLITTER, splitter)
        if self.trading is not None:
            for part, state in self.trading.layout_states().items():
                self._preferences.set_place(f"trading/{part}", state)
        self._preferences.save()

    # ---- pages

    def open_page(self, key: str) -> None:
        """Show a page; it is built on the first visit."""
        page: QWidget
        if key == OVERVIEW:
            page = self.overview = self.overview or self._build_overview()
        elif key == TRADING:
            page = self.trading = self.trading or self._build_trading()
        else:
            page = self.connections = self.connections or self._build_connections()
        if self.pages.indexOf(page) < 0:
            self.pages.addWidget(page)
            self._order_tabs()
        self.pages.setCurrentWidget(page)
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def copy_address(self) -> None:
        """Put the API address on the clipboard."""
        address = api_address(self._snapshot) if self._snapshot else ""
        if address:
            QGuiApplication.clipboard().setText(address)
            self._copied(address)

    def ask_to_quit(self) -> None:
        """Quit at once without clients, else ask."""
        if self._stopping:
            return
        count = len(self._snapshot.connections) if self._snapshot else 0
        text = self._language.text
        if not count:
            self._quit()
            return
        self._ask(
            text("Quit Gatehouse"),
            text("{count} clients are still connected", count=count)
            if count > 1
            else text("1 client is still connected"),
            text("Quitting closes their connections and stops quotes."),
            text("Keep running"),
            text("Quit"),
            self._quit,
        )

    def ask_to_sign_out(self) -> None:
        """Sign out at once without clients, else ask."""
        count = len(self._snapshot.connections) if self._snapshot else 0
        text = self._language.text
        if not count:
            self.sign_out_wanted.emit()
            return
        self._ask(
            text("Sign out"),
            text("{count} clients are still connected", count=count)
            if count > 1
            else text("1 client is still connected"),
            text("Signing out closes their connections and stops quotes."),
            text("Stay signed in"),
            text("Sign out"),
            self.sign_out_wanted.emit,
        )

    # ---- events

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window means quitting, because there is no tray yet."""
        if self._closing:
            super().closeEvent(event)
        else:
            event.ignore()
            self.ask_to_quit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow windows have the navigation as icons."""
        super().resizeEvent(event)
        self.navigation.set_collapsed(self.width() < _COLLAPSE_BELOW)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at snapshots at full rate."""
        super().showEvent(event)
        # No part is chosen yet: the first Tab goes to the navigation.
        self.setFocus()
        self._poller.set_visible(not self.isMinimized())

    def hideEvent(self, event: QHideEvent) -> None:
        """Look at snapshots less often."""
        super().hideEvent(event)
        self._poller.set_visible(False)

    def changeEvent(self, event: QEvent) -> None:
        """Minimised counts as hidden."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._poller.set_visible(self.isVisible() and not self.isMinimized())

    # ---- parts

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.navigation)
        middle.addWidget(self.pages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addWidget(self.status_bar)

    def _slots(self) -> dict[str, Callable[[], None]]:
        return {
            "overview": lambda: self.navigation.choose(OVERVIEW),
            "connections": lambda: self.navigation.choose(CONNECTIONS),
            "trading": lambda: self.navigation.choose(TRADING),
            "find": self._focus_filter,
            "lockEverything": self._trading_commands.lock_at_once,
            "copyAddress": self.copy_address,
            "nextPane": lambda: focus_next_pane(self._panes(), 1),
            "previousPane": lambda: focus_next_pane(self._panes(), -1),
            "refresh": self._refresh,
            "help": self._open_help,
            "closeWindow": self.ask_to_quit,
            "quit": self.ask_to_quit,
        }

    def _build_overview(self) -> OverviewPage:
        page = OverviewPage(self._theme, self._language)
        page.connections_wanted.connect(lambda: self.navigation.choose(CONNECTIONS))
        page.copy_address_wanted.connect(self.copy_address)
        page.close_all_wanted.connect(self._close_all)
        page.lock_all_wanted.connect(self._trading_commands.ask_to_lock_everything)
        page.copied.connect(self._copied)
        page.speed_wanted.connect(self._commands.set_speed)
        page.pause_wanted.connect(self._commands.pause)
        page.step_wanted.connect(self._commands.step)
        return page

    def _build_connections(self) -> ConnectionsPage:
        page = ConnectionsPage(self._theme, self._language)
        page.close_wanted.connect(self._commands.close_rows)
        page.close_all_wanted.connect(self._close_all)
        page.example_wanted.connect(self._copy_example)
        page.copied.connect(self._copied)
        if self._snapshot is not None:
            page.draw(self._snapshot)
        page.restore_layout(self._preferences.place(_COLUMNS), self._preferences.place(_SPLITTER))
        return page

    def _build_trading(self) -> TradingPage:
        from gui.pages.trading.trading_page import TradingPage  # the largest page, loaded when somebody looks at it

        page = TradingPage(self._theme, self._language, self._controls)
        self._trading_commands.serve(page)
        page.copied.connect(self._copied)
        page.tab_order_changed.connect(self._order_tabs)
        if self._snapshot is not None:
            page.draw(self._snapshot)
        page.restore_layout({part: self._preferences.place(f"trading/{part}") for part in _TRADING_PARTS})
        return page

    def _page(self) -> OverviewPage | ConnectionsPage | TradingPage | None:
        shown = self.pages.currentWidget()
        return next((page for page in (self.overview, self.connections, self.trading) if page is shown), None)

    def _refresh(self) -> None:
        self._poller.poll()
        if self.trading is not None:
            self.trading.ask_again()

    def _order_tabs(self) -> None:
        # Reading order, although the status bar is there before the pages.
        stops: list[QWidget] = [*self.navigation.buttons.values(), self.navigation.account]
        for page in (self.overview, self.connections, self.trading):
            stops += page.tab_stops() if page is not None else []
        stops += self.status_bar.tab_stops()
        for first, second in itertools.pairwise(stops):
            self.setTabOrder(first, second)

    def _panes(self) -> list[QWidget]:
        page = self._page()
        inner = page.panes() if page is not None else []
        return [self.navigation, *inner, self.status_bar]

    def _focus_filter(self) -> None:
        if self.connections is not None and self.pages.currentWidget() is self.connections:
            self.connections.filter.setFocus()
            self.connections.filter.selectAll()
        elif self.trading is not None and self.pages.currentWidget() is self.trading:
            self.trading.focus_search()

    def _close_all(self) -> None:
        self._commands.close_all(len(self._snapshot.connections) if self._snapshot else 0)

    def _copy_example(self) -> None:
        if self._snapshot is not None:
            QGuiApplication.clipboard().setText(python_example(api_listener(self._snapshot)))
            self._copied("")

    def _copied(self, text: str) -> None:
        short = text if text and "\n" not in text and len(text) <= 60 else ""
        self.show_result(self._language.text("Copied {what}", what=short) if short else self._language.text("Copied"))

    def _ask(
        self, title: str, question: str, body: str, safe: str, destructive: str, confirmed: Callable[[], None]
    ) -> None:
        dialog = ConfirmDialog(
            self._theme, self, title=title, question=question, text=body, safe=safe, destructive=destructive
        )
        dialog.confirmed.connect(confirmed)
        dialog.open()

    def _quit(self) -> None:
        self.show_stopping()
        self.save_places()
        self.quit_wanted.emit()

    def _open_help(self) -> None:
        endpoint = api_address(self._snapshot) if self._snapshot else ""
        help_dialog(self._theme, self._language, self, endpoint or "127.0.0.1:11111").open()

    def _open_account_menu(self) -> None:
        slots = AccountSlots(
            self.text_size_wanted.emit,
            self._open_help,
            lambda: about_dialog(self._theme, self._language, self, self._version).open(),
            self.ask_to_sign_out,
            self.ask_to_quit,
        )
        menu = account_menu(self, self._theme, self._language, self._preferences, slots)
        corner = self.navigation.account.mapToGlobal(QPoint(8, 0))
        menu.popup(corner - QPoint(0, menu.sizeHint().height()))

    def _restore_place(self) -> None:
        self.resize(_DEFAULT)
        place = self._preferences.place(_PLACE)
        if place.isEmpty() or not self.restoreGeometry(place) or not self._is_on_a_screen():
            screen = QGuiApplication.primaryScreen().availableGeometry()
            self.resize(_DEFAULT.boundedTo(screen.size()).expandedTo(_MINIMUM))
            self.move(screen.center() - self.rect().center())

    def _is_on_a_screen(self) -> bool:
        return any(_overlap(screen.availableGeometry(), self.geometry()) for screen in QGuiApplication.screens())


def _overlap(screen: QRect, window: QRect) -> bool:
    shared = screen.intersected(window)
    return shared.width() >= 100 and shared.height() >= 100
