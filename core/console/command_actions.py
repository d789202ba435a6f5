"""What each command does: one control of the gateway, and a sentence about it. Raises what the control raises."""

from __future__ import annotations

from typing import Final

from core.console import console_texts as texts
from core.console.command import CommandCall, CommandContext
from core.console.command_help import command_text, list_text
from core.console.command_parser import find_command
from core.console.status_text import accounts_text, status_text
from core.model.errors import UserFacingError
from core.model.trading import SecurityFirm
from core.model.translation import Translator

FIRMS: Final = {
    "FutuHK": SecurityFirm.FUTU_HK,
    "moomooUS": SecurityFirm.MOOMOO_US,
    "moomooSG": SecurityFirm.MOOMOO_SG,
    "moomooAU": SecurityFirm.MOOMOO_AU,
    "moomooCA": SecurityFirm.MOOMOO_CA,
    "moomooMY": SecurityFirm.MOOMOO_MY,
    "moomooJP": SecurityFirm.MOOMOO_JP,
    "all": SecurityFirm.NONE,
}
FULL_SPEED: Final = "max"


def sentence_of(language: Translator, result: str, text: str) -> str:
    """A result word and what follows it; Chinese needs no space between."""
    return f"{language(result)}{'' if language.is_chinese else ' '}{text}"


def _done(context: CommandContext, text: str, **facts: object) -> str:
    return sentence_of(context.language, texts.DONE, context.language(text, **facts))


async def show_help(context: CommandContext, call: CommandCall) -> str:
    """The list of commands, or one of them."""
    name = call.text("cmd")
    if not name:
        return list_text(context.commands, context.language)
    return command_text(find_command(name, context.commands), context.language)


async def end_gateway(context: CommandContext, call: CommandCall) -> str:
    """Say that it ends; whoever runs the console does it."""
    return _done(context, texts.EXITING)


async def show_status(context: CommandContext, call: CommandCall) -> str:
    """State, address, clients, quotas, locks."""
    return status_text(context.controls.snapshot(), context.language)


async def show_accounts(context: CommandContext, call: CommandCall) -> str:
    """Accounts with their balances."""
    return accounts_text(context.controls.snapshot().trading, context.language)


async def lock_everything(context: CommandContext, call: CommandCall) -> str:
    """Lock everything on."""
    cancel_open = call.switch("cancel_open")
    count = await context.controls.lock_everything(True, cancel_open=cancel_open)
    if cancel_open:
        return _done(context, texts.LOCKED_ALL_CANCELLED, count=count)
    return _done(context, texts.LOCKED_ALL)


async def unlock_everything(context: CommandContext, call: CommandCall) -> str:
    """Lock everything off."""
    await context.controls.lock_everything(False)
    return _done(context, texts.UNLOCKED_ALL)


async def lock_firm(context: CommandContext, call: CommandCall) -> str:
    """Lock a firm's accounts."""
    await context.controls.lock_trade(FIRMS[call.text("firm")])
    return _done(context, texts.FIRM_IS_LOCKED, firm=_firm_name(context, call))


async def unlock_firm(context: CommandContext, call: CommandCall) -> str:
    """Unlock a firm's accounts for all clients; the MD5 wins when both are given, as in OpenD."""
    firm = FIRMS[call.text("firm")]
    digest = call.secret("password_md5")
    if digest is not None:
        await context.controls.unlock_trade(firm, digest, hashed=True)
    else:
        await context.controls.unlock_trade(firm, call.secret("password") or "")
    return _done(context, texts.FIRM_IS_UNLOCKED, firm=_firm_name(context, call))


def _firm_name(context: CommandContext, call: CommandCall) -> str:
    name = call.text("firm")
    return name if FIRMS[name] is not SecurityFirm.NONE else context.language(texts.ALL_FIRMS)


def _account(call: CommandCall) -> int:
    """The account; 0 means all of them to the controls and is no account here."""
    account_id = call.number("account")
    if not account_id:
        raise UserFacingError("unknown_account", account=account_id)
    return account_id


async def cancel_order(context: CommandContext, call: CommandCall) -> str:
    """Cancel one order."""
    order_id = call.number("order") or 0
    await context.controls.cancel_order(_account(call), order_id)
    return _done(context, texts.ORDER_CANCELLED, order=order_id)


async def cancel_open(context: CommandContext, call: CommandCall) -> str:
    """Cancel the open orders of an account."""
    count = await context.controls.cancel_open_orders(_account(call))
    return _done(context, texts.ORDERS_CANCELLED, count=count)


async def reset_account(context: CommandContext, call: CommandCall) -> str:
    """Let a practice account begin anew."""
    account_id = _account(call)
    await context.controls.reset_practice_account(account_id)
    return _done(context, texts.ACCOUNT_RESET, account=account_id)


async def close_connections(context: CommandContext, call: CommandCall) -> str:
    """Close one API connection; all of them when none is named, as in OpenD."""
    connection_id = call.number("conn_id")
    if connection_id is None:
        await context.controls.close_all_connections()
        return _done(context, texts.ALL_CLIENTS_CLOSED)
    await context.controls.close_connection(connection_id)
    return _done(context, texts.CLIENT_CLOSED, connection_id=connection_id)


async def set_speed(context: CommandContext, call: CommandCall) -> str:
    """Set the pace of the practice market."""
    chosen = call.text("speed")
    if chosen == FULL_SPEED:
        await context.controls.set_practice_speed(0.0)
        return _done(context, texts.SPEED_UNBOUND)
    await context.controls.set_practice_speed(float(chosen))
    return _done(context, texts.SPEED_SET, speed=f"{chosen}x")


async def pause_market(context: CommandContext, call: CommandCall) -> str:
    """Let the practice market stand still."""
    await context.controls.pause_practice(True)
    return _done(context, texts.PAUSED)


async def resume_market(context: CommandContext, call: CommandCall) -> str:
    """Let the practice market go on."""
    await context.controls.pause_practice(False)
    return _done(context, texts.RESUMED)


async def step_market(context: CommandContext, call: CommandCall) -> str:
    """Let simulated time pass at once."""
    seconds = call.decimal("seconds")
    await context.controls.step_practice(seconds)
    return _done(context, texts.STEPPED, seconds=f"{seconds:g}")
