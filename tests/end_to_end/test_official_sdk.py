"""The official SDK, unmodified and in its own process, against the started program."""

from __future__ import annotations

import csv
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

pytestmark = pytest.mark.end_to_end
CODES = {"HK.00700", "US.AAPL"}


@pytest.fixture
def tour(start_program: Callable[..., Any], run_sdk: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    program = start_program()
    program.wait_for("Gatehouse is ready")
    result = run_sdk("quotes_tour.py", program.port)
    assert program.stop() == 0
    assert program.errors == []
    return result


def test_tour_of_the_walking_gateway(tour: dict[str, Any]) -> None:
    state = tour["global_state"]
    assert state["qot_logined"]
    assert state["program_status_type"] == "READY"
    assert state["market_hk"] in ("MORNING", "AFTERNOON")
    assert "simulated" in tour["user_info"]["nick_name"]

    assert "Basic" in tour["quote_before_subscribing"]["error"]
    assert tour["subscribe"][0] == 0, tour["subscribe"]
    assert {row["code"] for row in tour["quote"]} == CODES
    assert len(tour["cur_kline"]) == 10
    assert tour["ticker"]
    assert tour["rt"]
    assert len(tour["order_book"]["Bid"]) == 10
    assert tour["order_book"]["Bid"][0][0] < tour["order_book"]["Ask"][0][0]
    assert tour["subscription"]["total_used"] == 10
    assert "1 minute" in tour["unsubscribe_early"]["error"]

    snapshot = {row["code"]: row for row in tour["snapshot"]}
    assert snapshot.keys() == CODES
    assert all(0 < row["low_price"] <= row["last_price"] <= row["high_price"] for row in snapshot.values())
    assert snapshot["HK.00700"]["lot_size"] == 100
    assert {"HK.00700", "HK.00005"} <= {row["code"] for row in tour["basicinfo"]}
    assert [row["delisting"] for row in tour["basicinfo_codes"]] == [False, True]
    assert {"time": "2025-01-28", "trade_date_type": "WHOLE"} not in tour["trading_days"]  # lunar new year's eve
    assert {"time": "2025-01-28", "trade_date_type": "MORNING"} in tour["trading_days"]
    assert "2025-01-29" not in {row["time"] for row in tour["trading_days"]}
    assert {row["market_state"] for row in tour["market_state"]} <= {"MORNING", "AFTERNOON"}
    assert "Unknown stock HK.99999" in tour["unknown_snapshot"]["error"]
    assert "400" in tour["too_many"]["error"]
    assert "Qot_GetCompanyProfile" in tour["unserved"]["error"]

    pages = tour["history_pages"]
    assert [len(page) for page in pages[:-1]] == [100] * (len(pages) - 1)
    assert len(pages) == 3
    joined = [bar for page in pages for bar in page]
    assert joined == tour["history_at_once"]
    assert len(joined) == 252  # trading days of 2024 in New York
    assert [bar["time_key"] for bar in joined] == sorted(bar["time_key"] for bar in joined)

    [day], minutes = tour["day_bar"], tour["minute_bars"]
    assert len(minutes) == 330
    assert minutes[0]["time_key"].endswith("09:31:00")
    assert minutes[-1]["time_key"].endswith("16:00:00")
    assert day["open"] == minutes[0]["open"]
    assert day["close"] == minutes[-1]["close"]
    assert day["high"] == max(bar["high"] for bar in minutes)
    assert day["low"] == min(bar["low"] for bar in minutes)
    assert day["volume"] == sum(bar["volume"] for bar in minutes)

    heard = tour["heard"]
    assert heard.keys() == {"quote", "ticker", "order_book", "kline", "rt"}
    for kind, by_code in heard.items():
        assert by_code.keys() == CODES, kind
        assert all(len(rows) >= 3 for rows in by_code.values()), kind
    for rows in heard["ticker"].values():
        sequence = [int(row["sequence"]) for row in rows]
        assert sequence == sorted(set(sequence))
    for rows in heard["order_book"].values():
        assert all(row["bid"][0][0] < row["ask"][0][0] for row in rows if row["bid"] and row["ask"])


def test_imported_prices_come_back_value_for_value(
    start_program: Callable[..., Any], run_sdk: Callable[..., dict[str, Any]], shared: Path
) -> None:
    file = shared / "data" / "goog_daily_ohlcv_2004_2013.csv"
    program = start_program("--practice-data", str(file), "--practice-symbol", "goog=US.GOOG")
    result = run_sdk("history_rows.py", program.port, "US.GOOG", "2004-08-19", "2013-03-01")
    with file.open(newline="") as lines:
        expected = [
            (f"{row['']} 00:00:00", *(float(row[name]) for name in ("Open", "High", "Low", "Close", "Volume")))
            for row in csv.DictReader(lines)
        ]
    served = [
        (row["time_key"], *(float(row[name]) for name in ("open", "high", "low", "close", "volume")))
        for row in result["rows"]
    ]
    assert served == expected
    [snapshot] = result["snapshot"]
    assert snapshot["code"] == "US.GOOG"


def test_client_that_came_too_early_and_gateway_that_went_away(
    start_program: Callable[..., Any], sdk_process: Callable[..., subprocess.Popen[str]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = sdk_process("survivor.py", port)
    lines: list[str] = []
    news = threading.Condition()

    def read() -> None:
        assert client.stdout is not None
        for line in client.stdout:
            with news:
                lines.append(line.strip())
                news.notify_all()

    threading.Thread(target=read, daemon=True).start()

    def wait_for(condition: Callable[[], bool]) -> None:
        with news:
            assert news.wait_for(condition, 40), lines[-20:]

    wait_for(lambda: any("Connect fail" in line or "ECONNREFUSED" in line or "refused" in line for line in lines))
    first = start_program(port=port)
    wait_for(lambda: "STATE 0" in lines and "SUBSCRIBED 0" in lines and "HEARD HK.00700" in lines)
    assert first.stop() == 0
    with news:
        before = lines.count("HEARD HK.00700")
    second = start_program(port=port)
    second.wait_for("Gatehouse is ready")
    wait_for(lambda: lines.count("HEARD HK.00700") > before)
    assert client.stdin is not None
    client.stdin.write("\n")
    client.stdin.flush()
    wait_for(lambda: lines.count("STATE 0") == 2)
    assert client.wait(20) == 0


@pytest.mark.parametrize(("encrypted", "body_format"), [(True, "protobuf"), (False, "json"), (True, "json")])
def test_encryption_and_json(
    start_program: Callable[..., Any],
    run_sdk: Callable[..., dict[str, Any]],
    tmp_path: Path,
    encrypted: bool,
    body_format: str,
) -> None:
    key_file = tmp_path / "key.pem"
    key_file.write_bytes(
        rsa.generate_private_key(public_exponent=65537, key_size=1024).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    program = start_program(*(["--rsa-private-key", str(key_file)] if encrypted else []))
    result = run_sdk("encrypted.py", program.port, key_file if encrypted else "-", body_format)
    assert result["state"] == 0
    assert result["subscribe"][0] == 0
    assert result["heard"]
    assert result["bars"] > 15
