"""The 52 px head of a page: title, chip or count, stretch, actions at the right."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.theme.theme import Theme
from gui.widgets.labels import TextLabel


class PageHeader(QWidget):
    """Add a widget beside the title with `add_beside`, an action at the right with `add_action`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.px(52))
        self.title = TextLabel("pageTitle")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.px(8))
        self._row.addWidget(self.title)
        self._row.addSpacing(theme.px(4))
        self._row.addStretch(1)

    def add_beside(self, widget: QWidget) -> None:
        """Right after the title."""
        self._row.insertWidget(self._row.count() - 1, widget)
        self._row.setStretch(self._row.count() - 1, 0)

    def add_wide(self, widget: QWidget) -> None:
        """At the right end, with all the room that is left; what cannot be cut has room first."""
        self._row.addWidget(widget, 1000)

    def add_action(self, widget: QWidget) -> None:
        """At the right end; the last one added is the rightmost."""
        self._row.addWidget(widget)
