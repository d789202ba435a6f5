"""Trade calls are counted per account and kind; orders also keep a least pause."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.api_messages.protocol_catalogue import PROTOCOLS, Desk
from core.model.errors import UserFacingError
from core.model.message_texts import sentence
from core.model.translation import CHINESE
from core.runtime.language import load_translator
from core.trading.trade_limits import RULES, TradeLimits

PLACE, MODIFY, COMBO, ORDERS = 2202, 2205, 2227, 2201


def test_fifteen_orders_in_thirty_seconds_per_account_combos_among_them() -> None:
    limits = TradeLimits()
    for number in range(15):
        limits.admit(COMBO if number % 2 else PLACE, 1, 100.0 + number)
    with pytest.raises(UserFacingError) as refused:
        limits.admit(PLACE, 1, 130.0)
    assert (refused.value.code, refused.value.facts["limit"], refused.value.facts["wait"]) == ("too_frequent", 15, 1)
    limits.admit(PLACE, 2, 130.0)  # another account
    limits.admit(MODIFY, 1, 130.0)  # another kind
    limits.admit(PLACE, 1, 130.01)


@pytest.mark.parametrize(("call", "pause"), [(PLACE, 0.02), (COMBO, 0.02), (MODIFY, 0.04)])
def test_two_orders_of_an_account_keep_their_pause(call: int, pause: float) -> None:
    limits = TradeLimits()
    assert limits.admit(call, 1, 100.0) == 0
    with pytest.raises(UserFacingError) as refused:
        limits.admit(call, 1, 100.0 + pause - 0.001)
    assert refused.value.code == "too_close"
    assert limits.admit(call, 2, 100.0) == 0
    assert limits.admit(call, 1, 100.0 + pause + 0.001) == 0  # what was refused did not count


def test_who_waits_for_each_answer_is_held_back_instead_of_refused() -> None:
    limits = TradeLimits()
    limits.admit(PLACE, 1, 100.0)
    limits.finished(PLACE, 1)
    assert limits.admit(PLACE, 1, 100.005) == pytest.approx(0.015)
    with pytest.raises(UserFacingError):
        limits.admit(PLACE, 1, 100.01)  # the one before is still held back
    limits.finished(PLACE, 1)
    assert limits.admit(PLACE, 1, 100.021) == pytest.approx(0.019)  # counted from when the one before went on


def test_only_queries_past_the_cache_count() -> None:
    limits = TradeLimits()
    for _ in range(100):
        limits.admit(ORDERS, 1, 100.0)
    for _ in range(10):
        limits.admit(ORDERS, 1, 100.0, refresh=True)
    with pytest.raises(UserFacingError):
        limits.admit(ORDERS, 1, 100.0, refresh=True)
    limits.admit(ORDERS, 1, 100.0)
    limits.admit(ORDERS, 2, 100.0, refresh=True)


def test_margin_ratios_and_unlocking_count_for_all_accounts_together() -> None:
    limits = TradeLimits()
    for account in range(10):
        limits.admit(2223, account, 100.0)
        limits.admit(2005, account, 100.0)
    for call in (2223, 2005):
        with pytest.raises(UserFacingError):
            limits.admit(call, 99, 100.0)


def test_unlimited_admits_everything() -> None:
    limits = TradeLimits(unlimited=True)
    for _ in range(100):
        limits.admit(PLACE, 1, 100.0)


def test_every_limited_trade_protocol_has_a_rule() -> None:
    limited = {proto_id for proto_id, row in PROTOCOLS.items() if row.desk is Desk.TRADING and row.limit}
    assert limited == set(RULES)


def test_the_texts_that_programs_look_for(resources: Path) -> None:
    limits = TradeLimits()
    chinese = load_translator(resources, CHINESE)
    for number in range(15):
        limits.admit(PLACE, 1, 100.0 + number)
    with pytest.raises(UserFacingError) as refused:
        limits.admit(PLACE, 1, 115.0)
    assert "下单频率太高，请求失败，每30秒最多15次。" in sentence(refused.value, chinese)
    assert "high frequency" in str(sentence(refused.value, load_translator(resources, "en")))
    for rule in RULES.values():
        assert rule.what in chinese.catalogue, rule.what
