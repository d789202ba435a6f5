"""The one port through which a person operates the gateway: the window, the console and the tests use the same."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from core.model.status import GatewaySnapshot


class SourceKind(Enum):
    """Where the account and the data come from; the tiles of the sign-in window."""

    PRACTICE = "practice"
    FUTUBULL = "futubull"
    MOOMOO = "moomoo"
    REMOTE = "remote"


class SignInRequest(NamedTuple):
    """What the sign-in form hands over.

    `speed` is the practice market's speed: 1, 5, 20, or 0 for as fast as possible. Address and port are where the API
    server shall listen; port 0 takes a free one. None keeps the setting.
    """

    source: SourceKind
    speed: float = 1.0
    api_address: str | None = None
    api_port: int | None = None


class GatewayControls(Protocol):
    """Everything an operator can do. Failures are raised as UserFacingError."""

    def snapshot(self) -> GatewaySnapshot:
        """The newest snapshot; cheap, taken at most four times a second."""

    async def sign_in(self, request: SignInRequest) -> None:
        """Start the source and the servers; returns when READY."""

    async def sign_out(self) -> None:
        """Close the servers and the source; clients are disconnected at a frame boundary."""

    async def close_connection(self, connection_id: int) -> None:
        """Disconnect one client at a frame boundary."""

    async def close_all_connections(self) -> None:
        """Disconnect every client; the server goes on listening."""

    async def set_practice_speed(self, speed: float) -> None:
        """Let the practice market run at 1, 5, 20 times, or 0 for as fast as possible. Raises not_practice."""

    async def pause_practice(self, paused: bool) -> None:
        """Let the practice market stand still, or go on. Raises not_practice."""

    async def step_practice(self, seconds: float) -> None:
        """Let so much simulated time pass at once, paused or not. Raises not_practice."""

    async def stop(self) -> None:
        """Sign out and release everything, within a time limit; may be called twice."""
