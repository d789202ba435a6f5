"""InitConnect, the session's own protocols, and bad input on a real socket."""

from __future__ import annotations

import asyncio

import pytest
from fakes.raw_client import RawClient, frame
from fakes.running_gateway import Running

from core.api_messages import openapi
from core.api_messages.protocol_catalogue import PROTOCOLS


async def test_init_connect_gives_everything_an_sdk_needs(running: Running) -> None:
    client = await RawClient.connect(running.port, init=False)
    reply = await client.ask(1001, clientVer=300, clientID="one", packetEncAlgo=-1)
    assert reply.retType == 0
    assert 0 < reply.s2c.connID < 2**63
    assert len(reply.s2c.connAESKey) == 16
    assert reply.s2c.keepAliveInterval == 10
    other = await RawClient.connect(running.port)
    assert other.connection_id != reply.s2c.connID


async def test_global_state_names_the_connection(running: Running) -> None:
    client = await RawClient.connect(running.port)
    reply = await client.ask(1002, userID=0)
    assert reply.retType == 0
    assert reply.s2c.marketHK == 3
    assert reply.s2c.qotLogined
    assert reply.s2c.connID == client.connection_id
    assert reply.s2c.programStatus.type == 10
    assert reply.s2c.time == int(running.upstream.now())
    assert (await client.ask(1004, time=1)).s2c.time > 1_700_000_000


async def test_user_info_by_flag(running: Running) -> None:
    client = await RawClient.connect(running.port)
    everything = (await client.ask(1005)).s2c
    assert "simulated" in everything.nickName
    assert everything.subQuota == 1000
    rights = (await client.ask(1005, flag=4)).s2c
    assert rights.hkQotRight == 3
    assert not rights.HasField("nickName")


async def test_request_before_init_connect_is_answered_with_an_error(
    running: Running, expected_warnings: list[str]
) -> None:
    expected_warnings.append("init_first")
    client = await RawClient.connect(running.port, init=False)
    reply = await client.ask(1002, userID=0)
    assert reply.retType == -1
    assert "InitConnect" in reply.retMsg
    assert (await client.ask(1001, clientVer=300, clientID="late")).retType == 0


async def test_second_init_connect_is_refused_and_the_session_goes_on(
    running: Running, expected_warnings: list[str]
) -> None:
    expected_warnings.append("init_twice")
    client = await RawClient.connect(running.port)
    assert (await client.ask(1001, clientVer=300, clientID="again")).retType == -1
    assert (await client.ask(1002, userID=0)).retType == 0


@pytest.mark.parametrize(
    "garbage",
    [b"GET / HTTP/1.1\r\n\r\n" + b"x" * 64, frame(1002, b"x")[:12] + b"\xff\xff\xff\x7f" + bytes(28), b"\x00" * 200],
    ids=["magic", "length", "zeroes"],
)
async def test_lost_framing_closes_only_the_offender(running: Running, garbage: bytes) -> None:
    good = await RawClient.connect(running.port)
    bad = await RawClient.connect(running.port)
    bad.send(garbage)
    assert await bad.closed() == b""
    assert (await good.ask(1002, userID=0)).retType == 0
    assert len(running.gateway.snapshot().connections) >= 1


async def test_bad_digest_and_unreadable_body_get_answers(running: Running, expected_warnings: list[str]) -> None:
    expected_warnings += ["bad_digest", "bad_body"]
    client = await RawClient.connect(running.port)
    good = openapi.KeepAlive.Request(c2s={"time": 1}).SerializeToString()
    client.send(frame(1004, good, 7, digest=bytes(20)))
    assert (await client.reply(1004, 7)).retType == -1
    client.send(frame(1004, b"\xff\xff\xff", 8))
    assert (await client.reply(1004, 8)).retType == -1
    assert (await client.ask(1004, time=1)).retType == 0


async def test_unknown_id_gets_an_error_with_the_same_id(running: Running, expected_warnings: list[str]) -> None:
    expected_warnings.append("unknown_protocol")
    client = await RawClient.connect(running.port)
    client.send(frame(4321, b"\x0a\x00", 9))
    got_id, serial, body = await client.read()
    assert (got_id, serial) == (4321, 9)
    reply = openapi.KeepAlive.Response()
    reply.MergeFromString(body)
    assert reply.retType == -1
    assert "4321" in reply.retMsg


async def test_every_protocol_without_a_handler_says_what_is_missing(
    running: Running, expected_warnings: list[str]
) -> None:
    expected_warnings += ["unknown_protocol", "missing_field", "bad_body"]
    client = await RawClient.connect(running.port)
    unserved = [row for row in PROTOCOLS.values() if not row.is_push and row.desk.value != "session"]
    for row in unserved:
        request_class = row.request_class()
        assert request_class is not None
        request = request_class()
        _fill_required(request)
        client.serial += 1
        client.send(frame(row.proto_id, request.SerializeToString(), client.serial))
        reply = await client.reply(row.proto_id, client.serial)
        if row.proto_id in (3001, 3002, 3003, 3004):
            continue
        assert reply.retType == -1, row.name
        assert "OpenD" in reply.retMsg or "Subscribe" in reply.retMsg or "not allowed" in reply.retMsg, (
            row.name,
            reply.retMsg,
        )


def _fill_required(message: object) -> None:
    for field in message.DESCRIPTOR.fields:  # type: ignore[attr-defined]
        if not field.is_required:
            continue
        if field.message_type is not None:
            child = getattr(message, field.name)
            child.SetInParent()
            _fill_required(child)
        elif field.cpp_type == field.CPPTYPE_STRING:
            setattr(message, field.name, b"" if field.type == field.TYPE_BYTES else "")
        elif field.cpp_type == field.CPPTYPE_ENUM:
            setattr(message, field.name, field.enum_type.values[0].number)
        else:
            setattr(message, field.name, 0)


async def test_the_129th_connection_is_refused_with_a_reason(running: Running, expected_warnings: list[str]) -> None:
    expected_warnings.append("connections are in use")
    clients = [await RawClient.connect(running.port) for _ in range(128)]
    extra = await RawClient.connect(running.port, init=False)
    reply = await extra.ask(1001, clientVer=300, clientID="extra")
    assert reply.retType == -1
    assert "128" in reply.retMsg
    assert (await clients[0].ask(1002, userID=0)).retType == 0
    await clients.pop().close()
    async with asyncio.timeout(5):
        while len(running.gateway.snapshot().connections) == 128:
            await asyncio.sleep(0.05)
    assert (await RawClient.connect(running.port)).connection_id


async def test_frames_in_pieces_and_many_in_one_write(running: Running) -> None:
    client = await RawClient.connect(running.port)
    body = openapi.KeepAlive.Request(c2s={"time": 1}).SerializeToString()
    stream = b"".join(frame(1004, body, serial) for serial in range(1, 51))
    for start in range(0, len(stream), 7):
        client.send(stream[start : start + 7])
        await client.writer.drain()
    assert [(await client.read())[1] for _ in range(50)] == list(range(1, 51))


async def test_stop_closes_at_a_frame_boundary_and_may_be_called_twice(running: Running) -> None:
    client = await RawClient.connect(running.port)
    await running.gateway.stop()
    await running.gateway.stop()
    assert await client.closed() == b""
