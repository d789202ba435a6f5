"""A few paragraphs with a Close button: Help and About."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from gui.dialogs.dialog_frame import DialogFrame
from gui.theme.theme import Theme
from gui.widgets.buttons import PRIMARY, TextButton
from gui.widgets.labels import IconLabel


class TextDialog(DialogFrame):
    """Enter, Esc and the button close it."""

    def __init__(
        self, theme: Theme, parent: QWidget, *, title: str, paragraphs: Sequence[str], close: str, logo: bool = False
    ) -> None:
        super().__init__(theme, parent, title, 420)
        self.setObjectName("textDialog")
        if logo:
            self.body.addWidget(IconLabel(theme, "logo", "accent", 40))
        self.add_text(title, heading=True)
        for paragraph in paragraphs:
            self.add_text(paragraph, selectable=True)
        button = self.add_button(TextButton(theme, PRIMARY), "btnClose", close)
        button.setDefault(True)
        button.clicked.connect(self.accept)
        button.setFocus()
        self.fit()
