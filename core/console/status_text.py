"""The state of the gateway and its accounts as a few lines of text."""

from __future__ import annotations

from typing import Final

from core.console import console_texts as texts
from core.model.status import GatewaySnapshot
from core.model.trading import TradingEnvironment
from core.model.trading_status import AccountRow, TradingOverview
from core.model.translation import Translator

MOST_CLIENTS: Final = 20


def status_text(snapshot: GatewaySnapshot, language: Translator) -> str:
    """State, API address, clients, quotas, trading locks."""
    lines = [language(texts.STATE_LINE, state=language(texts.STATES[snapshot.state]))]
    upstream = snapshot.upstream
    if upstream.description:
        source = language(upstream.description, **dict(upstream.facts))
        lines.append(language(texts.SOURCE_LINE, source=source))
    endpoint = next((listener.endpoint for listener in snapshot.listeners if listener.state == "listening"), "")
    lines.append(language(texts.API_LINE, endpoint=endpoint) if endpoint else language(texts.API_OFF))
    lines.append(language(texts.CLIENTS_LINE, count=len(snapshot.connections), limit=snapshot.connection_limit))
    lines += [
        language(
            texts.CLIENT_LINE,
            connection_id=row.connection_id,
            client=row.client_id or "-",
            peer=row.peer,
            subscriptions=row.subscriptions,
        )
        for row in snapshot.connections[:MOST_CLIENTS]
    ]
    if len(snapshot.connections) > MOST_CLIENTS:
        lines.append(language(texts.MORE_CLIENTS, count=len(snapshot.connections) - MOST_CLIENTS))
    quota = snapshot.quota
    lines.append(
        language(
            texts.QUOTA_LINE,
            used=quota.used,
            total=quota.total,
            history_used=quota.history_used,
            history_total=quota.history_total,
        )
    )
    return "\n".join([*lines, *_trading_lines(snapshot.trading, language)])


def _trading_lines(trading: TradingOverview, language: Translator) -> list[str]:
    lines = [language(texts.ALL_LOCKED if trading.locked_everything else texts.NOT_LOCKED)]
    for lock in trading.locks:
        firm = language(lock.name)
        if lock.unlocked:
            lines.append(language(texts.FIRM_UNLOCKED, firm=firm, who=lock.by))
        else:
            lines.append(language(texts.FIRM_LOCKED, firm=firm))
    if trading.accounts:
        lines.append(language(texts.ORDERS_LINE, open=trading.open_orders, today=trading.orders_today))
    return lines


def accounts_text(trading: TradingOverview, language: Translator) -> str:
    """One line per account: id, environment, balance, label. Labels of practice accounts say practice."""
    if not trading.accounts:
        return language(texts.NO_ACCOUNTS)
    balances = [f"{row.balance:,.2f} {row.currency.name}" for row in trading.accounts]
    id_width = max(len(str(row.account_id)) for row in trading.accounts)
    width = max(len(balance) for balance in balances)
    return "\n".join(
        f"{row.account_id:<{id_width}}  {balance:>{width}}  {_described(row, language)}"
        for row, balance in zip(trading.accounts, balances, strict=True)
    )


def _described(row: AccountRow, language: Translator) -> str:
    notes = ["TrdEnv.REAL" if row.environment is TradingEnvironment.REAL else "TrdEnv.SIMULATE"]
    if row.disabled:
        notes.append(language(texts.DISABLED))
    return f"{language(row.label)} [{', '.join(notes)}]"
