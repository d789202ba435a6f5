"""Long answers let others run: a pause every few milliseconds."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Final

BUSY_SECONDS: Final = 0.004


class Breath:
    """Await it between two pieces of work; it gives way when the last pause is long ago."""

    def __init__(self, busy_seconds: float = BUSY_SECONDS) -> None:
        """Store and start counting."""
        self._busy = busy_seconds
        self._until = perf_counter() + busy_seconds

    async def __call__(self) -> None:
        """Let others run if it is time."""
        if perf_counter() >= self._until:
            await asyncio.sleep(0)
            self._until = perf_counter() + self._busy
