"""What makes the simulated market believable: together, in waves, deep where it is liquid, and inside its limits."""

from __future__ import annotations

import datetime
import itertools
import statistics
from dataclasses import replace
from math import log
from pathlib import Path

import pytest

from core.api_messages import openapi
from core.model.security import parse_security
from core.upstreams.practice.answers import realtime
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.intraday_shapes import ShapeLibrary
from core.upstreams.practice.liquidity import liquidity_of, turnover_in_dollars
from core.upstreams.practice.market_factor import MarketFactor
from core.upstreams.practice.order_book import OrderBook, Side
from core.upstreams.practice.order_flow import OrderFlow
from core.upstreams.practice.price_limits import PriceLimits
from core.upstreams.practice.price_ticks import PRICE_SCALE, ticks_between
from core.upstreams.practice.reference_path import ReferencePath
from core.upstreams.practice.securities import INDEX, STOCK, SecurityInfo, SecurityTable, load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
TENCENT = parse_security("HK.00700")
MORNING = datetime.datetime(2026, 11, 20, 2, 17, 20, tzinfo=datetime.UTC).timestamp()
TODAY = datetime.date(2026, 11, 20).toordinal()
SEED = 7


@pytest.fixture(scope="module")
def table() -> SecurityTable:
    return load_securities(PRACTICE / "securities.csv")


@pytest.fixture(scope="module")
def calendars() -> dict[MarketGroup, MarketCalendar]:
    return dict(load_calendars(PRACTICE / "calendars.json"))


@pytest.fixture(scope="module")
def library() -> ShapeLibrary:
    return ShapeLibrary(SEED)


def returns(info: SecurityInfo, calendar: MarketCalendar, library: ShapeLibrary, years: int = 5) -> list[float]:
    path = ReferencePath(info, calendar, library, SEED, factor=MarketFactor(SEED))
    bars = path.day_bars(TODAY - 365 * years, TODAY)
    return [log(later.close / bar.close) for bar, later in itertools.pairwise(bars)]


@pytest.mark.parametrize("group", [MarketGroup.HK, MarketGroup.US, MarketGroup.CN])
def test_securities_of_a_market_move_together(table, calendars, library, group: MarketGroup) -> None:
    chosen = [info for info in table if info.group is group and info.security_type == STOCK][:14]
    series = [returns(info, calendars[group], library) for info in chosen]
    series = [values for values in series if len(values) == len(series[0])]
    pairs = [statistics.correlation(one, other) for one, other in itertools.combinations(series, 2)]
    assert statistics.mean(pairs) > 0.2
    assert min(pairs) > -0.1
    indices = [info for info in table if info.group is group and info.security_type == INDEX]
    index = returns(indices[0], calendars[group], library)
    fits = [statistics.correlation(values, index) for values in series if len(values) == len(index)]
    assert statistics.mean(fits) > 0.4


def test_calm_and_nervous_times_last(table, calendars, library) -> None:
    found = []
    for info in [info for info in table if info.group is MarketGroup.HK][:12]:
        squares = [value * value for value in returns(info, calendars[info.group], library, years=8)]
        mean = statistics.mean(squares)
        spread = sum((value - mean) ** 2 for value in squares)
        found.append(sum((one - mean) * (two - mean) for one, two in itertools.pairwise(squares)) / spread)
    assert statistics.mean(found) > 0.05


def test_volatility_is_that_of_the_table_with_jumps_on_top(table, calendars, library) -> None:
    ratios, tails = [], []
    for info in [info for info in table if info.group is MarketGroup.US and info.security_type == STOCK][:12]:
        values = returns(info, calendars[info.group], library)
        ratios.append(statistics.pstdev(values) * 245**0.5 * 100 / info.volatility_percent)
        tails.append(statistics.mean(value**4 for value in values) / statistics.mean(v * v for v in values) ** 2)
    assert statistics.mean(ratios) == pytest.approx(1.0, abs=0.15)
    assert statistics.mean(tails) > 4  # a normal law has 3


