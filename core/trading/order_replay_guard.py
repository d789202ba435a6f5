"""One packetID, one order: a request that is sent again gets the first one's answer and never makes a second order."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, NamedTuple

from core.model.calls import Reply
from core.model.errors import UserFacingError
from core.runtime.background_tasks import BackgroundTasks

MAXIMUM_REMEMBERED: Final = 20_000
OUTCOME_UNKNOWN: Final = frozenset({"journal_failed", "upstream_timeout"})
"""Errors after which an order may exist all the same: the request must not be done a second time."""

MAXIMUM_KEPT_BYTES: Final = 8 * 1024 * 1024


class PacketKey(NamedTuple):
    """What names a request for good: the protocol, connID and serialNo of its packetID."""

    proto_id: int
    connection_id: int
    serial: int


class _Seen(NamedTuple):
    body: bytes
    work: asyncio.Task[Reply | UserFacingError]


class OrderReplayGuard:
    """Remembers the newest requests, at most 20,000 and 8 MB of them.

    The work runs as a task of this guard: a caller that stops waiting does not stop an order half-way, and whoever
    asks again gets its answer.
    """

    def __init__(self, limit: int = MAXIMUM_REMEMBERED, most_bytes: int = MAXIMUM_KEPT_BYTES) -> None:
        self._limit = limit
        self._most_bytes = most_bytes
        self._seen: OrderedDict[PacketKey, _Seen] = OrderedDict()
        self._bytes = 0
        self._tasks = BackgroundTasks("orders")

    def __len__(self) -> int:
        return len(self._seen)

    def known(self, key: PacketKey, body: bytes) -> Coroutine[Any, Any, Reply] | None:
        """The first one's answer for a request that came before, else None.

        Raises UserFacingError(packet_used) when the same packetID came with another content.
        """
        seen = self._seen.get(key)
        if seen is None:
            return None
        if seen.body != body:
            raise UserFacingError("packet_used", connection_id=key.connection_id, serial=key.serial)
        return _outcome(seen.work)

    def first(self, key: PacketKey, body: bytes, make: Callable[[], Awaitable[Reply]]) -> Coroutine[Any, Any, Reply]:
        """Do the work of a request that is new. What is refused made no order and may be sent again."""
        work = self._tasks.start(self._work(key, make), f"call {key.proto_id}")
        self._seen[key] = _Seen(body, work)
        self._bytes += len(body)
        while len(self._seen) > self._limit or self._bytes > self._most_bytes:
            _, oldest = self._seen.popitem(last=False)
            self._bytes -= len(oldest.body)
        return _outcome(work)

    async def stop(self) -> None:
        """Let what is under way end, for a limited time; may be called twice."""
        under_way = [seen.work for seen in self._seen.values() if not seen.work.done()]
        if under_way:
            await asyncio.wait(under_way, timeout=3.0)
        await self._tasks.stop()
        self._seen.clear()
        self._bytes = 0

    async def _work(self, key: PacketKey, make: Callable[[], Awaitable[Reply]]) -> Reply | UserFacingError:
        try:
            return await make()
        except UserFacingError as error:
            if error.code in OUTCOME_UNKNOWN:
                return error
            seen = self._seen.pop(key, None)
            if seen is not None:
                self._bytes -= len(seen.body)
            return error


async def _outcome(work: asyncio.Task[Reply | UserFacingError]) -> Reply:
    outcome = await asyncio.shield(work)
    if isinstance(outcome, UserFacingError):
        raise outcome
    return outcome
