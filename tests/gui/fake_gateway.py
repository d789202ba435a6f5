"""A gateway for window tests: hand-made snapshots, remembered commands, and a link that runs commands at once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from core.model.controls import SignInRequest
from core.model.status import (
    ConnectionRow,
    EventKind,
    EventRow,
    GatewaySnapshot,
    GatewayState,
    ListenerStatus,
    MarketStatus,
    ProgramStatus,
    QuotaStatus,
    Severity,
    TrafficStatus,
    UpstreamStatus,
)
from core.model.trading import SecurityFirm
from core.model.trading_status import AccountBook, OrderStep
from core.model.translation import Translator
from core.runtime.language import load_translator
from gui.bridge.gateway_link import GatewayLink
from tests.gui.fake_trading import BOOKS, MOMENT, STEPS, TRADING, at

RESOURCES = Path(__file__).parents[2] / "resources"
HK = 8 * 3600


def translator(language: str) -> Translator:
    """The real catalogues."""
    return load_translator(RESOURCES, language)


def connection(
    number: int,
    client: str,
    language: str,
    peer: str,
    since: str,
    encryption: str,
    rates: tuple[float, float],
    backlog: int,
    subscriptions: int,
    *,
    version: int = 1002,
    body_format: str = "Protobuf",
) -> ConnectionRow:
    """One row of the mockups' table."""
    return ConnectionRow(
        connection_id=number,
        client_id=client,
        language=language,
        client_version=version,
        peer=peer,
        since=at(since),
        encryption=encryption,
        body_format=body_format,
        requests_per_second=rates[0],
        pushes_per_second=rates[1],
        backlog=backlog,
        subscriptions=subscriptions,
        bytes_in=4_812_400,
        bytes_out=912_400_000,
        requests=241_204,
        errors=3,
        last_seen=MOMENT - 0.4,
        wants_notify=True,
    )


CONNECTIONS = (
    connection(481207, "hk_maker", "Python", "127.0.0.1:52814", "09:12:40", "FTAES-ECB", (12.4, 318), 0, 96),
    connection(481209, "signal_daily", "Python", "127.0.0.1:52820", "09:12:44", "none", (0.8, 42), 0, 40),
    connection(
        481233,
        "desk-dashboard",
        "JavaScript",
        "127.0.0.1:60112",
        "10:03:18",
        "TLS",
        (1.0, 61),
        0,
        24,
        body_format="JSON",
    ),
    connection(481251, "risk-monitor", "Java", "192.168.1.24:41922", "11:20:05", "AES-CBC", (2.0, 24), 0, 12),
    connection(481260, "tick-recorder", "C++", "192.168.1.31:50611", "13:01:52", "AES-CBC", (0.1, 486), 1204, 64),
    connection(481266, "", "Go", "127.0.0.1:53377", "14:20:31", "none", (5.6, 0), 0, 0, version=906),
)


def _event(order: int, clock: str, severity: Severity, kind: EventKind, text: str, /, **facts: str) -> EventRow:
    source = f"#{facts['number']}" if "number" in facts else ""
    return EventRow(order, at(clock), severity, kind, text, tuple(facts.items()), source)


def _client(name: str, number: int) -> dict[str, str]:
    row = next((row for row in CONNECTIONS if row.connection_id == number), None)
    peer, language = (row.peer, row.language) if row else ("127.0.0.1:53104", "Python")
    return {"client": name, "peer": peer, "language": language, "number": str(number)}


_CONNECTED = "Client {client} connected from {peer} ({language})"
_CLOSED = "Client {client} disconnected: {reason}"
EVENTS = (
    _event(
        1,
        "09:10:02",
        Severity.OK,
        EventKind.GATEWAY,
        "Practice started: simulated exchange, API on {endpoint}",
        endpoint="127.0.0.1:11111",
    ),
    _event(2, "09:12:40", Severity.INFO, EventKind.CONNECTION, _CONNECTED, **_client("hk_maker", 481207)),
    _event(3, "09:12:44", Severity.INFO, EventKind.CONNECTION, _CONNECTED, **_client("signal_daily", 481209)),
    _event(4, "10:03:18", Severity.INFO, EventKind.CONNECTION, _CONNECTED, **_client("desk-dashboard", 481233)),
    _event(5, "11:20:05", Severity.INFO, EventKind.CONNECTION, _CONNECTED, **_client("risk-monitor", 481251)),
    _event(6, "12:47:09", Severity.INFO, EventKind.CONNECTION, _CONNECTED, **_client("night_scan", 481258)),
    _event(
        7,
        "12:51:40",
        Severity.WARNING,
        EventKind.CONNECTION,
        _CLOSED,
        client="night_scan",
        reason="connection lost",
        number="481258",
    ),
    _event(8, "13:01:52", Severity.INFO, EventKind.CONNECTION, _CONNECTED, **_client("tick-recorder", 481260)),
    _event(9, "14:20:31", Severity.INFO, EventKind.CONNECTION, _CONNECTED, **_client("unnamed", 481266)),
)
MARKETS = (
    MarketStatus("hk", "Hong Kong", 5, HK, 6, 5273.0),
    MarketStatus("cn", "Mainland China", 5, HK, 6, 1673.0, by_calendar=True),
    MarketStatus("us", "United States", 37, -4 * 3600, 8, 5273.0),
)


