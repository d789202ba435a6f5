"""Runs command lines: parse, limit, run, answer in the reader's language. One for all ways commands come in."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from core.console import console_texts as texts
from core.console.command import Command, CommandContext
from core.console.command_actions import sentence_of
from core.console.command_catalogue import COMMANDS
from core.console.command_parser import parse_line, shown_line
from core.model.controls import GatewayControls
from core.model.errors import UserFacingError
from core.model.message_texts import sentence
from core.model.translation import Translator
from core.runtime.clock import Clock

log = logging.getLogger(__name__)


class ConsoleReply(NamedTuple):
    """What a line led to. `text` may have several lines and no line end; `wants_exit` asks to stop the gateway."""

    text: str
    failed: bool = False
    wants_exit: bool = False


class Console:
    """The commands over one gateway's controls. Lines may run at the same time."""

    def __init__(self, controls: GatewayControls, clock: Clock, commands: Mapping[str, Command] = COMMANDS) -> None:
        """Store."""
        self._controls = controls
        self._clock = clock
        self._commands = commands
        self._runs: dict[str, deque[float]] = {}

    async def run(self, line: str, language: Translator) -> ConsoleReply:
        """Run one line and answer in a language; an empty line has an empty answer. Errors are answers too."""
        if not line.strip():
            return ConsoleReply("")
        try:
            call = parse_line(line, self._commands)
        except UserFacingError as error:
            # What was typed is not logged: it may be a password in the wrong place.
            log.info("console: a line was refused (%s)", error.code)
            return self._failed(error, language)
        try:
            self._admit(call.command)
            text = await call.command.action(CommandContext(self._controls, language, self._commands), call)
        except UserFacingError as error:
            log.info("console: %s failed (%s)", shown_line(call), error.code)
            return self._failed(error, language)
        except Exception:
            log.exception("bug while running the console command %s", shown_line(call))
            return self._failed(UserFacingError("command_bug", name=call.command.name), language)
        log.info("console: %s", shown_line(call))
        return ConsoleReply(text, wants_exit=call.command.ends)

    def _failed(self, error: UserFacingError, language: Translator) -> ConsoleReply:
        return ConsoleReply(sentence_of(language, texts.FAILED, sentence(error, language)), failed=True)

    def _admit(self, command: Command) -> None:
        """Count a run. Raises UserFacingError(command_too_frequent)."""
        limit = command.limit
        if limit is None:
            return
        now = self._clock.monotonic()
        runs = self._runs.setdefault(command.name, deque(maxlen=limit.times))
        if len(runs) == limit.times and now - runs[0] < limit.seconds:
            wait = math.ceil(limit.seconds - (now - runs[0]))
            raise UserFacingError("command_too_frequent", count=limit.times, seconds=limit.seconds, wait=wait)
        runs.append(now)
