"""Lines to commands: forgiving about spelling, exact about what is wrong, silent about passwords."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.console.command import DOTS, SecretText
from core.console.command_catalogue import COMMANDS
from core.console.command_parser import LONGEST_LINE, format_line, parse_line, shown_line, split_line
from core.model.errors import UserFacingError

MD5 = "0123456789abcdef" * 2


def refused(line: str) -> UserFacingError:
    with pytest.raises(UserFacingError) as error:
        parse_line(line, COMMANDS)
    return error.value


@pytest.mark.parametrize(
    "line",
    [
        "cancel_order -account=9000001 -order=12",
        "  CANCEL_Order\t-Order=12   -ACCOUNT=9000001  ",
        "cancel-order --account=9000001 --order=12",
        "cancel_order -account = 9000001 -order= 12",
        'cancel_order -account ="9000001" -order="12"',
        "cancel_order 9000001 -order =12",
    ],
)
def test_spellings_of_one_command(line: str) -> None:
    call = parse_line(line, COMMANDS)
    assert call.command.name == "cancel_order"
    assert dict(call.values) == {"account": 9000001, "order": 12}


def test_kinds_of_values() -> None:
    assert parse_line("lock_trade", COMMANDS).switch("cancel_open") is False
    for word in ("-cancel_open=1", "-cancel_open=ON", "-cancel_open"):
        assert parse_line(f"lock_trade {word}", COMMANDS).switch("cancel_open") is True
    assert parse_line("lock_trade -cancel_open=0", COMMANDS).switch("cancel_open") is False
    assert parse_line("lock_firm -firm=futuhk", COMMANDS).text("firm") == "FutuHK"
    assert parse_line("practice_step 0.5", COMMANDS).decimal("seconds") == 0.5
    assert parse_line("close_api_conn", COMMANDS).number("conn_id") is None
    assert parse_line(f"close_api_conn -conn_id={2**64 - 1}", COMMANDS).number("conn_id") == 2**64 - 1
    call = parse_line(f'unlock_firm -firm=all -password="a ""b" -password_md5={MD5.upper()}', COMMANDS)
    assert call.secret("password") == 'a "b'
    assert call.secret("password_md5") == MD5
    assert call.secret("firm") is None
    assert call.text("password") == ""


@pytest.mark.parametrize(
    ("line", "code", "facts"),
    [
        ("lock_trad", "unknown_command_near", {"name": "lock_trad", "nearest": "lock_trade"}),
        ("123456", "unknown_command", {"name": "123456"}),
        ("-cancel_open=1", "no_command", {}),
        ("close_api_conn -con_id=5", "unknown_parameter_near", {"name": "-con_id", "nearest": "-conn_id"}),
        ("close_api_conn -xyz=5", "unknown_parameter", {"command": "close_api_conn", "name": "-xyz"}),
        ("close_api_conn -conn_id=5 -CONN_ID=6", "parameter_twice", {"name": "-conn_id"}),
        ("close_api_conn -conn_id=", "parameter_empty", {"name": "-conn_id"}),
        ('close_api_conn -conn_id=""', "parameter_empty", {"name": "-conn_id"}),
        ("close_api_conn -conn_id", "parameter_empty", {"name": "-conn_id"}),
        ("close_api_conn -conn_id=-5", "bad_parameter", {"value": "-5", "allowed": "a whole number"}),
        (f"close_api_conn -conn_id={2**64}", "bad_parameter", {}),
        ("close_api_conn -conn_id=１２", "bad_parameter", {}),
        ("close_api_conn 5", "stray_text", {"position": 16}),
        ("cancel_order -account=5", "parameter_missing", {"missing": "-order"}),
        ("cancel_order", "parameter_missing", {"missing": "-account, -order"}),
        ("cancel_order -account= -order=5", "parameter_empty", {"name": "-account"}),
        ("unlock_firm -firm=all", "parameter_missing", {"missing": "-password / -password_md5"}),
        ("lock_firm -firm=other", "bad_parameter", {"value": "other"}),
        ("lock_trade -cancel_open=maybe", "bad_parameter", {"allowed": "1 or 0"}),
        ("practice_speed 3", "bad_parameter", {"allowed": "1, 5, 20, max"}),
        ("practice_step 1e3", "bad_parameter", {}),
        ("practice_step 86401", "bad_parameter", {}),
        ("practice_step nan", "bad_parameter", {}),
        ('help -cmd="open', "quote_open", {"position": 6}),
        ('help -cmd="a"b', "quote_open", {}),
        ("help - cmd", "stray_text", {"position": 6}),
        ("help a b", "stray_text", {"position": 8}),
        ("help " + "a" * LONGEST_LINE, "command_too_long", {"limit": LONGEST_LINE}),
    ],
)
def test_what_is_wrong_is_said(line: str, code: str, facts: dict[str, object]) -> None:
    error = refused(line)
    assert error.code == code
    assert facts.items() <= error.facts.items()


@pytest.mark.parametrize(
    "line",
    [
        "unlock_firm -firm=all -pasword=tophush",
        "unlock_firm -firm=all -passwordtophush=1",
        "unlock_firm -firm=all -password tophush",
        "unlock_firm -firm=all tophush",
        "unlock_firm -firm=tophush",
        "unlock_firm -password_md5=tophush -firm=all",
        'unlock_firm -firm=all -password="tophush',
    ],
)
def test_no_error_repeats_what_may_be_a_password(line: str) -> None:
    assert "tophush" not in str(refused(line))


def test_passwords_print_as_dots() -> None:
    call = parse_line(f"unlock_firm -firm=all -password=tophush -password_md5={MD5}", COMMANDS)
    assert shown_line(call) == f"unlock_firm -firm=all -password={DOTS} -password_md5={DOTS}"
    assert "tophush" not in repr(call)
    assert MD5 not in repr(call)
    assert SecretText("a") == SecretText("a") != SecretText("b")
    assert shown_line(parse_line("lock_trade -cancel_open=on", COMMANDS)) == "lock_trade -cancel_open=1"


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)


@given(NAMES, st.dictionaries(NAMES, st.text(max_size=30), max_size=5))
@example("a", {"b": '"', "c": ' "" -d="x', "d": "", "e": "-5", "f": "=", "g": "\\"})
def test_what_is_written_is_read(name: str, values: dict[str, str]) -> None:
    split = split_line(format_line(name, values))
    assert split.name == name
    assert {part.key: part.value for part in split.parts} == values
    assert len(split.parts) == len(values)


_PIECES = st.sampled_from([*COMMANDS, "-account", "-firm", "-password", "=", " ", '"', "-", "5", "all", "\n", "\u3000"])


@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=12).map("".join)))
def test_any_line_is_a_command_or_a_clear_error(line: str) -> None:
    try:
        call = parse_line(line, COMMANDS)
    except UserFacingError:
        return
    assert COMMANDS[call.command.name] is call.command
    assert set(call.values) <= {parameter.name for parameter in call.command.parameters}
    # What is shown of it in a log is the same command again.
    if not call.command.keeps_secrets:
        assert parse_line(shown_line(call), COMMANDS) == call
