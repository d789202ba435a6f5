"""What happened to one order, line by line: time, mark, sentence, and how long after its receipt."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem

from core.model.trading import OrderStatus
from core.model.trading_status import OrderRow, OrderStep
from gui.language.figures import delay_text, price_text, quantity_text
from gui.language.trading_words import STATUS_WORDS, is_open
from gui.language.window_language import WindowLanguage
from gui.pages.trading.account_clock import AccountClock
from gui.theme.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
_TIME_WIDTH: Final = 92
_LineRole: Final = Qt.ItemDataRole.UserRole
_STEP_ICONS: Final = {OrderStatus.FILLED_PART: ("check", "positive"), OrderStatus.FILLED_ALL: ("check", "positive")}


class TimelineLine(NamedTuple):
    """One line as it is shown."""

    time: str
    icon: str
    ink: str
    text: str
    aside: str = ""
    short_aside: str = ""


def timeline_lines(
    order: OrderRow, steps: tuple[OrderStep, ...], clock: AccountClock, language: WindowLanguage
) -> list[TimelineLine]:
    """The steps with their delay since the first, and what is still waiting."""
    text = language.text
    lines: list[TimelineLine] = []
    for number, step in enumerate(steps):
        icon, ink = ("arrow-right", "textSecondary") if not number else _step_mark(step.status)
        delay = delay_text(step.time - steps[0].time, language)
        lines.append(
            TimelineLine(
                clock.precise_text(step.time),
                icon,
                ink,
                language.filled(step.text, step.facts),
                text("{delay} after receipt", delay=delay) if number else "",
                f"+{delay}" if number else "",
            )
        )
    left = order.quantity - order.filled
    if is_open(order) and left > 0:
        quantity = quantity_text(left)
        waiting = (
            text("{quantity} waiting at {price}", quantity=quantity, price=price_text(order.price))
            if order.price
            else text("{quantity} waiting at market price", quantity=quantity)
        )
        lines.append(TimelineLine(text("now"), "circle", "textSecondary", waiting))
    return lines


def _step_mark(status: OrderStatus) -> tuple[str, str]:
    word = STATUS_WORDS[status]
    return _STEP_ICONS.get(status, (word.icon, word.ink))


class TimelineModel(QAbstractListModel):
    """Lines of one order."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[TimelineLine] = []

    @property
    def lines(self) -> list[TimelineLine]:
        """What is shown, oldest first."""
        return list(self._lines)

    def show_lines(self, lines: list[TimelineLine]) -> None:
        """Replace them."""
        if lines != self._lines:
            self.beginResetModel()
            self._lines = lines
            self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """How many lines."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The sentence; everything for screen readers and as tooltip; the line for the delegate."""
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == _LineRole:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return ", ".join(part for part in (f"{line.time} {line.text}", line.aside) if part)
        return None


class _LineDelegate(QStyledItemDelegate):
    """With `in_short` the delays are shown in their short form."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self.in_short = False

    def whole_width(self, line: TimelineLine) -> int:
        """How wide a line with its long delay is."""
        theme, px = self._theme, self._theme.px
        text = QFontMetrics(theme.font("body", figures=True)).horizontalAdvance(line.text)
        aside = QFontMetrics(theme.font("small", figures=True)).horizontalAdvance(line.aside)
        return px(14) + px(_TIME_WIDTH) + px(4) + px(14) + px(10) + text + px(8) + aside + px(8)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(self._theme.px(160), self._theme.px(25))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme, px = self._theme, self._theme.px
        line: TimelineLine = index.data(_LineRole)
        rect = QRect(option.rect)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.save()
        painter.setFont(theme.font("small", figures=True))
        painter.setPen(theme.colour("textMuted"))
        time_width = px(_TIME_WIDTH)
        painter.drawText(QRect(rect.left() + px(14), rect.top(), time_width, rect.height()), middle, line.time)
        side = px(14)
        left, top = rect.left() + px(14) + time_width + px(4), rect.center().y() - side // 2 + 1
        painter.setPen(QPen(theme.colour("borderControl"), 1))
        centre = left + side // 2
        if index.row() > 0:
            painter.drawLine(centre, rect.top(), centre, top - px(2))
        if index.row() < index.model().rowCount() - 1:
            painter.drawLine(centre, top + side + px(2), centre, rect.bottom() + 1)
        painter.drawPixmap(left, top, theme.pixmap(line.icon, line.ink, 14, self._view.devicePixelRatioF()))
        room = QRect(left + side + px(10), rect.top(), 0, rect.height())
        room.setRight(rect.right() - px(8))
        painter.setFont(theme.font("body", figures=True))
        painter.setPen(theme.colour("text"))
        shown = painter.fontMetrics().elidedText(line.text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, middle, shown)
        used = painter.fontMetrics().horizontalAdvance(shown) + px(8)
        painter.setFont(theme.font("small", figures=True))
        rest = room.adjusted(used, 0, 0, 0)
        width = painter.fontMetrics().horizontalAdvance
        aside = line.short_aside if self.in_short else line.aside
        if aside and width(aside) <= rest.width():
            painter.setPen(theme.colour("textMuted"))
            painter.drawText(rest, middle, aside)
        painter.restore()


class OrderTimeline(QListView):
    """Shows the lines; the newest are in sight."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.lines = TimelineModel()
        self.setModel(self.lines)
        self._delegate = _LineDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.changed.connect(self.viewport().update)

    def show_lines(self, lines: list[TimelineLine]) -> None:
        """Show another order's lines, or new ones."""
        if lines != self.lines.lines:
            self.lines.show_lines(lines)
            self._choose_form()
            self.scrollToBottom()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Long or short delays, all alike."""
        super().resizeEvent(event)
        self._choose_form()

    def _choose_form(self) -> None:
        width = self.viewport().width()
        self._delegate.in_short = any(self._delegate.whole_width(line) > width for line in self.lines.lines)
        self.viewport().update()
