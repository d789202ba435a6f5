"""Brings bundles of pushes to connections: encoded once, joined once per group, one write per client and flush."""

from __future__ import annotations

from collections.abc import Sequence

from core.model.topics import Push, TargetGroup
from core.servers.connection_table import ConnectionTable
from core.wire.frame import encode_push


class PushCarrierOverConnections:
    """The PushCarrier of all connections in the table."""

    def __init__(self, table: ConnectionTable) -> None:
        self._table = table

    def congested(self) -> bool:
        return self._table.slow > 0

    def carry(self, bundles: Sequence[tuple[TargetGroup, list[Push]]]) -> None:
        table = self._table
        nobody_is_slow = table.slow == 0
        for group, pushes in bundles:
            if group.shared:
                joined = b"".join([encode_push(push.proto_id, push.body) for push in pushes])
                if nobody_is_slow:
                    # Bound `append`s, made once per group: this loop runs for every topic and client.
                    adders = group.carrier_notes
                    if adders is None:
                        adders = group.carrier_notes = [
                            target.parts.append  # type: ignore[attr-defined]  # our own connections
                            for target in group.shared
                        ]
                    for add in adders:
                        add(joined)
                else:
                    for target in group.shared:
                        if target.is_slow:  # type: ignore[attr-defined]
                            target.keep(pushes)  # type: ignore[attr-defined]
                        else:
                            target.parts.append(joined)  # type: ignore[attr-defined]
            if group.individual:
                json_bodies: dict[int, bytes] = {}
                for target in group.individual:
                    target.offer_all(pushes, json_bodies)  # type: ignore[attr-defined]
        for connection in table:
            if connection.parts:
                connection.write_parts()
