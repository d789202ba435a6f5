"""The official SDK trades on practice: locks, orders, pushes, lists, history; and the sample script."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.end_to_end

SAMPLE = Path(__file__).resolve().parents[2] / "resources" / "samples" / "trading.py"


def test_a_day_at_the_trade_desk(start_program: Callable[..., Any], run_sdk: Callable[..., dict[str, Any]]) -> None:
    program = start_program("--lang", "chs")
    program.wait_for("Gatehouse is ready")
    day = run_sdk("trading_tour.py", program.port)
    assert program.stop() == 0
    assert [line for line in program.errors if "Traceback" in line or "bug while" in line] == []

    assert all("Practice" in account["competition_acc_name"] for account in day["accounts"] + day["us_accounts"])
    assert "没有解锁交易，请先解锁交易" in day["locked"]
    assert day["wrong_password"][0] == -1
    assert "交易密码错误" in day["wrong_password"][1]
    assert day["unlock"] == [0, None]
    assert day["unlock_again"][0] == [0, None]  # another firm
    assert day["unlock_again"][1][0] == 0
    assert "已解锁" in day["unlock_again"][1][1]

    for env in ("SIMULATE", "REAL"):
        check_environment(day[env], day["last"])
    assert day["REAL"]["positions"][0]["today_buy_qty"] == 300

    [us] = day["us"]
    assert us["code"] == "US.AAPL"
    assert day["us_pushes"][-1]["dealt_qty"] == 1
    assert {push["trd_market"] for push in day["us_pushes"]} == {"US"}
    assert [deal["code"] for deal in day["us_deals"]] == ["US.AAPL"] * len(day["us_deals"])
    assert day["us_deals"]
    assert {deal["code"] for deal in day["deals_heard"]} == {"HK.00700"}
    assert day["heard_by_the_other"] == []

    assert "数字货币" in day["crypto"]
    assert "不足1手数量的碎股" in day["odd_lot"]
    assert day["lock"] == [0, None]
    assert "没有解锁交易，请先解锁交易" in day["locked_again"]


def check_environment(day: dict[str, Any], last: float) -> None:
    """What both environments have in common."""
    [filled], [resting] = day["filled"], day["resting"]
    for order in (filled, resting):
        # Found by the SDK in the list of orders at once: otherwise there were only ids.
        assert order["code"] == "HK.00700"
        assert order["stock_name"] == "腾讯控股"
        assert order["create_time"]
    assert (filled["qty"], filled["remark"]) == (300, "备注 filled")
    assert resting["order_status"] == "SUBMITTED"
    statuses = [push["order_status"] for push in day["pushes"]]
    assert statuses[0] == "SUBMITTING"
    assert statuses[-1] == "FILLED_ALL"
    assert {push["trd_market"] for push in day["pushes"]} == {"HK"}
    ids = [order["order_id"] for order in day["listed"]]
    assert ids == [filled["order_id"], resting["order_id"]]
    assert day["changed"][0]["order_id"] == resting["order_id"]
    [changed] = day["one"]
    assert (changed["qty"], changed["order_status"]) == (100, "SUBMITTED")
    assert changed["price"] == pytest.approx(last * 0.91, rel=0.01)
    assert day["cancelled"][0]["order_id"] == resting["order_id"]
    assert day["cancel_pushes"][-1]["order_status"] == "CANCELLED_ALL"
    assert isinstance(day["cancelled_again"], str)
    assert [order["order_id"] for order in day["only_filled"]] == [filled["order_id"]]
    deals = day["deals"]
    assert sum(deal["qty"] for deal in deals) == 300
    assert {deal["order_id"] for deal in deals} == {filled["order_id"]}
    paid = sum(deal["qty"] * deal["price"] for deal in deals)
    [fees] = day["fees"]
    assert fees["fee_amount"] == pytest.approx(sum(value for _, value in fees["fee_details"]))
    [position] = day["positions"]
    assert (position["code"], position["qty"], position["position_side"]) == ("HK.00700", 300, "LONG")
    assert position["diluted_cost"] == pytest.approx((paid + fees["fee_amount"]) / 300)
    [funds] = day["funds"]
    assert funds["hk_cash"] == pytest.approx(1_000_000 - paid - fees["fee_amount"])
    assert [order["order_id"] for order in day["history"]] == [resting["order_id"], filled["order_id"]]
    assert [deal["deal_id"] for deal in day["past_deals"]] == [deal["deal_id"] for deal in reversed(deals)]
    assert day["sold_pushes"][-1]["dealt_qty"] == 300
    assert day["flat"] == []


def test_lock_trade_refuses_every_order(
    start_program: Callable[..., Any], sdk_process: Callable[..., subprocess.Popen[str]]
) -> None:
    program = start_program("--lang", "en", "--lock-trade")
    program.wait_for("All trading is locked: every order is refused")
    process = sdk_process(SAMPLE, program.port)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "All trading is locked in this gateway; the request was refused and nothing was sent." in output
    assert program.stop() == 0


def test_the_sample_runs(start_program: Callable[..., Any], sdk_process: Callable[..., subprocess.Popen[str]]) -> None:
    program = start_program("--lang", "en")
    program.wait_for("Gatehouse is ready")
    process = sdk_process(SAMPLE, program.port)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "SUBMITTED" in output
    assert "CANCELLED_ALL" in output
    assert program.stop() == 0
