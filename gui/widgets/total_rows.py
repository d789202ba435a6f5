"""Rows of totals that stay under a table while it scrolls, in line with its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from gui.theme.theme import Theme
from gui.widgets.table_model import RowModel


class TotalCell(NamedTuple):
    """A text and the token of its ink."""

    text: str
    ink: str = "text"


class TotalRows(QWidget):
    """Hidden while there are no totals. A row names its cells by column key."""

    def __init__(
        self, theme: Theme, heading: QHeaderView, model: RowModel, row_height: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._heading = heading
        self._model = model
        self._row_height = row_height
        self._rows: Sequence[Mapping[str, TotalCell]] = ()
        heading.sectionResized.connect(lambda *_: self.update())
        heading.sectionMoved.connect(lambda *_: self.update())
        theme.changed.connect(self.update)
        self.hide()

    @property
    def rows(self) -> Sequence[Mapping[str, TotalCell]]:
        """What is shown."""
        return self._rows

    def show_rows(self, rows: Sequence[Mapping[str, TotalCell]]) -> None:
        """Show these totals; a screen reader gets them as one sentence per row."""
        self._rows = rows
        titles = {column.key: column.title for column in self._model.columns}
        self.setAccessibleName(
            "; ".join(", ".join(f"{titles.get(key, '')} {cell.text}" for key, cell in row.items()) for row in rows)
        )
        self.setFixedHeight(max(1, len(rows) * self._theme.px(self._row_height) + 1))
        self.setVisible(bool(rows))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw fill, upper line and the cells where the columns are."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("sunken"))
        painter.setPen(theme.colour("border"))
        painter.drawLine(0, 0, self.width(), 0)
        painter.setFont(theme.font("small", 600, figures=True))
        height = px(self._row_height)
        for place, row in enumerate(self._rows):
            for number, column in enumerate(self._model.columns):
                cell = row.get(column.key)
                if cell is None or self._heading.isSectionHidden(number):
                    continue
                left, width = self._heading.sectionViewportPosition(number), self._heading.sectionSize(number)
                box = QRect(left + px(8), 1 + place * height, width - 2 * px(8), height)
                side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
                painter.setPen(theme.colour(cell.ink))
                shown = painter.fontMetrics().elidedText(cell.text, Qt.TextElideMode.ElideRight, box.width())
                painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | side), shown)
