"""The navigation at the left: one button per page, and the account at its foot."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QVBoxLayout, QWidget

from gui.language.window_language import WindowLanguage
from gui.shell.actions import SHORTCUTS
from gui.theme.theme import Theme
from gui.widgets.account_button import AccountButton
from gui.widgets.navigation_button import NavigationButton

OVERVIEW, CONNECTIONS, TRADING = "overview", "connections", "trading"
# Key, object name, icon, English source text. A page is listed here when it exists; its key in SHORTCUTS stays the
# same when others come.
PAGES = (
    (OVERVIEW, "navOverview", "layout-dashboard", "Overview"),
    (CONNECTIONS, "navConnections", "arrow-left-right", "Connections"),
    (TRADING, "navTrading", "wallet", "Trading"),
)
_WIDTH, _COLLAPSED_WIDTH = 196, 56


class Navigation(QFrame):
    """`page_chosen` carries the key of a page."""

    page_chosen = Signal(str)

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nav")
        self._theme = theme
        self._language = language
        self._connections = 0
        self._account = ("", "")
        px = theme.px
        self._group = QButtonGroup(self)
        self.buttons: dict[str, NavigationButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 1, 0)
        column.setSpacing(0)
        for key, name, icon, _ in PAGES:
            button = NavigationButton(theme, icon)
            button.setObjectName(name)
            button.toggled.connect(lambda on, key=key: self.page_chosen.emit(key) if on else None)
            self._group.addButton(button)
            column.addWidget(button)
            self.buttons[key] = button
        column.addStretch(1)
        frame = QFrame()
        frame.setObjectName("accountFrame")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(0, 1, 0, 0)
        self.account = AccountButton(theme, "flask-conical")
        self.account.setObjectName("accountButton")
        inner.addWidget(self.account)
        column.addWidget(frame)
        self.set_collapsed(False)
        language.changed.connect(self.retranslate)

    def choose(self, key: str) -> None:
        """Check the button of a page, which also tells it."""
        had_focus = any(button.hasFocus() for button in self.buttons.values())
        self.buttons[key].setChecked(True)
        if had_focus:
            self.buttons[key].setFocus()

    def set_collapsed(self, collapsed: bool) -> None:
        """Show icons only, with the words as tooltips."""
        self.setFixedWidth(self._theme.px(_COLLAPSED_WIDTH if collapsed else _WIDTH))
        for button in self.buttons.values():
            button.set_collapsed(collapsed)
        self.account.set_collapsed(collapsed)

    def show_state(self, connections: int, name: str, line: str) -> None:
        """Set the connection count and the account; both texts are English source texts."""
        if (connections, (name, line)) != (self._connections, self._account):
            self._connections, self._account = connections, (name, line)
            self.retranslate()

    def retranslate(self) -> None:
        """Set all texts in the present language."""
        text = self._language.text
        for key, _, _, word in PAGES:
            button = self.buttons[key]
            button.setText(text(word))
            button.setToolTip(f"{text(word)}  {SHORTCUTS[key]}")
            button.setAccessibleName(text(word))
        badge = self.buttons[CONNECTIONS]
        badge.set_badge(str(self._connections) if self._connections else "")
        if self._connections:
            badge.setAccessibleName(text("Connections, {count} clients", count=self._connections))
        name, line = (text(part) for part in self._account)
        self.account.set_texts(name, line, text("Account: {name}, {line}", name=name, line=line))


def navigation_source_texts() -> set[str]:
    """Every English source text of the tables in this file, for the check that translations are complete."""
    return {word for *_, word in PAGES}
