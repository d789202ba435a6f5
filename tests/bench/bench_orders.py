"""Place-order round trips with durable commit, against a bare SQLite loop that writes and commits the same rows.

Run: python tests/bench/bench_orders.py [--clients 1,16] [--rounds 3] [--seconds 2] [--settle 75]

The gateway runs headless with its journal on disk; each client places resting limit orders one after the other and
waits for each reply. The bare loop, in a process of its own on the same CPU, inserts the rows that such an order left
in the gateway's journal (read back from it) and commits them with the same settings, one order a transaction.
`--settle` lets the gateway finish the warm-up of its first minute before anything is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import selectors
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from bench_tools import (
    CLIENT_CPU,
    SERVER_CPU,
    Column,
    Measures,
    cpu_seconds,
    end_process,
    frame,
    interleaved,
    on_cpu,
    print_table,
)

from core.api_messages import openapi

BARE = "bare SQLite insert and commit"
HEADER = struct.Struct("<2sIBBII20s8s")
PASSWORD = hashlib.md5(b"practice").hexdigest()
TABLES = ("orders", "order_events", "fills", "entries")
COLUMNS = [
    Column("orders/s", "orders_per_second"),
    Column("x bare", "orders_per_second", decimals=2, ratio_to=BARE),
    Column("p50 us", "p50_us"),
    Column("p99 us", "p99_us"),
    Column("cpu us/order", "cpu_us_per_order"),
]
# Inserts the given rows of one order with a new id each time; prints what it managed.
_BARE = """
import json, os, sqlite3, sys, time
path, seconds = sys.argv[1], float(sys.argv[2])
work = json.load(sys.stdin)
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("PRAGMA synchronous=FULL")
statements = []
for table, columns, key, rows in work:
    names = ", ".join(columns)
    connection.execute(f"CREATE TABLE {table} ({names}, PRIMARY KEY ({key}))")
    marks = ", ".join("?" * len(columns))
    statements.append((f"INSERT INTO {table} ({names}) VALUES ({marks})", columns.index(key), rows))
times, number = [], 0
begin = time.perf_counter()
while (start := time.perf_counter()) < begin + seconds:
    connection.execute("BEGIN")
    for text, key, rows in statements:
        fresh = []
        for row in rows:
            number += 1
            fresh.append((*row[:key], number, *row[key + 1 :]))
        connection.executemany(text, fresh)
    connection.execute("COMMIT")
    times.append(time.perf_counter() - start)
