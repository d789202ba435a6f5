"""Paints every table cell itself: fill, row line, 8 px insets, icon, text and aside; and the table's heading."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from gui.theme.theme import Theme
from gui.widgets.sorted_rows import SortedRows
from gui.widgets.table_model import Column

AnyIndex = QModelIndex | QPersistentModelIndex

_LEAST_ASIDE: Final = 40


class CellDelegate(QStyledItemDelegate):
    """One per table. `hovered_row` is kept by the table."""

    def __init__(self, theme: Theme, rows: SortedRows, columns: Any, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._theme = theme
        self._rows = rows
        self._columns = columns
        self._view = view
        self.hovered_row = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Width of the whole text, for fitting a column by double click."""
        column, row = self._column(index), self._rows.row(index)
        metrics = QFontMetrics(self._font(column))
        width = metrics.horizontalAdvance(column.text(row)) + 2 * self._theme.px(8) + 2
        if column.icon(row):
            width += self._theme.px(18)
        if column.aside(row):
            width += self._theme.px(6) + metrics.horizontalAdvance(column.aside(row))
        return QSize(width, self._theme.px(28))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one cell."""
        theme, px = self._theme, self._theme.px
        state: QStyle.StateFlag = option.state
        rect = QRect(option.rect)
        column, row = self._column(index), self._rows.row(index)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = self._view.hasFocus()
        painter.save()
        if selected:
            painter.fillRect(rect, theme.colour("selection" if focused else "selectionInactive"))
        elif index.row() == self.hovered_row:
            painter.fillRect(rect, theme.colour("hover"))
        painter.setPen(theme.colour("borderSubtle"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        box = rect.adjusted(px(8), 0, -px(8), -1)
        ink = column.ink(row) if column.ink is not None else "text"
        icon = column.icon(row)
        painter.setFont(self._theme.font(column.font, 600, figures=True) if column.strong(row) else self._font(column))
        text = column.text(row)
        aside = column.aside(row)
        if icon:
            box = self._draw_icon(painter, box, column, icon, ink, text)
        if column.right and aside:
            box = self._draw_right_aside(painter, box, aside)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
        flags = int(Qt.AlignmentFlag.AlignVCenter | side)
        painter.setPen(theme.colour(ink))
        painter.drawText(box, flags, shown)
        if aside and shown == text and not column.right:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.colour("textMuted"))
            left = box.left() + metrics.horizontalAdvance(text) + px(7)
            rest = QRect(left, box.top(), max(0, box.right() - left + 1), box.height())
            fits = painter.fontMetrics().horizontalAdvance(aside) <= rest.width()
            # A stub of two letters says nothing; the whole text is the tooltip.
            if fits or rest.width() >= px(_LEAST_ASIDE):
                painter.drawText(
                    rest, flags, painter.fontMetrics().elidedText(aside, Qt.TextElideMode.ElideRight, rest.width())
                )
        painter.restore()

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: AnyIndex
    ) -> bool:
        """Show the column's explanation, or the whole text where it is cut."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return False
        column, row = self._column(index), self._rows.row(index)
        text = column.tooltip(row)
        if not text and self.sizeHint(option, index).width() > view.visualRect(index).width():
            text = " ".join(part for part in (column.text(row), column.aside(row)) if part)
        QToolTip.showText(event.globalPos(), text, view)
        return True

    def _draw_right_aside(self, painter: QPainter, box: QRect, aside: str) -> QRect:
        """Draw a muted text at the right edge; gives the room left of it."""
        ink = painter.pen()
        painter.setPen(self._theme.colour("textMuted"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), aside)
        painter.setPen(ink)
        return box.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(aside) - self._theme.px(4), 0)

    def _draw_icon(self, painter: QPainter, box: QRect, column: Column, icon: str, ink: str, text: str) -> QRect:
        px, side = self._theme.px, self._theme.px(13)
        left = box.left()
        if column.right:
            left = max(left, box.right() - painter.fontMetrics().horizontalAdvance(text) - side - px(5))
        elif not text:
            left = box.center().x() - side // 2
        painter.drawPixmap(
            left,
            box.center().y() - side // 2 + 1,
            self._theme.pixmap(icon, ink, 13, self._view.devicePixelRatioF()),
        )
        return box if column.right or not text else box.adjusted(side + px(4), 0, 0, 0)

    def _column(self, index: AnyIndex) -> Column:
        column: Column = self._columns.columns[index.column()]
        return column

    def _font(self, column: Column) -> Any:
        return self._theme.font(column.font, column.weight or None, figures=True)


class TableHeading(QHeaderView):
    """Column titles in small medium type, with a small chevron at the sorted one."""

    def __init__(
        self, theme: Theme, right_aligned: Any, parent: QWidget | None = None, *, rounded: bool = True
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._rounded = rounded
        self._right_aligned = right_aligned
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setFixedHeight(theme.px(28))
        self.setMinimumSectionSize(theme.px(32))
        self.sorted_section = -1
        self.sorted_ascending = True
        self.viewport().setAutoFillBackground(False)

    def paintSection(self, painter: QPainter, rect: QRect, logical_index: int) -> None:
        """Draw one title."""
        theme, px = self._theme, self._theme.px
        painter.save()
        painter.setFont(theme.font("small", 500))
        painter.setPen(theme.colour("textMuted"))
        model: QAbstractItemModel = self.model()
        title = model.headerData(logical_index, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) or ""
        right = self._right_aligned(logical_index)
        box = rect.adjusted(px(8), 0, -px(8), 0)
        mark = px(11) if logical_index == self.sorted_section else 0
        space = box.width() - (mark + px(3) if mark else 0)
        shown = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, space)
        width = painter.fontMetrics().horizontalAdvance(shown)
        left = box.right() - width - (mark + px(2) if mark else 0) + 1 if right else box.left()
        painter.drawText(QRect(left, box.top(), width + 2, box.height()), int(Qt.AlignmentFlag.AlignVCenter), shown)
        if mark:
            name = "chevron-up" if self.sorted_ascending else "chevron-down"
            painter.drawPixmap(
                left + width + px(2),
                box.center().y() - mark // 2 + 1,
                theme.pixmap(name, "textMuted", 11, self.devicePixelRatioF()),
            )
        painter.restore()

    def paintEvent(self, event: Any) -> None:
        """Draw the strip, in a frame with its round upper corners, under the titles."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.viewport().rect())
        path = QPainterPath()
        corner = 6 if self._rounded else 0
        path.addRoundedRect(area.adjusted(0, 0, 0, 10), corner, corner)
        painter.setClipRect(area)
        painter.fillPath(path, self._theme.colour("sunken"))
        painter.setPen(QPen(self._theme.colour("border"), 1))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()
        super().paintEvent(event)
