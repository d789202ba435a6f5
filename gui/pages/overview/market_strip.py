"""The strip of markets: name, local time, session, and when it changes."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.model.status import MarketStatus
from gui.language.figures import duration_text, utc_text, zone_minute_text
from gui.language.state_words import next_session_text, session_word
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.labels import ElidedLabel, TextLabel
from gui.widgets.status_mark import StatusMark


class MarketStrip(QFrame):
    """One cell per market of the snapshot, in its order."""

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("markets")
        self.setProperty("card", "true")
        self._theme = theme
        self._language = language
        self._cells: dict[str, _MarketCell] = {}
        self.setFixedHeight(theme.px(74))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 1, 1, 1)
        self._row.setSpacing(0)

    def draw(self, markets: tuple[MarketStatus, ...], moment: float) -> None:
        """Show the markets at a moment of Unix seconds."""
        if tuple(self._cells) != tuple(market.key for market in markets):
            self._build(markets)
        for market in markets:
            self._cells[market.key].draw(market, moment, self._language)
        self.setVisible(bool(markets))

    def _build(self, markets: tuple[MarketStatus, ...]) -> None:
        while self._row.count():
            item = self._row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        self._cells = {}
        for number, market in enumerate(markets):
            if number:
                line = QFrame()
                line.setProperty("upright", "true")
                self._row.addWidget(line)
            cell = _MarketCell(self._theme)
            self._row.addWidget(cell, 1)
            self._cells[market.key] = cell


class _MarketCell(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        px = theme.px
        self._name = TextLabel("small", weight=600)
        self._time = TextLabel("small", "secondary", figures=True)
        self._session = StatusMark(theme)
        self._next = ElidedLabel("caption", "muted")
        head = QHBoxLayout()
        head.setSpacing(px(6))
        head.addWidget(self._name)
        head.addStretch(1)
        head.addWidget(self._time)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(14), px(10), px(12), px(8))
        column.setSpacing(px(1))
        column.addLayout(head)
        column.addSpacing(px(2))
        column.addWidget(self._session)
        column.addWidget(self._next)
        column.addStretch(1)

    def draw(self, market: MarketStatus, moment: float, language: WindowLanguage) -> None:
        name, word = language.text(market.name), session_word(market.state)
        clock = zone_minute_text(moment, market.utc_offset_seconds)
        self._name.setText(name)
        self._time.setText(clock)
        self._session.show_state(word.kind, language.text(word.text))
        coming = self._coming(market, word.kind, language)
        self._next.setText(coming)
        calendar = language.text("by calendar") if market.by_calendar else ""
        self.setToolTip("\n".join(part for part in (utc_text(moment), calendar) if part))
        self.setAccessibleName(", ".join(part for part in (name, clock, language.text(word.text), coming) if part))

    @staticmethod
    def _coming(market: MarketStatus, kind: str, language: WindowLanguage) -> str:
        if market.changes_in_seconds is None:
            return language.text("Stays open") if kind == "ok" else ""
        source = next_session_text(market.state, market.next_state)
        return language.text(source, time=duration_text(market.changes_in_seconds, language)) if source else ""
