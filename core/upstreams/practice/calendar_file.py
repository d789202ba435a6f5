"""Reads the file of holidays and half days."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from core.upstreams.practice.calendar_variants import RoundTheClockCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup, TradingCalendar, TradingDayType

MAXIMUM_FILE_BYTES: Final = 1_000_000


class CalendarFileError(ValueError):
    """The calendar file is missing, too large or not of the expected form; the text says which."""


def load_calendars(path: Path) -> dict[MarketGroup, MarketCalendar]:
    """Read the calendar file; one calendar per market group. Raises CalendarFileError."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise CalendarFileError(f"{path.name} is larger than {MAXIMUM_FILE_BYTES} bytes")
        markets = json.loads(path.read_text(encoding="utf-8"))["markets"]
        calendars: dict[MarketGroup, MarketCalendar] = {
            group: _build(group, markets[group.value]) for group in MarketGroup if group is not MarketGroup.CRYPTO
        }
        calendars[MarketGroup.CRYPTO] = RoundTheClockCalendar(MarketGroup.CRYPTO)
        return calendars
    except OSError as error:
        raise CalendarFileError(f"{path.name} cannot be read: {error.strerror}") from error
    except CalendarFileError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CalendarFileError(f"{path.name} is not a calendar file: {type(error).__name__}: {error}") from error


def _build(group: MarketGroup, content: Mapping[str, Any]) -> TradingCalendar:
    first_year, last_year = int(content["first_year"]), int(content["last_year"])
    if not 1900 <= first_year <= last_year <= 2100:
        raise CalendarFileError(f"{group.value}: years {first_year} to {last_year} are out of range")
    holidays: set[datetime.date] = set()
    half_days: dict[datetime.date, TradingDayType] = {}
    # A year that is missing would silently turn its holidays into trading days, hence the lookup of every year.
    for year in range(first_year, last_year + 1):
        entry = content["years"][str(year)]
        holidays.update(datetime.date.fromisoformat(f"{year}-{key}") for key in entry["holidays"])
        for key, kind in entry["half_days"].items():
            half_days[datetime.date.fromisoformat(f"{year}-{key}")] = TradingDayType(kind)
    return TradingCalendar(group, frozenset(holidays), half_days, first_year, last_year)
