"""Table 3: every operations command, one row each. Parser, help, `--command`, standard input and the page of commands
are made from these rows.

Names and parameters that OpenD has are spelled as there; lock_trade and everything after it are ours.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from core.console import command_actions as actions
from core.console.command import Command, Parameter, ParameterKind
from core.settings.options import SPEEDS

_LONGEST_STEP_SECONDS: Final = 86_400.0
_ACCOUNT: Final = Parameter(
    "account", ParameterKind.NUMBER, "the account's id, as accounts lists it", required=True, bare=True
)
_FIRM: Final = Parameter(
    "firm", ParameterKind.CHOICE, "the securities firm", required=True, choices=tuple(actions.FIRMS)
)

ROWS: Final[tuple[Command, ...]] = (
    Command(
        "help",
        "Lists the commands, or tells more about one.",
        "help -cmd=lock_trade",
        "",
        actions.show_help,
        (Parameter("cmd", ParameterKind.TEXT, "the name of a command", bare=True),),
    ),
    Command("exit", "Stops the gateway.", "exit", "stop", actions.end_gateway, ends=True),
    Command(
        "close_api_conn",
        "Closes one API connection, or all of them.",
        "close_api_conn -conn_id=481260",
        "close_connection",
        actions.close_connections,
        (Parameter("conn_id", ParameterKind.NUMBER, "the connection, as status lists it; none means all"),),
    ),
    Command(
        "status",
        "Shows state, API address, clients, quotas and trading locks.",
        "status",
        "snapshot",
        actions.show_status,
    ),
    Command("accounts", "Lists the accounts with their balances.", "accounts", "snapshot", actions.show_accounts),
    Command(
        "lock_trade",
        "Locks everything: every order of every client is refused until unlock_gateway, also after a restart.",
        "lock_trade -cancel_open=1",
        "lock_everything",
        actions.lock_everything,
        (Parameter("cancel_open", ParameterKind.SWITCH, "cancel every open order of every account too"),),
    ),
    Command(
        "unlock_gateway",
        "Takes the lock of lock_trade off.",
        "unlock_gateway",
        "lock_everything",
        actions.unlock_everything,
    ),
    Command(
        "lock_firm",
        "Locks the accounts of a firm for all clients.",
        "lock_firm -firm=FutuHK",
        "lock_trade",
        actions.lock_firm,
        (_FIRM,),
    ),
    Command(
        "unlock_firm",
        "Unlocks the accounts of a firm for all clients; the practice trade password is practice.",
        "unlock_firm -firm=FutuHK -password=practice",
        "unlock_trade",
        actions.unlock_firm,
        (
            _FIRM,
            Parameter("password", ParameterKind.SECRET, "the trade password"),
            Parameter("password_md5", ParameterKind.SECRET_MD5, "its MD5 instead"),
        ),
        one_of=("password", "password_md5"),
    ),
    Command(
        "cancel_order",
        "Cancels one open order.",
        "cancel_order -account=9000001 -order=1001",
        "cancel_order",
        actions.cancel_order,
        (_ACCOUNT, Parameter("order", ParameterKind.NUMBER, "the order's id", required=True)),
    ),
    Command(
        "cancel_open",
        "Cancels every open order of an account.",
        "cancel_open -account=9000001",
        "cancel_open_orders",
        actions.cancel_open,
        (_ACCOUNT,),
    ),
    Command(
        "reset_account",
        "Lets a practice account begin anew: open orders are cancelled, the opening balance is back.",
        "reset_account -account=9000001",
        "reset_practice_account",
        actions.reset_account,
        (_ACCOUNT,),
    ),
    Command(
        "practice_speed",
        "Sets how fast the practice market runs.",
        "practice_speed -speed=5",
        "set_practice_speed",
        actions.set_speed,
        (Parameter("speed", ParameterKind.CHOICE, "times real time", required=True, choices=SPEEDS, bare=True),),
    ),
    Command(
        "practice_pause", "Lets the practice market stand still.", "practice_pause", "pause_practice",
        actions.pause_market,
    ),
    Command(
        "practice_resume", "Lets the practice market go on.", "practice_resume", "pause_practice",
        actions.resume_market,
    ),
    Command(
        "practice_step",
        "Lets so much simulated time pass at once, paused or not.",
        "practice_step -seconds=60",
        "step_practice",
        actions.step_market,
        (
            Parameter(
                "seconds", ParameterKind.DECIMAL, "simulated seconds", required=True,
                span=(0.001, _LONGEST_STEP_SECONDS), bare=True,
            ),
        ),
    ),
)  # fmt: skip

COMMANDS: Final = MappingProxyType({row.name: row for row in ROWS})
