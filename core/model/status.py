"""What the window and the console draw: frozen snapshots of the running gateway, replaced as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

from core.model.trading_status import TradingOverview


class ProgramStatus(IntEnum):
    """ProgramStatusType of the public schema (Common.proto)."""

    NONE = 0
    LOADED = 1
    SIGNING_IN = 2
    NEED_PICTURE_CODE = 3
    NEED_PHONE_CODE = 4
    LOGIN_FAILED = 5
    FORCE_UPDATE = 6
    PREPARING_DATA = 7
    DATA_MISSING = 8
    AGREEMENT_NEEDED = 9
    READY = 10
    FORCED_LOGOUT = 11
    DISCLAIMER_FAILED = 12


class GatewayState(Enum):
    """The one state that chip, status bar and tray show; first match of ui.md 3.1."""

    SIGNED_OUT = "signed out"
    STARTING = "starting"
    SIGNING_IN = "signing in"
    LOADING = "loading data"
    READY = "ready"
    READY_PRACTICE = "ready, practice"
    RECONNECTING = "reconnecting"
    LOGIN_FAILED = "sign-in failed"
    NOT_SERVING = "not serving"


class Severity(Enum):
    """How much an event matters."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class EventKind(Enum):
    """What an event is about; the filters of the event list."""

    GATEWAY = "gateway"
    CONNECTION = "connection"
    MARKET = "market"
    QUOTE_RIGHT = "quote right"
    TRADING = "trading"


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the event list. `text` is an English source text with placeholders, `facts` fill it."""

    number: int
    time: float
    severity: Severity
    kind: EventKind
    text: str
    facts: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class ListenerStatus:
    """One listening service. `state` is off, starting, listening or failed; `reason` is English, for failed."""

    name: str
    state: str
    address: str = ""
    port: int = 0
    reason: str = ""

    @property
    def endpoint(self) -> str:
        """`127.0.0.1:11111`, or empty when nothing listens."""
        return f"{self.address}:{self.port}" if self.port else ""


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One client connection. Rates are averages over five seconds; times are Unix seconds."""

    connection_id: int
    client_id: str
    language: str
    client_version: int
    peer: str
    since: float
    encryption: str
    body_format: str
    requests_per_second: float
    pushes_per_second: float
    backlog: int
    subscriptions: int
    bytes_in: int
    bytes_out: int
    requests: int
    errors: int
    last_seen: float
    wants_notify: bool


@dataclass(frozen=True, slots=True)
class QuotaStatus:
    """Subscription and history K-line quota. `shared` counts pairs that more than one connection holds."""

    used: int
    total: int
    history_used: int
    history_total: int
    shared: int


@dataclass(frozen=True, slots=True)
class TrafficStatus:
    """Rates of the whole gateway. `push_samples` are pushes delivered per second, oldest first, at most 300."""

    requests_per_second: float
    pushes_per_second: float
    push_samples: tuple[int, ...] = ()
    push_peak: int = 0
    push_peak_at: float = 0.0
    pushes_today: int = 0


@dataclass(frozen=True, slots=True)
class MarketStatus:
    """One market of the strip. `state` is a QotMarketState number; `utc_offset_seconds` gives its local time.

    `changes_in_seconds` is the time to the next change of state, or None when none is foreseen;
    `next_state` the state it changes to. `by_calendar` says the state comes from the built-in calendar.
    """

    key: str
    name: str
    state: int
    utc_offset_seconds: int
    next_state: int | None = None
    changes_in_seconds: float | None = None
    by_calendar: bool = False


@dataclass(frozen=True, slots=True)
class UpstreamStatus:
    """Where data comes from. `state`: stopped, starting, connected, lost. `description` is an English source text."""

    kind: str
    state: str
    description: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    simulated: bool = False
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class GatewaySnapshot:
    """Everything the screens draw, taken at one moment. `time` is Unix seconds."""

    time: float
    state: GatewayState
    program_status: ProgramStatus
    status_reason: str = ""
    ready_since: float = 0.0
    account_label: str = ""
    version: str = ""
    profile: str = ""
    listeners: tuple[ListenerStatus, ...] = ()
    connections: tuple[ConnectionRow, ...] = ()
    connection_limit: int = 128
    quota: QuotaStatus = field(default_factory=lambda: QuotaStatus(0, 0, 0, 0, 0))
    traffic: TrafficStatus = field(default_factory=lambda: TrafficStatus(0.0, 0.0))
    markets: tuple[MarketStatus, ...] = ()
    upstream: UpstreamStatus = field(default_factory=lambda: UpstreamStatus("", "stopped"))
    events: tuple[EventRow, ...] = ()
    encryption: str = "off"
    auto_hold: bool = True
    trading: TradingOverview = field(default_factory=TradingOverview)
