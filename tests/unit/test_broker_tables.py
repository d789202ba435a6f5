"""The broker's tables: what comes with the program is complete, and a wrong line is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.broker_books import ACCOUNTS, APPLE, MOUTAI, RULES, SMALL, TABLES, TENCENT, future, option, units
from hypothesis import given
from hypothesis import strategies as st

from core.model.trading import (
    AccountType,
    Currency,
    SecurityFirm,
    SimulatedAccountType,
    TradingEnvironment,
    TradingMarket,
)
from core.upstreams.practice.broker.account_table import load_accounts, market_of
from core.upstreams.practice.broker.broker_tables import MAXIMUM_FILE_BYTES, BrokerTableError
from core.upstreams.practice.broker.currencies import load_currencies
from core.upstreams.practice.broker.fee_schedule import load_fees
from core.upstreams.practice.broker.instruments import Product
from core.upstreams.practice.broker.margin import Level, load_margins


def test_accounts_are_those_of_the_official_system_and_say_practice() -> None:
    assert len(ACCOUNTS) == 9
    assert all("practice" in account.label.lower() for account in ACCOUNTS)
    for account in ACCOUNTS:
        simulated = account.environment is TradingEnvironment.SIMULATE
        assert (account.firm is SecurityFirm.NONE) is simulated
        assert (account.simulated_type is not SimulatedAccountType.NONE) is simulated
        assert len(account.markets) == 1 if simulated else account.card_number
        assert len(str(account.account_id)) == (7 if simulated else 18)
    universal = next(account for account in ACCOUNTS if len(account.markets) == 3)
    assert universal.markets == (TradingMarket.HK, TradingMarket.US, TradingMarket.HKCC)
    assert universal.account_type is AccountType.MARGIN
    assert universal.opening_cash == units(1_000_000)
    assert [account.disabled for account in ACCOUNTS].count(True) == 1


def test_each_account_trades_what_it_is_for() -> None:
    call = option(TENCENT, "TCH260330C600000", 600)
    us_call = option(APPLE, "AAPL260330C250000", 250)
    instruments = (TENCENT, APPLE, MOUTAI, call, us_call, future("HSI2603"))
    allowed = {
        account.label.split(": ")[1]: [market_of(account, one) is not None for one in instruments]
        for account in ACCOUNTS
    }
    assert allowed == {
        "HK stocks": [True, False, False, False, False, False],
        "US stocks and options": [False, True, False, False, True, False],
        "A shares": [False, False, True, False, False, False],
        "HK options": [False, False, False, True, False, False],
        "HK futures": [False, False, False, False, False, True],
        "Futu HK universal": [True, True, True, True, True, False],
        "Futu HK futures": [False, False, False, False, False, True],
        "moomoo US universal": [False, True, False, False, True, False],
        "Futu HK old HK account": [True, False, False, False, False, False],
    }
    assert market_of(ACCOUNTS[4], future("HSI2603")) is TradingMarket.FUTURES_SIMULATE_HK
    assert market_of(ACCOUNTS[2], MOUTAI) is TradingMarket.CN
    assert market_of(ACCOUNTS[5], MOUTAI) is TradingMarket.HKCC


def test_every_account_has_fees_for_what_it_trades() -> None:
    by_product = {
        Product.HK_STOCK: TENCENT,
        Product.US_STOCK: APPLE,
        Product.A_SHARE: MOUTAI,
        Product.HK_OPTION: option(TENCENT, "TCH260330C600000", 600),
        Product.US_OPTION: option(APPLE, "AAPL260330C250000", 250),
        Product.HK_FUTURE: future("HSI2603"),
    }
    pairs = [(account, one) for account in ACCOUNTS for one in by_product.values() if market_of(account, one)]
    assert len(pairs) == 15
    for account, instrument in pairs:
        assert RULES.fees.plan(account, instrument.product) is not None, (account.label, instrument.product)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("account_id", "x", "account_id 'x' is not a whole number"),
        ("account_id", "9000002", "account 9000002 is listed twice"),
        ("environment", "PAPER", "environment 'PAPER' is none of SIMULATE, REAL"),
        ("label", "HK stocks", "label must say practice"),
        ("firm", "FUTU_HK", "a SIMULATE account has a simulated_type, and not both"),
        ("markets", "", "markets must name at least one market"),
        ("status", "", "status must be ACTIVE or DISABLED"),
        ("opening_cash", "-1", "opening_cash '-1' is not a whole number"),
        ("abilities", "FLY", "abilities has 'FLY'"),
        ("card_number", "123", "card_number must have 16 digits"),
    ],
)
def test_a_wrong_account_is_named(tmp_path: Path, column: str, value: str, told: str) -> None:
    lines = (TABLES / "accounts.csv").read_text(encoding="utf-8").splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("account_id"))
    columns, cells = lines[header].split(","), lines[header + 1].split(",")
    cells[columns.index(column)] = value
    # Behind the good lines, so that a doubled id is seen at the wrong line.
    lines.append(",".join(cells) if column == "account_id" else ",".join(["77", *cells[1:]]))
    path = tmp_path / "accounts.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BrokerTableError, match=f"accounts.csv, line {len(lines)}: ") as error:
        load_accounts(path)
    assert told in str(error.value)


def test_currencies_must_be_complete_and_positive(tmp_path: Path) -> None:
    path = tmp_path / "currencies.csv"
    path.write_text("currency,hkd\nHKD,1\nUSD,7.8\n", encoding="utf-8")
    with pytest.raises(BrokerTableError, match=r"CNH, JPY, SGD, AUD, CAD, MYR missing"):
        load_currencies(path)
    for wrong in ("0", "-1", "nan", "x", "0.0000001"):
        path.write_text(f"currency,hkd\nHKD,1\nUSD,{wrong}\n", encoding="utf-8")
        with pytest.raises(BrokerTableError, match="line 3"):
            load_currencies(path)
    path.write_bytes(b" " * (MAXIMUM_FILE_BYTES + 1))
    with pytest.raises(BrokerTableError, match="larger than"):
        load_currencies(path)


def test_conversion_is_fixed() -> None:
    assert RULES.rates.convert(units(100), Currency.USD, Currency.HKD) == units(780)
    assert RULES.rates.convert(units(780), Currency.HKD, Currency.USD) == units(100)
    assert RULES.rates.convert(1, Currency.HKD, Currency.JPY) == 19
    assert RULES.rates.convert(-units(100), Currency.USD, Currency.HKD) == -units(780)


@given(st.integers(-(10**15), 10**15), st.sampled_from(Currency), st.sampled_from(Currency))
def test_conversion_of_a_debt_is_that_of_the_cash(amount: int, source: Currency, target: Currency) -> None:
    convert = RULES.rates.convert
    assert convert(-amount, source, target) == -convert(amount, source, target)
    there = convert(amount, source, target)
    # What half a unit of the other currency is worth, at most.
    assert abs(convert(there, target, source) - amount) <= convert(1, target, source) // 2 + 1


def test_wrong_fees_and_margins_are_named(tmp_path: Path) -> None:
    path = tmp_path / "fees.toml"
    plan = '[[plan]]\nenvironment = "SIMULATE"\nproducts = ["HK_STOCK"]\nline = [{ title = "C", per = "order" }]\n'
    path.write_text(plan * 2, encoding="utf-8")
    with pytest.raises(BrokerTableError, match="plan 2: SIMULATE NONE HK_STOCK has a plan already"):
        load_fees(path)
    path.write_text(plan.replace('"order"', '"day"'), encoding="utf-8")
    with pytest.raises(BrokerTableError, match="plan 1: 'C' needs"):
        load_fees(path)
    path.write_text(plan.replace("per =", "percnt = 1, per ="), encoding="utf-8")
    with pytest.raises(BrokerTableError, match="plan 1: 'percnt' is none of"):
        load_fees(path)
    path.write_text("[[plan", encoding="utf-8")
    with pytest.raises(BrokerTableError, match=r"fees\.toml"):
        load_fees(path)
    text = (TABLES / "margin.toml").read_text(encoding="utf-8")
    path = tmp_path / "margin.toml"
    path.write_text(text.replace("maintenance = [25, 40]", "maintenance = [95, 40]"), encoding="utf-8")
    with pytest.raises(BrokerTableError, match="class 1: maintenance, call and initial"):
        load_margins(path)
    path.write_text(text.replace("HSI = [110000, 88000]", "HSI = 110000"), encoding="utf-8")
    with pytest.raises(BrokerTableError, match="not a pair"):
        load_margins(path)


def test_margin_ratios_are_percents_and_unlisted_names_are_not_lent_on() -> None:
    ratio = RULES.margins.ratio(TradingEnvironment.REAL, APPLE, 739_000)
    assert ratio is not None
    assert (ratio.initial_long, ratio.initial_short, ratio.maintenance_long, ratio.maintenance_short) == (
        35,
        60,
        25,
        40,
    )
    assert (ratio.alert_long, ratio.call_short, ratio.short_fee) == (33, 53, 0.89)
    assert 333_000 <= ratio.short_pool <= 1_000_000
    assert ratio.short_pool != getattr(RULES.margins.ratio(TradingEnvironment.REAL, APPLE, 739_001), "short_pool", 0)
    small = RULES.margins.ratio(TradingEnvironment.REAL, SMALL, 739_000)
    assert small is not None
    assert (small.long_permitted, small.short_permitted, small.initial_long, small.short_pool) == (False, False, 100, 0)
    assert RULES.margins.ratio(TradingEnvironment.REAL, future("HSI2603"), 739_000) is None
    assert RULES.margins.futures_margin("HSI", Level.CALL) == units(88_000)
