"""The books of one account: cash per currency from ledger entries, positions from fills, in the order of their ids.

Every movement of money is an entry; fills move positions only. Figures are a function of the records alone, so books
rebuilt from disk are the books that were kept live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from core.model.security import Security
from core.model.trading import Currency
from core.upstreams.practice.broker.fee_schedule import FeeLines
from core.upstreams.practice.broker.instruments import PriceSource
from core.upstreams.practice.broker.positions import (
    FUTURES_MARKETS,
    DayTotals,
    Pending,
    Position,
    PositionFigures,
    position_figures,
)
from core.upstreams.practice.broker.records import AccountSpec, EntryKind, FillKind, FillRecord, LedgerEntry

_DAYS_KEPT: Final = 7  # of totals of securities that are no longer held
_TOTALS_SWEPT: Final = 1_000
_PRACTICE_FUNDS: Final = "practice funds"


class AccountLedger:
    """Cash, positions and day totals of one account.

    A fill's entries are applied right after it and before the next fill. Records that were applied already (by id) are
    ignored, so applying a list twice changes nothing.
    """

    def __init__(self, account_id: int, *, last_fill_id: int = 0, last_entry_id: int = 0) -> None:
        """Begin with nothing. Records up to the two ids are history (before a reset) and count no more."""
        self.account_id = account_id
        self.last_fill_id = last_fill_id
        self.last_entry_id = last_entry_id
        self.cash: dict[Currency, int] = {}
        self.fees: dict[Currency, int] = {}
        self.realised: dict[Currency, int] = {}
        self.deposits: dict[Currency, int] = {}
        self.positions: dict[Security, Position] = {}
        self.day_totals: dict[Security, DayTotals] = {}
        self._closed: dict[Security, Position] = {}
        self._last_fill: FillRecord | None = None

    def apply(self, record: FillRecord | LedgerEntry) -> None:
        """Book a record. ValueError for another account's, or an entry that does not follow its fill."""
        if record.account_id != self.account_id:
            raise ValueError(f"a record of account {record.account_id} in the books of {self.account_id}")
        if isinstance(record, FillRecord):
            if record.fill_id > self.last_fill_id:
                self._book_fill(record)
        elif record.entry_id > self.last_entry_id:
            self._book_entry(record)

    def cash_of(self, fill: FillRecord) -> int:
        """Give the cash a fill moves, before it is booked: its price, or of a future the profit it realises."""
        amount = fill.price * fill.quantity * fill.multiplier
        if fill.trading_market not in FUTURES_MARKETS:
            return -amount if fill.side.buys else amount
        position = self.positions.get(fill.security)
        return 0 if position is None else position.closing(fill.side.buys, fill.quantity, fill.price).realised

    def figures(
        self, prices: PriceSource, pending: Mapping[Security, Pending], *, closed_today: bool = False
    ) -> list[PositionFigures]:
        """Compute the positions in the order they were opened, with those closed today if asked for."""
        shown = [(position, self.day_totals.get(security)) for security, position in self.positions.items()]
        if closed_today:
            shown += [
                (position, totals)
                for security, position in self._closed.items()
                if security not in self.positions
                and (totals := self.day_totals[security]).day == prices.today(security)
            ]
        rows = [position_figures(position, totals, prices, pending) for position, totals in shown]
        return sorted(rows, key=lambda row: row.position_id)

    def today_profits(self, prices: PriceSource) -> dict[Currency, int]:
        """Add up today's profit after fees per currency, closed positions included."""
        profits: dict[Currency, int] = {}
        for row in self.figures(prices, {}, closed_today=True):
            profits[row.currency] = profits.get(row.currency, 0) + row.today_profit
        return profits

    def _book_fill(self, fill: FillRecord) -> None:
        security, buys = fill.security, fill.side.buys
        position = self.positions.get(security)
        totals = self.day_totals.get(security)
        if totals is None or totals.day < fill.day:
            self._sweep(fill.day)
            totals = DayTotals(fill.day, position.quantity if position else 0, fill.multiplier)
            self.day_totals[security] = totals
        totals.add(fill)
        self.last_fill_id = fill.fill_id
        opened = fill.quantity
        if position is not None:
            closing = position.closing(buys, fill.quantity, fill.price)
            opened = closing.opened
            if closing.closed:
                position.close(buys, fill.price, closing)
                self.realised[fill.currency] = self.realised.get(fill.currency, 0) + closing.realised
                if not position.quantity:
                    self._closed[security] = self.positions.pop(security)
        if opened:
            position = self.positions.get(security)
            if position is None:
                position = self.positions[security] = Position(fill)
            position.open(buys, fill.price, opened)
        self._last_fill = fill

    def _book_entry(self, entry: LedgerEntry) -> None:
        fill = self._last_fill
        if entry.fill_id and (fill is None or entry.fill_id != fill.fill_id):
            raise ValueError(f"entry {entry.entry_id} does not follow its fill {entry.fill_id}")
        self.last_entry_id = entry.entry_id
        currency = entry.currency
        self.cash[currency] = self.cash.get(currency, 0) + entry.amount
        if entry.kind is EntryKind.DEPOSIT:
            self.deposits[currency] = self.deposits.get(currency, 0) + entry.amount
        if entry.kind is EntryKind.FEE:
            self.fees[currency] = self.fees.get(currency, 0) - entry.amount
            if fill is not None and entry.fill_id:
                self._add_fee(entry, fill)

    def _add_fee(self, entry: LedgerEntry, fill: FillRecord) -> None:
        self.day_totals[fill.security].fees -= entry.amount
        position = self.positions.get(fill.security) or self._closed.get(fill.security)
        if position is not None and not position.is_future:
            position.net_paid -= entry.amount

    def _sweep(self, day: int) -> None:
        """Forget old totals of what is no longer held."""
        if len(self.day_totals) < _TOTALS_SWEPT:
            return
        old = [
            security
            for security, totals in self.day_totals.items()
            if totals.day < day - _DAYS_KEPT and security not in self.positions
        ]
        for security in old:
            del self.day_totals[security]
            self._closed.pop(security, None)


