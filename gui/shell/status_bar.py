"""The status bar: state, API address, upstream, connections, quota; trade locks and Beijing time at the right."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from core.model.status import GatewaySnapshot
from core.model.trading_status import TradingOverview
from gui.bridge.api_endpoint import api_address
from gui.bridge.part_watch import PartWatch
from gui.language.figures import beijing_clock_text, count_text
from gui.language.state_words import LISTENER_WORDS, UPSTREAM_WORDS, StateWord, gateway_word
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.announcement import announce
from gui.widgets.labels import TextLabel
from gui.widgets.status_item import StatusItem

_WARN_FROM = 0.9


class StatusBar(QFrame):
    """Always says the same as the chip. Items open their page; the API item copies the address."""

    overview_wanted = Signal()
    connections_wanted = Signal()
    trading_wanted = Signal()
    copy_address_wanted = Signal()

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("bar", "true")
        self._language = language
        self._watch = PartWatch()
        self._snapshot: GatewaySnapshot | None = None
        self._stopping = False
        px = theme.px
        self.setFixedHeight(px(26))
        row = QHBoxLayout(self)
        row.setContentsMargins(px(5), 1, px(10), 0)
        row.setSpacing(px(4))
        self.state = StatusItem(theme)
        self.api = StatusItem(theme)
        self.upstream = StatusItem(theme, elides=True)
        self.connections = StatusItem(theme)
        self.quota = StatusItem(theme)
        self.locks = StatusItem(theme)
        self.locks.setObjectName("statusLocks")
        self.locks.clicked.connect(self.trading_wanted)
        self._locks_line = _separator(px(14))
        self.time = TextLabel("small", "secondary", figures=True)
        self.time.setObjectName("statusTime")
        items = {
            "statusState": (self.state, self.overview_wanted),
            "statusApi": (self.api, self.copy_address_wanted),
            "statusUpstream": (self.upstream, self.overview_wanted),
            "statusConns": (self.connections, self.connections_wanted),
            "statusQuota": (self.quota, self.overview_wanted),
        }
        for name, (item, wanted) in items.items():
            item.setObjectName(name)
            item.clicked.connect(wanted)
            if name != "statusState":
                row.addWidget(_separator(px(14)))
            row.addWidget(item)
        row.addStretch(1)
        row.addWidget(self.locks)
        row.addWidget(self._locks_line)
        row.addWidget(self.time)
        language.changed.connect(self._draw_again)

    def draw(self, snapshot: GatewaySnapshot) -> None:
        """Draw what changed."""
        self._snapshot = snapshot
        text, watch = self._language.text, self._watch
        if not self._stopping and watch.changed("state", snapshot.state, snapshot.trading.locked_everything):
            word = gateway_word(snapshot)
            new = self.state.whole_text not in ("", text(word.text))
            self.state.show_text(text(word.text), word.kind, text("Gateway: {state}", state=text(word.text)))
            if new:
                announce(self, self.state.accessibleName())
        if watch.changed("api", snapshot.listeners):
            self._draw_api(snapshot)
        if watch.changed("upstream", snapshot.upstream):
            upstream = snapshot.upstream
            word = UPSTREAM_WORDS.get(upstream.state, StateWord("idle", "Unknown"))
            shown = self._language.filled(upstream.description, upstream.facts)
            if upstream.state != "connected" or not shown:
                shown = text("Upstream: {state}", state=text(word.text))
            self.upstream.show_text(shown, "warn" if upstream.state == "lost" else "")
        count, limit = len(snapshot.connections), snapshot.connection_limit
        if watch.changed("connections", count, limit):
            self.connections.show_text(
                text("Connections {used}/{total}", used=count_text(count), total=count_text(limit)),
                "warn" if count > _WARN_FROM * limit else "",
            )
        quota = snapshot.quota
        if watch.changed("quota", quota.used, quota.total):
            self.quota.show_text(
                text("Quota {used}/{total}", used=count_text(quota.used), total=count_text(quota.total)),
                "warn" if quota.used > _WARN_FROM * quota.total > 0 else "",
            )
        trading = snapshot.trading
        if watch.changed("locks", trading.locks, trading.locked_everything):
            self._draw_locks(trading)
        if watch.changed("time", int(snapshot.time)):
            self.time.setText(text("Beijing {time}", time=beijing_clock_text(snapshot.time)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The trade locks in short where the bar is too short for all of it."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.locks.set_short(False)
        layout = self.layout()
        if layout is not None:
            self.locks.set_short(layout.minimumSize().width() > self.width())

    def tab_stops(self) -> list[QWidget]:
        """The items, left to right."""
        return [self.state, self.api, self.upstream, self.connections, self.quota, self.locks]

    def show_stopping(self) -> None:
        """Say that the gateway is being stopped; the state is not drawn any more."""
        self._stopping = True
        self.state.show_text(self._language.text("Stopping…"), "progress")

    def _draw_locks(self, trading: TradingOverview) -> None:
        text = self._language.text
        unlocked = sum(1 for lock in trading.locks if lock.unlocked)
        for widget in (self.locks, self._locks_line):
            widget.setVisible(bool(trading.locks) or trading.locked_everything)
        if trading.locked_everything:
            self.locks.show_text(text("Trading locked"), "locked", short=text("Locked"))
            self._fit()
            return
        self.locks.show_text(
            text(
                "Trading: {unlocked} unlocked, {locked} locked", unlocked=unlocked, locked=len(trading.locks) - unlocked
            ),
            "unlocked" if unlocked else "locked",
            short=f"{unlocked}/{len(trading.locks)}",
        )
        self._fit()

    def _draw_api(self, snapshot: GatewaySnapshot) -> None:
        text = self._language.text
        address = api_address(snapshot)
        self.api.setEnabled(bool(address))
        if address:
            self.api.show_text(
                text("API {address}", address=address), "", text("Copy API address {address}", address=address)
            )
            self.api.setToolTip(f"{text('Copy API address')}  Ctrl+Shift+A")
        else:
            listener = next((item for item in snapshot.listeners if item.name.lower() == "api"), None)
            word = LISTENER_WORDS.get(listener.state if listener else "off", StateWord("idle", "Off"))
            self.api.show_text(text("API: {state}", state=text(word.text)), "error" if word.kind == "error" else "")
            self.api.setToolTip(text(listener.reason) if listener else "")

    def _draw_again(self) -> None:
        self._watch.forget()
        self.state.show_text("")
        if self._stopping:
            self.show_stopping()
        if self._snapshot is not None:
            self.draw(self._snapshot)


def _separator(height: int) -> QFrame:
    line = QFrame()
    line.setProperty("upright", "true")
    line.setFixedHeight(height)
    return line
