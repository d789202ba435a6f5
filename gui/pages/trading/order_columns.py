"""The columns of the orders and fills tables, and an order in one line."""

from __future__ import annotations

from core.model.trading import OrderStatus, TradeSide
from core.model.trading_status import FillRow, OrderRow
from gui.language.figures import money_text, price_text, quantity_text
from gui.language.trading_words import (
    SESSION_WORDS,
    SIDE_WORDS,
    STATUS_WORDS,
    TIME_IN_FORCE_WORDS,
    TYPE_WORDS,
    status_group,
)
from gui.language.window_language import WindowLanguage
from gui.pages.trading.account_clock import AccountClock
from gui.widgets.table_model import Column

_SMALL = "small"


def side_ink(side: TradeSide) -> str:
    """Buys in the ink of rising prices, sells in that of falling ones; the word says it too."""
    return "market.up" if side.buys else "market.down"


def order_price_text(order: OrderRow, language: WindowLanguage) -> str:
    """The limit, or that there is none."""
    return price_text(order.price) if order.price else language.text("Market")


def order_summary(order: OrderRow, language: WindowLanguage) -> str:
    """Buy 400 HK.00700 at 512.00."""
    facts = {
        "side": language.text(SIDE_WORDS[order.side]),
        "quantity": quantity_text(order.quantity),
        "security": order.security.label,
    }
    if order.price:
        return language.text("{side} {quantity} {security} at {price}", price=price_text(order.price), **facts)
    return language.text("{side} {quantity} {security} at market price", **facts)


def order_matches(order: OrderRow, group: str, wanted: str) -> bool:
    """Whether an order is of the group (empty for all) and has the text in code, name, ID or remark."""
    if group and status_group(order.status) != group:
        return False
    if not wanted:
        return True
    fields = (order.security.label, order.name, str(order.order_id), order.remark)
    return any(wanted in field.lower() for field in fields)


def order_columns(language: WindowLanguage, clock: AccountClock) -> list[Column]:
    """All columns of the orders, with titles and texts in the reader's language."""
    text = language.text
    return [
        Column(
            "colTime",
            text("Time"),
            lambda row: row.created_at,
            lambda row: clock.text(row.created_at),
            71,
            font=_SMALL,
            ink=lambda row: "textSecondary",
            tooltip=lambda row: clock.tooltip(row.created_at),
        ),
        Column(
            "colSecurity",
            text("Security"),
            lambda row: row.security.label,
            lambda row: row.security.label,
            86,
            font=_SMALL,
            weight=600,
            aside=lambda row: row.name,
            grow=9,
        ),
        Column(
            "colSide",
            text("Side"),
            lambda row: row.side.name,
            lambda row: text(SIDE_WORDS[row.side]),
            42,
            font=_SMALL,
            weight=500,
            ink=lambda row: side_ink(row.side),
            grow=1,
        ),
        Column(
            "colType",
            text("Type"),
            lambda row: row.order_type.name,
            lambda row: text(TYPE_WORDS[row.order_type]),
            56,
            font=_SMALL,
            grow=1,
        ),
        Column(
            "colPrice",
            text("Price"),
            lambda row: row.price,
            lambda row: order_price_text(row, language),
            64,
            font=_SMALL,
            right=True,
            ink=lambda row: "text" if row.price else "textMuted",
        ),
        Column(
            "colFilled",
            text("Filled / Qty"),
            lambda row: row.filled,
            lambda row: quantity_text(row.filled),
            99,
            font=_SMALL,
            right=True,
            aside=lambda row: f"/ {quantity_text(row.quantity)}",
            grow=1,
        ),
        Column(
            "colAverage",
            text("Avg price"),
            lambda row: row.average_price,
            lambda row: price_text(row.average_price) if row.filled else "",
            70,
            font=_SMALL,
            right=True,
        ),
        Column(
            "colStatus",
            text("Status"),
            lambda row: row.status.name,
            lambda row: text(STATUS_WORDS[row.status].text),
            127,
            font=_SMALL,
            weight=500,
            ink=lambda row: STATUS_WORDS[row.status].ink,
            icon=lambda row: STATUS_WORDS[row.status].icon,
            tooltip=lambda row: _status_tooltip(row, language),
            grow=1,
        ),
        Column(
            "colClient",
            text("Client"),
            lambda row: row.client,
            lambda row: row.client or text("unnamed"),
            70,
            font=_SMALL,
            ink=lambda row: "textSecondary" if row.client else "textMuted",
            grow=3,
        ),
        *_hidden_order_columns(language, clock),
    ]


