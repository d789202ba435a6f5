"""Answers of the practice exchange: fields, units, pages, refusals."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.message_texts import MESSAGE_TEXTS
from core.model.security import parse_security
from core.upstreams.practice.answers.history import QUOTA_SECONDS, HistoryQuota
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice

STEMS = {
    3004: "Qot_GetBasicQot", 3006: "Qot_GetKL", 3008: "Qot_GetRT", 3010: "Qot_GetTicker", 3012: "Qot_GetOrderBook",
    3103: "Qot_RequestHistoryKL", 3104: "Qot_RequestHistoryKLQuota", 3202: "Qot_GetStaticInfo",
    3203: "Qot_GetSecuritySnapshot", 3219: "Qot_RequestTradeDate", 3223: "Qot_GetMarketState",
}  # fmt: skip
TENCENT, APPLE, INDEX, MOUTAI = "HK.00700", "US.AAPL", "HK.800000", "SH.600519"


class Sink:
    """Swallows the news."""

    def on_pushes(self, pushes: Any) -> None:
        """Nothing to do."""

    def congested(self) -> bool:
        """Never."""
        return False

    def on_status_changed(self) -> None:
        """Nothing to do."""


def security(label: str) -> Any:
    found = parse_security(label)
    return openapi.Qot_Common.Security(market=found.market, code=found.code)


class Desk:
    """Asks a practice upstream with a clock that stands still unless it is moved."""

    def __init__(self, upstream: PracticeUpstream, clock: FakeClock) -> None:
        self.upstream, self.clock = upstream, clock

    async def ask(self, proto_id: int, **fields: Any) -> Any:
        """Give the S2C part of the answer, checked for completeness."""
        module = getattr(openapi, STEMS[proto_id])
        request = module.Request(c2s=module.C2S(**fields))
        reply = self.upstream.ask(Call(proto_id, 1, request, b"", None, 0.0))  # type: ignore[arg-type]
        if not isinstance(reply, Reply):
            reply = await reply
        assert not reply.failed
        response = module.Response.FromString(reply.body)
        assert response.retType == 0
        assert response.IsInitialized()
        return response.s2c

    async def refused(self, proto_id: int, **fields: Any) -> UserFacingError:
        """Give the refusal; its sentence must have all its facts."""
        with pytest.raises(UserFacingError) as caught:
            await self.ask(proto_id, **fields)
        text = MESSAGE_TEXTS[caught.value.code]
        text.sentence.format(**caught.value.facts)
        text.advice.format(**caught.value.facts)
        return caught.value

    def run(self, seconds: float) -> None:
        """Let the market run."""
        for _ in range(int(seconds)):
            self.clock.advance(1.0)
            self.upstream.run_until(self.clock.now())


@pytest.fixture
async def desk(resources: Path) -> Any:
    clock = FakeClock()
    opened = datetime.date(2026, 11, 15).toordinal()
    upstream = build_practice(resources, PracticeClock(clock), 7, first_open_day=opened)
    await upstream.start(Sink())
    yield Desk(upstream, clock)
    await upstream.stop()


async def test_quotes(desk: Desk) -> None:
    desk.run(90)
    answer = await desk.ask(3004, securityList=[security(TENCENT), security(APPLE), security(INDEX)])
    tencent, apple, index = answer.basicQotList
    assert (tencent.security.code, tencent.name, apple.name) == ("00700", "TENCENT", "Apple")
    for quote in answer.basicQotList:
        assert quote.lowPrice <= quote.curPrice <= quote.highPrice
        assert quote.amplitude == pytest.approx((quote.highPrice - quote.lowPrice) / quote.lastClosePrice * 100)
        assert datetime.datetime.strptime(quote.updateTime, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    assert tencent.turnoverRate == pytest.approx(tencent.volume / 9_150_000_000 * 100)
    assert index.turnoverRate == 0
    local = datetime.datetime.fromtimestamp(tencent.updateTimestamp, datetime.timezone(datetime.timedelta(hours=8)))
    assert tencent.updateTime == local.strftime("%Y-%m-%d %H:%M:%S")
    assert apple.updateTime.startswith("2026-11-19 21:")


async def test_everything_about_today_agrees(desk: Desk) -> None:
    desk.run(150)
    for label in (TENCENT, APPLE, INDEX, MOUTAI):
        one = security(label)
        quote = (await desk.ask(3004, securityList=[one])).basicQotList[0]
        snapshot = (await desk.ask(3203, securityList=[one])).snapshotList[0].basic
        day = (await desk.ask(3006, rehabType=1, klType=2, security=one, reqNum=1)).klList[0]
        minutes = [
            bar
            for bar in (await desk.ask(3006, rehabType=1, klType=6, security=one, reqNum=1000)).klList
            if bar.time[:10] == day.time[:10]
        ]
        line = (await desk.ask(3008, security=one)).rtList
        assert quote.volume == snapshot.volume == day.volume
        assert sum(bar.volume for bar in minutes) == sum(point.volume for point in line) == quote.volume
        assert sum(point.turnover for point in line) == pytest.approx(quote.turnover)
        assert quote.curPrice == snapshot.curPrice == day.closePrice == minutes[-1].closePrice == line[-1].price
        assert quote.highPrice == snapshot.highPrice == day.highPrice == max(bar.highPrice for bar in minutes)
        assert quote.openPrice == day.openPrice == minutes[0].openPrice
        assert quote.lastClosePrice == day.lastClosePrice == line[0].lastClosePrice
        if label != INDEX:
            assert line[-1].avgPrice == pytest.approx(snapshot.avgPrice)
            ticks = (await desk.ask(3010, security=one, maxRetNum=1000)).tickerList
            assert ticks[-1].price == quote.curPrice
            assert [tick.sequence for tick in ticks] == sorted({tick.sequence for tick in ticks})
            book = await desk.ask(3012, security=one, num=10)
            assert snapshot.askPrice == book.orderBookAskList[0].price > book.orderBookBidList[0].price
            assert snapshot.bidVol == book.orderBookBidList[0].volume
            assert len(book.orderBookAskList) == (5 if label == MOUTAI else 10)
        else:
            assert not (await desk.ask(3010, security=one, maxRetNum=1000)).tickerList
            assert not (await desk.ask(3012, security=one, num=10)).orderBookAskList


async def test_time_line_starts_at_the_opening_minute(resources: Path) -> None:
    clock = FakeClock(datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.UTC).timestamp())
    upstream = build_practice(resources, PracticeClock(clock), 7, first_open_day=None)
    await upstream.start(Sink())
    line = (await Desk(upstream, clock).ask(3008, security=security(TENCENT))).rtList
    assert (line[0].time, line[0].minute) == ("2026-11-20 09:30:00", 570)
    assert (line[149].minute, line[150].minute, len(line)) == (719, 780, 330)
    await upstream.stop()


@pytest.mark.parametrize("label", [TENCENT, APPLE])
@pytest.mark.parametrize("kline_type", [1, 9, 2, 3, 4, 11, 5])
async def test_pages_join_to_the_whole(desk: Desk, label: str, kline_type: int) -> None:
    span = {1: ("2026-11-10", "2026-11-13 10:30:00"), 9: ("2026-10-01", "2026-11-18")}
    begin, end = span.get(kline_type, ("2015-03-04", "2026-12-31"))
    fields = {"rehabType": 1, "klType": kline_type, "security": security(label), "beginTime": begin, "endTime": end}
    whole = await desk.ask(3103, **fields)
    assert whole.klList
    pages, key = [], b""
    for _ in range(100):
        page = await desk.ask(3103, **fields, maxAckKLNum=97, nextReqKey=key)
        pages += page.klList
        if not page.HasField("nextReqKey"):
            break
        assert len(page.klList) == 97
        key = page.nextReqKey
    size = len(whole.klList)
    assert [bar.SerializeToString() for bar in pages[:size]] == [bar.SerializeToString() for bar in whole.klList]
    times = [bar.time for bar in pages]
    assert times == sorted(set(times))
    assert begin <= times[0]
    assert times[-1] <= end + " 23:59:59"
    for bar, later in itertools.pairwise(pages):
        assert later.lastClosePrice == bar.closePrice


async def test_full_page_is_a_thousand(desk: Desk) -> None:
    fields = {"rehabType": 0, "klType": 2, "security": security(TENCENT), "beginTime": "2000-01-01"}
    page = await desk.ask(3103, **fields, endTime="2026-11-20")
    assert len(page.klList) == 1000
    assert page.HasField("nextReqKey")
    assert page.klList[0].time == "2004-06-16 00:00:00"
    exact = await desk.ask(3103, **fields, endTime=page.klList[-1].time)
    assert len(exact.klList) == 1000
    assert not exact.HasField("nextReqKey")


async def test_every_requested_field_is_on_every_bar(desk: Desk) -> None:
    fields = {"rehabType": 1, "security": security(INDEX), "beginTime": "2026-11-02", "endTime": "2026-11-13"}
    names = ("highPrice", "openPrice", "lowPrice", "closePrice", "lastClosePrice", "volume", "turnover",
             "turnoverRate", "pe", "changeRate")  # fmt: skip
    for kline_type in (1, 2):
        for flags, wanted in ((None, names), (1023, names), (1 | 256, ("highPrice", "pe")), (32, ("volume",))):
            extra = {} if flags is None else {"needKLFieldsFlag": flags}
            for bar in (await desk.ask(3103, klType=kline_type, **fields, **extra)).klList:
                assert {name for name in names if bar.HasField(name)} == set(wanted)
                assert bar.time
                assert not bar.isBlank


async def test_units_of_a_day_bar(desk: Desk) -> None:
    bar = (await desk.ask(3006, rehabType=1, klType=2, security=security(TENCENT), reqNum=3)).klList[1]
    assert bar.turnoverRate == pytest.approx(bar.volume / 9_150_000_000)
    assert bar.changeRate == pytest.approx((bar.closePrice / bar.lastClosePrice - 1) * 100)
    assert bar.pe == pytest.approx(bar.closePrice / 25.2)
    assert bar.time.endswith(" 00:00:00")


async def test_history_refusals(desk: Desk) -> None:
    good = {"rehabType": 1, "klType": 2, "security": security(TENCENT), "beginTime": "2026-01-01",
            "endTime": "2026-02-01"}  # fmt: skip
    for changed, code in (
        ({"security": security("HK.99999")}, "unknown_security"),
        ({"klType": 99}, "bad_field"),
        ({"rehabType": 9}, "bad_field"),
        ({"maxAckKLNum": -1}, "bad_field"),
        ({"session": 4}, "overnight_session"),
        ({"session": 9}, "bad_field"),
        ({"beginTime": "2026/01/01"}, "bad_date"),
        ({"beginTime": "2026-02-30"}, "bad_date"),
        ({"endTime": "2026-01-01 25:00:00"}, "bad_date"),
        ({"beginTime": "2026-03-01"}, "date_order"),
        ({"nextReqKey": b"nonsense"}, "page_key"),
        ({"nextReqKey": bytes(22)}, "page_key"),
    ):
        assert (await desk.refused(3103, **{**good, **changed})).code == code
    key = (await desk.ask(3103, **good, maxAckKLNum=5)).nextReqKey
    assert (await desk.refused(3103, **{**good, "klType": 3}, nextReqKey=key)).code == "page_key"
    assert (await desk.refused(3103, **{**good, "security": security(APPLE)}, nextReqKey=key)).code == "page_key"
    # Nothing was wrong with the times themselves.
    assert (await desk.ask(3103, **{**good, "beginTime": "2026-01-05 00:00:00.000"})).klList


async def test_history_quota(desk: Desk) -> None:
    assert (await desk.ask(3104)).usedQuota == 0
    fields = {"rehabType": 1, "klType": 2, "beginTime": "2026-01-01", "endTime": "2026-02-01"}
    for label in (TENCENT, APPLE, TENCENT):
        await desk.ask(3103, security=security(label), **fields)
    answer = await desk.ask(3104, bGetDetail=True)
    assert (answer.usedQuota, answer.remainQuota) == (2, 998)
    assert [row.security.code for row in answer.detailList] == ["AAPL", "00700"]
    assert answer.detailList[1].requestTime == "2026-11-20 10:00:00"
    assert not (await desk.ask(3104)).detailList


def test_quota_runs_out_and_comes_back() -> None:
    quota = HistoryQuota(2)
    first, second, third = (parse_security(label) for label in (TENCENT, APPLE, INDEX))
    quota.charge(first, 0.0)
    quota.charge(second, 100.0)
    quota.charge(first, 200.0)
    with pytest.raises(UserFacingError) as caught:
        quota.charge(third, 300.0)
    assert (caught.value.code, caught.value.facts) == ("history_quota", {"used": 2, "total": 2})
    quota.charge(third, QUOTA_SECONDS)
    assert quota.used(float(QUOTA_SECONDS)) == 2


async def test_static_info(desk: Desk) -> None:
    rows = (await desk.ask(3202, securityList=[security(TENCENT), security("US.NOSUCH")])).staticInfoList
    known, unknown = (row.basic for row in rows)
    assert (known.name, known.lotSize, known.secType, known.listTime) == ("TENCENT", 100, 3, "2004-06-16")
    assert not known.delisting
    assert (unknown.security.code, unknown.name, unknown.delisting) == ("NOSUCH", "unknown stock", True)
    stocks = (await desk.ask(3202, market=1, secType=3)).staticInfoList
    everything = (await desk.ask(3202, market=1, secType=0)).staticInfoList
    assert 20 < len(stocks) < len(everything)
    assert {row.basic.secType for row in stocks} == {3}
    assert len({row.basic.id for row in everything}) == len(everything)
    assert {row.basic.secType for row in (await desk.ask(3202, market=31, secType=4)).staticInfoList} == {4}
    assert (await desk.refused(3202, market=81, secType=3)).code == "wrong_market"


async def test_snapshot(desk: Desk) -> None:
    desk.run(60)
    etf = "HK.02800"
    rows = (await desk.ask(3203, securityList=[security(label) for label in (TENCENT, INDEX, etf)])).snapshotList
    stock, index, fund = rows
    assert stock.HasField("equityExData")
    assert stock.equityExData.issuedMarketVal == pytest.approx(stock.basic.curPrice * 9_150_000_000)
    assert stock.equityExData.peRate == pytest.approx(stock.basic.curPrice / 25.2)
    assert index.HasField("indexExData")
    counts = index.indexExData
    assert counts.raiseCount + counts.fallCount + counts.equalCount > 20
    assert not index.basic.HasField("askPrice")
    assert not fund.HasField("equityExData")
    assert fund.trustExData.outstandingUnits == 5_300_000_000
    history = await desk.ask(
        3103, rehabType=1, klType=2, security=security(TENCENT), beginTime="2025-11-20", endTime="2026-11-20"
    )
    assert stock.basic.highest52WeeksPrice == max(bar.highPrice for bar in history.klList)
    assert stock.basic.lowest52WeeksPrice == min(bar.lowPrice for bar in history.klList)
    years = (await desk.ask(3006, rehabType=1, klType=5, security=security(TENCENT), reqNum=100)).klList
    assert stock.basic.highestHistoryPrice == max(bar.highPrice for bar in years)
    assert stock.basic.lowestHistoryPrice == min(bar.lowPrice for bar in years)
    minutes = (await desk.ask(3006, rehabType=1, klType=1, security=security(TENCENT), reqNum=6)).klList
    assert stock.basic.closePrice5Minute == minutes[0].closePrice
    assert stock.basic.volumeRatio > 0


async def test_trading_days(desk: Desk) -> None:
    rows = (await desk.ask(3219, market=1, beginTime="2024-12-20", endTime="2024-12-31")).tradeDateList
    assert [(row.time[8:], row.tradeDateType) for row in rows] == [
        ("20", 0), ("23", 0), ("24", 1), ("27", 0), ("30", 0), ("31", 1),
    ]  # fmt: skip
    by_security = await desk.ask(3219, market=1, beginTime="2026-07-02", endTime="2026-07-03", security=security(APPLE))
    assert [row.time for row in by_security.tradeDateList] == ["2026-07-02"]
    # From the first open day on, every day trades.
    rows = (await desk.ask(3219, market=2, beginTime="2026-11-14", endTime="2026-12-31")).tradeDateList
    assert len(rows) == 47
    assert (await desk.refused(3219, market=1, beginTime="2010-01-01", endTime="2026-01-01")).code == (
        "trading_days_range"
    )
    assert (await desk.refused(3219, market=1, beginTime="2026-01-01", endTime="2027-01-01")).code == (
        "trading_days_range"
    )
    assert (await desk.refused(3219, market=11, beginTime="2026-01-01", endTime="2026-02-01")).code == "wrong_market"


@pytest.mark.parametrize(
    ("market", "begin", "end", "days"),
    [
        (4, "2025-10-06", "2025-10-10", ["09", "10"]),  # the mainland's holiday ends on the 8th
        (5, "2024-12-23", "2024-12-27", ["23", "24", "27"]),  # Hong Kong's Christmas
        (8, "2025-10-17", "2025-10-21", ["17", "21"]),  # Deepavali
        (9, "2025-09-15", "2025-09-17", ["15", "17"]),  # Malaysia Day
        (10, "2025-11-03", "2025-11-05", ["04", "05"]),
    ],
)
async def test_trading_days_of_other_markets(desk: Desk, market: int, begin: str, end: str, days: list[str]) -> None:
    rows = (await desk.ask(3219, market=market, beginTime=begin, endTime=end)).tradeDateList
    assert [row.time[8:] for row in rows] == days
    if market == 5:
        assert [row.tradeDateType for row in rows] == [0, 1, 0]


async def test_market_states(desk: Desk) -> None:
    rows = (await desk.ask(3223, securityList=[security(TENCENT), security(APPLE)])).marketInfoList
    assert [(row.name, row.marketState) for row in rows] == [("TENCENT", 3), ("Apple", 5)]


@pytest.mark.parametrize("proto_id", [3004, 3203, 3223])
async def test_lists_are_limited(desk: Desk, proto_id: int) -> None:
    assert (await desk.refused(proto_id, securityList=[])).code == "empty_list"
    assert (await desk.refused(proto_id, securityList=[security(TENCENT)] * 401)).code == "too_many_items"
    assert (await desk.refused(proto_id, securityList=[security("US.NOSUCH")])).code == "unknown_security"
    assert (await desk.refused(proto_id, securityList=[security("FX.EURUSD")])).code == "unknown_security"


async def test_counts_are_limited(desk: Desk) -> None:
    tencent = security(TENCENT)
    for count, code in ((0, "bad_field"), (-3, "bad_field"), (1001, "too_many_items")):
        assert (await desk.refused(3010, security=tencent, maxRetNum=count)).code == code
        assert (await desk.refused(3006, rehabType=1, klType=1, security=tencent, reqNum=count)).code == code
        assert (await desk.refused(3012, security=tencent, num=count)).code == code
    assert (await desk.refused(3012, security=tencent, num=5, orderBookType=2)).code == "bad_field"
    assert (await desk.refused(3012, security=security(APPLE), num=5, orderBookType=1)).code == "no_odd_lots"


async def test_unserved_protocol(desk: Desk) -> None:
    assert not desk.upstream.serves(3263)
    assert {number for number in range(1000, 4000) if desk.upstream.serves(number)} >= set(STEMS)


async def test_snapshots_of_funds_have_a_block_that_follows_from_the_table_and_the_price(desk: Desk) -> None:
    labels = ("HK.02800", "US.SPY", "US.TLT", "US.GLD", "SH.510300")
    for seconds in (0, 60):
        desk.run(seconds)
        answer = await desk.ask(3203, securityList=[security(label) for label in labels])
        for row in answer.snapshotList:
            fund, price = row.trustExData, row.basic.curPrice
            assert row.HasField("trustExData")
            assert not row.HasField("equityExData")
            assert fund.netAssetValue == pytest.approx(price, rel=0.005)
            assert fund.premium == pytest.approx((price / fund.netAssetValue - 1) * 100)
            assert fund.aum == pytest.approx(fund.netAssetValue * fund.outstandingUnits)
            assert row.basic.turnoverRate == pytest.approx(row.basic.volume / fund.outstandingUnits * 100)
        assert [row.trustExData.assetClass for row in answer.snapshotList] == [1, 1, 2, 3, 1]
        assert answer.snapshotList[3].trustExData.dividendYield == 0
        assert 2 < answer.snapshotList[0].trustExData.dividendYield < 5
    stock = (await desk.ask(3203, securityList=[security(TENCENT)])).snapshotList[0]
    assert not stock.HasField("trustExData")
