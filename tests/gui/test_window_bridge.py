"""The bridge: commands as tasks, snapshots on a timer, parts compared; and what windows remember."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QObject
from PySide6.QtWidgets import QApplication

from core.model.errors import UserFacingError
from core.model.status import GatewaySnapshot
from gui.bridge.api_endpoint import api_address, python_example
from gui.bridge.gateway_link import GatewayLink
from gui.bridge.part_watch import PartWatch
from gui.bridge.snapshot_poller import HIDDEN_INTERVAL_MS, VISIBLE_INTERVAL_MS, SnapshotPoller
from gui.preferences import Preferences
from tests.gui.fake_gateway import ready_snapshot, signed_out_snapshot


async def _until(link: GatewayLink) -> None:
    async with asyncio.timeout(5):
        while link.running:
            await asyncio.sleep(0)


async def test_a_command_runs_as_a_named_task_and_tells_that_it_is_done(qapp: QApplication) -> None:
    link, done, names = GatewayLink(), [], []

    async def command() -> None:
        task = asyncio.current_task()
        names.append(task.get_name() if task else "")
        await asyncio.sleep(0)

    link.submit(link, "sign in", command(), lambda: done.append("done"), lambda error: done.append(repr(error)))
    assert link.running == 1
    await _until(link)
    assert (done, names) == (["done"], ["window: sign in"])


async def test_a_failure_for_users_is_handed_on(qapp: QApplication) -> None:
    link, errors = GatewayLink(), []

    async def command() -> None:
        raise UserFacingError("unknown_connection", connection_id=1)

    link.submit(link, "close", command(), lambda: errors.append(None), errors.append)
    await _until(link)
    assert isinstance(errors[0], UserFacingError)


async def test_an_unexpected_failure_is_logged_and_handed_on(qapp: QApplication, expected_warnings: list[str]) -> None:
    expected_warnings.append("The command close failed")
    link, errors = GatewayLink(), []

    async def command() -> None:
        raise ZeroDivisionError

    link.submit(link, "close", command(), lambda: None, errors.append)
    await _until(link)
    assert isinstance(errors[0], ZeroDivisionError)


async def test_what_an_owner_started_ends_with_it(qapp: QApplication) -> None:
    link, owner, other, answers = GatewayLink(), QObject(), QObject(), []
    gate = asyncio.Event()

    async def command() -> None:
        await gate.wait()

    async def never_started() -> None:
        raise AssertionError

    link.submit(owner, "one", command(), lambda: answers.append("one"), answers.append)
    await asyncio.sleep(0)
    link.submit(owner, "two", never_started(), lambda: answers.append("two"), answers.append)
    link.submit(other, "three", command(), lambda: answers.append("three"), answers.append)
    link.cancel_owned(owner)
    gate.set()
    await _until(link)
    assert answers == ["three"]
    link.close()
    link.close()


def test_only_another_snapshot_is_handed_on(qapp: QApplication) -> None:
    snapshots = [signed_out_snapshot()]
    seen: list[GatewaySnapshot] = []
    poller = SnapshotPoller(lambda: snapshots[-1])
    poller.arrived.connect(seen.append)
    poller.start()
    poller.poll()
    assert seen == snapshots
    snapshots.append(ready_snapshot())
    poller.poll()
    poller.poll()
    assert seen == snapshots
    poller.stop()
    poller.stop()


def test_hidden_windows_look_less_often_and_again_at_once(qapp: QApplication) -> None:
    snapshots = [signed_out_snapshot()]
    seen: list[GatewaySnapshot] = []
    poller = SnapshotPoller(lambda: snapshots[-1])
    poller.arrived.connect(seen.append)
    poller.start()
    assert poller.interval == VISIBLE_INTERVAL_MS == 250
    poller.set_visible(False)
    assert poller.interval == HIDDEN_INTERVAL_MS == 1000
    snapshots.append(ready_snapshot())
    poller.set_visible(True)
    assert len(seen) == 2
    poller.stop()


def test_parts_are_drawn_once() -> None:
    watch = PartWatch()
    assert watch.changed("quota", ready_snapshot().quota)
    assert not watch.changed("quota", ready_snapshot().quota)
    assert watch.changed("markets", ready_snapshot().markets)
    watch.forget()
    assert watch.changed("quota", ready_snapshot().quota)


def test_the_address_clients_use() -> None:
    from dataclasses import replace

    snapshot = ready_snapshot()
    assert api_address(snapshot) == "127.0.0.1:11111"
    assert api_address(signed_out_snapshot()) == ""
    everywhere = replace(snapshot.listeners[0], address="0.0.0.0", port=22)
    assert python_example(everywhere) == "from futu import *\nq = OpenQuoteContext('127.0.0.1', 22)"
    assert api_address(replace(snapshot, listeners=(replace(everywhere, state="failed"),))) == ""


def test_preferences_survive(qapp: QApplication, tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    first = Preferences(file)
    assert (first.language, first.theme, first.text_size) == ("", "system", 1.0)
    first.language, first.theme, first.text_size = "zh-CN", "dark", 1.15
    first.set_place("main", QByteArray(b"\x00\x01geometry"))
    first.save()
    second = Preferences(file)
    assert (second.language, second.theme, second.text_size) == ("zh-CN", "dark", 1.15)
    assert second.place("main").data() == b"\x00\x01geometry"
    assert second.place("other").isEmpty()


@pytest.mark.parametrize("text", ["large", "[]"])
def test_a_damaged_text_size_is_the_normal_one(qapp: QApplication, tmp_path: Path, text: str) -> None:
    file = tmp_path / "window.ini"
    file.write_text(f"[window]\ntext_size={text}\n", encoding="utf-8")
    assert Preferences(file).text_size == 1.0


async def test_an_answer_that_does_not_come_is_given_up(qapp: QApplication) -> None:
    link, ended = GatewayLink(), []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("never")

    async def at_once() -> int:
        return 7

    with pytest.raises(TimeoutError):
        await link.within(0.01, never())
    assert ended == ["never"]
    assert await link.within(60, at_once()) == 7
