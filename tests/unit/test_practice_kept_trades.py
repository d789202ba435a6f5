"""What was traded survives a restart as minute bars, and only that: bounded, repaired, and never a mix of markets."""

from __future__ import annotations

import datetime
import sqlite3
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.model.security import Security, parse_security
from core.model.topics import Push, Topic
from core.upstreams.practice.answers import capital
from core.upstreams.practice.bar_periods import DAY, ONE_MINUTE, add_up
from core.upstreams.practice.capital_flow import Flow, FlowCounter
from core.upstreams.practice.extended_hours import Leg
from core.upstreams.practice.kept_trades import DAYS_KEPT, DaySummary, DayToKeep, KeptMinutes, KeptTrades
from core.upstreams.practice.market import SecurityMarket
from core.upstreams.practice.order_book import Fill, Side
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice

TENCENT, APPLE = parse_security("HK.00700"), parse_security("US.AAPL")
OPENED = datetime.date(2026, 11, 15).toordinal()


class Sink:
    """Swallows the news."""

    def on_pushes(self, pushes: Sequence[Push]) -> None:
        """Nothing to do."""

    def congested(self) -> bool:
        """Never."""
        return False

    def on_status_changed(self) -> None:
        """Nothing to do."""


async def started(resources: Path, folder: Path | None, clock: FakeClock, *, seed: int = 7) -> PracticeUpstream:
    upstream = build_practice(resources, PracticeClock(clock), seed, first_open_day=OPENED, state_folder=folder)
    upstream.pause()
    await upstream.start(Sink())
    upstream.set_subscriptions(frozenset({Topic(TENCENT, 4)}))
    return upstream


def market_of(upstream: PracticeUpstream) -> SecurityMarket:
    return upstream._exchange.market(TENCENT)


def trade(upstream: PracticeUpstream, clock: FakeClock, seconds: int) -> None:
    begin = upstream.now()
    for step in range(1, seconds + 1):
        upstream.run_until(begin + step)
    clock.advance(seconds)


async def test_minutes_come_back_and_the_gap_is_the_path(resources: Path, tmp_path: Path) -> None:
    clock = FakeClock()
    first = await started(resources, tmp_path, clock)
    trade(first, clock, 300)
    market = market_of(first)
    day, traded = market.day.day, market.day.bars(1)
    last_slot, first_slot = market.day.last_slot, market.day.last_slot - 4
    await first.stop()
    assert (tmp_path / "practice-trades.sqlite3").stat().st_mode & 0o077 == 0
    clock.advance(1_800)
    second = await started(resources, tmp_path, clock)
    again = market_of(second).day
    assert again.day == day
    bars = again.bars(1)
    assert bars[: last_slot + 1] == traded
    assert not again.is_from_path(first_slot)
    assert again.is_from_path(last_slot + 1)
    assert add_up(bars, minute=0)[:7] == again.day_bar()[:7]
    assert again.day_bar().turnover == pytest.approx(sum(bar.turnover for bar in bars))
    await second.stop()
    # A profile without the file has the path in those minutes.
    third = await started(resources, None, clock)
    assert market_of(third).day.bars(1)[first_slot : last_slot + 1] != traded[first_slot:]
    await third.stop()


def flows_of(upstream: PracticeUpstream) -> tuple[list[float], list[list[float]], list[float]]:
    """Give today's distribution, today's minutes and the day rows of capital flow."""
    exchange = upstream._exchange
    asked = openapi.Qot_GetCapitalDistribution.Request()
    asked.c2s.security.market, asked.c2s.security.code = TENCENT
    answer = openapi.Qot_GetCapitalDistribution.Response.FromString(capital.capital_distribution(exchange, asked)).s2c
    distribution = [answer.capitalInBig, answer.capitalOutBig, answer.capitalInSuper, answer.capitalOutSmall]
    rows = []
    for period in (1, 2):
        request = openapi.Qot_GetCapitalFlow.Request()
        request.c2s.security.market, request.c2s.security.code = TENCENT
        request.c2s.periodType = period
        body = capital.capital_flow(exchange, request)
        rows.append(openapi.Qot_GetCapitalFlow.Response.FromString(body).s2c.flowItemList)
    minutes = [[row.inFlow, row.superInFlow, row.bigInFlow, row.midInFlow, row.smlInFlow] for row in rows[0]]
    return distribution, minutes, [row.inFlow for row in rows[1]]


