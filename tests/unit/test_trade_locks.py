"""The lock of each firm, the switch for everything, and who hears what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.unit_targets import Target

from core.model.errors import UserFacingError
from core.model.topics import Push
from core.model.trading import SecurityFirm
from core.trading.lock_everything import LockEverything
from core.trading.trade_push import TradePush
from core.trading.trade_unlock import TradeUnlock

HK, US = SecurityFirm.FUTU_HK, SecurityFirm.MOOMOO_US


def test_firms_are_unlocked_one_by_one_and_the_first_one_who_did_is_shown() -> None:
    locks = TradeUnlock()
    assert locks.unlock(HK, "robot", 5.0)
    assert not locks.unlock(HK, "other", 6.0)
    hk, us = locks.rows([HK, US])
    assert (hk.name, hk.unlocked, hk.by, hk.at) == ("FUTU HK", True, "robot", 5.0)
    assert (us.name, us.unlocked, us.by, us.at) == ("moomoo US", False, "", 0.0)
    assert locks.lock(HK)
    assert not locks.lock(HK)
    assert not locks.is_unlocked(HK)


async def test_the_switch_outlives_the_program(tmp_path: Path) -> None:
    file = tmp_path / "trade-lock.json"
    lock = LockEverything(file)
    lock.load()
    assert not lock.is_on
    await lock.switch(True)
    again = LockEverything(file)
    assert not again.is_on
    again.load()
    assert again.is_on
    await again.switch(False)
    once_more = LockEverything(file, forced=True)
    assert once_more.is_on
    once_more.load()
    assert once_more.is_on  # asked for on the command line
    await once_more.switch(False)
    assert not once_more.is_on
    once_more.load()  # only the first time reads
    assert not once_more.is_on
    assert json.loads(file.read_text()) == {"lock_everything": False}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"lock_everything": 1}', "x" * 5_000])
def test_a_file_that_cannot_be_read_locks(tmp_path: Path, text: str, expected_warnings: list[str]) -> None:
    expected_warnings.append("cannot be read, so everything is locked")
    file = tmp_path / "trade-lock.json"
    file.write_text(text)
    lock = LockEverything(file)
    lock.load()
    assert lock.is_on


async def test_a_switch_that_cannot_be_kept_stays_on_and_says_so(tmp_path: Path) -> None:
    lock = LockEverything(tmp_path / "missing" / "trade-lock.json")
    for wanted in (True, False):
        with pytest.raises(UserFacingError) as refused:
            await lock.switch(wanted)
        assert refused.value.code == "lock_not_kept"
        assert lock.is_on


def test_pushes_go_to_those_who_listed_the_account_and_a_new_list_replaces_the_old() -> None:
    push = TradePush()
    one, two, three = Target(1), Target(2), Target(3)
    push.listen(one, frozenset({1, 2}))
    push.listen(two, frozenset({2}))
    first, second = Push(None, 2208, b"first"), Push(None, 2218, b"second")
    push.deliver(1, [first, second])
    push.deliver(2, [second])
    push.deliver(3, [first])
    assert one.offered == [first, second, second]
    assert two.offered == [second]
    assert three.offered == []
    push.listen(one, frozenset({2}))
    push.deliver(1, [first])
    assert len(one.offered) == 3
    push.forget(one)
    push.forget(one)
    push.deliver(2, [first])
    assert len(one.offered) == 3
    assert two.offered == [second, first]
    assert push.accounts_of(one) == frozenset()
