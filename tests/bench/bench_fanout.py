"""Fan-out of the gateway against Redis pub/sub and a C fan-out server: python tests/bench/bench_fanout.py

300 securities, all clients subscribed to all (and once: each to its own 300 of 400), 300 frames a flush. Frames per
second over all clients as ratios within one run; the lateness of a 10 ms timer on the same loop.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from bench_tools import (
    Measures,
    fan_server,
    frame,
    have_redis,
    interleaved,
    measure_redis_fan_out,
    measure_sink,
    server_process,
)
from fakes.tiny_upstream import TinyUpstream

from core.api_messages import openapi
from core.model.security import Security

SECURITIES = 300
WIDE = 400


def hello(securities: list[Security]) -> bytes:
    """InitConnect and one subscription with pushes."""
    init = openapi.InitConnect.Request(
        c2s={"clientVer": 300, "clientID": "bench", "packetEncAlgo": -1, "recvNotify": False}
    )
    subscribe = openapi.Qot_Sub.Request(
        c2s={
            "securityList": [{"market": market, "code": code} for market, code in securities],
            "subTypeList": [1],
            "isSubOrUnSub": True,
            "isRegOrUnRegPush": True,
            "isFirstPush": False,
        }
    )
    return frame(1001, 1, init.SerializeToString()) + frame(3001, 2, subscribe.SerializeToString())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", default="8,32,128")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--loop", default="window")
    arguments = parser.parse_args()
    tiny = TinyUpstream(SECURITIES)
    wide = TinyUpstream(WIDE)
    chance = random.Random(1)
    bodies = [(b"q.%s" % security.code.encode(), body) for security, body in tiny.bodies.items()]
    frames = b"".join(frame(3005, 0, body) for _, body in bodies)
    server = [sys.executable, Path(__file__).with_name("gateway_process.py"), "--loop", arguments.loop]

    def gateway(clients: int, *options: str, own_sets: bool = False) -> Measures:
        hellos: bytes | list[bytes] = hello(tiny.securities)
        if own_sets:
            hellos = [hello(chance.sample(wide.securities, SECURITIES)) for _ in range(clients)]
            options = (*options, "--securities", str(WIDE), "--batch", str(WIDE))
        with server_process([*server, *options]) as running:
            measured = measure_sink(
                running.port, clients, arguments.seconds, hello=hellos, server_process_id=running.process_id
            )
            return {**measured, **running.ask("lateness")}

    print(f"{'clients':>7} {'case':34} {'kframes/s':>10} {'x redis':>8} {'x C':>6} {'p99 late ms':>12} {'cpu':>5}")
    for clients in map(int, arguments.clients.split(",")):

        def ceiling(clients: int = clients) -> Measures:
            with fan_server(clients, frames) as running:
                return measure_sink(running.port, clients, arguments.seconds, count=len(frames) / SECURITIES)

        cases = {
            "gateway, ready bytes": lambda clients=clients: gateway(clients),
            "gateway, each push encoded": lambda clients=clients: gateway(clients, "--encode"),
            "gateway, 300 of 400 each": lambda clients=clients: gateway(clients, own_sets=True),
            "C fan-out server": ceiling,
        }
        if have_redis():
            cases["redis pub/sub"] = lambda clients=clients: measure_redis_fan_out(
                bodies, clients, arguments.seconds, batch=SECURITIES
            )
        results = interleaved(cases, arguments.rounds)
        redis = results.get("redis pub/sub", {}).get("frames_per_second", 0.0)
        c_server = results.get("C fan-out server", {}).get("frames_per_second", 0.0)
        for name, measured in results.items():
            rate = measured["frames_per_second"]
            late = measured.get("late_p99_ms")
            print(
                f"{clients:7} {name:34} {rate / 1e3:10.0f} {rate / redis if redis else 0:8.2f} "
                f"{rate / c_server if c_server else 0:6.2f} {'' if late is None else f'{late:.1f}':>12} "
                f"{measured.get('server_cpu', 0):5.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