async def test_trades_by_size_come_back(resources: Path, tmp_path: Path) -> None:
    clock = FakeClock()
    first = await started(resources, tmp_path, clock)
    trade(first, clock, 600)
    before, minutes, days = flows_of(first)
    grain = market_of(first).day.flows._usual / 100
    now = first.now()
    await first.stop()
    # The running minute, which is traded anew, has just begun.
    second = await started(resources, tmp_path, clock)
    assert second.now() == now
    after, again, days_again = flows_of(second)
    assert len(again) == len(minutes)
    for one, other in zip(minutes[:-1], again[:-1], strict=True):
        assert other == pytest.approx(one, abs=grain)
    assert after == pytest.approx(before, rel=0.02)
    assert days_again[:-1] == pytest.approx(days[:-1])
    await second.stop()
    # Without the file the minutes are estimated.
    bare = await started(resources, None, clock)
    assert flows_of(bare)[1][-2] != pytest.approx(minutes[-2], abs=grain)
    await bare.stop()
    # On a later day the kept day's row is what was counted, and an estimate for the rest.
    clock.advance(2 * 86_400)
    third, without = await started(resources, tmp_path, clock), await started(resources, None, clock)
    market = market_of(third)
    day = market.history.traded_day(market.day.day - 2)
    assert day is not None
    counted = day.flows.total()
    assert sum(counted.inflow) + sum(counted.outflow) > 0
    assert flows_of(third)[2][-3] != flows_of(without)[2][-3]
    await third.stop()
    await without.stop()


def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    file = tmp_path / "trades.sqlite3"
    kept = KeptTrades(file, 7)
    kept.open()
    kept.write([kept_day(100)])
    kept.close()
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE days DROP COLUMN flows")
    again = KeptTrades(file, 7)
    again.open()
    found = again.minutes(TENCENT, 100)
    assert found is not None
    assert found.flows == b""
    again.write([kept_day(101)])
    assert sorted(again.days_of(TENCENT)) == [100, 101]
    again.close()


def test_flows_are_packed_and_read_again() -> None:
    counter, again = FlowCounter(1_000.0), FlowCounter(1_000.0)
    counter.record(3, [Fill(100_000, 250, 1, 2, Side.BUY)])
    counter.record(5, [Fill(100_000, 9_000, 1, 3, Side.SELL)])
    again.restore(counter.packed(10), 5)
    assert again.of_slot(3) == counter.of_slot(3)
    assert again.of_slot(5).total == 0
    again.restore(counter.packed(10), 10)
    assert again.of_slot(5) == counter.of_slot(5)
    untouched = FlowCounter(1.0)
    for broken in (b"", b"12345678", counter.packed(10)[:-4], b"x" * 40):
        untouched.restore(broken, 10)
    assert untouched.total() == Flow()
    assert untouched.packed(10) == b""


async def test_a_kept_day_is_history_at_every_zoom(resources: Path, tmp_path: Path) -> None:
    clock = FakeClock()
    first = await started(resources, tmp_path, clock)
    trade(first, clock, 240)
    day = market_of(first).day.day
    traded = market_of(first).day.bars(1)
    await first.stop()
    clock.advance(2 * 86_400)
    second = await started(resources, tmp_path, clock)
    history = market_of(second).history
    minutes = history.bars_from(ONE_MINUTE, (day, 0), (day, 1_440), 2_000).bars
    assert minutes[: len(traded)] == traded
    assert len(minutes) == 1_439  # the last two share a label
    of_day = history.bars_from(DAY, (day, 0), (day, 0), 5).bars[0]
    assert add_up(minutes, minute=0)[:7] == of_day[:7]
    assert of_day.turnover == pytest.approx(sum(bar.turnover for bar in minutes))
    assert history.close_before(day + 1) == minutes[-1].close
    high, low = history.extremes(day, day)
    assert (high, low) == (of_day.high, of_day.low)
    await second.stop()
    other_seed = await started(resources, tmp_path, clock, seed=8)
    assert day not in market_of(other_seed).history._kept
    await other_seed.stop()


