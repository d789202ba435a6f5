"""Commands on the standard input of a real gateway and on its command line, beside a client that trades."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.raw_client import RawClient

pytestmark = pytest.mark.end_to_end
REPOSITORY = Path(__file__).resolve().parents[2]
ACCOUNT = 9000001
HEADER = {"trdEnv": 0, "accID": ACCOUNT, "trdMarket": 1}


async def place(client: RawClient, serial: int, price: float) -> Any:
    return await client.ask(
        2202,
        packetID={"connID": client.connection_id, "serialNo": serial},
        header=HEADER,
        trdSide=1,
        orderType=1,
        code="00700",
        secMarket=1,
        qty=100,
        price=price,
    )


async def test_locks_and_reset_from_standard_input(start_program: Callable[..., Any]) -> None:
    program = start_program("--lang", "en", "--console")
    program.wait_for("Commands are read from standard input")
    client = await RawClient.connect(program.port)
    snapshot = await client.ask(3203, securityList=[{"market": 1, "code": "00700"}])
    # Far below the market: the order waits. Hong Kong's ticks divide whole tens here.
    low = float(int(snapshot.s2c.snapshotList[0].basic.curPrice * 0.8) // 10 * 10)

    assert program.type("lock_trade") == "Done. Every order of every client is refused until unlock_gateway."
    refused = await place(client, 1, low)
    assert refused.retType == -1
    assert "All trading is locked in this gateway; the request was refused and nothing was sent." in refused.retMsg
    before = len(program.lines)
    program.type("STATUS")
    program.wait_for("Orders: ", before)  # the last line; what comes after it answers the next command
    assert any(line.startswith("Trading: everything is locked") for line in program.lines[before:])
    assert program.type("unlock_gateway").startswith("Done. Orders are taken again")

    ids = []
    for serial in (2, 3, 4):
        taken = await place(client, serial, low)
        assert taken.retType == 0, taken.retMsg
        ids.append(taken.s2c.orderID)
    assert program.type(f"cancel_order -order={ids[0]} -account={ACCOUNT}") == f"Done. Order {ids[0]} was cancelled."
    assert program.type(f"cancel_order -order={ids[0]} -account={ACCOUNT}").startswith("Failed. ")
    assert program.type("lock_trade -cancel_open = 1").endswith("Orders cancelled: 2.")
    assert program.type("unlock_gateway").startswith("Done.")
    assert program.type(f"cancel_open -account={ACCOUNT}") == "Done. Orders cancelled: 0."

    filled = await client.ask(
        2202,
        packetID={"connID": client.connection_id, "serialNo": 5},
        header=HEADER,
        trdSide=1,
        orderType=2,
        code="00700",
        secMarket=1,
        qty=100,
    )
    assert filled.retType == 0, filled.retMsg
    taken = await place(client, 6, low)
    assert taken.retType == 0, taken.retMsg
    assert len((await client.ask(2201, header=HEADER)).s2c.orderList) == 5
    assert (await client.ask(2101, header=HEADER)).s2c.funds.cash < 1_000_000
    assert program.type(f"reset_account {ACCOUNT}").startswith(f"Done. Practice account {ACCOUNT} begins anew")
    assert list((await client.ask(2201, header=HEADER)).s2c.orderList) == []
    assert list((await client.ask(2102, header=HEADER)).s2c.positionList) == []
    assert (await client.ask(2101, header=HEADER)).s2c.funds.cash == 1_000_000

    assert program.type(f"close_api_conn -conn_id={client.connection_id}").startswith("Done.")
    await client.closed()
    assert program.type("exit") == "Done. The gateway stops."
    assert program.process.wait(20) == 0
    assert program.wait_for("Gatehouse has exited")
    assert program.errors == []


async def test_bad_commands_and_passwords(start_program: Callable[..., Any]) -> None:
    program = start_program("--lang", "chs", "--console")
    program.wait_for("可在标准输入中输入命令")
    assert program.type("lock_trad") == "失败。未知命令 lock_trad。您是不是要用 lock_trade？"
    assert program.type("reset_account -acount=1").startswith("失败。reset_account 没有参数 -acount。")
    assert program.type("reset_account -account=5").startswith("失败。")
    assert program.type('help -cmd="').startswith("失败。引号没有闭合")
    assert program.type("unlock_firm -firm=FutuHK -password=tophush").startswith("失败。交易密码错误")
    assert program.type("unlock_firm -firm=FutuHK tophush").startswith("失败。")
    assert program.type("unlock_firm -firm=FutuHK -password=practice") == "完成。FutuHK 的交易已对所有客户端解锁。"
    assert program.process.stdin is not None
    program.process.stdin.close()
    # The end of the input is not the gateway's.
    client = await RawClient.connect(program.port)
    assert (await client.ask(1002, userID=0)).retType == 0
    await client.close()
    assert program.stop() == 0
    shown = "\n".join(program.lines + program.errors)
    assert "tophush" not in shown


def run_once(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core", "--api-port", "0", "--lang", "en", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "XDG_DATA_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_commands_of_the_command_line(tmp_path: Path) -> None:
    done = run_once("--command", "lock_trade", "--command", "accounts", "--command", "exit", home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Done. Every order of every client is refused" in done.stdout
    assert "Practice simulated: HK stocks" in done.stdout
    # The first command was kept; what fails ends the gateway, and what comes after it is not run.
    done = run_once(
        "--command",
        "status",
        "--command",
        "unlock_firm -firm=FutuHK -password=tophush",
        "--command",
        "accounts",
        home=tmp_path,
    )
    assert done.returncode == 1
    assert "All trading is locked: every order is refused" in done.stdout
    assert "Trading: everything is locked" in done.stdout
    assert "Failed. Wrong trade password." in done.stdout
    assert "Practice simulated: HK stocks" not in done.stdout
    logs = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.log*"))
    assert "console: lock_trade" in logs
    assert "tophush" not in done.stdout + done.stderr + logs
