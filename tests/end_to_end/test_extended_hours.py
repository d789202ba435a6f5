"""US hours outside the regular session, heard by the official SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.end_to_end


def is_regular(stamp: str) -> bool:
    """Whether a time or a bar's label lies in the regular session."""
    return "09:30:00" <= stamp[11:19] <= "16:00:30"


def test_two_contexts_hear_the_hours_they_subscribed(
    start_program: Callable[..., Any], run_sdk: Callable[..., dict[str, Any]]
) -> None:
    program = start_program("--lang", "en", "--seed", "7", "--unlimited", "--clock", "exchange-hours", "--speed", "max")
    program.wait_for("Gatehouse is ready")
    result = run_sdk("extended_hours.py", program.port)
    assert program.stop() == 0
    assert program.errors == []
    assert result["refused"][0] == -1
    assert [result[name] for name in ("night", "early", "regular", "both")] == [True] * 4
    assert result["used"] == 3
    assert {kind for time, kind, _ in result["all_ticks"] if not is_regular(time)} == {"T", "EXTENDED_TRADING_HOURS"}
    assert all(is_regular(time) for time, _, _ in result["regular_ticks"])
    # What both heard is the same.
    heard = {sequence for _, _, sequence in result["all_ticks"]}
    assert {sequence for _, _, sequence in result["regular_ticks"][:20]} <= heard
    assert len(heard) == len(result["all_ticks"])
    assert any(not is_regular(time) for time, _ in result["all_bars"])
    assert any(not is_regular(time) for time, _ in result["all_line"])
    assert all(is_regular(time) for time, _ in result["regular_bars"] + result["regular_line"])
    assert [len(ticks) for ticks in result["last"]] == [1000, len(result["last"][1])]
    assert all(is_regular(time) for [time] in result["last"][1])
