"""An item of the navigation: bar and fill when chosen, icon, word, badge; icon only when collapsed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from gui.theme.theme import Theme


class NavigationButton(QToolButton):
    """Checkable; the exclusive group is one tab stop with arrow keys."""

    def __init__(self, theme: Theme, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._badge = ""
        self._collapsed = False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(theme.px(34))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_collapsed(self, collapsed: bool) -> None:
        """Show the icon only."""
        self._collapsed = collapsed
        self.update()

    def set_badge(self, badge: str) -> None:
        """The text at the right; empty for none."""
        if badge != self._badge:
            self._badge = badge
            self.update()

    @property
    def badge(self) -> str:
        """The text at the right."""
        return self._badge

    def sizeHint(self) -> QSize:
        """As wide as the navigation."""
        px = self._theme.px
        if self._collapsed:
            return QSize(px(56), px(34))
        return QSize(px(44) + self.fontMetrics().horizontalAdvance(self.text()) + px(48), px(34))

    def minimumSizeHint(self) -> QSize:
        """The navigation decides the width."""
        return QSize(self._theme.px(40), self._theme.px(34))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the item."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        box = QRectF(px(8) + 0.5, 1.5, self.width() - px(16) - 1, self.height() - 3)
        if chosen:
            painter.setPen(QPen(theme.colour("border"), 1))
            painter.setBrush(theme.colour("surface"))
            painter.drawRoundedRect(box, 6, 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(QRectF(-3, self.height() / 2 - px(8), 6, px(16)), 3, 3)
        elif self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("hover"))
            painter.drawRoundedRect(box, 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        side = px(16)
        left = (self.width() - side) // 2 if self._collapsed else px(18)
        ink = "accentText" if chosen else "textSecondary"
        painter.drawPixmap(
            left, (self.height() - side) // 2, theme.pixmap(self._icon, ink, 16, self.devicePixelRatioF())
        )
        if self._collapsed:
            return
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font("bodyStrong" if chosen else "body"))
        painter.setPen(theme.colour("text" if chosen else "textSecondary"))
        painter.drawText(
            self.rect().adjusted(px(44), 0, -px(40), 0), int(middle | Qt.AlignmentFlag.AlignLeft), self.text()
        )
        if self._badge:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.colour("textSecondary"))
            painter.drawText(
                self.rect().adjusted(0, 0, -px(19), 0), int(middle | Qt.AlignmentFlag.AlignRight), self._badge
            )
