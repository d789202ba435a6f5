"""One market, told in many ways: what answers and pushes say of random securities and dates must agree.

Loops with fixed seeds instead of random ones, so that a failure comes back.
"""

from __future__ import annotations

import datetime
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.security import Security, parse_security
from core.model.topics import SUB_ORDER_BOOK, SUB_QUOTE, SUB_TICKER, Topic
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice
from core.upstreams.practice.securities import ETF, INDEX, STOCK, SecurityInfo

STEMS = {
    3004: "Qot_GetBasicQot", 3006: "Qot_GetKL", 3008: "Qot_GetRT", 3010: "Qot_GetTicker", 3012: "Qot_GetOrderBook",
    3103: "Qot_RequestHistoryKL", 3105: "Qot_RequestRehab", 3203: "Qot_GetSecuritySnapshot",
    3205: "Qot_GetPlateSecurity", 3209: "Qot_GetOptionChain", 3223: "Qot_GetMarketState",
    3224: "Qot_GetOptionExpirationDate", 3432: "Qot_GetHeatMapData",
}  # fmt: skip
RESOURCES = Path(__file__).resolve().parents[2] / "resources"
OPENED = datetime.date(2026, 11, 15).toordinal()
TRADED = [parse_security(label) for label in ("HK.00700", "US.AAPL", "SH.600519", "HK.02800", "SZ.300750")]


class Desk:
    """Asks a practice source whose clock moves only by `run`."""

    def __init__(self, seed: int = 7, *, always_open: bool = True) -> None:
        self.clock = FakeClock()
        self.upstream: PracticeUpstream = build_practice(
            RESOURCES, PracticeClock(self.clock), seed, first_open_day=OPENED if always_open else None
        )
        self.upstream.open(self.clock.now())

    def body(self, proto_id: int, **fields: Any) -> bytes:
        module = getattr(openapi, STEMS[proto_id])
        request = module.Request(c2s=module.C2S(**fields))
        reply = self.upstream.ask(Call(proto_id, 1, request, b"", None, 0.0))  # type: ignore[arg-type]
        if not isinstance(reply, Reply):
            # An answer that computes in pieces: run it to its end here.
            pieces: Any = reply.__await__()
            while True:
                try:
                    next(pieces)
                except StopIteration as end:
                    reply = end.value
                    break
        assert isinstance(reply, Reply)
        return reply.body

    def ask(self, proto_id: int, **fields: Any) -> Any:
        response = getattr(openapi, STEMS[proto_id]).Response.FromString(self.body(proto_id, **fields))
        assert response.retType == 0
        assert response.IsInitialized()
        return response.s2c

    def run(self, seconds: int) -> list[Any]:
        pushes = []
        for _ in range(seconds):
            self.clock.advance(1.0)
            pushes += self.upstream.run_until(self.clock.now())
        return pushes

    def stocks(self, *types: int) -> list[SecurityInfo]:
        exchange = self.upstream._exchange
        return [
            info
            for info in exchange.table
            if info.security_type in (types or (STOCK, ETF))
            and exchange.is_listed(info)
            and not exchange.is_suspended(info)
        ]


def message(security: Security) -> Any:
    return openapi.Qot_Common.Security(market=security.market, code=security.code)


@pytest.fixture(scope="module")
def traded() -> Desk:
    """A market in which some securities traded for a while."""
    desk = Desk()
    desk.upstream.set_subscriptions(
        frozenset(Topic(security, kind) for security in TRADED for kind in (SUB_QUOTE, SUB_TICKER, SUB_ORDER_BOOK))
    )
    desk.run(400)
    return desk


