"""Named tasks with an owner: strong references, errors logged, cancelled together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class BackgroundTasks:
    """The tasks of one owner. `stop` cancels them and waits at most `stop_seconds`."""

    def __init__(self, owner: str, stop_seconds: float = 5.0) -> None:
        self._owner = owner
        self._stop_seconds = stop_seconds
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, coroutine: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run a coroutine as a task of this owner. An exception nobody awaits is logged as a bug."""
        task = asyncio.get_running_loop().create_task(coroutine, name=f"{self._owner}: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %r failed", task.get_name(), exc_info=error)

    async def stop(self) -> None:
        """Cancel what still runs; may be called twice, and from one of the tasks."""
        current = asyncio.current_task()
        running = [task for task in self._tasks if task is not current]
        for task in running:
            task.cancel()
        if running:
            _, pending = await asyncio.wait(running, timeout=self._stop_seconds)
            for task in pending:
                log.warning("task %r did not end within %s s", task.get_name(), self._stop_seconds)
