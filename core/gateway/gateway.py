"""The gateway as the operator knows it: sign in, look, close a client, sign out, stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.gateway.serving import Serving
from core.gateway.status_collector import api_listener, connection_rows, quota_status
from core.login.account import practice_account
from core.model.controls import SignInRequest, SourceKind
from core.model.errors import UserFacingError
from core.model.status import (
    EventKind,
    GatewaySnapshot,
    GatewayState,
    ListenerStatus,
    ProgramStatus,
    Severity,
)
from core.model.trading import Currency, SecurityFirm
from core.model.trading_status import AccountBook, OrderStep, TradingOverview
from core.model.translation import Translator
from core.monitoring.event_log import EventLog
from core.runtime.clock import Clock
from core.servers.tcp_api_server import SessionDefaults
from core.settings.options import Settings
from core.trading.lock_everything import LockEverything
from core.trading.trade_desk import TradeDesk
from core.upstreams.upstream import SimulatedTime, Upstream
from core.wire.encryption import KeyProblem, RsaKey

log = logging.getLogger(__name__)

SNAPSHOT_SECONDS: Final = 0.25
"""A snapshot is at most this old; screens ask four times a second."""

UpstreamMaker = Callable[[SignInRequest], Awaitable[Upstream]]

SOURCE_NAMES: Final = {
    SourceKind.PRACTICE: "Practice",
    SourceKind.FUTUBULL: "Futubull",
    SourceKind.MOOMOO: "moomoo",
    SourceKind.REMOTE: "Remote OpenD",
}


class Gateway:
    """Implements GatewayControls. Nothing is opened before `sign_in`."""

    def __init__(
        self,
        *,
        settings: Settings,
        profile: str,
        version: str,
        clock: Clock,
        translator: Translator,
        make_upstream: UpstreamMaker,
        state_folder: Path | None = None,
    ) -> None:
        """Store. What is kept over restarts goes to `state_folder`; without one nothing is."""
        self._settings = settings
        self._profile = profile
        self._version = version
        self._clock = clock
        self._translator = translator
        self._make_upstream = make_upstream
        self._events = EventLog(clock)
        self._lock_everything = LockEverything(
            state_folder / "trade-lock.json" if state_folder else None, forced=settings["lock_trade"]
        )
        self._serving: Serving | None = None
        self._status = ProgramStatus.LOADED
        self._status_reason = ""
        self._ready_since = 0.0
        self._snapshot: GatewaySnapshot | None = None

    # -- GatewayControls

    def snapshot(self) -> GatewaySnapshot:
        now = self._clock.now()
        if self._snapshot is None or not 0 <= now - self._snapshot.time < SNAPSHOT_SECONDS:
            self._snapshot = self._collect(now)
        return self._snapshot

    async def sign_in(self, request: SignInRequest) -> None:
        if self._serving is not None or self._status is ProgramStatus.SIGNING_IN:
            raise UserFacingError("already_signed_in")
        if request.source is not SourceKind.PRACTICE:
            raise UserFacingError("source_not_available", source=SOURCE_NAMES[request.source])
        self._set_status(ProgramStatus.SIGNING_IN)
        serving: Serving | None = None
        try:
            await asyncio.to_thread(self._lock_everything.load)
            upstream = await self._make_upstream(request)
            serving = Serving(
                account=practice_account(
                    self._settings["practice_rights"],
                    quota=int(self._settings["practice_quota"]),
                    unlimited=self._settings["unlimited"],
                ),
                upstream=upstream,
                clock=self._clock,
                translator=self._translator,
                events=self._events,
                address=request.api_address or self._settings["ip"],
                port=self._settings["api_port"] if request.api_port is None else request.api_port,
                defaults=SessionDefaults(self._rsa_key(), self._settings["push_proto_type"]),
                push_period=self._settings["qot_push_frequency"] / 1000,
                lock_everything=self._lock_everything,
                program_status=self.program_status,
                # Asked for each call: without the text that program_status makes.
                is_ready=lambda: self._status is ProgramStatus.READY,
                unlimited=self._settings["unlimited"],
            )
            self._set_status(ProgramStatus.PREPARING_DATA)
            await serving.start()
        except BaseException as error:
            if serving is not None:
                await serving.stop()
            self._set_status(ProgramStatus.LOADED)
            if isinstance(error, UserFacingError):
                log.warning("sign-in failed: %s", error)
            raise
        self._serving = serving
        self._ready_since = self._clock.now()
        self._set_status(ProgramStatus.READY)
        self._events.add(
            Severity.OK,
            EventKind.GATEWAY,
            "Practice started: simulated exchange, API on {endpoint}",
            source="Gatehouse",
            endpoint=api_listener(serving, "", 0).endpoint,
        )
        serving.notify_program_status()

    async def sign_out(self) -> None:
        serving, self._serving = self._serving, None
        if serving is None:
            return
        self._set_status(ProgramStatus.LOADED)
        await serving.stop()
        self._events.add(Severity.INFO, EventKind.GATEWAY, "Signed out", source="Gatehouse")

    async def close_connection(self, connection_id: int) -> None:
        connection = self._serving.table.get(connection_id) if self._serving else None
        if connection is None:
            raise UserFacingError("unknown_connection", connection_id=connection_id)
        connection.close("closed by operator")

    async def close_all_connections(self) -> None:
        if self._serving is not None:
            for connection in list(self._serving.table):
                connection.close("closed by operator")

    async def set_practice_speed(self, speed: float) -> None:
        self._simulated_time().set_speed(speed)
        self._snapshot = None

    async def pause_practice(self, paused: bool) -> None:
        time = self._simulated_time()
        if paused:
            time.pause()
        else:
            time.resume()
        self._snapshot = None

    async def step_practice(self, seconds: float) -> None:
        self._simulated_time().step(seconds)

    def _simulated_time(self) -> SimulatedTime:
        upstream: object = self._serving.upstream if self._serving else None
        if not isinstance(upstream, SimulatedTime):
            raise UserFacingError("not_practice")
        return upstream

    def account_book(self, account_id: int, currency: Currency | None = None) -> AccountBook:
        return self._trading().source.account_book(account_id, currency)

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
        return self._trading().source.order_steps(account_id, order_id)

    async def unlock_trade(self, firm: SecurityFirm, password: str, *, hashed: bool = False) -> None:
        await self._trading().unlock(firm, password, hashed=hashed)
        self._snapshot = None

    async def lock_trade(self, firm: SecurityFirm) -> None:
        self._trading().lock(firm)
        self._snapshot = None

    async def lock_everything(self, on: bool, *, cancel_open: bool = False) -> int:
        try:
            return await self._trading().lock_everything(on, cancel_open=cancel_open)
        finally:
            self._snapshot = None

    async def cancel_order(self, account_id: int, order_id: int) -> None:
        await self._trading().source.cancel_order(account_id, order_id)

    async def cancel_open_orders(self, account_id: int) -> int:
        return await self._trading().source.cancel_open_orders(account_id)

    async def reset_practice_account(self, account_id: int) -> None:
        await self._trading().reset_account(account_id)
        self._snapshot = None

    def _trading(self) -> TradeDesk:
        if self._serving is None:
            raise UserFacingError("trading_unavailable")
        return self._serving.trading

    async def stop(self) -> None:
        await self.sign_out()

    # -- for servers and console

    def program_status(self) -> tuple[ProgramStatus, str]:
        """The state as clients are told it, with a text that says where data comes from."""
        serving = self._serving
        if serving is None:
            return self._status, self._status_reason
        status = serving.upstream.status()
        return self._status, self._translator(status.description, **dict(status.facts))

    @property
    def api_endpoint(self) -> str:
        """HOST:PORT of the API server, empty while it does not listen."""
        return api_listener(self._serving, "", 0).endpoint if self._serving else ""

    # -- inside

    def _set_status(self, status: ProgramStatus) -> None:
        self._status = status
        self._snapshot = None
        log.info("program status %s", status.name)

    def _rsa_key(self) -> RsaKey | None:
        file = self._settings["rsa_private_key"]
        if not file:
            return None
        try:
            return RsaKey.from_pem(Path(file).read_bytes())
        except (OSError, KeyProblem) as error:
            raise UserFacingError("bad_key", file=file, reason=str(error)) from error

    def _state(self) -> GatewayState:
        match self._status:
            case ProgramStatus.READY:
                serving = self._serving
                if serving is not None and serving.upstream.status().state == "lost":
                    return GatewayState.RECONNECTING
                simulated = serving is not None and serving.upstream.status().simulated
                return GatewayState.READY_PRACTICE if simulated else GatewayState.READY
            case ProgramStatus.SIGNING_IN:
                return GatewayState.SIGNING_IN
            case ProgramStatus.PREPARING_DATA:
                return GatewayState.LOADING
            case ProgramStatus.LOGIN_FAILED:
                return GatewayState.LOGIN_FAILED
            case _:
                return GatewayState.SIGNED_OUT

    def _collect(self, now: float) -> GatewaySnapshot:
        serving = self._serving
        listener = api_listener(serving, self._settings["ip"], self._settings["api_port"])
        base = GatewaySnapshot(
            time=now,
            state=self._state(),
            program_status=self._status,
            status_reason=self._status_reason,
            version=self._version,
            profile=self._profile,
            listeners=(listener, ListenerStatus("WebSocket", "off"), ListenerStatus("Telnet", "off")),
            events=self._events.rows(),
            encryption="on" if self._settings["rsa_private_key"] else "off",
            trading=TradingOverview(locked_everything=self._lock_everything.is_on),
        )
        if serving is None:
            return base
        return replace(
            base,
            ready_since=self._ready_since,
            account_label=serving.account.label,
            connections=connection_rows(serving),
            connection_limit=serving.table.limit,
            quota=quota_status(serving),
            traffic=serving.traffic.status(),
            markets=tuple(serving.upstream.markets()),
            upstream=serving.upstream.status(),
            trading=serving.trading.overview(),
        )
