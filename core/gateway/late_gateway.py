"""The gateway's controls without the gateway: its rooms are imported when somebody signs in, or in a quiet moment.

A window can be on the screen before the schema, the servers and the practice exchange are loaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.login.account import practice_account
from core.model.controls import SignInRequest
from core.model.translation import Translator
from core.runtime.app_paths import AppPaths
from core.runtime.clock import Clock
from core.settings.options import Settings
from core.version import VERSION

if TYPE_CHECKING:
    from core.gateway.gateway import Gateway
    from core.model.status import GatewaySnapshot, ProgramStatus
    from core.model.trading import SecurityFirm
    from core.model.trading_status import AccountBook, OrderStep


class LateGateway:
    """Implements GatewayControls by a Gateway that is made on first use."""

    def __init__(
        self, settings: Settings, paths: AppPaths, resources: Path, clock: Clock, translator: Translator
    ) -> None:
        self._settings = settings
        self._paths = paths
        self._resources = resources
        self._clock = clock
        self._translator = translator
        self._gateway: Gateway | None = None

    async def prepare(self) -> None:
        """Import the rooms in a thread, so that the first sign-in need not wait for them."""
        import asyncio  # loaded by then; a window is painted without it

        await asyncio.to_thread(self._import_rooms)

    @staticmethod
    def _import_rooms() -> None:
        import core.gateway.gateway
        import core.upstreams.catalogue  # noqa: F401 - for its side of the import

    def _real(self) -> Gateway:
        if self._gateway is None:
            from core.gateway.gateway import Gateway
            from core.upstreams.catalogue import practice_maker

            account = practice_account(
                self._settings["practice_rights"],
                quota=int(self._settings["practice_quota"]),
                unlimited=self._settings["unlimited"],
            )
            self._gateway = Gateway(
                settings=self._settings,
                profile=self._paths.profile,
                version=VERSION,
                clock=self._clock,
                translator=self._translator,
                make_upstream=practice_maker(
                    self._settings,
                    self._paths,
                    self._resources,
                    self._clock,
                    self._translator.language,
                    rights=account.quote_rights,
                    history_quota=account.history_quota,
                ),
                state_folder=self._paths.data,
            )
        return self._gateway

    # -- GatewayControls

    def snapshot(self) -> GatewaySnapshot:
        if self._gateway is not None:
            return self._gateway.snapshot()
        from core.model.status import GatewaySnapshot, GatewayState, ListenerStatus, ProgramStatus

        return GatewaySnapshot(
            time=self._clock.now(),
            state=GatewayState.SIGNED_OUT,
            program_status=ProgramStatus.LOADED,
            version=VERSION,
            profile=self._paths.profile,
            listeners=(ListenerStatus("API", "off", self._settings["ip"], self._settings["api_port"]),),
        )

    async def sign_in(self, request: SignInRequest) -> None:
        if self._gateway is None:
            await self.prepare()
        await self._real().sign_in(request)

    async def sign_out(self) -> None:
        if self._gateway is not None:
            await self._gateway.sign_out()

    async def close_connection(self, connection_id: int) -> None:
        await self._real().close_connection(connection_id)

    async def close_all_connections(self) -> None:
        await self._real().close_all_connections()

    async def set_practice_speed(self, speed: float) -> None:
        await self._real().set_practice_speed(speed)

    async def pause_practice(self, paused: bool) -> None:
        await self._real().pause_practice(paused)

    async def step_practice(self, seconds: float) -> None:
        await self._real().step_practice(seconds)

    def account_book(self, account_id: int) -> AccountBook:
        return self._real().account_book(account_id)

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
        return self._real().order_steps(account_id, order_id)

    async def unlock_trade(self, firm: SecurityFirm, password: str, *, hashed: bool = False) -> None:
        await self._real().unlock_trade(firm, password, hashed=hashed)

    async def lock_trade(self, firm: SecurityFirm) -> None:
        await self._real().lock_trade(firm)

    async def lock_everything(self, on: bool, *, cancel_open: bool = False) -> int:
        return await self._real().lock_everything(on, cancel_open=cancel_open)

    async def cancel_order(self, account_id: int, order_id: int) -> None:
        await self._real().cancel_order(account_id, order_id)

    async def cancel_open_orders(self, account_id: int) -> int:
        return await self._real().cancel_open_orders(account_id)

    async def reset_practice_account(self, account_id: int) -> None:
        await self._real().reset_practice_account(account_id)

    async def stop(self) -> None:
        if self._gateway is not None:
            await self._gateway.stop()

    # -- for the console

    def program_status(self) -> tuple[ProgramStatus, str]:
        """The state and a text that says where data comes from."""
        return self._real().program_status()

    @property
    def api_endpoint(self) -> str:
        """HOST:PORT of the API server, empty while it does not listen."""
        return self._gateway.api_endpoint if self._gateway is not None else ""
