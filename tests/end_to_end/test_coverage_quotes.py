"""Every quote method of the official SDK against practice; with GATEHOUSE_WRITE_COVERAGE=1 writes the page too."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.api_messages.protocol_catalogue import PROTOCOLS

pytestmark = pytest.mark.end_to_end

PAGE = Path(__file__).resolve().parents[2] / "resources" / "docs" / "coverage-quotes.md"
LEAST_OK = 80
"""Methods that must be answered; raised with every method that practice learns."""

EXTENDED_HOURS = ("get_us_pre_market_rank", "get_us_after_hours_rank", "get_us_overnight_rank")
"""Methods about hours that only a market with opening times has: asked once more with the exchanges' hours."""

NOTE = (
    "<!-- Made by GATEHOUSE_WRITE_COVERAGE=1 python -m pytest tests/end_to_end/test_coverage_quotes.py; "
    "change the program instead. -->"
)


@pytest.fixture
def coverage(start_program: Callable[..., Any], run_sdk: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    program = start_program("--unlimited", "--lang", "en")
    program.wait_for("Gatehouse is ready")
    result = run_sdk("coverage_quotes.py", program.port, seconds=300)
    assert program.stop() == 0
    assert [line for line in program.errors if "Traceback" in line or "bug while" in line] == []
    program = start_program("--unlimited", "--lang", "en", "--clock", "exchange-hours")
    program.wait_for("Gatehouse is ready")
    again = run_sdk("coverage_quotes.py", program.port, ",".join(EXTENDED_HOURS), seconds=120)["rows"]
    assert program.stop() == 0
    by_method = {row["method"]: {**row, "note": "with `--clock exchange-hours`"} for row in again}
    result["rows"] = [by_method.get(row["method"], row) for row in result["rows"]]
    return result


def test_every_quote_method_is_answered_or_refused_with_a_reason(coverage: dict[str, Any]) -> None:
    assert coverage["missing"] == [], "methods of the SDK that the script does not call"
    assert coverage["gone"] == [], "methods that the SDK does not have any more"
    rows = coverage["rows"]
    assert {row["result"] for row in rows} <= {"ok", "refused"}, [
        row for row in rows if row["result"] not in ("ok", "refused")
    ]
    for row in rows:
        if row["result"] == "refused":
            assert "Internal error" not in row["reason"], row
            assert "could not be read" not in row["reason"], row
            assert len(row["reason"]) > 10, row
            assert row["protocols"], row
    if os.environ.get("GATEHOUSE_WRITE_COVERAGE"):
        PAGE.write_text(page(rows), encoding="utf-8")
    answered = [row["method"] for row in rows if row["result"] == "ok"]
    assert len(answered) >= LEAST_OK, answered
    written = PAGE.read_text(encoding="utf-8")
    assert [row["method"] for row in rows if f"| {row['method']} |" not in written] == []


def page(rows: list[dict[str, Any]]) -> str:
    """The page: one line a method, in alphabetical order."""
    answered = sum(row["result"] == "ok" for row in rows)
    lines = [
        "# Quote methods of the official Python SDK on practice",
        "",
        NOTE,
        "",
        f"{answered} of {len(rows)} public quote methods of `OpenQuoteContext` (futu-api 10.11.7108) are answered by "
        "the practice exchange. The others are refused with the reason shown; nothing is invented.",
        "",
        "| Method | Protocol | Result | Reason or condition |",
        "|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: str(row["method"])):
        protocols = ", ".join(f"{number} {PROTOCOLS[number].name}" for number in row["protocols"])
        reason = (row.get("reason") or row.get("note", "")).replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {row['method']} | {protocols} | {row['result']} | {reason} |")
    return "\n".join(lines) + "\n"
