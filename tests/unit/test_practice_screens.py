"""Filters, screens, ranks, indicators and search: values agree with quotes, bars and each other."""

from __future__ import annotations

import asyncio
import datetime
import itertools
import math
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.message_texts import MESSAGE_TEXTS
from core.model.security import parse_security
from core.model.topics import Topic
from core.upstreams.practice import indicators as formulas
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice
from core.upstreams.practice.quote_rights import BMP, DEFAULT_RIGHTS, LEVEL1, NO_RIGHT, QuoteRights

STEMS = {
    3004: "Qot_GetBasicQot", 3006: "Qot_GetKL", 3105: "Qot_RequestRehab", 3203: "Qot_GetSecuritySnapshot",
    3205: "Qot_GetPlateSecurity", 3215: "Qot_StockFilter", 3232: "Qot_GetValuationDetail",
    3233: "Qot_GetValuationPlateStockList", 3234: "Qot_GetCorporateActionsDividends",
    3236: "Qot_GetCorporateActionsStockSplits", 3252: "Qot_StockScreen",
    3253: "Qot_OptionScreen", 3254: "Qot_WarrantScreen", 3259: "Qot_GetIndicatorList",
    3260: "Qot_RequestIndicatorCalc", 3262: "Qot_GetSearchQuote", 3407: "Qot_GetDividendRank",
    3408: "Qot_GetDividendCalendar", 3410: "Qot_GetUSPreMarketRank", 3411: "Qot_GetUSAfterHoursRank",
    3412: "Qot_GetUSOvernightRank", 3413: "Qot_GetTopMoversRank", 3416: "Qot_GetPeriodChangeRank",
    3432: "Qot_GetHeatMapData", 3433: "Qot_GetRiseFallDistribution",
}  # fmt: skip
HK, US, SH = 1, 11, 21
TENCENT = "HK.00700"


def security(label: str) -> Any:
    found = parse_security(label)
    return openapi.Qot_Common.Security(market=found.market, code=found.code)


