"""A choice of two to five words in one frame; one tab stop, arrow keys move."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget


class SegmentedControl(QFrame):
    """`chosen` carries the key of the segment that was chosen by the user or by `choose`."""

    chosen = Signal(str)

    def __init__(self, keys: Sequence[str], *, fill: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("segmentBox", "true")
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        for key in keys:
            button = QPushButton(self)
            button.setProperty("segment", "true")
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setProperty("small", "false" if fill else "true")
            if fill:
                button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            row.addWidget(button)
            self._group.addButton(button)
            self._buttons[key] = button
            button.toggled.connect(lambda on, key=key: self.chosen.emit(key) if on else None)
        self._buttons[keys[0]].setChecked(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding if fill else QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def current(self) -> str:
        """The key of the chosen segment."""
        return next(key for key, button in self._buttons.items() if button.isChecked())

    def choose(self, key: str) -> None:
        """Choose a segment by its key."""
        self._buttons[key].setChecked(True)

    def set_text(self, key: str, text: str) -> None:
        """Set the word of a segment."""
        self._buttons[key].setText(text)

    def set_name(self, name: str) -> None:
        """Set what is chosen here; each segment is read as name and word."""
        self.setAccessibleName(name)
        for button in self._buttons.values():
            button.setAccessibleName(f"{name}: {button.text()}")

    @property
    def buttons(self) -> list[QPushButton]:
        """The segments, left to right."""
        return list(self._buttons.values())
