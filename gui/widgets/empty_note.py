"""What a list shows while it has nothing to show: icon, title, sentence, and one thing to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui.theme.theme import Theme
from gui.widgets.buttons import TextButton
from gui.widgets.labels import IconLabel, TextLabel


class EmptyNote(QFrame):
    """Centred; the button is left out when it has no text."""

    action_clicked = Signal()

    def __init__(self, theme: Theme, icon: str, action_icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.title = TextLabel("bodyStrong")
        self.sentence = TextLabel("body", "secondary")
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = TextButton(theme, icon=action_icon)
        self.button.hide()
        self.button.clicked.connect(self.action_clicked)
        self.setProperty("card", "true")
        centre = Qt.AlignmentFlag.AlignHCenter
        block = QWidget()
        # A fixed width, or the wrapped sentence would be given the height of a narrower one.
        self._text_width = px(400)
        block.setFixedWidth(self._text_width)
        column = QVBoxLayout(block)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(IconLabel(theme, icon, "textMuted", 26), 0, centre)
        column.addWidget(self.title, 0, centre)
        column.addWidget(self.sentence)
        column.addWidget(self.button, 0, centre)
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(block, 0, centre)
        outer.addStretch(1)

    def set_texts(self, title: str, sentence: str, action: str = "") -> None:
        """Set all three texts."""
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.sentence.ensurePolished()
        self.sentence.setFixedHeight(self.sentence.heightForWidth(self._text_width))
        self.button.setText(action)
        self.button.setVisible(bool(action))
