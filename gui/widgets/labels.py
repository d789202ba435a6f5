"""Labels: text in a type role and ink, text that elides, an icon."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.theme.theme import Theme
from gui.widgets.restyle import set_style_property


class TextLabel(QLabel):
    """Plain text. `role` is a type role of the tokens, `ink` one of secondary, muted, ok, warn, error, accent.

    With `figures` its digits are equally wide, for clocks and values that change in place.
    """

    def __init__(
        self,
        role: str = "body",
        ink: str = "",
        weight: int = 0,
        parent: QWidget | None = None,
        *,
        figures: bool = False,
    ) -> None:
        super().__init__(parent)
        if figures:
            font = self.font()
            font.setFeature(QFont.Tag("tnum"), 1)
            self.setFont(font)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("type", role)
        if ink:
            self.setProperty("ink", ink)
        if weight:
            self.setProperty("weight", str(weight))

    def set_ink(self, ink: str) -> None:
        """Change the ink; empty for the normal one."""
        set_style_property(self, "ink", ink)


class ElidedLabel(TextLabel):
    """Text that ends in an ellipsis where it does not fit; the whole text is then in the tooltip."""

    def __init__(self, role: str = "body", ink: str = "", weight: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(role, ink, weight, parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """Narrow, but as high as a line."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment()), shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the whole text when it is cut."""
        super().resizeEvent(event)
        self._set_tooltip()

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(text)
        self._set_tooltip()

    def _set_tooltip(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if cut else "")


class TwoFormLabel(ElidedLabel):
    """A line with a long and a short form: the long one where it fits, else the short one with the long as tooltip."""

    def __init__(self, role: str = "body", ink: str = "", weight: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(role, ink, weight, parent)
        self._long = self._short = ""

    @property
    def long(self) -> str:
        """The long form."""
        return self._long

    def set_forms(self, long: str, short: str = "") -> None:
        """Set both; without a short one the long one is elided."""
        self._long, self._short = long, short or long
        self._choose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose again."""
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        fits = self.fontMetrics().horizontalAdvance(self._long) <= self.width()
        shown = self._long if fits else self._short
        if shown != self.text():
            self.setText(shown)
        self.setToolTip("" if fits else self._long)


class IconLabel(QLabel):
    """An icon in a token's colour that follows the theme. `meaning` is its accessible name, empty for decoration."""

    def __init__(
        self, theme: Theme, name: str, colour: str = "textSecondary", size: int = 14, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name, self._colour, self._size = name, colour, size
        self.setFixedSize(theme.px(size), theme.px(size))
        theme.changed.connect(self._draw)
        self._draw()

    def set_icon(self, name: str, colour: str, meaning: str = "") -> None:
        """Show another icon."""
        self._name, self._colour = name, colour
        self.setAccessibleName(meaning)
        self._draw()

    def _draw(self) -> None:
        self.setPixmap(self._theme.pixmap(self._name, self._colour, self._size))
