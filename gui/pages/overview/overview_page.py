"""The overview page: chip, uptime, quick actions, markets, cards, events, services."""

from __future__ import annotations

import functools
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QMenu, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from core.model.status import GatewaySnapshot
from gui.bridge.api_endpoint import api_address, api_listener
from gui.bridge.part_watch import PartWatch
from gui.language.figures import duration_text
from gui.language.state_words import gateway_word
from gui.language.window_language import WindowLanguage
from gui.pages.overview.event_list import EventPanel
from gui.pages.overview.market_strip import MarketStrip
from gui.pages.overview.orders_card import OrdersCard
from gui.pages.overview.services_panel import ServicesPanel
from gui.pages.overview.status_cards import ApiCard, PushCard, QuotaCard, UpstreamCard
from gui.theme.theme import Theme
from gui.widgets.buttons import MenuButton
from gui.widgets.inline_message import InlineMessage
from gui.widgets.labels import TextLabel
from gui.widgets.page_header import PageHeader
from gui.widgets.status_mark import StatusMark

MARKET_SPEEDS: Final = ((1.0, "Real time"), (5.0, "5×"), (20.0, "20×"), (0.0, "As fast as possible"))

# Narrower content than this has its cards in two columns.
_THREE_COLUMNS_FROM = 1066


