"""The consistency suite on random securities and dates of every market, with the market always open and by its hours.

Loops with fixed seeds instead of random ones, so that a failure comes back.
"""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from itertools import pairwise
from math import exp
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fakes.practice_desk import PracticeDesk, message

from core.api_messages import openapi
from core.model.security import Security, parse_security
from core.model.topics import SUB_ORDER_BOOK, SUB_QUOTE, SUB_RT, SUB_TICKER, Topic
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.contracts import DERIVED_TYPES
from core.upstreams.practice.market import AUCTION
from core.upstreams.practice.securities import ETF, INDEX, STOCK, SecurityInfo

SUB_MINUTE = 11
ASIA_AT_TEN = 1_795_140_000.0  # 2026-11-20 02:00 UTC, a Friday
AMERICA_AT_ELEVEN = 1_795_104_000.0  # 2026-11-19 16:00 UTC
FIRST_DATE, LAST_DATE = datetime.date(2016, 1, 4), datetime.date(2026, 10, 30)
WEEK, MONTH, YEAR, QUARTER = 3, 4, 5, 11


def one_of_each_market(desk: PracticeDesk, dice: random.Random, *types: int) -> list[SecurityInfo]:
    """Give a random security of every market that has one of these types, in the order of the markets."""
    found = []
    for group in MarketGroup:
        candidates = [info for info in desk.trading(*types) if info.group is group]
        if candidates:
            found.append(dice.choice(candidates))
    return found


