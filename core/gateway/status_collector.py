"""Turns the running gateway into one frozen snapshot."""

from __future__ import annotations

from core.gateway.serving import Serving
from core.model.status import ConnectionRow, ListenerStatus, QuotaStatus
from core.servers.client_connection import ClientConnection


def connection_rows(serving: Serving) -> tuple[ConnectionRow, ...]:
    """One row per client, oldest first."""
    return tuple(_row(serving, connection) for connection in serving.table)


def _row(serving: Serving, connection: ClientConnection) -> ConnectionRow:
    session = connection.session
    requests, pushes = serving.rates[connection.connection_id]
    return ConnectionRow(
        connection_id=connection.connection_id,
        client_id=connection.client_id,
        language=session.language,
        client_version=session.client_version,
        peer=connection.peer,
        since=connection.since,
        encryption=session.encryption_name,
        body_format="JSON" if session.push_format else "Protobuf",
        requests_per_second=requests.per_second,
        pushes_per_second=pushes.per_second,
        backlog=connection.backlog,
        subscriptions=len(serving.hub.of(connection).since),
        bytes_in=connection.bytes_in,
        bytes_out=connection.bytes_out,
        requests=connection.requests,
        errors=connection.errors,
        last_seen=connection.last_seen,
        wants_notify=connection.wants_notify,
    )


def quota_status(serving: Serving) -> QuotaStatus:
    """Subscription and history quota."""
    hub = serving.hub
    return QuotaStatus(
        used=hub.used,
        total=hub.quota,
        history_used=serving.upstream.history_quota_used(),
        history_total=serving.account.history_quota,
        shared=hub.shared,
    )


def api_listener(serving: Serving | None, address: str, port: int) -> ListenerStatus:
    """The API server's line in the services card."""
    if serving is None:
        return ListenerStatus("API", "off", address, port)
    return ListenerStatus("API", "listening", serving.server.address, serving.server.port)
