"""Asks a practice source in this process; its clock moves only when a test says so."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.api_messages.protocol_catalogue import PROTOCOLS
from core.model.calls import Call, Reply
from core.model.security import Security, parse_security
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice
from core.upstreams.practice.securities import SecurityInfo

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
OPENED = datetime.date(2026, 11, 15).toordinal()


def message(security: Security | str) -> Any:
    """Give the Security message of a security or its label."""
    found = parse_security(security) if isinstance(security, str) else security
    return openapi.Qot_Common.Security(market=found.market, code=found.code)


class PracticeDesk:
    """A practice source without sockets, tasks or real time."""

    def __init__(self, seed: int = 7, *, always_open: bool = True, now: float | None = None, **options: Any) -> None:
        self.clock = FakeClock() if now is None else FakeClock(now)
        first_open = OPENED if always_open else None
        self.upstream: PracticeUpstream = build_practice(
            RESOURCES, PracticeClock(self.clock), seed, first_open_day=first_open, **options
        )
        self.upstream.open(self.clock.now())

    @property
    def exchange(self) -> Exchange:
        """The inside, for what no message tells."""
        return self.upstream._exchange

    def body(self, proto_id: int, **fields: Any) -> bytes:
        """Give the encoded answer. Raises UserFacingError."""
        request_class = PROTOCOLS[proto_id].request_class()
        assert request_class is not None
        request: Any = request_class(c2s=fields)
        reply = self.upstream.ask(Call(proto_id, 1, request, b"", None, 0.0))  # type: ignore[arg-type]
        if isinstance(reply, Reply):
            return reply.body
        # An answer that computes in pieces: run it to its end here.
        pieces: Any = reply.__await__()
        while True:
            try:
                next(pieces)
            except StopIteration as end:
                return bytes(end.value.body)

    def ask(self, proto_id: int, **fields: Any) -> Any:
        """Give the content of a complete, successful answer."""
        response_class = PROTOCOLS[proto_id].response_class()
        assert response_class is not None
        response: Any = response_class.FromString(self.body(proto_id, **fields))
        assert response.retType == 0
        assert response.IsInitialized()
        return response.s2c

    def run(self, seconds: int) -> list[Any]:
        """Let the market run; gives the pushes."""
        pushes = []
        for _ in range(seconds):
            self.clock.advance(1.0)
            pushes += self.upstream.run_until(self.clock.now())
        return pushes

    def trading(self, *types: int) -> list[SecurityInfo]:
        """Give the securities of these types that trade."""
        return [
            info
            for info in self.exchange.table
            if info.security_type in types and self.exchange.is_listed(info) and not self.exchange.is_suspended(info)
        ]
