"""A request on its way through the rooms, its reply, and who asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from core.model.topics import REGULAR_HOURS, PushTarget


class ClientRef(PushTarget, Protocol):
    """The connection a call came from, as desks may see it."""

    @property
    def client_id(self) -> str:
        """clientID of InitConnect; empty when the client gave none."""

    @property
    def peer(self) -> str:
        """Remote address, host:port."""


@dataclass(slots=True)
class Call:
    """One decoded request. Not changed after it was made.

    `request` is the protobuf Request message (typed Any: its class depends on `proto_id`), `body` the same message
    as protobuf bytes, so that a relaying upstream can pass it on untouched. `received_at` is monotonic seconds.
    `session` is the hours that the client subscribed to what it asks for (topics.REGULAR_HOURS and so on).
    """

    proto_id: int
    serial: int
    request: Any
    body: bytes
    client: ClientRef
    received_at: float
    session: int = REGULAR_HOURS


class Reply(NamedTuple):
    """The encoded protobuf Response. `failed` says that retType is not 0, for counters only."""

    body: bytes
    failed: bool = False
