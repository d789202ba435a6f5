"""The practice trade password: five wrong ones in a row close the door for ten minutes, per firm."""

from __future__ import annotations

import hashlib

import pytest

from core.model.errors import UserFacingError
from core.model.trading import SecurityFirm
from core.upstreams.practice.trade_password import TradePassword

HK, US = SecurityFirm.FUTU_HK, SecurityFirm.MOOMOO_US
RIGHT = hashlib.md5(b"practice").hexdigest()


def refused(password: TradePassword, firm: SecurityFirm, text: str, now: float) -> UserFacingError:
    with pytest.raises(UserFacingError) as caught:
        password.check(firm, text, now)
    return caught.value


def test_the_right_one_passes_and_forgets_wrong_ones() -> None:
    password = TradePassword()
    for text in ("", RIGHT.upper(), "practice", "密码"):
        assert refused(password, HK, text, 100.0).code == "wrong_trade_password"
    password.check(HK, RIGHT, 100.0)
    assert refused(password, HK, "", 101.0).facts["left"] == 4


def test_five_wrong_ones_close_the_firm_for_ten_minutes() -> None:
    password = TradePassword()
    assert [refused(password, HK, "x", 100.0 + number).facts.get("left") for number in range(4)] == [4, 3, 2, 1]
    closed = refused(password, HK, "x", 104.0)
    assert (closed.code, closed.facts["wait"]) == ("trade_password_pause", 600)
    closed = refused(password, HK, RIGHT, 703.5)
    assert (closed.code, closed.facts["wait"]) == ("trade_password_pause", 1)
    password.check(US, RIGHT, 200.0)  # another firm
    password.check(HK, RIGHT, 704.0)
    assert refused(password, HK, "x", 705.0).facts["left"] == 4
