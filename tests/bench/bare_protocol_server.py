"""The least a GetGlobalState server can be: header, SHA-1, parse, serialize, SHA-1, header. Prints its port.

Run: python bare_protocol_server.py asyncio|uvloop   (started by bench_requests.py as what to compare with)
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.api_messages import openapi

HEADER = struct.Struct("<2sIBBII20s8s")
RESERVED = bytes(8)

REPLY = openapi.GetGlobalState.Response(retType=0)
REPLY.s2c.marketHK, REPLY.s2c.marketUS, REPLY.s2c.marketSH, REPLY.s2c.marketSZ, REPLY.s2c.marketHKFuture = 3, 5, 0, 0, 0
REPLY.s2c.qotLogined = REPLY.s2c.trdLogined = True
REPLY.s2c.serverVer, REPLY.s2c.serverBuildNo = 1011, 7108
REPLY.s2c.connID = 123456789
REPLY.s2c.programStatus.type = 10
REPLY.s2c.programStatus.strExtDesc = "Tiny source for tests"
INIT = openapi.InitConnect.Response(
    retType=0,
    s2c={"serverVer": 1, "loginUserID": 1, "connID": 1, "connAESKey": "0" * 16, "keepAliveInterval": 10},
).SerializeToString()


class Server(asyncio.Protocol):
    def __init__(self) -> None:
        self.kept = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.kept:
            data = self.kept + data
        out = []
        position, end = 0, len(data)
        while end - position >= 44:
            _, proto_id, _, _, serial, length, digest, _ = HEADER.unpack_from(data, position)
            if end - position < 44 + length:
                break
            body = data[position + 44 : position + 44 + length]
            position += 44 + length
            if hashlib.sha1(body).digest() != digest:
                self.transport.close()
                return
            if proto_id == 1001:
                answer = INIT
            else:
                openapi_request.FromString(body)
                now = time.time()
                REPLY.s2c.time, REPLY.s2c.localTime = int(now), now
                answer = REPLY.SerializeToString()
            out.append(
                HEADER.pack(b"FT", proto_id, 0, 0, serial, len(answer), hashlib.sha1(answer).digest(), RESERVED)
                + answer
            )
        self.kept = data[position:]
        if out:
            self.transport.write(b"".join(out))  # type: ignore[attr-defined]


openapi_request = openapi.GetGlobalState.Request


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["uvloop"]:
        import uvloop

        uvloop.run(serve())
    else:
        asyncio.run(serve())
