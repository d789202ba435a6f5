"""Options, futures and warrants as they trade: bars, quotes, pushes, expiry, and what they have to do with spot."""

from __future__ import annotations

import datetime
from math import exp
from pathlib import Path

import pytest

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.topics import Topic
from core.upstreams.practice.answers.realtime import basic_quotes
from core.upstreams.practice.bar_periods import add_up
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.contract_models import FutureModel, OptionModel
from core.upstreams.practice.contracts import FUTURE, WarrantKind
from core.upstreams.practice.derived_market import DerivedMarket
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.option_chains import load_option_classes
from core.upstreams.practice.option_pricing import CALL, PUT
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import SecurityTable, load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
# A Thursday, 10:17:20 in Hong Kong.
NOW = datetime.datetime(2026, 3, 12, 2, 17, 20, tzinfo=datetime.UTC).timestamp()
QUOTE, BOOK, TICKER, ONE_MINUTE, DAY_BAR, WEEK_BAR = 1, 2, 4, 11, 6, 12


@pytest.fixture(scope="module")
def table() -> SecurityTable:
    return load_securities(PRACTICE / "securities.csv")


def make(table: SecurityTable, now: float = NOW, *, always_open: bool = True, seed: int = 7) -> Exchange:
    calendars: dict[MarketGroup, MarketCalendar] = dict(load_calendars(PRACTICE / "calendars.json"))
    if always_open:
        first = datetime.date(2026, 3, 9)
        calendars = {group: AlwaysOpenCalendar(calendar, first) for group, calendar in calendars.items()}
    classes = load_option_classes(PRACTICE / "option_classes.csv")
    exchange = Exchange(table, calendars, seed, option_classes=classes)
    exchange.begin(now)
    return exchange


def near_the_money(exchange: Exchange, owner: str, kind: int, *, expiry_number: int = 1) -> Security:
    security = parse_security(owner)
    option_class = exchange.derivatives.classes_of(security)[0]
    expiry = exchange.derivatives.expiries(option_class)[expiry_number]
    _, spot = exchange.fair_now(exchange.info(security))
    strike = min(exchange.derivatives.strikes(option_class, expiry), key=lambda strike: abs(strike - spot))
    return exchange.derivatives.option(option_class, expiry, kind, strike).contract.security


@pytest.mark.parametrize("owner", ["HK.00700", "US.NVDA", "HK.800000"])
@pytest.mark.parametrize("kind", [CALL, PUT, FUTURE])
def test_bars_of_all_periods_agree(table: SecurityTable, owner: str, kind: int) -> None:
    exchange = make(table)
    if kind == FUTURE:
        market = exchange.market(parse_security("HK.MHIcurrent"))
    else:
        market = exchange.market(near_the_money(exchange, owner, kind))
    history, today = market.history, market.day.day
    days = history.day_bars(today - 10, today - 1)
    assert days
    for day in days:
        minutes = history.day_minutes(day.day, 1)
        together = add_up(minutes)
        assert (together.open, together.high, together.low, together.close) == day[2:6]
        assert together.volume == day.volume
        assert day.low <= min(day.open, day.close) <= max(day.open, day.close) <= day.high
        hours = add_up(history.day_minutes(day.day, 60))
        assert hours[2:7] == together[2:7]
        # Where few options are traded each one weighs; a future's price is straight.
        span = (day.high - day.low) / day.high
        near = 1e-3 if kind == FUTURE else 0.01 + 2 * span / max(1, day.volume) ** 0.5
        assert hours.turnover == pytest.approx(day.turnover, rel=near)
        assert together.turnover == pytest.approx(day.turnover, rel=near)
        for bar in (day, *minutes):
            average = bar.turnover / bar.volume / market.contract_size if bar.volume else bar.low
            assert bar.low <= average * 1.000001
            assert average <= bar.high * 1.000001
            assert bool(bar.turnover) is bool(bar.volume)
    assert history.close_before(days[1].day) == days[0].close


