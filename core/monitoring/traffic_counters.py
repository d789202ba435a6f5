"""Rates of the whole gateway and of each connection, from running totals read once a second."""

from __future__ import annotations

from collections import deque
from typing import Final

from core.model.status import TrafficStatus

SAMPLES: Final = 300
AVERAGE_SECONDS: Final = 5


class RateMeter:
    """Average per second of a running total over the last five readings."""

    __slots__ = ("_totals",)

    def __init__(self) -> None:
        self._totals: deque[int] = deque([0], maxlen=AVERAGE_SECONDS + 1)

    def read(self, total: int) -> None:
        """Note the total; to be called once a second."""
        self._totals.append(total)

    @property
    def per_second(self) -> float:
        """The average."""
        return (self._totals[-1] - self._totals[0]) / max(1, len(self._totals) - 1)


class TrafficCounters:
    """Totals since the start, and the samples of the last five minutes."""

    def __init__(self) -> None:
        self.requests = 0
        self.pushes = 0
        self._requests_rate = RateMeter()
        self._pushes_rate = RateMeter()
        self._samples: deque[int] = deque(maxlen=SAMPLES)
        self._last_pushes = 0
        self._peak = 0
        self._peak_at = 0.0
        self._day = 0
        self._pushes_before_today = 0

    def tick(self, now: float, day: int) -> None:
        """Once a second, with Unix seconds and a number that changes with the local day."""
        if day != self._day:
            self._day = day
            self._pushes_before_today = self._last_pushes
            self._peak, self._peak_at = 0, 0.0
        sample = self.pushes - self._last_pushes
        self._last_pushes = self.pushes
        self._samples.append(sample)
        self._requests_rate.read(self.requests)
        self._pushes_rate.read(self.pushes)
        if sample > self._peak:
            self._peak, self._peak_at = sample, now

    def status(self) -> TrafficStatus:
        """What the screens draw."""
        return TrafficStatus(
            requests_per_second=self._requests_rate.per_second,
            pushes_per_second=self._pushes_rate.per_second,
            push_samples=tuple(self._samples),
            push_peak=self._peak,
            push_peak_at=self._peak_at,
            pushes_today=self.pushes - self._pushes_before_today,
        )
