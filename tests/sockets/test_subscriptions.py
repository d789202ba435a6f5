"""Subscriptions and pushes over real sockets, with the tiny pass-through upstream as the source."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fakes.raw_client import RawClient
from fakes.running_gateway import Running
from fakes.tiny_upstream import quote_body

from core.api_messages import openapi
from core.model.security import Security
from core.model.topics import PUSH_TICKER, Push, Topic

FIRST = Security(1, "00001")
APPLE = Security(11, "AAPL")
SECOND = Security(1, "00002")


def securities(*chosen: Security) -> list[dict[str, object]]:
    return [{"market": security.market, "code": security.code} for security in chosen]


async def subscribe(client: RawClient, *chosen: Security, push: bool = True, first: bool = True) -> None:
    reply = await client.ask(
        3001,
        securityList=securities(*chosen),
        subTypeList=[1],
        isSubOrUnSub=True,
        isRegOrUnRegPush=push,
        isFirstPush=first,
    )
    assert reply.retType == 0, reply.retMsg


async def test_push_reaches_every_subscriber_and_nobody_else(running: Running) -> None:
    one, two, other = [await RawClient.connect(running.port) for _ in range(3)]
    await subscribe(one, FIRST, first=False)
    await subscribe(two, FIRST, SECOND, first=False)
    await subscribe(other, SECOND, first=False)
    running.upstream.push_quotes({FIRST: 11.0, SECOND: 12.0})
    assert (await one.push(3005)).s2c.basicQotList[0].curPrice == 11.0
    assert {(await two.push(3005)).s2c.basicQotList[0].curPrice for _ in range(2)} == {11.0, 12.0}
    assert (await other.push(3005)).s2c.basicQotList[0].curPrice == 12.0
    assert (await one.ask(1004, time=1)).retType == 0
    assert one.pushes == []


async def test_first_push_follows_the_reply(running: Running) -> None:
    client = await RawClient.connect(running.port)
    await subscribe(client, FIRST)
    assert client.pushes == []  # not before the reply
    assert (await client.push(3005)).s2c.basicQotList[0].curPrice == 10.0


async def test_subscription_without_push_is_silent_until_registered(running: Running) -> None:
    client = await RawClient.connect(running.port)
    await subscribe(client, FIRST, push=False)
    running.upstream.push_quotes({FIRST: 11.0})
    assert (await client.ask(1004, time=1)).retType == 0
    assert client.pushes == []
    reply = await client.ask(
        3002, securityList=securities(FIRST), subTypeList=[1], isRegOrUnReg=True, isFirstPush=False
    )
    assert reply.retType == 0
    running.upstream.push_quotes({FIRST: 13.0})
    assert (await client.push(3005)).s2c.basicQotList[0].curPrice == 13.0
    assert (await client.ask(3002, securityList=securities(SECOND), subTypeList=[1], isRegOrUnReg=False)).retType == 0
    assert (await client.ask(3002, securityList=securities(SECOND), subTypeList=[1], isRegOrUnReg=True)).retType == -1


async def test_pull_needs_the_subscription_of_some_connection(running: Running) -> None:
    client, other = await RawClient.connect(running.port), await RawClient.connect(running.port)
    refused = await client.ask(3004, securityList=securities(FIRST))
    assert refused.retType == -1
    assert "Basic" in refused.retMsg
    await subscribe(other, FIRST, push=False)
    assert (await client.ask(3004, securityList=securities(FIRST))).retType == 0


async def test_request_bytes_pass_through_and_late_replies_find_their_caller(running: Running) -> None:
    static = openapi.Qot_GetStaticInfo.Response(retType=0)
    static.s2c.SetInParent()
    running.upstream.replies[3202] = static.SerializeToString()
    running.upstream.answer_late = True
    client = await RawClient.connect(running.port)
    assert (await client.ask(3202, market=1, secType=3)).retType == 0
    proto_id, body = running.upstream.asked[-1]
    assert proto_id == 3202
    assert openapi.Qot_GetStaticInfo.Request.FromString(body).c2s.secType == 3


async def test_unknown_security_and_bad_type_are_refused_whole(running: Running) -> None:
    client = await RawClient.connect(running.port)
    reply = await client.ask(
        3001, securityList=securities(FIRST, Security(1, "99999")), subTypeList=[1], isSubOrUnSub=True
    )
    assert reply.retType == -1
    assert "Unknown stock HK.99999" in reply.retMsg
    reply = await client.ask(3001, securityList=securities(FIRST), subTypeList=[3], isSubOrUnSub=True)
    assert reply.retType == -1
    assert running.upstream.wanted == frozenset()


async def test_unsubscribe_within_a_minute_is_refused(running: Running) -> None:
    client = await RawClient.connect(running.port)
    await subscribe(client, FIRST)
    reply = await client.ask(3001, securityList=securities(FIRST), subTypeList=[1], isSubOrUnSub=False)
    assert reply.retType == -1
    assert "1 minute" in reply.retMsg
    assert (await client.ask(3001, isSubOrUnSub=False, isUnsubAll=True)).retType == -1
    assert running.upstream.wanted == {Topic(FIRST, 1)}


async def test_subscription_info_of_one_and_of_all(running: Running) -> None:
    client, other = await RawClient.connect(running.port), await RawClient.connect(running.port)
    await subscribe(client, FIRST)
    await subscribe(other, FIRST, SECOND)
    own = (await client.ask(3003, isReqAllConn=False)).s2c
    assert own.totalUsedQuota == 2
    assert own.remainQuota == 998
    assert [info.usedQuota for info in own.connSubInfoList] == [1]
    everybody = (await client.ask(3003, isReqAllConn=True)).s2c
    assert sorted(info.usedQuota for info in everybody.connSubInfoList) == [1, 2]
    assert sum(info.isOwnConnData for info in everybody.connSubInfoList) == 1


async def test_young_subscriptions_outlive_their_connection(running: Running) -> None:
    client, watcher = await RawClient.connect(running.port), await RawClient.connect(running.port)
    await subscribe(client, FIRST)
    await client.close()
    async with asyncio.timeout(5):
        while len(running.gateway.snapshot().connections) > 1:
            await asyncio.sleep(0.05)
    assert running.upstream.wanted == {Topic(FIRST, 1)}
    assert (await watcher.ask(3003)).s2c.totalUsedQuota == 1
    await subscribe(watcher, FIRST, first=False)
    running.upstream.push_quotes({FIRST: 21.0})
    assert (await watcher.push(3005)).s2c.basicQotList[0].curPrice == 21.0


async def test_notices_reach_only_those_that_asked(running: Running) -> None:
    wants, silent = await RawClient.connect(running.port, notify=True), await RawClient.connect(running.port)
    assert running.upstream.sink is not None
    running.upstream.state = "lost"
    running.upstream.sink.on_status_changed()
    notice = (await wants.push(1003)).s2c
    assert notice.type == 2
    assert notice.programStatus.programStatus.type == 10
    assert (await silent.ask(1004, time=1)).retType == 0
    assert silent.pushes == []
    await wants.close()


async def test_overnight_session_is_refused(running: Running) -> None:
    client = await RawClient.connect(running.port)
    reply = await client.ask(3001, securityList=securities(FIRST), subTypeList=[11], isSubOrUnSub=True, session=4)
    assert reply.retType == -1


async def test_upstream_that_never_answers_ends_in_a_clear_error(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.dispatch.dispatcher.ANSWER_SECONDS", 0.05)
    running.upstream.replies[3202] = b""
    running.upstream.never_answer = True
    client = await RawClient.connect(running.port)
    reply = await client.ask(3202, market=1, secType=3)
    assert reply.retType == -1
    assert "in time" in reply.retMsg


# -- hours


async def subscribe_ticks(client: RawClient, **fields: object) -> Any:
    return await client.ask(
        3001,
        securityList=securities(APPLE),
        subTypeList=[4],
        isSubOrUnSub=True,
        isRegOrUnRegPush=True,
        isFirstPush=False,
        **fields,
    )


async def test_the_hours_of_a_subscription_decide_what_is_heard_and_answered(running: Running) -> None:
    upstream = running.upstream
    upstream.bodies[APPLE] = quote_body(APPLE, 200.0)
    ticks = openapi.Qot_GetTicker.Response(retType=0)
    ticks.s2c.security.market, ticks.s2c.security.code = APPLE
    upstream.replies[3010] = ticks.SerializeToString()
    regular, old_flag, whole, again = [await RawClient.connect(running.port) for _ in range(4)]
    topic = Topic(APPLE, 4)
    for client, fields in ((regular, {"session": 1}), (old_flag, {"extendedTime": True}), (whole, {"session": 3})):
        assert (await subscribe_ticks(client, **fields)).retType == 0
    assert (await subscribe_ticks(again, session=3)).retType == 0
    assert upstream.wanted == {topic, topic.with_session(2), topic.with_session(3)}
    assert (await regular.ask(3003)).s2c.totalUsedQuota == 1
    asked = []
    for client in (regular, old_flag, whole):
        assert (await client.ask(3010, security=securities(APPLE)[0], maxRetNum=10)).retType == 0
        asked.append(upstream.sessions[-1])
    assert asked == [0, 2, 3]

    def tick(number: int) -> bytes:
        news = openapi.Qot_UpdateTicker.Response(retType=0)
        news.s2c.security.market, news.s2c.security.code = APPLE
        news.s2c.name = str(number)
        return news.SerializeToString()

    # One of the two with the whole day asks for less from now on.
    assert (await subscribe_ticks(again, session=2)).retType == 0
    assert upstream.sink is not None
    upstream.sink.on_pushes([Push(topic.with_session(session), PUSH_TICKER, tick(session)) for session in (0, 2, 3)])
    for client, session in ((regular, 0), (old_flag, 2), (whole, 3), (again, 2)):
        assert (await client.push(3011)).s2c.name == str(session)
        assert (await client.ask(1004, time=1)).retType == 0
        assert client.pushes == []


async def test_a_night_alone_and_unknown_hours_are_refused(running: Running) -> None:
    running.upstream.bodies[APPLE] = quote_body(APPLE, 200.0)
    client = await RawClient.connect(running.port)
    for session in (4, 5, -1):
        assert (await subscribe_ticks(client, session=session)).retType == -1
    assert running.upstream.wanted == frozenset()
