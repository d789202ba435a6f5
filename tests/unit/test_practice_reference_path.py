"""The simulated past agrees with itself at every zoom and never changes."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from random import Random

import pytest

from core.model.security import parse_security
from core.upstreams.practice.bar_periods import MINUTES_OF_TYPE, add_up
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.intraday_shapes import LEVELS, SHAPE_COUNT, ShapeLibrary
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, lowest_price, round_to_tick, tick_size
from core.upstreams.practice.reference_path import ANCHOR_DAY, EARLIEST_DAY, ReferencePath
from core.upstreams.practice.securities import SecurityInfo, SecurityTable, load_securities

TODAY = datetime.date(2026, 11, 20).toordinal()
FIRST_OPEN = datetime.date(2026, 11, 10)
LABELS = ["HK.00700", "HK.00939", "HK.800000", "HK.02800", "US.AAPL", "US.BRK.B", "SH.600519", "SZ.000001"]


@pytest.fixture(scope="module")
def table() -> SecurityTable:
    return load_securities(Path(__file__).parents[2] / "resources" / "practice" / "securities.csv")


@pytest.fixture(scope="module")
def calendars() -> dict[object, MarketCalendar]:
    return dict(load_calendars(Path(__file__).parents[2] / "resources" / "practice" / "calendars.json"))


def info_of(table: SecurityTable, label: str) -> SecurityInfo:
    info = table.get(parse_security(label))
    assert info is not None
    return info


def make_path(table, calendars, label: str, *, seed: int = 7, always_open: bool = False) -> ReferencePath:
    info = info_of(table, label)
    calendar = calendars[info.group]
    if always_open:
        calendar = AlwaysOpenCalendar(calendar, FIRST_OPEN)
    return ReferencePath(info, calendar, ShapeLibrary(seed), seed)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("always_open", [False, True])
def test_minutes_add_up_to_the_day(table, calendars, label: str, always_open: bool) -> None:
    path = make_path(table, calendars, label, always_open=always_open)
    random = Random(label)
    begin = random.randrange(path.first_day, TODAY - 20)
    days = path.day_bars(begin, begin + 20) + path.day_bars(TODAY - 12, TODAY)
    assert days
    for day in days:
        found = path.day(day.day)
        assert found is not None
        for period in MINUTES_OF_TYPE.values():
            bars = found.bars(period)
            total = add_up(bars, minute=0)
            assert total[:7] == day[:7], f"{period} minutes of {datetime.date.fromordinal(day.day)}"
            assert total.turnover == pytest.approx(day.turnover, rel=1e-9)
            for bar in bars:
                assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
                assert bar.day == day.day


def test_half_days_are_shorter(table, calendars) -> None:
    path = make_path(table, calendars, "HK.00700")
    eve = path.day(datetime.date(2024, 12, 24).toordinal())
    assert eve is not None
    assert eve.layout.count == 150
    assert len(eve.bars(1)) == 150


@pytest.mark.parametrize("label", LABELS)
def test_days_follow_each_other_on_ticks(table, calendars, label: str) -> None:
    info = info_of(table, label)
    path = make_path(table, calendars, label)
    days = path.day_bars(EARLIEST_DAY, TODAY)
    trading_days = calendars[info.group].trading_days(
        datetime.date.fromordinal(path.first_day), datetime.date.fromordinal(TODAY)
    )
    assert [bar.day for bar in days] == [day.toordinal() for day in trading_days]
    for bar in days:
        for price in bar[2:6]:
            units = round(price * PRICE_SCALE)
            assert units == round_to_tick(info.tick_kind, units)
        assert bar.volume > 0
        assert bar.low * bar.volume * 0.98 <= bar.turnover * path.turnover_divisor <= bar.high * bar.volume * 1.02
    moves = [abs(later.close / bar.close - 1) for bar, later in itertools.pairwise(days)]
    assert max(moves) < 0.5
    # Twenty years stay plausible: neither pennies nor fortunes.
    reference = info.reference_price / PRICE_SCALE
    assert reference / 12 < min(bar.low for bar in days)
    assert max(bar.high for bar in days) < reference * 5


def test_the_anchor_is_the_reference_price(table, calendars) -> None:
    info = info_of(table, "HK.00700")
    path = make_path(table, calendars, "HK.00700")
    assert path.close_before(ANCHOR_DAY) == info.reference_price
    assert path.day_bars(ANCHOR_DAY - 1, ANCHOR_DAY - 1)[0].close == info.reference_price / PRICE_SCALE


def test_nothing_before_the_listing(table, calendars) -> None:
    info = info_of(table, "HK.09988")
    path = make_path(table, calendars, "HK.09988")
    first = path.day_bars(EARLIEST_DAY, TODAY)[0]
    assert first.day == info.listing_date.toordinal()


def test_the_order_of_questions_does_not_matter(table, calendars) -> None:
    early, late = make_path(table, calendars, "US.AAPL"), make_path(table, calendars, "US.AAPL")
    begin = datetime.date(2012, 3, 1).toordinal()
    first = early.day_bars(begin, begin + 100)
    late.day_bars(TODAY - 5, TODAY)
    late.day(datetime.date(2019, 5, 6).toordinal())
    late.close_before(datetime.date(2006, 1, 9).toordinal())
    assert late.day_bars(begin, begin + 100) == first
    assert make_path(table, calendars, "US.AAPL", seed=8).day_bars(begin, begin + 100) != first


def test_the_fair_price_stays_inside_its_day(table, calendars) -> None:
    path = make_path(table, calendars, "US.AAPL")
    day = path.day(TODAY)
    assert day is not None
    prices = [day.fair_price(slot, part / 10) for slot in range(day.layout.count) for part in range(10)]
    assert day.low <= min(prices) <= max(prices) <= day.low + day.span


def test_shapes_touch_both_ends_and_come_with_mirror_images() -> None:
    library = ShapeLibrary(3)
    for number in range(0, SHAPE_COUNT, 2):
        shape, mirrored = library.shape(330, number), library.shape(330, number + 1)
        assert (min(shape.points), max(shape.points)) == (0, LEVELS)
        assert [LEVELS - point for point in shape.points] == list(mirrored.points)
        assert len(shape.points) == 4 * 330 == 4 * len(shape.weights)


@pytest.mark.parametrize("kind", list(TickKind))
def test_bands_of_ticks_begin_at_multiples_of_their_tick(kind: TickKind) -> None:
    # ReferencePath.day_bars writes rounding out under this assumption.
    random = Random(int(kind))
    for _ in range(20_000):
        price = max(lowest_price(kind), int(10 ** random.uniform(2.5, 9)))
        tick = tick_size(kind, price)
        rounded = (price + tick // 2) // tick * tick
        if tick_size(kind, rounded) == tick:
            assert round_to_tick(kind, price) == rounded
