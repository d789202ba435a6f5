"""Every trade method of the official SDK in both environments; with GATEHOUSE_WRITE_COVERAGE=1 writes the page too."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.api_messages.protocol_catalogue import PROTOCOLS

pytestmark = pytest.mark.end_to_end

PAGE = Path(__file__).resolve().parents[2] / "resources" / "docs" / "coverage-trading.md"
NOTE = (
    "<!-- Made by GATEHOUSE_WRITE_COVERAGE=1 python -m pytest tests/end_to_end/test_coverage_trading.py; "
    "change the program instead. -->"
)
Row = dict[str, Any]
Key = tuple[str, str, str]

COMBOS = ("place_combo_order", "comboorder_tradinginfo_query")
STRICT_REFUSALS = {
    "deal_list_query": "Simulated trade does not support deal list",
    "history_deal_list_query": "Simulated trade does not support deal list",
    "order_fee_query": "Simulated trade is not supported",
    "get_acc_cash_flow": "Paper trading does not support requesting cash flow data.",
}
"""What clients' own test suites look for; other refusals of strict paper mode have texts of ours."""


@pytest.fixture
def cover(start_program: Callable[..., Any], run_sdk: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def run(*arguments: str) -> dict[str, Any]:
        program = start_program("--unlimited", "--lang", "en", *arguments)
        program.wait_for("Gatehouse is ready")
        result = run_sdk("coverage_trading.py", program.port, seconds=200)
        assert program.stop() == 0
        assert [line for line in program.errors if "Traceback" in line or "bug while" in line] == []
        return result

    return run


def test_every_trade_method_is_answered_or_refused_with_a_reason(cover: Callable[..., dict[str, Any]]) -> None:
    coverage = cover()
    assert coverage["missing"] == [], "methods of the SDK that the script does not call"
    assert coverage["gone"] == [], "methods that the SDK does not have any more"
    rows = by_key(coverage["rows"])
    for (context, _, method), row in rows.items():
        if context == "crypto":
            # There are no crypto accounts: the SDK itself says so, or has no simulated crypto at all.
            assert row["result"] == "local" or method == "get_acc_list", row
        elif context == "futures" and method in COMBOS:
            assert row["result"] == "refused", row
        else:
            assert row["result"] == "ok", row
        if row["result"] == "refused":
            assert len(row["reason"]) > 10, row
            assert "Internal error" not in row["reason"], row
    strict = by_key(cover("--strict-paper")["rows"])
    for (context, env, method), row in strict.items():
        if context != "crypto" and env == "SIMULATE" and method in STRICT_REFUSALS:
            assert (row["result"], row["reason"]) == ("refused", STRICT_REFUSALS[method]), row
        elif env == "REAL":
            assert row["result"] == rows[context, env, method]["result"], row
    if os.environ.get("GATEHOUSE_WRITE_COVERAGE"):
        PAGE.write_text(page(rows, strict), encoding="utf-8")
    written = PAGE.read_text(encoding="utf-8")
    assert [method for _, _, method in rows if f"| {method} |" not in written] == []


def by_key(rows: list[Row]) -> dict[Key, Row]:
    return {(row["context"], row["env"], row["method"]): row for row in rows}


def page(rows: dict[Key, Row], strict: dict[Key, Row]) -> str:
    """The page: one line a method, a column for each context and environment."""
    methods = sorted({method for _, _, method in rows})
    columns = [("securities", "SIMULATE"), ("securities", "REAL"), ("futures", "SIMULATE"), ("futures", "REAL")]
    lines = [
        "# Trade methods of the official Python SDK on practice",
        "",
        NOTE,
        "",
        f"All {len(methods)} public trade methods (futu-api 10.11.7108) of `OpenSecTradeContext` and "
        "`OpenFutureTradeContext` in both environments. REAL means the practice-real accounts: real in form only, no "
        "money moves. Methods without an environment stand in the REAL columns.",
        "",
        "| Method | Protocol | Securities SIMULATE | Securities REAL | Futures SIMULATE | Futures REAL |",
        "|---|---|---|---|---|---|",
    ]
    for method in methods:
        found = [rows.get((context, env, method)) for context, env in columns]
        own = next(row["protocols"] for row in found if row)
        shown = [number for number in own if number not in (2001, 2008)] or [2001]
        protocols = ", ".join(f"{number} {PROTOCOLS[number].name}" for number in shown)
        cells = ["" if row is None else row["result"] for row in found]
        lines.append(f"| {method} | {protocols} | {' | '.join(cells)} |")
    lines += ["", "## Refusals", "", "| Method | Context | Reason |", "|---|---|---|"]
    lines += [
        f"| {method} | {context} {env} | {clean(row)} |"
        for (context, env, method), row in sorted(rows.items())
        if row["result"] == "refused"
    ]
    lines += [
        "",
        "`OpenCryptoTradeContext` finds no account: practice has none for crypto yet, and the SDK refuses every method "
        "by itself (`No available real accounts with CRYPTO market authority`).",
        "",
        "## Refused besides with --strict-paper",
        "",
        "| Method | Context | Reason |",
        "|---|---|---|",
    ]
    lines += [
        f"| {method} | {context} {env} | {clean(row)} |"
        for (context, env, method), row in sorted(strict.items())
        if row["result"] == "refused" and rows[context, env, method]["result"] == "ok"
    ]
    return "\n".join(lines) + "\n"


def clean(row: Row) -> str:
    """The reason without the contract of the day."""
    reason = re.sub(r"HK\.[A-Z]+\d{6}[CP]\d+", "an option", str(row["reason"]))
    return reason.replace("|", "\\|").replace("\n", " ")
