"""The practice source behind the port: it starts, pushes, answers, changes speed and stops."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Sequence
from pathlib import Path

from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.security import HK, Security, parse_security
from core.model.topics import Push, Topic
from core.runtime.clock import SystemClock
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice
from core.upstreams.upstream import Upstream

TENCENT = parse_security("HK.00700")
OPENED = datetime.date(2026, 11, 15).toordinal()


class Sink:
    """Keeps the news; can pretend that a client is slow."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []
        self.is_congested = False
        self.status_changes = 0
        self.arrived = asyncio.Event()

    def on_pushes(self, pushes: Sequence[Push]) -> None:
        """Keep."""
        self.pushes += pushes
        self.arrived.set()

    def congested(self) -> bool:
        """As told."""
        return self.is_congested

    def on_status_changed(self) -> None:
        """Count."""
        self.status_changes += 1


async def until(sink: Sink, condition: Callable[[], bool]) -> None:
    """Wait for news until a condition holds; ten seconds are far more than it takes."""
    async with asyncio.timeout(10):
        while not condition():
            sink.arrived.clear()
            await sink.arrived.wait()


def practice(
    resources: Path, clock: PracticeClock, *, seed: int = 7, first_open: int | None = OPENED
) -> PracticeUpstream:
    return build_practice(resources, clock, seed, first_open_day=first_open)


async def test_it_pushes_in_real_time_and_stops(resources: Path) -> None:
    yesterday = datetime.datetime.now(datetime.UTC).toordinal() - 1
    upstream: Upstream = practice(resources, PracticeClock(SystemClock(), speed=20), first_open=yesterday)
    assert (upstream.kind, upstream.status().state) == ("practice", "stopped")
    sink = Sink()
    await upstream.start(sink)
    assert upstream.status().state == "connected"
    assert upstream.status().simulated
    upstream.set_subscriptions(frozenset({Topic(TENCENT, 1), Topic(TENCENT, 4)}))
    await until(sink, lambda: {push.proto_id for push in sink.pushes} == {3005, 3011})
    await upstream.stop()
    await upstream.stop()
    count = len(sink.pushes)
    await asyncio.sleep(0)
    assert len(sink.pushes) == count
    assert upstream.status().state == "stopped"


async def test_full_speed_waits_for_slow_readers_and_for_subscribers(resources: Path) -> None:
    clock = PracticeClock(FakeClock(), speed=0)
    upstream = practice(resources, clock)
    sink = Sink()
    await upstream.start(sink)
    begin = upstream.now()
    upstream.set_subscriptions(frozenset({Topic(TENCENT, 11)}))
    await until(sink, lambda: upstream.now() > begin + 3600)
    sink.is_congested = True
    await asyncio.sleep(0)
    stood = upstream.now()
    for _ in range(20):
        await asyncio.sleep(0)
    assert upstream.now() == stood
    sink.is_congested = False
    await until(sink, lambda: upstream.now() > stood + 3600)
    # No closed bar is lost however many pass in one slice.
    klines = [openapi.Qot_UpdateKL.Response.FromString(push.body).s2c.klList[0] for push in sink.pushes]
    times = sorted({kline.time for kline in klines})
    expected = [f"2026-11-20 {minute // 60:02d}:{minute % 60:02d}:00" for minute in range(602, 602 + 100)]
    assert [time for time in times if time in expected] == expected
    await upstream.stop()


async def test_full_speed_skips_closed_hours(resources: Path) -> None:
    friday_close = datetime.datetime(2026, 11, 20, 8, 30, tzinfo=datetime.UTC).timestamp()
    upstream = practice(resources, PracticeClock(FakeClock(friday_close), speed=0), first_open=None)
    sink = Sink()
    await upstream.start(sink)
    upstream.set_subscriptions(frozenset({Topic(TENCENT, 4)}))
    await until(sink, lambda: bool(sink.pushes))
    first = openapi.Qot_UpdateTicker.Response.FromString(sink.pushes[0].body).s2c.tickerList[0]
    assert first.time.startswith(("2026-11-23 09:20:", "2026-11-23 09:21:"))
    assert sink.status_changes > 0
    await upstream.stop()


