"""Quotas, frequencies and the minute of a subscription in a whole gateway, and what --unlimited switches off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from fakes.raw_client import RawClient

from core.api_messages import openapi
from core.gateway.late_gateway import LateGateway
from core.model.controls import SignInRequest, SourceKind
from core.model.translation import Translator
from core.runtime.app_paths import profile_paths
from core.runtime.clock import SystemClock
from core.settings.options import Settings

TENCENT = openapi.Qot_Common.Security(market=1, code="00700")
# 26 securities with four types each are 104 units.
CODES = ("00001", "00002", "00003", "00005", "00006", "00010", "00012", "00016", "00027", "00066", "00175", "00241",
         "00267", "00288", "00291", "00316", "00322", "00386", "00388", "00669", "00688", "00700", "00762", "00823",
         "00857", "00868")  # fmt: skip
MANY = [openapi.Qot_Common.Security(market=1, code=code) for code in CODES]
DAYS = {"rehabType": 1, "klType": 2, "beginTime": "2026-01-05", "endTime": "2026-01-09"}


@pytest.fixture(params=[False, True], ids=["limited", "unlimited"])
async def practice(
    request: pytest.FixtureRequest, tmp_path: Path, resources: Path
) -> AsyncIterator[tuple[bool, LateGateway]]:
    paths = profile_paths("test")
    paths.make()
    settings = Settings(
        MappingProxyType({"api_port": 0, "unlimited": request.param, "practice_quota": "100", "temporary_home": True})
    )
    gateway = LateGateway(settings, paths, resources, SystemClock(), Translator())
    await gateway.sign_in(SignInRequest(SourceKind.PRACTICE))
    yield request.param, gateway
    await gateway.stop()


async def test_limits_and_their_switch(practice: tuple[bool, LateGateway]) -> None:
    unlimited, gateway = practice
    client = await RawClient.connect(int(gateway.api_endpoint.rpartition(":")[2]))

    async def ask(proto_id: int, **fields: Any) -> str:
        reply = await client.ask(proto_id, **fields)
        return "" if reply.retType == 0 else str(reply.retMsg)

    account = (await client.ask(1005)).s2c
    assert (account.subQuota, account.historyKLQuota) == ((1_000_000, 1_000_000) if unlimited else (100, 100))
    texts = [await ask(3203, securityList=[TENCENT]) for _ in range(61)]
    assert texts[:60] == [""] * 60
    assert (not texts[60]) if unlimited else ("high frequency" in texts[60])
    subscribed = {"securityList": MANY, "subTypeList": [1, 4, 5, 6]}
    text = await ask(3001, **subscribed, isSubOrUnSub=True)
    assert (not text) if unlimited else ("quota" in text)
    one = {"securityList": [TENCENT], "subTypeList": [1]}
    assert not await ask(3001, **one, isSubOrUnSub=True)
    text = await ask(3001, **one, isSubOrUnSub=False)
    assert (not text) if unlimited else ("1 minute" in text)
    for number, security in enumerate(MANY):
        text = await ask(3103, security={"market": 1, "code": security.code}, **DAYS)
        assert not text, number
    quota = (await client.ask(3104)).s2c
    assert quota.usedQuota == len(MANY)
    assert quota.remainQuota == (1_000_000 if unlimited else 100) - len(MANY)
