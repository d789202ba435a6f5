"""The command line, made from the option table, and the gateway without a window."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import logging
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from types import MappingProxyType
from typing import Final, TextIO

from core.gateway.gateway import Gateway
from core.login.account import PRACTICE_ACCOUNT, Account
from core.model.controls import SignInRequest, SourceKind
from core.model.errors import UserFacingError
from core.model.message_texts import sentence
from core.model.translation import CHINESE, ENGLISH, Translator
from core.monitoring.log_setup import set_up_logging, tear_down_logging
from core.runtime.app_paths import AppPaths, profile_paths, resources_folder
from core.runtime.clock import Clock, SystemClock
from core.runtime.headless_loop import run_headless
from core.runtime.language import load_translator, system_language
from core.runtime.single_instance import ProfileLock
from core.settings.options import OPTIONS, Kind, Option, Settings
from core.upstreams.catalogue import practice_maker

log = logging.getLogger(__name__)

EXIT_OK: Final = 0
EXIT_BAD_OPTIONS: Final = 2
EXIT_START_FAILED: Final = 1

_RIGHT_LINES: Final = (
    ("HK Stocks", "hkQotRight"),
    ("US Stocks", "usQotRight"),
    ("Shanghai", "shQotRight"),
    ("Shenzhen", "szQotRight"),
)
_RIGHT_NAMES: Final = {1: "BMP", 2: "LV1", 3: "LV2", 4: "SF", 5: "No permission", 6: "LV3"}


def version() -> str:
    """Our version; written in pyproject.toml only."""
    return metadata.version("gatehouse")


def parse_arguments(arguments: Sequence[str]) -> Settings:
    """Read the flags. Ends the program for --help, --version and flags that do not exist; raises UserFacingError."""
    parser = argparse.ArgumentParser(
        prog="gatehouse",
        description="An open, visual OpenD: a gateway for Futu and moomoo OpenAPI programs. Without an account it "
        "serves a simulated practice exchange.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"gatehouse {version()}")
    for option in OPTIONS:
        names = dict.fromkeys((option.flag, option.flag.replace("_", "-"), "--" + option.key.replace("_", "-")))
        names.update(dict.fromkeys(["--" + option.key]))
        if option.kind is Kind.SWITCH:
            parser.add_argument(*names, dest=option.key, action="store_const", const="1", help=option.help)
        elif option.kind in (Kind.FILES, Kind.PAIRS):
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


def build_gateway(settings: Settings, paths: AppPaths, clock: Clock, translator: Translator) -> Gateway:
    """A gateway of this profile, not started."""
    return Gateway(
        settings=settings,
        profile=paths.profile,
        version=version(),
        clock=clock,
        translator=translator,
        make_upstream=practice_maker(settings, paths, resources_folder(), clock, translator.language),
    )


@contextlib.contextmanager
def open_profile(settings: Settings, *, console: bool) -> Iterator[AppPaths]:
    """The profile's folders, lock and log file, released at the end. Raises UserFacingError."""
    paths = profile_paths(settings["profile"], temporary_home=settings["temporary_home"])
    paths.make()
    lock = ProfileLock(paths.lock, paths.profile)
    lock.acquire()
    handlers = set_up_logging(paths.logs, settings["log_level"], console=console)
    try:
        yield paths
    finally:
        tear_down_logging(handlers)
        lock.release()
        if paths.temporary:
            shutil.rmtree(paths.data, ignore_errors=True)


def run_without_window(settings: Settings, output: TextIO = sys.stdout) -> int:
    """Serve until SIGTERM or SIGINT; the exit code says how it ended."""
    translator = load_translator(resources_folder(), chosen_language(settings))
    try:
        with open_profile(settings, console=True) as paths:
            return run_headless(_serve(settings, paths, translator, output))
    except UserFacingError as error:
        print(sentence(error, translator), file=sys.stderr)
        return EXIT_START_FAILED


async def _serve(settings: Settings, paths: AppPaths, translator: Translator, output: TextIO) -> int:
    def say(line: str) -> None:
        print(line, file=output, flush=True)

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stopped.set)
    gateway = build_gateway(settings, paths, SystemClock(), translator)
    say(f"Gatehouse version info: {version()} (OpenAPI 10.11)")
    say(f"Start Time: {datetime.datetime.now():%Y-%m-%d %H:%M:%S}")  # noqa: DTZ005 - the reader's own wall clock
    say("Gatehouse is running")
    say("Login Method: Practice (simulated exchange, no account needed)")
    say("Logging in")
    try:
        await gateway.sign_in(SignInRequest(SourceKind.PRACTICE, speed=settings.speed))
        say("Login successful")
        for line in account_lines(PRACTICE_ACCOUNT):
            say(line)
        say("Server started")
        say(f"API Listening Address: {gateway.api_endpoint}")
        say(f"API RSA Enabled: {'Yes' if settings['rsa_private_key'] else 'No'}")
        say(gateway.program_status()[1])
        say("Gatehouse is ready")
        await stopped.wait()
        return EXIT_OK
    except UserFacingError as error:
        say(f"Login failed,{sentence(error, translator)}")
        return EXIT_START_FAILED
    finally:
        await gateway.stop()
        say("Gatehouse has exited")


def account_lines(account: Account) -> list[str]:
    """The block that OpenD users know: account, quota, rights."""
    lines = [
        f"Login Account: {account.nick_name}",
        f"User Quota: Subscription Quota: {account.subscription_quota}, "
        f"Historical Candlestick Quota: {account.history_quota}",
    ]
    for name, field in _RIGHT_LINES:
        right = _RIGHT_NAMES.get(account.quote_rights.get(field, 0), "No permission")
        lines.append(f"{name}: {right}, Permission Status: Normal (simulated)")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m core`: always without a window."""
    try:
        settings = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    except UserFacingError as error:
        print(sentence(error, Translator()), file=sys.stderr)
        return EXIT_BAD_OPTIONS
    return run_without_window(settings)
