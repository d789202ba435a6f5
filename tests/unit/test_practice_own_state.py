"""Security groups and price reminders: rules, refusals, restarts, and which reminders fire."""

from __future__ import annotations

import datetime
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.message_texts import MESSAGE_TEXTS
from core.model.security import parse_security
from core.model.topics import Push
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice

STEMS = {
    3004: "Qot_GetBasicQot", 3213: "Qot_GetUserSecurity", 3214: "Qot_ModifyUserSecurity",
    3220: "Qot_SetPriceReminder", 3221: "Qot_GetPriceReminder", 3222: "Qot_GetUserSecurityGroup",
}  # fmt: skip
TENCENT, APPLE, MOUTAI = "HK.00700", "US.AAPL", "SH.600519"


class Sink:
    """Swallows the news."""

    def __init__(self) -> None:
        self.notices: list[Push] = []

    def on_pushes(self, pushes: Any) -> None:
        """Nothing to do."""

    def on_notice(self, push: Push) -> None:
        """Keep it."""
        self.notices.append(push)

    def congested(self) -> bool:
        """Never."""
        return False

    def on_status_changed(self) -> None:
        """Nothing to do."""


def security(label: str) -> Any:
    found = parse_security(label)
    return openapi.Qot_Common.Security(market=found.market, code=found.code)


class Desk:
    """Asks a practice source with a clock that stands still unless it is moved."""

    def __init__(self, upstream: PracticeUpstream, clock: FakeClock) -> None:
        self.upstream, self.clock = upstream, clock

    async def ask(self, proto_id: int, **fields: Any) -> Any:
        module = getattr(openapi, STEMS[proto_id])
        request = module.Request(c2s=module.C2S(**fields))
        reply = self.upstream.ask(Call(proto_id, 1, request, b"", None, 0.0))  # type: ignore[arg-type]
        if not isinstance(reply, Reply):
            reply = await reply
        response = module.Response.FromString(reply.body)
        assert response.IsInitialized()
        return response.s2c

    async def refused(self, proto_id: int, **fields: Any) -> str:
        with pytest.raises(UserFacingError) as caught:
            await self.ask(proto_id, **fields)
        text = MESSAGE_TEXTS[caught.value.code]
        text.sentence.format(**caught.value.facts)
        text.advice.format(**caught.value.facts)
        return caught.value.code

    def run(self, seconds: int) -> list[Any]:
        """Let the market run; give what fired."""
        fired = []
        for _ in range(seconds):
            self.clock.advance(1.0)
            self.upstream.run_until(self.clock.now())
            fired += [openapi.Qot_UpdatePriceReminder.Response.FromString(p.body) for p in self.upstream.own.notices()]
        assert all(push.IsInitialized() and push.retType == 0 for push in fired)
        return [push.s2c for push in fired]


