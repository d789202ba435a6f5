"""Asks before something is closed or ended: the safe button is the default, the verb stands at the right."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from gui.dialogs.dialog_frame import DialogFrame
from gui.theme.theme import Theme
from gui.widgets.buttons import DANGER, TextButton


class ConfirmDialog(DialogFrame):
    """`confirmed` comes only from the destructive button; Esc, the x and Enter keep everything.

    With `wait_ms` that button works only after so long, so that no hasty second click reaches it.
    """

    confirmed = Signal()

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        *,
        title: str,
        question: str,
        text: str,
        safe: str,
        destructive: str,
        icon: str = "",
        wait_ms: int = 0,
    ) -> None:
        super().__init__(theme, parent, title, 400)
        self.setObjectName("confirmDialog")
        self.question = self.add_text(question, heading=True)
        self.text = self.add_text(text)
        self.safe_button = self.add_button(TextButton(theme), "btnSafe", safe)
        self.safe_button.setDefault(True)
        self.safe_button.clicked.connect(self.reject)
        self.destructive_button = self.add_button(
            TextButton(theme, DANGER, icon, "onDanger"), "btnDestructive", destructive
        )
        self.destructive_button.clicked.connect(self._confirm)
        if wait_ms:
            self.destructive_button.setEnabled(False)
            QTimer.singleShot(wait_ms, self, lambda: self.destructive_button.setEnabled(True))
        self.setTabOrder(self.safe_button, self.destructive_button)
        self.safe_button.setFocus()
        self.fit()

    def _confirm(self) -> None:
        self.confirmed.emit()
        self.accept()
