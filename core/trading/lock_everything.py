"""The switch that refuses every order of every client until it is off; kept in a small file of the profile."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Final

from core.model.errors import UserFacingError

log = logging.getLogger(__name__)

MAXIMUM_BYTES: Final = 4_096


class LockEverything:
    """On or off. `path` None keeps nothing; `forced` (from the command line) turns it on when the program starts."""

    def __init__(self, path: Path | None, *, forced: bool = False) -> None:
        self._path = path
        self._forced = forced
        self._loaded = False
        self.is_on = forced
        self._turn = asyncio.Lock()

    def load(self) -> None:
        """Read what was kept, the first time only. What cannot be read counts as on, so that no order slips by."""
        if self._loaded:
            return
        self._loaded = True
        if self._path is None or not self._path.exists():
            return
        try:
            if self._path.stat().st_size > MAXIMUM_BYTES:
                raise ValueError("the file is too large")
            kept = json.loads(self._path.read_text(encoding="utf-8"))["lock_everything"]
            if not isinstance(kept, bool):
                raise ValueError("lock_everything is neither true nor false")
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read, so everything is locked: %s", self._path.name, error)
            kept = True
        self.is_on = kept or self._forced

    async def switch(self, on: bool) -> None:
        """Turn it on or off and keep that. On counts from this call on, off only once it is kept.

        Raises UserFacingError(lock_not_kept); it is on then.
        """
        async with self._turn:
            self.is_on = True
            if self._path is not None:
                try:
                    await asyncio.to_thread(self._write, self._path, on)
                except OSError as error:
                    raise UserFacingError("lock_not_kept", file=self._path.name, reason=str(error)) from error
            self.is_on = on

    @staticmethod
    def _write(path: Path, on: bool) -> None:
        draft = path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"lock_everything": on}))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
