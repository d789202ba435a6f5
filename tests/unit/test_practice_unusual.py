"""Answers made of the exchange's own trades, bars and models: brokers, state-owned enterprises, unusual things."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.api_messages.protocol_catalogue import PROTOCOLS
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.security import parse_security
from core.model.topics import SUB_TICKER, Topic
from core.upstreams.practice.answers.technical_unusual import INDICATORS
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice
from core.upstreams.practice.quote_rights import BMP, DEFAULT_RIGHTS, LEVEL1, QuoteRights

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
OPENED = datetime.date(2026, 11, 15).toordinal()
BROKERS, STATE_OWNED, TECHNICAL, DERIVATIVE = 3247, 3417, 3801, 3803
NET_BUY, NET_SELL = 1, 2
TENCENT = parse_security("HK.00700")


class Desk:
    """Asks a practice source whose clock moves only by `run`."""

    def __init__(self, **options: Any) -> None:
        self.clock = FakeClock()
        self.upstream: PracticeUpstream = build_practice(
            RESOURCES, PracticeClock(self.clock), 7, first_open_day=OPENED, **options
        )
        self.upstream.open(self.clock.now())

    async def ask(self, proto_id: int, **fields: Any) -> Any:
        row = PROTOCOLS[proto_id]
        request_class, response_class = row.request_class(), row.response_class()
        assert request_class is not None
        assert response_class is not None
        is_flat = row.name.startswith("SkillWrap_")
        request: Any = request_class(**fields) if is_flat else request_class(c2s=fields)
        reply = self.upstream.ask(Call(proto_id, 1, request, b"", None, 0.0))  # type: ignore[arg-type]
        if not isinstance(reply, Reply):
            reply = await reply
        response: Any = response_class.FromString(reply.body)
        assert response.retType == 0
        assert response.IsInitialized()
        return response if is_flat else response.s2c

    async def refused(self, proto_id: int, **fields: Any) -> str:
        with pytest.raises(UserFacingError) as caught:
            await self.ask(proto_id, **fields)
        return caught.value.code

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1.0)
            self.upstream.run_until(self.clock.now())


def message(label: str) -> Any:
    security = parse_security(label)
    return openapi.Qot_Common.Security(market=security.market, code=security.code)


@pytest.fixture(scope="module")
def desk() -> Desk:
    """One in which Tencent traded for a while."""
    made = Desk()
    made.upstream.set_subscriptions(frozenset({Topic(TENCENT, SUB_TICKER)}))
    made.run(400)
    return made


# -- the brokers


async def test_net_buyers_and_sellers_of_today_share_the_days_volume(desk: Desk) -> None:
    answer = await desk.ask(BROKERS, security=message("HK.00700"))
    assert answer.isRealTime
    assert answer.dataTimeStr.startswith("2026-11-20 10:0")
    buyers = [row for row in answer.brokerList if row.buySellType == NET_BUY]
    sellers = [row for row in answer.brokerList if row.buySellType == NET_SELL]
    assert list(answer.brokerList) == buyers + sellers
    for rows in (buyers, sellers):
        assert 3 <= len(rows) <= 10
        volumes = [row.netVol for row in rows]
        assert volumes == sorted(volumes, reverse=True)
        assert volumes[-1] > 0
    day = desk.upstream._exchange.market(TENCENT).day
    for row in answer.brokerList:
        assert row.netVol <= row.totalVol <= 2 * day.volume
        assert row.avgPrice == pytest.approx(row.totalTurnover / row.totalVol, rel=1e-4)
        assert day.low <= row.avgPrice * 10_000 <= day.high
    assert not {row.brokerName for row in buyers} & {row.brokerName for row in sellers}


async def test_what_brokers_bought_they_bought_from_each_other(desk: Desk) -> None:
    market = desk.upstream._exchange.market(TENCENT)
    assert market.broker_flow is not None
    traded = market.broker_flow.traded(market.day.day)
    bought, sold = (sum(getattr(one, field) for one in traded.values()) for field in ("bought", "sold"))
    assert bought == sold > 0
    # Every trade of the whole minutes that were traded here is some broker's.
    first = market.ticks[0].unix
    assert market.ticks[0].sequence % 1_000_000 <= 1 or len(market.ticks) == 1_000
    assert bought >= sum(tick.volume for tick in market.ticks if tick.unix >= first)


async def test_a_past_day_is_the_same_whenever_one_asks(desk: Desk) -> None:
    first = await desk.ask(BROKERS, security=message("HK.00939"), daysBefore=3)
    assert not first.isRealTime
    assert first.dataTimeStr == "2026-11-17 23:59:59"
    assert first.brokerList
    assert not first.brokerList[0].HasField("totalVol")
    other = Desk()
    other.run(30)
    again = await other.ask(BROKERS, security=message("HK.00939"), daysBefore=3)
    assert again == first
    day = datetime.date(2026, 11, 17).isoformat()
    bars = await desk.ask(
        3103, security=message("HK.00939"), rehabType=0, klType=2, beginTime=day, endTime=day, maxAckKLNum=1
    )
    assert first.brokerList[0].netVol < bars.klList[0].volume


async def test_brokers_have_limits(desk: Desk) -> None:
    assert await desk.refused(BROKERS, security=message("US.AAPL")) == "no_broker_queue"
    assert await desk.refused(BROKERS, security=message("HK.800000")) == "no_broker_queue"
    assert await desk.refused(BROKERS, security=message("HK.99999")) == "unknown_security"
    for days in (-1, 251, 2**31 - 1):
        assert await desk.refused(BROKERS, security=message("HK.00700"), daysBefore=days) == "bad_field"
    assert (await desk.ask(BROKERS, security=message("HK.00700"), daysBefore=250)).brokerList
    for right, code in ((LEVEL1, "broker_queue_right"), (BMP, "no_subscription_right")):
        low = Desk(rights=QuoteRights({**DEFAULT_RIGHTS, "hkQotRight": right}))
        assert await low.refused(BROKERS, security=message("HK.00700")) == code


async def test_chinese_names_of_brokers() -> None:
    rows = (await Desk(chinese_names=True).ask(BROKERS, security=message("HK.00700"))).brokerList
    assert rows
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in row.brokerName) for row in rows)


# -- state-owned enterprises


async def test_state_owned_enterprises_by_their_figures(desk: Desk) -> None:
    answer = await desk.ask(STATE_OWNED)
    assert answer.allCount == len(answer.dataList) > 5
    values = [row.marketCap for row in answer.dataList]
    assert values == sorted(values, reverse=True)
    snapshots = (await desk.ask(3203, securityList=[row.security for row in answer.dataList])).snapshotList
    for row, snapshot in zip(answer.dataList, snapshots, strict=True):
        assert row.pb <= 1
        assert row.peTTM >= 0
        assert row.dividendYieldTTM >= 5
        assert row.industry
        assert row.dividendYieldTTM == pytest.approx(snapshot.equityExData.dividendRatioTTM, rel=0.02)
        assert "soe" in desk.upstream._exchange.info(parse_security(_label(row.security))).concepts


def _label(security: Any) -> str:
    return {1: "HK", 21: "SH", 22: "SZ"}[security.market] + "." + security.code


async def test_a_filter_on_the_yield_takes_the_place_of_the_five_percent(desk: Desk) -> None:
    low = {"indicatorType": 4, "indicatorValue": {"filterMin": {"value": 2.0}}}
    wider = await desk.ask(STATE_OWNED, filterList=[low], sortField=1, sortDir=1, count=3)
    assert wider.allCount > (await desk.ask(STATE_OWNED)).allCount
    yields = [row.dividendYieldTTM for row in wider.dataList]
    assert yields == sorted(yields)
    assert 2 <= yields[0] < 5
    second = await desk.ask(STATE_OWNED, filterList=[low], sortField=1, sortDir=1, count=2, offset=1)
    assert [row.security for row in second.dataList] == [row.security for row in wider.dataList][1:]
    for fields in ({"sortField": 9}, {"sortDir": 2}, {"count": 0}, {"offset": -1}):
        assert await desk.refused(STATE_OWNED, **fields) == "bad_field"
    assert await desk.refused(STATE_OWNED, count=201) == "too_many_items"
    assert await desk.refused(STATE_OWNED, filterList=[{"indicatorType": 7}]) == "no_figure"


# -- unusual things


@pytest.mark.parametrize("symbol", ["HK.00700", "00700", "tencent", "腾讯控股", " HK.00700 "])
async def test_signs_are_those_of_the_daily_bars(desk: Desk, symbol: str) -> None:
    answer = await desk.ask(TECHNICAL, stock_symbol=symbol, time_range=60, language_id=2)
    assert answer.time_range == "2026.9.22-2026.11.20"
    title, *lines = answer.content.splitlines()
    assert title == "TENCENT (HK.00700), simulated prices"
    assert len(lines) > 3
    days = [line[:10] for line in lines]
    assert days == sorted(days, reverse=True)
    assert days[-1] >= "2026-09-22"
    assert all(line[11:].split(":")[0] in INDICATORS for line in lines)
    bars = (await desk.ask(3006, security=message("HK.00700"), rehabType=1, klType=2, reqNum=320)).klList
    dates = [bar.time[:10] for bar in bars]
    for line in lines:
        at = dates.index(line[:10])
        if "usual volume" in line:
            assert bars[at].volume > 2 * sum(bar.volume for bar in bars[at - 20 : at]) / 20
        if "rose by 5%" in line:
            assert bars[at].closePrice >= 1.05 * bars[at - 1].closePrice
        if "highest price of a year" in line:
            assert bars[at].highPrice > max(bar.highPrice for bar in bars[at - 250 : at])
    only = await desk.ask(TECHNICAL, stock_symbol=symbol, time_range=60, language_id=2, indicator_filters=["macd"])
    assert [line for line in lines if "MACD:" in line] == only.content.splitlines()[1:]


async def test_unusual_texts_in_their_languages(desk: Desk) -> None:
    for language, part in ((0, "模拟行情"), (1, "模擬行情"), (2, "simulated"), (4, "simulated"), (5, "simulated")):
        for proto_id in (TECHNICAL, DERIVATIVE):
            assert part in (await desk.ask(proto_id, stock_symbol="HK.00700", language_id=language)).content
    assert "simulated" in (await desk.ask(TECHNICAL, stock_symbol="US.AAPL")).content
    assert "模拟行情" in (await Desk(chinese_names=True).ask(TECHNICAL, stock_symbol="US.AAPL")).content
    quiet = await desk.ask(TECHNICAL, stock_symbol="HK.02997", time_range=1, language_id=2)
    assert quiet.content.splitlines()[1:] == ["Nothing unusual."]
    assert quiet.time_range == "2026.11.20-2026.11.20"


async def test_options_texts_agree_with_the_statistics(desk: Desk) -> None:
    answer = await desk.ask(DERIVATIVE, stock_symbol="US.AAPL", time_range=60, language_id=2)
    title, *lines = answer.content.splitlines()
    assert title == "Apple (US.AAPL), simulated prices"
    assert lines
    span = {"beginTime": "2026-09-20", "endTime": "2026-11-18"}
    rows = {row.time: row for row in (await desk.ask(3302, owner=message("US.AAPL"), **span)).statisticList}
    checked = 0
    for line in lines:
        if "puts traded" in line and line[:10] in rows:
            assert f"{rows[line[:10]].putCallVolumeRatio:.2f}" == line.split()[1]
            checked += 1
        if "option volume" in line and line[:10] in rows:
            assert str(rows[line[:10]].optionVolume) == line.split()[3].rstrip(",")
            checked += 1
    assert checked
    only = await desk.ask(DERIVATIVE, stock_symbol="US.AAPL", time_range=60, analysis_dimensions=["VOLATILITY"])
    expected = [line for line in lines if "volatility" in line] or ["Nothing unusual."]
    assert only.content.splitlines()[1:] == expected


async def test_bad_questions_about_unusual_things(desk: Desk) -> None:
    for proto_id in (TECHNICAL, DERIVATIVE):
        for fields, code in (
            ({"stock_symbol": ""}, "unknown_security"),
            ({"stock_symbol": "no such thing"}, "unknown_security"),
            ({"stock_symbol": "x" * 10_000}, "unknown_security"),
            ({"stock_symbol": "HK.99999"}, "unknown_security"),
            ({"stock_symbol": "HK.00700", "time_range": 0}, "bad_field"),
            ({"stock_symbol": "HK.00700", "time_range": 91}, "bad_field"),
            ({"stock_symbol": "HK.00700", "language_id": 3}, "bad_field"),
        ):
            assert await desk.refused(proto_id, **fields) == code, fields
    asked = {"stock_symbol": "HK.00700"}
    assert await desk.refused(TECHNICAL, **asked, indicator_filters=["VWAP"]) == "unknown_indicator"
    assert await desk.refused(DERIVATIVE, **asked, analysis_dimensions=["WIND"]) == "bad_field"
    assert await desk.refused(DERIVATIVE, stock_symbol="SG.D05") == "no_options"
