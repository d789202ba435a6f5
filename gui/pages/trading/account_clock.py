"""The local time in which an account's times are shown."""

from __future__ import annotations

from gui.language.figures import utc_text, zone_clock_text, zone_precise_text, zone_time_text
from gui.language.window_language import WindowLanguage


class AccountClock:
    """One per page. `follow` takes the moment and the offset of the book on the screen."""

    def __init__(self, language: WindowLanguage) -> None:
        self._language = language
        self._moment = 0.0
        self._utc_offset = 0

    def follow(self, moment: float, utc_offset_seconds: int) -> None:
        """Show times against this moment (Unix seconds) in this zone from now on."""
        self._moment, self._utc_offset = moment, utc_offset_seconds

    @property
    def now(self) -> str:
        """HH:MM:SS of the book."""
        return zone_clock_text(self._moment, self._utc_offset)

    @property
    def day(self) -> int:
        """The number of the local day, by which a change of day is seen."""
        return int((self._moment + self._utc_offset) // 86400)

    def text(self, moment: float) -> str:
        """HH:MM:SS of today, day and minute of other days."""
        return zone_time_text(moment, self._moment, self._utc_offset, self._language)

    def precise_text(self, moment: float) -> str:
        """The same with milliseconds today."""
        return zone_precise_text(moment, self._moment, self._utc_offset, self._language)

    def tooltip(self, moment: float) -> str:
        """Date and time in UTC."""
        return utc_text(moment)
