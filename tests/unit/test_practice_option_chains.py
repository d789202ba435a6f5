"""Option series: expiries by convention, strikes that stay, codes and ids that lead back."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from core.model.security import parse_security
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.option_chains import (
    MONTH,
    WEEK,
    OptionClass,
    OptionClassesError,
    code_of,
    expiries,
    hk_monthly,
    load_option_classes,
    parse_code,
    strikes,
    us_monthly,
)
from core.upstreams.practice.option_pricing import CALL, PUT
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
# 11:00 in New York, 23:00 in Hong Kong.
NOW = datetime.datetime(2026, 3, 12, 15, 0, tzinfo=datetime.UTC).timestamp()
DAY = datetime.date.toordinal


@pytest.fixture(scope="module")
def calendars() -> dict[MarketGroup, MarketCalendar]:
    return dict(load_calendars(PRACTICE / "calendars.json"))


@pytest.fixture(scope="module")
def classes() -> tuple[OptionClass, ...]:
    return load_option_classes(PRACTICE / "option_classes.csv")


@pytest.fixture(scope="module")
def exchange(calendars: dict[MarketGroup, MarketCalendar], classes: tuple[OptionClass, ...]) -> Exchange:
    made = Exchange(load_securities(PRACTICE / "securities.csv"), calendars, 7, option_classes=classes)
    made.begin(NOW)
    return made


def find(classes: tuple[OptionClass, ...], root: str) -> OptionClass:
    return next(option_class for option_class in classes if option_class.root == root)


def test_there_are_enough_underlyings_and_all_are_known(classes: tuple[OptionClass, ...], exchange: Exchange) -> None:
    owners = {option_class.owner for option_class in classes}
    assert sum(not option_class.is_index for option_class in classes) >= 30
    assert {owner.label for owner in owners} >= {"HK.800000", "HK.800100", "HK.00700", "US.NVDA", "US.SPY"}
    assert all(exchange.table.get(owner) is not None for owner in owners)


def test_monthly_expiries_follow_the_exchanges(calendars: dict[MarketGroup, MarketCalendar]) -> None:
    us, hk = calendars[MarketGroup.US], calendars[MarketGroup.HK]
    assert us_monthly(us, 2026, 3) == DAY(datetime.date(2026, 3, 20))
    # 19 June 2026, the third Friday, is a holiday.
    assert us_monthly(us, 2026, 6) == DAY(datetime.date(2026, 6, 18))
    assert hk_monthly(hk, 2026, 3) == DAY(datetime.date(2026, 3, 30))
    assert hk_monthly(hk, 2026, 6) == DAY(datetime.date(2026, 6, 29))


def test_expiries_are_listed_in_order_and_expire_on_trading_days(
    classes: tuple[OptionClass, ...], calendars: dict[MarketGroup, MarketCalendar]
) -> None:
    for root, group in (("TCH", MarketGroup.HK), ("HSI", MarketGroup.HK), ("NVDA", MarketGroup.US)):
        for shift in range(0, 400, 9):
            today = DAY(datetime.date(2026, 1, 5)) + shift
            found = expiries(find(classes, root), calendars[group], today)
            days = [expiry.day for expiry in found]
            assert days == sorted(set(days))
            assert days[0] >= today
            assert all(calendars[group].is_trading_day(datetime.date.fromordinal(day)) for day in days)
            assert {expiry.cycle for expiry in found} == {WEEK, MONTH}
            assert days[0] - today <= 9
            # What is listed today stays listed tomorrow, unless it expires.
            after = {expiry.day for expiry in expiries(find(classes, root), calendars[group], today + 1)}
            assert after >= {day for day in days if day > today}


def test_strikes_never_disappear(classes: tuple[OptionClass, ...], exchange: Exchange) -> None:
    for root in ("TCH", "NVDA", "HSI", ".SPXW"):
        option_class = find(classes, root)
        underlying = exchange.derivatives.underlying(option_class.owner)
        assert underlying is not None
        today = DAY(datetime.date(2026, 3, 12))
        for expiry in expiries(option_class, underlying.calendar, today):
            before: set[float] = set()
            for day in range(max(expiry.created + 1, today - 40), today + 1, 5):
                found = strikes(option_class, underlying, expiry, day)
                assert list(found) == sorted(set(found))
                assert set(found) >= before, (root, expiry, day)
                before = set(found)
            spot = underlying.close_before(today)
            assert min(before) < spot < max(before)
            assert 8 <= len(before) <= 160


def test_codes_are_written_and_read_as_documented(classes: tuple[OptionClass, ...]) -> None:
    day = DAY(datetime.date(2026, 3, 30))
    assert code_of(find(classes, "NVDA"), day, CALL, 160.0) == "NVDA260330C160000"
    assert code_of(find(classes, "TCH"), day, CALL, 450.0) == "TCH260330C450000"
    assert code_of(find(classes, "HSI"), day, CALL, 24_000.0) == "HSI260330C24000000"
    assert code_of(find(classes, ".SPXW"), day, PUT, 6_330.0) == ".SPXW260330P6330000"
    for code in ("NVDA260330C160000", ".SPXW260330C6330000", "HSI260330C24000000"):
        root, read_day, kind, strike = parse_code(code) or ("", 0, 0, 0.0)
        assert code_of(find(classes, root), read_day, kind, strike) == code
    for wrong in ("NVDA", "HSImain", "HSI2606", "00700", "NVDA261330C160000", "NVDA260330C0160000", "NVDA260330X1"):
        assert parse_code(wrong) is None, wrong


def test_every_series_has_an_id_of_its_own_that_leads_back(exchange: Exchange) -> None:
    derivatives = exchange.derivatives
    seen: dict[int, str] = {}
    for owner in ("HK.00700", "US.NVDA", "US..SPX"):
        for option_class in derivatives.classes_of(parse_security(owner)):
            for expiry in derivatives.expiries(option_class)[:3]:
                for strike in derivatives.strikes(option_class, expiry)[::5]:
                    for kind in (CALL, PUT):
                        contract = derivatives.option(option_class, expiry, kind, strike).contract
                        info = exchange.info(contract.security)
                        assert 0 < info.security_id < 2**53
                        assert seen.setdefault(info.security_id, info.security.label) == info.security.label
                        assert exchange.table.by_id(info.security_id) == info
    assert len(seen) > 200


def test_series_that_never_existed_are_unknown(exchange: Exchange) -> None:
    for code in ("HK.TCH260330C451000", "HK.TCH260331C450000", "US.TCH260330C450000", "HK.XYZ260330C450000",
                 "HK.TCH200330C450000", "HK.HSI2613", "HK.HSI1006", "HK.HSIlast"):  # fmt: skip
        assert exchange.table.get(parse_security(code)) is None, code


def test_a_bad_table_of_classes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "classes.csv"
    file.write_text("market,underlying,root\n")
    with pytest.raises(OptionClassesError):
        load_option_classes(file)
    file.write_text("market,underlying,root,kind,size,weekly\nHK,00700,TCH,STOCK,0,1\n")
    with pytest.raises(OptionClassesError):
        load_option_classes(file)
    file.write_text("market,underlying,root,kind,size,weekly\n" + "HK,00700,TCH,STOCK,100,1\n" * 2)
    with pytest.raises(OptionClassesError):
        load_option_classes(file)
