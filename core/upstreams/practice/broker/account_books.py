"""The books of all accounts: what an order may cost, what a fill moves, what an account is worth now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.trading import CashDirection, Currency, OrderTerms, TradeSide
from core.upstreams.practice.broker.account_money import AccountState, MoneyRules, can_afford
from core.upstreams.practice.broker.fee_schedule import FeeLines, add_up
from core.upstreams.practice.broker.instruments import Instrument, PriceSource
from core.upstreams.practice.broker.ledger import AccountLedger, entries_of_fill, opening_entry, rebuild
from core.upstreams.practice.broker.order_steps import Admission
from core.upstreams.practice.broker.order_store import OrderStore
from core.upstreams.practice.broker.positions import Pending, closable, pending_quantities
from core.upstreams.practice.broker.records import AccountSpec, EntryKind, FillRecord, LedgerEntry, OrderRecord
from core.upstreams.practice.broker.reserves import ComboEffect, combo_effect, reserve_for


class AccountBooks:
    """Ledgers by account, fed by fills and entries; the money side of orders (order_desk.OrderMoney)."""

    def __init__(
        self,
        accounts: Mapping[int, AccountSpec],
        rules: MoneyRules,
        prices: PriceSource,
        store: OrderStore,
        next_id: Callable[[str], int],
    ) -> None:
        """Store."""
        self._accounts = accounts
        self._rules = rules
        self._prices = prices
        self._store = store
        self._next_id = next_id
        self._ledgers: dict[int, AccountLedger] = {}
        self._entries: dict[int, list[LedgerEntry]] = {}
        self._fees: dict[int, FeeLines] = {}  # by order

    def load(self, entries: Iterable[LedgerEntry]) -> None:
        """Rebuild every ledger from the records; the store holds the fills and the resets."""
        self._entries = {account_id: [] for account_id in self._accounts}
        for entry in entries:
            self._keep(entry)
        for account_id in self._accounts:
            reset = self._store.reset_of(account_id)
            self._ledgers[account_id] = rebuild(
                account_id,
                self._store.fills_of(account_id),
                self._entries[account_id],
                last_fill_id=reset.last_fill_id if reset else 0,
                last_entry_id=reset.last_entry_id if reset else 0,
            )

    def open_account(self, account: AccountSpec, at: float, day: int) -> LedgerEntry | None:
        """Give an account its opening balance, unless it has it; a disabled one has none."""
        ledger = self._ledgers[account.account_id]
        if ledger.deposits or not account.opening_cash:
            return None
        entry = opening_entry(account, self._next_id("entry"), at, day)
        ledger.apply(entry)
        self._keep(entry)
        return entry

    def begin_anew(self, account_id: int, last_fill_id: int, last_entry_id: int) -> None:
        """Forget what an account has; its records are history."""
        ledger = AccountLedger(account_id, last_fill_id=last_fill_id, last_entry_id=last_entry_id)
        self._ledgers[account_id] = ledger

    def ledger(self, account_id: int) -> AccountLedger:
        """Give the ledger of an account."""
        return self._ledgers[account_id]

    def state(self, account: AccountSpec, without: OrderRecord | None = None) -> AccountState:
        """Give an account as it stands now, as if one of its orders were not there.

        Its orders are added up by security and side.
        """
        known = None if without is None else self._store.get(without.order_id)
        orders = self._store.open_totals(account.account_id, known)
        return AccountState(account, self._ledgers[account.account_id], orders, self._prices)

    def fees_of(self, order_id: int) -> FeeLines:
        """Give what an order was charged, by title."""
        return self._fees.get(order_id, ())

    def entries(self, account_id: int, day: int, direction: CashDirection | None) -> list[LedgerEntry]:
        """List the cash movements that settled on a day, oldest first."""
        return [
            entry
            for entry in self._entries.get(account_id, ())
            if entry.settlement_day == day
            and (direction is None or (entry.amount >= 0) is (direction is CashDirection.IN))
        ]

    # -- the money side of orders

    def admit(self, account: AccountSpec, order: OrderRecord, replaced: OrderRecord | None) -> Admission:
        """Give an order's final side and what it holds back.

        Raises UserFacingError(no_position, position_short, buy_back_first, short_pool, buying_power).
        """
        state = self.state(account, replaced)
        if order.legs:
            return self._admit_combo(state, order)
        instrument = self._instrument(order.security)
        side = self._side(state, instrument, order)
        price = order.price or order.aux_price or self._prices.last(order.security)
        reserved = reserve_for(state, self._rules, instrument, side, order.order_type, order.open_quantity, price)
        self._check_afford(state, reserved, instrument.currency)
        return Admission(side, reserved)

    def book(self, account: AccountSpec, order: OrderRecord | None, fill: FillRecord) -> Sequence[LedgerEntry]:
        """Book a fill; gives its entries. Settlements belong to no order and cost nothing."""
        fees: FeeLines = ()
        if order is not None:
            earlier = [
                other
                for other in self._store.fills_of_order(order.order_id)
                if other.day == fill.day and other.leg == fill.leg
            ]
            instrument = self._instrument(fill.security)
            fees = self._rules.fees.of_fill(account, instrument, fill.side, fill.quantity, fill.price, earlier)
        ledger = self._ledgers[account.account_id]
        entries = entries_of_fill(ledger, fill, fees, lambda: self._next_id("entry"))
        ledger.apply(fill)
        for entry in entries:
            ledger.apply(entry)
            self._keep(entry)
        return entries

    def combo_effect(self, account: AccountSpec, terms: OrderTerms, quantity: int, net_price: int) -> ComboEffect:
        """Say what a combo would do to an account."""
        instruments = {leg.security: self._instrument(leg.security) for leg in terms.legs}
        return combo_effect(self.state(account), self._rules, terms.legs, instruments, quantity, net_price)

    def _admit_combo(self, state: AccountState, order: OrderRecord) -> Admission:
        instruments = {leg.security: self._instrument(leg.security) for leg in order.legs}
        effect = combo_effect(state, self._rules, order.legs, instruments, order.open_quantity, order.price)
        reserved = max(0, effect.buying_power_decrease)
        self._check_afford(state, reserved, effect.currency)
        return Admission(order.side, reserved)

    def _side(self, state: AccountState, instrument: Instrument, order: OrderRecord) -> TradeSide:
        """Say whether a sale closes or sells short, and refuse what the position does not allow."""
        security, label = order.security, order.security.label
        if instrument.is_future:
            return TradeSide.BUY if order.side.buys else TradeSide.SELL
        position = state.ledger.positions.get(security)
        waiting = pending_quantities(state.orders).get(security, Pending(0, 0))
        totals = state.ledger.day_totals.get(security)
        free = closable(position, totals, self._prices.today(security), waiting)
        held = position.quantity if position else 0
        if order.side.buys:
            if held < 0 and order.open_quantity > free:
                raise UserFacingError("buy_back_first", code=label, quantity=free)
            return TradeSide.BUY
        if held > 0:
            if order.open_quantity > free:
                raise UserFacingError("position_short", code=label, quantity=free)
            return TradeSide.SELL
        spec, margins = state.spec, self._rules.margins
        if not spec.allows_short or not margins.is_shortable(spec.environment, instrument):
            raise UserFacingError("no_position", code=label)
        if not instrument.is_option:
            pool = margins.short_pool(spec.environment, instrument, self._prices.today(security))
            if order.open_quantity > pool:
                raise UserFacingError("short_pool", code=label, quantity=pool)
        return TradeSide.SELL_SHORT

    def _check_afford(self, state: AccountState, amount: int, currency: Currency) -> None:
        if not can_afford(state, self._rules, amount, currency):
            raise UserFacingError("buying_power", needed=f"{amount / 10_000:,.2f}", currency=currency.name)

    def _instrument(self, security: Security) -> Instrument:
        instrument = self._prices.instrument(security)
        if instrument is None:
            raise UserFacingError("unknown_security", code=security.label)
        return instrument

    def _keep(self, entry: LedgerEntry) -> None:
        self._entries.setdefault(entry.account_id, []).append(entry)
        if entry.kind is EntryKind.FEE and entry.order_id:
            line = (entry.title, -entry.amount)
            self._fees[entry.order_id] = add_up([*self._fees.get(entry.order_id, ()), line])