def test_the_open_and_the_close_are_busier_than_noon(table, calendars) -> None:
    # Many seeds, since single shapes are uneven.
    weights = [ShapeLibrary(seed).shape(330, number).weights for seed in (1, 2) for number in range(0, 64, 2)]
    minutes = [sum(column) for column in zip(*weights, strict=True)]
    first, noon, last = sum(minutes[:30]), sum(minutes[150:180]), sum(minutes[-30:])
    assert first > last > 1.5 * noon


def test_a_share_limits_bound_the_path(table, calendars, library) -> None:
    checked = free_days = 0
    for info in [info for info in table if info.group is MarketGroup.CN and info.security_type == STOCK]:
        path = ReferencePath(info, calendars[info.group], library, SEED, factor=MarketFactor(SEED))
        limit = PriceLimits(info, calendars[info.group])
        for bar, later in itertools.pairwise(path.day_bars(TODAY - 365 * 8, TODAY)):
            limits = limit.prices(later.day, round(bar.close * PRICE_SCALE))
            if later.day <= limit.free_until:
                assert limits is None
                free_days += 1
                continue
            assert limits is not None
            assert limits[0] <= round(later.low * PRICE_SCALE) <= round(later.high * PRICE_SCALE) <= limits[1]
            checked += 1
    assert checked > 5_000
    assert free_days > 20


@pytest.mark.parametrize(
    ("label", "close", "limits"),
    [
        ("SH.600519", 100_000, (90_000, 110_000)),
        ("SZ.000001", 103_300, (93_000, 113_600)),  # 9.297 and 11.363, rounded
        ("SH.688981", 100_000, (80_000, 120_000)),
        ("SZ.300750", 100_000, (80_000, 120_000)),
        ("SH.605998", 100_000, (95_000, 105_000)),  # special treatment
        ("SH.605998", 200, (100, 300)),
        ("SH.000001", 30_000_000, None),
        ("HK.00700", 100_000, None),
        ("SG.S63", 100_000, None),
        ("SH.600519", 0, None),
    ],
)
def test_limits(table, calendars, label: str, close: int, limits: tuple[int, int] | None) -> None:
    info = table.get(parse_security(label))
    assert info is not None
    assert PriceLimits(info, calendars[info.group]).prices(TODAY, close) == limits


@pytest.mark.parametrize(
    ("label", "last_free"),
    [
        ("SH.688008", "2019-07-26"),  # listed with the STAR Market, 2019-07-22
        ("SH.688041", "2022-08-18"),
        ("SZ.300750", None),  # ChiNext before registration
        ("SH.605997", "2025-11-21"),
    ],
)
def test_the_first_days_of_a_listing_have_no_limits(table, calendars, label: str, last_free: str | None) -> None:
    info = table.get(parse_security(label))
    assert info is not None
    limits = PriceLimits(info, calendars[info.group])
    if last_free is None:
        assert limits.free_until == 0
        return
    last = datetime.date.fromisoformat(last_free)
    assert limits.free_until == last.toordinal()
    assert limits.prices(last.toordinal(), 100_000) is None
    assert limits.prices(last.toordinal() + 1, 100_000) is not None
    # The simulated past uses the freedom: new listings move more.
    path = ReferencePath(info, calendars[info.group], ShapeLibrary(SEED), SEED, factor=MarketFactor(SEED))
    bars = path.day_bars(info.listing_date.toordinal(), last.toordinal() + 60)
    ranges = [(bar.high - bar.low) / bar.open for bar in bars]
    assert statistics.mean(ranges[:5]) > 1.3 * statistics.mean(ranges[5:])


@pytest.mark.parametrize("fair", [1_300_000.0, 700_000.0, 1_099_900.0, 900_100.0])
def test_orders_and_trades_stay_inside_the_limits(table, fair: float) -> None:
    info = table.get(parse_security("SH.600519"))
    assert info is not None
    book = OrderBook()
    flow = OrderFlow(book, info.tick_kind, 100, 4.0, liquidity_of(info))
    flow.set_limits((900_000, 1_100_000))
    flow.begin_minute(3, 500_000)
    flow.fill_book(1_000_000.0)
    trades = 0
    for step in range(3_000):
        # The fair price runs through the limit and stays there.
        target = 1_000_000 + (fair - 1_000_000) * min(1.0, step / 1_000)
        fills = flow.act(target)
        trades += len(fills)
        assert all(900_000 <= fill.price <= 1_100_000 for fill in fills)
        for side in Side:
            worst = book.worst_price(side)
            assert worst is None or 900_000 <= worst <= 1_100_000
        assert book.best_bid is None or book.best_ask is None or book.best_bid < book.best_ask
    assert trades > 50
    assert flow_is_at_the_limit(book, fair)


