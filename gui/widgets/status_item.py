"""A flat button of the status bar: an optional status icon and a text."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton, QWidget

from gui.theme.theme import Theme
from gui.widgets.restyle import set_style_property
from gui.widgets.status_mark import STATUS_LOOKS


class StatusItem(QPushButton):
    """Shows a text; with a kind also its icon and ink."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = ""
        self.setProperty("status", "true")
        self.setAutoDefault(False)
        self.setIconSize(QSize(theme.px(13), theme.px(13)))
        theme.changed.connect(self._draw_icon)

    def show_text(self, text: str, kind: str = "", name: str = "") -> None:
        """Set the text, the status kind (empty for none) and the accessible name, if it differs."""
        if text != self.text():
            self.setText(text)
        self.setAccessibleName(name or text)
        if kind != self._kind:
            self._kind = kind
            self._draw_icon()

    def _draw_icon(self) -> None:
        if self._kind:
            look = STATUS_LOOKS[self._kind]
            self.setIcon(self._theme.icon(look.icon, look.ink, 13))
            self._tint(look.ink)
        elif not self.icon().isNull():
            self.setIcon(QIcon())
            self._tint("")

    def _tint(self, ink: str) -> None:
        set_style_property(self, "inkToken", ink)
