"""A small label over a semibold figure; the figure's ink is any token, market ink too."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme.theme import Theme


class FigureCell(QWidget):
    """Shows two texts; what does not fit is elided and whole in the tooltip."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label, self._figure, self._ink = "", "", "text"
        self._small = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    @property
    def label(self) -> str:
        """The upper text."""
        return self._label

    @property
    def figure(self) -> str:
        """The lower text."""
        return self._figure

    @property
    def ink(self) -> str:
        """The token of the figure's colour."""
        return self._ink

    @property
    def fits_large(self) -> bool:
        """Whether the figure fits in its usual size."""
        return self._figure_width("dialogTitle") <= self.width()

    @property
    def fits(self) -> bool:
        """Whether nothing is cut off."""
        label = QFontMetrics(self._theme.font("small")).horizontalAdvance(self._label) + self._theme.px(12)
        return max(label, self._figure_width("bodyStrong" if self._small else "dialogTitle")) <= self.width()

    def set_small(self, small: bool) -> None:
        """Show the figure in the size of other text."""
        if small != self._small:
            self._small = small
            self.update()

    def show_texts(self, label: str, figure: str, ink: str = "text") -> None:
        """Show both."""
        if (label, figure, ink) != (self._label, self._figure, self._ink):
            self._label, self._figure, self._ink = label, figure, ink
            self.setAccessibleName(f"{label} {figure}".strip())
            self.setToolTip(f"{label}  {figure}".strip())
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Cells share a strip evenly, whatever they show."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Some digits."""
        return QSize(self._theme.px(50), self._theme.px(42))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both lines around the middle."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        left, width, middle = px(8), self.width() - px(12), self.height() // 2
        for text, font, ink, top, height in (
            (self._label, theme.font("small"), "textSecondary", middle - px(18), px(17)),
            (self._figure, self._figure_font(), self._ink, middle - px(1), px(20)),
        ):
            painter.setFont(font)
            painter.setPen(theme.colour(ink))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRect(left, top, width, height), int(Qt.AlignmentFlag.AlignVCenter), shown)

    def _figure_font(self) -> QFont:
        return self._theme.font("bodyStrong" if self._small else "dialogTitle", 600, figures=True)

    def _figure_width(self, role: str) -> int:
        font = self._theme.font(role, 600, figures=True)
        return QFontMetrics(font).horizontalAdvance(self._figure) + self._theme.px(12)
