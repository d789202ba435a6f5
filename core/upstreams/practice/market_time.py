"""Local wall-clock time of a market: from and to Unix seconds, and the strings that messages carry.

A day is its proleptic ordinal (datetime.date.toordinal), a time of day its minutes from local midnight.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core.upstreams.practice.calendars import MINUTES_PER_DAY

UNIX_DAY: Final = datetime.date(1970, 1, 1).toordinal()
SECONDS_PER_DAY: Final = 86_400
_HOUR: Final = 3_600
MINUTE_TEXTS: Final = tuple(f" {minute // 60:02d}:{minute % 60:02d}:00" for minute in range(1_440))


@lru_cache(maxsize=16_384)
def day_text(day: int) -> str:
    """Write a day as YYYY-MM-DD."""
    return datetime.date.fromordinal(day).isoformat()


def stamp_text(day: int, minute: int) -> str:
    """Write a whole minute as YYYY-MM-DD HH:MM:00; a negative one lies on a day before (see `natural`)."""
    if minute < 0:
        day, minute = natural(day, minute)
    return day_text(day) + MINUTE_TEXTS[minute]


def natural(day: int, minute: int) -> tuple[int, int]:
    """Give date and minute of a minute counted from a trading day's midnight: a night before it has negative ones."""
    return (day, minute) if minute >= 0 else (day + minute // MINUTES_PER_DAY, minute % MINUTES_PER_DAY)


class LocalMoment(NamedTuple):
    """A moment on the market's wall clock."""

    day: int
    second: float  # from local midnight

    @property
    def minute(self) -> int:
        """Whole minutes from local midnight."""
        return int(self.second) // 60

    @property
    def text(self) -> str:
        """YYYY-MM-DD HH:MM:SS."""
        second = int(self.second)
        return f"{day_text(self.day)} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


class MarketTime:
    """Conversions for one time zone, quick for moments near each other."""

    def __init__(self, zone_name: str) -> None:
        """Store. `zone_name` is an IANA name."""
        self._zone = ZoneInfo(zone_name)
        self._hour = -1
        self._offset = 0
        self._midnights: dict[int, tuple[float, bool]] = {}

    def utc_offset(self, unix: float) -> int:
        """Give the offset from UTC in seconds at a moment."""
        # Offsets of all our zones change at whole hours of UTC.
        hour = int(unix) // _HOUR
        if hour != self._hour:
            offset = datetime.datetime.fromtimestamp(hour * _HOUR, self._zone).utcoffset()
            assert offset is not None, "an aware time has an offset"
            self._offset = int(offset.total_seconds())
            self._hour = hour
        return self._offset

    def local(self, unix: float) -> LocalMoment:
        """Give the wall-clock moment."""
        days, second = divmod(unix + self.utc_offset(unix), SECONDS_PER_DAY)
        return LocalMoment(int(days) + UNIX_DAY, second)

    def local_datetime(self, unix: float) -> datetime.datetime:
        """Give the wall-clock moment as a naive datetime, as calendars want it."""
        moment = self.local(unix)
        return datetime.datetime.fromordinal(moment.day) + datetime.timedelta(seconds=moment.second)

    def unix(self, day: int, minute: int = 0) -> float:
        """Give the Unix seconds of a local minute; a time that a clock change skips has the earlier offset."""
        known = self._midnights.get(day)
        if known is None:
            if len(self._midnights) > 16_384:
                self._midnights.clear()
            before = self._midnights.get(day - 1)
            midnight = before[0] + SECONDS_PER_DAY if before is not None and before[1] else self._convert(day, 0)
            known = (midnight, self._convert(day + 1, 0) - midnight == SECONDS_PER_DAY)
            self._midnights[day] = known
        midnight, regular = known
        return midnight + minute * 60 if regular else self._convert(day, minute)

    def _convert(self, day: int, minute: int) -> float:
        naive = datetime.datetime.fromordinal(day) + datetime.timedelta(minutes=minute)
        return naive.replace(tzinfo=self._zone).timestamp()
