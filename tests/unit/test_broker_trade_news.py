"""News of orders and fills: after the disk, in order, merged per order and status, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from fakes.broker_world import REAL_HK, SIM_HK, TENCENT, BrokerWorld

from core.model.errors import UserFacingError
from core.model.trading import OrderStatus, TradeSide
from core.upstreams.practice.broker.records import FillRecord, OrderRecord
from core.upstreams.practice.broker.trade_news import TradeNews


class SlowDisk:
    """A journal whose disk a test lets work."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.failures = 0

    async def kept(self) -> None:
        if self.failures:
            self.failures -= 1
            raise UserFacingError("journal_failed", reason="the disk is full")
        await self.done.wait()


async def records() -> tuple[OrderRecord, FillRecord]:
    world = BrokerWorld()
    order = await world.place(SIM_HK, TENCENT, TradeSide.BUY, 100)
    return order, world.broker.todays_fills(SIM_HK)[0]


async def rest() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_changes_that_keep_the_status_become_one_and_fills_never_do() -> None:
    order, fill = await records()
    disk = SlowDisk()
    news = TradeNews(disk)  # type: ignore[arg-type]
    told: list[tuple[int, list[object]]] = []
    news.on_news = lambda account, changes: told.append((account, list(changes)))
    other = replace(order, order_id=order.order_id + 1, account_id=REAL_HK)
    steps = [
        replace(order, status=OrderStatus.SUBMITTING, filled=0),
        replace(order, status=OrderStatus.SUBMITTED, filled=0),
        fill,
        replace(order, status=OrderStatus.FILLED_PART, filled=10),
        replace(fill, fill_id=fill.fill_id + 1),
        replace(order, status=OrderStatus.FILLED_PART, filled=20),
        replace(fill, fill_id=fill.fill_id + 2),
        replace(order, status=OrderStatus.FILLED_PART, filled=30),
        other,
        replace(order, status=OrderStatus.FILLED_ALL),
    ]
    for step in steps:
        news.add(step)
    await rest()
    assert told == [], "nothing is told before it is kept"
    disk.done.set()
    await rest()
    own = [steps[0], steps[1], steps[2], steps[4], steps[6], steps[7]]
    assert told == [(SIM_HK, own), (REAL_HK, [other]), (SIM_HK, [steps[9]])]
    await news.stop()


async def test_a_disk_that_fails_for_a_while_delays_news_and_loses_none(expected_warnings: list[str]) -> None:
    expected_warnings.append("trade news wait")
    order, fill = await records()
    disk = SlowDisk()
    disk.failures = 1
    disk.done.set()
    news = TradeNews(disk, retry_seconds=0.0)  # type: ignore[arg-type]
    told: list[object] = []

    def listen(_account: int, changes: Sequence[object]) -> None:
        told.extend(changes)

    news.on_news = listen
    news.add(order)
    await rest()
    news.add(fill)
    await rest()
    assert told == [order, fill]
    await news.stop()


async def test_what_happens_before_there_is_a_loop_is_told_later() -> None:
    order, _ = await records()
    disk = SlowDisk()
    disk.done.set()
    news = TradeNews(disk)  # type: ignore[arg-type]
    told: list[object] = []
    news.on_news = lambda _account, changes: told.extend(changes)
    await asyncio.to_thread(news.add, order)
    await rest()
    assert told == []
    news.wake()
    await rest()
    assert told == [order]
    await news.stop()


async def test_changes_of_accounts_that_nobody_listens_to_are_not_kept() -> None:
    order, _ = await records()
    disk = SlowDisk()
    disk.done.set()
    news = TradeNews(disk)  # type: ignore[arg-type]
    told: list[object] = []
    heard = {REAL_HK}
    news.on_news = lambda _account, changes: told.extend(changes)
    news.is_heard = heard.__contains__
    other = replace(order, order_id=order.order_id + 1, account_id=REAL_HK)
    news.add(order)
    news.add(other)
    await rest()
    assert told == [other]
    heard.add(SIM_HK)
    news.add(order)
    await rest()
    assert told == [other, order]
    await news.stop()