def test_trades_bars_and_snapshot_have_the_same_volume(traded: Desk) -> None:
    for security in TRADED:
        one = message(security)
        snapshot = traded.ask(3203, securityList=[one]).snapshotList[0].basic
        day = traded.ask(3006, rehabType=0, klType=2, security=one, reqNum=1).klList[0]
        minutes = [
            bar
            for bar in traded.ask(3006, rehabType=0, klType=1, security=one, reqNum=1000).klList
            if bar.time[:10] == day.time[:10]
        ]
        line = traded.ask(3008, security=one).rtList
        assert snapshot.volume == day.volume == sum(point.volume for point in line)
        assert snapshot.turnover == pytest.approx(sum(point.turnover for point in line))
        assert snapshot.highPrice == day.highPrice == max(snapshot.highPrice, *(bar.highPrice for bar in minutes))
        ticks = traded.ask(3010, security=one, maxRetNum=1000).tickerList
        # The minutes that lie wholly within the kept trades: their bars are exactly these trades.
        first_minute = ticks[0].time[:16]
        by_minute: dict[str, list[Any]] = {}
        for tick in ticks:
            by_minute.setdefault(tick.time[:16], []).append(tick)
        checked = 0
        for point in line:
            of_minute = by_minute.get(point.time[:16], [])
            if point.time[:16] > first_minute and of_minute:
                assert sum(tick.volume for tick in of_minute) == point.volume
                assert of_minute[-1].price == point.price
                checked += 1
        assert checked >= 3
        whole = {bar.time: bar for bar in minutes}
        for stamp, of_minute in by_minute.items():
            end = datetime.datetime.strptime(stamp, "%Y-%m-%d %H:%M") + datetime.timedelta(minutes=1)  # noqa: DTZ007
            bar = whole.get(end.strftime("%Y-%m-%d %H:%M:%S"))
            if stamp > first_minute and bar is not None:
                prices = [tick.price for tick in of_minute]
                assert (bar.openPrice, bar.highPrice, bar.lowPrice, bar.closePrice) == (
                    prices[0], max(prices), min(prices), prices[-1],
                )  # fmt: skip


def test_best_bid_lies_below_best_ask_at_every_moment() -> None:
    desk = Desk()
    desk.upstream.set_subscriptions(frozenset(Topic(security, SUB_ORDER_BOOK) for security in TRADED))
    books = 0
    for push in desk.run(120):
        if push.proto_id != 3013:
            continue
        content = openapi.Qot_UpdateOrderBook.Response.FromString(push.body).s2c
        bids = [level.price for level in content.orderBookBidList]
        asks = [level.price for level in content.orderBookAskList]
        assert bids == sorted(set(bids), reverse=True)
        assert asks == sorted(set(asks))
        assert not bids or not asks or bids[0] < asks[0]
        assert all(level.volume > 0 for side in (content.orderBookBidList, content.orderBookAskList) for level in side)
        books += 1
    assert books > 200


def test_every_period_of_random_days_adds_up(traded: Desk) -> None:
    dice = random.Random(1)
    stocks = traded.stocks(STOCK, ETF, INDEX)
    for info in dice.sample(stocks, 25):
        one = message(info.security)
        first = max(info.listing_date, datetime.date(2019, 1, 1))
        if first >= datetime.date(2026, 6, 1):
            continue
        begin = first + datetime.timedelta(days=dice.randrange((datetime.date(2026, 10, 1) - first).days))
        end = begin + datetime.timedelta(days=9)
        span = {"beginTime": begin.isoformat(), "endTime": end.isoformat(), "rehabType": 0, "security": one}
        days = traded.ask(3103, klType=2, **span).klList
        for bar in days:
            assert (
                bar.lowPrice
                <= min(bar.openPrice, bar.closePrice)
                <= max(bar.openPrice, bar.closePrice)
                <= bar.highPrice
            )
        for before, bar in pairwise(days):
            assert bar.lastClosePrice == before.closePrice
        if not days:
            continue
        chosen = dice.choice(days)
        date = chosen.time[:10]
        for kline_type in (1, 6, 9):
            bars = traded.ask(3103, klType=kline_type, **{**span, "beginTime": date, "endTime": date}).klList
            assert sum(bar.volume for bar in bars) == chosen.volume, (info.security.label, date, kline_type)
            assert sum(bar.turnover for bar in bars) == pytest.approx(chosen.turnover)
            assert (bars[0].openPrice, bars[-1].closePrice) == (chosen.openPrice, chosen.closePrice)
            assert max(bar.highPrice for bar in bars) == chosen.highPrice
            assert min(bar.lowPrice for bar in bars) == chosen.lowPrice


