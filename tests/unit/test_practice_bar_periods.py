"""Which minutes a bar covers, its label, and adding bars up."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.upstreams.practice.bar_periods import (
    MINUTES_OF_TYPE,
    MONTH,
    QUARTER,
    WEEK,
    YEAR,
    Bar,
    add_up,
    add_up_days,
    layout_of,
    period_end,
    period_key,
    period_start,
)
from core.upstreams.practice.calendars import Session

HONG_KONG = layout_of((Session(570, 720), Session(780, 960)))
ALL_DAY = layout_of((Session(0, 1440),))
PERIODS = sorted(MINUTES_OF_TYPE.values())


def labels(layout_name: str, period: int) -> list[str]:
    layout = {"hk": HONG_KONG, "open": ALL_DAY}[layout_name]
    return [f"{bucket.label // 60:02d}:{bucket.label % 60:02d}" for bucket in layout.buckets(period)]


def test_minute_bars_are_labelled_by_their_end() -> None:
    minutes = labels("hk", 1)
    assert (minutes[0], minutes[149], minutes[150], minutes[-1]) == ("09:31", "12:00", "13:01", "16:00")
    assert len(minutes) == 330


def test_longer_bars_are_counted_from_each_session() -> None:
    assert labels("hk", 60) == ["10:30", "11:30", "12:00", "14:00", "15:00", "16:00"]
    assert labels("hk", 240) == ["12:00", "16:00"]


def test_a_day_without_end_keeps_its_own_date() -> None:
    minutes = labels("open", 1)
    assert (minutes[0], minutes[-2], minutes[-1]) == ("00:01", "23:58", "23:59")
    assert len(minutes) == 1439
    last = ALL_DAY.buckets(1)[-1]
    assert last.end - last.first == 2
    assert labels("open", 240) == ["04:00", "08:00", "12:00", "16:00", "20:00", "23:59"]


@pytest.mark.parametrize("layout", [HONG_KONG, ALL_DAY])
@pytest.mark.parametrize("period", PERIODS)
def test_buckets_cover_every_minute_once(layout, period: int) -> None:
    buckets = layout.buckets(period)
    assert [slot for bucket in buckets for slot in range(bucket.first, bucket.end)] == list(range(layout.count))
    assert len({bucket.label for bucket in buckets}) == len(buckets)
    for slot in range(layout.count):
        bucket = buckets[layout.bucket_number(period, slot)]
        assert bucket.first <= slot < bucket.end


def test_slots() -> None:
    assert HONG_KONG.slot_at(569) is None
    assert HONG_KONG.slot_at(570) == 0
    assert HONG_KONG.slot_at(720) is None
    assert HONG_KONG.slot_at(780) == 150
    assert HONG_KONG.slots_before(570) == 0
    assert HONG_KONG.slots_before(750) == 150
    assert HONG_KONG.slots_before(1439) == 330


@given(st.dates(min_value=datetime.date(1990, 1, 1), max_value=datetime.date(2090, 1, 1)))
def test_periods_are_consistent(date: datetime.date) -> None:
    day = date.toordinal()
    for kind in (WEEK, MONTH, QUARTER, YEAR):
        start, end = period_start(kind, day), period_end(kind, day)
        assert start <= day <= end
        assert period_key(kind, start) == period_key(kind, day) == period_key(kind, end)
        assert period_key(kind, end + 1) != period_key(kind, day)
        assert period_key(kind, start - 1) != period_key(kind, day)
    assert datetime.date.fromordinal(period_start(WEEK, day)).weekday() == 0


def test_adding_up() -> None:
    bars = [Bar(1, 1, 10.0, 12.0, 9.0, 11.0, 100, 1000.0), Bar(1, 2, 11.0, 11.5, 8.0, 8.5, 50, 450.0)]
    assert add_up(bars) == Bar(1, 2, 10.0, 12.0, 8.0, 8.5, 150, 1450.0)
    with pytest.raises(ValueError, match="no bars"):
        add_up([])


def test_weeks_are_labelled_with_their_last_day_that_traded() -> None:
    days = [datetime.date(2026, 11, day).toordinal() for day in (12, 13, 16, 17)]
    weeks = add_up_days(WEEK, [Bar(day, 0, 1.0, 1.0, 1.0, 1.0, 1, 1.0) for day in days])
    assert [(bar.day, bar.volume) for bar in weeks] == [(days[1], 2), (days[3], 2)]
