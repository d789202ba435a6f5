"""GetGlobalState of the gateway, with its window open, against a bare protocol server.

Run: python tests/bench/bench_requests.py [--connections 8,32,128] [--rounds 3] [--seconds 1]
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from bench_tools import (
    Column,
    Measures,
    ServerProcess,
    frame,
    idle_spinners,
    interleaved,
    measure_requests,
    print_table,
    server_process,
)

from core.api_messages import openapi

BARE = "bare asyncio.Protocol"
COLUMNS = [
    Column("requests/s", "requests_per_second"),
    Column("x bare", "requests_per_second", decimals=2, ratio_to=BARE),
    Column("p50 us", "p50_us"),
    Column("p99 us", "p99_us"),
    Column("cpu us/request", "cpu_us_per_request", decimals=1),
    Column("10 ms timer p99 late, ms", "late_p99_ms", decimals=2),
]
HELLO = frame(
    1001,
    1,
    openapi.InitConnect.Request(
        c2s={"clientVer": 300, "clientID": "bench", "packetEncAlgo": -1, "recvNotify": False}
    ).SerializeToString(),
)
REQUEST = frame(1002, 7, openapi.GetGlobalState.Request(c2s={"userID": 0}).SerializeToString())


def one_case(server: ServerProcess, connections: int, seconds: float, *, asks: bool) -> Callable[[], Measures]:
    def measure() -> Measures:
        if asks:
            server.ask("lateness")
        measured = measure_requests(
            server.port,
            connections,
            seconds,
            request=REQUEST,
            hello=HELLO,
            server_process_id=server.process_id,
        )
        return measured | (server.ask("lateness") if asks else {})

    return measure


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", default="8,32,128")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--loops", default="window,uvloop")
    arguments = parser.parse_args()
    here = Path(__file__).parent
    with contextlib.ExitStack() as stack:
        stack.enter_context(idle_spinners())
        servers = {
            BARE: (stack.enter_context(server_process([sys.executable, here / "bare_protocol_server.py"])), False)
        }
        for loop in arguments.loops.split(","):
            command = [sys.executable, here / "gateway_process.py", "--loop", loop, "--quiet"]
            servers[f"gateway, {loop} loop"] = (stack.enter_context(server_process(command)), True)
        for connections in map(int, arguments.connections.split(",")):
            cases = {
                name: one_case(server, connections, arguments.seconds, asks=asks)
                for name, (server, asks) in servers.items()
            }
            print_table(f"{connections} connections", interleaved(cases, arguments.rounds), COLUMNS)


if __name__ == "__main__":
    main()
