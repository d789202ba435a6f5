"""Event loops compared: echo round trips per second, and how late a 10 ms timer is meanwhile.

Run: python tests/bench/bench_loop.py [--loops ...] [--connections 1,8,32,128] [--rounds 3] [--seconds 1]
"""

import argparse
import contextlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

from bench_tools import (
    BENCH_DIRECTORY,
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

BODY = bytes(range(91))  # about as long as a small request's protobuf

COLUMNS = [
    Column("requests/s", "requests_per_second"),
    Column("x asyncio", "requests_per_second", decimals=2, ratio_to="asyncio"),
    Column("x qasync", "requests_per_second", decimals=2, ratio_to="qasync"),
    Column("p50 us", "p50_us"),
    Column("p99 us", "p99_us"),
    Column("cpu us/request", "cpu_us_per_request", decimals=1),
    Column("10 ms timer p99 late, ms", "timer_p99_ms", decimals=2),
    Column("QTimer", "qt_timer_p99_ms", decimals=2),
]


def one_case(server: ServerProcess, connections: int, seconds: float, depth: int) -> Callable[[], Measures]:
    request = b"".join(frame(1002, number, BODY) for number in range(depth))

    def measure() -> Measures:
        server.ask("lateness")
        measures = measure_requests(
            server.port, connections, seconds, request=request, server_process_id=server.process_id
        )
        return measures | server.ask("lateness")

    return measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loops", default="asyncio,uvloop,qasync,batched")
    parser.add_argument("--connections", default="1,8,32,128")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--depth", type=int, default=1, help="requests in one write")
    parser.add_argument("--no-spin", action="store_true", help="let idle CPUs halt")
    options = parser.parse_args()

    loops = options.loops.split(",")
    if importlib.util.find_spec("uvloop") is None and "uvloop" in loops:
        print("uvloop is not installed: left out", file=sys.stderr)
        loops.remove("uvloop")

    with contextlib.ExitStack() as stack:
        if not options.no_spin:
            stack.enter_context(idle_spinners())
        root = str(Path(BENCH_DIRECTORY).parents[1])
        servers = {
            name: stack.enter_context(
                server_process(
                    [sys.executable, BENCH_DIRECTORY / "bare_server.py", name], environment={"PYTHONPATH": root}
                )
            )
            for name in loops
        }
        for connections in map(int, options.connections.split(",")):
            cases = {
                name: one_case(server, connections, options.seconds, options.depth) for name, server in servers.items()
            }
            results = interleaved(cases, options.rounds)
            print_table(f"{connections} connections", results, COLUMNS)


if __name__ == "__main__":
    main()
