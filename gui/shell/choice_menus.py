"""Menus that choose language, theme and text size; used by both windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from gui.language.window_language import LANGUAGE_NAMES, WindowLanguage
from gui.preferences import Preferences
from gui.theme.theme import TEXT_SIZES, THEME_CHOICES, Theme

_THEME_WORDS = {"system": "As the system", "light": "Light", "dark": "Dark"}


def fill_choices(menu: QMenu, choices: Iterable[tuple[str, str]], present: str, choose: Callable[[str], None]) -> None:
    """Add exclusive checkable actions; each choice is a key and its word."""
    group = QActionGroup(menu)
    for key, word in choices:
        action = menu.addAction(word)
        action.setCheckable(True)
        action.setChecked(key == present)
        action.triggered.connect(lambda _=False, key=key: choose(key))
        group.addAction(action)


def fill_languages(menu: QMenu, language: WindowLanguage, preferences: Preferences) -> None:
    """English and 简体中文, each in its own words."""

    def choose(tag: str) -> None:
        preferences.language = tag
        language.choose(tag)

    fill_choices(menu, LANGUAGE_NAMES.items(), language.language, choose)


def fill_themes(menu: QMenu, theme: Theme, language: WindowLanguage, preferences: Preferences) -> None:
    """System, light, dark."""

    def choose(choice: str) -> None:
        preferences.theme = choice
        theme.set_choice(choice)

    fill_choices(menu, ((key, language.text(_THEME_WORDS[key])) for key in THEME_CHOICES), theme.choice, choose)


def fill_text_sizes(menu: QMenu, theme: Theme, choose: Callable[[float], None]) -> None:
    """The four factors as percentages."""
    sizes = ((str(size), f"{size * 100:.0f} %") for size in TEXT_SIZES)
    fill_choices(menu, sizes, str(theme.text_size), lambda key: choose(float(key)))


def menu_source_texts() -> set[str]:
    """Every English source text of the tables in this file, for the check that translations are complete."""
    return set(_THEME_WORDS.values())