@pytest.mark.parametrize("code", ["HK.HSImain", "HK.HSI2604", "HK.13000"])
def test_live_days_hold_what_was_traded(table: SecurityTable, code: str) -> None:
    exchange = make(table)
    security = parse_security(code)
    if exchange.table.get(security) is None:
        security = exchange.derivatives.warrants()[0].security
    topics = {Topic(security, kind) for kind in (QUOTE, BOOK, TICKER, ONE_MINUTE)}
    exchange.set_wanted(frozenset(topics))
    market = exchange.market(security)
    before, ticks_before = market.day.volume, len(market.ticks)
    pushes = []
    for step in range(1, 241):
        pushes += exchange.advance(NOW + step * 0.5)
    ticks = list(market.ticks)[ticks_before:]
    assert market.day.volume - before == sum(tick.volume for tick in ticks)
    for tick in ticks:
        assert tick.turnover == pytest.approx(tick.price / PRICE_SCALE * tick.volume * market.contract_size)
    assert {push.topic for push in pushes} >= {Topic(security, kind) for kind in (QUOTE, BOOK)}
    bid, ask = market.book.best_bid, market.book.best_ask
    assert bid is not None
    assert ask is not None
    assert bid < ask
    assert isinstance(market, DerivedMarket)
    fair, _ = market.fair_values()
    assert bid / PRICE_SCALE <= fair * 1.01 + 0.002
    assert ask / PRICE_SCALE >= fair * 0.99 - 0.002


def test_quotes_follow_the_underlying_and_keep_parity(table: SecurityTable) -> None:
    exchange = make(table)
    call, put = (near_the_money(exchange, "HK.800000", kind) for kind in (CALL, PUT))
    exchange.set_wanted(frozenset({Topic(call, QUOTE), Topic(put, QUOTE)}))
    for minute in range(1, 20):
        for step in range(30):
            exchange.advance(NOW + minute * 600 + step * 2)
        markets = [exchange.market(security) for security in (call, put)]
        values = []
        for market in markets:
            assert isinstance(market, DerivedMarket)
            bid, ask = market.book.best_bid, market.book.best_ask
            assert bid is not None
            assert ask is not None
            values.append((bid + ask) / 2 / PRICE_SCALE)
        model = exchange.derivatives.model(call)
        assert isinstance(model, OptionModel)
        underlying, contract = model.underlying, model.contract
        day, spot = exchange.fair_now(underlying.info)
        years, *_ = underlying.term(contract.last_day, day)
        parity = spot * exp(-underlying.dividend_yield * years) - contract.strike * exp(-underlying.rate * years)
        assert values[0] - values[1] == pytest.approx(parity, abs=0.002 * spot)


def test_options_have_only_their_periods(table: SecurityTable) -> None:
    exchange = make(table)
    option = near_the_money(exchange, "US.NVDA", CALL)
    exchange.check_topic(Topic(option, DAY_BAR))
    with pytest.raises(UserFacingError) as caught:
        exchange.check_topic(Topic(option, WEEK_BAR))
    assert caught.value.code == "option_period"


def test_nothing_happens_to_contracts_that_nobody_wants(table: SecurityTable) -> None:
    exchange = make(table)
    option = near_the_money(exchange, "HK.00700", CALL)
    market = exchange.market(option)
    at = market.book_changed_at
    exchange.advance(NOW + 30)
    assert market.book_changed_at == at
    assert exchange.market(option) is market
    assert market.book_changed_at > at
    exchange.set_wanted(frozenset({Topic(option, QUOTE)}))
    assert exchange.advance(NOW + 60)
    exchange.set_wanted(frozenset())
    assert not exchange.advance(NOW + 90)


def test_the_same_seed_gives_the_same_contracts(table: SecurityTable) -> None:
    first, second, other = make(table), make(table), make(table, seed=8)
    option = near_the_money(first, "HK.00700", CALL)
    quotes = [exchange.market(option).day.day_bar() for exchange in (first, second)]
    assert quotes[0] == quotes[1]
    assert [one.security for one in first.derivatives.warrants()] == [
        one.security for one in second.derivatives.warrants()
    ]
    assert first.derivatives.warrants() != other.derivatives.warrants()