def _status_tooltip(order: OrderRow, language: WindowLanguage) -> str:
    if order.error:
        return language.text(order.error)
    if order.status is not OrderStatus.TIMEOUT:
        return ""
    # The column is narrower than the sentence.
    return f"{language.text(STATUS_WORDS[order.status].text)}\n{language.text('Refresh before you send it again.')}"


def _hidden_order_columns(language: WindowLanguage, clock: AccountClock) -> list[Column]:
    text = language.text
    return [
        Column(
            "colOrder",
            text("Order ID"),
            lambda row: str(row.order_id),
            lambda row: str(row.order_id),
            130,
            font=_SMALL,
            hidden=True,
        ),
        Column(
            "colTif",
            text("Time in force"),
            lambda row: row.time_in_force.name,
            lambda row: text(TIME_IN_FORCE_WORDS[row.time_in_force]),
            100,
            font=_SMALL,
            hidden=True,
        ),
        Column(
            "colSession",
            text("Session"),
            lambda row: row.session.name,
            lambda row: text(SESSION_WORDS[row.session]),
            84,
            font=_SMALL,
            hidden=True,
        ),
        Column(
            "colTrigger",
            text("Trigger"),
            lambda row: row.trigger_price,
            lambda row: price_text(row.trigger_price) if row.trigger_price else "",
            70,
            font=_SMALL,
            right=True,
            hidden=True,
        ),
        Column(
            "colRemark", text("Remark"), lambda row: row.remark, lambda row: row.remark, 110, font=_SMALL, hidden=True
        ),
        Column(
            "colCurrency",
            text("Currency"),
            lambda row: row.currency.name,
            lambda row: text(row.currency.name),
            66,
            font=_SMALL,
            hidden=True,
        ),
        Column(
            "colUpdated",
            text("Updated"),
            lambda row: row.updated_at,
            lambda row: clock.text(row.updated_at),
            70,
            font=_SMALL,
            hidden=True,
        ),
        Column(
            "colFees",
            text("Fees"),
            lambda row: row.fees,
            lambda row: money_text(row.fees) if row.fees else "",
            70,
            font=_SMALL,
            right=True,
            hidden=True,
        ),
        Column(
            "colError",
            text("Error"),
            lambda row: row.error,
            lambda row: text(row.error),
            160,
            font=_SMALL,
            ink=lambda row: "negative",
            hidden=True,
        ),
    ]


def fill_columns(language: WindowLanguage, clock: AccountClock) -> list[Column]:
    """All columns of the fills."""
    text = language.text

    def amount(row: FillRow) -> float:
        return row.quantity * row.price

    return [
        Column(
            "colTime",
            text("Time"),
            lambda row: row.time,
            lambda row: clock.text(row.time),
            71,
            font=_SMALL,
            ink=lambda row: "textSecondary",
            tooltip=lambda row: clock.tooltip(row.time),
        ),
        Column(
            "colSecurity",
            text("Security"),
            lambda row: row.security.label,
            lambda row: row.security.label,
            112,
            font=_SMALL,
            weight=600,
            aside=lambda row: row.name,
            grow=4,
        ),
        Column(
            "colSide",
            text("Side"),
            lambda row: row.side.name,
            lambda row: text(SIDE_WORDS[row.side]),
            44,
            font=_SMALL,
            weight=500,
            ink=lambda row: side_ink(row.side),
            grow=1,
        ),
        Column(
            "colQty",
            text("Qty"),
            lambda row: row.quantity,
            lambda row: quantity_text(row.quantity),
            66,
            font=_SMALL,
            right=True,
        ),
        Column(
            "colPrice",
            text("Price"),
            lambda row: row.price,
            lambda row: price_text(row.price),
            66,
            font=_SMALL,
            right=True,
        ),
        Column("colAmount", text("Amount"), amount, lambda row: money_text(amount(row)), 94, font=_SMALL, right=True),
        Column(
            "colOrder",
            text("Order"),
            lambda row: str(row.order_id),
            lambda row: str(row.order_id),
            118,
            font=_SMALL,
            ink=lambda row: "textSecondary",
            grow=2,
        ),
        Column(
            "colBroker",
            text("Counter broker"),
            lambda row: row.counter_broker,
            lambda row: row.counter_broker,
            106,
            font=_SMALL,
            ink=lambda row: "textSecondary",
            grow=2,
        ),
        Column(
            "colFill",
            text("Fill ID"),
            lambda row: str(row.fill_id),
            lambda row: str(row.fill_id),
            120,
            font=_SMALL,
            hidden=True,
        ),
    ]
