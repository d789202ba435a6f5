"""Table 1 against the schema, and against the reference table of the official SDK."""

from __future__ import annotations

import json
from pathlib import Path

from core.api_messages.protocol_catalogue import PROTOCOLS, Desk
from core.model.topics import SlowReceiverRule


def test_every_row_has_its_messages() -> None:
    for row in PROTOCOLS.values():
        if row.proto_id == 1009:  # a name only: no message exists in any public SDK
            assert row.response_class() is None
            continue
        response = row.response_class()
        assert response is not None
        assert "retType" in response.DESCRIPTOR.fields_by_name, row.name
        assert (row.request_class() is None) == row.is_push, row.name


def test_pushes_have_a_rule_for_slow_receivers_and_requests_have_none() -> None:
    for row in PROTOCOLS.values():
        assert (row.slow is not None) == row.is_push, row.name
    for ticks_and_trades in (3011, 2208, 2218):
        assert PROTOCOLS[ticks_and_trades].slow is SlowReceiverRule.NEVER_DROP


def test_ids_and_names_are_those_of_the_reference(shared: Path) -> None:
    rows = json.loads((shared / "reference" / "wire-vectors.json").read_text())["proto_ids"]["rows"]
    assert {(row["id"], row["name"], row["kind"] == "push") for row in rows} == {
        (row.proto_id, row.name, row.is_push) for row in PROTOCOLS.values()
    }


def test_trading_rows_belong_to_the_trading_desk() -> None:
    assert all((row.desk is Desk.TRADING) == (2000 <= row.proto_id < 3000) for row in PROTOCOLS.values())
