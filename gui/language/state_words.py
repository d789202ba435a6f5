"""States of the gateway as a word and a status kind; chip, status bar and cards all take them from here."""

from __future__ import annotations

from typing import Final, NamedTuple

from core.model.status import EventKind, GatewaySnapshot, GatewayState, Severity


class StateWord(NamedTuple):
    """A status kind (ok, info, warn, error, idle, progress) and an English source text."""

    kind: str
    text: str


GATEWAY_WORDS: Final = {
    GatewayState.SIGNED_OUT: StateWord("idle", "Signed out"),
    GatewayState.STARTING: StateWord("idle", "Starting"),
    GatewayState.SIGNING_IN: StateWord("progress", "Signing in"),
    GatewayState.LOADING: StateWord("progress", "Loading data"),
    GatewayState.READY: StateWord("ok", "READY"),
    GatewayState.READY_PRACTICE: StateWord("ok", "READY, practice"),
    GatewayState.RECONNECTING: StateWord("warn", "Reconnecting"),
    GatewayState.LOGIN_FAILED: StateWord("error", "Sign-in failed"),
    GatewayState.NOT_SERVING: StateWord("error", "Not serving"),
}
TRADING_LOCKED_WORD: Final = StateWord("ok", "READY, trading locked")
LISTENER_WORDS: Final = {
    "off": StateWord("idle", "Off"),
    "starting": StateWord("progress", "Starting"),
    "listening": StateWord("ok", "Listening"),
    "failed": StateWord("error", "Failed"),
}
UPSTREAM_WORDS: Final = {
    "stopped": StateWord("idle", "Stopped"),
    "starting": StateWord("progress", "Connecting"),
    "connected": StateWord("ok", "Connected"),
    "lost": StateWord("warn", "Lost"),
}
SEVERITY_KINDS: Final = {
    Severity.OK: "ok",
    Severity.INFO: "info",
    Severity.WARNING: "warn",
    Severity.ERROR: "error",
}
EVENT_KIND_WORDS: Final = {
    EventKind.GATEWAY: "Gateway",
    EventKind.CONNECTION: "Connection",
    EventKind.MARKET: "Markets",
    EventKind.QUOTE_RIGHT: "Quote right",
    EventKind.TRADING: "Trading",
}

# Messages waiting for one client from which on it counts as slow.
SLOW_BACKLOG: Final = 500

_UNKNOWN_SESSION: Final = StateWord("idle", "Unknown")
# By QotMarketState number. Night trading outside the main session is "night", drawn with the moon.
_SESSION_WORDS: Final = {
    0: StateWord("idle", "No session"),
    1: StateWord("ok", "Pre-open auction"),
    2: StateWord("idle", "Waiting for open"),
    3: StateWord("ok", "Morning session"),
    4: StateWord("idle", "Midday break"),
    5: StateWord("ok", "Afternoon session"),
    6: StateWord("idle", "Closed"),
    8: StateWord("night", "Pre-market"),
    9: StateWord("idle", "Waiting for open"),
    10: StateWord("night", "After hours"),
    11: StateWord("idle", "Closed"),
    13: StateWord("ok", "Night session"),
    14: StateWord("idle", "Closed"),
    15: StateWord("ok", "Day session"),
    16: StateWord("idle", "Break"),
    17: StateWord("idle", "Closed"),
    18: StateWord("idle", "Waiting for open"),
    19: StateWord("ok", "Closing auction"),
    23: StateWord("ok", "Day session"),
    24: StateWord("idle", "Break"),
    25: StateWord("ok", "Day session"),
    26: StateWord("idle", "Closed"),
    27: StateWord("idle", "After hours"),
    28: StateWord("night", "After hours"),
    29: StateWord("idle", "Closed"),
    30: StateWord("ok", "Closing auction"),
    31: StateWord("idle", "Closed"),
    32: StateWord("ok", "Night session"),
    33: StateWord("night", "Overnight"),
    34: StateWord("idle", "Closed"),
    35: StateWord("ok", "Closing auction"),
    36: StateWord("ok", "Closing auction"),
    37: StateWord("night", "Overnight"),
}
MARKET_NAMES: Final = (
    "Hong Kong",
    "Mainland China",
    "Shanghai",
    "Shenzhen",
    "HK futures",
    "US futures",
    "SG futures",
    "JP futures",
    "Singapore",
    "Japan",
    "United States",
    "Australia",
    "Canada",
    "Malaysia",
)


def gateway_word(snapshot: GatewaySnapshot) -> StateWord:
    """The word of chip and status bar: the state, or that every order is refused while it is ready."""
    ready = snapshot.state in (GatewayState.READY, GatewayState.READY_PRACTICE)
    if ready and snapshot.trading.locked_everything:
        return TRADING_LOCKED_WORD
    return GATEWAY_WORDS[snapshot.state]


def session_word(market_state: int) -> StateWord:
    """The session a QotMarketState number stands for; kind may also be `night`."""
    return _SESSION_WORDS.get(market_state, _UNKNOWN_SESSION)


def next_session_text(market_state: int, next_state: int | None) -> str:
    """English source text with `{time}` for what comes next, or empty when it is not known."""
    if next_state is None:
        return ""
    here, coming = session_word(market_state), session_word(next_state)
    if coming.text == "Pre-market":
        return "Pre-market in {time}"
    if coming.kind == "ok" and here.kind != "ok":
        return "Opens in {time}"
    if coming.text == "Midday break":
        return "Break in {time}"
    if here.kind != "idle" and coming.kind == "idle":
        return "Closes in {time}"
    return "Changes in {time}"


def state_source_texts() -> set[str]:
    """Every English source text of this file, for the check that translations are complete."""
    words = [
        *GATEWAY_WORDS.values(),
        TRADING_LOCKED_WORD,
        *LISTENER_WORDS.values(),
        *UPSTREAM_WORDS.values(),
        *_SESSION_WORDS.values(),
        _UNKNOWN_SESSION,
    ]
    coming = ("Pre-market in {time}", "Opens in {time}", "Break in {time}", "Closes in {time}", "Changes in {time}")
    return {word.text for word in words} | set(EVENT_KIND_WORDS.values()) | set(MARKET_NAMES) | set(coming)
