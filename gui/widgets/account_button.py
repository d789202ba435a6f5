"""The account at the foot of the navigation: a round mark, name and one line, and a menu behind it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from gui.theme.theme import Theme


class AccountButton(QPushButton):
    """Shows an icon in a circle, the account's name and what kind it is."""

    def __init__(self, theme: Theme, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._line = ""
        self._collapsed = False
        self.setAutoDefault(False)
        self.setProperty("painted", "true")
        self.setFixedHeight(theme.px(51))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_texts(self, name: str, line: str, accessible_name: str) -> None:
        """Set name, second line and what a screen reader says."""
        if (name, line) != (self.text(), self._line):
            self.setText(name)
            self._line = line
            self.update()
        self.setAccessibleName(accessible_name)
        self.setToolTip(accessible_name)

    def set_collapsed(self, collapsed: bool) -> None:
        """Show the mark only."""
        self._collapsed = collapsed
        self.update()

    @property
    def line(self) -> str:
        """The second line."""
        return self._line

    def sizeHint(self) -> QSize:
        """The navigation decides the width."""
        return QSize(self._theme.px(40), self._theme.px(51))

    def minimumSizeHint(self) -> QSize:
        """The navigation decides the width."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw mark, texts and the chevrons."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.fillRect(self.rect(), theme.colour("hover"))
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -3, -3), 6, 6)
        centre_x = self.width() / 2 if self._collapsed else px(27)
        centre = QPointF(centre_x, self.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accentSubtle"))
        painter.drawEllipse(centre, px(13), px(13))
        side = px(14)
        painter.drawPixmap(
            round(centre.x() - side / 2),
            round(centre.y() - side / 2),
            theme.pixmap(self._icon, "accentText", 14, self.devicePixelRatioF()),
        )
        if self._collapsed:
            return
        painter.setFont(theme.font("small", 600))
        painter.setPen(theme.colour("text"))
        painter.drawText(px(50), self.height() // 2 - px(4), self.text())
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.colour("textSecondary"))
        painter.drawText(px(50), self.height() // 2 + px(12), self._line)
        painter.drawPixmap(
            self.width() - px(29),
            (self.height() - side) // 2,
            theme.pixmap("chevrons-up-down", "textSecondary", 14, self.devicePixelRatioF()),
        )
