"""Corporate actions: factors, adjusted bars that agree with them, and the answers about corporate events."""

from __future__ import annotations

import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api_messages import openapi
from core.api_messages.schema import message_class
from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.upstreams.practice.adjusted_history import adjusted, adjusted_bar, forward_extremes, restate
from core.upstreams.practice.answers import corporate, history
from core.upstreams.practice.bar_periods import Bar
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.corporate_actions import (
    BACKWARD,
    FORWARD,
    ActionTable,
    Adjuster,
    CorporateAction,
    Ratio,
    factors_of,
    load_actions,
)
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).resolve().parents[2] / "resources" / "practice"
TABLE = load_securities(PRACTICE / "securities.csv")
ACTIONS = load_actions(PRACTICE / "corporate_actions.csv")
CALENDARS = load_calendars(PRACTICE / "calendars.json")
MORNING = datetime.datetime(2026, 11, 20, 2, 30, tzinfo=datetime.UTC).timestamp()
PIGS, NVIDIA, TENCENT, WORLD = (parse_security(label) for label in ("SZ.002714", "US.NVDA", "HK.00700", "HK.00017"))


def ordinal(text: str) -> int:
    return datetime.date.fromisoformat(text).toordinal()


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    made = Exchange(TABLE, CALENDARS, 7)
    made.actions = ACTIONS
    made.begin(MORNING)
    return made


def request(name: str, **fields: Any) -> Any:
    made: Any = message_class(name, "Request")()
    made.c2s.SetInParent()
    for field, value in fields.items():
        if isinstance(value, Security):
            target = getattr(made.c2s, field)
            target.market, target.code = value
        elif isinstance(value, list):
            for security in value:
                getattr(made.c2s, field).add(market=security.market, code=security.code)
        else:
            setattr(made.c2s, field, value)
    return made


def klines(exchange: Exchange, security: Security, rehab: int, kline_type: int, begin: str, end: str) -> list[Any]:
    asked = request(
        "Qot_RequestHistoryKL", security=security, rehabType=rehab, klType=kline_type, beginTime=begin, endTime=end
    )
    answer = history.history_klines(exchange, history.HistoryQuota(100), asked)
    return list(openapi.Qot_RequestHistoryKL.Response.FromString(answer).s2c.klList)


def test_the_shipped_table_has_no_problems() -> None:
    assert ACTIONS.problems == ()
    assert len(ACTIONS) > 100
    for security in ACTIONS.securities():
        info = TABLE.get(security)
        assert info is not None
        days = [action.day for action in ACTIONS.of(security)]
        assert days == sorted(set(days))
        for day in days:
            date = datetime.date.fromordinal(day)
            # A share begins to trade without its dividend on a trading day.
            assert CALENDARS[info.group].is_trading_day(date), (security, date)
            assert date > info.listing_date


def test_the_documented_examples() -> None:
    action = CorporateAction(PIGS, 1, dividend=1.461, bonus=Ratio(10, 4))
    factors = factors_of(action, 93.11)
    assert factors.forward_a == pytest.approx(0.71429, abs=1e-5)
    assert factors.forward_b == pytest.approx(-1.04357, abs=1e-5)
    assert 93.11 * factors.forward_a + factors.forward_b == pytest.approx(65.4639719, abs=1e-3)
    factors = factors_of(CorporateAction(PIGS, 1, dividend=0.061, bonus=Ratio(10, 10)), 10.0)
    assert (factors.backward_a, factors.backward_b) == pytest.approx((2, 0.061))
    split = factors_of(CorporateAction(TENCENT, 1, split=Ratio(1, 5)), 0)
    assert (split.forward_a, split.forward_b, split.backward_a) == pytest.approx((0.2, 0, 5))
    assert factors_of(CorporateAction(TENCENT, 1, join=Ratio(50, 1)), 0).forward_a == 50
    rights = factors_of(CorporateAction(TENCENT, 1, allot=Ratio(10, 3), allot_price=5.0), 0)
    assert 10 * rights.forward_a + rights.forward_b == pytest.approx((10 + 0.3 * 5) / 1.3)
    american = factors_of(CorporateAction(NVIDIA, 1, dividend=1.0), 100)
    assert (american.forward_a, american.forward_b) == pytest.approx((0.99, 0))
    assert (american.backward_a, american.backward_b) == pytest.approx((1, 1))


