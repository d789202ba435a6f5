"""One client: its transport, its protocol session and what waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Sequence
from typing import Final, cast

from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.topics import Push
from core.runtime.background_tasks import BackgroundTasks
from core.runtime.clock import Clock
from core.servers.api_service import ApiService
from core.servers.connection_outbox import ConnectionOutbox
from core.servers.connection_table import ConnectionTable
from core.wire.body_codec import json_push_body
from core.wire.client_session import Broken, ClientSession, Received, Refused
from core.wire.frame import PROTOBUF_FORMAT

log = logging.getLogger(__name__)

INIT_CONNECT: Final = 1001
WRITE_HIGH_WATER: Final = 1024 * 1024
WRITE_LOW_WATER: Final = 256 * 1024
MAX_WAITING_CALLS: Final = 64
"""Calls of one client that may wait for the upstream at once; past it we read no further for a while."""
SETTLE_SECONDS: Final = 0.1
"""Pause after the InitConnect reply before the first push: the SDKs lose a push that arrives together with it."""
CLOSE_SECONDS: Final = 5.0
"""How long a closing connection may take to read what is already on its way."""
MAX_LOGGED_REFUSALS: Final = 20


class ClientConnection(asyncio.Protocol):
    """A TCP client. Also the ClientRef of its calls and the PushTarget of its pushes."""

    def __init__(
        self,
        service: ApiService,
        table: ConnectionTable,
        session: ClientSession,
        secrets: tuple[str, str],
        tasks: BackgroundTasks,
        clock: Clock,
        refused: UserFacingError | None = None,
    ) -> None:
        self._service = service
        self._table = table
        self._session = session
        self._aes_key, self._aes_iv = secrets
        self._tasks = tasks
        self._clock = clock
        self._refused = refused
        self._transport: asyncio.Transport | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outbox = ConnectionOutbox()
        self._timers: list[asyncio.TimerHandle] = []
        self._flush_is_planned = False
        self._settled = False
        self._opened = False
        self._waiting_calls = 0
        self._reading_paused = False
        self._close_reason = ""
        self._logged_refusals = 0
        self.connection_id = session.connection_id
        self.shares_frames = False
        self.wants_notify = False
        self.peer = ""
        self.gone = asyncio.Event()
        """Set when the transport is gone."""
        self.is_slow = False
        self.slow_since = 0.0
        self.since = 0.0
        self.last_seen = 0.0
        self.parts: list[bytes] = []
        """Frames joined for the next write; filled by the carrier."""
        self.requests = 0
        self.counted_requests = 0
        self.errors = 0
        self.pushes = 0
        self.bytes_in = 0
        self.bytes_out = 0

    # -- what desks and screens see

    @property
    def session(self) -> ClientSession:
        """The protocol state: client id, language, encryption, format."""
        return self._session

    @property
    def client_id(self) -> str:
        return self._session.client_id

    @property
    def is_open(self) -> bool:
        """Whether InitConnect is done and the client is not on its way out."""
        return self._opened and not self._close_reason

    @property
    def has_opened(self) -> bool:
        """Whether InitConnect was ever done on this connection."""
        return self._opened

    @property
    def backlog(self) -> int:
        """Pushes that wait because the client reads slowly."""
        return len(self._outbox)

    @property
    def backlog_is_full(self) -> bool:
        """Whether the client let more pile up than is allowed."""
        return self._outbox.is_full

    # -- transport events

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        transport = self._transport = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()
        transport.set_write_buffer_limits(high=WRITE_HIGH_WATER, low=WRITE_LOW_WATER)
        peer = transport.get_extra_info("peername") or ("?", 0)
        self.peer = f"{peer[0]}:{peer[1]}"
        self.since = self._clock.now()
        self.last_seen = self._clock.monotonic()
        self._table.add(self)

    def data_received(self, data: bytes) -> None:
        now = self._clock.monotonic()
        self.last_seen = now
        self.bytes_in += len(data)
        if self._opened and not self._settled:
            self._settle()
        out: list[bytes] = []
        for event in self._session.receive(data):
            if self._close_reason:
                break
            if type(event) is Received:
                self.requests += 1
                if event.proto_id == INIT_CONNECT:
                    out.append(self._init_connect(event))
                    continue
                call = Call(event.proto_id, event.serial, event.message, event.body, self, now)
                outcome = self._service.answer(call)
                if type(outcome) is Reply:
                    if outcome.failed:
                        self.errors += 1
                    out.append(
                        self._session.encode_reply(event.proto_id, event.serial, event.body_format, outcome.body)
                    )
                else:
                    self._answer_later(event, outcome)  # type: ignore[arg-type]
            elif type(event) is Refused:
                out.append(self._refuse(event))
            elif type(event) is Broken:
                self._write(b"".join(out))
                out.clear()
                self.close("it sent something that is no frame of the protocol", event.reason)
        if out:
            self._write(out[0] if len(out) == 1 else b"".join(out))

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in self._timers:
            timer.cancel()
        self._transport = None
        self.gone.set()
        self.parts.clear()
        self._table.remove(self)
        if self._opened:
            self._service.closed(self, self._close_reason or ("connection lost" if exc else "closed by client"))
            self._opened = False

    def pause_writing(self) -> None:
        """The client reads slowly: keep by rule, and read no more requests from it."""
        self.is_slow = True
        self.slow_since = self._clock.monotonic()
        self._table.slow_changed(+1)
        self._pause_reading()

    def resume_writing(self) -> None:
        """There is room again: first what was kept, in order, then the live stream."""
        if not self.is_slow:
            return
        self.is_slow = False
        self._table.slow_changed(-1)
        while len(self._outbox) and not self.is_slow:
            pushes = self._outbox.take(WRITE_LOW_WATER)
            self._write(b"".join([self._session.encode_push(push.proto_id, push.body) for push in pushes]))
        if not self.is_slow:
            self._resume_reading()

    # -- requests

    def _init_connect(self, event: Received) -> bytes:
        if self._refused is not None:
            reply = self._service.refusal(self._refused)
            self.errors += 1
        else:
            iv = self._aes_iv if self._session.sends_iv else None
            reply = self._service.open_session(connection_id=self.connection_id, aes_key=self._aes_key, aes_iv=iv)
        encoded = self._session.encode_reply(event.proto_id, event.serial, event.body_format, reply.body)
        if self._refused is None:
            self._opened = True
            self.shares_frames = self._session.shares_plain_frames
            self.wants_notify = self._session.wants_notify
            assert self._loop is not None
            self._timers.append(self._loop.call_later(SETTLE_SECONDS, self._settle))
            self._table.opened(self)
            self._service.opened(self)
        return encoded

    def _refuse(self, event: Refused) -> bytes:
        self.errors += 1
        error = UserFacingError(event.code, **event.facts)
        self._logged_refusals += 1
        if self._logged_refusals <= MAX_LOGGED_REFUSALS:
            log.warning("refused a request of %s (%s): %s", self.peer, self.client_id or "unnamed", error)
        reply = self._service.refusal(error)
        return self._session.encode_reply(event.proto_id, event.serial, event.body_format, reply.body)

    def _answer_later(self, event: Received, outcome: Awaitable[Reply]) -> None:
        self._waiting_calls += 1
        if self._waiting_calls >= MAX_WAITING_CALLS:
            self._pause_reading()
        self._tasks.start(self._finish_call(event, outcome), f"call {event.proto_id} of {self.peer}")

    async def _finish_call(self, event: Received, outcome: Awaitable[Reply]) -> None:
        try:
            reply = await outcome
        finally:
            self._waiting_calls -= 1
            if not self.is_slow:
                self._resume_reading()
        if reply.failed:
            self.errors += 1
        self._write(self._session.encode_reply(event.proto_id, event.serial, event.body_format, reply.body))

    # -- pushes

    def offer(self, push: Push) -> None:
        """Queue one push for this client alone."""
        if self._transport is None or self._close_reason:
            return
        self.pushes += 1
        if self.is_slow or not self._settled:
            self._outbox.keep((push,))
            return
        self.parts.append(self._session.encode_push(push.proto_id, push.body))
        if not self._flush_is_planned:
            self._flush_is_planned = True
            assert self._loop is not None
            self._loop.call_soon(self.write_parts)

    def offer_all(self, pushes: Sequence[Push], json_bodies: dict[int, bytes]) -> None:
        """Queue pushes that are encoded for this client alone.

        `json_bodies` is shared by the clients of one bundle: position of the push -> its JSON, made by the first that
        needs it.
        """
        self.pushes += len(pushes)
        if self.is_slow or not self._settled or self._close_reason:
            self.keep(pushes)
            return
        encode = self._session.encode_push
        if self._session.push_format == PROTOBUF_FORMAT:
            self.parts.extend([encode(push.proto_id, push.body) for push in pushes])
            return
        for position, push in enumerate(pushes):
            body = json_bodies.get(position)
            if body is None:
                body = json_bodies[position] = json_push_body(push.proto_id, push.body)
            self.parts.append(encode(push.proto_id, push.body, body))

    def keep(self, pushes: Iterable[Push]) -> None:
        """Keep these until the client reads again."""
        if not self._close_reason:
            self._outbox.keep(pushes)

    def write_parts(self) -> None:
        """Write what the carrier and `offer` put together, in one piece."""
        self._flush_is_planned = False
        parts = self.parts
        if not parts:
            return
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self._write(data)

    def _settle(self) -> None:
        if self._settled:
            return
        self._settled = True
        pushes = self._outbox.take(WRITE_HIGH_WATER)
        if pushes:
            self._write(b"".join([self._session.encode_push(push.proto_id, push.body) for push in pushes]))

    # -- writing and closing

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if transport is not None and data and not transport.is_closing():
            self.bytes_out += len(data)
            transport.write(data)

    def close(self, reason: str, detail: str = "") -> None:
        """Disconnect at a frame boundary: what was already handed to the transport still goes out, then no more.

        `reason` is an English source text for the window, `detail` is for the log only.
        """
        if self._close_reason or self._transport is None:
            return
        self.write_parts()
        self._close_reason = reason
        log.info("closing %s (%s): %s %s", self.peer, self.client_id or "unnamed", reason, detail)
        if self.is_slow:
            self._table.slow_changed(-1)
            self.is_slow = False
        self._transport.close()
        assert self._loop is not None
        self._timers.append(self._loop.call_later(CLOSE_SECONDS, self.abort))

    def abort(self) -> None:
        """Drop the connection at once; only for a client that does not even read its own end."""
        if self._transport is not None:
            self._transport.abort()

    def _pause_reading(self) -> None:
        if not self._reading_paused and self._transport is not None and not self._transport.is_closing():
            self._reading_paused = True
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if (
            self._reading_paused
            and self._waiting_calls < MAX_WAITING_CALLS
            and self._transport is not None
            and not self._transport.is_closing()
        ):
            self._reading_paused = False
            self._transport.resume_reading()