class Client:
    """Keeps what it is offered."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def offer(self, push: Any) -> None:
        """Keep it."""
        self.heard.append(push)


class Desk:
    """Asks a practice source with a clock that stands still unless it is moved."""

    def __init__(self, upstream: PracticeUpstream, clock: FakeClock) -> None:
        self.upstream, self.clock, self.client = upstream, clock, Client()

    async def ask(self, proto_id: int, **fields: Any) -> Any:
        module = getattr(openapi, STEMS[proto_id])
        request = module.Request(c2s=module.C2S(**fields))
        reply = self.upstream.ask(Call(proto_id, 1, request, b"", self.client, 0.0))  # type: ignore[arg-type]
        if not isinstance(reply, Reply):
            reply = await reply
        response = module.Response.FromString(reply.body)
        assert response.IsInitialized()
        assert response.retType == 0
        return response.s2c

    async def refused(self, proto_id: int, **fields: Any) -> str:
        with pytest.raises(UserFacingError) as caught:
            await self.ask(proto_id, **fields)
        text = MESSAGE_TEXTS[caught.value.code]
        text.sentence.format(**caught.value.facts)
        text.advice.format(**caught.value.facts)
        return caught.value.code


def make(resources: Path, **options: Any) -> Desk:
    clock = FakeClock()
    day = datetime.date(2026, 11, 15).toordinal()
    upstream = build_practice(resources, PracticeClock(clock), 7, first_open_day=day, **options)
    upstream.open(clock.now())
    return Desk(upstream, clock)


@pytest.fixture(scope="module")
def desk() -> Desk:
    """One for all tests: nothing runs in it, and the past is computed once."""
    return make(Path(__file__).resolve().parents[2] / "resources")


# -- formulas


def test_formulas_against_worked_examples() -> None:
    assert formulas.moving_average([1, 2, 3, 4], 2) == [None, 1.5, 2.5, 3.5]
    assert formulas.exponential_average([1, 2, 3], 3) == [1, 1.5, 2.25]
    assert formulas.smoothed([1, 2, 3], 2) == [1, 1.5, 2.25]
    assert formulas.relative_strength([1, 2, 1, 2], 1) == [None, 100, 0, 100]
    assert formulas.relative_strength([5, 5, 5], 6) == [None, 50, 50]
    assert formulas.relative_strength([], 6) == []
    lines = formulas.macd([1.0] * 50)
    assert set(lines.diff) == set(lines.dea) == set(lines.histogram) == {0.0}
    rising = formulas.macd([float(value) for value in range(100)])
    assert rising.diff[-1] == pytest.approx(7.0, abs=0.05)
    k, d, j = formulas.kdj([3, 3], [1, 1], [3, 1], 9, 3, 3)
    assert k[0] == pytest.approx((100 + 100) / 3)
    assert d[0] == pytest.approx((k[0] or 0 + 0) / 3 + 100 / 3)
    assert j[0] == pytest.approx(3 * (k[0] or 0) - 2 * (d[0] or 0))
    bands = formulas.bollinger([1.0, 2.0, 3.0], 3)
    assert bands.middle == [None, None, 2.0]
    assert (bands.upper[2], bands.lower[2]) == (4.0, 0.0)


# -- indicators


async def test_indicator_results_go_to_the_client_that_asked(desk: Desk) -> None:
    listed = (await desk.ask(3259)).indicatorList
    assert {row.myLang.shortName for row in listed} == {"MA", "EMA", "MACD", "KDJ", "RSI", "BOLL"}
    assert not any(row.myLang.script for row in listed)
    [found] = (await desk.ask(3259, searchKey="macd", searchMode=1)).indicatorList
    assert "EMA(CLOSE" in found.myLang.script
    assert not (await desk.ask(3259, langType=2)).indicatorList
    bars = (await desk.ask(3006, rehabType=1, klType=2, security=security(TENCENT), reqNum=60)).klList
    data = {"security": security(TENCENT), "klType": 2, "kLine": bars}
    calc_id = (await desk.ask(3260, shortName="MA", langType=1, data=data, inputs=[{"index": 0, "value": "2"}])).calcId
    assert desk.client.heard == []  # after the reply, not before it
    await asyncio.sleep(0)
    [push] = desk.client.heard
    result = openapi.Qot_PushIndicatorCalc.Response.FromString(push.body).s2c
    assert result.calcId == calc_id
    assert [output.name for output in result.outputs] == ["MA1", "MA2", "MA3", "MA4"]
    assert [row.time for row in result.outputRows] == [bar.time for bar in bars]
    assert math.isnan(result.outputRows[0].values[0])
    assert result.outputRows[-1].values[0] == pytest.approx((bars[-1].closePrice + bars[-2].closePrice) / 2)
    assert await desk.refused(3260, shortName="X", langType=1, data=data) == "unknown_indicator"
    assert await desk.refused(3260, shortName="MA", langType=2, data=data) == "unknown_indicator"
    assert await desk.refused(3260, shortName="MA", langType=1, data={**data, "kLine": []}) == "empty_list"
    wrong = [{"index": 9, "value": "5"}]
    assert await desk.refused(3260, shortName="MA", langType=1, data=data, inputs=wrong) == "bad_field"
    endless = [{"index": 0, "value": "1e400"}]
    assert await desk.refused(3260, shortName="MA", langType=1, data=data, inputs=endless) == "bad_field"


# -- the simple filter


async def test_filter_ranges_sorting_and_pages(desk: Desk) -> None:
    price = {"fieldName": 3, "filterMin": 50, "filterMax": 200, "isNoFilter": False, "sortDir": 2}
    everything = await desk.ask(3215, begin=0, num=200, market=HK, baseFilterList=[price, {"fieldName": 11}])
    prices = [row.baseDataList[0].value for row in everything.dataList]
    assert prices == sorted(prices, reverse=True)
    assert prices
    assert all(50 <= value <= 200 for value in prices)
    assert everything.lastPage
    assert everything.allCount == len(prices)
    pages = [
        await desk.ask(3215, begin=begin, num=5, market=HK, baseFilterList=[price])
        for begin in range(0, everything.allCount, 5)
    ]
    assert [page.lastPage for page in pages] == [False] * (len(pages) - 1) + [True]
    joined = [row.security.code for page in pages for row in page.dataList]
    assert joined == [row.security.code for row in everything.dataList]
    snapshot = (await desk.ask(3203, securityList=[everything.dataList[0].security])).snapshotList[0]
    assert everything.dataList[0].baseDataList[0].value == pytest.approx(snapshot.basic.curPrice, rel=0.01)
    assert everything.dataList[0].baseDataList[1].value == pytest.approx(
        snapshot.equityExData.issuedMarketVal, rel=0.01
    )


async def test_filter_by_plate_bars_patterns_and_the_tables_figures(desk: Desk) -> None:
    plate = security("HK.LIST1910")
    accumulate = {"fieldName": 1, "days": 5, "filterMin": -100, "filterMax": 100, "isNoFilter": False}
    financial = {"fieldName": 44, "quarter": 1, "filterMin": 0.001, "isNoFilter": False}
    indicator = {
        "firstFieldName": 30, "firstFieldParaList": [5], "secondFieldName": 4, "relativePosition": 1, "klType": 2,
        "isNoFilter": False,
    }  # fmt: skip
    answer = await desk.ask(
        3215, begin=0, num=200, market=HK, plate=plate, accumulateFilterList=[accumulate],
        financialFilterList=[financial], customIndicatorFilterList=[indicator],
    )  # fmt: skip
    assert answer.dataList
    for row in answer.dataList[:5]:
        short, long = row.customIndicatorDataList
        assert short.value >= long.value
        assert row.financialDataList[0].value > 0
        bars = (await desk.ask(3006, rehabType=0, klType=2, security=row.security, reqNum=20)).klList
        closes = [bar.closePrice for bar in bars]
        assert short.value == pytest.approx(sum(closes[-5:]) / 5, rel=0.01)
        assert long.value == pytest.approx(sum(closes) / 20, rel=0.01)
        assert row.accumulateDataList[0].value == pytest.approx((closes[-1] / closes[-6] - 1) * 100, abs=1.0)
    for number in range(1, 21):
        pattern = {"fieldName": number, "klType": 2, "isNoFilter": False}
        found = await desk.ask(3215, begin=0, num=1, market=HK, patternFilterList=[pattern])
        assert found.allCount < 150


async def test_refusals_of_the_filter(desk: Desk) -> None:
    ask = {"begin": 0, "num": 10, "market": HK}
    assert await desk.refused(3215, **{**ask, "num": 201}) == "too_many_items"
    assert await desk.refused(3215, **{**ask, "market": 31}) == "wrong_market"
    assert await desk.refused(3215, **ask, plate=security("HK.BK9999")) == "unknown_plate"
    no_range = {"fieldName": 3, "isNoFilter": False}
    assert await desk.refused(3215, **ask, baseFilterList=[no_range]) == "filter_range"
    assert await desk.refused(3215, **ask, baseFilterList=[{"fieldName": 17}]) == "no_figure"
    assert await desk.refused(3215, **ask, financialFilterList=[{"fieldName": 9, "quarter": 1}]) == "no_figure"
    assert await desk.refused(3215, **ask, accumulateFilterList=[{"fieldName": 1, "days": 0}]) == "bad_field"
    assert await desk.refused(3215, **ask, accumulateFilterList=[{"fieldName": 1, "days": 5}] * 11) == "too_many_items"
    assert await desk.refused(3215, **ask, patternFilterList=[{"fieldName": 1, "klType": 1}]) == "bad_field"
    bad = {"firstFieldName": 17, "secondFieldName": 4, "relativePosition": 1, "klType": 2}
    assert await desk.refused(3215, **ask, customIndicatorFilterList=[bad]) == "bad_field"


# -- the newer screen


def condition(**interval: float) -> dict[str, Any]:
    return {name: {"value": value, "includes": True} for name, value in interval.items()}


async def test_screen_joins_conditions_and_gives_the_columns_asked_for(desk: Desk) -> None:
    filters = [
        {"simpleFieldQuery": {"simpleField": 1, "screenValueList": [1]}},
        {"simplePropertyQuery": {"property": {"name": 2201}, **condition(filterMin=10, filterMax=500)}},
        {"cumulativePropertyQuery": {"property": {"name": 3102, "days": 5}, **condition(filterMin=-50)}},
        {"financialPropertyQuery": {"property": {"name": 4801, "term": 100}, **condition(filterMin=0)}},
    ]
    columns = [
        {"basicProperty": {"name": 1101}},
        {"simpleProperty": {"name": 2201}},
        {"cumulativeProperty": {"name": 3102, "days": 5}},
        {"indicatorProperty": {"name": 11, "period": 11}},
    ]
    sort = [{"direction": 2, "simpleProperty": {"name": 2201}}]
    answer = await desk.ask(3252, filterList=filters, retrieveList=columns, sortList=sort, pageCount=10)
    prices = [row.results[1].simplePropertyResult.dval for row in answer.dataList]
    assert len(prices) == 10
    assert prices == sorted(prices, reverse=True)
    assert max(prices) <= 500
    assert answer.lastPage == 0
    first = answer.dataList[0]
    code = first.results[0].basicPropertyResult.sval
    info = desk.upstream._exchange.table.by_id(first.stockId)
    assert info is not None
    assert info.security.code == code
    assert first.results[3].indicatorPropertyResult.dval == pytest.approx(prices[0], rel=0.5)
    rest = await desk.ask(3252, filterList=filters, pageFrom=answer.allCount - 1, pageCount=10)
    assert len(rest.dataList) == rest.lastPage == 1


async def test_screen_by_indicator_pattern_plate_and_watch_list(desk: Desk) -> None:
    hong_kong = {"simpleFieldQuery": {"simpleField": 1, "screenValueList": [1]}}
    above = {"position": 1, "period": 11, "firstIndicator": 1, "secondIndicator": 13, "periodType": 11}
    below = {**above, "position": 2}
    counts = [
        (await desk.ask(3252, filterList=[hong_kong, {"indicatorPositionalQuery": query}])).allCount
        for query in (above, below)
    ]
    stocks = (await desk.ask(3252, filterList=[hong_kong])).allCount
    assert stocks - 3 <= sum(counts) <= stocks
    assert min(counts) > 0
    matching = {"period": 11, "name": 21}
    found = (await desk.ask(3252, filterList=[hong_kong, {"indicatorPatternQuery": matching}])).allCount
    others = (
        await desk.ask(3252, filterList=[hong_kong, {"indicatorPatternQuery": {**matching, "isMatching": False}}])
    ).allCount
    assert found + others == stocks
    plate = {"plateQuery": {"plateList": [{"plateIdList": ["LIST1910"]}]}}
    assert 0 < (await desk.ask(3252, filterList=[plate])).allCount <= stocks
    desk.upstream.own.lists.add("Mine", [parse_security(TENCENT)])
    watched = {"simpleFieldQuery": {"simpleField": 4, "screenValueList": [1]}}
    assert (await desk.ask(3252, filterList=[watched])).allCount == 1
    desk.upstream.own.lists.delete("Mine", [parse_security(TENCENT)])


async def test_refusals_of_the_screen(desk: Desk) -> None:
    def query(**one: Any) -> dict[str, Any]:
        return {"filterList": [one]}

    assert await desk.refused(3252, pageCount=301) == "too_many_items"
    assert await desk.refused(3252, **query(featuredPropertyQuery={"property": {"name": 5101}})) == "no_figure"
    assert await desk.refused(3252, **query(brokerHoldingsQuery={"property": {"name": 6101}})) == "no_figure"
    assert await desk.refused(3252, **query(simplePropertyQuery={"property": {"name": 2201}})) == "filter_range"
    margin = {"property": {"name": 2101}, **condition(filterMin=1)}
    assert await desk.refused(3252, **query(simplePropertyQuery=margin)) == "no_figure"
    assert await desk.refused(3252, **query(simpleFieldQuery={"simpleField": 5})) == "no_figure"
    assert await desk.refused(3252, **query(plateQuery={"plateList": [{"plateIdList": ["X"]}]})) == "unknown_plate"
    sort = [{"direction": 9, "simpleProperty": {"name": 2201}}]
    assert await desk.refused(3252, sortList=sort) == "bad_field"
    assert await desk.refused(3252, retrieveList=[{"optionProperty": {"name": 1000}}]) == "no_figure"


# -- ranks


async def test_ranks_are_sorted_and_agree_with_snapshots(desk: Desk) -> None:
    for market in (HK, US):
        best = await desk.ask(3413, market=market, count=20)
        worst = await desk.ask(3413, market=market, count=20, sortDir=1)
        changes = [row.changeRatio for row in best.dataList]
        assert changes == sorted(changes, reverse=True)
        assert [row.changeRatio for row in worst.dataList] == sorted(row.changeRatio for row in worst.dataList)
        following = await desk.ask(3413, market=market, count=10, offset=10)
        assert [row.security.code for row in following.dataList] == [row.security.code for row in best.dataList[10:]]
        row = best.dataList[0]
        basic = (await desk.ask(3203, securityList=[row.security])).snapshotList[0].basic
        assert row.curPrice == pytest.approx(basic.curPrice, rel=0.01)
        assert row.changeRatio == pytest.approx((basic.curPrice / basic.lastClosePrice - 1) * 100, abs=1.0)
    periods = await desk.ask(3416, market=HK, periodType=4, count=200)
    months = [row.changeRate20D for row in periods.dataList]
    assert months == sorted(months, reverse=True)
    row = periods.dataList[0]
    closes = [
        bar.closePrice for bar in (await desk.ask(3006, rehabType=0, klType=2, security=row.security, reqNum=21)).klList
    ]
    assert row.changeRate20D == pytest.approx((closes[-1] / closes[0] - 1) * 100, abs=1.5)
    cheap = {"indicatorType": 1, "indicatorValue": condition(filterMax=20)}
    filtered = await desk.ask(3416, market=HK, filterList=[cheap])
    assert filtered.allCount < periods.allCount
    assert all(row.curPrice <= 20 for row in filtered.dataList)
    near = await desk.ask(3413, market=HK, filterList=[{"indicatorType": 1, "priceFilter": 5}])
    assert near.allCount < best.allCount
    assert await desk.refused(3413, market=31) == "wrong_market"
    assert await desk.refused(3413, market=HK, count=201) == "too_many_items"
    assert await desk.refused(3416, market=HK, periodType=9) == "bad_field"


async def test_rises_and_falls_add_up_to_the_market(desk: Desk) -> None:
    ranked = (await desk.ask(3413, market=HK, count=200)).allCount
    ranges = (await desk.ask(3433, market=HK)).rangeList
    assert sum(row.stockCount for row in ranges) == ranked
    assert not {row.type for row in ranges} & {1, 5}
    mainland = (await desk.ask(3433, market=SH)).rangeList
    assert {row.type for row in mainland} == {1, 2, 3, 4, 5}
    plate = security("HK.LIST1910")
    assert sum(row.stockCount for row in (await desk.ask(3433, security=plate)).rangeList) == ranked
    assert await desk.refused(3433, security=security("HK.BK9999")) == "unknown_plate"


async def test_heat_map_adds_up_its_members(desk: Desk) -> None:
    rows = (await desk.ask(3432, market=HK, count=200)).plateDataList
    changes = [row.changeRate for row in rows]
    assert changes == sorted(changes, reverse=True)
    for row in rows[:10]:
        members = (await desk.ask(3205, plate=row.plate)).staticInfoList
        codes = {member.basic.security.code for member in members}
        assert row.leaderStock.code in codes
        assert row.riseCount + row.fallCount + row.equalCount <= len(members)
        snapshots = (await desk.ask(3203, securityList=[member.basic.security for member in members])).snapshotList
        turnover = sum(one.basic.turnover for one in snapshots if not one.basic.isSuspend)
        assert row.turnover == pytest.approx(turnover, rel=0.05)
    page = await desk.ask(3432, market=HK, count=5)
    following = await desk.ask(3432, market=HK, count=5, page=page.nextPage)
    assert [row.plate.code for row in (*page.plateDataList, *following.plateDataList)] == [
        row.plate.code for row in rows[:10]
    ]
    assert await desk.refused(3432, market=HK, plateType=2) == "no_figure"
    assert await desk.refused(3432, market=HK, sortField=4) == "no_figure"
    assert await desk.refused(3432, market=HK, page="x") == "page_key"


# -- search


async def test_search_finds_codes_and_names(desk: Desk) -> None:
    async def codes(keyword: str, count: int = 10) -> list[str]:
        return [row.code for row in (await desk.ask(3262, keyword=keyword, max_count=count)).search_quote_list]

    assert (await codes("00700"))[0] == "00700"
    assert (await codes("700"))[0] == "00700"
    assert (await codes("us.aapl"))[0] == "AAPL"
    assert "00700" in await codes("腾讯")
    assert "AAPL" in await codes("apple")
    assert await codes("no such thing") == []
    assert len(await codes("a", 3)) == 3
    assert not (await desk.ask(3262, keyword="00700")).search_quote_list[0].is_watched
    assert await desk.refused(3262, keyword="  ") == "missing_field"
    assert await desk.refused(3262, keyword="a", max_count=0) == "bad_field"


# -- rights


def test_depth_and_refusals_by_right() -> None:
    tencent, moutai, apple = (parse_security(label) for label in (TENCENT, "SH.600519", "US.AAPL"))
    full = QuoteRights()
    assert (full.depth(tencent, 3), full.depth(moutai, 3), full.depth(apple, 3)) == (10, 5, 60)
    low = QuoteRights({**DEFAULT_RIGHTS, "hkQotRight": LEVEL1, "usQotRight": NO_RIGHT})
    assert (low.depth(tencent, 3), low.depth(apple, 3)) == (1, 0)


async def test_bmp_and_missing_rights(resources: Path) -> None:
    rights = QuoteRights({**DEFAULT_RIGHTS, "hkQotRight": BMP, "usQotRight": NO_RIGHT})
    desk = make(resources, rights=rights)
    codes = [info.security for info in desk.upstream._exchange.table.by_market(HK) if info.security_type == 3][:21]
    asked = [openapi.Qot_Common.Security(market=code.market, code=code.code) for code in codes]
    assert len((await desk.ask(3203, securityList=asked[:20])).snapshotList) >= 18
    assert await desk.refused(3203, securityList=asked) == "bmp_snapshot"
    assert await desk.refused(3203, securityList=[security("US.AAPL")]) == "no_quote_right"
    assert await desk.refused(3215, begin=0, num=1, market=HK) == "filter_right"
    for sub_type, label in ((1, TENCENT), (1, "US.AAPL")):
        with pytest.raises(UserFacingError) as refused:
            desk.upstream.check_topic(Topic(parse_security(label), sub_type))
        assert refused.value.code == "no_subscription_right"
    await desk.upstream.stop()


# -- outside regular hours


async def test_extended_hours_are_ranked_when_the_market_keeps_its_hours(desk: Desk, resources: Path) -> None:
    for proto_id in (3410, 3411, 3412):
        assert await desk.refused(proto_id) == "no_extended_hours"
    clock = FakeClock()
    upstream = build_practice(resources, PracticeClock(clock), 7, first_open_day=None)
    upstream.open(clock.now())
    hours = Desk(upstream, clock)
    for proto_id, prefix, block in (
        (3410, "preMarket", "preMarket"),
        (3411, "afterHours", "afterMarket"),
        (3412, "overnight", "overnight"),
    ):
        answer = await hours.ask(proto_id, count=20)
        changes = [getattr(row, f"{prefix}ChangeRatio") for row in answer.dataList]
        assert changes == sorted(changes, reverse=True)
        assert answer.allCount > 50
        first = answer.dataList[0]
        shown = getattr((await hours.ask(3203, securityList=[first.security])).snapshotList[0].basic, block)
        assert getattr(first, f"{prefix}Price") == pytest.approx(shown.price)
        # The change counts from the close, which is another one once the last minute was traded live.
        answer = await hours.ask(proto_id, count=20)
        [first] = [row for row in answer.dataList if row.security == first.security]
        assert getattr(first, f"{prefix}ChangeRatio") == pytest.approx(shown.changeRate)
        assert getattr(first, f"{prefix}Volume") == shown.volume
    await upstream.stop()


# -- what follows from the tables


async def test_dividends_and_splits_agree_with_the_adjustment_factors(desk: Desk) -> None:
    checked = 0
    exchange = desk.upstream._exchange
    for info in exchange.table.by_market(HK):
        events = exchange.actions.of(info.security)
        if info.security_type != 3 or not events or not exchange.is_listed(info):
            continue
        one = security(info.security.label)
        factors = (await desk.ask(3105, security=one)).rehabList
        dividends = (await desk.ask(3234, security=one)).dividendList
        paying = [row.time[:10].replace("-", "/") for row in factors if row.companyActFlag & (64 | 128)]
        assert [row.exDate for row in dividends] == paying[::-1]
        assert all("simulated" in row.statement for row in dividends)
        splits = (await desk.ask(3236, security=one, num=50)).splitItemList
        assert len(splits) == sum(1 for row in factors if row.companyActFlag & 3)
        if dividends:
            day = dividends[0].exDate.replace("/", "-")
            calendar = (await desk.ask(3408, market=HK, date=day)).itemList
            assert info.security.code in {row.security.code for row in calendar}
        checked += 1
        if checked == 12:
            break
    assert checked == 12
    assert await desk.refused(3234, security=security("HK.800000")) == "no_figure"
    assert await desk.refused(3408, market=SH, date="2026-01-05") == "wrong_market"
    assert await desk.refused(3236, security=security(TENCENT), nextKey="x") == "page_key"


async def test_dividend_rank(desk: Desk) -> None:
    rows = (await desk.ask(3407, market=HK, rankType=1, count=50)).dataList
    yields = [row.dividendYieldTTM for row in rows]
    assert yields == sorted(yields, reverse=True)
    assert 0 < yields[-1] <= yields[0] < 25
    for row in rows[:5]:
        assert row.dividendYieldTTM == pytest.approx(row.dividendsTTM / row.curPrice * 100)
    high = {"indicatorType": 1, "indicatorValue": {"valueInterval": condition(filterMin=4)}}
    assert all(
        row.dividendYieldTTM >= 4 for row in (await desk.ask(3407, market=HK, rankType=1, filterList=[high])).dataList
    )
    growing = (await desk.ask(3407, market=US, rankType=2)).dataList
    assert all(row.dividendGrowYear > 0 for row in growing)
    assert await desk.refused(3407, market=HK, rankType=3) == "bad_field"


async def test_valuations_follow_prices_and_the_table(desk: Desk) -> None:
    answer = await desk.ask(3232, security=security(TENCENT), valuationType=1, intervalType=3)
    snapshot = (await desk.ask(3203, securityList=[security(TENCENT)])).snapshotList[0]
    trend = answer.trend
    assert trend.currentValue == pytest.approx(snapshot.equityExData.peRate, rel=0.01)
    assert 230 < len(trend.historicalItems) < 275
    assert 0 <= trend.valuationPercentile <= 100
    assert trend.avgMinus1Stddev < trend.averageValue < trend.avgPlus1Stddev
    market = answer.marketDistribution
    assert 1 <= market.ranking <= market.total
    plate = answer.plateDistribution
    assert TENCENT[3:] in {row.security.code for row in plate.stockItems}
    listed = await desk.ask(3233, security=plate.plate, sortId=52, sortType=2, num=50)
    values = [row.valuationVal for row in listed.stockList]
    assert values == sorted(values)
    assert listed.count == plate.plateStockItemCount
    long = await desk.ask(3232, security=security(TENCENT), valuationType=2, intervalType=7)
    assert 480 < len(long.trend.historicalItems) < 530
    assert await desk.refused(3232, security=security(TENCENT), valuationType=3) == "no_figure"
    assert await desk.refused(3232, security=security("HK.800000")) == "no_figure"
    assert await desk.refused(3233, security=security("HK.800000")) == "unknown_plate"


# -- warrants


async def test_warrant_screen(desk: Desk) -> None:
    everything = await desk.ask(3254, onlyCount=True)
    assert everything.allCount > 50
    assert not everything.warrants
    owner = desk.upstream._exchange.info(parse_security(TENCENT))
    filters = [
        {"fieldId": 5, "choices": [{"contentType": 1, "value": owner.security_id}]},
        {"fieldId": 6, "choices": [{"contentType": 1, "value": 1}, {"contentType": 1, "value": 2}]},
        {"fieldId": 8, "interval": condition(filterMin=0.02, filterMax=10)},
    ]
    sort = [{"sortFieldId": 13, "direction": 1}]
    answer = await desk.ask(3254, filterList=filters, sortList=sort, pageCount=300)
    assert answer.warrants
    assert answer.lastPage
    premiums = [row.premium for row in answer.warrants]
    assert premiums == sorted(premiums, reverse=True)
    for row in answer.warrants:
        assert row.warrantType in (1, 2)
        assert row.ownerSecurity.code == owner.security.code
        assert 0.02 <= row.currentPrice <= 10
        assert row.HasField("delta")
        assert not row.HasField("recoveryPrice")
    called = {"fieldId": 14, "interval": condition(filterMin=0)}
    assert {row.warrantType for row in (await desk.ask(3254, filterList=[called])).warrants} <= {3, 4}
    assert await desk.refused(3254, marketType=4) == "wrong_market"
    assert await desk.refused(3254, filterList=[{"fieldId": 33, "interval": condition(filterMin=0)}]) == "no_figure"
    assert await desk.refused(3254, filterList=[{"fieldId": 8}]) == "filter_range"
    assert await desk.refused(3254, pageCount=301) == "too_many_items"


# -- options


async def test_option_screen(desk: Desk) -> None:
    owner = {"underlyingList": [{"indicatorType": 101, "indicatorValue": {"strValueList": [TENCENT]}}]}
    calls = {"optionList": [{"indicatorType": 1003, "indicatorValue": {"valueList": [1]}}]}
    delta = {"valueInterval": condition(filterMin=0.3, filterMax=0.7)}
    middle = {"optionList": [{"indicatorType": 3004, "indicatorValue": delta}]}
    sort = [{"indicatorType": 2011, "direction": 1}]
    answer = await desk.ask(
        3253, marketCategoryList=[3], filterList=[owner, calls, middle], sortList=sort, pageCount=500
    )
    assert answer.dataList
    assert answer.lastPage
    volumes = [row.volume for row in answer.dataList]
    assert volumes == sorted(volumes, reverse=True)
    for row in answer.dataList:
        assert row.security.code.startswith("TCH")
        assert row.optionType == 1
        assert 0.3 <= row.delta <= 0.7
        assert row.bidPrice < row.price < row.askPrice
        assert row.itmProbability + row.otmProbability == pytest.approx(100)
    first = answer.dataList[0]
    snapshot = (await desk.ask(3203, securityList=[first.security])).snapshotList[0]
    assert first.strikePrice == snapshot.optionExData.strikePrice
    assert first.openInterest == snapshot.optionExData.openInterest
    assert first.delta == pytest.approx(snapshot.optionExData.delta, abs=0.02)
    few = await desk.ask(3253, marketCategoryList=[3], filterList=[owner], optionRetrieveList=[1001], pageCount=1)
    assert few.dataList[0].HasField("strikePrice")
    assert not few.dataList[0].HasField("delta")
    assert not few.lastPage
    assert await desk.refused(3253) == "empty_list"
    assert await desk.refused(3253, marketCategoryList=[5]) == "no_figure"
    bad = {"optionList": [{"indicatorType": 3023}]}
    assert await desk.refused(3253, marketCategoryList=[3], filterList=[bad]) == "no_figure"
    no_range = {"optionList": [{"indicatorType": 3004}]}
    assert await desk.refused(3253, marketCategoryList=[3], filterList=[no_range]) == "filter_range"


# -- the same figure in every answer


async def test_the_dividend_of_a_year_is_the_same_everywhere(desk: Desk) -> None:
    rows = (await desk.ask(3407, market=HK, rankType=1, count=50)).dataList
    assert len(rows) > 10
    listed = [row.security for row in rows]
    snapshots = {row.basic.security.code: row for row in (await desk.ask(3203, securityList=listed)).snapshotList}
    screen = await desk.ask(
        3252,
        filterList=[{"simpleFieldQuery": {"simpleField": 1, "screenValueList": [1]}}],
        retrieveList=[{"basicProperty": {"name": 1101}}, {"simpleProperty": {"name": 2305}}],
        pageCount=300,
    )
    screened = {
        row.results[0].basicPropertyResult.sval: row.results[1].simplePropertyResult.dval for row in screen.dataList
    }
    for row in rows:
        equity = snapshots[row.security.code].equityExData
        assert equity.dividendTTM == pytest.approx(row.dividendsTTM), row.name
        # The price moves between the questions, by a tick or two.
        assert equity.dividendRatioTTM == pytest.approx(row.dividendYieldTTM, rel=0.02), row.name
        assert screened[row.security.code] == pytest.approx(row.dividendYieldTTM, rel=0.02), row.name


async def test_members_of_a_plate_by_their_present_market_value(desk: Desk) -> None:
    plate = security("HK.LIST1910")
    rows = (await desk.ask(3205, plate=plate, sortField=51, ascend=False)).staticInfoList
    order = [row.basic.security for row in rows]
    values = [
        row.equityExData.issuedMarketVal
        for row in (await desk.ask(3203, securityList=order[:60])).snapshotList
        if not row.basic.isSuspend
    ]
    assert len(values) > 50
    assert all(later <= before * 1.03 for before, later in itertools.pairwise(values))


async def test_an_indicators_input_is_a_whole_number(desk: Desk) -> None:
    bars = (await desk.ask(3006, rehabType=1, klType=2, security=security(TENCENT), reqNum=60)).klList
    fields = {"shortName": "BOLL", "langType": 1, "data": {"security": security(TENCENT), "klType": 2, "kLine": bars}}
    for value, is_fine in (("3", True), ("3.0", True), ("2.5", False), ("x", False), ("1" * 5_000, False)):
        asked = {**fields, "inputs": [{"index": 1, "value": value}]}
        if is_fine:
            await desk.ask(3260, **asked)
        else:
            assert await desk.refused(3260, **asked) == "bad_field"


@pytest.mark.parametrize("key", ["²", "x", "-5", "1" * 20])
async def test_a_page_that_is_no_number_is_refused(desk: Desk, key: str) -> None:
    assert await desk.refused(3432, market=HK, page=key) == "page_key"
    assert await desk.refused(3233, security=security("HK.BK1003"), nextKey=key) == "page_key"
    assert await desk.refused(3236, security=security(TENCENT), nextKey=key) == "page_key"
