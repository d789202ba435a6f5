"""The frame of our dialogs: paragraphs above, a line, buttons at the right below; as high as its text needs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui.theme.theme import Theme
from gui.widgets.buttons import TextButton
from gui.widgets.labels import TextLabel


class DialogFrame(QDialog):
    """Window-modal and deleted when closed. Subclasses fill it in their constructor and call `fit` at the end."""

    def __init__(self, theme: Theme, parent: QWidget, title: str, width: int) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        px = theme.px
        self._width = px(width)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(px(22), px(18), px(22), px(16))
        self.body.setSpacing(px(8))
        footer = QFrame()
        footer.setProperty("dialogFooter", "true")
        footer.setFixedHeight(px(53))
        self._buttons = QHBoxLayout(footer)
        self._buttons.setContentsMargins(px(22), 0, px(18), 0)
        self._buttons.setSpacing(px(4))
        self._buttons.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(self.body)
        self._column.addStretch(1)
        self._column.addWidget(footer)

    def add_text(self, text: str, *, heading: bool = False, selectable: bool = False) -> TextLabel:
        """Add a wrapped paragraph."""
        label = TextLabel("dialogTitle") if heading else TextLabel("body", "secondary")
        label.setText(text)
        label.setWordWrap(True)
        if selectable:
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(label)
        return label

    def add_button(self, button: TextButton, name: str, text: str) -> TextButton:
        """Add a button at the right end."""
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(text)
        self._buttons.addWidget(button)
        return button

    def fit(self) -> None:
        """Take the height that the wrapped texts need at this width."""
        for label in self.findChildren(TextLabel):
            label.ensurePolished()
        self.setFixedSize(self._width, self._column.totalHeightForWidth(self._width))
