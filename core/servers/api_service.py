"""What the servers need from above: answers, and to say who came and went."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol

from core.model.calls import Call, Reply
from core.model.errors import UserFacingError

if TYPE_CHECKING:
    from core.servers.client_connection import ClientConnection


class ApiService(Protocol):
    """The gateway as a connection sees it."""

    def answer(self, call: Call) -> Reply | Awaitable[Reply]:
        """Answer one call; never raises."""

    def refusal(self, error: UserFacingError) -> Reply:
        """The reply that carries an error."""

    def open_session(self, *, connection_id: int, aes_key: str, aes_iv: str | None) -> Reply:
        """The successful InitConnect reply."""

    def opened(self, connection: ClientConnection) -> None:
        """A client finished InitConnect."""

    def closed(self, connection: ClientConnection, reason: str) -> None:
        """A client that had finished InitConnect is gone."""
