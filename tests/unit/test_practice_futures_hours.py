"""Market states of index futures around every boundary of their days and nights."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.futures_hours import futures_state

CALENDARS = load_calendars(Path(__file__).resolve().parents[2] / "resources" / "practice" / "calendars.json")


@pytest.mark.parametrize(
    ("group", "local", "state"),
    [
        ("HK", "2025-10-09 08:44", 14),
        ("HK", "2025-10-09 08:45", 18),
        ("HK", "2025-10-09 09:15", 15),
        ("HK", "2025-10-09 12:00", 16),
        ("HK", "2025-10-09 13:00", 15),
        ("HK", "2025-10-09 16:30", 17),
        ("HK", "2025-10-09 17:15", 13),
        ("HK", "2025-10-10 02:59", 13),
        ("HK", "2025-10-10 03:00", 14),
        ("HK", "2025-10-11 02:59", 13),  # Friday's night
        ("HK", "2025-10-12 12:00", 14),
        ("HK", "2025-12-24 12:29", 15),
        ("HK", "2025-12-24 18:00", 17),
        ("HK", "2025-12-25 01:00", 17),
        ("US", "2025-10-10 16:59", 23),
        ("US", "2025-10-10 17:00", 26),
        ("US", "2025-10-10 19:00", 26),  # Friday evening
        ("US", "2025-10-12 17:59", 26),
        ("US", "2025-10-12 18:00", 23),
        ("US", "2025-11-27 12:59", 23),
        ("US", "2025-11-27 13:00", 26),
        ("JP", "2025-10-06 08:45", 15),
        ("JP", "2025-10-06 15:15", 17),
        ("JP", "2025-10-06 16:25", 18),
        ("JP", "2025-10-06 16:30", 13),
        ("JP", "2025-10-07 05:30", 14),
        ("SG", "2025-10-06 17:00", 13),
        ("CN", "2025-10-09 10:00", 0),
    ],
)
def test_futures_states(group: str, local: str, state: int) -> None:
    assert futures_state(CALENDARS[MarketGroup(group)], datetime.datetime.fromisoformat(local)) == state


@pytest.mark.parametrize(("group", "state"), [("HK", 15), ("US", 23), ("JP", 15)])
def test_a_market_that_never_closes_has_open_futures(group: str, state: int) -> None:
    calendar = AlwaysOpenCalendar(CALENDARS[MarketGroup(group)], datetime.date(2026, 11, 21))
    assert futures_state(calendar, datetime.datetime.fromisoformat("2026-11-22 04:00")) == state
