"""Asks before every order of every client is refused; open orders can be cancelled along with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui.dialogs.dialog_frame import DialogFrame
from gui.theme.theme import Theme
from gui.widgets.buttons import DANGER, TextButton
from gui.widgets.check_box import CheckBox


class LockDialog(DialogFrame):
    """`confirmed` carries whether the open orders are to be cancelled too. Esc, the x and Enter lock nothing."""

    confirmed = Signal(bool)

    def __init__(
        self, theme: Theme, parent: QWidget, *, title: str, question: str, text: str, tick: str, safe: str, lock: str
    ) -> None:
        """`tick` is empty when there is nothing to cancel."""
        super().__init__(theme, parent, title, 400)
        self.setObjectName("lockDialog")
        self.add_text(question, heading=True)
        self.text = self.add_text(text)
        self.tick = CheckBox(theme)
        self.tick.setObjectName("chkCancelOpen")
        self.tick.setText(tick)
        self.tick.setAccessibleName(tick)
        if tick:
            self.body.addWidget(self.tick)
        else:
            self.tick.setParent(self)
            self.tick.hide()
        self.safe_button = self.add_button(TextButton(theme), "btnSafe", safe)
        self.safe_button.setDefault(True)
        self.safe_button.clicked.connect(self.reject)
        self.lock_button = self.add_button(TextButton(theme, DANGER, "shield", "onDanger"), "btnLockAll", lock)
        self.lock_button.clicked.connect(self._confirm)
        self.setTabOrder(self.tick, self.safe_button)
        self.setTabOrder(self.safe_button, self.lock_button)
        self.safe_button.setFocus()
        self.fit()

    def _confirm(self) -> None:
        self.confirmed.emit(self.tick.isChecked())
        self.accept()
