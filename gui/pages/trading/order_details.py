"""The pane under the orders: one order with its time line and its fields."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from core.model.security import HK
from core.model.trading import OrderType
from core.model.trading_status import OrderRow, OrderStep
from gui.language.figures import money_text, price_text, quantity_text
from gui.language.trading_words import SESSION_WORDS, STATUS_WORDS, TIME_IN_FORCE_WORDS, TYPE_WORDS
from gui.language.window_language import WindowLanguage
from gui.pages.trading.account_clock import AccountClock
from gui.pages.trading.order_columns import order_price_text, order_summary
from gui.pages.trading.order_timeline import OrderTimeline, timeline_lines
from gui.theme.theme import Theme
from gui.widgets.buttons import DANGER_TEXT, QUIET, TextButton
from gui.widgets.labels import ElidedLabel, IconLabel, TextLabel
from gui.widgets.restyle import set_style_property

_FIELDS = 12
_STATUS_INKS = {"info": "info", "positive": "ok", "negative": "error", "warn": "warn", "textMuted": "muted"}


def detailed_type_text(order: OrderRow, language: WindowLanguage) -> str:
    """The order type in full: a limit order of Hong Kong is an enhanced limit order."""
    if order.order_type is OrderType.NORMAL and order.security.market == HK:
        return language.text("Enhanced limit")
    return language.text(TYPE_WORDS[order.order_type])


class OrderDetails(QFrame):
    """`cancel_wanted` asks to cancel the shown order; `copied` says that it is on the clipboard."""

    cancel_wanted = Signal()
    copied = Signal(str)

    def __init__(
        self, theme: Theme, language: WindowLanguage, clock: AccountClock, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("detail")
        self._language = language
        self._clock = clock
        self._block = ""
        px = theme.px
        self.title = ElidedLabel("bodyStrong")
        self._icon = IconLabel(theme, "clock", "info", 14)
        self.status = TextLabel("body")
        self.btn_copy = TextButton(theme, QUIET, "copy")
        self.btn_copy.setObjectName("btnCopyOrder")
        self.btn_copy.clicked.connect(self._copy)
        self.btn_cancel = TextButton(theme, DANGER_TEXT)
        self.btn_cancel.setObjectName("btnCancelOrder")
        self.btn_cancel.clicked.connect(self.cancel_wanted)
        heading = QFrame()
        heading.setProperty("strip", "true")
        heading.setFixedHeight(px(38))
        head = QHBoxLayout(heading)
        head.setContentsMargins(px(14), 0, px(8), 0)
        head.setSpacing(px(8))
        head.addWidget(self.title, 1000)
        head.addWidget(self._icon)
        head.addWidget(self.status)
        head.addStretch(1)
        head.addWidget(self.btn_copy)
        head.addWidget(self.btn_cancel)
        self.timeline = OrderTimeline(theme)
        line = QFrame()
        line.setProperty("upright", "true")
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        left = QVBoxLayout()
        left.setContentsMargins(0, px(6), 0, px(4))
        left.addWidget(self.timeline)
        body.addLayout(left, 12)
        body.addWidget(line)
        body.addWidget(self._make_fields(theme), 13)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(heading)
        column.addLayout(body, 1)
        self._nothing = TextLabel("body", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(whole)
        self.setMinimumHeight(px(120))

    def _make_fields(self, theme: Theme) -> QScrollArea:
        px = theme.px
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(px(14), px(8), px(10), px(4))
        grid.setHorizontalSpacing(px(10))
        grid.setVerticalSpacing(px(6))
        self._fields: list[tuple[TextLabel, ElidedLabel]] = []
        self._grid = grid
        for _ in range(_FIELDS):
            self._fields.append((TextLabel("body", "secondary"), ElidedLabel("body")))
        grid.setColumnStretch(1, 5)
        self.set_columns(2)
        area = QScrollArea()
        area.setWidget(holder)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setAutoFillBackground(False)
        holder.setAutoFillBackground(False)
        return area

    def set_columns(self, columns: int) -> None:
        """Put the fields into one column, where the pane is high and narrow, or into two."""
        rows, grid = _FIELDS // columns, self._grid
        for number, (label, value) in enumerate(self._fields):
            side = 2 * (number // rows)
            for widget, place in ((label, side), (value, side + 1)):
                grid.removeWidget(widget)
                grid.addWidget(widget, number % rows, place)
        grid.setColumnStretch(3, 4 if columns > 1 else 0)
        for row in range(_FIELDS + 1):
            grid.setRowStretch(row, 1 if row == rows else 0)

    def draw(self, order: OrderRow | None, selected: int, steps: tuple[OrderStep, ...], hindrance: str) -> None:
        """Show one order; with several selected their number. `hindrance` says why it cannot be cancelled."""
        text = self._language.text
        self.btn_copy.setText(text("Copy"))
        self.btn_copy.setAccessibleName(text("Copy order"))
        self.btn_cancel.setText(text("Cancel order…"))
        self.btn_cancel.setAccessibleName(text("Cancel order…"))
        self._stack.setCurrentIndex(0 if order is None else 1)
        if order is None:
            self._nothing.setText(
                text("{count} orders are selected.", count=selected)
                if selected > 1
                else text("Choose an order to see what happened to it.")
            )
            return
        self.title.setText(order_summary(order, self._language))
        self.title.setMaximumWidth(self.title.fontMetrics().horizontalAdvance(self.title.text()) + 4)
        word = STATUS_WORDS[order.status]
        self._icon.set_icon(word.icon, word.ink)
        self.status.setText(text(word.text))
        set_style_property(self.status, "ink", _STATUS_INKS[word.ink])
        self.btn_cancel.setEnabled(not hindrance)
        self.btn_cancel.setToolTip(hindrance or f"{text('Cancel order…')}  {text('Del')}")
        lines = timeline_lines(order, steps, self._clock, self._language)
        self.timeline.setAccessibleName(text("Time line of the order"))
        self.timeline.show_lines(lines)
        values = self._values(order)
        for (label, value), (name, shown) in zip(self._fields, values, strict=True):
            label.setText(name)
            value.setText(shown)
        fields = [f"{name}: {shown}" for name, shown in values if shown]
        happened = [" ".join(part for part in (line.time, line.text, line.aside) if part) for line in lines]
        self._block = "\n".join([self.title.text(), self.status.text(), *fields, *happened])

    def _values(self, order: OrderRow) -> list[tuple[str, str]]:
        text = self._language.text
        filled, quantity = quantity_text(order.filled), quantity_text(order.quantity)
        amount = order.filled * order.average_price
        trigger = price_text(order.trigger_price) if order.trigger_price else ""
        return [
            (text("Order ID"), str(order.order_id)),
            (text("Type"), detailed_type_text(order, self._language)),
            (text("Filled"), text("{filled} of {quantity}", filled=filled, quantity=quantity)),
            (text("Amount"), f"{money_text(amount)} {text(order.currency.name)}" if amount else ""),
            (text("Remark"), order.remark),
            (text("Trigger") if trigger else text("Price"), trigger or order_price_text(order, self._language)),
            (text("Time in force"), text(TIME_IN_FORCE_WORDS[order.time_in_force])),
            (text("Session"), text(SESSION_WORDS[order.session])),
            (text("Avg price"), price_text(order.average_price) if order.filled else ""),
            (text("Fees so far"), money_text(order.fees)),
            (text("Last error"), text(order.error) if order.error else text("None")),
            (text("Client"), order.client or text("unnamed")),
        ]

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._block)
        self.copied.emit(self._block)
