"""The gateway without a window: the banner that OpenD users know, commands, signals, exit codes."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final, TextIO

from core.cli import (
    EXIT_BAD_OPTIONS,
    EXIT_COMMAND_FAILED,
    EXIT_OK,
    EXIT_START_FAILED,
    chosen_language,
    open_profile,
    parse_arguments,
)
from core.console.console import Console
from core.console.terminal_session import LONGEST_LINE_BYTES, TerminalSession
from core.gateway.late_gateway import LateGateway
from core.login.account import Account, practice_account
from core.model.controls import SignInRequest, SourceKind
from core.model.errors import UserFacingError
from core.model.message_texts import sentence
from core.model.translation import Translator
from core.runtime.app_paths import AppPaths, resources_folder
from core.runtime.clock import SystemClock
from core.runtime.headless_loop import run_headless
from core.runtime.language import load_translator
from core.runtime.line_terminal import LineTerminal
from core.settings.options import Settings
from core.version import VERSION

PROMPT: Final = ">>> "
_RIGHT_LINES: Final = (
    ("HK Stocks", "hkQotRight"),
    ("US Stocks", "usQotRight"),
    ("Shanghai", "shQotRight"),
    ("Shenzhen", "szQotRight"),
)
_RIGHT_NAMES: Final = {1: "BMP", 2: "LV1", 3: "LV2", 4: "SF", 5: "No permission", 6: "LV3"}


def run_without_window(settings: Settings, output: TextIO = sys.stdout) -> int:
    """Serve until SIGTERM or SIGINT; the exit code says how it ended."""
    translator = load_translator(resources_folder(), chosen_language(settings))
    try:
        with open_profile(settings) as profile:
            profile.start_logging(console=True)
            return run_headless(_serve(settings, profile.paths, translator, output))
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
    clock = SystemClock()
    gateway = LateGateway(settings, paths, resources_folder(), clock, translator)
    console = Console(gateway, clock)
    session: TerminalSession | None = None
    say(f"Gatehouse version info: {VERSION} (OpenAPI 10.11)")
    say(f"Start Time: {datetime.datetime.now():%Y-%m-%d %H:%M:%S}")  # noqa: DTZ005 - the reader's own wall clock
    say("Gatehouse is running")
    say("Login Method: Practice (simulated exchange, no account needed)")
    say("Logging in")
    try:
        await gateway.sign_in(SignInRequest(SourceKind.PRACTICE, speed=settings.speed))
        say("Login successful")
        account = practice_account(
            settings["practice_rights"], quota=int(settings["practice_quota"]), unlimited=settings["unlimited"]
        )
        for line in account_lines(account):
            say(line)
        say("Server started")
        say(f"API Listening Address: {gateway.api_endpoint}")
        say(f"API RSA Enabled: {'Yes' if settings['rsa_private_key'] else 'No'}")
        if gateway.snapshot().trading.locked_everything:
            say("All trading is locked: every order is refused")
        say(gateway.program_status()[1])
        say("Gatehouse is ready")
        for command in settings["command"]:
            reply = await console.run(command, translator)
            say(reply.text)
            if reply.failed:
                return EXIT_COMMAND_FAILED
            if reply.wants_exit:
                return EXIT_OK
        terminal = _operator_terminal(settings, output)
        if terminal is not None:
            session = TerminalSession(console, translator, terminal, stopped.set)
            session.start()
        await stopped.wait()
        return EXIT_OK
    except UserFacingError as error:
        say(f"Login failed,{sentence(error, translator)}")
        return EXIT_START_FAILED
    finally:
        if session is not None:
            await session.stop()
        await gateway.stop()
        say("Gatehouse has exited")


def _operator_terminal(settings: Settings, output: TextIO) -> LineTerminal | None:
    """Where commands are typed: standard input, when that is a terminal or `--console` says so."""
    try:
        descriptor = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # started without a standard input
        return None
    interactive = os.isatty(descriptor)
    if not interactive and not settings["console"]:
        return None
    prompt = PROMPT if interactive and output.isatty() else ""
    return LineTerminal(descriptor, output, prompt=prompt, longest=LONGEST_LINE_BYTES)


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
