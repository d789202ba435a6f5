"""All client connections of all servers: look-up, counts, and who is slow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from core.servers.client_connection import ClientConnection

MAX_CONNECTIONS: Final = 128


class ConnectionTable:
    """Bookkeeping only: connections add and remove themselves."""

    def __init__(self, limit: int = MAX_CONNECTIONS) -> None:
        self.limit = limit
        self._all: set[ClientConnection] = set()
        self._open: dict[int, ClientConnection] = {}
        self._slow = 0

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[ClientConnection]:
        """Connections that finished InitConnect, oldest first."""
        return iter(self._open.values())

    @property
    def everyone(self) -> frozenset[ClientConnection]:
        """Also those that did not finish InitConnect, or were refused."""
        return frozenset(self._all)

    @property
    def is_full(self) -> bool:
        """Whether a further client is refused. Those still in their InitConnect count."""
        return len(self._all) >= self.limit

    @property
    def slow(self) -> int:
        """Clients that read too slowly right now."""
        return self._slow

    def get(self, connection_id: int) -> ClientConnection | None:
        """An open connection by its connID."""
        return self._open.get(connection_id)

    def add(self, connection: ClientConnection) -> None:
        """The transport is up."""
        self._all.add(connection)

    def opened(self, connection: ClientConnection) -> None:
        """InitConnect is done."""
        self._open[connection.connection_id] = connection

    def remove(self, connection: ClientConnection) -> None:
        """The transport is gone."""
        self._all.discard(connection)
        self._open.pop(connection.connection_id, None)
        if connection.is_slow:
            connection.is_slow = False
            self._slow -= 1

    def slow_changed(self, difference: int) -> None:
        """A client became slow (+1) or read again (-1)."""
        self._slow += difference
