"""What the windows remember about themselves, in an ini file of the profile. Nothing of the gateway is kept here."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings


class Preferences:
    """Window places, theme, language, text size, table layouts and display currencies."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._opened: QSettings | None = None

    @property
    def language(self) -> str:
        """Language tag, or empty when none was chosen yet."""
        return self._text("window/language")

    @language.setter
    def language(self, language: str) -> None:
        self._settings.setValue("window/language", language)

    @property
    def theme(self) -> str:
        """`system`, `light` or `dark`."""
        return self._text("window/theme") or "system"

    @theme.setter
    def theme(self, theme: str) -> None:
        self._settings.setValue("window/theme", theme)

    @property
    def text_size(self) -> float:
        """Factor on type sizes, 0.9 to 1.3."""
        try:
            return float(self._text("window/text_size") or 1.0)
        except ValueError:
            return 1.0

    @text_size.setter
    def text_size(self, text_size: float) -> None:
        self._settings.setValue("window/text_size", str(text_size))

    def place(self, window: str) -> QByteArray:
        """Saved geometry or splitter state by name; empty when there is none."""
        value = self._settings.value(f"places/{window}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_place(self, window: str, state: QByteArray) -> None:
        """Keep a geometry, splitter or table header state."""
        self._settings.setValue(f"places/{window}", state)

    def currency(self, account_id: int) -> str:
        """In which currency an account's figures are shown; empty for its own."""
        return self._text(f"currencies/{account_id}")

    def set_currency(self, account_id: int, currency: str) -> None:
        """Keep the currency of an account's figures."""
        self._settings.setValue(f"currencies/{account_id}", currency)

    def save(self) -> None:
        """Write what changed to the file."""
        self._settings.sync()

    @property
    def _settings(self) -> QSettings:
        if self._opened is None:
            self._opened = QSettings(str(self._file), QSettings.Format.IniFormat)
        return self._opened

    def _text(self, key: str) -> str:
        value = self._settings.value(key, "")
        return value if isinstance(value, str) else ""
