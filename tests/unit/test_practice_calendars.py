"""Calendars of the practice exchange: real holidays, sessions, market states, the market that never closes."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.upstreams.practice.calendar_file import CalendarFileError, load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar, SuspendedCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup, Session, TradingCalendar, TradingDayType

FILE = Path(__file__).resolve().parents[2] / "resources" / "practice" / "calendars.json"
CALENDARS = load_calendars(FILE)
HK, US, CN, SG, JP, MY, AU, CA, CRYPTO = (CALENDARS[group] for group in MarketGroup)
day = datetime.date.fromisoformat
OPEN_DAY = day("2026-11-21")  # a Saturday
SUSPENDED = SuspendedCalendar(HK, day("2026-03-02"))
ALWAYS_OPEN = [AlwaysOpenCalendar(calendar, OPEN_DAY) for calendar in (HK, US, CN)]
ALL: list[MarketCalendar] = [HK, US, CN, SG, JP, MY, AU, CA, CRYPTO, SUSPENDED, *ALWAYS_OPEN]
# Wider than the file's years on both sides.
DATES = st.dates(day("1998-01-01"), day("2032-12-31"))


@pytest.mark.parametrize(
    ("calendar", "date", "trades"),
    [
        (HK, "2025-01-28", True),
        (HK, "2025-01-29", False),  # Lunar New Year
        (HK, "2024-09-06", False),  # a typhoon
        (HK, "2025-10-07", False),
        (HK, "2027-02-08", False),
        (US, "2025-01-09", False),  # a day of mourning
        (US, "2025-07-04", False),
        (US, "2012-10-29", False),  # a hurricane
        (US, "2026-07-03", False),
        (US, "2026-11-27", True),
        (US, "2025-10-07", True),
        (CN, "2025-10-08", False),
        (CN, "2025-10-09", True),
        (CN, "2025-10-11", False),  # a Saturday that offices work
        (CN, "2026-02-23", False),
        (HK, "2026-11-21", False),
        (HK, "2028-01-03", True),  # beyond the file: every weekday
        (CN, "2027-01-01", True),
        (US, "1999-12-31", True),
        (US, "2000-01-01", False),
    ],
)
def test_known_days(calendar: TradingCalendar, date: str, trades: bool) -> None:
    assert calendar.is_trading_day(day(date)) is trades
    assert (day(date) in calendar.trading_days(day(date), day(date))) is trades


@pytest.mark.parametrize(("calendar", "count"), [(HK, 246), (US, 252), (CN, 242)])
def test_number_of_trading_days_of_2024(calendar: TradingCalendar, count: int) -> None:
    assert len(calendar.trading_days(day("2024-01-01"), day("2024-12-31"))) == count


def test_sessions_and_half_days() -> None:
    assert HK.sessions(day("2025-10-06")) == (Session(570, 720), Session(780, 960))
    assert HK.day_type(day("2025-12-24")) is TradingDayType.MORNING
    assert HK.sessions(day("2025-12-24")) == (Session(570, 720),)
    assert US.sessions(day("2025-10-06")) == (Session(570, 960),)
    assert US.day_type(day("2025-11-28")) is TradingDayType.MORNING
    assert US.sessions(day("2025-11-28")) == (Session(570, 780),)
    assert CN.sessions(day("2025-10-09")) == (Session(570, 690), Session(780, 900))
    assert CN.sessions(day("2025-10-06")) == ()


def test_time_zones() -> None:
    assert [calendar.time_zone for calendar in (HK, US, CN)] == ["Asia/Hong_Kong", "America/New_York", "Asia/Shanghai"]


def test_neighbouring_trading_days() -> None:
    assert CN.previous_trading_day(day("2025-10-09")) == day("2025-09-30")
    assert CN.next_trading_day(day("2025-09-30")) == day("2025-10-09")
    assert US.next_trading_day(day("2026-07-02")) == day("2026-07-06")


@pytest.mark.parametrize("calendar", ALL)
def test_a_reversed_range_is_empty_and_an_endless_one_refused(calendar: MarketCalendar) -> None:
    assert calendar.trading_days(day("2025-02-01"), day("2025-01-01")) == []
    with pytest.raises(ValueError, match="more than"):
        calendar.trading_days(day("1900-01-01"), day("2100-01-01"))


@given(st.sampled_from(ALL), DATES, st.integers(0, 4000))
def test_lists_agree_with_single_days(calendar: MarketCalendar, begin: datetime.date, length: int) -> None:
    end = begin + datetime.timedelta(days=length)
    naturals = [datetime.date.fromordinal(ordinal) for ordinal in range(begin.toordinal(), end.toordinal() + 1)]
    assert calendar.trading_days(begin, end) == [one for one in naturals if calendar.is_trading_day(one)]


@given(st.sampled_from(ALL), DATES)
def test_neighbours_are_the_nearest(calendar: MarketCalendar, date: datetime.date) -> None:
    before, after = calendar.previous_trading_day(date), calendar.next_trading_day(date)
    between = [before, date, after] if calendar.is_trading_day(date) else [before, after]
    assert calendar.trading_days(before, after) == between


@given(st.sampled_from(ALL), DATES)
def test_sessions_exist_exactly_on_trading_days(calendar: MarketCalendar, date: datetime.date) -> None:
    sessions = calendar.sessions(date)
    assert bool(sessions) is calendar.is_trading_day(date)
    edges = [minute for session in sessions for minute in session]
    assert edges == sorted(set(edges))


@pytest.mark.parametrize(
    ("calendar", "local", "state"),
    [
        (HK, "2025-10-06 08:54", 6),
        (HK, "2025-10-06 08:55", 0),
        (HK, "2025-10-06 09:00", 1),
        (HK, "2025-10-06 09:20", 2),
        (HK, "2025-10-06 09:30", 3),
        (HK, "2025-10-06 11:59:59", 3),
        (HK, "2025-10-06 12:00", 4),
        (HK, "2025-10-06 13:00", 5),
        (HK, "2025-10-06 16:00", 19),
        (HK, "2025-10-06 16:08", 6),
        (HK, "2025-10-07 10:00", 6),  # a holiday
        (HK, "2025-12-24 12:00", 19),
        (HK, "2025-12-24 13:00", 6),
        (US, "2025-10-06 03:59", 37),
        (US, "2025-10-06 04:00", 8),
        (US, "2025-10-06 09:30", 5),
        (US, "2025-10-06 16:00", 10),
        (US, "2025-10-06 20:00", 37),
        (US, "2025-10-10 20:00", 11),  # Friday evening
        (US, "2025-10-11 12:00", 11),  # Saturday
        (US, "2025-10-12 19:59", 11),  # Sunday
        (US, "2025-10-12 20:00", 37),
        (US, "2025-11-28 13:00", 10),
        (US, "2025-11-28 17:00", 11),
        (US, "2025-11-26 21:00", 11),  # the eve of a holiday
        (US, "2025-11-27 21:00", 37),  # the evening of that holiday
        (CN, "2025-10-09 09:10", 0),
        (CN, "2025-10-09 09:15", 1),
        (CN, "2025-10-09 09:25", 2),
        (CN, "2025-10-09 09:30", 3),
        (CN, "2025-10-09 11:30", 4),
        (CN, "2025-10-09 13:00", 5),
        (CN, "2025-10-09 15:00", 6),
        (CN, "2025-10-08 10:00", 6),
        (SG, "2025-10-06 08:59", 6),
        (SG, "2025-10-06 09:00", 3),
        (SG, "2025-10-06 12:00", 4),
        (SG, "2025-10-06 13:00", 5),
        (SG, "2025-10-06 17:00", 6),
        (JP, "2025-10-06 12:29", 4),
        (JP, "2025-10-06 15:29", 5),
        (JP, "2025-10-06 15:30", 6),
        (JP, "2025-11-03 10:00", 6),  # a holiday
        (MY, "2025-10-06 14:30", 5),
        (AU, "2025-12-24 11:00", 3),
        (AU, "2025-12-24 14:09", 5),
        (AU, "2025-12-24 14:10", 6),
        (CA, "2025-10-06 09:30", 3),
        (CA, "2025-10-06 12:00", 5),
        (CA, "2025-10-13 12:00", 6),  # a holiday there, not in the US
        (CRYPTO, "2025-10-05 03:00", 3),
    ],
)
def test_market_states(calendar: TradingCalendar, local: str, state: int) -> None:
    assert calendar.market_state(datetime.datetime.fromisoformat(local)) == state


def test_a_suspension_ends_trading_but_not_the_markets_states() -> None:
    first, last = day("2026-03-02"), day("2026-02-27")
    assert SUSPENDED.previous_trading_day(first) == SUSPENDED.previous_trading_day(day("2026-11-20")) == last
    assert SUSPENDED.next_trading_day(day("2026-02-26")) == day("2026-02-27")
    assert SUSPENDED.next_trading_day(day("2026-02-27")) > day("2059-12-31")
    assert SUSPENDED.sessions(first) == ()
    assert SUSPENDED.trading_days(day("2026-02-26"), day("2026-12-31")) == [day("2026-02-26"), day("2026-02-27")]
    assert SUSPENDED.market_state(datetime.datetime.fromisoformat("2026-03-03 10:00")) == 3


def test_names_without_overnight_trading() -> None:
    for local in ("2025-10-06 03:59", "2025-10-06 20:00", "2025-10-12 20:00"):
        assert US.market_state(datetime.datetime.fromisoformat(local), overnight=False) == 11
    assert US.market_state(datetime.datetime.fromisoformat("2025-10-06 10:00"), overnight=False) == 5


@given(st.sampled_from(ALL[:9]), st.datetimes(datetime.datetime(2003, 1, 1), datetime.datetime(2028, 12, 31)))  # noqa: DTZ001 - local
def test_continuous_trading_states_match_the_sessions(calendar: TradingCalendar, local: datetime.datetime) -> None:
    minute = local.hour * 60 + local.minute
    inside = any(session.open <= minute < session.close for session in calendar.sessions(local.date()))
    assert (calendar.market_state(local) in (3, 5)) is inside


def test_always_open_follows_the_real_calendar_until_its_first_day() -> None:
    calendar = AlwaysOpenCalendar(HK, OPEN_DAY)
    assert calendar.previous_trading_day(OPEN_DAY) == day("2026-11-20")
    assert calendar.next_trading_day(day("2026-11-20")) == OPEN_DAY
    assert calendar.sessions(day("2026-11-15")) == ()
    assert calendar.sessions(OPEN_DAY) == (Session(0, 1440),)
    assert calendar.trading_days(day("2026-11-19"), day("2026-11-23")) == [
        day(f"2026-11-{number}") for number in (19, 20, 21, 22, 23)
    ]
    assert calendar.day_type(day("2026-12-24")) is TradingDayType.WHOLE
    assert calendar.market_state(datetime.datetime.fromisoformat("2026-11-20 16:01")) == 19


@pytest.mark.parametrize(
    ("real", "before_noon", "from_noon"),
    [(HK, 3, 5), (CN, 3, 5), (US, 5, 5)],
)
def test_always_open_states(real: TradingCalendar, before_noon: int, from_noon: int) -> None:
    calendar = AlwaysOpenCalendar(real, OPEN_DAY)
    assert calendar.market_state(datetime.datetime.fromisoformat("2026-11-22 00:00")) == before_noon
    assert calendar.market_state(datetime.datetime.fromisoformat("2026-11-22 11:59:59")) == before_noon
    assert calendar.market_state(datetime.datetime.fromisoformat("2026-11-22 12:00")) == from_noon
    assert calendar.market_state(datetime.datetime.fromisoformat("2026-11-22 23:59")) == from_noon


def _without_market(content: dict[str, Any]) -> None:
    del content["markets"]["US"]


def _without_year(content: dict[str, Any]) -> None:
    del content["markets"]["US"]["years"]["2010"]


def _with_bad_date(content: dict[str, Any]) -> None:
    content["markets"]["US"]["years"]["2010"]["holidays"].append("02-30")


def _with_bad_half_day(content: dict[str, Any]) -> None:
    content["markets"]["US"]["years"]["2010"]["half_days"]["11-26"] = 7


@pytest.mark.parametrize("damage", [_without_market, _without_year, _with_bad_date, _with_bad_half_day])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: Any) -> None:
    content = json.loads(FILE.read_text(encoding="utf-8"))
    damage(content)
    path = tmp_path / "calendars.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(CalendarFileError, match=r"calendars\.json"):
        load_calendars(path)


def test_a_missing_or_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarFileError, match="cannot be read"):
        load_calendars(tmp_path / "absent.json")
    path = tmp_path / "calendars.json"
    path.write_text("not JSON", encoding="utf-8")
    with pytest.raises(CalendarFileError, match="not a calendar file"):
        load_calendars(path)


def test_half_days_are_trading_days() -> None:
    for calendar in (HK, US, CN, SG, JP, MY, AU, CA):
        for date in calendar.trading_days(day("2004-01-01"), day("2027-12-31")):
            assert calendar.is_trading_day(date)
    content = json.loads(FILE.read_text(encoding="utf-8"))["markets"]
    for group in set(MarketGroup) - {MarketGroup.CRYPTO}:
        for year, entry in content[group.value]["years"].items():
            dates = [day(f"{year}-{key}") for key in (*entry["holidays"], *entry["half_days"])]
            assert len(dates) == len(set(dates))
            assert all(date.weekday() < 5 for date in dates)
            assert all(CALENDARS[group].is_trading_day(day(f"{year}-{key}")) for key in entry["half_days"])
