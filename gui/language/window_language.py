"""The language of the windows; it can change while they are open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core.model.translation import CHINESE, ENGLISH, Translator

# Each language is written in its own words wherever it is offered.
LANGUAGE_NAMES = {ENGLISH: "English", CHINESE: "简体中文"}


class WindowLanguage(QObject):
    """Holds the translator. Windows set their texts again on `changed`."""

    changed = Signal()

    def __init__(self, load_translator: Callable[[str], Translator], language: str = ENGLISH) -> None:
        super().__init__()
        self._load_translator = load_translator
        self._wanted = language if language in LANGUAGE_NAMES else ENGLISH
        self._translator = Translator()

    def start(self) -> None:
        """Load the first catalogue."""
        self._translator = self._load_translator(self._wanted)

    @property
    def translator(self) -> Translator:
        """The translator in use, for sentences made by core.model."""
        return self._translator

    @property
    def language(self) -> str:
        """`en` or `zh-CN`."""
        return self._translator.language

    @property
    def is_chinese(self) -> bool:
        """Whether figures and dates follow Chinese habits."""
        return self._translator.is_chinese

    def text(self, source: str, /, **facts: object) -> str:
        """The text in the reader's language, placeholders filled."""
        return self._translator(source, **facts)

    def filled(self, source: str, facts: tuple[tuple[str, str], ...]) -> str:
        """A text of a snapshot with its facts, which are translated too; a fact that is missing shows the bare text."""
        try:
            return self._translator(source, **{name: self._translator(value) for name, value in facts})
        except (KeyError, IndexError):
            return self._translator(source)

    def choose(self, language: str) -> None:
        """Change the language now; unknown ones are ignored."""
        if language != self.language and language in LANGUAGE_NAMES:
            self._translator = self._load_translator(language)
            self.changed.emit()
