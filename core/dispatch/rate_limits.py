"""The documented request limits: n per 30 seconds, where request 1 and request n+1 must be over 30 s apart.

Counted per user, that is for the gateway as a whole. Pure: the caller brings the time.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from core.model.errors import UserFacingError

WINDOW_SECONDS: Final = 30.0


class RateLimits:
    """One sliding window per protocol, of at most `limit` times each; `unlimited` admits everything."""

    def __init__(self, *, unlimited: bool = False) -> None:
        self._unlimited = unlimited
        self._times: dict[int, deque[float]] = {}

    def admit(self, proto_id: int, name: str, limit: int, now: float) -> None:
        """Count one request, or raise too_frequent with the seconds to wait. A refused one does not count."""
        if self._unlimited:
            return
        times = self._times.get(proto_id)
        if times is None:
            times = self._times[proto_id] = deque(maxlen=limit)
        if len(times) == limit and now - times[0] <= WINDOW_SECONDS:
            wait = math.ceil(WINDOW_SECONDS - (now - times[0]) + 0.001)
            raise UserFacingError("too_frequent", name=name, limit=limit, wait=wait)
        times.append(now)
