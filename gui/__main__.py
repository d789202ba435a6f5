"""`gatehouse` and `python -m gui`: the desktop app, or the same gateway without a window."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from core.cli import EXIT_BAD_OPTIONS, parse_arguments
from core.model.errors import UserFacingError


def has_display() -> bool:
    """Whether a window can be shown; asked before Qt is loaded, because Qt aborts where it cannot."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the user quits; returns the exit code."""
    try:
        settings = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    except UserFacingError as error:
        from core.model.message_texts import sentence
        from core.model.translation import Translator

        print(sentence(error, Translator()), file=sys.stderr)
        return EXIT_BAD_OPTIONS
    if not settings["headless"] and not has_display():
        print("No display was found: serving without a window, on the practice exchange.", flush=True)
        settings = settings.with_values(headless=True)
    if settings["headless"]:
        from core.headless import run_without_window

        return run_without_window(settings)
    # Qt is loaded only when a window is wanted.
    from gui.application import run_with_window

    return run_with_window(settings)


if __name__ == "__main__":
    sys.exit(main())
