"""The one port through which a person operates the gateway: the window, the console and the tests use the same."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from core.model.status import GatewaySnapshot
    from core.model.trading import SecurityFirm
    from core.model.trading_status import AccountBook, OrderStep


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

    def account_book(self, account_id: int) -> AccountBook:
        """Everything of one account, for the visible Trading screen. Raises trading_unavailable, unknown_account."""

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
        """The time line of one order. Raises trading_unavailable, unknown_account, unknown_order."""

    async def unlock_trade(self, firm: SecurityFirm, password: str, *, hashed: bool = False) -> None:
        """Unlock a firm's accounts for all clients. The password is hashed at once and not kept.

        `hashed` says that it is the MD5 of the password already, 32 lower-case hexadecimal digits.
        """

    async def lock_trade(self, firm: SecurityFirm) -> None:
        """Lock a firm's accounts again; may be called twice."""

    async def lock_everything(self, on: bool, *, cancel_open: bool = False) -> int:
        """Refuse every order of every client until it is off; kept over restarts. Gives how many were cancelled."""

    async def cancel_order(self, account_id: int, order_id: int) -> None:
        """Cancel one open order."""

    async def cancel_open_orders(self, account_id: int) -> int:
        """Cancel every open order of an account; gives how many."""

    async def reset_practice_account(self, account_id: int) -> None:
        """Let a practice account begin anew with its opening balance. Raises not_practice."""

    async def stop(self) -> None:
        """Sign out and release everything, within a time limit; may be called twice."""
