"""Answers about price reminders, and the push when one fires."""

from __future__ import annotations

from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import MARKET_PREFIXES, Security
from core.model.topics import Push
from core.upstreams.practice.answers.request_checks import checked_number, security_of
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_clock import MarketClock
from core.upstreams.practice.price_reminders import ALWAYS, DEFAULT_SESSIONS, Fired, PriceReminders, Reminder, content
from core.upstreams.practice.quote_messages import security_message

PUSH_PRICE_REMINDER: Final = 3019
_ADD, _DELETE, _ENABLE, _DISABLE, _MODIFY, _DELETE_ALL = 1, 2, 3, 4, 5, 6


def set_reminder(exchange: Exchange, reminders: PriceReminders, request: Any) -> bytes:
    """Answer SetPriceReminder (3220)."""
    c2s = request.c2s
    operation = checked_number("op", c2s.op, range(_ADD, _DELETE_ALL + 1))
    security = exchange.info(security_of(c2s.security)).security
    sessions = tuple(dict.fromkeys(c2s.reminderSessionList))
    key = c2s.key
    if operation not in (_ADD, _DELETE_ALL) and not c2s.HasField("key"):
        raise UserFacingError("missing_field", field="key")
    if operation == _ADD:
        for field in ("type", "value"):
            if not c2s.HasField(field):
                raise UserFacingError("missing_field", field=field)
        key = reminders.add(security, c2s.type, c2s.value, c2s.note, c2s.freq or ALWAYS, sessions or DEFAULT_SESSIONS)
    elif operation == _DELETE:
        reminders.delete(security, key)
    elif operation == _DELETE_ALL:
        reminders.delete_all(security)
    elif operation == _MODIFY:
        reminders.modify(
            security,
            key,
            type_=c2s.type or None,
            value=c2s.value if c2s.HasField("value") else None,
            note=c2s.note if c2s.HasField("note") else None,
            frequency=c2s.freq or None,
            sessions=sessions or None,
        )
    else:
        reminders.set_enabled(security, key, enabled=operation == _ENABLE)
    response = openapi.Qot_SetPriceReminder.Response(retType=0)
    response.s2c.key = key
    return response.SerializeToString()


def list_reminders(exchange: Exchange, reminders: PriceReminders, request: Any) -> bytes:
    """Answer GetPriceReminder (3221): of a security, or of a market."""
    c2s = request.c2s
    if c2s.HasField("security") and c2s.security.code:
        found = reminders.of(exchange.info(security_of(c2s.security)).security)
    elif c2s.market in MARKET_PREFIXES:
        found = reminders.of_market(c2s.market)
    else:
        raise UserFacingError("wrong_market", market=c2s.market)
    grouped: dict[Security, list[Reminder]] = {}
    for reminder in found:
        grouped.setdefault(reminder.security, []).append(reminder)
    response = openapi.Qot_GetPriceReminder.Response(retType=0)
    response.s2c.SetInParent()
    for security, items in grouped.items():
        info = exchange.table.get(security)
        row = response.s2c.priceReminderList.add()
        row.security.market, row.security.code = security
        if info is not None:
            row.name = exchange.name(info)
        for item in items:
            row.itemList.add(
                key=item.key,
                type=item.type,
                value=item.value,
                note=item.note,
                freq=item.frequency,
                isEnable=item.enabled,
                reminderSessionList=item.sessions,
            )
    return response.SerializeToString()


def fired_pushes(exchange: Exchange, reminders: PriceReminders, clock: MarketClock, *, chinese: bool) -> list[Push]:
    """Give a push for every reminder that fires now. Called after every slice of the exchange; cheap without any."""
    pushes: list[Push] = []
    for security in reminders.watched:
        try:
            market = exchange.market(security)
        except UserFacingError:  # no longer in the table
            continue
        for fired in reminders.fire(market, clock.state(market.info.group)):
            pushes.append(Push(None, PUSH_PRICE_REMINDER, _body(exchange, fired, chinese=chinese)))
    return pushes


def _body(exchange: Exchange, fired: Fired, *, chinese: bool) -> bytes:
    reminder = fired.reminder
    info = exchange.info(reminder.security)
    response = openapi.Qot_UpdatePriceReminder.Response(retType=0)
    content_message = response.s2c
    content_message.security.CopyFrom(security_message(info))
    content_message.name = exchange.name(info)
    content_message.price = fired.price
    content_message.changeRate = fired.change
    content_message.marketStatus = fired.session
    content_message.content = content(reminder, chinese=chinese)
    content_message.note = reminder.note
    content_message.key = reminder.key
    content_message.type = reminder.type
    content_message.setValue = reminder.value
    content_message.curValue = fired.current
    return response.SerializeToString()