def flow_is_at_the_limit(book: OrderBook, fair: float) -> bool:
    middle = ((book.best_bid or book.best_ask or 0) + (book.best_ask or book.best_bid or 0)) / 2
    return abs(middle - min(1_100_000, max(900_000, fair))) < 5_000


def make_exchange(table: SecurityTable, calendars: dict[MarketGroup, MarketCalendar]) -> Exchange:
    opened = datetime.date(2026, 11, 15)
    exchange = Exchange(table, {group: AlwaysOpenCalendar(real, opened) for group, real in calendars.items()}, SEED)
    exchange.begin(MORNING)
    return exchange


def test_liquid_names_are_deeper_and_tighter(table, calendars) -> None:
    stocks = [
        info
        for info in table
        if info.security.market == 1 and info.security_type == STOCK and info.suspended_since is None
        and info.listing_date.toordinal() < TODAY
    ]  # fmt: skip
    stocks.sort(key=turnover_in_dollars)
    exchange = make_exchange(table, calendars)

    def measure(info: SecurityInfo) -> tuple[float, float, float]:
        market = exchange.market(info.security)
        depth, spread, orders = 0.0, 0.0, 0
        for step in range(1, 21):
            market.advance(MORNING + step * 2)
            bids, asks = market.book.levels(Side.BUY, 10), market.book.levels(Side.SELL, 10)
            depth += sum(level.price * level.volume for level in bids + asks)
            spread += ticks_between(info.tick_kind, bids[0].price, asks[0].price)
            orders += sum(level.order_count for level in bids + asks)
        return depth, spread, orders

    illiquid, liquid = [measure(info) for info in stocks[:6]], [measure(info) for info in stocks[-6:]]
    assert statistics.mean(row[0] for row in liquid) > 2 * statistics.mean(row[0] for row in illiquid)
    assert statistics.mean(row[1] for row in liquid) <= statistics.mean(row[1] for row in illiquid)
    assert statistics.mean(row[2] for row in liquid) > statistics.mean(row[2] for row in illiquid)


def test_a_suspended_security_stands_still(table, calendars) -> None:
    since = datetime.date(2026, 10, 8)
    info = table.get(TENCENT)
    assert info is not None
    suspended = SecurityTable((replace(info, suspended_since=since),))
    exchange = make_exchange(suspended, calendars)
    market = exchange.market(TENCENT)
    assert market.is_suspended
    assert exchange.next_event is None
    before = (market.day.day, market.day.last, market.day.volume)
    assert before[0] < since.toordinal()
    assert exchange.advance(MORNING + 86_400) == []
    assert (market.day.day, market.day.last, market.day.volume) == before
    assert not market.ticks
    request = openapi.Qot_GetBasicQot.Request()
    request.c2s.securityList.add(market=1, code="00700")
    answer = openapi.Qot_GetBasicQot.Response.FromString(realtime.basic_quotes(exchange, request))
    quote = answer.s2c.basicQotList[0]
    assert (quote.isSuspended, quote.secStatus) == (True, 9)
    assert quote.curPrice == market.day.last / PRICE_SCALE
    assert quote.updateTime < "2026-10-09"


def test_a_suspension_begins_while_the_market_runs(table, calendars) -> None:
    info = table.get(TENCENT)
    assert info is not None
    table = SecurityTable((replace(info, suspended_since=datetime.date(2026, 11, 21)),))
    exchange = make_exchange(table, calendars)
    market = exchange.market(TENCENT)
    midnight = datetime.datetime(2026, 11, 20, 16, 0, tzinfo=datetime.UTC).timestamp()
    exchange.advance(midnight - 60)
    assert not market.is_suspended
    exchange.advance(midnight + 1)
    assert market.is_suspended
    assert max(tick.unix for tick in market.ticks) < midnight
    assert market.book.best_bid is None
