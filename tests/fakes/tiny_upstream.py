"""A second, tiny upstream: a pass-through in the manner of a relay. Proof that the port suits more than practice.

It answers any protocol by handing the request's own bytes to a table of canned replies, and pushes ready-made bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.status import MarketStatus, UpstreamStatus
from core.model.topics import PUSH_QUOTE, SUB_QUOTE, Push, Topic
from core.upstreams.upstream import UpstreamSink


def quote_body(security: Security, price: float) -> bytes:
    """A complete Qot_UpdateBasicQot body."""
    response = openapi.Qot_UpdateBasicQot.Response(retType=0)
    response.s2c.basicQotList.add(
        security={"market": security.market, "code": security.code},
        name="Tiny",
        isSuspended=False,
        listTime="2000-01-03",
        priceSpread=0.01,
        updateTime="2026-11-20 10:00:00",
        highPrice=price,
        openPrice=price,
        lowPrice=price,
        curPrice=price,
        lastClosePrice=price,
        volume=100,
        turnover=price * 100,
        turnoverRate=0.1,
        amplitude=0.2,
    )
    return response.SerializeToString()


class TinyUpstream:
    """Answers from a table of bytes; everything it is told is kept for the test to look at."""

    def __init__(self, securities: int = 1) -> None:
        self.kind = "tiny"
        self.replies: dict[int, bytes] = {3004: b"\x08\x00\x22\x00"}
        self.asked: list[tuple[int, bytes]] = []
        self.sessions: list[int] = []  # of the calls in `asked`
        self.wanted: frozenset[Topic] = frozenset()
        self.sink: UpstreamSink | None = None
        self.answer_late = False
        self.never_answer = False
        self.state = "connected"
        self.securities = [Security(1, f"{number:05d}") for number in range(1, securities + 1)]
        self.bodies = {security: quote_body(security, 10.0) for security in self.securities}
        self.changed = asyncio.Event()

    def serves(self, proto_id: int) -> bool:
        return proto_id in self.replies

    async def start(self, sink: UpstreamSink) -> None:
        self.sink = sink

    async def stop(self) -> None:
        self.sink = None

    def ask(self, call: Call) -> Reply | Awaitable[Reply]:
        self.asked.append((call.proto_id, call.body))
        self.sessions.append(call.session)
        if self.never_answer:
            return asyncio.get_running_loop().create_future()
        if self.answer_late:
            return self._late(call)
        return Reply(self.replies[call.proto_id])

    async def _late(self, call: Call) -> Reply:
        await asyncio.sleep(0)
        return Reply(self.replies[call.proto_id])

    def set_subscriptions(self, wanted: frozenset[Topic]) -> None:
        self.wanted = wanted
        self.changed.set()

    def check_topic(self, topic: Topic) -> None:
        if topic.security not in self.bodies:
            raise UserFacingError("unknown_security", code=topic.security.label)

    def check_wanted(self, wanted: frozenset[Topic]) -> None:
        pass

    def current_push(self, topic: Topic) -> Push | None:
        if topic.sub_type != SUB_QUOTE:
            return None
        return Push(topic, PUSH_QUOTE, self.bodies[topic.security])

    def security_name(self, security: Security) -> str | None:
        return "Tiny" if security in self.bodies else None

    def global_market_states(self) -> Mapping[str, int]:
        return {"marketHK": 3, "marketUS": 5}

    def markets(self) -> Sequence[MarketStatus]:
        return ()

    def status(self) -> UpstreamStatus:
        return UpstreamStatus("tiny", self.state, "Tiny source for tests")

    def history_quota_used(self) -> int:
        return 0

    def now(self) -> float:
        return 1_795_140_000.0

    def push_quotes(self, prices: Mapping[Security, float]) -> None:
        """Send one quote push per security."""
        assert self.sink is not None
        self.sink.on_pushes(
            [
                Push(Topic(security, SUB_QUOTE), PUSH_QUOTE, quote_body(security, price))
                for security, price in prices.items()
            ]
        )