def contracts(desk: PracticeDesk, dice: random.Random) -> list[Security]:
    """Give a random option of Hong Kong and the United States, a warrant, a callable one and a future."""
    derivatives = desk.exchange.derivatives
    found = []
    for market in (1, 11):
        owner = dice.choice([owner for owner in derivatives.owners() if owner.market == market])
        option_class = dice.choice(derivatives.classes_of(owner))
        expiry = dice.choice(derivatives.expiries(option_class))
        strikes = derivatives.strikes(option_class, expiry)
        strike = strikes[len(strikes) // 2]
        found.append(derivatives.option(option_class, expiry, dice.choice((1, 2)), strike).contract.security)
    warrants = derivatives.warrants()
    for is_callable in (False, True):
        found.append(dice.choice([one for one in warrants if one.is_callable is is_callable]).security)
    found.append(dice.choice(derivatives.futures()).security)
    return found


def exact(row: Any) -> float:
    """Give the volume with its fraction, where there is one."""
    return row.hpVolume if row.HasField("hpVolume") else float(row.volume)


# -- one market, told in many ways


@pytest.mark.parametrize(
    ("seed", "always_open", "now"),
    [(1, True, ASIA_AT_TEN), (2, True, AMERICA_AT_ELEVEN), (3, False, ASIA_AT_TEN), (4, False, AMERICA_AT_ELEVEN)],
)
def test_trades_are_the_bars_the_line_and_the_snapshot(seed: int, always_open: bool, now: float) -> None:
    dice = random.Random(seed)
    desk = PracticeDesk(seed, always_open=always_open, now=now)
    infos = one_of_each_market(desk, dice, STOCK, ETF) + one_of_each_market(desk, dice, INDEX)
    chosen = [info.security for info in infos] + contracts(desk, dice)
    chosen += [info.security for info in desk.trading(12) if info.group is MarketGroup.CRYPTO][:1]
    kinds = (SUB_QUOTE, SUB_TICKER, SUB_ORDER_BOOK, SUB_MINUTE, SUB_RT)
    desk.upstream.set_subscriptions(frozenset(Topic(security, kind) for security in chosen for kind in kinds))
    pushed: dict[Security, list[Any]] = defaultdict(list)
    books = 0
    for push in desk.run(130):
        assert push.topic is not None
        if push.proto_id == 3011:
            content = openapi.Qot_UpdateTicker.Response.FromString(push.body).s2c
            pushed[push.topic.security] += content.tickerList
        elif push.proto_id == 3013:
            books += 1
            content = openapi.Qot_UpdateOrderBook.Response.FromString(push.body).s2c
            asks, bids = content.orderBookAskList, content.orderBookBidList
            assert not asks or not bids or bids[0].price < asks[0].price, push.topic.security.label
    assert books > 60
    traded = 0
    for security in chosen:
        traded += check_one(desk, security, pushed[security])
    assert traded >= 3


def check_one(desk: PracticeDesk, security: Security, pushed: list[Any]) -> bool:
    """Compare all that is said about one security; says whether it traded."""
    one, label = message(security), security.label
    snapshot = desk.ask(3203, securityList=[one]).snapshotList[0].basic
    quote = desk.ask(3004, securityList=[one]).basicQotList[0]
    day = desk.ask(3006, rehabType=0, klType=2, security=one, reqNum=1).klList[0]
    line = desk.ask(3008, security=one).rtList
    assert exact(snapshot) == exact(quote) == exact(day), label
    assert sum(exact(point) for point in line) == pytest.approx(exact(day)), label
    # Of contracts the turnover of the time before somebody looked is estimated bar by bar.
    is_contract = desk.exchange.info(security).security_type in DERIVED_TYPES
    loose = 0.1 if is_contract else 1e-6
    assert sum(point.turnover for point in line) == pytest.approx(day.turnover, rel=loose), label
    assert snapshot.curPrice == quote.curPrice == day.closePrice == line[-1].price, label
    assert (snapshot.openPrice, snapshot.highPrice, snapshot.lowPrice) == (day.openPrice, day.highPrice, day.lowPrice)
    minutes: dict[str, Any] = {}
    for kline_type in (1, 6):
        bars = desk.ask(3006, rehabType=0, klType=kline_type, security=one, reqNum=1000).klList
        # The night before a future's day is part of it, with dates of its own.
        of_day = [bar for bar in bars if bar.time > line[0].time]
        if len(bars) < 1000 or len(of_day) < len(bars):
            assert sum(exact(bar) for bar in of_day) == pytest.approx(exact(day)), label
            assert (of_day[0].openPrice, of_day[-1].closePrice) == (day.openPrice, day.closePrice), label
            assert max(bar.highPrice for bar in of_day) == day.highPrice, label
            assert min(bar.lowPrice for bar in of_day) == day.lowPrice, label
        if kline_type == 1:
            minutes = {bar.time: bar for bar in of_day}
    ticks = desk.ask(3010, security=one, maxRetNum=1000).tickerList
    # Every trade was pushed once and in order.
    assert [tick.sequence for tick in pushed] == sorted({tick.sequence for tick in pushed}), label
    newest = [tick.sequence for tick in ticks][-len(pushed) :] if pushed else []
    assert [tick.sequence for tick in pushed][-len(newest) :] == newest, label
    by_minute: dict[str, list[Any]] = defaultdict(list)
    for tick in ticks:
        # The first and the last minute of a day hold its auctions, which are matched before and after them.
        stamp = tick.time[:16]
        if tick.type == AUCTION:
            stamp = line[0].time[:16] if stamp <= line[0].time[:16] else line[-1].time[:16]
        by_minute[stamp].append(tick)
    whole = list(by_minute.items())[1:] if len(ticks) == 1000 else list(by_minute.items())
    for stamp, of_minute in whole:
        end = datetime.datetime.strptime(stamp, "%Y-%m-%d %H:%M") + datetime.timedelta(minutes=1)  # noqa: DTZ007
        bar = minutes.get(end.strftime("%Y-%m-%d %H:%M:%S"))
        if bar is None:
            continue
        prices = [tick.price for tick in of_minute]
        assert sum(exact(tick) for tick in of_minute) == pytest.approx(exact(bar)), (label, stamp)
        assert (bar.openPrice, bar.highPrice, bar.lowPrice, bar.closePrice) == (
            prices[0], max(prices), min(prices), prices[-1],
        ), (label, stamp)  # fmt: skip
    return bool(ticks)


# -- bars of any date


def test_weeks_months_quarters_and_years_are_their_days() -> None:
    desk = PracticeDesk(5)
    dice = random.Random(5)
    checked = 0
    for info in (*one_of_each_market(desk, dice, STOCK), *one_of_each_market(desk, dice, ETF, INDEX)):
        for kline_type, length in ((WEEK, 7), (MONTH, 31), (QUARTER, 92), (YEAR, 366)):
            first = max(FIRST_DATE, info.listing_date + datetime.timedelta(days=400))
            if first >= LAST_DATE - datetime.timedelta(days=2 * length):
                continue
            begin = first + datetime.timedelta(days=dice.randrange((LAST_DATE - first).days - 2 * length))
            span = {
                "rehabType": 0, "security": message(info.security), "beginTime": begin.isoformat(),
                "endTime": (begin + datetime.timedelta(days=3 * length)).isoformat(),
            }  # fmt: skip
            days = desk.ask(3103, klType=2, **span).klList
            longer = desk.ask(3103, klType=kline_type, **span).klList
            for before, bar in pairwise(longer):
                inside = [one for one in days if before.time < one.time <= bar.time]
                if not inside or inside[-1].time > bar.time or bar.time[:10] > days[-1].time[:10]:
                    continue
                checked += 1
                where = (info.security.label, kline_type, bar.time)
                assert sum(one.volume for one in inside) == bar.volume, where
                assert (inside[0].openPrice, inside[-1].closePrice) == (bar.openPrice, bar.closePrice), where
                assert max(one.highPrice for one in inside) == bar.highPrice, where
                assert min(one.lowPrice for one in inside) == bar.lowPrice, where
                assert bar.lastClosePrice == before.closePrice, where
    assert checked > 60


def test_adjusted_bars_are_factor_times_raw_in_every_market_with_actions() -> None:
    desk = PracticeDesk(6)
    dice = random.Random(6)
    eventful = [
        info
        for info in desk.trading(STOCK, ETF)
        if any(FIRST_DATE.toordinal() < action.day for action in desk.exchange.actions.of(info.security))
    ]
    markets: set[MarketGroup] = set()
    for info in dice.sample(eventful, 14):
        one = message(info.security)
        events = sorted(desk.ask(3105, security=one).rehabList, key=lambda event: event.time)
        recent = [event for event in events if event.time[:10] > FIRST_DATE.isoformat()]
        if not recent:
            continue
        markets.add(info.group)
        date = datetime.date.fromisoformat(dice.choice(recent).time[:10])
        begin, end = ((date + datetime.timedelta(days=days)).isoformat() for days in (-6, 6))
        for kline_type in (2, 9):
            span = {"security": one, "klType": kline_type, "beginTime": begin, "endTime": end}
            raw, forward, backward = (desk.ask(3103, rehabType=kind, **span).klList for kind in (0, 1, 2))
            assert len(raw) == len(forward) == len(backward) > 4
            for bar, ahead, behind in zip(raw, forward, backward, strict=True):
                for field in ("openPrice", "highPrice", "lowPrice", "closePrice"):
                    price = getattr(bar, field)
                    where = (info.security.label, bar.time, field)
                    expected = price
                    for event in events:
                        if event.time[:10] > bar.time[:10]:
                            expected = expected * event.fwdFactorA + event.fwdFactorB
                    assert getattr(ahead, field) == pytest.approx(expected, rel=1e-4, abs=0.002), where
                    expected = price
                    for event in reversed(events):
                        if event.time[:10] <= bar.time[:10]:
                            expected = expected * event.bwdFactorA + event.bwdFactorB
                    assert getattr(behind, field) == pytest.approx(expected, rel=1e-4, abs=0.002), where
    assert {MarketGroup.HK, MarketGroup.US, MarketGroup.CN} <= markets


# -- options


def test_puts_and_calls_of_random_underlyings_keep_parity() -> None:
    desk = PracticeDesk(8)
    dice = random.Random(8)
    derivatives = desk.exchange.derivatives
    owners = [*dice.sample(sorted(derivatives.owners()), 10), parse_security("HK.800000"), parse_security("US..SPX")]
    pairs = 0
    for owner in owners:
        one = message(owner)
        dates = [row for row in desk.ask(3224, owner=one).dateList if row.optionExpiryDateDistance >= 5]
        expiry = dice.choice(dates)
        years = expiry.optionExpiryDateDistance / 365
        [chain] = desk.ask(3209, owner=one, beginTime=expiry.strikeTime, endTime=expiry.strikeTime).optionChain
        both = dice.sample(list(chain.option), min(6, len(chain.option)))
        for pair in both:
            asked = [one, pair.call.basic.security, pair.put.basic.security]
            spot, call, put = desk.ask(3203, securityList=asked).snapshotList
            strike, level = pair.call.optionExData.strikePrice, spot.basic.curPrice
            gap = call.basic.curPrice - put.basic.curPrice
            # Rates and dividends are between 0 and 8 percent a year; the rest is ticks and spread of the last trade.
            low = level * exp(-0.08 * years) - strike
            high = level - strike * exp(-0.08 * years)
            slack = 0.006 * level + 4 * (call.basic.priceSpread + put.basic.priceSpread)
            where = (owner.label, expiry.strikeTime, strike, level, gap)
            assert low - slack <= gap <= high + slack, where
            assert call.optionExData.impliedVolatility == pytest.approx(put.optionExData.impliedVolatility, rel=0.05)
            assert 0 <= call.optionExData.delta <= 1
            assert -1 <= put.optionExData.delta <= 0
            pairs += 1
    assert pairs > 50


# -- states

HK_DAY = ((0, 6), (535, 0), (540, 1), (560, 2), (570, 3), (720, 4), (780, 5), (960, 19), (968, 6))
CN_DAY = ((0, 6), (535, 0), (555, 1), (565, 2), (570, 3), (690, 4), (780, 5), (900, 6))
US_DAY = ((0, 37), (240, 8), (570, 5), (960, 10))
# As documented: a stock, its time zone, and from which minute of a whole trading day each state holds.
STATES = {
    "HK.00700": ("Asia/Hong_Kong", HK_DAY), "SH.600519": ("Asia/Shanghai", CN_DAY),
    "SZ.300750": ("Asia/Shanghai", CN_DAY), "US.AAPL": ("America/New_York", US_DAY),
    "SG.D05": ("Asia/Singapore", ((0, 6), (540, 3), (720, 4), (780, 5), (1020, 6))),
    "JP.7203": ("Asia/Tokyo", ((0, 6), (540, 3), (690, 4), (750, 5), (930, 6))),
    "MY.1155": ("Asia/Kuala_Lumpur", ((0, 6), (540, 3), (750, 4), (870, 5), (1020, 6))),
    "AU.BHP": ("Australia/Sydney", ((0, 6), (600, 3), (720, 5), (960, 6))),
    "CA.RY": ("America/Toronto", ((0, 6), (570, 3), (720, 5), (960, 6))),
}  # fmt: skip
GLOBAL_FIELDS = {"HK.00700": "marketHK", "US.AAPL": "marketUS", "SH.600519": "marketSH", "SZ.300750": "marketSZ",
                 "SG.D05": "marketSG", "JP.7203": "marketJP", "MY.1155": "marketMY"}  # fmt: skip


@pytest.mark.parametrize("label", STATES)
def test_states_around_every_boundary_of_random_days(label: str) -> None:
    desk = PracticeDesk(9, always_open=False)
    zone_name, changes = STATES[label]
    zone, dice = ZoneInfo(zone_name), random.Random(label)
    calendar = desk.exchange.calendars[desk.exchange.info(parse_security(label)).group]

    def state(date: datetime.date, second: int) -> int:
        local = datetime.datetime.combine(date, datetime.time(), zone).replace(
            hour=second // 3600, minute=second // 60 % 60, second=second % 60
        )
        desk.exchange._now = local.timestamp()
        found: int = desk.ask(3223, securityList=[message(label)]).marketInfoList[0].marketState
        if label in GLOBAL_FIELDS:
            assert desk.upstream.global_market_states()[GLOBAL_FIELDS[label]] == found
        return found

    whole = closed = 0
    for _ in range(60):
        date = datetime.date(2026, 11, 19) - datetime.timedelta(days=dice.randrange(300))
        if calendar.is_trading_day(date) and not calendar.day_type(date):
            whole += 1
            for (_, before), (minute, after) in pairwise(changes):
                assert state(date, minute * 60 - 1) == before, (label, date, minute)
                assert state(date, minute * 60) == after, (label, date, minute)
            last = changes[-1][1]
            if label == "US.AAPL":
                assert state(date, 1200 * 60 - 1) == last
                night = 37 if calendar.is_trading_day(date + datetime.timedelta(days=1)) else 11
                assert state(date, 1200 * 60) == state(date, 86_399) == night, date
            else:
                assert state(date, 86_399) == last
        elif not calendar.is_trading_day(date):
            closed += 1
            for second in (0, 35_000, 43_200, 57_600, 71_999):
                assert state(date, second) == (11 if label == "US.AAPL" else 6), (label, date, second)
    assert whole > 20
    assert closed > 8


# -- the same again


@pytest.mark.parametrize("always_open", [True, False])
def test_the_same_seed_and_day_give_the_same_bytes_for_random_securities(always_open: bool) -> None:
    def tell(seed: int) -> list[bytes]:
        dice = random.Random(10)
        desk = PracticeDesk(seed, always_open=always_open)
        infos = one_of_each_market(desk, dice, STOCK, ETF)
        chosen = [info.security for info in infos] + contracts(desk, dice)
        kinds = (SUB_QUOTE, SUB_TICKER, SUB_ORDER_BOOK, SUB_MINUTE, SUB_RT)
        desk.upstream.set_subscriptions(frozenset(Topic(security, kind) for security in chosen for kind in kinds))
        told = [push.body for push in desk.run(20)]
        for security in chosen:
            one = message(security)
            told += [desk.body(3203, securityList=[one]), desk.body(3010, security=one, maxRetNum=500)]
            told.append(desk.body(3012, security=one, num=10))
            begin = datetime.date(2026, 11, 18) - datetime.timedelta(days=dice.randrange(20))
            span = {"beginTime": begin.isoformat(), "endTime": "2026-11-20"}
            told += [desk.body(3103, security=one, rehabType=1, klType=kind, **span) for kind in (1, 2)]
        told.append(desk.body(3223, securityList=[message(security) for security in chosen]))
        told.append(desk.body(3232, security=message("HK.00700")))
        return told

    first, again, other = tell(11), tell(11), tell(12)
    assert first == again
    assert len(first) > 200
    assert first != other


def test_the_past_does_not_depend_on_what_was_asked_before() -> None:
    dice = random.Random(12)
    desk, other = PracticeDesk(13), PracticeDesk(13)
    infos = one_of_each_market(desk, dice, STOCK, INDEX)
    asked = []
    for info in infos:
        for kline_type in (1, 7, 2, 4):
            first = max(FIRST_DATE, info.listing_date + datetime.timedelta(days=10))
            begin = first + datetime.timedelta(days=dice.randrange(max(1, (LAST_DATE - first).days)))
            end = begin + datetime.timedelta(days=4 if kline_type in (1, 7) else 300)
            asked.append((info.security, kline_type, begin.isoformat(), end.isoformat()))

    def told(source: PracticeDesk, order: list[Any]) -> dict[Any, bytes]:
        return {
            one: source.body(
                3103, security=message(one[0]), rehabType=0, klType=one[1], beginTime=one[2], endTime=one[3]
            )
            for one in order
        }

    shuffled = list(asked)
    dice.shuffle(shuffled)
    other.upstream.set_subscriptions(frozenset(Topic(info.security, SUB_QUOTE) for info in infos))
    other.run(5)
    assert told(desk, asked) == told(other, shuffled)
