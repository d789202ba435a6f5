"""The services with their addresses, and two lines of Python that connect to the API."""

from __future__ import annotations

from html import escape
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.model.status import GatewaySnapshot
from gui.bridge.api_endpoint import api_listener, python_example
from gui.language.state_words import LISTENER_WORDS, StateWord
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.buttons import CopyButton
from gui.widgets.card import PanelFrame
from gui.widgets.labels import ElidedLabel, IconLabel, TextLabel
from gui.widgets.status_mark import STATUS_LOOKS

API, WEBSOCKET, TELNET, ENCRYPTION, AUTO_HOLD = "api", "websocket", "telnet", "encryption", "auto-hold"
_TITLES: Final = {
    API: "API",
    WEBSOCKET: "WebSocket",
    TELNET: "Telnet",
    ENCRYPTION: "Encryption",
    AUTO_HOLD: "Auto-hold",
}


class ServicesPanel(PanelFrame):
    """`copied` carries what was put on the clipboard."""

    copied = Signal(str)

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("services")
        self._theme = theme
        self._language = language
        px = theme.px
        self._rows: dict[str, _ServiceRow] = {}
        rows = QVBoxLayout()
        rows.setContentsMargins(px(14), px(6), px(8), px(6))
        rows.setSpacing(0)
        for key in _TITLES:
            row = _ServiceRow(theme, key)
            row.copy.copied.connect(self.copied)
            rows.addWidget(row)
            self._rows[key] = row
        self.body.addLayout(rows)
        self.body.addStretch(1)
        self.snippet = _Snippet(theme)
        self.snippet.copy.copied.connect(self.copied)
        holder = QHBoxLayout()
        holder.setContentsMargins(px(12), 0, px(12), px(10))
        holder.addWidget(self.snippet)
        self.body.addLayout(holder)

    def draw(self, snapshot: GatewaySnapshot) -> None:
        """Show every service; what does not listen is off."""
        text = self._language.text
        self.title.setText(text("Services"))
        listeners = {listener.name.lower(): listener for listener in snapshot.listeners}
        for key in (API, WEBSOCKET, TELNET):
            listener = listeners.get(key)
            word = LISTENER_WORDS.get(listener.state if listener else "off", StateWord("idle", "Off"))
            serving = listener is not None and listener.state == "listening"
            endpoint = listener.endpoint if listener is not None and serving else ""
            name = text("Copy {service} address", service=text(_TITLES[key]))
            self._rows[key].draw(text(_TITLES[key]), endpoint or text(word.text), word, text(word.text), endpoint, name)
            self._rows[key].setToolTip(text(listener.reason) if listener and listener.reason else "")
        encrypted = snapshot.encryption not in ("", "off")
        self._draw_plain(ENCRYPTION, "ok" if encrypted else "idle", "RSA key loaded" if encrypted else "Off")
        if snapshot.upstream.simulated:
            self._draw_plain(AUTO_HOLD, "idle", "Not needed")
        else:
            self._draw_plain(AUTO_HOLD, "ok" if snapshot.auto_hold else "idle", "On" if snapshot.auto_hold else "Off")
        self.snippet.draw(python_example(api_listener(snapshot)), text("Copy Python example"))

    def tab_stops(self) -> list[QWidget]:
        """The copy buttons, top to bottom."""
        return [*(row.copy for row in self._rows.values()), self.snippet.copy]

    def show_rows_for(self, height: int) -> None:
        """Hide the snippet, then the last rows, when the panel is lower than they need."""
        px = self._theme.px
        need = px(40) + px(12) + px(30) * len(_TITLES)
        snippet_fits = height >= need + px(60)
        self.snippet.setVisible(snippet_fits)
        room = height - px(52) - (px(60) if snippet_fits else 0)
        fitting = max(1, room // px(30))
        for number, row in enumerate(self._rows.values()):
            row.setVisible(number < fitting)

    def _draw_plain(self, key: str, kind: str, value: str) -> None:
        text = self._language.text
        self._rows[key].draw(text(_TITLES[key]), text(value), StateWord(kind, value), text(value), "", "")


class _ServiceRow(QWidget):
    def __init__(self, theme: Theme, key: str) -> None:
        super().__init__()
        px = theme.px
        self.setFixedHeight(px(30))
        self._address = ""
        self._title = TextLabel("body", "secondary")
        self._title.setFixedWidth(px(90))
        self._value = ElidedLabel("body")
        self._mono = ElidedLabel("code")
        self._icon = IconLabel(theme, "circle-minus", "textMuted", 14)
        self.copy = CopyButton(theme, lambda: self._address)
        self.copy.setObjectName(f"copy_{key}")
        policy = self.copy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.copy.setSizePolicy(policy)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(6))
        row.addWidget(self._title)
        row.addWidget(self._value, 1)
        row.addWidget(self._mono, 1)
        row.addWidget(self._icon)
        row.addWidget(self.copy)

    def draw(self, title: str, value: str, word: StateWord, state: str, address: str, copy_name: str) -> None:
        look = STATUS_LOOKS[word.kind]
        self._title.setText(title)
        self._value.setText("" if address else value)
        self._value.setVisible(not address)
        self._mono.setText(address)
        self._mono.setVisible(bool(address))
        self._icon.set_icon(look.icon, look.ink, state)
        self._icon.setToolTip(state)
        self._address = address
        self.copy.setVisible(bool(address))
        self.copy.set_name(copy_name)


class _Snippet(QFrame):
    """The example in code colours."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("snippet")
        self.setProperty("code", "true")
        self._theme = theme
        self._code = ""
        px = theme.px
        self.setFixedHeight(px(50))
        self._label = QLabel()
        self._label.setProperty("type", "code")
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.copy = CopyButton(theme, lambda: self._code)
        self.copy.setObjectName("copySnippet")
        # The button lies over the end of the first, short line; the second line needs the whole width.
        cell = QGridLayout(self)
        cell.setContentsMargins(px(10), px(3), px(3), px(3))
        cell.addWidget(self._label, 0, 0)
        cell.addWidget(self.copy, 0, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        theme.changed.connect(self._colour)

    @property
    def code(self) -> str:
        """The two lines."""
        return self._code

    def draw(self, code: str, copy_name: str) -> None:
        """Show the lines."""
        self.copy.set_name(copy_name)
        self._label.setAccessibleName(copy_name)
        if code != self._code:
            self._code = code
            self._colour()

    def _colour(self) -> None:
        def ink(token: str, text: str) -> str:
            return f'<span style="color:{self._theme.colour_text(token)}">{escape(text)}</span>'

        _, _, second = self._code.partition("\n")
        call, _, arguments = second.partition("(")
        host, _, port = arguments.rstrip(")").partition(", ")
        self._label.setText(
            f"{ink('syntax.keyword', 'from')} futu {ink('syntax.keyword', 'import')} *<br>"
            f"{escape(call)}({ink('syntax.string', host)}, {ink('syntax.number', port)})"
        )
