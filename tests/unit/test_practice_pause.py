"""The practice market can stand still, go on and be moved step by step, and says so."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes.fake_clock import FakeClock

from core.model.errors import UserFacingError
from core.model.security import parse_security
from core.model.topics import Push, Topic
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice

TENCENT = parse_security("HK.00700")
OPENED = datetime.date(2026, 11, 15).toordinal()


class Sink:
    """Keeps the news."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []
        self.status_changes = 0

    def on_pushes(self, pushes: Sequence[Push]) -> None:
        """Keep."""
        self.pushes += pushes

    def congested(self) -> bool:
        """Never."""
        return False

    def on_status_changed(self) -> None:
        """Count."""
        self.status_changes += 1


async def until(condition: object) -> None:
    async with asyncio.timeout(20):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0)


def test_a_paused_clock_moves_by_steps_only() -> None:
    real = FakeClock(1_000.0)
    clock = PracticeClock(real, speed=5)
    assert clock.now() == 1_000
    real.advance(2)
    clock.pause()
    clock.pause()
    assert clock.is_paused
    real.advance(100)
    assert clock.now() == 1_010
    assert clock.step(30) == 1_040
    real.advance(100)
    clock.resume()
    clock.resume()
    assert clock.now() == 1_040
    real.advance(1)
    assert clock.now() == 1_045
    for seconds in (0, -1, 86_401, float("nan")):
        with pytest.raises(UserFacingError):
            clock.step(seconds)


@pytest.mark.parametrize("speed", [1.0, 0.0])
async def test_a_step_trades_every_minute_and_a_pause_none(resources: Path, speed: float) -> None:
    real = FakeClock()
    upstream = build_practice(resources, PracticeClock(real, speed), 7, first_open_day=OPENED)
    sink = Sink()
    upstream.pause()
    await upstream.start(sink)
    upstream.set_subscriptions(frozenset({Topic(TENCENT, 4)}))
    begin = upstream.now()
    real.advance(500)
    for _ in range(20):
        await asyncio.sleep(0)
    assert upstream.now() == begin
    assert sink.pushes == []
    upstream.step(600)
    await until(lambda: upstream.now() == begin + 600)
    assert len(sink.pushes) > 100
    for _ in range(20):
        await asyncio.sleep(0)
    assert upstream.now() == begin + 600
    changes = sink.status_changes
    upstream.resume()
    assert sink.status_changes == changes + 1
    real.advance(10)
    if speed:
        await until(lambda: upstream.now() == begin + 610)
    else:
        await until(lambda: upstream.now() > begin + 610)
    await upstream.stop()


@pytest.mark.parametrize(
    ("first_open", "speed", "text"),
    [
        (OPENED, 5.0, "Built-in exchange (simulated), always open, 5x"),
        (None, 1.0, "Built-in exchange (simulated), exchange hours, 1x"),
        (OPENED, 0.0, "Built-in exchange (simulated), always open, as fast as possible"),
    ],
)
def test_the_status_says_mode_and_pace(resources: Path, first_open: int | None, speed: float, text: str) -> None:
    upstream: PracticeUpstream = build_practice(
        resources, PracticeClock(FakeClock(), speed), 7, first_open_day=first_open
    )

    def sentence() -> str:
        status = upstream.status()
        return status.description.format(**dict(status.facts))

    assert sentence() == text
    upstream.pause()
    assert sentence().endswith("paused")
    upstream.set_speed(20)
    upstream.resume()
    assert sentence().endswith("20x")
