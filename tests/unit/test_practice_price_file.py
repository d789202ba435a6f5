"""Price files are served value for value, and the simulated price goes on from their end."""

from __future__ import annotations

import csv
import datetime
import itertools
from pathlib import Path

import pytest

from core.model.errors import UserFacingError
from core.model.security import US, Security
from core.upstreams.practice.bar_periods import DAY, MINUTES_OF_TYPE, MONTH, WEEK, Bar, add_up, add_up_days
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.imported_bars import ImportedBars
from core.upstreams.practice.price_file import find_security, load_price_file, symbol_of, table_with
from core.upstreams.practice.securities import SecurityTable, load_securities
from core.upstreams.practice.security_history import SecurityHistory

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
NOW = datetime.datetime(2026, 11, 20, 2, 17, 20, tzinfo=datetime.UTC).timestamp()
GOOGLE, EURO = Security(US, "GOOG"), Security(US, "EURUSD")
DAILY = """Date,Open,High,Low,Close,Volume
2013-02-25,802.3,808.41,790.49,790.77,2303900
2013-02-26,795,795.95,784.4,790.13,2202500
2013-02-27,794.8,804.75,791.11,799.78,2026100
2013-03-02,801.1,806.99,801.03,801.2,2265800
2013-03-03,797.8,807.14,796.15,797.8,0
"""


@pytest.fixture(scope="module")
def table() -> SecurityTable:
    return load_securities(PRACTICE / "securities.csv")


def history_of(table: SecurityTable, imported: ImportedBars) -> SecurityHistory:
    exchange = Exchange(table_with(table, [imported]), load_calendars(PRACTICE / "calendars.json"), 7, [imported])
    exchange.begin(NOW)
    return exchange.market(imported.security).history


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(UserFacingError) as caught:
        load_price_file(write(folder, "bad.csv", text), GOOGLE)
    assert caught.value.code == "csv_unreadable"
    assert caught.value.facts["file"] == "bad.csv"
    return str(caught.value.facts["reason"])


def test_a_daily_file_is_served_as_it_is(table: SecurityTable, tmp_path: Path) -> None:
    imported = load_price_file(write(tmp_path, "goog_daily.csv", DAILY), GOOGLE)
    assert (imported.minutes, imported.decimals) == (0, 2)
    history = history_of(table, imported)
    found = history.bars_from(DAY, (1, 0), (datetime.date(2013, 3, 3).toordinal(), 0), 1000)
    # The rows of a Saturday and a Sunday are served like the others.
    assert [(datetime.date.fromordinal(bar.day).isoformat(), *bar[2:7]) for bar in found.bars] == [
        ("2013-02-25", 802.3, 808.41, 790.49, 790.77, 2303900),
        ("2013-02-26", 795.0, 795.95, 784.4, 790.13, 2202500),
        ("2013-02-27", 794.8, 804.75, 791.11, 799.78, 2026100),
        ("2013-03-02", 801.1, 806.99, 801.03, 801.2, 2265800),
        ("2013-03-03", 797.8, 807.14, 796.15, 797.8, 0),
    ]
    assert found.close_before == 0.0
    assert history.first_day == datetime.date(2013, 2, 25).toordinal()