async def test_same_seed_same_start_same_bytes(resources: Path) -> None:
    async def record(seed: int) -> tuple[list[Push], list[bytes]]:
        clock = FakeClock()
        upstream = practice(resources, PracticeClock(clock), seed=seed)
        sink = Sink()
        # Not started: the test moves time itself, so that both runs do the same.
        upstream.open(clock.now())
        labels = ("HK.00700", "US.AAPL", "HK.800000", "SZ.000001")
        topics = [Topic(parse_security(label), sub) for label in labels for sub in (1, 2, 4, 5, 6, 7, 11)]
        upstream.set_subscriptions(frozenset(topics))
        for _ in range(200):
            clock.advance(0.4)
            sink.on_pushes(upstream.run_until(clock.now()))
        answers = []
        for topic in topics:
            first = upstream.current_push(topic)
            answers.append(first.body if first else b"")
        for proto_id, module in ((3203, openapi.Qot_GetSecuritySnapshot), (3004, openapi.Qot_GetBasicQot)):
            rows = [
                openapi.Qot_Common.Security(market=market, code=code) for market, code in map(parse_security, labels)
            ]
            request = module.Request(c2s=module.C2S(securityList=rows))
            reply = upstream.ask(Call(proto_id, 1, request, b"", None, 0.0))  # type: ignore[arg-type]
            answers.append((reply if isinstance(reply, Reply) else await reply).body)
        await upstream.stop()
        return sink.pushes, answers

    first, second, other = await record(7), await record(7), await record(8)
    assert first == second
    assert first[0] != other[0]
    assert len(first[0]) > 1000


async def test_names_states_and_markets(resources: Path) -> None:
    upstream = build_practice(resources, PracticeClock(FakeClock()), 7, first_open_day=None, chinese_names=True)
    sink = Sink()
    await upstream.start(sink)
    assert upstream.security_name(TENCENT) == "腾讯控股"
    assert upstream.security_name(Security(HK, "99999")) is None
    assert upstream.global_market_states() == {
        "marketHK": 3, "marketSH": 3, "marketSZ": 3, "marketUS": 37, "marketSG": 3, "marketMY": 3, "marketJP": 3,
        "marketHKFuture": 15, "marketUSFuture": 23, "marketSGFuture": 15, "marketJPFuture": 15,
    }  # fmt: skip
    rows = {row.key: row for row in upstream.markets()}
    assert list(rows) == ["HK", "CN", "US", "SG", "JP"]
    # 10:00 in Hong Kong and Shanghai, 21:00 the evening before in New York.
    assert (rows["HK"].next_state, rows["HK"].changes_in_seconds) == (4, 2 * 3600)
    assert (rows["CN"].next_state, rows["CN"].changes_in_seconds) == (4, 1.5 * 3600)
    assert (rows["US"].next_state, rows["US"].changes_in_seconds) == (8, 7 * 3600)
    assert rows["US"].utc_offset_seconds == -5 * 3600
    upstream.set_speed(20)
    assert sink.status_changes == 1
    assert {row.key: row.changes_in_seconds for row in upstream.markets()}["HK"] == 2 * 3600 / 20
    assert dict(upstream.status().facts) == {"speed": "20x", "clock": "exchange-hours", "paused": "no"}
    upstream.set_speed(0)
    assert {row.changes_in_seconds for row in upstream.markets()} == {None}
    await upstream.stop()


async def test_deep_history_is_computed_without_holding_up_others(resources: Path) -> None:
    upstream = practice(resources, PracticeClock(FakeClock()))
    await upstream.start(Sink())
    module = openapi.Qot_GetSecuritySnapshot
    one = openapi.Qot_Common.Security(market=TENCENT.market, code=TENCENT.code)
    call = Call(3203, 1, module.Request(c2s=module.C2S(securityList=[one])), b"", None, 0.0)  # type: ignore[arg-type]
    reply = upstream.ask(call)
    assert not isinstance(reply, Reply)
    assert (await reply).body
    assert isinstance(upstream.ask(call), Reply)
    await upstream.stop()


async def test_it_can_be_started_again(resources: Path) -> None:
    upstream = practice(resources, PracticeClock(FakeClock()))
    for _ in range(2):
        sink = Sink()
        await upstream.start(sink)
        upstream.set_subscriptions(frozenset({Topic(TENCENT, 1)}))
        assert upstream.current_push(Topic(TENCENT, 1)) is not None
        await upstream.stop()
