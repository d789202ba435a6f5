"""Commands typed into a gateway without a window: read from standard input, answered on standard output."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from core.console import console_texts as texts
from core.console.command_parser import LONGEST_LINE
from core.console.console import Console
from core.model.translation import Translator
from core.runtime.background_tasks import BackgroundTasks
from core.runtime.line_terminal import LineTerminal

log = logging.getLogger(__name__)

LONGEST_LINE_BYTES: Final = 4 * LONGEST_LINE
"""Of a line that the console may take, in UTF-8."""


class TerminalSession:
    """One command after the other until the input ends; its end is not the gateway's."""

    def __init__(
        self, console: Console, language: Translator, terminal: LineTerminal, on_exit: Callable[[], None]
    ) -> None:
        """Store. `on_exit` is called when a command asks to stop the gateway."""
        self._console = console
        self._language = language
        self._terminal = terminal
        self._on_exit = on_exit
        self._tasks = BackgroundTasks("terminal session")

    def start(self) -> None:
        """Begin to read; says so."""
        self._terminal.start()
        self._tasks.start(self._serve(), "read commands")

    async def stop(self) -> None:
        """Read no more; a command that runs is not waited for. May be called twice."""
        await self._tasks.stop()
        await self._terminal.stop()

    async def _serve(self) -> None:
        answer = self._language(texts.TERMINAL_HINT)
        while (line := await self._terminal.next_line(answer)) is not None:
            reply = await self._console.run(line, self._language)
            answer = reply.text
            if reply.wants_exit:
                self._on_exit()
        log.info("the input of commands has ended; the gateway goes on")
