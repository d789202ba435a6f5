"""Table 3 and what its commands do to the gateway's controls, in both languages."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.fake_clock import FakeClock
from fakes.recording_controls import SNAPSHOT, RecordingControls, connection

from core.console import console_texts
from core.console.command import Command, CommandCall, CommandContext, CommandLimit, ParameterKind
from core.console.command_catalogue import COMMANDS, ROWS
from core.console.command_parser import parse_line
from core.console.console import Console
from core.console.status_text import MOST_CLIENTS
from core.model.controls import GatewayControls
from core.model.errors import UserFacingError
from core.model.status import GatewayState
from core.model.trading import SecurityFirm
from core.model.trading_status import TradingOverview
from core.model.translation import CHINESE, Translator
from core.runtime.language import load_translator

ENGLISH = Translator()


@pytest.fixture
def controls() -> RecordingControls:
    return RecordingControls()


@pytest.fixture
def console(controls: RecordingControls) -> Console:
    return Console(controls, FakeClock())  # type: ignore[arg-type]


@pytest.fixture
def chinese(resources: Path) -> Translator:
    return load_translator(resources, CHINESE)


def source_texts() -> Iterator[str]:
    """Every English source text of the console room."""
    yield from (text for name, text in vars(console_texts).items() if name.isupper() and isinstance(text, str))
    yield from console_texts.STATES.values()
    yield from (kind.value for kind in ParameterKind)
    for row in ROWS:
        yield row.help
        yield from (parameter.help for parameter in row.parameters)


def test_every_text_has_a_chinese_one_with_the_same_facts(chinese: Translator) -> None:
    texts = list(source_texts())
    assert len(texts) > 70
    assert [text for text in texts if text not in chinese.catalogue] == []
    for text in texts:
        assert chinese.catalogue[text].count("{") == text.count("{"), text


def test_the_rows_agree_with_themselves() -> None:
    assert len(COMMANDS) == len(ROWS)
    for row in ROWS:
        assert row.name == row.name.lower()
        assert parse_line(row.example, COMMANDS).command is row
        assert not row.control or hasattr(GatewayControls, row.control), row.name
        names = [parameter.name for parameter in row.parameters]
        assert len(set(names)) == len(names)
        assert set(row.one_of) <= set(names)
        assert all(bool(p.choices) is (p.kind is ParameterKind.CHOICE) for p in row.parameters)
        assert not any(p.bare and p.kind.is_secret for p in row.parameters)


@pytest.mark.parametrize(
    ("line", "call", "answer"),
    [
        ("exit", None, "Done. The gateway stops."),
        ("close_api_conn -conn_id=5", ("close_connection", 5), "Done. Connection 5 was closed."),
        ("close_api_conn", ("close_all_connections",), "Done. All connections were closed"),
        (
            "lock_trade",
            ("lock_everything", True, ("cancel_open", False)),
            "Done. Every order of every client is refused",
        ),
        ("lock_trade -cancel_open=1", ("lock_everything", True, ("cancel_open", True)), "Orders cancelled: 3."),
        ("unlock_gateway", ("lock_everything", False), "Done. Orders are taken again"),
        ("lock_firm -firm=FutuHK", ("lock_trade", SecurityFirm.FUTU_HK), "Done. Trading of FutuHK is locked."),
        ("lock_firm -firm=all", ("lock_trade", SecurityFirm.NONE), "Done. Trading of all firms is locked."),
        (
            "unlock_firm -firm=moomooUS -password=practice",
            ("unlock_trade", SecurityFirm.MOOMOO_US, "practice"),
            "Done. Trading of moomooUS is unlocked for all clients.",
        ),
        (
            f"unlock_firm -firm=all -password=x -password_md5={'AB' * 16}",
            ("unlock_trade", SecurityFirm.NONE, "ab" * 16, ("hashed", True)),
            "Done. Trading of all firms is unlocked",
        ),
        ("cancel_order -account=7 -order=8", ("cancel_order", 7, 8), "Done. Order 8 was cancelled."),
        ("cancel_open -account=7", ("cancel_open_orders", 7), "Done. Orders cancelled: 3."),
        ("reset_account -account=7", ("reset_practice_account", 7), "Done. Practice account 7 begins anew"),
        ("practice_speed -speed=20", ("set_practice_speed", 20.0), "Done. The practice market runs at 20x."),
        ("practice_speed MAX", ("set_practice_speed", 0.0), "Done. The practice market runs as fast as possible."),
        ("practice_pause", ("pause_practice", True), "Done. The practice market stands still."),
        ("practice_resume", ("pause_practice", False), "Done. The practice market goes on."),
        ("practice_step -seconds=1.5", ("step_practice", 1.5), "Done. The practice market moves on by 1.5 s."),
    ],
)
async def test_commands_call_their_control(
    console: Console, controls: RecordingControls, line: str, call: tuple[object, ...] | None, answer: str
) -> None:
    controls.gives = 3
    reply = await console.run(line, ENGLISH)
    assert answer in reply.text
    assert not reply.failed
    assert reply.wants_exit is (line == "exit")
    assert controls.calls == ([call] if call else [])


async def test_account_zero_does_not_mean_all(console: Console, controls: RecordingControls) -> None:
    reply = await console.run("cancel_open -account=0", ENGLISH)
    assert reply.failed
    assert "Nonexisting account 0" in reply.text
    assert controls.calls == []


async def test_status(console: Console, controls: RecordingControls, chinese: Translator) -> None:
    text = (await console.run("status", ENGLISH)).text
    assert text.splitlines() == [
        "State: READY, practice",
        "Source: At 5x",
        "API: 127.0.0.1:11111",
        "Clients: 1 of 128",
        "  5  robot from 127.0.0.1:5000, 3 subscriptions",
        "Subscription quota: 4 of 1000 used. Historical K-lines: 1 of 300",
        "Trading: lock everything is off",
        "  FUTU HK: locked",
        "  moomoo US: unlocked by robot",
        "Orders: 2 open, 7 placed today",
    ]
    assert "状态：就绪，练习" in (await console.run("status", chinese)).text
    many = tuple(connection(number) for number in range(MOST_CLIENTS + 5))
    locked = replace(SNAPSHOT.trading, locked_everything=True)
    controls.shown = replace(SNAPSHOT, connections=many, trading=locked, listeners=())
    text = (await console.run("status", ENGLISH)).text
    assert "  and 5 more" in text
    assert "API: not listening" in text
    assert "everything is locked" in text
    controls.shown = replace(SNAPSHOT, state=GatewayState.SIGNED_OUT, trading=TradingOverview())
    assert "Orders:" not in (await console.run("status", ENGLISH)).text


async def test_accounts(console: Console, controls: RecordingControls) -> None:
    text = (await console.run("ACCOUNTS", ENGLISH)).text
    assert text == "9000001  1,000,000.00 HKD  Practice simulated: HK stocks [TrdEnv.SIMULATE]"
    controls.shown = replace(SNAPSHOT, trading=TradingOverview())
    assert (await console.run("accounts", ENGLISH)).text == "There are no accounts."


async def test_help(console: Console, chinese: Translator) -> None:
    text = (await console.run("help", ENGLISH)).text
    assert all(f"  {name} " in text for name in COMMANDS)
    for row in ROWS:
        for line in (f"help {row.name}", f"help -cmd={row.name.upper()}"):
            text = (await console.run(line, ENGLISH)).text
            assert row.help in text
            assert f"Example: {row.example}" in text
            assert all(f"-{parameter.name}=" in text for parameter in row.parameters)
    assert "（整数，可选）" in (await console.run("help close_api_conn", chinese)).text
    reply = await console.run("help lok_trade", ENGLISH)
    assert reply.failed
    assert reply.text == "Failed. Unknown command lok_trade. Did you mean lock_trade?"


async def test_errors_are_answers(console: Console, controls: RecordingControls, chinese: Translator) -> None:
    assert await console.run("  ", ENGLISH) == ("", False, False)
    assert (await console.run("show_subs", chinese)).text.startswith("失败。未知命令 show_subs。")
    controls.error = UserFacingError("unknown_connection", connection_id=5)
    reply = await console.run("close_api_conn -conn_id=5", ENGLISH)
    assert reply == ("Failed. There is no connection 5.", True, False)
    # Braces that somebody types are no placeholders.
    assert "{x} {0}" in (await console.run('"{x} {0}"', ENGLISH)).text


async def test_a_bug_is_logged_without_the_password_and_the_console_goes_on(
    console: Console,
    controls: RecordingControls,
    expected_warnings: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected_warnings.append("bug while running the console command unlock_firm")
    caplog.set_level(logging.DEBUG)
    controls.error = RuntimeError("broken")
    reply = await console.run("unlock_firm -firm=all -password=tophush", ENGLISH)
    assert reply.failed
    assert reply.text == "Failed. Internal error while running unlock_firm. The log of the gateway has the details."
    controls.error = None
    await console.run("unlock_firm -firm=all -password=tophush", ENGLISH)
    await console.run("tophush", ENGLISH)
    await console.run("unlock_firm tophush", ENGLISH)
    assert "unlock_firm" in caplog.text
    assert "tophush" not in caplog.text


async def test_limits_say_how_long_to_wait(controls: RecordingControls) -> None:
    async def action(context: CommandContext, call: CommandCall) -> str:
        return "pong"

    clock = FakeClock()
    row = Command("ping", "Pings.", "ping", "", action, limit=CommandLimit(2, 60))
    console = Console(controls, clock, {"ping": row})  # type: ignore[arg-type]
    assert [(await console.run("ping", ENGLISH)).text for _ in range(2)] == ["pong", "pong"]
    clock.advance(40.5)
    reply = await console.run("ping", ENGLISH)
    assert reply == ("Failed. Allowed 2 times in 60 s. Again in 20 s.", True, False)
    clock.advance(19.5)
    assert (await console.run("ping", ENGLISH)).text == "pong"
