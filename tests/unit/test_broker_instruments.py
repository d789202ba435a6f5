"""The broker's view of what the practice exchange lists: products, multipliers, strikes and underlyings."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from core.model.security import parse_security
from core.model.trading import Currency
from core.upstreams.practice.broker.instruments import Instrument, Product, instrument_of
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.option_chains import load_option_classes
from core.upstreams.practice.option_pricing import CALL, PUT
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
NOW = datetime.datetime(2026, 3, 12, 2, 17, 20, tzinfo=datetime.UTC).timestamp()


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    first = datetime.date(2026, 3, 9)
    calendars: dict[MarketGroup, MarketCalendar] = {
        group: AlwaysOpenCalendar(calendar, first)
        for group, calendar in load_calendars(PRACTICE / "calendars.json").items()
    }
    classes = load_option_classes(PRACTICE / "option_classes.csv")
    made = Exchange(load_securities(PRACTICE / "securities.csv"), calendars, 7, option_classes=classes)
    made.begin(NOW)
    return made


def describe(exchange: Exchange, label: str) -> Instrument:
    security = parse_security(label)
    model = exchange.derivatives.model(security)
    return instrument_of(exchange.info(security), None if model is None else model.contract)


@pytest.mark.parametrize(
    ("label", "product", "currency", "lot"),
    [
        ("HK.00700", Product.HK_STOCK, Currency.HKD, 100),
        ("HK.02800", Product.HK_ETF, Currency.HKD, 500),
        ("US.AAPL", Product.US_STOCK, Currency.USD, 1),
        ("US.SPY", Product.US_STOCK, Currency.USD, 1),
        ("SH.600519", Product.A_SHARE, Currency.CNH, 100),
        ("HK.800000", Product.OTHER, Currency.HKD, 1),
        ("CC.BTCUSD", Product.OTHER, Currency.USD, 1),
    ],
)
def test_securities(exchange: Exchange, label: str, product: Product, currency: Currency, lot: int) -> None:
    found = describe(exchange, label)
    assert (found.product, found.currency, found.lot_size, found.multiplier) == (product, currency, lot, 1)
    assert found.owner == found.security
    assert not found.is_option
    assert not found.is_future


@pytest.mark.parametrize(
    ("owner", "product", "is_index"),
    [
        ("HK.00700", Product.HK_OPTION, False),
        ("HK.800000", Product.HK_INDEX_OPTION, True),
        ("US.NVDA", Product.US_OPTION, False),
        ("US..SPX", Product.US_OPTION, True),
    ],
)
def test_options(exchange: Exchange, owner: str, product: Product, is_index: bool) -> None:
    derivatives = exchange.derivatives
    option_class = derivatives.classes_of(parse_security(owner))[0]
    expiry = derivatives.expiries(option_class)[1]
    strike = derivatives.strikes(option_class, expiry)[0]
    for kind in (CALL, PUT):
        contract = derivatives.option(option_class, expiry, kind, strike).contract
        found = describe(exchange, contract.security.label)
        assert (found.product, found.is_index, found.is_call) == (product, is_index, kind == CALL)
        assert (found.strike, found.last_day) == (round(strike * PRICE_SCALE), contract.last_day)
        assert (found.owner, found.multiplier, found.lot_size) == (parse_security(owner), contract.multiplier, 1)
        assert found.root == option_class.root


def test_futures_and_warrants(exchange: Exchange) -> None:
    found = describe(exchange, "HK.MHI2603")
    assert (found.product, found.root, found.multiplier, found.is_future) == (Product.HK_FUTURE, "MHI", 10, True)
    info = next(info for info in exchange.derivatives.listed((5,)) if info.security.market == 1)
    warrant = describe(exchange, info.security.label)
    assert (warrant.product, warrant.multiplier, warrant.is_option) == (Product.HK_WARRANT, 1, False)
    assert warrant.conversion_ratio > 0
    assert warrant.owner != warrant.security
    assert warrant.lot_size == info.lot_size
