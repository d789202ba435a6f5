"""Kill the program at random moments while orders pour in: nothing acknowledged is lost, doubled or changed."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import hashlib
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from fakes.raw_client import RawClient

KILLS = int(os.environ.get("GATEHOUSE_KILLS", "200"))
WORKERS = 2
REPOSITORY = Path(__file__).resolve().parents[2]
PASSWORD = hashlib.md5(b"practice").hexdigest()
CODES = (("00700", 100), ("09988", 100), ("03690", 100), ("01810", 200), ("00005", 400))
BUY, SELL = 1, 2
NORMAL, MARKET = 1, 2
GTC = 1
FILLED_ALL, FILLED_PART, OPEN = 11, 10, frozenset({1, 2, 5, 10})
FINAL = frozenset({11, 14, 15, 21})
HK_MARKET, REAL, FUTU_HK = 1, 1, 1
LONG = 0


class Ledger:
    """What the clients of one profile were told, over all its lives."""

    def __init__(self) -> None:
        self.orders: dict[int, tuple[str, str, float]] = {}  # acknowledged: id -> remark, code, quantity
        self.sent: set[str] = set()  # remarks of all orders sent
        self.seen: dict[int, tuple[int, float]] = {}  # last status and filled quantity that a client saw
        self.fills: dict[int, tuple[int, float, float]] = {}
        self.refusals: Counter[str] = Counter()
        self.number = 0


class Life:
    """One run of the program from start to kill, and the client that works with it."""

    def __init__(self, home: Path, ledger: Ledger, dice: random.Random) -> None:
        self.home, self.ledger, self.dice = home, ledger, dice
        self.process: asyncio.subprocess.Process | None = None
        self.account = 0

    async def start(self) -> RawClient:
        environment = {**os.environ, "HOME": str(self.home), "XDG_DATA_HOME": str(self.home / "data")}
        self.process = await asyncio.create_subprocess_exec(
            os.environ.get("GATEHOUSE_PYTHON", sys.executable), "-m", "core", "--headless",
            "--api-port", "0", "--unlimited",
            cwd=REPOSITORY, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        lines: list[str] = []
        async with asyncio.timeout(60):
            while True:
                line = (await self.process.stdout.readline()).decode()
                if not line:
                    assert self.process.stderr is not None
                    errors = (await self.process.stderr.read()).decode()
                    pytest.fail(f"the program did not start: {lines} {errors}")
                lines.append(line)
                if "API Listening Address: " in line:
                    break
        client = await RawClient.connect(int(line.rpartition(":")[2]))
        accounts = await client.ask(2001, userID=0, trdCategory=1, needGeneralSecAccount=True)
        assert accounts.retType == 0, accounts.retMsg
        self.account = next(
            item.accID
            for item in accounts.s2c.accList
            if item.trdEnv == REAL and item.securityFirm == FUTU_HK and item.accStatus == 0
        )
        unlocked = await client.ask(2005, unlock=True, pwdMD5=PASSWORD, securityFirm=FUTU_HK)
        assert unlocked.retType == 0, unlocked.retMsg
        return client

    @property
    def header(self) -> dict[str, int]:
        return {"trdEnv": REAL, "accID": self.account, "trdMarket": HK_MARKET}

    async def kill(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def kill_after(self, seconds: float) -> None:
        """The random moment; not a wait for something."""
        await asyncio.sleep(seconds)
        await self.kill()

    async def check(self, client: RawClient) -> None:
        """Compare the books with what was acknowledged before."""
        ledger = self.ledger
        now = datetime.datetime.now(datetime.UTC)
        span = {
            "beginTime": (now - datetime.timedelta(days=30)).strftime("%Y-%m-%d %H:%M:%S"),
            "endTime": (now + datetime.timedelta(days=30)).strftime("%Y-%m-%d %H:%M:%S"),
        }
        history = await client.ask(2221, header=self.header, filterConditions=span)
        today = await client.ask(2201, header=self.header)
        past_fills = await client.ask(2222, header=self.header, filterConditions=span)
        positions = await client.ask(2102, header=self.header)
        for reply in (history, today, past_fills, positions):
            assert reply.retType == 0, reply.retMsg
        orders: dict[int, Any] = {order.orderID: order for order in history.s2c.orderList}
        assert len(orders) == len(history.s2c.orderList), "an order is there twice"
        for order in today.s2c.orderList:
            assert orders.setdefault(order.orderID, order).remark == order.remark
        by_remark = Counter(order.remark for order in orders.values())
        assert max(by_remark.values(), default=1) == 1, "one request made two orders"
        assert set(by_remark) <= ledger.sent
        for order_id, (remark, code, quantity) in ledger.orders.items():
            assert order_id in orders, f"acknowledged order {order_id} is lost"
            order = orders[order_id]
            assert (order.remark, order.code, order.qty) == (remark, code, quantity)
        fills = {fill.fillID: fill for fill in past_fills.s2c.orderFillList}
        assert len(fills) == len(past_fills.s2c.orderFillList), "a fill is there twice"
        for fill_id, told in ledger.fills.items():
            assert fill_id in fills, f"fill {fill_id} is lost"
            fill = fills[fill_id]
            assert (fill.orderID, fill.qty, fill.price) == told
        filled: defaultdict[int, float] = defaultdict(float)
        held: defaultdict[str, float] = defaultdict(float)
        for fill in fills.values():
            filled[fill.orderID] += fill.qty
            held[fill.code] += fill.qty if fill.trdSide == BUY else -fill.qty
        for order in orders.values():
            assert order.fillQty == filled[order.orderID], "the order and its fills disagree"
            assert 0 <= order.fillQty <= order.qty
            assert order.orderStatus in OPEN | FINAL, order.orderStatus
        for order_id, (status, quantity) in ledger.seen.items():
            order = orders[order_id]
            assert order.fillQty >= quantity
            if status in FINAL:
                assert order.orderStatus == status, "a final order changed"
        shown = {
            item.code: item.qty if item.positionSide == LONG else -item.qty
            for item in positions.s2c.positionList
            if item.qty
        }
        assert shown == {code: quantity for code, quantity in held.items() if quantity}
        await self._check_cash(client)
        ledger.orders.update({o.orderID: (o.remark, o.code, o.qty) for o in orders.values()})
        ledger.seen.update({o.orderID: (o.orderStatus, o.fillQty) for o in orders.values()})
        ledger.fills.update({f.fillID: (f.orderID, f.qty, f.price) for f in fills.values()})

    async def _check_cash(self, client: RawClient) -> None:
        """The cash shown is the sum of everything that ever moved it."""
        funds = await client.ask(2101, header=self.header, currency=1)
        assert funds.retType == 0, funds.retMsg
        moved = 0.0
        today = datetime.datetime.now(datetime.UTC).date()
        for offset in (-1, 0, 1):
            flows = await client.ask(
                2226, header=self.header, clearingDate=(today + datetime.timedelta(days=offset)).isoformat()
            )
            assert flows.retType == 0, flows.retMsg
            moved += sum(row.cashFlowAmount for row in flows.s2c.flowSummaryInfoList if row.currency == 1)
        cash = next(row.cash for row in funds.s2c.funds.cashInfoList if row.currency == 1)
        assert cash == pytest.approx(moved, abs=0.005)

    async def trade(self, client: RawClient, prices: dict[str, float]) -> None:
        """Place, change and cancel until the program is killed; the replies tell what was acknowledged."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self._one(client, prices)

    async def prices(self, client: RawClient) -> dict[str, float]:
        reply = await client.ask(3203, securityList=[{"market": 1, "code": code} for code, _ in CODES])
        assert reply.retType == 0, reply.retMsg
        return {item.basic.security.code: item.basic.curPrice for item in reply.s2c.snapshotList}

    async def _one(self, client: RawClient, prices: dict[str, float]) -> None:
        ledger, dice = self.ledger, self.dice
        code, lot = dice.choice(CODES)
        open_orders = [order_id for order_id, (status, _) in ledger.seen.items() if status in OPEN]
        if open_orders and dice.random() < 0.2:
            await client.ask(
                2205, packetID={"connID": client.connection_id, "serialNo": client.serial + 1}, header=self.header,
                orderID=dice.choice(open_orders), modifyOrderOp=2,
            )  # fmt: skip
            return
        ledger.number += 1
        remark = f"{self.home.name}-{ledger.number}"
        ledger.sent.add(remark)
        side = BUY if dice.random() < 0.6 else SELL
        price = round(prices[code] * (1.02 if dice.random() < 0.5 else 0.97), 0 if prices[code] > 20 else 1)
        fields: dict[str, Any] = {
            "packetID": {"connID": client.connection_id, "serialNo": client.serial + 1},
            "header": self.header,
            "trdSide": side,
            "orderType": NORMAL,
            "code": code,
            "qty": float(lot),
            "price": price,
            "secMarket": 1,
            "remark": remark,
            "timeInForce": GTC if dice.random() < 0.5 else 0,
        }
        reply = await client.ask(2202, **fields)
        if reply.retType == 0:
            ledger.orders[reply.s2c.orderID] = (remark, code, float(lot))
            ledger.seen.setdefault(reply.s2c.orderID, (5, 0.0))
        else:
            ledger.refusals[reply.retMsg] += 1


async def _lives(home: Path, kills: int, seed: int) -> Ledger:
    ledger, dice = Ledger(), random.Random(seed)
    prices: dict[str, float] = {}
    home.mkdir()
    for _ in range(kills):
        life = Life(home, ledger, dice)
        client = await life.start()
        try:
            await life.check(client)
            # The first life's prices are near enough for the others, and asking takes longer than most of them live.
            prices = prices or await life.prices(client)
            await asyncio.gather(life.trade(client, prices), life.kill_after(dice.uniform(0.0, 0.25)))
        finally:
            await life.kill()
            await client.close()
    life = Life(home, ledger, dice)
    client = await life.start()
    try:
        await life.check(client)
    finally:
        await life.kill()
        await client.close()
    return ledger


async def test_no_kill_loses_or_doubles_anything(tmp_path: Path) -> None:
    ledgers = await asyncio.gather(
        *(_lives(tmp_path / f"profile{worker}", KILLS // WORKERS, worker) for worker in range(WORKERS))
    )
    for ledger in ledgers:
        # The load was real: orders were acknowledged and some of them filled.
        assert len(ledger.orders) > KILLS // WORKERS, ledger.refusals
        assert ledger.fills
