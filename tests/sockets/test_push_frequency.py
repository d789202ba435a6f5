"""The option qot_push_frequency, through the whole gateway."""

from __future__ import annotations

import asyncio

import pytest
from fakes.raw_client import RawClient
from fakes.running_gateway import Running

from core.model.security import Security

FIRST = Security(1, "00001")


@pytest.fixture
def given() -> dict[str, object]:
    return {"qot_push_frequency": 150}


async def test_at_most_one_quote_per_period_and_the_newest_wins(running: Running) -> None:
    client = await RawClient.connect(running.port)
    await client.ask(
        3001,
        securityList=[{"market": 1, "code": "00001"}],
        subTypeList=[1],
        isSubOrUnSub=True,
        isRegOrUnRegPush=True,
        isFirstPush=False,
    )
    loop = asyncio.get_running_loop()
    started = loop.time()
    for price in range(1, 201):
        running.upstream.push_quotes({FIRST: float(price)})
    prices = [(await client.push(3005)).s2c.basicQotList[0].curPrice for _ in range(2)]
    assert prices == [1.0, 200.0]
    assert loop.time() - started >= 0.15
    assert (await client.ask(1004, time=1)).retType == 0
    assert client.pushes == []
