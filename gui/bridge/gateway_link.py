"""Starts the gateway's coroutines for buttons: named tasks on the running loop, kept, cancelled with their owner."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QTimer

from core.model.errors import UserFacingError

if TYPE_CHECKING:
    import asyncio

LOOP_SOON_MS = 20
Answer = TypeVar("Answer")

_LOG = logging.getLogger(__name__)


class GatewayLink(QObject):
    """Every command of the windows goes through `submit`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: dict[asyncio.Task[None], tuple[QObject, Coroutine[Any, Any, None]]] = {}

    def submit(
        self,
        owner: QObject,
        name: str,
        coroutine: Coroutine[Any, Any, None],
        on_done: Callable[[], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """Run a command. Exactly one of the two callbacks follows, unless the owner is released before.

        `on_error` gets a UserFacingError, or any other exception, which is also logged.
        """
        import asyncio  # loaded by then; a window is painted without it

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # The first window is up a moment before the loop; an assistive tool may press a button in between.
            QTimer.singleShot(LOOP_SOON_MS, self, lambda: self.submit(owner, name, coroutine, on_done, on_error))
            return
        task = loop.create_task(self._run(name, coroutine, on_done, on_error), name=f"window: {name}")
        self._tasks[task] = (owner, coroutine)
        task.add_done_callback(self._forget)

    async def within(self, seconds: float, answer: Coroutine[Any, Any, Answer]) -> Answer:
        """Await an answer for so long; raises TimeoutError, and the question is given up."""
        import asyncio

        async with asyncio.timeout(seconds):
            return await answer

    def cancel_owned(self, owner: QObject) -> None:
        """Cancel what a window started; its callbacks are not called any more."""
        for task, (started_by, _) in list(self._tasks.items()):
            if started_by is owner:
                task.cancel()

    def close(self) -> None:
        """Cancel everything; may be called twice."""
        for task in list(self._tasks):
            task.cancel()

    @property
    def running(self) -> int:
        """How many commands have no answer yet."""
        return len(self._tasks)

    @staticmethod
    async def _run(
        name: str,
        coroutine: Coroutine[Any, Any, None],
        on_done: Callable[[], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        try:
            await coroutine
        except Exception as error:
            if not isinstance(error, UserFacingError):
                _LOG.exception("The command %s failed", name)
            on_error(error)
        else:
            on_done()

    def _forget(self, task: asyncio.Task[None]) -> None:
        _, coroutine = self._tasks.pop(task)
        coroutine.close()  # a task cancelled before its first step never awaited it
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("Showing the result of a command failed", exc_info=task.exception())
