"""What is kept for a client that reads too slowly, by the rule of each protocol.

Quotes, order books and bars: the newest per topic. Ticks and notices: every one, up to a limit; past it the client is
to be disconnected. Order of first arrival is kept for the latter, order of last change for the former.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.api_messages.protocol_catalogue import PROTOCOLS
from core.model.topics import Push, SlowReceiverRule

MAX_KEPT_PUSHES: Final = 20_000
MAX_KEPT_BYTES: Final = 32 * 1024 * 1024

_LATEST_WINS: Final = frozenset(
    proto_id for proto_id, row in PROTOCOLS.items() if row.slow is SlowReceiverRule.LATEST_WINS
)


class ConnectionOutbox:
    """Pushes of one client that could not be written yet."""

    __slots__ = ("_bytes", "_kept", "_number", "conflated")

    def __init__(self) -> None:
        self._kept: dict[object, Push] = {}
        self._bytes = 0
        self._number = 0
        self.conflated = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def is_full(self) -> bool:
        """Whether more was kept than a client may let pile up."""
        return len(self._kept) > MAX_KEPT_PUSHES or self._bytes > MAX_KEPT_BYTES

    def keep(self, pushes: Iterable[Push]) -> None:
        """Keep these, newest wins where the protocol says so."""
        for push in pushes:
            key: object
            if push.proto_id in _LATEST_WINS:
                key = (push.proto_id, push.topic)
                older = self._kept.pop(key, None)
                if older is not None:
                    self._bytes -= len(older.body)
                    self.conflated += 1
            else:
                self._number += 1
                key = self._number
            self._kept[key] = push
            self._bytes += len(push.body)

    def take(self, most_bytes: int) -> list[Push]:
        """Remove and return the oldest, about `most_bytes` of them, at least one if there is one."""
        taken: list[Push] = []
        size = 0
        while self._kept and size < most_bytes:
            push = self._kept.pop(next(iter(self._kept)))
            taken.append(push)
            size += len(push.body)
        self._bytes -= size
        return taken
