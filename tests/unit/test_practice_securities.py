"""The table of securities: the one we ship, and what happens to bad lines."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from core.model.security import HK, SH, SZ, US, Security
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendars import MarketGroup, TradingCalendar
from core.upstreams.practice.price_ticks import PRICE_SCALE, TickKind, round_to_tick
from core.upstreams.practice.securities import (
    AU,
    CA,
    COLUMNS,
    CRYPTO,
    ETF,
    INDEX,
    JP,
    MAXIMUM_PROBLEMS,
    MY,
    REQUIRED_COLUMNS,
    SG,
    STOCK,
    SecuritiesFileError,
    load_securities,
    security_id,
    table_with_own,
)

RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "practice"
TABLE = load_securities(RESOURCES / "securities.csv")
HEADER = ",".join(COLUMNS)
GOOD = {
    "market": "HK",
    "code": "00700",
    "name_en": "TENCENT",
    "name_zh": "腾讯控股",
    "name_zh_hant": "騰訊控股",
    "type": "STOCK",
    "exchange": "HK_MAINBOARD",
    "lot_size": "100",
    "listing_date": "2004-06-16",
    "reference_price": "615",
    "daily_turnover_million": "12500.5",
    "volatility_percent": "30",
    "shares_million": "9150",
    "eps": "-1.5",
    "bvps": "135",
    "dividend_yield_percent": "0.7",
    "industry": "internet",
    "concepts": "ai;cloud",
    "region": "shenzhen",
    "status": "",
}


def line(**changes: str) -> str:
    return ",".join((GOOD | changes).values())


def write(folder: Path, *lines: str) -> Path:
    path = folder / "securities.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_shipped_table_has_no_problems_and_covers_the_markets() -> None:
    assert TABLE.problems == ()
    assert len(TABLE) == len(list(TABLE)) >= 500
    for market, fewest in ((HK, 150), (US, 150), (SH, 50), (SZ, 50)):
        rows = TABLE.by_market(market)
        assert len(rows) >= fewest
        assert {info.security_type for info in rows} == {STOCK, ETF, INDEX}
        assert all(info.security.market == market for info in rows)
    for market in (SG, JP, MY, AU, CA):
        assert len(TABLE.by_market(market)) >= 8
    assert TABLE.by_market(81) == ()


@pytest.mark.parametrize(
    ("market", "codes"),
    [
        (HK, "00700 09988 03690 01810 00005 00388 00941 01299 02318 02800 03033 800000 800100 800700"),
        (US, "AAPL MSFT NVDA GOOG GOOGL AMZN META TSLA AMD NFLX JPM BRK.B SPY QQQ .SPX .IXIC .DJI"),
        (SH, "600519 601318 600036 000001"),
        (SZ, "000858 300750 000333 399001"),
    ],
)
def test_well_known_codes_are_there(market: int, codes: str) -> None:
    assert [code for code in codes.split() if TABLE.get(Security(market, code)) is None] == []


@pytest.mark.parametrize(
    ("code", "lot_size"),
    [("00700", 100), ("00005", 400), ("01810", 200), ("00941", 500), ("01299", 200), ("02318", 500), ("02800", 500)],
)
def test_hong_kong_board_lots(code: str, lot_size: int) -> None:
    info = TABLE.get(Security(HK, code))
    assert info is not None
    assert info.lot_size == lot_size


def test_every_shipped_row_is_plausible() -> None:
    calendars = load_calendars(RESOURCES / "calendars.json")
    for info in TABLE:
        is_index = info.security_type == INDEX
        assert round_to_tick(info.tick_kind, info.reference_price) == info.reference_price
        assert (info.lot_size == 0) is is_index
        assert (info.shares_outstanding == 0) is (is_index or info.security_type == CRYPTO)
        assert info.daily_turnover > 0
        assert 10 <= info.volatility_percent <= 100
        assert info.is_pending or info.listing_date < datetime.date(2026, 1, 1)
        calendar = calendars[info.group]
        if isinstance(calendar, TradingCalendar) and info.listing_date.year >= calendar.first_year:
            assert calendar.is_trading_day(info.listing_date), info.security.label
        if info.shares_outstanding:
            day_turnover = info.daily_turnover / (info.shares_outstanding * info.reference_price / PRICE_SCALE)
            assert day_turnover < 0.2, info.security.label
        if info.security.market in (SH, SZ):
            assert (info.group, info.currency) == (MarketGroup.CN, "CNY")


def test_tick_kinds_follow_market_and_type() -> None:
    expected = {
        Security(HK, "00700"): TickKind.HK_STOCK,
        Security(HK, "02800"): TickKind.HK_ETF,
        Security(HK, "800000"): TickKind.INDEX,
        Security(US, "SPY"): TickKind.US,
        Security(US, ".SPX"): TickKind.INDEX,
        Security(SH, "600519"): TickKind.CN_STOCK,
        Security(SH, "510300"): TickKind.CN_ETF,
    }
    for security, kind in expected.items():
        info = TABLE.get(security)
        assert info is not None
        assert info.tick_kind is kind


def test_ids_are_stable_unique_and_found() -> None:
    # Clients may keep ids; a new version must not change them.
    assert security_id(Security(HK, "00700")) == 1_000_661_627_059
    assert len({info.security_id for info in TABLE}) == len(TABLE)
    for info in TABLE:
        assert 0 < info.security_id < 2**63
        assert TABLE.by_id(info.security_id) is info
    assert TABLE.by_id(1) is None


def test_equal_codes_of_two_markets_are_two_securities() -> None:
    index, bank = TABLE.get(Security(SH, "000001")), TABLE.get(Security(SZ, "000001"))
    assert index is not None
    assert bank is not None
    assert (index.security_type, bank.security_type) == (INDEX, STOCK)
    assert TABLE.get(Security(US, "00700")) is None


def test_a_line_is_read_in_full(tmp_path: Path) -> None:
    table = load_securities(write(tmp_path, "# comment", "", HEADER, line(reference_price="615.13")))
    (info,) = table
    assert info.security == Security(HK, "00700")
    assert (info.name_en, info.name_zh, info.name_zh_hant) == ("TENCENT", "腾讯控股", "騰訊控股")
    assert (info.security_type, info.exchange, info.lot_size) == (3, 1, 100)
    assert info.listing_date == datetime.date(2004, 6, 16)
    assert info.reference_price == 6_150_000  # moved to the nearest tick
    assert info.daily_turnover == 12_500_500_000
    assert info.shares_outstanding == 9_150_000_000
    assert (info.volatility_percent, info.eps, info.bvps, info.dividend_yield_percent) == (30, -1.5, 135, 0.7)
    assert (info.group, info.currency, info.tick_kind) == (MarketGroup.HK, "HKD", TickKind.HK_STOCK)
    assert (info.industry, info.concepts, info.region) == ("internet", ("ai", "cloud"), "shenzhen")
    assert not info.is_pending
    assert not info.is_suspended


def test_own_securities_are_added_and_replace_those_of_the_same_code(tmp_path: Path) -> None:
    own = load_securities(write(tmp_path, HEADER, line(name_en="MINE"), "bad", line(code="09876")))
    assert [problem.line for problem in own.problems] == [3]
    table = table_with_own(TABLE, own)
    assert len(table) == len(TABLE) + 1
    mine, added = table.get(Security(HK, "00700")), table.get(Security(HK, "09876"))
    assert mine is not None
    assert mine.name_en == "MINE"
    assert added is not None
    assert table.by_id(added.security_id) is added


def test_the_last_columns_may_be_left_out(tmp_path: Path) -> None:
    short = ",".join(line().split(",")[: len(REQUIRED_COLUMNS)])
    (info,) = load_securities(write(tmp_path, ",".join(REQUIRED_COLUMNS), short))
    assert (info.industry, info.concepts, info.region) == ("", (), "")


def test_pending_and_suspended_rows(tmp_path: Path) -> None:
    rows = [line(status="PENDING"), line(code="00005", status="SUSPENDED 2026-03-02")]
    new, suspended = load_securities(write(tmp_path, HEADER, *rows))
    assert new.is_pending
    assert suspended.is_suspended
    assert suspended.suspended_since == datetime.date(2026, 3, 2)


def test_the_shipped_table_has_one_pending_and_one_suspended_row_for_practice() -> None:
    assert [info.security.code for info in TABLE if info.is_pending] == ["02998"]
    assert [info.security.code for info in TABLE if info.is_suspended] == ["02997"]
    assert all("simulated" in info.name_en for info in TABLE if info.is_pending or info.is_suspended)


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (line(market="XX"), "market"),
        (line(market="HK_FUTURE"), "market"),
        (line(code=""), "code"),
        (line(code="X" * 17), "code"),
        (line(name_zh="\u200b"), "name_zh"),
        (line(type="BOND"), "type"),
        (line(type="CRYPTO"), "type"),
        (line(market="CC"), "type"),
        (line(market="CC", type="INDEX"), "type"),
        (line(exchange="LSE"), "exchange"),
        (line(lot_size="0"), "lot_size"),
        (line(lot_size="1.5"), "lot_size"),
        (line(listing_date="2004-6"), "listing_date"),
        (line(listing_date="1066-10-14"), "listing_date"),
        (line(reference_price="-1"), "reference_price"),
        (line(reference_price="NaN"), "reference_price"),
        (line(reference_price="1E+9999999"), "reference_price"),
        (line(volatility_percent="0"), "volatility_percent"),
        (line(shares_million="many"), "shares_million"),
        (line(eps="Infinity"), "eps"),
        (line(dividend_yield_percent="101"), "dividend_yield_percent"),
        (line() + ",1", "cells"),
        ("HK,00700", "cells"),
        ('"' + line(), "cells"),
        (line(code="00005"), "twice"),
        (line(name_en="A" * 2000), "longer"),
        (line(status="GONE"), "status"),
        (line(status="SUSPENDED"), "status"),
        (line(status="SUSPENDED 2026-13-01"), "status"),
        (line(status="PENDING 2026-01-02"), "status"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_loads(tmp_path: Path, bad: str, complaint: str) -> None:
    table = load_securities(write(tmp_path, HEADER, line(code="00005"), bad, line(code="00388")))
    assert [info.security.code for info in table] == ["00005", "00388"]
    (problem,) = table.problems
    assert problem.line == 3
    assert complaint in problem.text
    assert len(problem.text) < 1200


def test_the_list_of_problems_is_limited(tmp_path: Path) -> None:
    table = load_securities(write(tmp_path, HEADER, *["bad"] * (MAXIMUM_PROBLEMS + 50), line()))
    assert len(table.problems) == MAXIMUM_PROBLEMS
    assert len(table) == 1


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "securities.csv"
    path.write_bytes(f"{HEADER}\r\n{line()}\r\n".encode("utf-8-sig"))
    table = load_securities(path)
    assert len(table) == 1
    assert table.problems == ()


@pytest.mark.parametrize("lines", [[], ["# only a comment"], [line()], [HEADER + ",more"]])
def test_a_file_without_the_header_is_refused(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(SecuritiesFileError, match="header"):
        load_securities(write(tmp_path, *lines))


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecuritiesFileError, match="cannot be read"):
        load_securities(tmp_path / "absent.csv")
    path = tmp_path / "securities.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SecuritiesFileError, match="UTF-8"):
        load_securities(path)
