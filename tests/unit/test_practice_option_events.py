"""Larger option trades, alerts about them, and the pushes."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.topics import SUB_TICKER, Topic
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice

STEMS = {3307: "Qot_GetOptionEvent", 3308: "Qot_GetOptionEventAlert", 3309: "Qot_SetOptionEventAlert"}
TENCENT = {"market": 1, "code": "00700"}
US_SECURITY, HK_SECURITY = 1, 3


class Desk:
    """A practice source with a clock that stands still unless it is moved."""

    def __init__(self, resources: Path, folder: Path) -> None:
        self.clock = FakeClock()
        day = datetime.date(2026, 11, 15).toordinal()
        self.upstream: PracticeUpstream = build_practice(
            resources, PracticeClock(self.clock), 7, first_open_day=day, state_folder=folder
        )
        self.upstream.open(self.clock.now())

    async def trade(self) -> None:
        """Let the busiest series of New York trade."""
        module = openapi.Qot_GetOptionRank
        request = module.Request(c2s=module.C2S(optionMarket=US_SECURITY, sortType=1, count=20))
        reply = self.upstream.ask(Call(3306, 1, request, b"", None, 0.0))  # type: ignore[arg-type]
        assert not isinstance(reply, Reply)
        found = [row.option for row in module.Response.FromString((await reply).body).s2c.rankList]
        self.upstream.set_subscriptions(frozenset(Topic(Security(one.market, one.code), SUB_TICKER) for one in found))

    def ask(self, proto_id: int, **fields: Any) -> Any:
        module = getattr(openapi, STEMS[proto_id])
        reply = self.upstream.ask(Call(proto_id, 1, module.Request(c2s=module.C2S(**fields)), b"", None, 0.0))  # type: ignore[arg-type]
        assert isinstance(reply, Reply)
        response = module.Response.FromString(reply.body)
        assert response.IsInitialized()
        return response.s2c

    def refused(self, proto_id: int, **fields: Any) -> str:
        with pytest.raises(UserFacingError) as caught:
            self.ask(proto_id, **fields)
        return caught.value.code

    def run(self, seconds: int) -> list[Any]:
        pushes = []
        for _ in range(seconds):
            self.clock.advance(1.0)
            self.upstream.run_until(self.clock.now())
            pushes += [
                openapi.Qot_UpdateOptionEvent.Response.FromString(p.body).s2c for p in self.upstream.own.notices()
            ]
        return pushes


@pytest.fixture
def desk(resources: Path, tmp_path: Path) -> Desk:
    return Desk(resources, tmp_path)


async def test_events_are_the_larger_trades(desk: Desk) -> None:
    await desk.trade()
    desk.run(300)
    answer = desk.ask(3307, optionMarket=US_SECURITY, count=300)
    assert answer.eventList
    times = [row.fillTimestamp for row in answer.eventList]
    assert times == sorted(times, reverse=True)
    for row in answer.eventList:
        assert row.owner.code == row.symbol
        assert row.volume >= 10
        assert row.turnover == pytest.approx(row.price * row.volume * 100)
        assert row.sentiment == (2 if (row.tickerType == 1) == (row.optionType == 1) else 1)
        assert row.industryPlateList or row.symbol in ("IWM", "QQQ", "SPY")
    size = {"indicatorType": 302, "indicatorValue": {"valueInterval": {"filterMin": {"value": 15, "includes": True}}}}
    calls = {"indicatorType": 201, "indicatorValue": {"valueList": [1]}}
    some = desk.ask(3307, optionMarket=US_SECURITY, count=300, filterList=[size, calls])
    assert some.allCount < answer.allCount
    assert all(row.volume >= 15 and row.optionType == 1 for row in some.eventList)
    sizes = desk.ask(3307, optionMarket=US_SECURITY, count=5, sort={"indicatorType": 302, "isAsc": False})
    assert sizes.eventList[0].volume >= max(row.volume for row in answer.eventList)
    assert not desk.ask(3307, optionMarket=HK_SECURITY, count=10).eventList
    assert desk.refused(3307, optionMarket=9, count=10) == "bad_field"
    assert desk.refused(3307, optionMarket=US_SECURITY, count=301) == "bad_field"
    reports = {"indicatorType": 104, "indicatorValue": {"valueList": [1]}}
    assert desk.refused(3307, optionMarket=US_SECURITY, count=1, filterList=[reports]) == "no_figure"


async def test_alerts_are_kept_and_push_each_event_once(desk: Desk, resources: Path, tmp_path: Path) -> None:
    await desk.trade()
    assert desk.run(60) == []
    desk.ask(3309, operType=1, alertList=[{"optionMarket": US_SECURITY, "note": "mine"}, {"underlying": TENCENT}])
    before = {row.fillTimestamp for row in desk.ask(3307, optionMarket=US_SECURITY, count=300).eventList}
    pushes = desk.run(120)
    after = [
        row for row in desk.ask(3307, optionMarket=US_SECURITY, count=300).eventList if row.fillTimestamp not in before
    ]
    assert len(pushes) == len(after) > 0
    assert all("simulated" in push.message for push in pushes)
    assert {push.option.code for push in pushes} == {row.option.code for row in after}
    tencent, mine = desk.ask(3308, count=10).alertList
    assert (mine.note, mine.enable) == ("mine", True)
    desk.ask(3309, operType=5, alertList=[{"key": mine.key}])
    assert desk.run(60) == []
    desk.ask(3309, operType=3, alertList=[{"key": mine.key, "optionType": 2, "note": "puts"}])
    desk.ask(3309, operType=2, alertList=[{"key": tencent.key}])
    desk.upstream.own.stop()
    again = Desk(resources, tmp_path)
    [kept] = again.ask(3308, count=10).alertList
    assert (kept.key, kept.note, kept.optionType, kept.enable) == (mine.key, "puts", 2, False)
    assert kept.optionMarket == US_SECURITY
    again.ask(3309, operType=6)
    assert not again.ask(3308, count=10).alertList


def test_refusals_of_alerts(desk: Desk) -> None:
    assert desk.refused(3309, operType=1) == "empty_list"
    assert desk.refused(3309, operType=1, alertList=[{"note": "no scope"}]) == "alert_scope"
    assert desk.refused(3309, operType=1, alertList=[{"optionMarket": 1, "underlying": TENCENT}]) == "alert_scope"
    assert desk.refused(3309, operType=2, alertList=[{"key": 5}]) == "unknown_alert"
    assert desk.refused(3309, operType=1, alertList=[{"optionMarket": 1, "note": "长" * 21}]) == "long_note"
    unknown = {"market": 1, "code": "99999"}
    assert desk.refused(3309, operType=1, alertList=[{"underlying": unknown}]) == "unknown_security"
    assert desk.refused(3308, count=501) == "bad_field"
