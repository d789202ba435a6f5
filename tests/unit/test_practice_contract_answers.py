"""Answers about option chains, futures, warrants, strategies and option statistics."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable
from math import inf
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.security import parse_security
from core.upstreams.practice import option_strategies as strategies
from core.upstreams.practice.option_pricing import CALL, PUT, Terms, european_price
from core.upstreams.practice.option_strategies import BUY, SELL, Position
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice

RESOURCES = Path(__file__).parents[2] / "resources"
STEMS = {
    3202: "Qot_GetStaticInfo", 3203: "Qot_GetSecuritySnapshot", 3206: "Qot_GetReference", 3209: "Qot_GetOptionChain",
    3210: "Qot_GetWarrant", 3218: "Qot_GetFutureInfo", 3224: "Qot_GetOptionExpirationDate",
    3250: "Qot_GetOptionVolatility", 3251: "Qot_GetOptionExerciseProbability", 3255: "Qot_GetOptionQuote",
    3256: "Qot_GetOptionStrategy", 3257: "Qot_GetOptionStrategyAnalysis", 3258: "Qot_GetOptionStrategySpread",
    3301: "Qot_GetOptionMarketStatistic", 3302: "Qot_GetOptionUnderlyingHisStatistic",
    3303: "Qot_GetOptionUnderlyingOverview", 3304: "Qot_GetOptionUnderlyingHisVolatility",
    3305: "Qot_GetOptionUnderlyingRank", 3306: "Qot_GetOptionRank", 3311: "Qot_GetOptionZeroDteScreener",
    3312: "Qot_GetOptionZeroDteContract", 3314: "Qot_GetOptionSellerScreener",
}  # fmt: skip
# A Thursday, 10:17:20 in Hong Kong.
NOW = datetime.datetime(2026, 3, 12, 2, 17, 20, tzinfo=datetime.UTC).timestamp()
UNLIMITED = 9_999_999.0


def security(label: str) -> Any:
    found = parse_security(label)
    return openapi.Qot_Common.Security(market=found.market, code=found.code)


@pytest.fixture(scope="module")
def source() -> PracticeUpstream:
    made = build_practice(
        RESOURCES,
        PracticeClock(FakeClock(NOW), 1.0, NOW),
        7,
        first_open_day=datetime.date(2026, 3, 9).toordinal(),
    )
    made.open(NOW)
    return made


async def ask(source: PracticeUpstream, proto_id: int, **fields: Any) -> Any:
    """Give the S2C part of an answer, checked for completeness."""
    module = getattr(openapi, STEMS[proto_id])
    request = module.Request(c2s=module.C2S(**fields))
    reply = source.ask(Call(proto_id, 1, request, b"", None, 0.0))  # type: ignore[arg-type]
    if isinstance(reply, Awaitable):
        reply = await reply
    assert isinstance(reply, Reply)
    response = module.Response.FromString(reply.body)
    assert response.retType == 0
    assert response.IsInitialized()
    assert response.HasField("s2c")
    return response.s2c


async def refused(source: PracticeUpstream, proto_id: int, **fields: Any) -> str:
    with pytest.raises(UserFacingError) as caught:
        await ask(source, proto_id, **fields)
    return caught.value.code


async def chain(source: PracticeUpstream, owner: str, **fields: Any) -> Any:
    return await ask(source, 3209, owner=security(owner), beginTime="2026-03-12", endTime="2026-04-11", **fields)


@pytest.mark.parametrize("owner", ["HK.00700", "US.NVDA", "HK.800000", "HK.800100", "US..SPX"])
async def test_expiries_and_chains_agree(source: PracticeUpstream, owner: str) -> None:
    dates = (await ask(source, 3224, owner=security(owner))).dateList
    assert [row.optionExpiryDateDistance for row in dates] == sorted(row.optionExpiryDateDistance for row in dates)
    found = (await chain(source, owner)).optionChain
    assert [one.strikeTime for one in found] == [
        row.strikeTime for row in dates if "2026-03-12" <= row.strikeTime <= "2026-04-11"
    ]
    for one in found:
        for item in one.option:
            assert item.call.optionExData.strikePrice == item.put.optionExData.strikePrice
            assert (item.call.optionExData.type, item.put.optionExData.type) == (CALL, PUT)
            assert item.call.basic.lotSize == item.put.basic.lotSize > 0


async def test_mini_options_are_a_class_of_their_own(source: PracticeUpstream) -> None:
    found = (await chain(source, "HK.800000", indexOptionType=2)).optionChain
    assert found[0].option[0].call.basic.security.code.startswith("MHI")


async def test_chains_are_filtered(source: PracticeUpstream) -> None:
    everything = [item for one in (await chain(source, "HK.00700")).optionChain for item in one.option]
    calls = [item for one in (await chain(source, "HK.00700", type=CALL)).optionChain for item in one.option]
    assert len(calls) == len(everything)
    assert not any(item.HasField("put") for item in calls)
    inside = [item for one in (await chain(source, "HK.00700", condition=1)).optionChain for item in one.option]
    outside = [item for one in (await chain(source, "HK.00700", condition=2)).optionChain for item in one.option]
    assert sum(item.HasField("call") + item.HasField("put") for item in inside + outside) == 2 * len(everything)
    limits = openapi.Qot_GetOptionChain.DataFilter(deltaMin=0.3, deltaMax=0.6, impliedVolatilityMin=5)
    chosen = [
        item.call for one in (await chain(source, "HK.00700", dataFilter=limits)).optionChain for item in one.option
    ]
    assert 0 < len(chosen) < len(everything) / 2
    shown = await ask(source, 3203, securityList=[row.basic.security for row in chosen])
    assert all(0.29 < row.optionExData.delta < 0.61 for row in shown.snapshotList)


async def test_what_a_chain_refuses(source: PracticeUpstream) -> None:
    whole = {"owner": security("HK.00700"), "beginTime": "2026-03-12", "endTime": "2026-05-12"}
    assert await refused(source, 3209, **whole) == "expiry_span"
    assert await refused(source, 3224, owner=security("HK.02382")) == "no_options"
    assert await refused(source, 3224, owner=security("HK.99999")) == "unknown_security"
    assert await refused(source, 3202, market=1, secType=8) == "no_list_of_options"
    assert await refused(source, 3251, security=security("HK.00700")) == "not_an_option"
    assert await refused(source, 3218, securityList=[security("HK.00700")]) == "not_a_future"


async def test_static_information_knows_contracts(source: PracticeUpstream) -> None:
    code = (await chain(source, "HK.00700")).optionChain[0].option[0].call.basic.security.code
    rows = (await ask(source, 3202, securityList=[security(f"HK.{code}"), security("HK.HSImain")])).staticInfoList
    assert rows[0].optionExData.owner.code == "00700"
    assert rows[1].futureExData.isMainContract
    warrants = (await ask(source, 3202, market=1, secType=5)).staticInfoList
    assert len(warrants) > 300
    assert all(row.HasField("warrantExData") for row in warrants)
    futures = (await ask(source, 3202, market=1, secType=10)).staticInfoList
    assert len(futures) == 35


async def test_futures_and_references(source: PracticeUpstream) -> None:
    rows = (await ask(source, 3218, securityList=[security("HK.HSImain"), security("HK.MCH2606")])).futureInfoList
    assert rows[0].origin.code == "HSI2603"
    assert rows[0].lastTradeTime == ""
    assert (rows[1].lastTradeTime, rows[1].contractSize) == ("2026-06-29", 10)
    months = (await ask(source, 3206, security=security("HK.HSImain"), referenceType=2)).staticInfoList
    assert [row.basic.security.code for row in months] == ["HSImain", "HSI2603", "HSI2604", "HSI2606", "HSI2609"]
    warrants = (await ask(source, 3206, security=security("HK.00700"), referenceType=1)).staticInfoList
    assert len(warrants) > 30
    assert all(row.warrantExData.owner.code == "00700" for row in warrants)


async def warrants_of(source: PracticeUpstream, **fields: Any) -> Any:
    fields = {"begin": 0, "num": 200, "sortField": 1, "ascend": True, **fields}
    return await ask(source, 3210, **fields)


async def test_warrants_are_paged_sorted_and_filtered(source: PracticeUpstream) -> None:
    whole = await warrants_of(source, owner=security("HK.00700"))
    assert whole.lastPage
    codes = [row.stock.code for row in whole.warrantDataList]
    assert len(codes) == whole.allCount
    assert codes == sorted(codes)
    pages = [await warrants_of(source, owner=security("HK.00700"), begin=begin, num=20) for begin in (0, 20)]
    assert [row.stock.code for page in pages for row in page.warrantDataList] == codes[:40]
    assert not pages[0].lastPage
    for field, column in ((2, "curPrice"), (10, "volume"), (13, "premium"), (28, "streetRate"), (20, "maturityTime")):
        down = (await warrants_of(source, owner=security("HK.00700"), sortField=field, ascend=False)).warrantDataList
        values = [getattr(row, column) for row in down]
        assert values == sorted(values, reverse=True)
    bulls = (await warrants_of(source, typeList=[3], recoveryPriceMin=100)).warrantDataList
    assert bulls
    assert all(row.type == 3 and row.recoveryPrice >= 100 and row.HasField("priceRecoveryRatio") for row in bulls)
    calls = (await warrants_of(source, typeList=[1, 3], deltaMin=0.4, deltaMax=0.6)).warrantDataList
    assert calls
    assert all(row.type == 1 and 0.4 <= row.delta <= 0.6 for row in calls)
    issued = (await warrants_of(source, issuerList=[1, 11], priceType=2)).warrantDataList
    assert {row.issuer for row in issued} == {1, 11}
    assert all(row.ipop >= 0 for row in issued)
    assert not (await warrants_of(source, status=2)).warrantDataList
    assert await refused(source, 3210, begin=0, num=201, sortField=1, ascend=True) == "too_many_items"
    assert await refused(source, 3210, begin=0, num=20, sortField=35, ascend=True) == "bad_field"


async def test_snapshots_of_contracts_are_complete(source: PracticeUpstream) -> None:
    option = (await chain(source, "US.NVDA")).optionChain[1].option[10].put.basic.security
    warrant = (await warrants_of(source, typeList=[4])).warrantDataList[0].stock
    rows = (await ask(source, 3203, securityList=[option, security("HK.HSI2606"), warrant])).snapshotList
    assert rows[0].optionExData.contractSizeFloat == 100
    assert rows[0].basic.bidPrice < rows[0].basic.askPrice
    assert rows[0].optionExData.expiryDateDistance == 8 or rows[0].optionExData.expiryDateDistance == 9
    assert rows[1].futureExData.lastTradeTime == "2026-06-29"
    assert rows[2].warrantExData.recoveryPrice > 0
    for row in rows:
        assert row.basic.lowest52WeeksPrice <= row.basic.lowPrice <= row.basic.curPrice <= row.basic.highPrice


def leg(code: Any, side: int = BUY, ratio: float = 1.0) -> Any:
    return openapi.Qot_Common.ComboLeg(security=code, side=side, qtyRatio=ratio)


async def pair_at_the_money(source: PracticeUpstream) -> Any:
    spot = (await ask(source, 3203, securityList=[security("HK.00700")])).snapshotList[0].basic.curPrice
    items = (await chain(source, "HK.00700")).optionChain[1].option
    index = min(range(len(items)), key=lambda number: abs(items[number].call.optionExData.strikePrice - spot))
    return items, index


async def test_option_quotes_add_up(source: PracticeUpstream) -> None:
    items, index = await pair_at_the_money(source)
    call, put = items[index].call.basic.security, items[index].put.basic.security
    rows = [(await ask(source, 3255, multi_legs=legs)).optionQuoteList[0]
            for legs in ([leg(call)], [leg(put)], [leg(call), leg(put)])]  # fmt: skip
    assert rows[2].delta == pytest.approx(rows[0].delta + rows[1].delta)
    assert rows[2].mark_price == pytest.approx(rows[0].mark_price + rows[1].mark_price)
    assert rows[0].time_value + rows[0].intrinsic_value == pytest.approx(rows[0].mark_price, abs=0.011)
    assert len(rows[2].breakeven_point) == 2
    assert rows[0].days_to_expiry == 8


async def test_strategies_are_built_and_analysed(source: PracticeUpstream) -> None:
    items, index = await pair_at_the_money(source)
    low, high = items[index].call, items[index + 1].call
    width = high.optionExData.strikePrice - low.optionExData.strikePrice
    legs = [leg(low.basic.security), leg(high.basic.security, SELL)]
    found = await ask(source, 3257, multi_legs=legs)
    assert found.option_strategy == strategies.SPREAD
    assert found.max_profit + found.max_loss == pytest.approx(100 * width)
    assert low.optionExData.strikePrice < found.breakeven_points[0] < high.optionExData.strikePrice
    assert 0 < found.prob_of_profit < 100
    naked = await ask(source, 3257, multi_legs=[leg(low.basic.security, SELL)])
    assert naked.max_loss == UNLIMITED
    covered = await ask(source, 3257, multi_legs=[leg(security("HK.00700"), BUY, 100), leg(low.basic.security, SELL)])
    assert (covered.option_strategy, len(covered.breakeven_points)) == (strategies.COVERED, 1)
    assert await refused(source, 3257, multi_legs=[]) == "empty_list"
    assert await refused(source, 3257, multi_legs=[leg(security("HK.00700"))]) == "bad_strategy"


@pytest.mark.parametrize("strategy", sorted(set(strategies.NAMES) - {strategies.CUSTOM}))
async def test_every_strategy_is_recognised_by_its_own_legs(source: PracticeUpstream, strategy: int) -> None:
    dates = (await ask(source, 3224, owner=security("HK.00700"))).dateList
    asked = {"owner": security("HK.00700"), "option_strategy": strategy, "expire_time": dates[1].strikeTime}
    if strategy in strategies.TWO_EXPIRIES:
        asked["far_expire_time"] = dates[2].strikeTime
    if strategy in strategies.WITH_SPREAD:
        spreads = (await ask(source, 3258, **asked)).spreadList
        assert list(spreads) == sorted(set(spreads))
        asked["spread"] = spreads[1]
    rows = (await ask(source, 3256, **asked)).strategyList
    assert 0 < len(rows) <= 1_000
    assert len({row.code for row in rows}) == len(rows)
    for row in rows[:3]:
        found = await ask(source, 3257, multi_legs=row.multi_legs)
        assert (found.option_strategy, found.code) == (strategy, row.code.replace("+100 00700", "+1 00700"))


def test_outcomes_are_those_of_the_payoff() -> None:
    terms = {strike: Terms(CALL, strike, 0.2, 0.3, 0.0, 0.0) for strike in (90.0, 100.0, 110.0)}
    costs = {strike: european_price(100, one) for strike, one in terms.items()}
    butterfly = [
        Position(terms[strike], units, costs[strike]) for strike, units in ((90.0, 1), (100.0, -2), (110.0, 1))
    ]
    cost = costs[90] - 2 * costs[100] + costs[110]
    found = strategies.outcome(butterfly, 100)
    assert found.highest == pytest.approx(10 - cost)
    assert found.lowest == pytest.approx(-cost)
    assert found.break_evens == pytest.approx((90 + cost, 110 - cost), abs=1e-3)
    assert strategies.recognise(butterfly) == strategies.BUTTERFLY
    long_call = strategies.outcome([Position(terms[100], 1, costs[100])], 100)
    assert long_call.highest == inf
    assert long_call.lowest == pytest.approx(-costs[100])
    # A price of 0 shows nothing about probability: a free option earns whenever it ends in the money.
    free = strategies.outcome([Position(terms[100], 1, 0.0)], 100)
    assert 0.4 < free.profit_probability < 0.5


async def test_volatilities_and_probabilities(source: PracticeUpstream) -> None:
    items, index = await pair_at_the_money(source)
    call, put = items[index].call.basic.security, items[index].put.basic.security
    stock = await ask(source, 3250, security=security("HK.00700"), queryTimePeriod=3)
    stamps = [row.timestampStr for row in stock.itemList]
    assert stamps == sorted(stamps, reverse=True)
    assert len(stamps) > 50
    for row in stock.itemList:
        assert row.volatilityPremium == pytest.approx(row.impliedVolatility - row.historyVolatility)
        assert 5 < row.historyVolatility < 150
    assert "Simulated" in stock.analysis
    option = await ask(source, 3250, security=call)
    shown = (await ask(source, 3203, securityList=[call])).snapshotList[0]
    assert option.itemList[0].impliedVolatility == pytest.approx(shown.optionExData.impliedVolatility)
    both = [(await ask(source, 3251, security=code)).itemList[0] for code in (call, put)]
    assert sum(row.strikeProbability for row in both) == pytest.approx(100, abs=0.5)


async def test_statistics_agree_with_each_other(source: PracticeUpstream) -> None:
    overview = (await ask(source, 3303, ownerList=[security("HK.00700"), security("US.NVDA")])).underlyingDataList
    assert [len(row.hvList) for row in overview] == [5, 5]
    history = await ask(source, 3302, owner=security("HK.00700"), beginTime="2026-02-02", endTime="2026-03-12")
    newest = history.statisticList[0]
    assert newest.time == "2026-03-12"
    assert (newest.callOpenInterest, newest.putOpenInterest) == (
        overview[0].callOpenInterest, overview[0].putOpenInterest,
    )  # fmt: skip
    assert newest.callVolume == overview[0].callVolume
    # The sum over the chain's own series, as snapshots show them.
    total = 0
    derivatives = source._exchange.derivatives
    for option_class in derivatives.classes_of(parse_security("HK.00700")):
        for expiry in derivatives.expiries(option_class):
            for strike in derivatives.strikes(option_class, expiry):
                model = derivatives.option(option_class, expiry, CALL, strike)
                total += model.open_interest(datetime.date(2026, 3, 12).toordinal())
    assert total == newest.callOpenInterest
    days = [row.time for row in history.statisticList]
    assert days == sorted(days, reverse=True)
    market = await ask(source, 3301, optionMarket=4, dataType=1, beginTime="2026-03-02", endTime="2026-03-12")
    assert len(market.statisticList) == 5
    assert market.HasField("nextPageKey")
    more = await ask(
        source, 3301, optionMarket=4, dataType=1, beginTime="2026-03-02", endTime="2026-03-12",
        nextPageKey=market.nextPageKey,
    )  # fmt: skip
    assert more.statisticList[0].time < market.statisticList[-1].time
    assert not more.HasField("nextPageKey")
    volatility = await ask(source, 3304, owner=security("US.NVDA"), beginTime="2024-01-02", endTime="2026-03-12")
    # The split of June 2024 is no move of the price.
    assert max(row.hv for row in volatility.volatilityList) < 120


def at_least(kind: int, low: float) -> Any:
    """Make a filter: a figure of at least `low`."""
    boundary = {"value": low, "includes": True}
    return {"indicatorType": kind, "indicatorValue": {"valueInterval": {"filterMin": boundary}}}


async def test_underlyings_are_ranked(source: PracticeUpstream) -> None:
    whole = await ask(source, 3305, optionMarket=3, sortType=1)
    volumes = [row.totalVolume for row in whole.rankList]
    assert volumes == sorted(volumes, reverse=True)
    assert whole.allCount == len(volumes) > 20
    overview = (await ask(source, 3303, ownerList=[security("HK.00700")])).underlyingDataList[0]
    tencent = next(row for row in whole.rankList if row.owner.code == "00700")
    assert tencent.totalVolume == overview.callVolume + overview.putVolume
    assert tencent.ivRank == pytest.approx(overview.ivRank)
    first = await ask(source, 3305, optionMarket=3, sortType=7, isAsc=True, count=5)
    second = await ask(source, 3305, optionMarket=3, sortType=7, isAsc=True, count=5, page=first.nextPage)
    assert max(row.iv for row in first.rankList) <= min(row.iv for row in second.rankList)
    wild = await ask(source, 3305, optionMarket=3, sortType=1, filterList=[at_least(5, 40)])
    assert wild.rankList
    assert all(row.iv >= 40 for row in wild.rankList)
    assert await refused(source, 3305, optionMarket=3, sortType=1, filterList=[at_least(99, 40)]) == "no_figure"


async def test_series_are_ranked(source: PracticeUpstream) -> None:
    found = await ask(source, 3306, optionMarket=4, sortType=1, count=20)
    volumes = [row.volume for row in found.rankList]
    assert volumes == sorted(volumes, reverse=True)
    assert found.nextPage == "20"
    shown = await ask(source, 3203, securityList=[row.option for row in found.rankList])
    for row, snapshot in zip(found.rankList, shown.snapshotList, strict=True):
        assert row.openInterest == snapshot.optionExData.openInterest
        assert row.delta == pytest.approx(snapshot.optionExData.delta, abs=0.02)
    puts = {"indicatorType": 9, "indicatorValue": {"valueList": [PUT]}}
    filtered = await ask(source, 3306, optionMarket=4, sortType=10, count=50, filterList=[puts, at_least(13, 100)])
    assert all(row.optionType == PUT and row.openInterest >= 100 for row in filtered.rankList)


async def test_sales_and_series_of_the_last_day(source: PracticeUpstream) -> None:
    sales = (await ask(source, 3314, optionMarket=3, sellerType=1)).itemList
    returns = [row.annualizedReturn for row in sales]
    assert returns == sorted(returns, reverse=True)
    assert len(returns) == 200
    for row in sales[:20]:
        assert row.optionType == CALL
        assert row.strikePrice > row.stockPrice
        assert row.intervalReturn == pytest.approx(row.optionPrice / row.stockPrice * 100)
    puts = (await ask(source, 3314, optionMarket=1, sellerType=2, filterList=[at_least(14, 20)])).itemList
    assert all(row.optionType == PUT and row.leftDays >= 20 for row in puts)
    # 22:17 on Wednesday in New York: only what has daily expiries ends today.
    rows = (await ask(source, 3311, optionMarket=1)).itemList
    assert {row.owner.code for row in rows} == {"SPY", "QQQ", "IWM"}
    day = rows[0].chainInfo.strikeDateTimestamp
    series = (
        await ask(source, 3312, owner=rows[0].owner, strikeDateTimestamp=day, chainInfo=rows[0].chainInfo, sortType=4)
    ).itemList
    assert len(series) > 20
    deltas = [row.delta for row in series]
    assert deltas == sorted(deltas, reverse=True)
    # Milliseconds instead of seconds, and other moments that no calendar has.
    for moment in (day * 1000, -1, 2**63 - 1):
        asked = {"owner": rows[0].owner, "strikeDateTimestamp": moment, "chainInfo": rows[0].chainInfo}
        assert await refused(source, 3312, **asked) == "bad_field"
