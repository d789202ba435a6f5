"""A gateway with an RSA key meets garbage, a wrong key and plain clients: the offender ends, the others go on."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from fakes.raw_client import HEADER, RawClient, frame
from fakes.running_gateway import Running

from core.api_messages import openapi


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


@pytest.fixture
def key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture
def given(key: rsa.RSAPrivateKey, tmp_path: Path) -> dict[str, object]:
    file = tmp_path / "key.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return {"rsa_private_key": str(file)}


def sealed_init(key: rsa.RSAPrivateKey) -> bytes:
    """An InitConnect frame as the SDKs send it: RSA over the body, SHA-1 over the plain one."""
    plain = openapi.InitConnect.Request(
        c2s={"clientVer": 300, "clientID": "sealed", "packetEncAlgo": 2}
    ).SerializeToString()
    good = frame(1001, plain, 3)
    cipher = key.public_key().encrypt(plain, padding.PKCS1v15())
    head = list(HEADER.unpack(good[:44]))
    head[5] = len(cipher)
    return HEADER.pack(*head) + cipher


async def test_encrypted_and_plain_clients_side_by_side(running: Running, key: rsa.RSAPrivateKey) -> None:
    sealed = await RawClient.connect(running.port, init=False)
    sealed.send(sealed_init(key))
    head = await sealed.reader.readexactly(44)
    body = key.decrypt(await sealed.reader.readexactly(HEADER.unpack(head)[5]), padding.PKCS1v15())
    reply = openapi.InitConnect.Response.FromString(body)
    assert reply.retType == 0
    assert len(reply.s2c.connAESKey) == len(reply.s2c.aesCBCiv) == 16
    plain = await RawClient.connect(running.port)
    assert (await plain.ask(1002, userID=0)).retType == 0
    assert {row.encryption for row in running.gateway.snapshot().connections} == {"AES-CBC", "None"}


@pytest.mark.parametrize("what", ["garbage", "wrong key", "many blocks"])
async def test_what_cannot_be_decrypted_is_closed_with_a_logged_reason(
    running: Running, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    good = await RawClient.connect(running.port)
    bad = await RawClient.connect(running.port, init=False)
    if what == "garbage":
        bad.send(frame(1001, os.urandom(128), 1, digest=bytes(20)))
    elif what == "wrong key":
        bad.send(sealed_init(new_key()))
    else:
        bad.send(frame(1001, os.urandom(128 * 400), 1, digest=bytes(20)))
    assert await bad.closed() == b""
    assert any("closing" in record.message and "InitConnect" in record.message for record in caplog.records)
    assert (await good.ask(1002, userID=0)).retType == 0


async def test_garbage_after_an_encrypted_init_does_not_stop_the_gateway(
    running: Running, key: rsa.RSAPrivateKey, expected_warnings: list[str]
) -> None:
    expected_warnings.append("bad_body")
    sealed = await RawClient.connect(running.port, init=False)
    sealed.send(sealed_init(key))
    head = await sealed.reader.readexactly(44)
    await sealed.reader.readexactly(HEADER.unpack(head)[5])
    for size in (1, 15, 16, 333):
        sealed.send(frame(1002, os.urandom(size), size))
    async with asyncio.timeout(10):
        for _ in range(4):
            head = await sealed.reader.readexactly(44)
            await sealed.reader.readexactly(HEADER.unpack(head)[5])
    other = await RawClient.connect(running.port)
    assert (await other.ask(1002, userID=0)).retType == 0