def rebuild(
    account_id: int,
    fills: Iterable[FillRecord],
    entries: Iterable[LedgerEntry],
    *,
    last_fill_id: int = 0,
    last_entry_id: int = 0,
) -> AccountLedger:
    """Make the books of one account from its records, in any order; ids say what came when."""
    ledger = AccountLedger(account_id, last_fill_id=last_fill_id, last_entry_id=last_entry_id)
    waiting = sorted(fills, key=lambda fill: fill.fill_id, reverse=True)
    for entry in sorted(entries, key=lambda entry: entry.entry_id):
        while waiting and waiting[-1].fill_id <= entry.fill_id:
            ledger.apply(waiting.pop())
        ledger.apply(entry)
    while waiting:
        ledger.apply(waiting.pop())
    return ledger


def opening_entry(spec: AccountSpec, entry_id: int, at: float, day: int) -> LedgerEntry:
    """Make the deposit an account begins with, at first and after every reset."""
    return LedgerEntry(
        entry_id=entry_id, account_id=spec.account_id, currency=spec.currency, amount=spec.opening_cash,
        kind=EntryKind.DEPOSIT, title="", at=at, day=day, settlement_day=day, remark=_PRACTICE_FUNDS,
    )  # fmt: skip


def entries_of_fill(
    ledger: AccountLedger, fill: FillRecord, fees: FeeLines, next_id: Callable[[], int]
) -> tuple[LedgerEntry, ...]:
    """Make the entries of a fill that is not booked yet: what it moves, then its fees. Money settles at once (T+0)."""

    def entry(amount: int, kind: EntryKind, title: str) -> LedgerEntry:
        return LedgerEntry(
            entry_id=next_id(), account_id=fill.account_id, currency=fill.currency, amount=amount, kind=kind,
            title=title, at=fill.at, day=fill.day, settlement_day=fill.day, order_id=fill.order_id,
            fill_id=fill.fill_id, remark=f"{fill.security.label} {fill.quantity} @ {fill.price / 10_000:g}",
        )  # fmt: skip

    kind = EntryKind.TRADE if fill.kind is FillKind.TRADE else EntryKind.SETTLEMENT
    cash = ledger.cash_of(fill)
    made: Sequence[LedgerEntry] = [entry(cash, kind, "")] if cash else []
    return (*made, *(entry(-amount, EntryKind.FEE, title) for title, amount in fees))