_ACTIONS = st.builds(
    CorporateAction,
    st.sampled_from([TENCENT, PIGS]),
    st.integers(1, 1000),
    dividend=st.floats(0.01, 2),
    special_dividend=st.just(0.0),
    join=st.none(),
    transfer=st.none(),
    allot=st.none(),
    allot_price=st.just(0.0),
    split=st.none() | st.builds(Ratio, st.just(1), st.integers(2, 10)),
    bonus=st.none() | st.builds(Ratio, st.just(10), st.integers(1, 20)),
)


@given(st.lists(_ACTIONS, max_size=6, unique_by=lambda one: one.day), st.integers(0, 1001), st.floats(50, 500))
def test_adjusting_applies_every_event_in_turn(actions: list[CorporateAction], day: int, price: float) -> None:
    events = [factors_of(action, 0) for action in sorted(actions, key=lambda one: one.day)]
    adjuster = Adjuster(events)
    forward = backward = price
    for event in events:
        if event.day > day:
            forward = forward * event.forward_a + event.forward_b
    for event in reversed(events):
        if event.day <= day:
            backward = backward * event.backward_a + event.backward_b
    assert adjuster.price(price, day, FORWARD) == pytest.approx(forward)
    assert adjuster.price(price, day, BACKWARD) == pytest.approx(backward)
    assert adjuster.price(price, day, 0) == price


@pytest.mark.parametrize(
    ("security", "begin", "end"),
    [
        (PIGS, "2021-05-01", "2021-07-01"),
        (NVIDIA, "2024-05-01", "2024-07-15"),
        (WORLD, "2020-06-01", "2020-07-15"),
        (TENCENT, "2014-04-20", "2014-06-20"),
    ],
)
def test_history_is_adjusted_by_the_factors_and_runs_on_smoothly(
    exchange: Exchange, security: Security, begin: str, end: str
) -> None:
    answer = corporate.rehab_factors(exchange, request("Qot_RequestRehab", security=security))
    events = list(openapi.Qot_RequestRehab.Response.FromString(answer).s2c.rehabList)
    assert [event.time for event in events] == sorted(event.time for event in events)
    raw, forward, backward = (klines(exchange, security, rehab, 2, begin, end) for rehab in (0, 1, 2))
    assert len(raw) == len(forward) == len(backward) > 20
    for plain, ahead, back in zip(raw, forward, backward, strict=True):
        price = plain.closePrice
        for event in events:
            if event.time > plain.time[:10]:
                price = price * event.fwdFactorA + event.fwdFactorB
        assert ahead.closePrice == pytest.approx(price)
        price = plain.closePrice
        for event in reversed(events):
            if event.time <= plain.time[:10]:
                price = price * event.bwdFactorA + event.bwdFactorB
        assert back.closePrice == pytest.approx(price)
        assert ahead.turnover == plain.turnover
        assert ahead.volume * ahead.closePrice == pytest.approx(plain.volume * plain.closePrice, rel=0.3)
        assert ahead.lowPrice <= min(ahead.openPrice, ahead.closePrice)
        # These figures belong to the bar as it was traded.
        assert (ahead.pe, ahead.turnoverRate) == (plain.pe, plain.turnoverRate)
    # The share change shows in the raw prices and is gone from the adjusted ones.
    assert max(abs(bar.changeRate) for bar in raw) > 20
    assert max(abs(bar.changeRate) for bar in forward) < 20
    for bars in (raw, forward, backward):
        for earlier, later in pairwise(bars):
            assert later.lastClosePrice == pytest.approx(earlier.closePrice)


