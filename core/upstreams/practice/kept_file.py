"""A small JSON file of the profile: read at start, written as a whole in a thread after changes."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from core.runtime.background_tasks import BackgroundTasks

log = logging.getLogger(__name__)

MAXIMUM_BYTES: Final = 4_000_000


class KeptFile:
    """Keeps one value in a file. `path` None keeps nothing; `contents` gives the value to write."""

    def __init__(self, path: Path | None, contents: Callable[[], Any]) -> None:
        self._path = path
        self._contents = contents
        self._tasks: BackgroundTasks | None = None
        self._changed = False
        self._writing = False
        # A thread whose task was cancelled may still write: an older text must never replace a newer one.
        self._lock = threading.Lock()
        self._version = 0
        self._written = 0

    def read(self) -> Any:
        """Give what was written last, None when there is nothing readable; a broken file is set aside."""
        path = self._path
        if path is None or not path.exists():
            return None
        try:
            if path.stat().st_size > MAXIMUM_BYTES:
                raise ValueError("the file is too large")
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            log.warning("%s cannot be read and is set aside: %s", path.name, error)
            self.set_aside()
            return None

    def set_aside(self) -> None:
        """Rename a file whose contents make no sense, so that it is not written over."""
        if self._path is not None and self._path.exists():
            os.replace(self._path, self._path.with_suffix(".unreadable"))

    def start(self, tasks: BackgroundTasks) -> None:
        """Let later changes be written by a task of `tasks`."""
        self._tasks = tasks

    def mark_changed(self) -> None:
        """Write soon; several changes together are written once."""
        self._changed = True
        if self._path is None or self._tasks is None or self._writing:
            return
        self._writing = True
        self._tasks.start(self._write_changes(), f"write {self._path.name}")

    def stop(self) -> None:
        """Write what is not written yet; a few kilobytes."""
        self._tasks = None
        if self._changed:
            self._changed = False
            self._write(self._text(), self._next_version())

    async def _write_changes(self) -> None:
        try:
            while self._changed:
                self._changed = False
                await asyncio.to_thread(self._write, self._text(), self._next_version())
        except asyncio.CancelledError:
            # Not known whether the last text arrived; `stop` writes again.
            self._changed = True
            raise
        finally:
            self._writing = False

    def _text(self) -> str:
        return json.dumps(self._contents(), ensure_ascii=False, indent=1)

    def _next_version(self) -> int:
        self._version += 1
        return self._version

    def _write(self, text: str, version: int) -> None:
        path = self._path
        if path is None:
            return
        draft = path.with_suffix(".new")
        with self._lock:
            if version < self._written:
                return
            try:
                draft.write_text(text, encoding="utf-8")
                os.replace(draft, path)
                self._written = version
            except OSError as error:
                log.error("%s cannot be written: %s", path.name, error)
