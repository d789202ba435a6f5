"""qot_push_frequency: at most one push per period, security and type; in between the latest state wins.

K-lines and time-share points are not held back. Ticks are held back but never lost: what came in one period leaves as
one push. Pure: the caller brings the time.
"""

from __future__ import annotations

import heapq

from core.api_messages import openapi
from core.model.topics import PUSH_BROKER, PUSH_ORDER_BOOK, PUSH_QUOTE, PUSH_TICKER, Push, Topic

_HELD_BACK = frozenset({PUSH_QUOTE, PUSH_TICKER, PUSH_ORDER_BOOK, PUSH_BROKER})


class PushThrottle:
    """Remembers when each topic may speak again. `period` is seconds. Holds at most one push per topic."""

    def __init__(self, period: float) -> None:
        self._period = period
        self._free_at: dict[Topic, float] = {}
        self._held: dict[Topic, Push] = {}
        self._due: list[tuple[float, Topic]] = []

    def admit(self, push: Push, now: float) -> bool:
        """Whether this push may go out now; if not it is kept for `release`."""
        topic = push.topic
        if topic is None or push.proto_id not in _HELD_BACK:
            return True
        free_at = self._free_at.get(topic, 0.0)
        if now >= free_at and topic not in self._held:
            self._free_at[topic] = now + self._period
            return True
        held = self._held.get(topic)
        if held is None:
            heapq.heappush(self._due, (free_at, topic))
        self._held[topic] = _merged(held, push) if held is not None and push.proto_id == PUSH_TICKER else push
        return False

    def next_due(self) -> float | None:
        """When `release` has something to give, or None."""
        return self._due[0][0] if self._due else None

    def release(self, now: float) -> list[Push]:
        """The held pushes whose period is over."""
        released = []
        while self._due and self._due[0][0] <= now:
            _, topic = heapq.heappop(self._due)
            push = self._held.pop(topic, None)
            if push is not None:
                self._free_at[topic] = now + self._period
                released.append(push)
        return released

    def forget(self, topic: Topic) -> None:
        """Nobody hears this topic any more."""
        self._held.pop(topic, None)
        self._free_at.pop(topic, None)


def _merged(earlier: Push, later: Push) -> Push:
    """One ticker push with the ticks of both, in order."""
    response = openapi.Qot_UpdateTicker.Response.FromString(earlier.body)
    response.s2c.tickerList.extend(openapi.Qot_UpdateTicker.Response.FromString(later.body).s2c.tickerList)
    return later._replace(body=response.SerializeToString())