def test_longer_bars_are_added_up_from_adjusted_days(exchange: Exchange) -> None:
    days = klines(exchange, NVIDIA, 1, 2, "2024-06-01", "2024-06-30")
    (month,) = klines(exchange, NVIDIA, 1, 4, "2024-06-01", "2024-06-30")
    assert (month.openPrice, month.closePrice) == (days[0].openPrice, days[-1].closePrice)
    assert month.highPrice == max(bar.highPrice for bar in days)
    assert month.lowPrice == min(bar.lowPrice for bar in days)
    assert month.volume == sum(bar.volume for bar in days)
    assert month.lastClosePrice == pytest.approx(days[0].lastClosePrice)
    minutes = klines(exchange, NVIDIA, 1, 9, "2024-06-10", "2024-06-10")
    day = next(bar for bar in days if bar.time.startswith("2024-06-10"))
    assert minutes[0].lastClosePrice == pytest.approx(day.lastClosePrice)
    assert max(bar.highPrice for bar in minutes) == day.highPrice


def test_the_way_back_and_the_way_on_agree(exchange: Exchange) -> None:
    # History does not depend on which part of it was looked at first.
    whole = klines(exchange, NVIDIA, 0, 2, "2024-05-20", "2024-06-20")
    other = Exchange(TABLE, CALENDARS, 7)
    other.actions = ACTIONS
    other.begin(MORNING)
    klines(other, NVIDIA, 0, 2, "2015-01-01", "2015-02-01")
    assert [bar.closePrice for bar in klines(other, NVIDIA, 0, 2, "2024-05-20", "2024-06-20")] == [
        bar.closePrice for bar in whole
    ]


def test_an_ex_date_in_the_simulated_future_takes_effect_when_it_comes() -> None:
    ex_day = ordinal("2026-11-20")
    for now, expected in ((MORNING - 86_400, 0), (MORNING, 1)):
        made = Exchange(TABLE, CALENDARS, 7)
        made.actions = ActionTable([CorporateAction(TENCENT, ex_day, split=Ratio(1, 5))])
        made.begin(now)
        info = made.info(TENCENT)
        adjuster = made.adjuster(info)
        assert adjuster is not None
        assert len(adjuster.events) == expected
        market = made.market(TENCENT)
        made.advance(now + 30)
        day = market.day
        # Quotes count their change from the restated close.
        assert abs(day.last / 10_000 / day.last_close - 1) < 0.15
        if expected:
            assert market.history.close_before(ex_day) == pytest.approx(5 * day.last_close, rel=0.001)
            week = market.current_long_bar(3)
            assert week is not None
            bar, before = adjusted_bar(market.history, adjuster, FORWARD, 3, *week)
            assert bar.high < 0.4 * week[0].high
            assert before < 0.4 * week[1]


def test_extremes_are_adjusted(exchange: Exchange) -> None:
    market = exchange.market(NVIDIA)
    adjuster = exchange.adjuster(market.info)
    begin, end = ordinal("2024-01-02"), ordinal("2024-12-31")
    high, low = forward_extremes(market.history, adjuster, begin, end)
    bars = klines(exchange, NVIDIA, 1, 2, "2024-01-02", "2024-12-31")
    assert high == pytest.approx(max(bar.highPrice for bar in bars))
    assert low == pytest.approx(min(bar.lowPrice for bar in bars))
    assert forward_extremes(market.history, None, begin, end) == market.history.extremes(begin, end)


def test_without_events_nothing_changes(exchange: Exchange) -> None:
    market = exchange.market(TENCENT)
    found = market.history.latest(2, 5)
    assert adjusted(market.history, Adjuster([]), FORWARD, 2, found) == found
    fields: dict[str, Any] = {"pe": 1.0}
    assert restate(fields, market.info, None, Bar(1, 0, 1, 1, 1, 1, 1, 1)) == {"pe": 1.0}