class OverviewPage(QWidget):
    """Draws snapshots; tells by signal what the user wants."""

    connections_wanted = Signal()
    trading_wanted = Signal()
    copy_address_wanted = Signal()
    close_all_wanted = Signal()
    lock_all_wanted = Signal(bool)
    speed_wanted = Signal(float)
    pause_wanted = Signal(bool)
    step_wanted = Signal(float)
    copied = Signal(str)

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setProperty("page", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._language = language
        self._watch = PartWatch()
        self._snapshot: GatewaySnapshot | None = None
        self._columns = 0
        px = theme.px
        self.header = PageHeader(theme)
        self.chip = StatusMark(theme, chip=True)
        self.chip.setObjectName("chip")
        self.simulated = StatusMark(theme, chip=True)
        self.simulated.setObjectName("simulatedChip")
        self.uptime = TextLabel("small", "muted")
        self.uptime.setObjectName("uptime")
        self.quick = MenuButton(theme)
        self.quick.setObjectName("quick")
        self.quick.clicked.connect(self._open_quick)
        self.header.add_beside(self.chip)
        self.header.add_beside(self.simulated)
        self.header.add_action(self.uptime)
        self.header.add_action(self.quick)
        self.problem = InlineMessage(theme)
        self.problem.setObjectName("pageProblem")
        self.problem.setContentsMargins(0, 0, 0, px(8))
        self.markets = MarketStrip(theme, language)
        self.card_api = ApiCard(theme)
        self.card_api.opened.connect(self.connections_wanted)
        self.card_quota = QuotaCard(theme)
        self.card_push = PushCard(theme)
        self.card_upstream = UpstreamCard(theme)
        self.card_orders = OrdersCard(theme)
        self.card_orders.opened.connect(self.trading_wanted)
        self.events = EventPanel(theme, language)
        # Takes the room there is; a low window scrolls its rows, not the page.
        self.events.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.services = ServicesPanel(theme, language)
        self.services.copied.connect(self.copied)
        self._grid = QGridLayout()
        self._grid.setSpacing(px(12))
        content = QWidget()
        content.setProperty("page", "true")
        column = QVBoxLayout(content)
        column.setContentsMargins(px(20), 0, px(20), px(16))
        column.setSpacing(px(12))
        column.addWidget(self.markets)
        column.addLayout(self._grid, 1)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(content)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(px(20), 0, px(20), 0)
        head.addWidget(self.header)
        head.addWidget(self.problem)
        page.addLayout(head)
        page.addWidget(self._area, 1)
        self._arrange(3)
        language.changed.connect(self._draw_again)

    def panes(self) -> list[QWidget]:
        """What F6 walks through."""
        return [self.header, self.markets, self.card_api, self.events, self.services]

    def tab_stops(self) -> list[QWidget]:
        """What Tab walks through, in reading order."""
        return [
            self.quick,
            self.card_api,
            self.card_orders,
            *self.events.filter.buttons,
            self.events.view,
            *self.services.tab_stops(),
        ]

    def draw(self, snapshot: GatewaySnapshot) -> None:
        """Draw what changed since the last snapshot."""
        self._snapshot = snapshot
        watch, language = self._watch, self._language
        locked = snapshot.trading.locked_everything
        if watch.changed("state", snapshot.state, snapshot.status_reason, snapshot.upstream.simulated, locked):
            self._draw_state(snapshot)
        up = max(0.0, snapshot.time - snapshot.ready_since) if snapshot.ready_since else 0.0
        text = language.text("Running for {time}", time=duration_text(up, language)) if snapshot.ready_since else ""
        if watch.changed("uptime", text):
            self.uptime.setText(text)
        if watch.changed("markets", snapshot.markets, int(snapshot.time)):
            self.markets.draw(snapshot.markets, snapshot.time)
        listener, traffic = api_listener(snapshot), snapshot.traffic
        slow = tuple((row.connection_id, row.backlog) for row in snapshot.connections)
        if watch.changed("api", listener, slow, snapshot.connection_limit, traffic.requests_per_second):
            self.card_api.draw(listener, snapshot.connections, snapshot.connection_limit, traffic, language)
        if watch.changed("quota", snapshot.quota):
            self.card_quota.draw(snapshot.quota, language)
        if watch.changed("push", traffic):
            self.card_push.draw(traffic, language)
        upstream_up = max(0.0, snapshot.time - snapshot.upstream.since)
        if watch.changed("upstream", snapshot.upstream, duration_text(upstream_up, language)):
            self.card_upstream.draw(snapshot.upstream, upstream_up, language)
        trading = snapshot.trading
        if watch.changed("orders", bool(trading.accounts), trading.real_orders, trading.simulated_orders):
            self.card_orders.draw(trading, language)
        if watch.changed("events", snapshot.events, int(snapshot.time // 86400)):
            self.events.draw(snapshot.events, snapshot.time)
        if watch.changed("services", snapshot.listeners, snapshot.encryption, snapshot.auto_hold, snapshot.upstream):
            self.services.draw(snapshot)

    def show_problem(self, text: str) -> None:
        """Say under the header what did not work; empty text takes it away."""
        self.problem.show_text("error", text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two or three columns, and as many service rows as fit."""
        super().resizeEvent(event)
        self._arrange(3 if self.width() >= self._theme.px(_THREE_COLUMNS_FROM) else 2)
        self.services.show_rows_for(self._services_height(event.size()))

    def _services_height(self, size: QSize) -> int:
        px = self._theme.px
        rows_of_cards = 1 if self._columns == 3 else 3
        above = px(52 + 74 + 12) + rows_of_cards * px(118 + 12)
        return max(px(100), size.height() - above - px(16))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        grid = self._grid
        cards = (self.card_api, self.card_quota, self.card_push, self.card_upstream, self.card_orders)
        for widget in (*cards, self.events, self.services):
            grid.removeWidget(widget)
        grid.addWidget(self.card_api, 0, 0)
        grid.addWidget(self.card_quota, 0, 1)
        if columns == 3:
            grid.addWidget(self.card_push, 0, 2)
            grid.addWidget(self.card_upstream, 1, 0)
            grid.addWidget(self.card_orders, 1, 1)
            grid.addWidget(self.services, 1, 2, 2, 1)
            grid.addWidget(self.events, 2, 0, 1, 2)
        else:
            grid.addWidget(self.card_push, 1, 0)
            grid.addWidget(self.card_upstream, 1, 1)
            grid.addWidget(self.events, 2, 0, 2, 1)
            grid.addWidget(self.card_orders, 2, 1)
            grid.addWidget(self.services, 3, 1)
        for number in range(3):
            grid.setColumnStretch(number, 1 if number < columns else 0)
        grid.setRowStretch(2, 1 if columns == 3 else 0)
        grid.setRowStretch(3, 0 if columns == 3 else 1)

    def _draw_state(self, snapshot: GatewaySnapshot) -> None:
        text = self._language.text
        word = gateway_word(snapshot)
        self.header.title.setText(text("Overview"))
        self.quick.setText(text("Quick actions"))
        self.quick.setAccessibleName(text("Quick actions"))
        self.chip.show_state(word.kind, text(word.text))
        self.chip.setToolTip(text(snapshot.status_reason))
        self.simulated.setVisible(snapshot.upstream.simulated)
        self.simulated.show_state("simulated", text("Simulated data"))
        self.simulated.setToolTip(text("Nothing is sent to any broker."))

    def _draw_again(self) -> None:
        self._watch.forget()
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def _open_quick(self) -> None:
        text = self._language.text
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(self._theme.icon("copy"), text("Copy API address"), self.copy_address_wanted.emit)
        copy.setEnabled(bool(self._snapshot and api_address(self._snapshot)))
        trading = self._snapshot.trading if self._snapshot else None
        if trading is not None and (trading.accounts or trading.locked_everything):
            locked = trading.locked_everything
            menu.addAction(
                self._theme.icon("shield"),
                text("Unlock all trading") if locked else text("Lock all trading…"),
                functools.partial(self.lock_all_wanted.emit, not locked),
            )
        close = menu.addAction(
            self._theme.icon("x", "negative"), text("Close all connections…"), self.close_all_wanted.emit
        )
        close.setEnabled(bool(self._snapshot and self._snapshot.connections))
        if self._snapshot is not None and self._snapshot.upstream.simulated:
            self._add_market_time(menu, dict(self._snapshot.upstream.facts))
        menu.popup(self.quick.mapToGlobal(self.quick.rect().bottomLeft()))

    def _add_market_time(self, menu: QMenu, facts: dict[str, str]) -> None:
        """What can be done with the time of a simulated market."""
        text = self._language.text
        menu.addSeparator()
        speeds = menu.addMenu(text("Market speed"))
        for speed, name in MARKET_SPEEDS:
            speeds.addAction(text(name), functools.partial(self.speed_wanted.emit, speed))
        paused = facts.get("paused") == "yes"
        menu.addAction(
            text("Resume the market") if paused else text("Pause the market"),
            functools.partial(self.pause_wanted.emit, not paused),
        )
        menu.addAction(text("Step one minute"), functools.partial(self.step_wanted.emit, 60.0))
