"""Asks before something is closed or ended: the safe button is the default, the verb stands at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui.theme.theme import Theme
from gui.widgets.buttons import DANGER, TextButton
from gui.widgets.labels import TextLabel


class ConfirmDialog(QDialog):
    """Window-modal. `confirmed` comes only from the destructive button; Esc, the x and Enter keep everything."""

    confirmed = Signal()

    def __init__(
        self, theme: Theme, parent: QWidget, *, title: str, question: str, text: str, safe: str, destructive: str
    ) -> None:
        super().__init__(parent)
        self.setObjectName("confirmDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        px = theme.px
        self.setFixedWidth(px(400))
        self.question = TextLabel("dialogTitle")
        self.question.setText(question)
        self.question.setWordWrap(True)
        self.text = TextLabel("body", "secondary")
        self.text.setText(text)
        self.text.setWordWrap(True)
        self.safe_button = TextButton(theme)
        self.safe_button.setObjectName("btnSafe")
        self.safe_button.setText(safe)
        self.safe_button.setAccessibleName(safe)
        self.safe_button.setDefault(True)
        self.safe_button.clicked.connect(self.reject)
        self.destructive_button = TextButton(theme, DANGER)
        self.destructive_button.setObjectName("btnDestructive")
        self.destructive_button.setText(destructive)
        self.destructive_button.setAccessibleName(destructive)
        self.destructive_button.clicked.connect(self._confirm)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        body = QVBoxLayout()
        body.setContentsMargins(px(22), px(16), px(22), px(16))
        body.setSpacing(px(6))
        body.addWidget(self.question)
        body.addWidget(self.text)
        column.addLayout(body)
        footer = QFrame()
        footer.setProperty("dialogFooter", "true")
        row = QHBoxLayout(footer)
        row.setContentsMargins(px(22), px(7), px(18), px(7))
        row.setSpacing(px(4))
        row.addStretch(1)
        row.addWidget(self.safe_button)
        row.addWidget(self.destructive_button)
        column.addWidget(footer)
        self.setTabOrder(self.safe_button, self.destructive_button)
        self.safe_button.setFocus()

    def _confirm(self) -> None:
        self.confirmed.emit()
        self.accept()
