"""A clock that a test turns by hand."""

from __future__ import annotations


class FakeClock:
    """Starts at 2026-11-20 02:00 UTC (10:00 in Hong Kong, a Friday)."""

    def __init__(self, now: float = 1_795_140_000.0) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
        self._monotonic += seconds
