"""The TCP API server: the port that SDKs connect to (11111 unless told otherwise)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import secrets
import socket
from dataclasses import dataclass
from typing import Final

from core.model.errors import UserFacingError
from core.runtime.background_tasks import BackgroundTasks
from core.runtime.clock import Clock
from core.servers.api_service import ApiService
from core.servers.client_connection import ClientConnection
from core.servers.connection_table import ConnectionTable
from core.wire.client_session import ClientSession
from core.wire.encryption import RsaKey

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS: Final = 10
"""What clients are told; the Python SDK needs at most 39, 10 fits all."""
IDLE_SECONDS: Final = 120.0
"""A client that sent nothing for so long, while it should send a heartbeat every ten seconds, is gone."""
INIT_SECONDS: Final = 30.0
"""How long a connection may wait with its InitConnect."""
SLOW_SECONDS: Final = 30.0
"""How long a client may read too slowly before it is disconnected."""
WATCH_SECONDS: Final = 1.0
STOP_SECONDS: Final = 6.0
MAX_REFUSED: Final = 64
"""Refused clients whose sockets are kept, so that they can read why; the oldest beyond that are closed."""

_KEY_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class SessionDefaults:
    """What every new connection starts with."""

    rsa_key: RsaKey | None = None
    push_format: int = 0


class TcpApiServer:
    """Reserves its port in `bind`, accepts from `start` on, and says goodbye at frame boundaries in `stop`."""

    def __init__(
        self,
        service: ApiService,
        table: ConnectionTable,
        clock: Clock,
        *,
        address: str,
        port: int,
        defaults: SessionDefaults | None = None,
    ) -> None:
        self._service = service
        self._table = table
        self._clock = clock
        self._address = address
        self._port = port
        self._defaults = defaults or SessionDefaults()
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._tasks = BackgroundTasks("API server")
        self._number = (100_000 + secrets.randbelow(900_000)) * 1000
        # Refused clients take no place in the real table, but are watched and closed with the rest.
        self._refused = ConnectionTable(MAX_REFUSED)

    @property
    def address(self) -> str:
        """Where it listens."""
        return self._address

    @property
    def port(self) -> int:
        """The port, known after `bind` also when 0 was asked for."""
        return self._port

    def bind(self) -> None:
        """Reserve the port without accepting: clients are refused by the system until `start`.

        A client that was accepted but not answered would hang for good (wire.md 2.6). Raises UserFacingError.
        """
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            if hasattr(socket, "SO_REUSEADDR") and hasattr(socket, "SO_REUSEPORT"):
                # Not on Windows, where this option lets two programs share a port.
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self._address, self._port))
            listening.setblocking(False)
        except OSError as error:
            listening.close()
            if error.errno == errno.EADDRINUSE:
                raise self._in_use() from error
            raise UserFacingError("address_unusable", address=self._address, reason=error.strerror or "?") from error
        self._socket = listening
        self._port = listening.getsockname()[1]

    def _in_use(self) -> UserFacingError:
        return UserFacingError(
            "port_in_use",
            port=self._port,
            address=self._address,
            holder="",
            free_port=free_port(self._address, self._port + 1),
        )

    async def start(self) -> None:
        """Accept clients. Raises UserFacingError when the port was taken meanwhile."""
        if self._socket is None:
            self.bind()
        assert self._socket is not None
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._new_connection, sock=self._socket, backlog=256
            )
        except OSError as error:
            self._socket.close()
            self._socket = None
            raise self._in_use() from error
        self._tasks.start(self._watch(), "watch connections")

    async def stop(self) -> None:
        """Stop accepting and disconnect everybody, within six seconds; may be called twice."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._socket = None
        elif self._socket is not None:
            self._socket.close()
            self._socket = None
        await self._tasks.stop()
        for connection in self._everyone():
            connection.close("gateway stopped")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                for connection in self._everyone():
                    await connection.gone.wait()
        for connection in self._everyone():
            connection.abort()

    def _everyone(self) -> frozenset[ClientConnection]:
        return self._table.everyone | self._refused.everyone

    def _new_connection(self) -> ClientConnection:
        self._number += 1
        key, iv = _random_text(), _random_text()
        refused = None
        if self._table.is_full:
            if self._refused.is_full:
                min(self._refused.everyone, key=lambda kept: kept.since).close("too many refused clients")
            refused = UserFacingError("connections_full", limit=self._table.limit)
            log.warning("all %d connections are in use, a further client is refused", self._table.limit)
        session = ClientSession(
            self._number, key, iv, self._defaults.rsa_key, default_push_format=self._defaults.push_format
        )
        return ClientConnection(
            self._service,
            self._refused if refused else self._table,
            session,
            (key, iv),
            self._tasks,
            self._clock,
            refused,
        )

    async def _watch(self) -> None:
        """Once a second: who is silent, who never introduced himself, who reads too slowly."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = self._clock.monotonic()
            for connection in self._everyone():
                silent = now - connection.last_seen
                if not connection.has_opened and silent > INIT_SECONDS:
                    connection.close("no InitConnect in time", f"({INIT_SECONDS:.0f} s)")
                elif silent > IDLE_SECONDS:
                    connection.close("no heartbeat any more", f"({IDLE_SECONDS:.0f} s)")
                elif connection.is_slow and (connection.backlog_is_full or now - connection.slow_since > SLOW_SECONDS):
                    connection.close("it read too slowly", f"({connection.backlog} pushes waiting)")


def free_port(address: str, start: int) -> int:
    """The next port from `start` on that nobody holds, or 0 (any free one) when a hundred are taken."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for port in range(start, min(start + 100, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port
    return 0


def _random_text() -> str:
    """16 ASCII characters from the system's random source: the AES key and IV of one connection."""
    return "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16))
