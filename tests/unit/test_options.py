"""Table 2 and the command line made from it."""

from __future__ import annotations

import pytest

from core.cli import parse_arguments
from core.login.account import BMP, LEVEL1, PRACTICE_ACCOUNT, practice_account
from core.model.errors import UserFacingError
from core.settings.options import OPTIONS, Settings


def test_defaults_and_given_values() -> None:
    settings = parse_arguments([])
    assert settings["api_port"] == 11111
    assert settings["ip"] == "127.0.0.1"
    assert settings["clock"] == "always-open"
    settings = parse_arguments(
        ["--headless", "--api-port", "0", "--speed", "max", "--practice-symbol", "goog=US.GOOG", "--seed=7"]
    )
    assert settings["headless"] is True
    assert settings["api_port"] == 0
    assert settings.speed == 0.0
    assert settings["practice_symbol"] == ("goog=US.GOOG",)
    assert settings["seed"] == 7
    assert settings.with_values(api_port=5)["api_port"] == 5


@pytest.mark.parametrize(
    "arguments",
    [["--api-port", "70000"], ["--api-port", "x"], ["--clock", "never"], ["--speed", "2"], ["--api-ip", "host"],
     ["--practice-symbol", "goog"], ["--log-level", "loud"], ["--practice-rights", "hk=all"],
     ["--practice-rights", "mars=lv1"], ["--practice-quota", "500"]],
)  # fmt: skip
def test_bad_values_name_the_option_and_what_is_allowed(arguments: list[str]) -> None:
    with pytest.raises(UserFacingError) as refused:
        parse_arguments(arguments)
    assert refused.value.code == "bad_option"
    assert refused.value.facts["value"] == arguments[1]
    assert refused.value.facts["allowed"]


def test_commands_keep_their_order_and_their_text() -> None:
    settings = parse_arguments(["--command", "lock_trade -cancel_open=1", "--console", "--command=exit"])
    assert settings["command"] == ("lock_trade -cancel_open=1", "exit")
    assert settings["console"] is True
    assert parse_arguments([])["command"] == ()


def test_rights_and_limits_of_practice() -> None:
    settings = parse_arguments(["--practice-rights", "hk=bmp, US=LV1", "--practice-quota", "300", "--unlimited"])
    assert settings["practice_rights"] == (("hk", "bmp"), ("us", "lv1"))
    account = practice_account(settings["practice_rights"], quota=int(settings["practice_quota"]))
    assert account.quote_rights["hkQotRight"] == BMP
    assert account.quote_rights["usQotRight"] == LEVEL1
    assert account.quote_rights["shQotRight"] == PRACTICE_ACCOUNT.quote_rights["shQotRight"]
    assert account.subscription_quota == account.history_quota == 300
    assert practice_account(unlimited=settings["unlimited"]).subscription_quota >= 1_000_000
    assert practice_account() == PRACTICE_ACCOUNT


def test_unknown_flag_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse_arguments(["--no-such-flag"])
    assert end.value.code == 2
    assert "--no-such-flag" in capsys.readouterr().err


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse_arguments(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for option in OPTIONS:
        assert option.flag in shown
    assert Settings()["headless"] is False
