"""The commands of the main window: closing clients (asks where something would be lost), the practice market's time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.model.controls import GatewayControls
from core.model.status import ConnectionRow
from gui.bridge.gateway_link import GatewayLink
from gui.dialogs.confirm_dialog import ConfirmDialog
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme


class ConnectionCommands(QObject):
    """One per main window. `show_result` gets a sentence for a toast, `show_problem` the failure."""

    def __init__(
        self,
        theme: Theme,
        language: WindowLanguage,
        controls: GatewayControls,
        link: GatewayLink,
        window: QWidget,
        show_result: Callable[[str], None],
        show_problem: Callable[[Exception], None],
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._language = language
        self._controls = controls
        self._link = link
        self._window = window
        self._show_result = show_result
        self._show_problem = show_problem

    def close_rows(self, rows: list[ConnectionRow]) -> None:
        """Close these clients; asks when one of them has subscriptions, or when there are several."""
        if not rows:
            return
        if len(rows) == 1 and not rows[0].subscriptions:
            self._close(rows)
            return
        text = self._language.text
        if len(rows) == 1:
            name = rows[0].client_id or text("unnamed")
            question = text("Close {client}?", client=name)
            body = text(
                "It has {count} subscriptions. The script will see its connection end.", count=rows[0].subscriptions
            )
            verb = text("Close connection")
        else:
            question = text("Close {count} connections?", count=len(rows))
            body = text("The scripts will see their connections end.")
            verb = text("Close {count} connections", count=len(rows))
        self._ask(question, body, verb, lambda: self._close(rows))

    def close_all(self, count: int) -> None:
        """Close every client, after asking."""
        text = self._language.text
        if count:
            self._ask(
                text("Close all {count} connections?", count=count),
                text("The scripts will see their connections end. The API server goes on listening."),
                text("Close all"),
                self._close_all,
            )

    def _ask(self, question: str, body: str, verb: str, confirmed: Callable[[], None]) -> None:
        dialog = ConfirmDialog(
            self._theme,
            self._window,
            title=self._language.text("Close connections"),
            question=question,
            text=body,
            safe=self._language.text("Keep"),
            destructive=verb,
        )
        dialog.confirmed.connect(confirmed)
        dialog.open()

    def _close(self, rows: list[ConnectionRow]) -> None:
        text = self._language.text
        for row in rows:
            self._link.submit(
                self,
                f"close connection {row.connection_id}",
                self._controls.close_connection(row.connection_id),
                functools.partial(self._show_result, text("Closed connection {number}", number=row.connection_id)),
                self._show_problem,
            )

    def _close_all(self) -> None:
        self._link.submit(
            self,
            "close all connections",
            self._controls.close_all_connections(),
            lambda: self._show_result(self._language.text("Closed all connections")),
            self._show_problem,
        )

    def set_speed(self, speed: float) -> None:
        """Let the practice market run at another speed, 0 for as fast as possible."""
        self._submit("set the market's speed", self._controls.set_practice_speed(speed))

    def pause(self, paused: bool) -> None:
        """Let the practice market stand still, or go on."""
        self._submit("pause the market", self._controls.pause_practice(paused))

    def step(self, seconds: float) -> None:
        """Let so many simulated seconds pass at once."""
        self._submit("step the market", self._controls.step_practice(seconds))

    def _submit(self, name: str, command: Coroutine[Any, Any, None]) -> None:
        # The upstream card and the status bar show what came of it.
        self._link.submit(self, name, command, lambda: None, self._show_problem)