def test_price_limits_hold_on_the_mainland(traded: Desk) -> None:
    dice = random.Random(2)
    stocks = [info for info in traded.stocks(STOCK) if info.group is MarketGroup.CN]
    for info in dice.sample(stocks, 10):
        year = dice.randrange(2018, 2026)
        if info.listing_date.year >= year:
            continue
        span = {"beginTime": f"{year}-01-01", "endTime": f"{year}-12-31", "rehabType": 0, "klType": 2}
        for bar in traded.ask(3103, security=message(info.security), **span).klList:
            if bar.lastClosePrice:
                assert abs(bar.highPrice / bar.lastClosePrice - 1) <= 0.201
                assert abs(bar.lowPrice / bar.lastClosePrice - 1) <= 0.201


def test_market_states_around_every_boundary() -> None:
    desk = Desk(always_open=False)
    # Eastern and Beijing time of ordinary days, a second before and at each change.
    cases = {
        "HK.00700": [
            ("09:29:59", 2), ("09:30:00", 3), ("11:59:59", 3), ("12:00:00", 4), ("12:59:59", 4), ("13:00:00", 5),
            ("15:59:59", 5), ("16:00:00", 19), ("16:07:59", 19), ("16:08:00", 6), ("09:00:00", 1), ("09:20:00", 2),
        ],
        "SH.600519": [
            ("09:14:59", 0), ("09:15:00", 1), ("09:25:00", 2), ("09:29:59", 2), ("09:30:00", 3), ("11:30:00", 4),
            ("13:00:00", 5), ("14:59:59", 5),
        ],
        "US.AAPL": [
            ("04:00:00", 8), ("09:29:59", 8), ("09:30:00", 5), ("15:59:59", 5), ("16:00:00", 10), ("19:59:59", 10),
        ],
    }  # fmt: skip
    exchange = desk.upstream._exchange
    for label, moments in cases.items():
        info = exchange.info(parse_security(label))
        time = exchange.times[info.group]
        for day in (datetime.date(2026, 11, 18), datetime.date(2026, 7, 15)):
            for text, state in moments:
                seconds = sum(int(part) * factor for part, factor in zip(text.split(":"), (3600, 60, 1), strict=True))
                exchange._now = time.unix(day.toordinal(), seconds // 60) + seconds % 60
                answer = desk.ask(3223, securityList=[message(info.security)])
                assert answer.marketInfoList[0].marketState == state, (label, day, text)


def test_the_same_seed_gives_the_same_day_byte_for_byte() -> None:
    runs = []
    for seed in (11, 11, 12):
        desk = Desk(seed)
        desk.upstream.set_subscriptions(
            frozenset(Topic(security, kind) for security in TRADED for kind in (SUB_QUOTE, SUB_TICKER, SUB_ORDER_BOOK))
        )
        pushes = [push.body for push in desk.run(60)]
        bars = desk.body(
            3103, rehabType=0, klType=1, security=message(TRADED[0]), beginTime="2024-03-01", endTime="2024-03-04"
        )
        runs.append((pushes, bars))
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[2][0]
    assert runs[0][1] != runs[2][1]


def test_plates_are_the_sum_of_their_members(traded: Desk) -> None:
    if not traded.upstream.serves(3205):
        pytest.skip("plates are not served yet")
    rows = traded.ask(3432, market=1, count=200).plateDataList
    dice = random.Random(3)
    for row in dice.sample(list(rows), min(8, len(rows))):
        members = traded.ask(3205, plate=row.plate).staticInfoList
        asked = [member.basic.security for member in members]
        snapshots = [one for one in traded.ask(3203, securityList=asked).snapshotList if not one.basic.isSuspend]
        assert row.turnover == pytest.approx(sum(one.basic.turnover for one in snapshots), rel=0.05)
        assert row.marketVal == pytest.approx(sum(one.equityExData.issuedMarketVal for one in snapshots), rel=0.02)
        assert row.riseCount + row.fallCount + row.equalCount == len(snapshots)
        # The level moves as the members' market value does: in the heat map and in the plate's own snapshot.
        value = sum(one.equityExData.issuedMarketVal for one in snapshots)
        before = sum(one.equityExData.issuedShares * one.basic.lastClosePrice for one in snapshots)
        again = {one.plate.code: one for one in traded.ask(3432, market=1, count=200).plateDataList}[row.plate.code]
        assert again.changeRate == pytest.approx((value / before - 1) * 100)
        assert again.marketVal == pytest.approx(value)
        assert again.volume == sum(one.basic.volume for one in snapshots)
        plate = traded.ask(3203, securityList=[row.plate]).snapshotList[0].basic
        assert plate.curPrice / plate.lastClosePrice == pytest.approx(value / before, abs=1e-4)
        assert plate.turnover == pytest.approx(sum(one.basic.turnover for one in snapshots), rel=0.05)
        assert plate.volume == pytest.approx(sum(one.basic.volume for one in snapshots), rel=0.05)


def test_adjusted_bars_are_factor_times_raw_bars(traded: Desk) -> None:
    if not traded.upstream.serves(3105):
        pytest.skip("adjustment factors are not served yet")
    checked = 0
    for info in traded.stocks(STOCK):
        one = message(info.security)
        events = traded.ask(3105, security=one).rehabList
        recent = [event for event in events if "2020" < event.time[:4] < "2026"]
        if not recent or checked >= 8:
            continue
        checked += 1
        event = recent[len(recent) // 2]
        date = datetime.date.fromisoformat(event.time[:10])
        span = {
            "security": one, "klType": 2, "beginTime": (date - datetime.timedelta(days=12)).isoformat(),
            "endTime": (date + datetime.timedelta(days=12)).isoformat(),
        }  # fmt: skip
        raw, forward, backward = (traded.ask(3103, rehabType=kind, **span).klList for kind in (0, 1, 2))
        assert len(raw) == len(forward) == len(backward) > 5
        for bar, ahead, behind in zip(raw, forward, backward, strict=True):
            price = bar.closePrice
            for one_event in sorted(events, key=lambda one: one.time):
                if one_event.time[:10] > bar.time[:10]:
                    price = price * one_event.fwdFactorA + one_event.fwdFactorB
            assert ahead.closePrice == pytest.approx(price, abs=0.002), (info.security.label, bar.time)
            price = bar.closePrice
            for one_event in sorted(events, key=lambda one: one.time, reverse=True):
                if one_event.time[:10] <= bar.time[:10]:
                    price = price * one_event.bwdFactorA + one_event.bwdFactorB
            assert behind.closePrice == pytest.approx(price, rel=1e-4, abs=0.002), (info.security.label, bar.time)
    assert checked


def test_put_call_parity_through_the_chain_answers(traded: Desk) -> None:
    if not traded.upstream.serves(3209):
        pytest.skip("option chains are not served yet")
    for owner in (parse_security("HK.00700"), parse_security("US.AAPL")):
        one = message(owner)
        expiries = [row for row in traded.ask(3224, owner=one).dateList if 20 <= row.optionExpiryDateDistance <= 100][
            :2
        ]
        assert expiries
        spot = traded.ask(3203, securityList=[one]).snapshotList[0].basic.curPrice
        for expiry in expiries:
            [chain] = traded.ask(3209, owner=one, beginTime=expiry.strikeTime, endTime=expiry.strikeTime).optionChain
            pairs = [pair for pair in chain.option if abs(pair.call.optionExData.strikePrice / spot - 1) < 0.05][:4]
            assert pairs
            for pair in pairs:
                asked = [pair.call.basic.security, pair.put.basic.security]
                call, put = traded.ask(3203, securityList=asked).snapshotList
                strike = pair.call.optionExData.strikePrice
                assert pair.put.optionExData.strikePrice == strike
                # American options at the money: parity holds within rates, dividends, early exercise and the spread.
                forward_gap = call.basic.curPrice - put.basic.curPrice - (spot - strike)
                assert abs(forward_gap) <= 0.03 * spot, (owner.label, expiry.strikeTime, strike)
                assert 0 <= call.optionExData.delta <= 1
                assert -1 <= put.optionExData.delta <= 0
                assert call.optionExData.delta - put.optionExData.delta == pytest.approx(1, abs=0.12)
