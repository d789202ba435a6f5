"""The figures of an account in one strip, above its book."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.model.trading_status import FundsStatus
from gui.language.figures import money_text, signed_money_text
from gui.language.trading_words import risk_word
from gui.language.window_language import WindowLanguage
from gui.pages.trading.position_columns import change_ink
from gui.theme.theme import Theme
from gui.widgets.figure_cell import FigureCell
from gui.widgets.labels import ElidedLabel
from gui.widgets.status_mark import StatusMark


class FundsStrip(QFrame):
    """Net assets, three figures that depend on the kind of account, today's result, risk."""

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("funds")
        self.setProperty("card", "true")
        self._language = language
        px = theme.px
        self.setFixedHeight(px(56))
        row = QHBoxLayout(self)
        row.setContentsMargins(px(4), 1, px(2), 1)
        row.setSpacing(0)
        self.cells = [FigureCell(theme) for _ in range(5)]
        for cell in self.cells:
            row.addWidget(cell, 1)
            line = QFrame()
            line.setProperty("upright", "true")
            row.addWidget(line)
        self._risk_label = ElidedLabel("small", "secondary")
        self.risk = StatusMark(theme)
        self.risk.setObjectName("risk")
        last = QVBoxLayout()
        last.setContentsMargins(px(10), 0, px(6), 0)
        last.setSpacing(0)
        last.addStretch(1)
        last.addWidget(self._risk_label)
        last.addWidget(self.risk)
        last.addStretch(1)
        row.addLayout(last, 1)

    def draw(self, funds: FundsStatus | None, is_futures: bool) -> None:
        """Show the figures in the account's currency; without funds the labels alone."""
        text = self._language.text
        net_assets = text("Net assets, {currency}", currency=text(funds.currency.name)) if funds else text("Net assets")
        today = (text("Today"), "", "text")
        cells: list[tuple[str, str, str]]
        if is_futures:
            middle = [
                (text("Available"), funds.available_funds if funds else None),
                (text("Initial margin"), funds.initial_margin if funds else None),
                (text("Maintenance margin"), funds.maintenance_margin if funds else None),
            ]
        else:
            middle = [
                (text("Cash"), funds.cash if funds else None),
                (text("Market value"), funds.market_value if funds else None),
                (text("Buying power"), funds.buying_power if funds else None),
            ]
        if funds is not None:
            today = (text("Today"), signed_money_text(funds.today_profit), change_ink(funds.today_profit))
        cells = [
            (net_assets, money_text(funds.net_assets) if funds else "", "text"),
            *((label, "" if value is None else money_text(value), "text") for label, value in middle),
            today,
        ]
        for cell, texts in zip(self.cells, cells, strict=True):
            cell.show_texts(*texts)
        self._fit()
        self._risk_label.setText(text("Risk"))
        level = funds.risk_level if funds else 0
        self.risk.setVisible(level > 0)
        if level > 0:
            kind, source = risk_word(level)
            self.risk.show_state(kind, text(source, level=level))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All figures in the size in which the widest fits."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        small = not all(cell.fits_large for cell in self.cells)
        for cell in self.cells:
            cell.set_small(small)
