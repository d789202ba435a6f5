"""A plate's level, volume and turnover are those of its members: now, on past days, and in every period."""

from __future__ import annotations

import datetime
import random
from pathlib import Path

import pytest

from core.model.security import Security, parse_security
from core.model.topics import SUB_QUOTE, Topic
from core.upstreams.practice.bar_periods import add_up
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.corporate_actions import load_actions
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.plate_market import FollowerMarket
from core.upstreams.practice.plate_path import AddedUpDay, PlatePath
from core.upstreams.practice.plates import load_plates, table_with_plates
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
TABLE = load_securities(PRACTICE / "securities.csv")
PLATES = load_plates(PRACTICE / "plates.csv", TABLE)
ACTIONS = load_actions(PRACTICE / "corporate_actions.csv")
BANKS, CHIPS, INDICES = (parse_security(label) for label in ("HK.BK1007", "HK.BK1014", "SH.LIST3000002"))
MORNING = datetime.datetime(2026, 11, 20, 2, 17, 20, tzinfo=datetime.UTC).timestamp()


def make_exchange(now: float = MORNING, *, always_open: bool = False) -> Exchange:
    calendars = load_calendars(PRACTICE / "calendars.json")
    if always_open:
        first = datetime.date(2026, 11, 15)
        calendars = {group: AlwaysOpenCalendar(calendar, first) for group, calendar in calendars.items()}
    exchange = Exchange(table_with_plates(TABLE, PLATES), calendars, 7)
    exchange.plates, exchange.actions = PLATES, ACTIONS
    exchange.begin(now)
    return exchange


def path_of(exchange: Exchange, security: Security) -> PlatePath:
    path = exchange.history(exchange.info(security)).path
    assert isinstance(path, PlatePath)
    return path


@pytest.mark.parametrize("always_open", [True, False])
def test_the_present_level_follows_the_members_trades(always_open: bool) -> None:
    exchange = make_exchange(always_open=always_open)
    members = [info.security for info in PLATES.members(BANKS)]
    exchange.set_wanted(frozenset(Topic(security, SUB_QUOTE) for security in (BANKS, *members)))
    plate = exchange.market(BANKS)
    assert isinstance(plate, FollowerMarket)
    checked = set()
    while exchange.now < MORNING + 240:
        # At the plate's own event everything that its members did before has happened.
        exchange.advance(plate.next_event)
        live = [exchange.market(security) for security in members]
        value = sum(one.info.shares_outstanding * one.day.last for one in live)
        before = sum(one.info.shares_outstanding * one.day.last_close * PRICE_SCALE for one in live)
        change = plate.day.last / (plate.day.last_close * PRICE_SCALE)
        assert change == pytest.approx(value / before, abs=2e-5)
        if exchange.now > MORNING + 60:
            assert plate.day.volume == sum(one.day.volume for one in live)
            assert plate.day.turnover == pytest.approx(sum(one.day.turnover for one in live), rel=1e-6)
        checked.add(plate.day.last)
    assert len(checked) > 20
    assert add_up(plate.day.bars(1), minute=0)[:7] == plate.day.day_bar()[:7]


def test_members_that_are_not_live_count_with_their_path() -> None:
    exchange = make_exchange()
    plate = exchange.market(CHIPS)
    assert isinstance(plate, FollowerMarket)
    exchange.advance(plate.next_event)
    before, now = 0.0, 0.0
    for member in plate.history.path.members:  # type: ignore[union-attr]
        day = member.path.day(plate.day.day)
        assert day is not None
        before += member.shares * (member.path.close_before(day.day) or 0)
        now += member.shares * day.fair_price(plate.day.last_slot, 0.5)
    assert plate.day.last / PRICE_SCALE / plate.day.last_close == pytest.approx(now / before, abs=2e-3)
    assert exchange.live(PLATES.members(CHIPS)[0].security) is None


def test_past_days_are_the_sum_of_the_members() -> None:
    exchange = make_exchange()
    dice = random.Random(5)
    plates = [plate for plate in PLATES.plates if 2 <= len(PLATES.members(plate.security)) <= 12]
    end = datetime.date(2026, 11, 19).toordinal()
    begin = end - 3 * 365
    for plate in dice.sample(plates, 6):
        path = path_of(exchange, plate.security)
        bars = path.day_bars(begin, end)
        of_members = [{bar.day: bar for bar in member.path.day_bars(begin - 30, end)} for member in path.members]
        for position in dice.sample(range(1, len(bars)), 60):
            bar, day = bars[position], bars[position].day
            assert bar.volume == sum(found[day].volume for found in of_members if day in found)
            assert bar.turnover == pytest.approx(sum(found[day].turnover for found in of_members if day in found))
            value, before, opening = 0.0, 0.0, 0.0
            for member in path.members:
                close = member.path.close_before(day)
                own = member.path.day_bars(day, day)
                if close and own:
                    shares = member.shares_on(day)
                    value += shares * own[0].close * PRICE_SCALE
                    opening += shares * own[0].open * PRICE_SCALE
                    before += shares * member.path.ex_close(day, close)
            assert bar.close / bars[position - 1].close == pytest.approx(value / before, abs=4e-5)
            assert bar.open / bars[position - 1].close == pytest.approx(opening / before, abs=4e-5)
            past = path.day(day)
            assert past is not None
            for period in (1, 15, 60):
                whole = add_up(past.bars(period), minute=0)
                assert whole[:7] == bar[:7]
                assert whole.turnover == pytest.approx(bar.turnover)


def test_the_present_day_ends_like_the_past_one() -> None:
    exchange = make_exchange()
    path = path_of(exchange, BANKS)
    today = datetime.date(2026, 11, 20).toordinal()
    present = path.day(today)
    assert isinstance(present, AddedUpDay)
    [later] = path.day_bars(today, today)
    whole = add_up(present.bars(1), minute=0)
    # Members' prices of day bars are on ticks.
    assert (whole.open, whole.close) == (pytest.approx(later.open, rel=5e-4), pytest.approx(later.close, rel=5e-4))
    assert whole.volume == later.volume
    assert whole.turnover == pytest.approx(later.turnover)
    assert add_up(present.bars(60), minute=0)[:7] == whole[:7]


def test_the_level_does_not_depend_on_who_looked_first() -> None:
    end = datetime.date(2026, 11, 19).toordinal()
    one, other = path_of(make_exchange(), BANKS), path_of(make_exchange(), BANKS)
    one.ensure(end - 2_000, end)
    for back in (0, 100, 300, 310, 900, 2_000):
        other.ensure(end - back, end - back)
    assert one.day_bars(end - 1_900, end) == other.day_bars(end - 1_900, end)
    steps = path_of(make_exchange(), BANKS)
    for _ in steps.steps(end - 2_000, end):
        steps.day_bars(end - 10, end)  # somebody asks in between
    assert steps.day_bars(end - 1_900, end) == one.day_bars(end - 1_900, end)


def test_a_plate_of_indices_weighs_them_alike() -> None:
    exchange = make_exchange()
    path = path_of(exchange, INDICES)
    assert len({round(member.shares * member.info.reference_price) for member in path.members}) == 1
    assert len(path.members) > 3
    market = exchange.market(INDICES)
    assert market.day.volume > 0
