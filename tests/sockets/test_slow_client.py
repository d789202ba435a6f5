"""A client that does not read: latest quotes win, ticks are kept, memory is bounded, the others go on."""

from __future__ import annotations

import asyncio

import pytest
from fakes.raw_client import RawClient
from fakes.running_gateway import Running
from fakes.tiny_upstream import quote_body

from core.model.security import Security
from core.model.topics import PUSH_QUOTE, PUSH_TICKER, SUB_QUOTE, SUB_TICKER, Push, Topic
from core.servers import connection_outbox, tcp_api_server
from core.servers.connection_outbox import ConnectionOutbox

FIRST = Security(1, "00001")


async def _subscribed(running: Running) -> RawClient:
    client = await RawClient.connect(running.port)
    reply = await client.ask(
        3001,
        securityList=[{"market": 1, "code": "00001"}],
        subTypeList=[SUB_QUOTE],
        isSubOrUnSub=True,
        isRegOrUnRegPush=True,
        isFirstPush=False,
    )
    assert reply.retType == 0
    return client


async def test_slow_client_gets_the_newest_quote_and_others_every_one(running: Running) -> None:
    slow, good = await _subscribed(running), await _subscribed(running)
    slow.writer.transport.pause_reading()  # type: ignore[attr-defined]  # the socket's buffers fill up from here on
    received: list[float] = []

    async def read_all() -> None:
        while not received or received[-1] != 0.5:
            received.append((await good.push(3005)).s2c.basicQotList[0].curPrice)

    sent = 0
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(read_all())
        while not any(row.backlog for row in running.gateway.snapshot().connections):
            for _ in range(200):
                sent += 1
                running.upstream.push_quotes({FIRST: float(sent)})
            await asyncio.sleep(0.01)
        running.upstream.push_quotes({FIRST: 0.5})
    assert received == [*map(float, range(1, sent + 1)), 0.5]
    rows = {row.connection_id: row for row in running.gateway.snapshot().connections}
    assert rows[slow.connection_id].backlog == 1
    slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
    prices = []
    while not prices or prices[-1] != 0.5:
        prices.append((await slow.push(3005)).s2c.basicQotList[0].curPrice)
    assert prices[:-1] == sorted(prices[:-1])
    assert len(prices) < sent


async def test_client_that_stays_slow_is_disconnected_with_a_reason(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp_api_server, "SLOW_SECONDS", 0.2)
    slow, good = await _subscribed(running), await _subscribed(running)
    slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
    async with asyncio.timeout(30):
        while len(running.gateway.snapshot().connections) == 2:
            for _ in range(200):
                running.upstream.push_quotes({FIRST: 1.0})
            await asyncio.wait_for(good.push(3005), 5)
            good.pushes.clear()
            await asyncio.sleep(0)
    reasons = [dict(event.facts).get("reason", "") for event in running.gateway.snapshot().events]
    assert "it read too slowly" in reasons


def test_outbox_keeps_newest_quotes_and_every_tick() -> None:
    outbox = ConnectionOutbox()
    quote = Topic(FIRST, SUB_QUOTE)
    ticks = Topic(FIRST, SUB_TICKER)
    outbox.keep([Push(quote, PUSH_QUOTE, quote_body(FIRST, 1.0)), Push(ticks, PUSH_TICKER, b"a")])
    outbox.keep([Push(ticks, PUSH_TICKER, b"b"), Push(quote, PUSH_QUOTE, b"newest")])
    assert [push.body for push in outbox.take(1 << 20)] == [b"a", b"b", b"newest"]
    assert outbox.conflated == 1
    assert len(outbox) == 0


def test_outbox_says_when_too_much_piled_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_outbox, "MAX_KEPT_PUSHES", 3)
    outbox = ConnectionOutbox()
    outbox.keep([Push(Topic(FIRST, SUB_TICKER), PUSH_TICKER, b"x")] * 3)
    assert not outbox.is_full
    outbox.keep([Push(Topic(FIRST, SUB_TICKER), PUSH_TICKER, b"x")])
    assert outbox.is_full
