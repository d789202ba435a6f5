"""Push targets and topics for tests that need no socket."""

from __future__ import annotations

from core.model.security import Security
from core.model.topics import Push, Topic


class Target:
    """A connection that remembers what it was offered."""

    def __init__(self, number: int) -> None:
        self.connection_id = number
        self.shares_frames = True
        self.wants_notify = False
        self.offered: list[Push] = []

    def offer(self, push: Push) -> None:
        self.offered.append(push)


def topic(number: int, sub_type: int = 1) -> Topic:
    """A topic of the security HK.0000<number>."""
    return Topic(Security(1, f"{number:05d}"), sub_type)
