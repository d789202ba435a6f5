"""A flat button of the status bar: an optional status icon and a text."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from gui.theme.theme import Theme
from gui.widgets.restyle import set_style_property
from gui.widgets.status_mark import STATUS_LOOKS


class StatusItem(QPushButton):
    """Shows a text; with a kind also its icon and ink. With `elides` it gives way when the bar is too short.

    A `short` form of the text is shown instead when the bar says so.
    """

    def __init__(self, theme: Theme, *, elides: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = ""
        self._elides = elides
        self._whole = self._short = ""
        self._in_short = False
        self.setProperty("status", "true")
        self.setAutoDefault(False)
        self.setIconSize(QSize(theme.px(13) + theme.px(2), theme.px(13)))
        if elides:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._draw_icon)

    @property
    def whole_text(self) -> str:
        """The text without an ellipsis."""
        return self._whole

    def show_text(self, text: str, kind: str = "", name: str = "", short: str = "") -> None:
        """Set the text, the status kind (empty for none), the accessible name if it differs, and a short form."""
        self.setAccessibleName(name or text)
        if (text, short) != (self._whole, self._short):
            self._whole, self._short = text, short
            self._show_whole()
        if kind != self._kind:
            self._kind = kind
            self._draw_icon()

    def set_short(self, in_short: bool) -> None:
        """Show the short form, or the whole text."""
        if in_short != self._in_short:
            self._in_short = in_short
            self._show_whole()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        hint = super().sizeHint()
        if self._elides:
            hint.setWidth(self.fontMetrics().horizontalAdvance(self._whole) + self._theme.px(14) + 2)
        return hint

    def minimumSizeHint(self) -> QSize:
        """Some letters where it may be cut, else everything."""
        return QSize(self._theme.px(40), self.sizeHint().height()) if self._elides else self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text to the room."""
        super().resizeEvent(event)
        self._show_whole()

    def _show_whole(self) -> None:
        shown = self._short if self._in_short and self._short else self._whole
        if self._elides:
            room = self.width() - self._theme.px(14)
            shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(0, room))
        if self._elides or self._short:
            self.setToolTip(self._whole if shown != self._whole else "")
        if shown != self.text():
            self.setText(shown)
        self.updateGeometry()

    def _draw_icon(self) -> None:
        if self._kind:
            look = STATUS_LOOKS[self._kind]
            self.setIcon(self._theme.icon(look.icon, look.ink, 13, gap=2))
            set_style_property(self, "inkToken", look.ink)
        elif not self.icon().isNull():
            self.setIcon(QIcon())
            set_style_property(self, "inkToken", "")
