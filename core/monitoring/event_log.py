"""What happened, in sentences a person reads: the event list of the Overview. The newest 1,000 are kept."""

from __future__ import annotations

from collections import deque
from typing import Final

from core.model.status import EventKind, EventRow, Severity
from core.runtime.clock import Clock

MAX_EVENTS: Final = 1000


class EventLog:
    """A ring of events. `text` is an English source text with placeholders; the screen translates it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: deque[EventRow] = deque(maxlen=MAX_EVENTS)
        self._number = 0
        self._newest: tuple[EventRow, ...] | None = ()

    def add(self, severity: Severity, kind: EventKind, text: str, *, source: str = "", **facts: object) -> None:
        """Put one event on top."""
        self._number += 1
        pairs = tuple((name, str(value)) for name, value in facts.items())
        self._rows.appendleft(EventRow(self._number, self._clock.now(), severity, kind, text, pairs, source))
        self._newest = None

    def rows(self) -> tuple[EventRow, ...]:
        """Newest first; the same object until something happens."""
        if self._newest is None:
            self._newest = tuple(self._rows)
        return self._newest