spent = time.perf_counter() - begin
times.sort()
print(json.dumps({"orders_per_second": len(times) / spent, "p50_us": times[len(times) // 2] * 1e6,
                  "p99_us": times[int(len(times) * 0.99)] * 1e6}))
"""


@contextlib.contextmanager
def gateway(home: Path) -> Iterator[tuple[int, int]]:
    """A headless gateway with a profile of its own; gives its port and process id."""
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "core", "--headless", "--api-port", "0", "--unlimited"]
    with on_cpu(SERVER_CPU):
        process = subprocess.Popen(
            command, env=environment, cwd=Path(__file__).resolve().parents[2], stdout=subprocess.PIPE
        )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(rb"API Listening Address: \S+:(\d+)", line)
            if found:
                yield int(found[1]), process.pid
                return
        raise RuntimeError("the gateway did not start")
    finally:
        end_process(process)


class Client:
    """One connection that places orders; replies are read by whoever selects on its socket."""

    def __init__(self, port: int, number: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.serial = 0
        self.started = 0.0
        hello = openapi.InitConnect.Request(
            c2s={"clientVer": 300, "clientID": f"bench{number}", "packetEncAlgo": -1, "recvNotify": False}
        )
        reply: Any = openapi.InitConnect.Response.FromString(self.ask(1001, hello.SerializeToString()))
        self.connection_id = reply.s2c.connID
        self._order: Any = None

    def ask(self, proto_id: int, body: bytes) -> bytes:
        self.serial += 1
        self.socket.sendall(frame(proto_id, self.serial, body))
        return self.receive(proto_id)

    def receive(self, proto_id: int) -> bytes:
        """The next reply of this protocol; pushes before it are skipped."""
        while True:
            head = self._exactly(HEADER.size)
            _, got, _, _, _, length, _, _ = HEADER.unpack(head)
            body = self._exactly(length)
            if got == proto_id:
                return body

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise RuntimeError("the gateway hung up")
            data += piece
        return data

    def prepare(self) -> None:
        """Unlock and make the order that will be placed over and over: it rests in the book."""
        accounts: Any = openapi.Trd_GetAccList.Response.FromString(
            self.ask(
                2001,
                openapi.Trd_GetAccList.Request(
                    c2s={"userID": 0, "trdCategory": 1, "needGeneralSecAccount": True}
                ).SerializeToString(),
            )
        )
        account = next(a for a in accounts.s2c.accList if a.trdEnv == 1 and a.securityFirm == 1 and not a.accStatus)
        self.ask(
            2005,
            openapi.Trd_UnlockTrade.Request(
                c2s={"unlock": True, "pwdMD5": PASSWORD, "securityFirm": 1}
            ).SerializeToString(),
        )
        self._order = openapi.Trd_PlaceOrder.Request()
        c2s = self._order.c2s
        c2s.header.trdEnv, c2s.header.accID, c2s.header.trdMarket = 1, account.accID, 1
        c2s.packetID.connID = self.connection_id
        # One lot far below the market: it rests, and the account has the money for thousands of them.
        c2s.trdSide, c2s.orderType, c2s.code, c2s.qty, c2s.price, c2s.secMarket = 1, 1, "00005", 400.0, 0.2, 1

    def cancel_all(self) -> None:
        """Cancel every open order of the account."""
        request: Any = openapi.Trd_ModifyOrder.Request()
        c2s = request.c2s
        c2s.header.CopyFrom(self._order.c2s.header)
        c2s.packetID.connID, c2s.packetID.serialNo = self.connection_id, self.serial + 1
        c2s.orderID, c2s.modifyOrderOp, c2s.forAll = 0, 2, True
        reply: Any = openapi.Trd_ModifyOrder.Response.FromString(self.ask(2205, request.SerializeToString()))
        if reply.retType:
            raise RuntimeError(reply.retMsg)

    def place(self) -> None:
        """Send one order; the reply comes later."""
        self.serial += 1
        self._order.c2s.packetID.serialNo = self.serial
        self.started = time.perf_counter()
        self.socket.sendall(frame(2202, self.serial, self._order.SerializeToString()))

    def finish(self) -> int:
        """Read the reply; gives the order's id. Raises RuntimeError for a refusal."""
        reply: Any = openapi.Trd_PlaceOrder.Response.FromString(self.receive(2202))
        if reply.retType:
            raise RuntimeError(reply.retMsg)
        return int(reply.s2c.orderID)


def measure_gateway(port: int, process_id: int, count: int, seconds: float, scout: Client) -> Measures:
    """Closed loop: each client places, waits for the reply, places again. Afterwards `scout` cancels what rests."""
    clients = [Client(port, number) for number in range(count)]
    times: list[float] = []
    with selectors.DefaultSelector() as selector, on_cpu(CLIENT_CPU):
        for client in clients:
            client.prepare()
            selector.register(client.socket, selectors.EVENT_READ, client)
        cpu, begin = cpu_seconds(process_id), time.perf_counter()
        for client in clients:
            client.place()
        while (now := time.perf_counter()) < begin + seconds:
            for key, _ in selector.select(1.0):
                ready: Client = key.data
                ready.finish()
                now = time.perf_counter()
                times.append(now - ready.started)
                ready.place()
        spent, cpu = now - begin, cpu_seconds(process_id) - cpu
        for client in clients:
            client.finish()
            client.socket.close()
    scout.cancel_all()
    times.sort()
    return {
        "orders_per_second": len(times) / spent,
        "p50_us": times[len(times) // 2] * 1e6,
        "p99_us": times[int(len(times) * 0.99)] * 1e6,
        "cpu_us_per_order": cpu / len(times) * 1e6,
    }


def rows_of_one_order(home: Path, order_id: int) -> list[tuple[str, list[str], str, list[list[Any]]]]:
    """What the gateway's journal holds of one order: table, columns, key column and rows."""
    file = next(home.rglob("practice-trading.sqlite3"))
    found = []
    with contextlib.closing(sqlite3.connect(file)) as connection:
        for table in TABLES:
            cursor = connection.execute(f"select * from {table} where order_id = ?", (order_id,))
            columns = [item[0] for item in cursor.description]
            key = next(row[1] for row in connection.execute(f"pragma table_info({table})") if row[5])
            rows = [list(row) for row in cursor]
            if rows:
                found.append((table, columns, key, rows))
    return found


def measure_bare(work: object, home: Path, seconds: float) -> Measures:
    """The bare loop, in its own process on the server's CPU and the same disk."""
    with tempfile.TemporaryDirectory(dir=home) as folder, on_cpu(SERVER_CPU):
        done = subprocess.run(
            [sys.executable, "-c", _BARE, str(Path(folder, "bare.sqlite3")), str(seconds)],
            input=json.dumps(work),
            capture_output=True,
            text=True,
            check=True,
        )
    return dict(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", default="1,16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--settle", type=float, default=75.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with gateway(home) as (port, process_id):
            scout = Client(port, 0)
            scout.prepare()
            scout.place()
            work = rows_of_one_order(home, scout.finish())
            scout.cancel_all()
            time.sleep(arguments.settle)
            rows = sum(len(rows) for *_, rows in work)
            print(f"an order leaves {rows} rows: {', '.join(f'{len(rows)} {table}' for table, *_, rows in work)}\n")

            def gateway_case(count: int) -> Callable[[], Measures]:
                return lambda: measure_gateway(port, process_id, count, arguments.seconds, scout)

            for count in map(int, arguments.clients.split(",")):
                cases = {
                    BARE: lambda: measure_bare(work, home, arguments.seconds),
                    f"gateway, {count} clients": gateway_case(count),
                }
                print_table(f"{count} clients", interleaved(cases, arguments.rounds), COLUMNS)


if __name__ == "__main__":
    main()
