"""Help and About: what they say."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.dialogs.text_dialog import TextDialog
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme


def help_dialog(theme: Theme, language: WindowLanguage, parent: QWidget, endpoint: str) -> TextDialog:
    """How to start and how to connect; the caller opens it."""
    text = language.text
    return TextDialog(
        theme,
        parent,
        title=text("Help"),
        paragraphs=(
            text(
                "Practice runs a simulated exchange on this computer. It needs no account, and nothing is sent to any "
                "broker."
            ),
            text(
                "Programs that use the Futu or moomoo OpenAPI connect to {endpoint} as they do to OpenD; they need no "
                "change.",
                endpoint=endpoint,
            ),
            text("Ctrl+1 shows Overview, Ctrl+2 Connections. Ctrl+Shift+A copies the API address, Ctrl+Q quits."),
        ),
        close=text("Close"),
    )


def about_dialog(theme: Theme, language: WindowLanguage, parent: QWidget, version: str) -> TextDialog:
    """Version, licence, independence; the caller opens it."""
    text = language.text
    return TextDialog(
        theme,
        parent,
        title=f"Gatehouse {version}",
        paragraphs=(
            text("A local gateway for OpenD clients"),
            text("Independent open-source project, not affiliated with Futu or moomoo."),
            text("Licence: Apache-2.0. Icons: Lucide (ISC). Fonts: Inter and JetBrains Mono (OFL)."),
        ),
        close=text("Close"),
        logo=True,
    )