async def test_a_broken_file_is_set_aside(resources: Path, tmp_path: Path, expected_warnings: list[str]) -> None:
    expected_warnings.append("practice-trades.broken")
    file = tmp_path / "practice-trades.sqlite3"
    file.write_bytes(b"this is not a database" * 100)
    clock = FakeClock()
    upstream = await started(resources, tmp_path, clock)
    trade(upstream, clock, 60)
    await upstream.stop()
    assert (tmp_path / "practice-trades.broken").exists()
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT COUNT(*) FROM days").fetchone()[0] == 1


def kept_day(day: int, security: Security = TENCENT) -> DayToKeep:
    columns = [array("q", [day + 1] * 3) for _ in range(6)]
    return DayToKeep(security, DaySummary(day, 330, 2, 1, 2, 1, 2, 30, 4.5), KeptMinutes(*columns))


def test_the_newest_days_stay(tmp_path: Path) -> None:
    kept = KeptTrades(tmp_path / "trades.sqlite3", 7)
    kept.open()
    for day in range(100, 140):
        kept.write([kept_day(day), kept_day(day, parse_security("US.AAPL"))])
    kept.write([kept_day(139)])
    assert sorted(kept.days_of(TENCENT)) == list(range(140 - DAYS_KEPT, 140))
    kept.close()
    kept.close()
    again = KeptTrades(tmp_path / "trades.sqlite3", 7)
    again.open()
    assert sorted(again.days_of(TENCENT)) == list(range(140 - DAYS_KEPT, 140))
    found = again.minutes(TENCENT, 139)
    assert found is not None
    assert list(found.closes) == [140] * 3
    assert again.minutes(TENCENT, 100) is None
    again.close()
    assert again.minutes(TENCENT, 139) is None
    again.write([kept_day(150)])


def test_a_folder_that_cannot_be_written_only_warns(tmp_path: Path, expected_warnings: list[str]) -> None:
    expected_warnings.append("practice trades are not kept")
    kept = KeptTrades(tmp_path / "missing" / "trades.sqlite3", 7)
    kept.open()
    assert not kept.is_open
    kept.write([kept_day(1)])
    assert kept.days_of(TENCENT) == {}


async def test_hours_outside_the_regular_session_come_back_too(resources: Path, tmp_path: Path) -> None:
    def build(folder: Path | None) -> PracticeUpstream:
        return build_practice(resources, PracticeClock(clock), 7, first_open_day=None, state_folder=folder)

    zone = datetime.timezone(datetime.timedelta(hours=-5))
    clock = FakeClock()
    clock.advance(datetime.datetime(2026, 11, 20, 17, tzinfo=zone).timestamp() - clock.now())
    first = build(tmp_path)
    first.pause()
    await first.start(Sink())
    trade_one = first._exchange.market(APPLE)
    trade(first, clock, 600)
    live = trade_one.outside.live if trade_one.outside else None
    assert live is not None
    traded, volume = live.bars(1)[-8:], live.volume
    assert len(traded) == 8
    await first.stop()
    # Later in the same evening the leg goes on from what was traded; on the next day all of it is there.
    for hours in (1, 20):
        clock.advance(hours * 3_600)
        second = build(tmp_path)
        second.pause()
        await second.start(Sink())
        again = second._exchange.market(APPLE)
        assert again.extended is not None
        shown = again.extended.bars(Leg.AFTER_HOURS, traded[0].day, 1, again.present_local)
        assert [bar for bar in shown if traded[0].minute <= bar.minute < traded[-1].minute] == traded[:-1]
        block = again.extended.block(Leg.AFTER_HOURS, *again.present_local)
        assert block is not None
        assert block.volume == sum(bar.volume for bar in shown) > volume
        await second.stop()
    # A profile without the file has the path in those minutes.
    third = build(None)
    third.pause()
    await third.start(Sink())
    plain = third._exchange.market(APPLE)
    assert plain.extended is not None
    shown = plain.extended.bars(Leg.AFTER_HOURS, traded[0].day, 1, plain.present_local)
    assert [bar for bar in shown if traded[0].minute <= bar.minute <= traded[-1].minute] != traded
    await third.stop()