def samples() -> tuple[int, ...]:
    """Five minutes of a rate that wanders like that of the mockups, the same each time."""
    state, value, values = 12345, 931.0, []
    for _ in range(300):
        state = (1103515245 * state + 12345) % 2**31
        value += (state / 2**31 - 0.5) * 120 + (931 - value) * 0.08
        values.append(max(0, round(value)))
    values[-1] = 931
    return tuple(values)


def ready_snapshot() -> GatewaySnapshot:
    """The moment of the mockups, served by the practice exchange."""
    return GatewaySnapshot(
        time=MOMENT,
        state=GatewayState.READY_PRACTICE,
        program_status=ProgramStatus.READY,
        ready_since=MOMENT - 12 * 86400 - 5 * 3600,
        account_label="Practice",
        version="0.1.0",
        profile="default",
        listeners=(ListenerStatus("api", "listening", "127.0.0.1", 11111),),
        connections=CONNECTIONS,
        quota=QuotaStatus(168, 1000, 12, 100, 52),
        traffic=TrafficStatus(21.9, 931.0, samples(), 1482, at("09:30:00"), 14_200_000),
        markets=MARKETS,
        upstream=UpstreamStatus(
            "practice",
            "connected",
            "Built-in exchange (simulated), always open, {speed}",
            (("speed", "1x"), ("clock", "always-open"), ("paused", "no")),
            simulated=True,
            since=MOMENT - 12 * 86400 - 5 * 3600,
        ),
        events=EVENTS,
        trading=TRADING,
    )


def empty_snapshot() -> GatewaySnapshot:
    """Serving, but nobody came yet."""
    return replace(
        ready_snapshot(),
        connections=(),
        quota=QuotaStatus(0, 1000, 0, 100, 0),
        traffic=TrafficStatus(0.0, 0.0),
        events=(),
    )


def signed_out_snapshot() -> GatewaySnapshot:
    """Before signing in."""
    return GatewaySnapshot(time=MOMENT, state=GatewayState.SIGNED_OUT, program_status=ProgramStatus.NONE)


class FakeControls:
    """Remembers every command. `failure` is raised by the next one; the snapshot is set by the test."""

    def __init__(self, snapshot: GatewaySnapshot | None = None) -> None:
        self.current = snapshot or signed_out_snapshot()
        self.after_sign_in = ready_snapshot()
        self.calls: list[tuple[str, object]] = []
        self.failure: Exception | None = None
        self.books = dict(BOOKS)
        self.steps = STEPS
        self.books_failure: Exception | None = None
        self.asked_books: list[int] = []

    def snapshot(self) -> GatewaySnapshot:
        """The snapshot the test has set."""
        return self.current

    async def sign_in(self, request: SignInRequest) -> None:
        """Remember the request and become ready."""
        self._called("sign_in", request)
        self.current = self.after_sign_in

    async def sign_out(self) -> None:
        """Remember it."""
        self._called("sign_out", None)
        self.current = signed_out_snapshot()

    async def close_connection(self, connection_id: int) -> None:
        """Remember which."""
        self._called("close_connection", connection_id)

    async def close_all_connections(self) -> None:
        """Remember it."""
        self._called("close_all_connections", None)

    async def set_practice_speed(self, speed: float) -> None:
        """Remember it."""
        self._called("set_practice_speed", speed)

    async def pause_practice(self, paused: bool) -> None:
        """Remember it."""
        self._called("pause_practice", paused)

    async def step_practice(self, seconds: float) -> None:
        """Remember it."""
        self._called("step_practice", seconds)

    def account_book(self, account_id: int) -> AccountBook:
        """The book the test has set."""
        self.asked_books.append(account_id)
        if self.books_failure is not None:
            raise self.books_failure
        return self.books[account_id]

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
        """The steps the test has set."""
        return self.steps

    async def unlock_trade(self, firm: SecurityFirm, password: str) -> None:
        """Remember it."""
        self._called("unlock_trade", (firm, password))

    async def lock_trade(self, firm: SecurityFirm) -> None:
        """Remember it."""
        self._called("lock_trade", firm)

    async def lock_everything(self, on: bool, *, cancel_open: bool = False) -> int:
        """Remember it; three orders are open."""
        self._called("lock_everything", (on, cancel_open))
        return 3 if cancel_open else 0

    async def cancel_order(self, account_id: int, order_id: int) -> None:
        """Remember it."""
        self._called("cancel_order", (account_id, order_id))

    async def cancel_open_orders(self, account_id: int) -> int:
        """Remember it."""
        self._called("cancel_open_orders", account_id)
        return 3

    async def reset_practice_account(self, account_id: int) -> None:
        """Remember it."""
        self._called("reset_practice_account", account_id)

    async def stop(self) -> None:
        """Remember it."""
        self._called("stop", None)

    def _called(self, name: str, argument: object) -> None:
        self.calls.append((name, argument))
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure


class ImmediateLink(GatewayLink):
    """Runs a command to its end inside `submit`; with `hold` set it waits for `release`."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = False
        self._held: list[Callable[[], None]] = []

    def submit(
        self,
        owner: QObject,
        name: str,
        coroutine: Coroutine[Any, Any, None],
        on_done: Callable[[], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """Run now, or later when held."""

        def run() -> None:
            try:
                coroutine.send(None)
            except StopIteration:
                on_done()
            except Exception as error:
                on_error(error)
            else:
                raise AssertionError("a fake command must not wait")

        if self.hold:
            self._held.append(run)
        else:
            run()

    def release(self) -> None:
        """Run what was held."""
        held, self._held = self._held, []
        for run in held:
            run()