def test_a_series_stops_at_its_expiry(table: SecurityTable) -> None:
    exchange = make(table, always_open=False)
    security = near_the_money(exchange, "HK.00700", CALL, expiry_number=0)
    model = exchange.derivatives.model(security)
    assert isinstance(model, OptionModel)
    expiry = datetime.date.fromordinal(model.contract.last_day)
    exchange.set_wanted(frozenset({Topic(security, QUOTE)}))
    close = datetime.datetime(expiry.year, expiry.month, expiry.day, 7, 59, 50, tzinfo=datetime.UTC).timestamp()
    exchange.advance(close)
    market = exchange.market(security)
    assert market.day.day == model.contract.last_day
    volume = market.day.volume
    exchange.advance(close + 3 * 86_400)
    assert market.day.day == model.contract.last_day
    assert market.day.volume >= volume
    volume = market.day.volume
    exchange.advance(close + 4 * 86_400)
    assert market.day.volume == volume
    # On its last day it was worth about what exercising it would have given.
    _, spot = exchange.market(security).fair_values()  # type: ignore[attr-defined]
    assert market.day.last / PRICE_SCALE == pytest.approx(max(0.0, spot - model.contract.strike), abs=0.02 * spot)
    # Still known for a while, then not any more.
    assert exchange.info(security).security == security
    exchange.begin(close + 60 * 86_400)
    with pytest.raises(UserFacingError):
        exchange.info(security)


def test_futures_cost_carry_and_meet_the_index_at_the_end(table: SecurityTable) -> None:
    exchange = make(table)
    futures = {one.security.code: one for one in exchange.derivatives.futures("HSI")}
    assert list(futures) == ["HSImain", "HSIcurrent", "HSInext", "HSI2603", "HSI2604", "HSI2606", "HSI2609"]
    info = exchange.info(parse_security("HK.800000"))
    day, spot = exchange.fair_now(info)
    values = []
    for code in ("HSI2603", "HSI2604", "HSI2606", "HSI2609"):
        model = exchange.derivatives.model(parse_security(f"HK.{code}"))
        assert isinstance(model, FutureModel)
        values.append(model.day_price(day)(spot))
        assert model.day_price(model.contract.last_day)(spot) == spot
    assert spot < values[0] < values[1] < values[2] < values[3] < spot * 1.03
    main = exchange.derivatives.model(parse_security("HK.HSImain"))
    assert isinstance(main, FutureModel)
    last = datetime.date(2026, 3, 30).toordinal()
    assert main.month(last - 1)[0] == "HSI2603"
    assert main.month(last)[0] == "HSI2604"
    assert main.month(last + 1)[0] == "HSI2604"
    month, rolling = (exchange.market(parse_security(code)) for code in ("HK.HSI2603", "HK.HSImain"))
    assert month.day.day_bar() == rolling.day.day_bar()
    assert exchange.depth(month) == 10


def test_warrants_are_plausible_and_called_ones_are_gone(table: SecurityTable) -> None:
    exchange = make(table)
    contracts = exchange.derivatives.warrants()
    assert len({one.security for one in contracts}) == len(contracts) > 300
    assert len({one.owner for one in contracts}) == 10
    assert len({one.issuer for one in contracts}) >= 8
    assert {one.kind for one in contracts} == set(WarrantKind)
    today = exchange.today(MarketGroup.HK)
    for contract in contracts:
        assert contract.first_day < today <= contract.last_day < contract.maturity_day
        underlying = exchange.derivatives.underlying(contract.owner)
        assert underlying is not None
        if contract.is_callable:
            below = contract.strike < contract.recovery
            assert below is (contract.kind is WarrantKind.BULL)
            for bar in underlying.path.day_bars(contract.first_day, today - 1):
                assert (bar.low > contract.recovery) if below else (bar.high < contract.recovery)
        assert exchange.info(contract.security).name_en == contract.name_en


def test_basic_quotes_carry_the_block_of_their_kind(table: SecurityTable) -> None:
    exchange = make(table)
    option, future = near_the_money(exchange, "HK.00700", PUT), parse_security("HK.HSImain")
    warrant = exchange.derivatives.warrants()[0].security
    request = openapi.Qot_GetBasicQot.Request()
    for security in (option, future, warrant):
        request.c2s.securityList.add(market=security.market, code=security.code)
    response = openapi.Qot_GetBasicQot.Response.FromString(basic_quotes(exchange, request))
    first, second, third = response.s2c.basicQotList
    assert first.HasField("optionExData")
    assert first.optionExData.IsInitialized()
    assert -1 < first.optionExData.delta < 0 < first.optionExData.gamma
    assert 5 < first.optionExData.impliedVolatility < 120
    assert first.optionExData.contractSizeFloat == 100
    assert second.HasField("futureExData")
    assert second.futureExData.position > 0
    assert third.HasField("warrantExData")
    assert third.warrantExData.premium > -50
