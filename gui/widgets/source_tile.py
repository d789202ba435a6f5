"""A tile of the account sources: a radio button drawn as a card."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from gui.theme.theme import Theme


class SourceTile(QRadioButton):
    """Icon, name and one line; the tiles of one parent exclude each other and are one tab stop."""

    def __init__(self, theme: Theme, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._line = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(56))
        theme.changed.connect(self.update)

    def set_texts(self, name: str, line: str, accessible_name: str) -> None:
        """Set the name, the line under it and what a screen reader says."""
        self.setText(name)
        self._line = line
        self.setAccessibleName(accessible_name)
        self.updateGeometry()
        self.update()

    @property
    def line(self) -> str:
        """The text under the name."""
        return self._line

    def sizeHint(self) -> QSize:
        """Room for the longer of the two lines beside the icon."""
        px = self._theme.px
        from_name = self._metrics_width("bodyStrong", self.text()) + px(24)
        from_line = self._metrics_width("small", self._line)
        return QSize(px(41) + max(from_name, from_line) + px(10), px(56))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        """The whole tile can be clicked."""
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card, its icon, texts and radio mark."""
        theme, px = self._theme, self._theme.px
        chosen = self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = 2 if chosen or self.hasFocus() else 1
        ink = "focus" if self.hasFocus() else "accent" if chosen else "borderControl"
        fill = "accentSubtle" if chosen else "hover" if self.underMouse() and self.isEnabled() else "surface"
        painter.setPen(QPen(theme.colour(ink), edge))
        painter.setBrush(theme.colour(fill))
        inset = edge / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)
        if chosen and self.hasFocus():
            painter.setPen(QPen(theme.colour("surface"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5), 6, 6)
        icon_ink = "textDisabled" if not self.isEnabled() else "accentText" if chosen else "textSecondary"
        painter.drawPixmap(px(13), px(11), theme.pixmap(self._icon, icon_ink, 18, self.devicePixelRatioF()))
        left = px(41)
        painter.setFont(theme.font("bodyStrong"))
        painter.setPen(theme.colour("text" if self.isEnabled() else "textDisabled"))
        painter.drawText(left, px(24), self.text())
        painter.setFont(theme.font("small"))
        line_ink = "textDisabled" if not self.isEnabled() else "textSecondary" if chosen else "textMuted"
        painter.setPen(theme.colour(line_ink))
        painter.drawText(left, px(39), self._line)
        self._draw_mark(painter, chosen)

    def _draw_mark(self, painter: QPainter, chosen: bool) -> None:
        px = self._theme.px
        centre = QPointF(self.width() - px(17), px(18))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if chosen:
            painter.setPen(QPen(self._theme.colour("accent"), px(4)))
            painter.drawEllipse(centre, px(5), px(5))
        else:
            painter.setPen(QPen(self._theme.colour("borderStrong"), 1))
            painter.drawEllipse(centre, px(7) - 0.5, px(7) - 0.5)

    def _metrics_width(self, role: str, text: str) -> int:
        return QFontMetrics(self._theme.font(role)).horizontalAdvance(text)
