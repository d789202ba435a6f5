"""A few paragraphs with a Close button: Help and About."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui.theme.theme import Theme
from gui.widgets.buttons import PRIMARY, TextButton
from gui.widgets.labels import IconLabel, TextLabel


class TextDialog(QDialog):
    """Window-modal; any key that closes dialogs closes it."""

    def __init__(
        self, theme: Theme, parent: QWidget, *, title: str, paragraphs: Sequence[str], close: str, logo: bool = False
    ) -> None:
        super().__init__(parent)
        self.setObjectName("textDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        px = theme.px
        self.setFixedWidth(px(420))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        body = QVBoxLayout()
        body.setContentsMargins(px(22), px(18), px(22), px(16))
        body.setSpacing(px(8))
        if logo:
            body.addWidget(IconLabel(theme, "logo", "accent", 40))
        heading = TextLabel("dialogTitle")
        heading.setText(title)
        body.addWidget(heading)
        for paragraph in paragraphs:
            label = TextLabel("body", "secondary")
            label.setText(paragraph)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            body.addWidget(label)
        column.addLayout(body)
        footer = QFrame()
        footer.setProperty("dialogFooter", "true")
        row = QHBoxLayout(footer)
        row.setContentsMargins(px(22), px(7), px(18), px(7))
        row.addStretch(1)
        button = TextButton(theme, PRIMARY)
        button.setObjectName("btnClose")
        button.setText(close)
        button.setAccessibleName(close)
        button.setDefault(True)
        button.clicked.connect(self.accept)
        row.addWidget(button)
        column.addWidget(footer)
        button.setFocus()
