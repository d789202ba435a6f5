"""Clients that vanish in the middle of something."""

from __future__ import annotations

import asyncio

from fakes.raw_client import RawClient, frame
from fakes.running_gateway import Running


async def _only_one_left(running: Running) -> None:
    async with asyncio.timeout(5):
        while len(running.gateway.snapshot().connections) > 1:
            await asyncio.sleep(0.02)


async def test_half_a_frame_and_gone(running: Running) -> None:
    good, cut = await RawClient.connect(running.port), await RawClient.connect(running.port)
    cut.send(frame(1002, b"\x0a\x02\x08\x00")[:30])
    await cut.close()
    await _only_one_left(running)
    assert (await good.ask(1002, userID=0)).retType == 0


async def test_gone_while_the_upstream_still_thinks(running: Running) -> None:
    running.upstream.replies[3202] = b"\x08\x00\x22\x00"
    running.upstream.answer_late = True
    good, cut = await RawClient.connect(running.port), await RawClient.connect(running.port)
    cut.send(frame(3202, b"\x0a\x00", 5))
    cut.writer.transport.abort()
    await _only_one_left(running)
    assert (await good.ask(3202, market=1, secType=3)).retType == 0


async def test_many_connections_that_say_nothing_leave_room_after_they_go(running: Running) -> None:
    silent = [await RawClient.connect(running.port, init=False) for _ in range(100)]
    good = await RawClient.connect(running.port)
    for client in silent:
        client.writer.transport.abort()
    assert (await good.ask(1002, userID=0)).retType == 0
    many = [await RawClient.connect(running.port) for _ in range(60)]
    assert len({client.connection_id for client in many}) == 60
