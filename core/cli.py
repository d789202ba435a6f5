"""The command line, made from the option table, and what every start does first: the profile's folders, lock, log.

Kept light: a window is on the screen before anything else is loaded.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import shutil
from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

from core.model.translation import CHINESE, ENGLISH
from core.runtime.app_paths import AppPaths, profile_paths
from core.runtime.language import system_language
from core.runtime.single_instance import ProfileLock
from core.settings.options import OPTIONS, Kind, Option, Settings
from core.version import VERSION

EXIT_OK: Final = 0
EXIT_BAD_OPTIONS: Final = 2
EXIT_START_FAILED: Final = 1
EXIT_COMMAND_FAILED: Final = 1


def parse_arguments(arguments: Sequence[str]) -> Settings:
    """Read the flags. Ends the program for --help, --version and flags that do not exist; raises UserFacingError."""
    parser = argparse.ArgumentParser(
        prog="gatehouse",
        description="An open, visual OpenD: a gateway for Futu and moomoo OpenAPI programs. Without an account it "
        "serves a simulated practice exchange.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"gatehouse {VERSION}")
    for option in OPTIONS:
        names = dict.fromkeys((option.flag, option.flag.replace("_", "-"), "--" + option.key.replace("_", "-")))
        names.update(dict.fromkeys(["--" + option.key]))
        if option.kind is Kind.SWITCH:
            parser.add_argument(*names, dest=option.key, action="store_const", const="1", help=option.help)
        elif option.kind in (Kind.FILES, Kind.PAIRS, Kind.LINES):
            parser.add_argument(*names, dest=option.key, action="append", metavar="VALUE", help=option.help)
        else:
            shown = f" ({option.allowed_text}; default {option.default or 'none'})"
            parser.add_argument(*names, dest=option.key, metavar="VALUE", help=(option.help + shown).replace("%", "%%"))
    given = {key: value for key, value in vars(parser.parse_args(arguments)).items() if value is not None}
    by_key = {option.key: option for option in OPTIONS}
    return Settings(MappingProxyType({key: _parsed(by_key[key], value) for key, value in given.items()}))


def _parsed(option: Option, value: str | list[str]) -> object:
    if isinstance(value, list):
        return tuple(option.parse(item) for item in value)
    return option.parse(value)


def chosen_language(settings: Settings) -> str:
    """The language of replies and console: the option, else the system's."""
    return {"en": ENGLISH, "chs": CHINESE}.get(settings["lang"]) or system_language()


class OpenProfile:
    """A profile that is ours while it is open. `start_logging` comes when there is time for it."""

    def __init__(self, paths: AppPaths, log_level: str) -> None:
        self.paths = paths
        self._level = log_level
        self._log_handlers: list[logging.Handler] = []

    def start_logging(self, *, console: bool) -> None:
        """Write log lines to the profile's file, and what needs a look to the console too."""
        from core.monitoring.log_setup import set_up_logging

        self._log_handlers.extend(set_up_logging(self.paths.logs, self._level, console=console))

    def stop_logging(self) -> None:
        """Close the log; may be called twice."""
        while self._log_handlers:
            handler = self._log_handlers.pop()
            logging.getLogger().removeHandler(handler)
            handler.close()


@contextlib.contextmanager
def open_profile(settings: Settings) -> Iterator[OpenProfile]:
    """The profile's folders, lock and log file, released at the end. Raises UserFacingError."""
    paths = profile_paths(settings["profile"], temporary_home=settings["temporary_home"])
    paths.make()
    lock = ProfileLock(paths.lock, paths.profile)
    lock.acquire()
    profile = OpenProfile(paths, settings["log_level"])
    try:
        yield profile
    finally:
        profile.stop_logging()
        lock.release()
        if paths.temporary:
            shutil.rmtree(paths.data, ignore_errors=True)
