"""The official SDK's security groups and price reminders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.end_to_end


def test_groups_and_reminders(start_program: Callable[..., Any], run_sdk: Callable[..., dict[str, Any]]) -> None:
    program = start_program("--lang", "en")
    program.wait_for("Gatehouse is ready")
    result = run_sdk("own_lists.py", program.port)
    assert program.stop() == 0
    assert program.errors == []
    assert result["before"] == []
    assert "Unknown watchlists" in result["unknown"][1]
    assert "System grouping" in result["system"][1]
    assert result["add"] == [0, "success"]
    assert [row["code"] for row in result["members"]] == ["HK.00700", "US.AAPL"]
    ret, key = result["reminder"]
    assert ret == 0
    [push] = result["fired"]
    assert push["code"] == "HK.00700"
    assert push["note"] == "cheap"
    assert push["content"] == "The price rose to 1.000"
    assert push["price"] == pytest.approx(push["cur_value"])
    [kept] = result["kept"]
    assert (kept["key"], kept["enable"]) == (key, False)
