"""Where log lines go: a rotating file in the profile's folder, and the console of a headless gateway."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

MAX_FILE_BYTES: Final = 5 * 1024 * 1024
KEPT_FILES: Final = 5

_LEVELS: Final = {
    "no": logging.CRITICAL + 10,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "fatal": logging.CRITICAL,
}


def set_up_logging(folder: Path, level: str, *, console: bool) -> list[logging.Handler]:
    """Install handlers on the root logger and return them; the caller removes and closes them."""
    file = RotatingFileHandler(
        folder / "gatehouse.log", maxBytes=MAX_FILE_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
    )
    file.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s", "%F %T"))
    handlers: list[logging.Handler] = [file]
    if console:
        stderr = logging.StreamHandler(sys.stderr)
        stderr.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        # The console shows what needs a look; the file has the rest.
        stderr.setLevel(max(logging.WARNING, _LEVELS[level]))
        handlers.append(stderr)
    root = logging.getLogger()
    root.setLevel(_LEVELS[level])
    for handler in handlers:
        root.addHandler(handler)
    return handlers