def test_rehab_rows(exchange: Exchange) -> None:
    answer = corporate.rehab_factors(exchange, request("Qot_RequestRehab", security=PIGS))
    rows = {row.time: row for row in openapi.Qot_RequestRehab.Response.FromString(answer).s2c.rehabList}
    row = rows["2021-06-03"]
    assert row.companyActFlag == 4 + 64
    assert (row.bonusBase, row.bonusErt, row.dividend) == (10, 4, 1.461)
    assert not any(row.companyActFlag & 32 for row in rows.values())
    plain = parse_security("HK.02800")
    empty = corporate.rehab_factors(exchange, request("Qot_RequestRehab", security=plain))
    assert not openapi.Qot_RequestRehab.Response.FromString(empty).s2c.rehabList


def test_new_listings(exchange: Exchange) -> None:
    def ask(market: int) -> list[Any]:
        answer = corporate.ipo_list(exchange, request("Qot_GetIpoList", market=market))
        return list(openapi.Qot_GetIpoList.Response.FromString(answer).s2c.ipoList)

    (row,) = ask(1)
    assert row.basic.security.code == "02998"
    assert row.basic.listTime == "2026-11-27"
    assert row.hkExData.ipoPriceMin < row.hkExData.listPrice < row.hkExData.ipoPriceMax
    assert row.hkExData.entrancePrice > row.hkExData.ipoPriceMax * row.hkExData.lotSize
    assert row.hkExData.applyEndTime < row.basic.listTime
    assert ask(11) == ask(21) == []
    with pytest.raises(UserFacingError):
        ask(81)
    with pytest.raises(UserFacingError) as refused:
        exchange.info(parse_security("HK.02998"))
    assert refused.value.code == "pending_listing"


def test_suspension(exchange: Exchange) -> None:
    asked = [parse_security("HK.02997"), TENCENT]
    answer = corporate.suspensions(
        exchange, request("Qot_GetSuspend", securityList=asked, beginTime="2026-02-26", endTime="2026-03-04")
    )
    rows = openapi.Qot_GetSuspend.Response.FromString(answer).s2c.SecuritySuspendList
    assert [[day.time for day in row.suspendList] for row in rows] == [["2026-03-02", "2026-03-03", "2026-03-04"], []]
    market = exchange.market(asked[0])
    assert exchange.is_suspended(market.info)
    before = (market.day.last, market.day.volume)
    exchange.advance(MORNING + 600)
    assert (market.day.last, market.day.volume) == before
    assert market.day.day == ordinal("2026-02-27")
    assert klines(exchange, asked[0], 1, 2, "2026-02-20", "2026-11-20")[-1].time.startswith("2026-02-27")


def test_code_changes_are_an_honest_empty_list(exchange: Exchange) -> None:
    answer = corporate.code_changes(exchange, request("Qot_GetCodeChange", securityList=[TENCENT]))
    assert openapi.Qot_GetCodeChange.Response.FromString(answer).s2c.codeChangeList[:] == []
    with pytest.raises(UserFacingError):
        corporate.code_changes(exchange, request("Qot_GetCodeChange", securityList=[NVIDIA]))


def test_a_bad_line_is_named_and_the_rest_loads(tmp_path: Path) -> None:
    header = "security,ex_date,dividend,special_dividend,split,join,bonus,transfer,allot,allot_price"
    good = "HK.00700,2020-05-15,1.2,,,,,,,"
    bad = [
        "HK.00700,2020-05-15,1.2,,,,,,,",
        "HK.00700,2020-5-16,1.2,,,,,,,",
        "XX.1,2020-05-18,1.2,,,,,,,",
        "HK.00700,2020-05-19,nan,,,,,,,",
        "HK.00700,2020-05-20,,,5,,,,,",
        "HK.00700,2020-05-21,,,0:5,,,,,",
        "HK.00700,2020-05-22,,,,,,,,",
        "HK.00700",
    ]
    path = tmp_path / "actions.csv"
    path.write_text("\n".join([header, good, *bad]), encoding="utf-8")
    table = load_actions(path)
    assert len(table) == 1
    assert [problem.line for problem in table.problems] == list(range(3, 11))
