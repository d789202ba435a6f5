"""Asks for the trading password of one firm, tells why it was refused, and keeps nothing of it."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.dialogs.dialog_frame import DialogFrame
from gui.theme.theme import Theme
from gui.widgets.buttons import PRIMARY, TextButton
from gui.widgets.inline_message import InlineMessage
from gui.widgets.labels import IconLabel, TextLabel
from gui.widgets.password_edit import PasswordEdit
from gui.widgets.restyle import set_style_property


class UnlockTexts(NamedTuple):
    """Every word of the dialog, in the reader's language."""

    title: str
    question: str
    text: str
    hint: str
    field: str
    show: str
    hide: str
    cancel: str
    unlock: str
    unlocking: str
    empty: str


class UnlockDialog(DialogFrame):
    """`unlock_wanted` carries what was typed, which the field forgets at once. The caller tells what came of it."""

    unlock_wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget, texts: UnlockTexts) -> None:
        super().__init__(theme, parent, texts.title, 400)
        self.setObjectName("unlockDialog")
        self._texts = texts
        self._busy = False
        px = theme.px
        self.add_text(texts.question, heading=True)
        self.add_text(texts.text)
        self.field = PasswordEdit(theme)
        self.field.setObjectName("tradePassword")
        self.field.set_texts(texts.field, texts.show, texts.hide)
        self.field.textEdited.connect(lambda _: self._show_problem(""))
        self.body.addWidget(self.field)
        self.problem = InlineMessage(theme)
        self.body.addWidget(self.problem)
        hint = QHBoxLayout()
        hint.setSpacing(px(6))
        self.hint = TextLabel("small", "muted")
        self.hint.setText(texts.hint)
        self.hint.setWordWrap(True)
        hint.addWidget(IconLabel(theme, "info", "textMuted", 13), 0, Qt.AlignmentFlag.AlignTop)
        hint.addWidget(self.hint, 1)
        self.body.addLayout(hint)
        self.cancel_button = self.add_button(TextButton(theme), "btnCancel", texts.cancel)
        self.cancel_button.clicked.connect(self.reject)
        self.unlock_button = self.add_button(TextButton(theme, PRIMARY), "btnUnlock", texts.unlock)
        self.unlock_button.setDefault(True)
        self.unlock_button.clicked.connect(self._unlock)
        self.setTabOrder(self.field, self.cancel_button)
        self.setTabOrder(self.cancel_button, self.unlock_button)
        self.field.setFocus()
        self.fit()

    def show_refused(self, sentence: str) -> None:
        """Say why the firm is still locked; another try can follow."""
        self._set_busy(False)
        self._show_problem(sentence)
        self.field.setFocus()

    def _unlock(self) -> None:
        if self._busy:
            return
        password = self.field.text()
        self.field.clear()
        self.field.hide_text()
        if not password:
            self._show_problem(self._texts.empty)
            self.field.setFocus()
            return
        self._show_problem("")
        self._set_busy(True)
        self.unlock_wanted.emit(password)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.field.setEnabled(not busy)
        self.unlock_button.setEnabled(not busy)
        self.unlock_button.setText(self._texts.unlocking if busy else self._texts.unlock)

    def _show_problem(self, sentence: str) -> None:
        if sentence == self.problem.text:
            return
        self.problem.show_text("error", sentence)
        set_style_property(self.field, "invalid", "true" if sentence else "false")
        self.field.setAccessibleDescription(sentence)
        self.fit()
