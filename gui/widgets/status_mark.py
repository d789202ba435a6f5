"""A state as icon shape and word: as a chip on a tinted fill, or plain beside other text."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.theme.theme import Theme


class StatusLook(NamedTuple):
    """Icon file, ink token and fill token of a status kind."""

    icon: str
    ink: str
    fill: str


STATUS_LOOKS: Final = {
    "ok": StatusLook("circle-check", "positive", "positiveSubtle"),
    "info": StatusLook("info", "info", "infoSubtle"),
    "progress": StatusLook("loader", "info", "infoSubtle"),
    "warn": StatusLook("triangle-alert", "warn", "warnSubtle"),
    "error": StatusLook("octagon-x", "negative", "negativeSubtle"),
    "idle": StatusLook("circle-minus", "textMuted", "sunken"),
    "simulated": StatusLook("flask-conical", "info", "infoSubtle"),
    "real": StatusLook("wallet", "warn", "warnSubtle"),
    "paper": StatusLook("flask-conical", "textMuted", "sunken"),
    "locked": StatusLook("lock", "textSecondary", "sunken"),
    "unlocked": StatusLook("lock-open", "textSecondary", "sunken"),
    "night": StatusLook("moon", "info", "infoSubtle"),
}


class StatusMark(QLabel):
    """`chip=True` draws the pill of the page header; otherwise icon and word stand on the surface."""

    def __init__(self, theme: Theme, *, chip: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chip = chip
        self._kind = "idle"
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font("small", 500))
        self.setProperty("type", "small")
        self.setProperty("weight", "500")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def kind(self) -> str:
        """The status kind shown."""
        return self._kind

    def show_state(self, kind: str, word: str) -> None:
        """Show a kind of STATUS_LOOKS and its word."""
        if (kind, word) != (self._kind, self.text()):
            self._kind = kind
            self.setText(word)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Icon, gap and word, with the chip's padding."""
        px = self._theme.px
        width = px(14) + px(5) + self.fontMetrics().horizontalAdvance(self.text()) + 1
        return QSize(width + px(16), px(22)) if self._chip else QSize(width, px(18))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw pill, icon and word."""
        px, look = self._theme.px, STATUS_LOOKS[self._kind]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0
        if self._chip:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour(look.fill))
            painter.drawRoundedRect(QRectF(self.rect()), self.height() / 2, self.height() / 2)
            left = px(7)
        side = px(14)
        painter.drawPixmap(
            left,
            (self.height() - side) // 2,
            self._theme.pixmap(look.icon, look.ink, 14, self.devicePixelRatioF()),
        )
        painter.setPen(self._theme.colour(look.ink))
        text_left = left + side + px(5)
        painter.drawText(
            self.rect().adjusted(text_left, 0, 0, 0),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            self.text(),
        )
