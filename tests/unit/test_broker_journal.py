"""The broker's journal: what is confirmed is on disk, whole, once, and comes back as it was."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from core.model.errors import UserFacingError
from core.model.security import HK, US, Security
from core.model.trading import (
    ComboLegTerms,
    Currency,
    OrderStatus,
    OrderType,
    TimeInForce,
    TradeSide,
    TradingMarket,
    TradingSession,
    TrailType,
)
from core.upstreams.practice.broker.journal import Journal
from core.upstreams.practice.broker.records import (
    AccountReset,
    EntryKind,
    FillRecord,
    LedgerEntry,
    OrderEvent,
    OrderRecord,
)

TENCENT = Security(HK, "00700")


def an_order(order_id: int = 1, **changes: object) -> OrderRecord:
    order = OrderRecord(
        order_id=order_id,
        account_id=281_700_000_000_000_001,
        security=TENCENT,
        name="Tencent",
        side=TradeSide.BUY,
        order_type=OrderType.NORMAL,
        quantity=400,
        price=5_120_000,
        aux_price=0,
        trail_type=TrailType.NONE,
        trail_value=0,
        trail_spread=0,
        time_in_force=TimeInForce.DAY,
        expire_day=0,
        session=TradingSession.NONE,
        fill_outside_rth=False,
        remark="mm-rebalance-3 '练习'",
        legs=(),
        strategy=0,
        currency=Currency.HKD,
        trading_market=TradingMarket.HK,
        status=OrderStatus.SUBMITTED,
        filled=0,
        filled_amount=0,
        created_at=1_763_700_000.125,
        updated_at=1_763_700_000.25,
        day=739_576,
        created_day=739_576,
    )
    return replace(order, **changes)  # type: ignore[arg-type]


def a_fill(fill_id: int = 1, order_id: int = 1) -> FillRecord:
    return FillRecord(
        fill_id, order_id, 281_700_000_000_000_001, TENCENT, "Tencent", TradeSide.BUY, 100, 5_118_000, 1,
        Currency.HKD, TradingMarket.HK, 1_763_700_001.5, 739_576, counter_broker=1799,
    )  # fmt: skip


def an_entry(entry_id: int = 1) -> LedgerEntry:
    return LedgerEntry(
        entry_id, 281_700_000_000_000_001, Currency.HKD, -51_180_000, EntryKind.TRADE, "", 1_763_700_001.5, 739_576,
        739_578, order_id=1, fill_id=1,
    )  # fmt: skip


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.sqlite3'}"


async def test_everything_comes_back_as_it_was(url: str) -> None:
    legs = (
        ComboLegTerms(Security(US, "AAPL261218C200000"), TradeSide.BUY, 1),
        ComboLegTerms(Security(US, "AAPL261218C220000"), TradeSide.SELL, 2),
    )
    orders = [an_order(1), an_order(2, legs=legs, strategy=3, hidden=True, trail_type=TrailType.RATIO)]
    event = OrderEvent(1, 1_763_700_000.5, OrderStatus.SUBMITTED, "Submitted, {delay} ms", (("delay", "18.4"),))
    reset = AccountReset(9_053_218, 1_763_700_002.0, 2, 1, 1)
    journal = Journal(url)
    assert not journal.open().orders
    journal.put(*orders, a_fill(), an_entry(), event, reset)
    await journal.kept()
    await journal.close()
    found = Journal(url).open()
    assert found.orders == {1: orders[0], 2: orders[1]}
    assert found.fills == [a_fill()]
    assert found.entries == [an_entry()]
    assert found.events == [event]
    assert found.resets == [reset]
    assert type(found.orders[2].status) is OrderStatus
    assert found.orders[2].legs == legs


async def test_of_an_order_the_last_state_counts(url: str) -> None:
    journal = Journal(url)
    journal.open()
    journal.put(an_order(7), an_order(7, filled=100))
    await journal.kept()
    journal.put(an_order(7, filled=400, status=OrderStatus.FILLED_ALL))
    await journal.kept()
    await journal.close()
    again = Journal(url)
    assert again.open().orders[7].status is OrderStatus.FILLED_ALL
    again.put(an_order(7, filled=400, status=OrderStatus.FILLED_ALL, hidden=True))
    await again.kept()
    await again.close()
    assert Journal(url).open().orders[7].hidden


async def test_confirmed_means_that_another_reader_sees_it(url: str, tmp_path: Path) -> None:
    journal = Journal(url)
    journal.open()
    for number in range(1, 30):
        journal.put(an_order(number))
        await journal.kept()
        with sqlite3.connect(tmp_path / "journal.sqlite3") as reader:
            assert reader.execute("select count(*) from orders").fetchone() == (number,)
        reader.close()
    await journal.close()


async def test_a_piece_is_one_transaction_and_many_waiters_share_a_commit(url: str, tmp_path: Path) -> None:
    journal = Journal(url)
    journal.open()

    async def place(number: int) -> None:
        journal.put(an_order(number))
        journal.put(a_fill(number, number), an_entry(number))
        await journal.kept()

    await asyncio.gather(*(place(number) for number in range(1, 101)))
    await journal.close()
    found = Journal(url).open()
    assert len(found.orders) == len(found.fills) == len(found.entries) == 100


async def test_ids_are_never_given_twice_even_when_the_end_was_sudden(url: str) -> None:
    journal = Journal(url)
    journal.open()
    given = [journal.next_id("order") for _ in range(2_500)]
    journal.put(an_order(given[0]))
    await journal.kept()
    # No close: as after a kill.
    again = Journal(url)
    again.open()
    assert again.next_id("order") > given[-1]
    assert len(set(given)) == len(given)
    assert again.next_id("fill") != again.next_id("fill")
    await journal.close()
    await again.close()


async def test_a_journal_without_a_file_keeps_nothing_and_waits_for_nothing() -> None:
    journal = Journal(None)
    assert not journal.open().orders
    journal.put(an_order())
    await journal.kept()
    assert journal.next_id("fill") + 1 == journal.next_id("fill")
    await journal.close()
    await journal.close()


async def test_what_was_put_before_the_loop_ran_is_kept_too(url: str) -> None:
    journal = Journal(url)
    await asyncio.to_thread(journal.open)
    await asyncio.to_thread(journal.put, an_entry())
    await journal.kept()
    await journal.close()
    assert Journal(url).open().entries == [an_entry()]


async def test_a_file_that_is_no_journal_is_said(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite3"
    file.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(UserFacingError) as caught:
        Journal(f"sqlite:///{file}").open()
    assert caught.value.code == "journal_unreadable"


async def test_a_disk_that_refuses_is_told_to_those_who_wait_and_tried_again(
    url: str, tmp_path: Path, expected_warnings: list[str]
) -> None:
    journal = Journal(url)
    journal.open()
    journal.put(an_order(1))
    await journal.kept()
    with sqlite3.connect(tmp_path / "journal.sqlite3") as other:
        other.execute("alter table fills rename to fills_away")
    journal.put(a_fill(1))
    with pytest.raises(UserFacingError) as caught:
        await journal.kept()
    assert caught.value.code == "journal_failed"
    with sqlite3.connect(tmp_path / "journal.sqlite3") as other:
        other.execute("alter table fills_away rename to fills")
    other.close()
    expected_warnings.append("the order journal could not be written")
    async with asyncio.timeout(10):
        while True:
            try:
                await journal.kept()
                break
            except UserFacingError:
                await asyncio.sleep(0.05)
    await journal.close()

    assert Journal(url).open().fills == [a_fill(1)]
