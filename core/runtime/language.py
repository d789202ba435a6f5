"""Loads the translation catalogues. A language is a folder of JSON files under resources/translations."""

from __future__ import annotations

import locale
from pathlib import Path

from core.model.translation import CHINESE, ENGLISH, Translator


def load_translator(resources: Path, language: str) -> Translator:
    """The translator for a language tag; English, and any language without a folder, needs no catalogue."""
    files = sorted((resources / "translations" / language).glob("*.json"))
    if not files:
        return Translator(ENGLISH)
    import json  # an English start has no catalogue to read

    catalogue: dict[str, str] = {}
    for file in files:
        catalogue.update(json.loads(file.read_text(encoding="utf-8")))
    return Translator(language if catalogue else ENGLISH, catalogue)


def available_languages(resources: Path) -> list[str]:
    """English and every language that has a folder."""
    folder = resources / "translations"
    others = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return [ENGLISH, *others]


def system_language() -> str:
    """Chinese when the system speaks Chinese, else English."""
    name = locale.getlocale()[0] or ""
    return CHINESE if name.lower().startswith(("zh", "chinese")) else ENGLISH