def test_minutes_are_drawn_inside_a_days_bar(table: SecurityTable, tmp_path: Path) -> None:
    imported = load_price_file(write(tmp_path, "goog.csv", DAILY), GOOGLE)
    history = history_of(table, imported)
    for day in imported.bars:
        for period in MINUTES_OF_TYPE.values():
            bars = history.day_minutes(day.day, period)
            assert len(bars) == -(-390 // period)
            assert add_up(bars, minute=0) == day
            for bar in bars:
                assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high


def test_longer_bars_and_the_price_after_the_file(table: SecurityTable, tmp_path: Path) -> None:
    imported = load_price_file(write(tmp_path, "goog.csv", DAILY), GOOGLE)
    history = history_of(table, imported)
    week = history.latest(WEEK, 1000).bars[0]
    assert week[2:7] == (802.3, 808.41, 784.4, 797.8, sum(bar.volume for bar in imported.bars))
    following = history.day_bars(history.first_day, history.last_day)[5:8]
    assert datetime.date.fromordinal(following[0].day) == datetime.date(2013, 3, 4)
    assert following[0].open == pytest.approx(797.8, rel=0.03)
    assert history.close_before(following[0].day) == 797.8
    # Day after day to the present, without a jump.
    days = history.day_bars(history.first_day, history.last_day)
    assert datetime.date.fromordinal(days[-1].day) == datetime.date(2026, 11, 19)
    moves = [abs(later.close / bar.close - 1) for bar, later in itertools.pairwise(days)]
    assert max(moves) < 0.3
    assert add_up_days(MONTH, days) == history.latest(MONTH, 1000).bars


def test_a_file_within_the_day(table: SecurityTable, tmp_path: Path) -> None:
    rows = [",open,high,low,close,volume"]
    begin = datetime.datetime(2017, 4, 19, 9)  # noqa: DTZ001 - local to the exchange
    for hour in range(100):
        price = 1.07 + hour % 7 / 1000
        stamp = begin + datetime.timedelta(hours=hour)
        rows.append(f"{stamp},{price:.5f},{price + 0.00123:.5f},{price - 0.00045:.5f},{price + 0.0002:.5f},{hour + 10}")
    imported = load_price_file(write(tmp_path, "eurusd_hourly.csv", "\n".join(rows)), EURO)
    assert (imported.minutes, imported.decimals) == (60, 5)
    history = history_of(table, imported)
    found = history.bars_from(9, (1, 0), (datetime.date(2017, 4, 30).toordinal(), 0), 1000)
    assert tuple(found.bars[:100]) == imported.bars
    assert (found.bars[0].minute, found.bars[0].open) == (540, 1.07)
    two_hours = history.bars_from(13, (1, 0), (imported.bars[-1].day, 1440), 1000).bars
    assert add_up(two_hours)[2:7] == add_up(imported.bars)[2:7]
    assert history.day_minutes(imported.bars[0].day, 1) == []
    day = history.day_bars(imported.bars[0].day, imported.bars[0].day)[0]
    assert day == add_up(imported.bars[:15], minute=0)


def test_an_unknown_code_becomes_a_simulated_security(table: SecurityTable, tmp_path: Path) -> None:
    imported = load_price_file(write(tmp_path, "eurusd.csv", DAILY), EURO)
    info = table_with(table, [imported]).get(EURO)
    assert info is not None
    assert "simulated" in info.name_en
    assert info.listing_date == datetime.date(2013, 2, 25)
    assert table.get(EURO) is None


def test_rows_of_today_and_later_are_left_to_the_exchange(table: SecurityTable, tmp_path: Path) -> None:
    text = DAILY + "2026-11-18,10,11,9,10,5\n2026-11-19,10,11,9,10.5,5\n2026-12-01,12,12,12,12,5\n"
    history = history_of(table, load_price_file(write(tmp_path, "goog.csv", text), GOOGLE))
    days = history.day_bars(history.first_day, history.last_day + 100)
    # It is the 19th in New York.
    assert [datetime.date.fromordinal(bar.day).day for bar in days[-2:]] == [18, 19]
    assert days[-2].close == 10.0
    assert days[-1].volume != 5


def test_whose_prices_a_file_holds(table: SecurityTable) -> None:
    assert symbol_of(Path("goog_daily_ohlcv_2004_2013.csv")) == "GOOG"
    assert symbol_of(Path("00700.csv")) == "00700"
    assert find_security(Path("goog_daily.csv"), {}, table) == GOOGLE
    assert find_security(Path("00700.csv"), {}, table).label == "HK.00700"
    assert find_security(Path("HK.00700.csv"), {}, table).label == "HK.00700"
    assert find_security(Path("eurusd_hourly.csv"), {"eurusd": EURO}, table) == EURO
    assert find_security(Path("my prices.csv"), {"my prices": EURO}, table) == EURO
    with pytest.raises(UserFacingError) as caught:
        find_security(Path("eurusd_hourly.csv"), {}, table)
    assert caught.value.code == "csv_no_symbol"
    assert caught.value.facts == {"symbol": "EURUSD", "file": "eurusd_hourly.csv"}


def test_other_forms_of_the_same(table: SecurityTable, tmp_path: Path) -> None:
    plain = load_price_file(write(tmp_path, "goog.csv", DAILY), GOOGLE).bars
    lines = DAILY.splitlines()
    reversed_rows = "\r\n".join(["﻿" + lines[0].upper(), *reversed(lines[1:]), "", ""])
    assert load_price_file(write(tmp_path, "a.csv", reversed_rows), GOOGLE).bars == plain
    extra = "\n".join(["n,Adj Close,date,time,close,volume,low,high,open",
                       "1,5,2013/02/25,00:00:00,790.77,2303900.0,790.49,808.41,802.3"])  # fmt: skip
    assert load_price_file(write(tmp_path, "b.csv", extra), GOOGLE).bars == plain[:1]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "line 1"),
        ("date,open,high,low,close\n", "volume"),
        ("open,high,low,close,volume\n1,1,1,1,1\n", "date"),
        ("date,open,high,low,close,volume\n", "no rows"),
        (DAILY + "2013-13-01,1,1,1,1,1\n", "line 7"),
        (DAILY + "2013-03-05,1,1,x,1,1\n", "line 7"),
        (DAILY + "2013-03-05,1,1\n", "line 7"),
        (DAILY + "2013-03-05,5,4,3,4,1\n", "line 7"),
        (DAILY + "2013-03-05,0,0,0,0,1\n", "line 7"),
        (DAILY + "2013-03-05,nan,nan,nan,nan,1\n", "line 7"),
        (DAILY + "2013-03-05,1,inf,1,1,1\n", "line 7"),
        (DAILY + "2013-03-05,1,1,1,1,-1\n", "line 7"),
        (DAILY + "2013-03-05,1,1,1,1,nan\n", "line 7"),
        (DAILY + "2013-03-03,1,1,1,1,1\n", "line 7"),
        (DAILY + "2013-03-01,1,1,1,1,1\n", "line 7"),
    ],
)
def test_bad_files_are_refused_by_line(tmp_path: Path, text: str, part: str) -> None:
    assert part in refusal(tmp_path, text)


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(UserFacingError) as caught:
        load_price_file(tmp_path / "none.csv", GOOGLE)
    assert caught.value.code == "csv_unreadable"
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    with pytest.raises(UserFacingError):
        load_price_file(tmp_path / "binary.csv", GOOGLE)


def test_real_daily_prices_value_for_value(table: SecurityTable, shared: Path) -> None:
    file = shared / "data" / "goog_daily_ohlcv_2004_2013.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    history = history_of(table, load_price_file(file, GOOGLE))
    bars = history.bars_from(DAY, (1, 0), (datetime.date(2013, 3, 1).toordinal(), 1440), 5000).bars
    assert [
        Bar(datetime.date.fromisoformat(row[0]).toordinal(), 0, *map(float, row[1:5]), int(row[5]), 0.0) for row in rows
    ] == bars


def test_real_hourly_prices_value_for_value(table: SecurityTable, shared: Path) -> None:
    file = shared / "data" / "eurusd_hourly_ohlcv_2017_2018.csv"
    imported = load_price_file(file, EURO)
    history = history_of(table, imported)
    last = imported.bars[-1]
    assert tuple(history.bars_from(9, (1, 0), (last.day, last.minute), 10_000).bars) == imported.bars
    assert history.close_before(last.day + 1) == last.close
