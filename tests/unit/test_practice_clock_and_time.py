"""Simulated time, local wall-clock time and the seeded dice."""

from __future__ import annotations

import datetime

import pytest
from fakes.fake_clock import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from core.model.errors import UserFacingError
from core.upstreams.practice.market_time import MarketTime, stamp_text
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.seeded_noise import key_of, mix

NEW_YORK = MarketTime("America/New_York")
HONG_KONG = MarketTime("Asia/Hong_Kong")


def test_real_time_at_speed_one() -> None:
    source = FakeClock(1_000_000.0)
    clock = PracticeClock(source)
    assert clock.now() == 1_000_000.0
    source.advance(12.5)
    assert clock.now() == 1_000_012.5


def test_speed_can_change_while_running() -> None:
    source = FakeClock(1_000_000.0)
    clock = PracticeClock(source, speed=20, start=500.0)
    assert clock.now() == 500.0
    source.advance(3)
    clock.set_speed(1)
    source.advance(4)
    assert clock.now() == 500.0 + 60 + 4


def test_time_never_goes_back() -> None:
    source = FakeClock(1_000_000.0)
    clock = PracticeClock(source)
    clock.now()
    source.advance(-3600)
    assert clock.now() == 1_000_000.0
    source.advance(2)
    assert clock.now() == 1_000_002.0


def test_full_speed_moves_only_when_told() -> None:
    source = FakeClock(1_000_000.0)
    clock = PracticeClock(source, speed=0)
    clock.now()
    source.advance(10)
    assert clock.now() == 1_000_000.0
    clock.move_to(1_000_777.0)
    clock.move_to(5.0)
    assert clock.now() == 1_000_777.0


@pytest.mark.parametrize("speed", [-1, 101, float("nan")])
def test_impossible_speed_is_refused(speed: float) -> None:
    with pytest.raises(UserFacingError) as caught:
        PracticeClock(FakeClock(), speed=speed)
    assert caught.value.code == "bad_option"


def test_local_time_with_daylight_saving() -> None:
    summer = datetime.datetime(2026, 7, 1, 13, 30, tzinfo=datetime.UTC).timestamp()
    winter = datetime.datetime(2026, 12, 1, 14, 30, tzinfo=datetime.UTC).timestamp()
    assert NEW_YORK.local(summer).text == "2026-07-01 09:30:00"
    assert NEW_YORK.local(winter).text == "2026-12-01 09:30:00"
    assert HONG_KONG.local(winter).text == "2026-12-01 22:30:00"
    assert NEW_YORK.unix(datetime.date(2026, 7, 1).toordinal(), 570) == summer
    assert NEW_YORK.unix(datetime.date(2026, 12, 1).toordinal(), 570) == winter


def test_days_of_the_clock_change() -> None:
    spring = datetime.date(2026, 3, 8).toordinal()
    assert NEW_YORK.unix(spring, 180) - NEW_YORK.unix(spring, 60) == 3600
    autumn = datetime.date(2026, 11, 1).toordinal()
    assert NEW_YORK.unix(autumn, 180) - NEW_YORK.unix(autumn, 0) == 4 * 3600


def test_stamp_text() -> None:
    assert stamp_text(datetime.date(2026, 11, 20).toordinal(), 0) == "2026-11-20 00:00:00"
    assert stamp_text(datetime.date(2026, 11, 20).toordinal(), 1439) == "2026-11-20 23:59:00"


@given(st.integers(min_value=0, max_value=4_000_000_000))
def test_local_and_unix_are_inverse(unix: int) -> None:
    moment = HONG_KONG.local(float(unix))
    assert HONG_KONG.unix(moment.day, moment.minute) == unix // 60 * 60


def test_dice_do_not_depend_on_the_run() -> None:
    # Fixed on purpose: other values would change every simulated price.
    assert mix(0) == 0xE220A8397B1DCDAF
    assert key_of(1, "path", "HK.00700") == 18_116_330_570_747_976_036
    assert key_of(1, "ab", "c") != key_of(1, "a", "bc")
