"""Sentences in the reader's language: English in the source, other languages in a catalogue file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

ENGLISH, CHINESE = "en", "zh-CN"


class Translator(NamedTuple):
    """Turns an English source text into the text of one language; unknown texts stay English.

    `language` is a tag such as `en` or `zh-CN`; `catalogue` maps English source texts to translations.
    Placeholders are written `{name}` and filled from keyword arguments.
    """

    language: str = ENGLISH
    catalogue: Mapping[str, str] = MappingProxyType({})

    def __call__(self, text: str, **facts: object) -> str:
        translated = self.catalogue.get(text, text)
        return translated.format(**facts) if facts else translated

    @property
    def is_chinese(self) -> bool:
        """Whether large numbers and dates follow Chinese habits."""
        return self.language.startswith("zh")
