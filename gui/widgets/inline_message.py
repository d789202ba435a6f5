"""A sentence with its status icon under a field or above a button, with links behind it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.theme.theme import Theme
from gui.widgets.announcement import announce
from gui.widgets.buttons import LINK, TextButton
from gui.widgets.labels import IconLabel, TextLabel
from gui.widgets.status_mark import STATUS_LOOKS

_INKS = {"error": "error", "warn": "warn", "info": "muted", "idle": "muted", "ok": "ok"}


class InlineMessage(QWidget):
    """Hidden while it has no text. `links` are offered by key; `link_clicked` carries the key."""

    link_clicked = Signal(str)

    def __init__(self, theme: Theme, links: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._icon = IconLabel(theme, "octagon-x", "negative", 14)
        self._sentence = TextLabel("small", "error")
        self._sentence.setWordWrap(True)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._links: dict[str, TextButton] = {}
        link_row = QHBoxLayout()
        link_row.setSpacing(px(4))
        link_row.setContentsMargins(0, 0, 0, 0)
        for key in links:
            link = TextButton(theme, LINK)
            link.setObjectName(f"link_{key}")
            link.clicked.connect(lambda _=False, key=key: self.link_clicked.emit(key))
            link.hide()
            link_row.addWidget(link)
            self._links[key] = link
        link_row.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._sentence)
        if links:
            column.addLayout(link_row)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, px(4), 0, 0)
        row.setSpacing(px(5))
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown, empty when hidden."""
        return self._sentence.text()

    def show_text(self, kind: str, text: str, links: dict[str, str] | None = None) -> None:
        """Show a sentence of a kind (error, warn, info, idle) with the words of the links it offers."""
        look = STATUS_LOOKS[kind]
        self._icon.set_icon(look.icon, look.ink)
        self._sentence.set_ink(_INKS[kind])
        new = text != self._sentence.text()
        self._sentence.setText(text)
        for key, link in self._links.items():
            word = (links or {}).get(key, "")
            link.setText(word)
            link.setAccessibleName(word)
            link.setVisible(bool(word))
        self.setVisible(bool(text))
        if new and kind == "error":
            announce(self, text)

    def clear(self) -> None:
        """Hide it."""
        self.show_text("error", "")
