"""The columns of positions and of money by currency, and the totals under the positions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.model.trading import PositionSide
from core.model.trading_status import CashRow, PositionRow
from gui.language.figures import (
    money_text,
    price_text,
    quantity_text,
    signed_money_text,
    signed_percent_text,
)
from gui.language.window_language import WindowLanguage
from gui.widgets.table_model import Column
from gui.widgets.total_rows import TotalCell

_SMALL = "small"


def change_ink(value: float) -> str:
    """Ink of something won or lost; nothing is in neither."""
    if abs(value) < 0.005:
        return "text"
    return "market.up" if value > 0 else "market.down"


def position_columns(language: WindowLanguage, is_mixed: Callable[[], bool]) -> list[Column]:
    """All columns of the positions; in a book of several currencies each value names its own."""
    text = language.text

    def quantity(row: PositionRow) -> str:
        shown = quantity_text(row.quantity)
        short = row.side is PositionSide.SHORT and row.quantity > 0
        return text("{quantity} short", quantity=shown) if short else shown

    return [
        Column(
            "colSecurity",
            text("Security"),
            lambda row: row.security.label,
            lambda row: row.security.label,
            104,
            font=_SMALL,
            weight=600,
            aside=lambda row: row.name,
            grow=4,
        ),
        Column("colQty", text("Qty"), lambda row: row.quantity, quantity, 58, font=_SMALL, right=True, grow=1),
        Column(
            "colCanSell",
            text("Can sell"),
            lambda row: row.can_sell,
            lambda row: quantity_text(row.can_sell),
            62,
            font=_SMALL,
            right=True,
        ),
        Column(
            "colCost",
            text("Avg cost"),
            lambda row: row.average_cost,
            lambda row: price_text(row.average_cost),
            68,
            font=_SMALL,
            right=True,
        ),
        Column(
            "colLast",
            text("Last"),
            lambda row: row.last,
            lambda row: price_text(row.last) if row.last else "",
            60,
            font=_SMALL,
            right=True,
        ),
        Column(
            "colValue",
            text("Market value"),
            lambda row: row.market_value,
            lambda row: money_text(row.market_value),
            106,
            font=_SMALL,
            right=True,
            aside=lambda row: text(row.currency.name) if is_mixed() else "",
            grow=2,
        ),
        Column(
            "colProfit",
            text("P&L"),
            lambda row: row.profit,
            lambda row: signed_money_text(row.profit),
            80,
            font=_SMALL,
            right=True,
            ink=lambda row: change_ink(row.profit),
            grow=1,
        ),
        Column(
            "colRatio",
            text("P&L %"),
            lambda row: row.profit_ratio,
            lambda row: signed_percent_text(row.profit_ratio),
            68,
            font=_SMALL,
            right=True,
            ink=lambda row: change_ink(row.profit),
        ),
        Column(
            "colToday",
            text("Today"),
            lambda row: row.today_profit,
            lambda row: signed_money_text(row.today_profit),
            74,
            font=_SMALL,
            right=True,
            ink=lambda row: change_ink(row.today_profit),
            grow=1,
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
            "colPosition",
            text("Position ID"),
            lambda row: str(row.position_id),
            lambda row: str(row.position_id),
            120,
            font=_SMALL,
            hidden=True,
        ),
    ]


def position_totals(rows: Sequence[PositionRow], language: WindowLanguage) -> list[Mapping[str, TotalCell]]:
    """One row of sums per currency: amounts of different currencies are never added."""
    totals: list[Mapping[str, TotalCell]] = []
    for currency in sorted({row.currency for row in rows}):
        mine = [row for row in rows if row.currency is currency]
        value = sum(row.market_value for row in mine)
        profit = sum(row.profit for row in mine)
        today = sum(row.today_profit for row in mine)
        cells = {
            "colSecurity": TotalCell(language.text("Total, {currency}", currency=language.text(currency.name))),
            "colValue": TotalCell(money_text(value)),
            "colProfit": TotalCell(signed_money_text(profit), change_ink(profit)),
            "colToday": TotalCell(signed_money_text(today), change_ink(today)),
        }
        paid = _paid(mine)
        if paid:
            cells["colRatio"] = TotalCell(signed_percent_text(profit / paid), change_ink(profit))
        totals.append(cells)
    return totals


def _paid(rows: Sequence[PositionRow]) -> float:
    """What the positions cost: their profit over its ratio, which counts contract sizes in."""
    paid = 0.0
    for row in rows:
        if row.profit_ratio:
            paid += abs(row.profit / row.profit_ratio)
        else:
            paid += abs(row.market_value)
    return paid


def cash_columns(language: WindowLanguage) -> list[Column]:
    """All columns of the money by currency."""
    text = language.text
    return [
        Column(
            "colCurrency",
            text("Currency"),
            lambda row: row.currency.name,
            lambda row: text(row.currency.name),
            140,
            font=_SMALL,
            weight=600,
            grow=1,
        ),
        _amount_column("colCash", text("Cash"), lambda row: row.cash),
        _amount_column("colAvailable", text("Available"), lambda row: row.available),
        _amount_column("colFrozen", text("Frozen"), lambda row: row.frozen),
    ]


def _amount_column(key: str, title: str, amount: Callable[[CashRow], float]) -> Column:
    return Column(key, title, amount, lambda row: money_text(amount(row)), 150, font=_SMALL, right=True, grow=1)
