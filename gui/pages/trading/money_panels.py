"""The positions with their totals, the fills, and the money of an account by currency."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.model.trading_status import FillRow, FundsStatus, PositionRow
from gui.language.figures import money_text, signed_money_text
from gui.language.window_language import WindowLanguage
from gui.pages.trading.account_clock import AccountClock
from gui.pages.trading.book_table import BookTable
from gui.pages.trading.order_columns import fill_columns
from gui.pages.trading.position_columns import cash_columns, position_columns, position_totals
from gui.theme.theme import Theme
from gui.widgets.buttons import DANGER_TEXT, TextButton
from gui.widgets.data_table import COMPACT_ROW
from gui.widgets.labels import TextLabel


class PositionsPanel(BookTable):
    """Positions, with the sums of each currency under them."""

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(theme, "positions", lambda row: row.position_id, ("colValue", False), "wallet", parent)
        self._language = language
        self._mixed = False

    def retranslate(self) -> None:
        """Set all texts in the present language."""
        text = self._language.text
        self.set_texts(self._language, position_columns(self._language, lambda: self._mixed), text("Positions"))
        self.empty.set_texts(text("No positions"), text("No positions in this account."))

    def draw(self, rows: tuple[PositionRow, ...] | None) -> None:
        """Show positions and totals."""
        self._mixed = len({row.currency for row in rows or ()}) > 1
        self.show_rows(rows)
        self.table.set_totals(position_totals(rows or (), self._language))


class FillsPanel(BookTable):
    """The fills of today."""

    def __init__(
        self, theme: Theme, language: WindowLanguage, clock: AccountClock, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, "fills", lambda row: row.fill_id, ("colTime", False), "wallet", parent)
        self._language = language
        self._clock = clock

    def retranslate(self) -> None:
        """Set all texts in the present language."""
        text = self._language.text
        self.set_texts(self._language, fill_columns(self._language, self._clock), text("Fills"))
        self.empty.set_texts(text("No fills today"), text("What your orders trade appears here."))

    def draw(self, rows: tuple[FillRow, ...] | None) -> None:
        """Show the fills."""
        self.show_rows(rows)


class FundsPanel(QWidget):
    """Money by currency, the sums of the whole account, and the way to begin anew on practice."""

    reset_wanted = Signal()
    copied = Signal(str)

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language = language
        px = theme.px
        self.table = BookTable(theme, "fundsTable", lambda row: row.currency, ("colCurrency", True), "wallet")
        self.table.copied.connect(self.copied)
        self._caption = TextLabel("small", "muted", 500)
        self._caption.setContentsMargins(px(14), px(14), px(14), 0)
        self._row_height = px(COMPACT_ROW)
        self._heading_height = px(28) + 6
        grid = QGridLayout()
        grid.setContentsMargins(px(14), px(8), px(14), px(8))
        grid.setHorizontalSpacing(px(10))
        grid.setVerticalSpacing(px(6))
        self._fields: list[tuple[TextLabel, TextLabel]] = []
        for number in range(8):
            label, value = TextLabel("body", "secondary"), TextLabel("body", weight=500, figures=True)
            grid.addWidget(label, number % 4, 2 * (number // 4))
            grid.addWidget(value, number % 4, 2 * (number // 4) + 1)
            self._fields.append((label, value))
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.btn_reset = TextButton(theme, DANGER_TEXT, "rotate-ccw", "negative")
        self.btn_reset.setObjectName("btnReset")
        self.btn_reset.clicked.connect(self.reset_wanted)
        foot = QHBoxLayout()
        # At the left: results appear in the right corner.
        foot.setContentsMargins(px(8), 0, px(8), px(8))
        foot.addWidget(self.btn_reset)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table)
        column.addWidget(self._caption)
        column.addLayout(grid)
        column.addStretch(1)
        column.addLayout(foot)

    def retranslate(self) -> None:
        """Set all texts in the present language."""
        text = self._language.text
        self.table.set_texts(self._language, cash_columns(self._language), text("Funds"))
        self.table.empty.set_texts(text("No money"), text("No money in this account."))
        self.btn_reset.setText(text("Reset practice account…"))
        self.btn_reset.setAccessibleName(text("Reset practice account…"))

    def draw(self, funds: FundsStatus | None, practice: bool, hindrance: str) -> None:
        """Show the money; only practice accounts can begin anew, `hindrance` says why one cannot now."""
        text = self._language.text
        self.table.show_rows(funds.rows if funds else None)
        # As high as its few rows, so that the sums stand right under them.
        rows = len(funds.rows) if funds else 0
        self.table.setFixedHeight(self._heading_height + max(4, rows) * self._row_height)
        values = [
            (text("Net assets"), funds.net_assets if funds else None),
            (text("Cash"), funds.cash if funds else None),
            (text("Market value"), funds.market_value if funds else None),
            (text("Buying power"), funds.buying_power if funds else None),
            (text("Available"), funds.available_funds if funds else None),
            (text("Initial margin"), funds.initial_margin if funds else None),
            (text("Maintenance margin"), funds.maintenance_margin if funds else None),
        ]
        shown = [(name, "" if value is None else money_text(value)) for name, value in values]
        shown.append((text("Today"), signed_money_text(funds.today_profit) if funds else ""))
        self._caption.setText(
            text("All currencies together, in {currency}", currency=text(funds.currency.name)) if funds else ""
        )
        for (label, field), (name, value) in zip(self._fields, shown, strict=True):
            label.setText(name)
            field.setText(value)
        self.btn_reset.setVisible(practice)
        self.btn_reset.setEnabled(not hindrance)
        self.btn_reset.setToolTip(hindrance)
