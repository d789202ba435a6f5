"""Tells what changed, in order, and never before it is on disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from core.model.errors import UserFacingError
from core.runtime.background_tasks import BackgroundTasks
from core.upstreams.practice.broker.journal import Journal
from core.upstreams.practice.broker.records import FillRecord, OrderRecord

log = logging.getLogger(__name__)

Change = OrderRecord | FillRecord


class TradeNews:
    """Changes wait here for the disk. Changes of one order that keep its status become one; none is dropped."""

    def __init__(self, journal: Journal, *, retry_seconds: float = 1.0) -> None:
        """Store. `retry_seconds` lie between two looks at a journal that could not write."""
        self.on_news: Callable[[int, Sequence[Change]], None] | None = None
        self.is_heard: Callable[[int], bool] | None = None  # None: of every account
        self._journal = journal
        self._retry_seconds = retry_seconds
        self._tasks = BackgroundTasks("practice broker")
        self._waiting: list[Change | None] = []  # None where a newer change says it all
        self._last: dict[int, int] = {}  # where the newest waiting change of an order stands
        self._teller: asyncio.Task[None] | None = None

    def add(self, change: Change) -> None:
        """Tell this when it is kept, if anybody listens to its account; its record is in the journal already."""
        if self.is_heard is not None and not self.is_heard(change.account_id):
            return
        if isinstance(change, OrderRecord):
            place = self._last.get(change.order_id)
            earlier = None if place is None else self._waiting[place]
            if place is not None and isinstance(earlier, OrderRecord) and earlier.status is change.status:
                self._waiting[place] = None
            self._last[change.order_id] = len(self._waiting)
        self._waiting.append(change)
        self.wake()

    def wake(self) -> None:
        """Begin to tell, if there is something and a loop to do it on."""
        if self._waiting and self._teller is None:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                return
            self._teller = self._tasks.start(self._tell(), "trade news")

    async def stop(self) -> None:
        """Stop telling; may be called twice."""
        await self._tasks.stop()
        self._teller = None

    async def _tell(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting, self._last = self._waiting, [], {}
                try:
                    await self._journal.kept()
                except UserFacingError as error:
                    # The journal tries again by itself; what it has not kept is not told yet.
                    log.error("trade news wait: %s", error.facts.get("reason", error.code))
                    self._waiting = [*waiting, *self._waiting]
                    self._last = {}
                    await asyncio.sleep(self._retry_seconds)
                    continue
                self._say([change for change in waiting if change is not None])
        finally:
            self._teller = None

    def _say(self, changes: Sequence[Change]) -> None:
        if self.on_news is None:
            return
        begin = 0
        for end in range(1, len(changes) + 1):
            account_id = changes[begin].account_id
            if end == len(changes) or changes[end].account_id != account_id:
                self.on_news(account_id, changes[begin:end])
                begin = end
