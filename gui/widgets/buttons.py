"""Buttons: with text, with an icon only, and one that copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from gui.theme.theme import Theme

PRIMARY, DANGER, DANGER_TEXT, QUIET, LINK = "primary", "danger", "danger-text", "quiet", "link"
# Filled buttons have this much room around them for the focus ring.
RING_ROOM: Final = 4
_ICON_GAP: Final = 3


class TextButton(QPushButton):
    """A button with a text and, if wanted, an icon. `kind` decides its look: one primary button per view."""

    def __init__(
        self, theme: Theme, kind: str = "", icon: str = "", colour: str = "textSecondary", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = kind
        self._icon_name, self._icon_colour = icon, colour
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self.setIconSize(QSize(theme.px(14) + theme.px(_ICON_GAP), theme.px(14)))
        theme.changed.connect(self._draw_icon)
        self._draw_icon()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Add the ring around a filled button that has the focus."""
        super().paintEvent(event)
        if self._kind in (PRIMARY, DANGER) and self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colour("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 9, 9)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter works like Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _draw_icon(self) -> None:
        if self._icon_name:
            self.setIcon(self._theme.icon(self._icon_name, self._icon_colour, gap=_ICON_GAP))


class MenuButton(TextButton):
    """A button that opens a menu, with a chevron after its text."""

    def __init__(self, theme: Theme, kind: str = "", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(theme, kind, icon, parent=parent)
        self.setProperty("chevron", "true")

    def sizeHint(self) -> QSize:
        """Padding, icon, text, chevron."""
        px = self._theme.px
        icon = 0 if self.icon().isNull() else self.iconSize().width() + 4
        text = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(px(10) + icon + text + px(28) + 4, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button, then the chevron in the room the style sheet leaves."""
        super().paintEvent(event)
        painter = QPainter(self)
        side = self._theme.px(13)
        painter.drawPixmap(
            self.width() - side - self._theme.px(8),
            (self.height() - side) // 2,
            self._theme.pixmap("chevron-down", "textSecondary", 13, self.devicePixelRatioF()),
        )


class IconButton(QToolButton):
    """A button with only an icon; its name is the accessible name and the tooltip."""

    def __init__(
        self, theme: Theme, icon: str, colour: str = "textSecondary", size: int = 28, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name, self._icon_colour = icon, colour
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setIconSize(QSize(theme.px(14), theme.px(14)))
        self.setFixedSize(theme.px(size), theme.px(size))
        theme.changed.connect(self._draw_icon)
        self._draw_icon()

    def set_name(self, name: str, shortcut: str = "") -> None:
        """Set the accessible name and the tooltip, which also tells the shortcut."""
        self.setAccessibleName(name)
        self.setToolTip(f"{name}  {shortcut}" if shortcut else name)

    def _draw_icon(self) -> None:
        self.setIcon(self._theme.icon(self._icon_name, self._icon_colour))


class CopyButton(IconButton):
    """Puts a text on the clipboard; `copied` carries it."""

    copied = Signal(str)

    def __init__(self, theme: Theme, text: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(theme, "copy", "textSecondary", 26, parent)
        self._text = text
        self.clicked.connect(self._copy)

    def _copy(self) -> None:
        text = self._text()
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(text)
