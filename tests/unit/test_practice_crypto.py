"""Crypto pairs of the practice exchange: around the clock, in fractions of a coin."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_clock import FakeClock

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.security import Security
from core.model.topics import SUB_ORDER_BOOK, SUB_QUOTE, SUB_RT, SUB_TICKER, Topic
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice
from core.upstreams.practice.price_file import load_price_file
from core.upstreams.practice.securities import CC, COIN_PARTS, CRYPTO, INDEX, load_securities

STEMS = {
    3004: "Qot_GetBasicQot", 3006: "Qot_GetKL", 3008: "Qot_GetRT", 3010: "Qot_GetTicker", 3012: "Qot_GetOrderBook",
    3103: "Qot_RequestHistoryKL", 3202: "Qot_GetStaticInfo", 3203: "Qot_GetSecuritySnapshot",
    3223: "Qot_GetMarketState",
}  # fmt: skip
PAIRS = ("BTCUSD", "ETHUSD", "SOLUSD", "XRPUSD", "DOGEUSD", "LTCUSD")
BITCOIN, DOGECOIN = Security(CC, "BTCUSD"), Security(CC, "DOGEUSD")
ONE_DAY, ONE_MINUTE = 2, 1  # KLType


class Sink:
    """Swallows the news."""

    def on_pushes(self, pushes: Any) -> None:
        """Nothing to do."""

    def congested(self) -> bool:
        """Never."""
        return False

    def on_status_changed(self) -> None:
        """Nothing to do."""

    def on_notice(self, *_: Any) -> None:
        """Nothing to do."""


class Desk:
    """Asks a practice upstream that keeps exchange hours; its clock moves when told."""

    def __init__(self, upstream: PracticeUpstream, clock: FakeClock) -> None:
        self.upstream, self.clock = upstream, clock

    async def ask(self, proto_id: int, **fields: Any) -> Any:
        module = getattr(openapi, STEMS[proto_id])
        reply = self.upstream.ask(Call(proto_id, 1, module.Request(c2s=module.C2S(**fields)), b"", None, 0.0))  # type: ignore[arg-type]
        if not isinstance(reply, Reply):
            reply = await reply
        response = module.Response.FromString(reply.body)
        assert response.retType == 0
        assert response.IsInitialized()
        return response.s2c

    def run(self, seconds: int) -> list[Any]:
        pushes = []
        for _ in range(seconds):
            self.clock.advance(1.0)
            pushes += self.upstream.run_until(self.clock.now())
        return pushes


def message(security: Security) -> Any:
    return openapi.Qot_Common.Security(market=security.market, code=security.code)


@pytest.fixture
async def desk(resources: Path) -> Any:
    clock = FakeClock()
    # A Saturday, when no stock exchange is open.
    now = datetime.datetime(2026, 11, 21, 9, 30, tzinfo=datetime.UTC).timestamp()
    clock.advance(now - clock.now())
    upstream = build_practice(resources, PracticeClock(clock), 7, first_open_day=None)
    await upstream.start(Sink())
    yield Desk(upstream, clock)
    await upstream.stop()


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9)


async def test_the_pairs_are_listed_as_crypto(desk: Desk) -> None:
    rows = (await desk.ask(3202, market=CC, secType=CRYPTO)).staticInfoList
    assert [row.basic.security.code for row in rows] == list(PAIRS)
    for row in rows:
        assert (row.basic.secType, row.basic.exchType, row.basic.lotSize) == (12, 19, 1)


async def test_trading_goes_on_when_every_exchange_is_closed(desk: Desk) -> None:
    states = await desk.ask(3223, securityList=[message(BITCOIN), message(Security(11, "AAPL"))])
    assert states.marketInfoList[0].marketState == 3
    assert states.marketInfoList[1].marketState != 3
    before = (await desk.ask(3004, securityList=[message(BITCOIN)])).basicQotList[0]
    desk.run(90)
    after = (await desk.ask(3004, securityList=[message(BITCOIN)])).basicQotList[0]
    assert after.hpVolume > before.hpVolume
    assert after.updateTime.startswith("2026-11-21 09:31")


@pytest.mark.parametrize("pair", [BITCOIN, DOGECOIN])
async def test_everything_about_today_agrees(desk: Desk, pair: Security) -> None:
    await desk.ask(3004, securityList=[message(pair)])
    desk.run(150)
    quote = (await desk.ask(3004, securityList=[message(pair)])).basicQotList[0]
    snapshot = (await desk.ask(3203, securityList=[message(pair)])).snapshotList[0].basic
    day = (await desk.ask(3006, rehabType=1, klType=ONE_DAY, security=message(pair), reqNum=1)).klList[0]
    points = (await desk.ask(3008, security=message(pair))).rtList
    for other in (snapshot, day):
        assert other.hpVolume == quote.hpVolume
        assert other.turnover == near(quote.turnover)
    assert sum(point.hpVolume for point in points) == near(quote.hpVolume)
    for one in (quote, snapshot, day, *points):
        assert one.volume == round(one.hpVolume)
        # Turnover is money for whole coins.
        if one.hpVolume:
            low, high = (one.price * 0.97, one.price * 1.03) if hasattr(one, "price") else (one.lowPrice, one.highPrice)
            assert low * 0.999 <= one.turnover / one.hpVolume <= high * 1.001
    assert snapshot.avgPrice == near(snapshot.turnover / snapshot.hpVolume)
    assert quote.turnoverRate == 0


async def test_trades_and_minutes_are_fractions_that_add_up(desk: Desk) -> None:
    await desk.ask(3004, securityList=[message(BITCOIN)])
    desk.run(180)
    trades = (await desk.ask(3010, security=message(BITCOIN), maxRetNum=1000)).tickerList
    bars = (await desk.ask(3006, rehabType=1, klType=ONE_MINUTE, security=message(BITCOIN), reqNum=4)).klList
    assert any(trade.hpVolume % 1 for trade in trades)
    assert all(trade.turnover == near(trade.price * trade.hpVolume) for trade in trades)
    # Labels are the ends of minutes.
    minute = [trade for trade in trades if trade.time[:16] == "2026-11-21 09:31"]
    (bar,) = [bar for bar in bars if bar.time[:16] == "2026-11-21 09:32"]
    assert bar.hpVolume == near(sum(trade.hpVolume for trade in minute))
    assert (bar.openPrice, bar.closePrice) == (minute[0].price, minute[-1].price)


@pytest.mark.parametrize("depth", [1, 5, 10, 20, 40])
async def test_the_order_book_is_as_deep_as_asked_for(desk: Desk, depth: int) -> None:
    await desk.ask(3004, securityList=[message(BITCOIN)])
    desk.run(20)
    book = await desk.ask(3012, security=message(BITCOIN), num=depth)
    snapshot = (await desk.ask(3203, securityList=[message(BITCOIN)])).snapshotList[0].basic
    asks, bids = book.orderBookAskList, book.orderBookBidList
    # A level that was just taken is filled up with the next event.
    assert depth - 3 < len(asks) <= depth
    assert depth - 3 < len(bids) <= depth
    assert bids[0].price < asks[0].price
    for level in (*asks, *bids):
        assert level.hpVolume > 0
        assert level.volume == round(level.hpVolume)
        assert level.hpVolume * COIN_PARTS == pytest.approx(round(level.hpVolume * COIN_PARTS))
    assert (snapshot.hpAskVol, snapshot.hpBidVol) == (asks[0].hpVolume, bids[0].hpVolume)


async def test_whole_coins_where_a_lot_is_a_coin(desk: Desk) -> None:
    book = await desk.ask(3012, security=message(DOGECOIN), num=10)
    assert all(level.hpVolume == level.volume for level in book.orderBookAskList)


async def test_history_has_every_day_and_agrees_with_its_hours(desk: Desk) -> None:
    fields = {"rehabType": 0, "security": message(BITCOIN), "beginTime": "2026-11-09", "endTime": "2026-11-15"}
    days = (await desk.ask(3103, klType=ONE_DAY, **fields)).klList
    assert [bar.time[:10] for bar in days] == [f"2026-11-{day:02}" for day in range(9, 16)]
    hours = (await desk.ask(3103, klType=9, **fields)).klList
    assert len(hours) == 7 * 24
    for day in days:
        own = [bar for bar in hours if bar.time[:10] == day.time[:10]]
        assert sum(bar.hpVolume for bar in own) == near(day.hpVolume)
        assert sum(bar.turnover for bar in own) == near(day.turnover)
        assert (max(bar.highPrice for bar in own), min(bar.lowPrice for bar in own)) == (day.highPrice, day.lowPrice)
        assert day.lowPrice <= day.turnover / day.hpVolume <= day.highPrice


async def test_fields_left_out_leave_out_the_exact_volume_too(desk: Desk) -> None:
    fields = {"rehabType": 0, "security": message(BITCOIN), "beginTime": "2026-11-09", "endTime": "2026-11-15"}
    bars = (await desk.ask(3103, klType=ONE_DAY, needKLFieldsFlag=8, **fields)).klList
    assert not any(bar.HasField("volume") or bar.HasField("hpVolume") for bar in bars)


async def test_shares_have_no_exact_volumes(desk: Desk) -> None:
    apple = message(Security(11, "AAPL"))
    assert not (await desk.ask(3004, securityList=[apple])).basicQotList[0].HasField("hpVolume")
    assert not (await desk.ask(3203, securityList=[apple])).snapshotList[0].basic.HasField("hpVolume")


async def test_pushes_carry_exact_volumes(desk: Desk) -> None:
    kinds = (SUB_QUOTE, SUB_TICKER, SUB_ORDER_BOOK, SUB_RT)
    desk.upstream.set_subscriptions(frozenset(Topic(BITCOIN, kind) for kind in kinds))
    pushes = desk.run(30)
    by_type = {push.topic.sub_type: push.body for push in pushes}
    assert by_type.keys() == set(kinds)
    assert openapi.Qot_UpdateBasicQot.Response.FromString(by_type[SUB_QUOTE]).s2c.basicQotList[0].hpVolume > 0
    assert openapi.Qot_UpdateTicker.Response.FromString(by_type[SUB_TICKER]).s2c.tickerList[0].hpVolume > 0
    assert openapi.Qot_UpdateRT.Response.FromString(by_type[SUB_RT]).s2c.rtList[0].HasField("hpVolume")
    book = openapi.Qot_UpdateOrderBook.Response.FromString(by_type[SUB_ORDER_BOOK]).s2c
    assert len(book.orderBookBidList) > 30
    assert book.orderBookBidList[0].hpVolume > 0


def test_a_price_file_of_a_pair_keeps_fractions_of_coins(tmp_path: Path, resources: Path) -> None:
    path = tmp_path / "CC.BTCUSD.csv"
    path.write_text("date,open,high,low,close,volume\n2026-01-03,90000,91000,89000,90500,1.25\n", encoding="utf-8")
    assert load_price_file(path, BITCOIN).bars[0].volume == 1.25 * COIN_PARTS
    assert load_price_file(path, Security(11, "AAPL")).bars[0].volume == 1
    pair = load_securities(resources / "practice" / "securities.csv").get(BITCOIN)
    assert pair is not None
    assert (pair.volume_parts, pair.currency) == (COIN_PARTS, "USD")


async def test_coin_indices_follow_their_pairs(desk: Desk) -> None:
    rows = (await desk.ask(3202, market=CC, secType=INDEX)).staticInfoList
    assert [row.basic.security.code for row in rows] == [pair.removesuffix("USD") for pair in PAIRS]
    assert (rows[0].basic.name, rows[0].basic.lotSize, rows[0].basic.exchType) == ("Bitcoin Index", 0, 19)
    index = rows[0].basic.security
    asked = [message(BITCOIN), index]
    topics = [Topic(security, kind) for security in (BITCOIN, Security(CC, "BTC")) for kind in (SUB_QUOTE, SUB_RT)]
    desk.upstream.set_subscriptions(frozenset(topics))
    levels = set()
    for _ in range(60):
        desk.run(2)
        pair, level = (await desk.ask(3004, securityList=asked)).basicQotList
        # The index looks every two seconds.
        assert level.curPrice == near(pair.curPrice) or abs(level.curPrice / pair.curPrice - 1) < 1e-3
        levels.add(level.curPrice)
    assert len(levels) > 10
    market = desk.upstream._exchange.market(Security(CC, "BTC"))
    desk.upstream.run_until(market.next_event)
    pair, level = (await desk.ask(3004, securityList=asked)).basicQotList
    assert level.curPrice == pair.curPrice
    assert level.hpVolume == near(pair.hpVolume)
    span = {"rehabType": 0, "klType": ONE_DAY, "beginTime": "2026-10-01", "endTime": "2026-11-19"}
    of_pair, of_index = [(await desk.ask(3103, security=one, **span)).klList for one in asked]
    assert list(of_pair) == list(of_index)
    # Nobody trades an index.
    assert not (await desk.ask(3012, security=index, num=10)).orderBookAskList
    assert not (await desk.ask(3010, security=index, maxRetNum=10)).tickerList
