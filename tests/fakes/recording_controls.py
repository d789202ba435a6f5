"""Controls that remember what they were asked to do, and refuse or break when told to."""

from __future__ import annotations

from typing import Any

from core.model.status import (
    ConnectionRow,
    GatewaySnapshot,
    GatewayState,
    ListenerStatus,
    ProgramStatus,
    QuotaStatus,
    UpstreamStatus,
)
from core.model.trading import (
    AccountType,
    Currency,
    SecurityFirm,
    SimulatedAccountType,
    TradingEnvironment,
    TradingMarket,
)
from core.model.trading_status import AccountRow, FirmLock, TradingOverview


def connection(number: int) -> ConnectionRow:
    """A client of the list."""
    return ConnectionRow(
        number, "robot", "Python", 1011, "127.0.0.1:5000", 0.0, "none", "Protobuf", 0, 0, 0, 3, 0, 0, 0, 0, 0.0, False
    )


ACCOUNT = AccountRow(
    9000001,
    TradingEnvironment.SIMULATE,
    "Practice simulated: HK stocks",
    AccountType.CASH,
    SimulatedAccountType.STOCK,
    SecurityFirm.NONE,
    (TradingMarket.HK,),
    "",
    disabled=False,
    currency=Currency.HKD,
    balance=1_000_000.0,
)
SNAPSHOT = GatewaySnapshot(
    0.0,
    GatewayState.READY_PRACTICE,
    ProgramStatus.READY,
    listeners=(ListenerStatus("API", "listening", "127.0.0.1", 11111),),
    connections=(connection(5),),
    quota=QuotaStatus(4, 1000, 1, 300, 0),
    upstream=UpstreamStatus("practice", "connected", "At {speed}", (("speed", "5x"),), simulated=True),
    trading=TradingOverview(
        locks=(
            FirmLock(SecurityFirm.FUTU_HK, "FUTU HK", unlocked=False),
            FirmLock(SecurityFirm.MOOMOO_US, "moomoo US", unlocked=True, by="robot", at=1.0),
        ),
        accounts=(ACCOUNT,),
        open_orders=2,
        orders_today=7,
    ),
)


class RecordingControls:
    """GatewayControls for console tests: every control is remembered in `calls` and gives what `gives` says."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.shown = SNAPSHOT
        self.gives: object = None
        self.error: Exception | None = None

    def snapshot(self) -> GatewaySnapshot:
        return self.shown

    def __getattr__(self, name: str) -> Any:
        async def control(*arguments: object, **named: object) -> object:
            self.calls.append((name, *arguments, *named.items()))
            if self.error is not None:
                raise self.error
            return self.gives

        return control
