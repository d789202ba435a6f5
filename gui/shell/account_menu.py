"""The menu behind the account button: language, looks, help, and the ways out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from gui.language.window_language import WindowLanguage
from gui.preferences import Preferences
from gui.shell.choice_menus import fill_languages, fill_text_sizes, fill_themes
from gui.theme.theme import Theme


class AccountSlots(NamedTuple):
    """What the entries call."""

    text_size: Callable[[float], None]
    help: Callable[[], None]
    about: Callable[[], None]
    sign_out: Callable[[], None]
    quit: Callable[[], None]


def account_menu(
    window: QWidget, theme: Theme, language: WindowLanguage, preferences: Preferences, slots: AccountSlots
) -> QMenu:
    """The menu, deleted when it closes."""
    text = language.text
    menu = QMenu(window)
    menu.setObjectName("accountMenu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    fill_languages(menu.addMenu(theme.icon("languages"), text("Language")), language, preferences)
    fill_themes(menu.addMenu(theme.icon("sun-moon"), text("Theme")), theme, language, preferences)
    fill_text_sizes(menu.addMenu(theme.icon("a-large-small"), text("Text size")), theme, slots.text_size)
    menu.addSeparator()
    menu.addAction(theme.icon("circle-question-mark"), text("Help"), slots.help)
    menu.addAction(theme.icon("info"), text("About Gatehouse"), slots.about)
    menu.addSeparator()
    menu.addAction(theme.icon("log-out"), text("Sign out…"), slots.sign_out)
    menu.addAction(theme.icon("power"), text("Quit Gatehouse…"), slots.quit)
    return menu
