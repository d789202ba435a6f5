"""Tabs as words with a line under the chosen one, and a count beside each; one tab stop, arrow keys move."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from gui.theme.theme import Theme


class TabWord(QPushButton):
    """One tab."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = ""
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setProperty("painted", "true")
        self.setFixedHeight(theme.px(36))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def count(self) -> str:
        """The figure after the word."""
        return self._count

    def set_texts(self, word: str, count: str) -> None:
        """Set word and count; an empty count shows none."""
        if (word, count) != (self.text(), self._count):
            self._count = count
            self.setText(word)
            self.setAccessibleName(f"{word} {count}".strip())
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Word in its wider weight, gap, count."""
        px = self._theme.px
        width = QFontMetrics(self._theme.font("bodyStrong")).horizontalAdvance(self.text()) + px(20)
        if self._count:
            width += px(6) + QFontMetrics(self._theme.font("small", figures=True)).horizontalAdvance(self._count)
        return QSize(width, px(36))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw word, count, line and focus ring."""
        theme, px, chosen = self._theme, self._theme.px, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() and not chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 4, -2, -4), 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 4, -2, -4), 6, 6)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.setFont(theme.font("bodyStrong" if chosen else "body"))
        painter.setPen(theme.colour("text" if chosen else "textSecondary"))
        words = self.rect().adjusted(px(10), 0, 0, 0)
        painter.drawText(words, middle, self.text())
        if self._count:
            left = painter.fontMetrics().horizontalAdvance(self.text()) + px(6)
            painter.setFont(theme.font("small", figures=True))
            painter.setPen(theme.colour("textMuted"))
            painter.drawText(words.adjusted(left, 0, 0, 0), middle, self._count)
        if chosen:
            painter.fillRect(QRectF(px(10), self.height() - 2, self.width() - 2 * px(10), 2), theme.colour("accent"))


class TabRow(QWidget):
    """`chosen` carries the key of the tab that was chosen by the user or by `choose`."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, keys: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._tabs: dict[str, TabWord] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for key in keys:
            tab = TabWord(theme)
            row.addWidget(tab)
            self._group.addButton(tab)
            self._tabs[key] = tab
            tab.toggled.connect(lambda on, key=key: self.chosen.emit(key) if on else None)
        self._tabs[keys[0]].setChecked(True)

    @property
    def current(self) -> str:
        """The key of the chosen tab."""
        return next(key for key, tab in self._tabs.items() if tab.isChecked())

    @property
    def tabs(self) -> dict[str, TabWord]:
        """The tabs by key, left to right."""
        return self._tabs

    def choose(self, key: str) -> None:
        """Choose a tab by its key."""
        self._tabs[key].setChecked(True)

    def set_texts(self, key: str, word: str, count: int | None = None) -> None:
        """Set the word and the count of a tab."""
        self._tabs[key].set_texts(word, "" if count is None else f"{count:,}")
