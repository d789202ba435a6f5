"""A client that speaks frames by hand, independent of core.wire: what is wrong there shows here."""

from __future__ import annotations

import asyncio
import hashlib
import struct
from typing import Any

from core.api_messages.protocol_catalogue import PROTOCOLS

HEADER = struct.Struct("<2sIBBII20s8s")


def frame(proto_id: int, body: bytes, serial: int = 1, *, body_format: int = 0, digest: bytes | None = None) -> bytes:
    """One frame; `digest` to send a wrong one."""
    digest = hashlib.sha1(body).digest() if digest is None else digest
    return HEADER.pack(b"FT", proto_id, body_format, 0, serial, len(body), digest, bytes(8)) + body


class RawClient:
    """Connects, sends frames, reads frames. Pushes that arrive while waiting for a reply are kept in `pushes`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.serial = 100
        self.pushes: list[tuple[int, Any]] = []
        self.connection_id = 0

    @classmethod
    async def connect(cls, port: int, *, init: bool = True, notify: bool = False) -> RawClient:
        """Open a connection and, unless told otherwise, do InitConnect."""
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        if init:
            reply = await client.ask(
                1001, clientVer=300, clientID="raw", recvNotify=notify, packetEncAlgo=-1, programmingLanguage="test"
            )
            assert reply.retType == 0, reply.retMsg
            client.connection_id = reply.s2c.connID
        return client

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def ask(self, proto_id: int, **fields: Any) -> Any:
        """Send a request and wait for its reply."""
        row = PROTOCOLS[proto_id]
        request_class = row.request_class()
        assert request_class is not None
        request: Any = request_class()
        request.c2s.SetInParent()
        for name, value in fields.items():
            _set(request.c2s, name, value)
        self.serial += 1
        self.send(frame(proto_id, request.SerializeToString(), self.serial))
        return await self.reply(proto_id, self.serial)

    async def reply(self, proto_id: int, serial: int) -> Any:
        """Wait for one reply."""
        while True:
            got_id, got_serial, body = await self.read()
            message = _decode(got_id, body)
            if PROTOCOLS[got_id].is_push:
                self.pushes.append((got_id, message))
            elif (got_id, got_serial) == (proto_id, serial):
                return message

    async def push(self, proto_id: int) -> Any:
        """Wait for the next push of a protocol."""
        while True:
            for position, (got_id, message) in enumerate(self.pushes):
                if got_id == proto_id:
                    del self.pushes[position]
                    return message
            got_id, _, body = await self.read()
            self.pushes.append((got_id, _decode(got_id, body)))

    async def read(self) -> tuple[int, int, bytes]:
        """One frame: id, serial, body. Raises IncompleteReadError when the server closed."""
        async with asyncio.timeout(10):
            head = await self.reader.readexactly(HEADER.size)
            magic, proto_id, _, _, serial, length, digest, _ = HEADER.unpack(head)
            assert magic == b"FT"
            body = await self.reader.readexactly(length)
        assert hashlib.sha1(body).digest() == digest
        return proto_id, serial, body

    async def closed(self) -> bytes:
        """Everything up to the end of the stream."""
        async with asyncio.timeout(10):
            return await self.reader.read()

    async def close(self) -> None:
        self.writer.close()


def _decode(proto_id: int, body: bytes) -> Any:
    response_class = PROTOCOLS[proto_id].response_class()
    assert response_class is not None
    return response_class.FromString(body)


def _set(message: Any, name: str, value: Any) -> None:
    if isinstance(value, list):
        field = getattr(message, name)
        for item in value:
            if isinstance(item, dict):
                field.add(**item)
            else:
                field.append(item)
    elif isinstance(value, dict):
        child = getattr(message, name)
        child.SetInParent()
        for key, item in value.items():
            setattr(child, key, item)
    else:
        setattr(message, name, value)
