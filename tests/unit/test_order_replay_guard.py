"""A packetID makes one order, however often and however fast it comes."""

from __future__ import annotations

import asyncio

import pytest

from core.model.calls import Reply
from core.model.errors import UserFacingError
from core.runtime.background_tasks import BackgroundTasks
from core.trading.order_replay_guard import OUTCOME_UNKNOWN, OrderReplayGuard, PacketKey

KEY = PacketKey(2202, 7, 1)
TASKS = BackgroundTasks("test")


class Work:
    """Counts how often it was done; waits until it may end."""

    def __init__(self, error: Exception | None = None) -> None:
        self.done = 0
        self.may_end = asyncio.Event()
        self.error = error

    async def __call__(self) -> Reply:
        self.done += 1
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        return Reply(b"order %d" % self.done)


async def test_a_repeated_request_gets_the_first_answer_also_while_that_is_under_way() -> None:
    guard, work = OrderReplayGuard(), Work()
    assert guard.known(KEY, b"body") is None
    first = TASKS.start(guard.first(KEY, b"body", work), "first")
    again = guard.known(KEY, b"body")
    assert again is not None
    work.may_end.set()
    assert await again == await first == Reply(b"order 1")
    later = guard.known(KEY, b"body")
    assert later is not None
    assert await later == Reply(b"order 1")
    assert work.done == 1
    await guard.stop()


async def test_the_same_packet_with_another_content_is_refused() -> None:
    guard, work = OrderReplayGuard(), Work()
    work.may_end.set()
    await guard.first(KEY, b"body", work)
    with pytest.raises(UserFacingError) as refused:
        guard.known(KEY, b"other")
    assert refused.value.code == "packet_used"
    assert guard.known(PacketKey(2205, 7, 1), b"other") is None
    assert guard.known(PacketKey(2202, 8, 1), b"body") is None
    await guard.stop()


async def test_what_was_refused_made_no_order_and_may_come_again() -> None:
    guard, work = OrderReplayGuard(), Work(UserFacingError("trade_locked"))
    work.may_end.set()
    with pytest.raises(UserFacingError):
        await guard.first(KEY, b"body", work)
    assert guard.known(KEY, b"body") is None
    assert len(guard) == 0
    await guard.stop()


@pytest.mark.parametrize("code", sorted(OUTCOME_UNKNOWN))
async def test_what_may_have_taken_effect_is_not_done_again(code: str) -> None:
    guard, work = OrderReplayGuard(), Work(UserFacingError(code))
    work.may_end.set()
    with pytest.raises(UserFacingError):
        await guard.first(KEY, b"body", work)
    again = guard.known(KEY, b"body")
    assert again is not None
    with pytest.raises(UserFacingError) as refused:
        await again
    assert refused.value.code == code
    assert work.done == 1
    await guard.stop()


async def test_a_caller_that_stops_waiting_does_not_stop_the_order() -> None:
    guard, work = OrderReplayGuard(), Work()
    first = TASKS.start(guard.first(KEY, b"body", work), "first")
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    again = guard.known(KEY, b"body")
    assert again is not None
    work.may_end.set()
    assert await again == Reply(b"order 1")
    await guard.stop()


async def test_memory_is_bounded_by_number_and_bytes() -> None:
    work = Work()
    work.may_end.set()
    guard = OrderReplayGuard(limit=3, most_bytes=100)
    for serial in range(10):
        await guard.first(PacketKey(2202, 7, serial), b"body", work)
    assert len(guard) == 3
    assert guard.known(PacketKey(2202, 7, 6), b"body") is None
    newest = guard.known(PacketKey(2202, 7, 9), b"body")
    assert newest is not None
    assert await newest == Reply(b"order 10")
    await guard.first(PacketKey(2202, 7, 10), b"x" * 90, work)
    assert len(guard) == 3
    await guard.first(PacketKey(2202, 7, 11), b"x" * 90, work)
    assert len(guard) == 1
    await guard.stop()


async def test_stop_lets_an_order_that_is_under_way_end() -> None:
    guard, work = OrderReplayGuard(), Work()
    first = TASKS.start(guard.first(KEY, b"body", work), "first")
    await asyncio.sleep(0)
    stopping = TASKS.start(guard.stop(), "stop")
    await asyncio.sleep(0)
    work.may_end.set()
    assert await first == Reply(b"order 1")
    await stopping
    await guard.stop()
