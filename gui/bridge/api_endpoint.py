"""Where clients connect, taken from a snapshot, and two lines of Python that do it."""

from __future__ import annotations

from core.model.status import GatewaySnapshot, ListenerStatus

_ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104


def api_listener(snapshot: GatewaySnapshot) -> ListenerStatus | None:
    """The API listener of a snapshot."""
    return next((listener for listener in snapshot.listeners if listener.name.lower() == "api"), None)


def api_address(snapshot: GatewaySnapshot) -> str:
    """`127.0.0.1:11111` while the API server listens, else empty."""
    listener = api_listener(snapshot)
    return listener.endpoint if listener is not None and listener.state == "listening" else ""


def python_example(listener: ListenerStatus | None) -> str:
    """Two lines that connect to the listener; a listener on all addresses is reached at 127.0.0.1."""
    address = listener.address if listener and listener.address else "127.0.0.1"
    port = listener.port if listener and listener.port else 11111
    host = "127.0.0.1" if address in _ALL_ADDRESSES else address
    return f"from futu import *\nq = OpenQuoteContext('{host}', {port})"
