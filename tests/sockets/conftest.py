"""A gateway with the tiny upstream on a free port, as most socket tests want it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import MappingProxyType

import pytest
from fakes.running_gateway import Running
from fakes.tiny_upstream import TinyUpstream

from core.gateway.gateway import Gateway
from core.model.controls import SignInRequest, SourceKind
from core.model.translation import Translator
from core.runtime.clock import SystemClock
from core.settings.options import Settings


@pytest.fixture
def upstream() -> TinyUpstream:
    return TinyUpstream(securities=5)


@pytest.fixture
def given() -> dict[str, object]:
    """Settings of the gateway under test; a test module may override this."""
    return {}


@pytest.fixture
async def running(upstream: TinyUpstream, given: dict[str, object]) -> AsyncIterator[Running]:
    async def make(_: SignInRequest) -> TinyUpstream:
        return upstream

    gateway = Gateway(
        settings=Settings(MappingProxyType({"api_port": 0, **given})),
        profile="test",
        version="0",
        clock=SystemClock(),
        translator=Translator(),
        make_upstream=make,
    )
    await gateway.sign_in(SignInRequest(SourceKind.PRACTICE))
    yield Running(gateway, upstream)
    await gateway.stop()