@pytest.fixture
async def open_desk(resources: Path, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    opened: list[PracticeUpstream] = []

    async def open_one(**options: Any) -> Desk:
        clock = FakeClock()
        day = datetime.date(2026, 11, 15).toordinal()
        upstream = build_practice(
            resources, PracticeClock(clock), 7, first_open_day=day, state_folder=tmp_path, **options
        )
        opened.append(upstream)
        upstream.open(clock.now())
        return Desk(upstream, clock)

    yield open_one
    for upstream in opened:
        await upstream.stop()


async def members(desk: Desk, name: str) -> list[str]:
    rows = (await desk.ask(3213, groupName=name)).staticInfoList
    return [row.basic.security.code for row in rows]


async def test_groups_follow_their_members_and_survive_a_restart(open_desk: Any) -> None:
    desk = await open_desk()
    await desk.ask(3214, groupName="Mine", op=1, securityList=[security(TENCENT), security(APPLE), security(MOUTAI)])
    await desk.ask(3214, groupName="Other", op=1, securityList=[security(APPLE)])
    assert await members(desk, "Mine") == ["00700", "AAPL", "600519"]
    assert await members(desk, "HK") == ["00700"]
    assert await members(desk, "沪深") == ["600519"]
    assert await members(desk, "US") == ["AAPL"]
    assert await members(desk, "Options") == await members(desk, "Starred") == []
    await desk.ask(3214, groupName="Mine", op=3, securityList=[security(TENCENT)])
    assert await members(desk, "Mine") == ["AAPL", "600519"]
    assert await members(desk, "All") == ["00700", "AAPL", "600519"]
    await desk.ask(3214, groupName="Mine", op=2, securityList=[security(APPLE)])
    assert await members(desk, "Other") == []
    await desk.upstream.stop()
    again = await open_desk()
    assert await members(again, "Mine") == ["600519"]
    assert await members(again, "all") == ["00700", "600519"]
    groups = [(row.groupName, row.groupType) for row in (await again.ask(3222, groupType=3)).groupList]
    assert groups[0] == ("All", 2)
    assert groups[-2:] == [("Mine", 1), ("Other", 1)]
    assert len((await again.ask(3222, groupType=1)).groupList) == 2
    chinese = await open_desk(chinese_names=True)
    assert (await chinese.ask(3222, groupType=2)).groupList[0].groupName == "全部"


async def test_refusals_of_groups(open_desk: Any) -> None:
    desk = await open_desk()
    assert await desk.refused(3213, groupName="Nobody") == "unknown_watch_list"
    assert await desk.refused(3214, groupName="Starred", op=1, securityList=[security(APPLE)]) == "system_watch_list"
    assert await desk.refused(3214, groupName="全部", op=2, securityList=[security(APPLE)]) == "system_watch_list"
    assert await desk.refused(3214, groupName="Mine", op=3, securityList=[security(APPLE)]) == "unknown_watch_list"
    unknown = security("HK.99999")
    assert await desk.refused(3214, groupName="Mine", op=1, securityList=[unknown]) == "unknown_security"
    assert await desk.refused(3214, groupName="Mine", op=9, securityList=[security(APPLE)]) == "bad_field"
    assert await desk.refused(3214, groupName="Mine", op=1, securityList=[]) == "empty_list"
    assert await desk.refused(3222, groupType=0) == "bad_field"


async def test_a_broken_file_is_set_aside(open_desk: Any, tmp_path: Path, expected_warnings: list[str]) -> None:
    expected_warnings.append("price-reminders.json cannot be read")
    (tmp_path / "watch-lists.json").write_text('{"all": 5}')
    (tmp_path / "price-reminders.json").write_text("{")
    desk = await open_desk()
    assert await members(desk, "All") == []
    assert (tmp_path / "watch-lists.unreadable").exists()
    assert (tmp_path / "price-reminders.unreadable").exists()


async def price_of(desk: Desk, label: str) -> float:
    return float((await desk.ask(3004, securityList=[security(label)])).basicQotList[0].curPrice)


async def test_reminders_are_listed_changed_and_kept(open_desk: Any, tmp_path: Path) -> None:
    desk = await open_desk()
    tencent = security(TENCENT)
    key = (await desk.ask(3220, security=tencent, op=1, type=1, value=10_000.12345, freq=2, note="high")).key
    other = (await desk.ask(3220, security=security(APPLE), op=1, type=4, value=20, reminderSessionList=[1, 4])).key
    assert key != other
    [row] = (await desk.ask(3221, security=tencent)).priceReminderList
    [item] = row.itemList
    assert (item.key, item.type, item.value, item.note, item.freq) == (key, 1, 10_000.123, "high", 2)
    assert item.isEnable
    assert list(item.reminderSessionList) == [1, 2, 3]
    await desk.ask(3220, security=tencent, op=5, key=key, value=9_999)
    await desk.ask(3220, security=tencent, op=4, key=key)
    await desk.upstream.stop()
    assert len(json.loads((tmp_path / "price-reminders.json").read_text())["reminders"]) == 2
    again = await open_desk()
    [item] = (await again.ask(3221, market=1)).priceReminderList[0].itemList
    assert (item.value, item.isEnable, item.note) == (9_999, False, "high")
    assert len((await again.ask(3221, market=11)).priceReminderList) == 1
    await again.ask(3220, security=tencent, op=2, key=key)
    await again.ask(3220, security=security(APPLE), op=6)
    assert not (await again.ask(3221, market=1)).priceReminderList
    assert not (await again.ask(3221, security=security(APPLE))).priceReminderList


async def test_refusals_of_reminders(open_desk: Any) -> None:
    desk = await open_desk()
    tencent, moutai = security(TENCENT), security(MOUTAI)
    assert await desk.refused(3220, security=tencent, op=2, key=5) == "unknown_reminder"
    assert await desk.refused(3220, security=tencent, op=2) == "missing_field"
    assert await desk.refused(3220, security=tencent, op=1, type=1) == "missing_field"
    assert await desk.refused(3220, security=tencent, op=1, type=99, value=1) == "bad_field"
    assert await desk.refused(3220, security=tencent, op=1, type=8, value=9) == "reminder_value"
    assert await desk.refused(3220, security=moutai, op=1, type=7, value=999) == "reminder_value"
    assert await desk.refused(3220, security=tencent, op=1, type=1, value=float("nan")) == "reminder_value"
    assert await desk.refused(3220, security=tencent, op=1, type=1, value=1, note="长" * 21) == "long_note"
    assert await desk.refused(3220, security=security("HK.99999"), op=1, type=1, value=1) == "unknown_security"
    assert await desk.refused(3221) == "wrong_market"
    for _ in range(10):
        await desk.ask(3220, security=tencent, op=1, type=1, value=10_000)
    assert await desk.refused(3220, security=tencent, op=1, type=1, value=10_000) == "too_many_reminders"


async def test_every_type_can_fire(open_desk: Any) -> None:
    desk = await open_desk()
    price = await price_of(desk, TENCENT)
    tencent = security(TENCENT)
    values = {1: price / 2, 2: price * 2, 7: 10, 8: 10, 9: 0.001, 10: price / 2, 11: price * 2, 12: 1, 13: 1}
    for type_, value in values.items():
        await desk.ask(3220, security=tencent, op=1, type=type_, value=value, freq=1)
    for type_ in (3, 4, 5, 6, 14, 15):
        await desk.ask(3220, security=tencent, op=1, type=type_, value=0.001, freq=1)
    fired = desk.run(1_200)
    assert {push.type for push in fired} >= set(values)
    moved = {push.type for push in fired} & {3, 4, 5, 6, 14, 15}
    assert moved & {3, 4}
    assert moved & {5, 6}
    assert moved & {14, 15}
    for push in fired:
        assert push.security.code == "00700"
        assert push.marketStatus == 1
        assert push.setValue <= push.curValue or push.type in (2, 11)
        assert f"{push.setValue:.3f}".rstrip("0").rstrip(".") in push.content.replace(",", "")


async def test_frequencies(open_desk: Any) -> None:
    desk = await open_desk()
    tencent = security(TENCENT)
    price = await price_of(desk, TENCENT)
    keys = {
        freq: (await desk.ask(3220, security=tencent, op=1, type=1, value=price - 0.2, freq=freq)).key
        for freq in (1, 2, 3)
    }
    fired = [push.key for push in desk.run(1_800)]
    assert fired.count(keys[2]) == fired.count(keys[3]) == 1
    assert fired.count(keys[1]) >= 1
    enabled = {
        item.key: item.isEnable for item in (await desk.ask(3221, security=tencent)).priceReminderList[0].itemList
    }
    assert enabled == {keys[1]: True, keys[2]: True, keys[3]: False}
    # Not again while the condition goes on to hold, but after it did not.
    holds = await price_of(desk, TENCENT) >= price - 0.2
    assert holds in (True, False)


async def test_sessions_that_were_not_asked_for_stay_silent(open_desk: Any) -> None:
    desk = await open_desk()
    price = await price_of(desk, TENCENT)
    await desk.ask(3220, security=security(TENCENT), op=1, type=1, value=price / 2, reminderSessionList=[4])
    assert desk.run(120) == []


async def test_chinese_texts(open_desk: Any) -> None:
    desk = await open_desk(chinese_names=True)
    price = await price_of(desk, TENCENT)
    await desk.ask(3220, security=security(TENCENT), op=1, type=10, value=price / 2, freq=3)
    [push] = desk.run(60)
    assert push.content.startswith("买一价高于")
    assert push.name == "腾讯控股"


async def test_reminders_outside_regular_hours(resources: Path) -> None:
    clock = FakeClock()
    upstream = build_practice(resources, PracticeClock(clock), 7, first_open_day=None)
    upstream.open(clock.now())
    zone = upstream._exchange.times[upstream._exchange.info(parse_security(APPLE)).group]
    day = datetime.date(2026, 11, 18).toordinal()
    for minute, session in ((5 * 60, 2), (17 * 60, 3), (21 * 60, 4)):
        upstream._exchange.begin(zone.unix(day, minute))
        upstream._exchange.market(parse_security(APPLE))
        desk = Desk(upstream, clock)
        everywhere = {"security": security(APPLE), "op": 1, "freq": 3, "reminderSessionList": [1, 2, 3, 4]}
        key = (await desk.ask(3220, **everywhere, type=1, value=1)).key
        silent = (await desk.ask(3220, **{**everywhere, "reminderSessionList": [1]}, type=1, value=1)).key
        pushes = [openapi.Qot_UpdatePriceReminder.Response.FromString(p.body).s2c for p in upstream.own.notices()]
        assert [(push.key, push.marketStatus) for push in pushes] == [(key, session)], minute
        assert silent != key
        await desk.ask(3220, security=security(APPLE), op=6)
    await upstream.stop()
