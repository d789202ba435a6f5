"""The practice market's time through the operator's controls, in a whole gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import MappingProxyType

import pytest
from fakes.raw_client import RawClient
from fakes.running_gateway import Running

from core.gateway.late_gateway import LateGateway
from core.model.controls import SignInRequest, SourceKind
from core.model.errors import UserFacingError
from core.model.translation import Translator
from core.runtime.app_paths import profile_paths
from core.runtime.clock import SystemClock
from core.settings.options import Settings


@pytest.fixture
async def practice(tmp_path: Path, resources: Path) -> AsyncIterator[LateGateway]:
    paths = profile_paths("test")
    paths.make()
    gateway = LateGateway(Settings(MappingProxyType({"api_port": 0})), paths, resources, SystemClock(), Translator())
    await gateway.sign_in(SignInRequest(SourceKind.PRACTICE))
    yield gateway
    await gateway.stop()


async def test_pause_stops_time_step_moves_it_and_clients_are_told(practice: LateGateway) -> None:
    client = await RawClient.connect(int(practice.api_endpoint.rpartition(":")[2]), notify=True)
    await practice.pause_practice(True)
    assert "paused" in (await client.push(1003)).s2c.programStatus.programStatus.strExtDesc
    before = (await client.ask(1002, userID=0)).s2c.time
    await practice.step_practice(120.0)
    async with asyncio.timeout(20):
        while (await client.ask(1002, userID=0)).s2c.time < before + 119:
            await asyncio.sleep(0.05)
    assert (await client.ask(1002, userID=0)).s2c.time <= before + 125
    await practice.pause_practice(False)
    await practice.set_practice_speed(20.0)
    status = practice.snapshot().upstream
    assert dict(status.facts)["speed"] == "20x"
    assert "20x" in practice.program_status()[1]


async def test_bad_speed_and_other_sources_are_refused(practice: LateGateway, running: Running) -> None:
    with pytest.raises(UserFacingError, match="bad_option"):
        await practice.set_practice_speed(-1)
    with pytest.raises(UserFacingError, match="not_practice"):
        await running.gateway.pause_practice(True)
