"""The list of events: time, icon, sentence, where it came from; filtered by what the reader looks for."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core.model.status import EventKind, EventRow, Severity
from gui.language.figures import event_time_text
from gui.language.state_words import EVENT_KIND_WORDS, SEVERITY_KINDS
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.card import PanelFrame
from gui.widgets.labels import TextLabel
from gui.widgets.segmented_control import SegmentedControl
from gui.widgets.status_mark import STATUS_LOOKS

ALL, PROBLEMS, CONNECTIONS, TRADING = "all", "problems", "connections", "trading"
_LIMIT: Final = 1000
_KIND_ICONS: Final = {
    EventKind.CONNECTION: "arrow-left-right",
    EventKind.MARKET: "clock",
    EventKind.TRADING: "wallet",
}
_EventRole: Final = Qt.ItemDataRole.UserRole


def is_problem(event: EventRow) -> bool:
    """Warnings and errors."""
    return event.severity in (Severity.WARNING, Severity.ERROR)


class EventModel(QAbstractListModel):
    """Events that pass the filter, newest first, at most a thousand."""

    def __init__(self, language: WindowLanguage) -> None:
        super().__init__()
        self._language = language
        self._events: list[EventRow] = []
        self.moment = 0.0

    def show_events(self, events: list[EventRow]) -> None:
        """Replace the list; new ones at the top keep the selection of the others."""
        events = events[:_LIMIT]
        added = len(events) - len(self._events)
        if added > 0 and self._events and events[added:] == self._events:
            self.beginInsertRows(QModelIndex(), 0, added - 1)
            self._events = events
            self.endInsertRows()
        elif events != self._events:
            self.beginResetModel()
            self._events = events
            self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """How many events are shown."""
        return 0 if parent.isValid() else len(self._events)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The sentence for display and search, the whole line for screen readers, the event for the delegate."""
        if not index.isValid():
            return None
        event = self._events[index.row()]
        if role == _EventRole:
            return event
        sentence = self._language.filled(event.text, event.facts)
        if role == Qt.ItemDataRole.DisplayRole:
            return sentence
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{event_time_text(event.time, self.moment, self._language)} {sentence}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return sentence
        return None


class _EventDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, language: WindowLanguage, model: EventModel, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._language = language
        self._model = model
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._theme.px(200), self._theme.px(28))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, px = self._theme, self._theme.px
        event: EventRow = index.data(_EventRole)
        rect = QRect(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.colour("selection" if self._view.hasFocus() else "selectionInactive"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.colour("hover"))
        painter.setPen(theme.colour("borderSubtle"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        middle = Qt.AlignmentFlag.AlignVCenter
        time = event_time_text(event.time, self._model.moment, self._language)
        painter.setFont(theme.font("small", figures=True))
        painter.setPen(theme.colour("textMuted"))
        time_width = max(px(58), painter.fontMetrics().horizontalAdvance(time))
        painter.drawText(rect.adjusted(px(14), 0, 0, 0), int(middle), time)
        source = self._language.text(event.source or EVENT_KIND_WORDS[event.kind])
        source_width = painter.fontMetrics().horizontalAdvance(source)
        painter.drawText(rect.adjusted(0, 0, -px(14), 0), int(middle | Qt.AlignmentFlag.AlignRight), source)
        look = STATUS_LOOKS[SEVERITY_KINDS[event.severity]]
        icon, ink = look.icon, look.ink
        if event.severity is Severity.INFO:
            icon, ink = _KIND_ICONS.get(event.kind, look.icon), "textMuted"
        left = rect.left() + px(14) + time_width + px(14)
        painter.drawPixmap(
            left, rect.center().y() - px(7) + 1, theme.pixmap(icon, ink, 14, self._view.devicePixelRatioF())
        )
        painter.setFont(theme.font("body"))
        painter.setPen(theme.colour("text"))
        room = QRect(left + px(26), rect.top(), 0, rect.height())
        room.setRight(rect.right() - px(14) - source_width - px(12))
        sentence = painter.fontMetrics().elidedText(
            index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, int(middle), sentence)
        painter.restore()


class EventPanel(PanelFrame):
    """The panel with its filter."""

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._theme = theme
        self._language = language
        self._events: tuple[EventRow, ...] = ()
        self.setMinimumHeight(theme.px(150))
        self.filter = SegmentedControl((ALL, PROBLEMS, CONNECTIONS, TRADING))
        self.filter.setObjectName("eventsFilter")
        self.filter.chosen.connect(lambda _: self._show())
        self.heading.addWidget(self.filter)
        self.model = EventModel(language)
        self.view = QListView()
        self.view.setObjectName("events")
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setMouseTracking(True)
        self.view.setUniformItemSizes(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setModel(self.model)
        self.view.setItemDelegate(_EventDelegate(theme, language, self.model, self.view))
        self._nothing = TextLabel("body", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._nothing)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, theme.px(5))
        row.addWidget(holder)
        self.body.addLayout(row, 1)
        theme.changed.connect(self.view.viewport().update)

    def draw(self, events: tuple[EventRow, ...], moment: float) -> None:
        """Show the events of a snapshot; the order of the snapshot does not matter."""
        text = self._language.text
        self.title.setText(text("Events"))
        problems = sum(1 for event in events if is_problem(event))
        self.filter.set_text(ALL, text("All"))
        self.filter.set_text(PROBLEMS, f"{text('Problems')} {problems}" if problems else text("Problems"))
        self.filter.set_text(CONNECTIONS, text("Connections"))
        self.filter.set_text(TRADING, text("Trading"))
        self.filter.set_name(text("Show events"))
        self.view.setAccessibleName(text("Events"))
        self._nothing.setText(text("Nothing happened yet."))
        self._events = tuple(sorted(events, key=lambda event: event.number, reverse=True))
        self.model.moment = moment
        self._show()
        self.view.viewport().update()

    def _show(self) -> None:
        wanted = self.filter.current
        self.model.show_events(
            [
                event
                for event in self._events
                if wanted == ALL
                or (wanted == PROBLEMS and is_problem(event))
                or (wanted == CONNECTIONS and event.kind is EventKind.CONNECTION)
                or (wanted == TRADING and event.kind is EventKind.TRADING)
            ]
        )
        self._stack.setCurrentIndex(0 if self.model.rowCount() else 1)
