"""A signed-in gateway and its source, for socket tests."""

from __future__ import annotations

from fakes.tiny_upstream import TinyUpstream

from core.gateway.gateway import Gateway


class Running:
    """A signed-in gateway and its source."""

    def __init__(self, gateway: Gateway, upstream: TinyUpstream) -> None:
        self.gateway = gateway
        self.upstream = upstream

    @property
    def port(self) -> int:
        return int(self.gateway.api_endpoint.rpartition(":")[2])
