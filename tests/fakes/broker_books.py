"""Accounts, instruments, prices and fills for tests of the practice broker's money."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from core.model.security import Security, parse_security
from core.model.trading import (
    Currency,
    OrderStatus,
    OrderType,
    TimeInForce,
    TradeSide,
    TradingMarket,
    TradingSession,
    TrailType,
)
from core.upstreams.practice.broker.account_money import AccountState, MoneyRules
from core.upstreams.practice.broker.account_table import load_accounts, market_of
from core.upstreams.practice.broker.currencies import load_currencies
from core.upstreams.practice.broker.fee_schedule import load_fees
from core.upstreams.practice.broker.instruments import Instrument, Product
from core.upstreams.practice.broker.ledger import AccountLedger, entries_of_fill, opening_entry
from core.upstreams.practice.broker.margin import load_margins
from core.upstreams.practice.broker.records import AccountSpec, FillRecord, LedgerEntry, OrderRecord

TABLES = Path(__file__).parents[2] / "resources" / "practice" / "broker"
ACCOUNTS = load_accounts(TABLES / "accounts.csv")
SIM_HK, SIM_US, SIM_CN, SIM_OPTION, SIM_FUTURES, REAL_HK, REAL_FUTURES, REAL_US, REAL_OLD = ACCOUNTS
RULES = MoneyRules(
    load_currencies(TABLES / "currencies.csv"), load_fees(TABLES / "fees.toml"), load_margins(TABLES / "margin.toml")
)
DAY = datetime.date(2026, 3, 12).toordinal()
EXPIRY = datetime.date(2026, 3, 30).toordinal()


def units(amount: float) -> int:
    """Turn money or a price into 1/10000."""
    return round(amount * 10_000)


def stock(label: str, product: Product, lot: int = 1, *, turnover: float = 1e10) -> Instrument:
    """Make a stock or fund."""
    security = parse_security(label)
    currency = {"HK": Currency.HKD, "US": Currency.USD}.get(label.split(".")[0], Currency.CNH)
    return Instrument(security, product, currency, lot, 1, "", security, daily_turnover=turnover, shares=10**9)


TENCENT = stock("HK.00700", Product.HK_STOCK, 100)
TRACKER = stock("HK.02800", Product.HK_ETF, 500)
SMALL = stock("HK.08888", Product.HK_STOCK, 100, turnover=1e5)
APPLE = stock("US.AAPL", Product.US_STOCK)
MOUTAI = stock("SH.600519", Product.A_SHARE, 100)


def option(owner: Instrument, code: str, strike: float, *, is_call: bool = True, size: int = 100, day: int = EXPIRY
           ) -> Instrument:  # fmt: skip
    """Make an option series."""
    product = Product.US_OPTION if owner.security.market == APPLE.security.market else Product.HK_OPTION
    security = Security(owner.security.market, code)
    return Instrument(
        security, product, owner.currency, 1, size, code[:3], owner.security,
        strike=units(strike), is_call=is_call, last_day=day,
    )  # fmt: skip


def future(code: str, root: str = "HSI", multiplier: int = 50, day: int = EXPIRY) -> Instrument:
    """Make an index future."""
    return Instrument(
        Security(1, code), Product.HK_FUTURE, Currency.HKD, 1, multiplier, root, Security(1, "800000"),
        is_index=True, last_day=day,
    )  # fmt: skip


class FakePrices:
    """Prices that a test sets."""

    def __init__(self, instruments: Sequence[Instrument], last: Mapping[str, float], day: int = DAY) -> None:
        self.instruments = {instrument.security: instrument for instrument in instruments}
        self.lasts = {parse_security(label): units(price) for label, price in last.items()}
        self.closes: dict[Security, int] = {}
        self.day = day

    def instrument(self, security: Security) -> Instrument | None:
        return self.instruments.get(security)

    def last(self, security: Security) -> int:
        return self.lasts.get(security, 0)

    def previous_close(self, security: Security) -> int:
        return self.closes.get(security, 0)

    def today(self, security: Security) -> int:
        return self.day


class Books:
    """An account that trades: every fill and entry is kept, so that the books can be made again."""

    def __init__(self, spec: AccountSpec) -> None:
        self.spec = spec
        self.ledger = AccountLedger(spec.account_id)
        self.fills: list[FillRecord] = []
        self.entries: list[LedgerEntry] = []
        self._ids = count(1)
        self._book(opening_entry(spec, next(self._ids), 0.0, DAY))

    def _book(self, record: FillRecord | LedgerEntry) -> None:
        self.ledger.apply(record)
        if isinstance(record, FillRecord):
            self.fills.append(record)
        else:
            self.entries.append(record)

    def fill(
        self, instrument: Instrument, side: TradeSide, quantity: int, price: int, *, day: int = DAY, fees: bool = True
    ) -> FillRecord:
        """Book a fill of an order of its own, with its entries."""
        made = fill_of(self.spec, instrument, side, quantity, price, len(self.fills) + 1, day)
        charged = RULES.fees.of_fill(self.spec, instrument, side, quantity, price) if fees else ()
        entries = entries_of_fill(self.ledger, made, charged, lambda: next(self._ids))
        for record in (made, *entries):
            self._book(record)
        return made

    def state(self, prices: FakePrices, orders: Sequence[OrderRecord] = ()) -> AccountState:
        return AccountState(self.spec, self.ledger, orders, prices)


def fill_of(
    spec: AccountSpec, instrument: Instrument, side: TradeSide, quantity: int, price: int, fill_id: int, day: int = DAY
) -> FillRecord:
    """Make a fill."""
    market = market_of(spec, instrument) or TradingMarket.HK
    return FillRecord(
        fill_id, fill_id, spec.account_id, instrument.security, instrument.security.code, side, quantity, price,
        instrument.multiplier, instrument.currency, market, float(day), day,
    )  # fmt: skip


def order_of(
    spec: AccountSpec, instrument: Instrument, side: TradeSide, quantity: int, price: int, *,
    order_id: int = 1, reserved: int = 0, status: OrderStatus = OrderStatus.SUBMITTED,
) -> OrderRecord:  # fmt: skip
    """Make an open limit order."""
    return OrderRecord(
        order_id=order_id, account_id=spec.account_id, security=instrument.security, name="", side=side,
        order_type=OrderType.NORMAL, quantity=quantity, price=price, aux_price=0, trail_type=TrailType.NONE,
        trail_value=0, trail_spread=0, time_in_force=TimeInForce.DAY, expire_day=0, session=TradingSession.NONE,
        fill_outside_rth=False, remark="", legs=(), strategy=0, currency=instrument.currency,
        trading_market=TradingMarket.HK, status=status, filled=0, filled_amount=0, created_at=0.0, updated_at=0.0,
        day=DAY, created_day=DAY, reserved=reserved,
    )  # fmt: skip
