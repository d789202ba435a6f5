"""A practice exchange with the broker on top, moved by hand: what the broker's tests stand on."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.model.security import Security, parse_security
from core.model.trading import OrderTerms, OrderType, TradeSide
from core.upstreams.practice.broker.account_money import MoneyRules
from core.upstreams.practice.broker.account_table import load_accounts
from core.upstreams.practice.broker.broker import PracticeBroker
from core.upstreams.practice.broker.currencies import load_currencies
from core.upstreams.practice.broker.fee_schedule import load_fees
from core.upstreams.practice.broker.journal import Journal
from core.upstreams.practice.broker.margin import load_margins
from core.upstreams.practice.broker.records import FillRecord, OrderRecord
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.intraday_shapes import ShapeLibrary
from core.upstreams.practice.option_chains import load_option_classes
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
TENCENT, APPLE = (parse_security(label) for label in ("HK.00700", "US.AAPL"))
# A Friday, 10:17:20 in Hong Kong.
MORNING = datetime.datetime(2026, 11, 20, 2, 17, 20, tzinfo=datetime.UTC).timestamp()
OPEN_SINCE = datetime.date(2026, 11, 15)
SIM_HK, SIM_US, SIM_CN, SIM_HK_OPTION, SIM_FUTURES = 9000001, 9000002, 9000003, 9000004, 9000005
REAL_HK, REAL_FUTURES, REAL_US, DISABLED = (
    281700100000000001,
    281700100000000002,
    281700200000000001,
    281700100000000009,
)

_TABLE = load_securities(PRACTICE / "securities.csv")
_CALENDARS = load_calendars(PRACTICE / "calendars.json")
_CLASSES = load_option_classes(PRACTICE / "option_classes.csv")
_ACCOUNTS = load_accounts(PRACTICE / "broker" / "accounts.csv")
_RULES = MoneyRules(
    load_currencies(PRACTICE / "broker" / "currencies.csv"),
    load_fees(PRACTICE / "broker" / "fees.toml"),
    load_margins(PRACTICE / "broker" / "margin.toml"),
)


_LIBRARIES: dict[int, ShapeLibrary] = {}


class BrokerWorld:
    """One exchange and one broker. `news` collects what the broker told."""

    def __init__(
        self,
        now: float = MORNING,
        *,
        always_open: bool = True,
        strict_paper: bool = False,
        journal_url: str | None = None,
        seed: int = 7,
    ) -> None:
        calendars: dict[MarketGroup, MarketCalendar] = dict(_CALENDARS)
        if always_open:
            calendars = {
                group: calendar if group is MarketGroup.CRYPTO else AlwaysOpenCalendar(calendar, OPEN_SINCE)
                for group, calendar in calendars.items()
            }
        self.exchange = Exchange(_TABLE, calendars, seed, option_classes=_CLASSES)
        # The shapes of days depend on the seed alone and take long to make.
        self.exchange._library = _LIBRARIES.setdefault(seed, self.exchange._library)
        self.exchange.begin(now)
        self.news: list[tuple[int, OrderRecord | FillRecord]] = []
        self.broker = PracticeBroker(self.exchange, _ACCOUNTS, Journal(journal_url), _RULES, strict_paper=strict_paper)
        self.broker.on_news = self._on_news
        self.broker.open(now)

    @property
    def now(self) -> float:
        return self.exchange.now

    def run(self, seconds: float, step: float = 0.5) -> None:
        """Let the exchange and the broker advance together."""
        begin = self.exchange.now
        for number in range(1, max(1, round(seconds / step)) + 1):
            self.advance(min(begin + seconds, begin + number * step))

    def advance(self, now: float) -> None:
        self.exchange.advance(now)
        self.broker.advance(now)

    async def place(
        self, account_id: int, security: Security, side: TradeSide, quantity: float, price: float = 0.0, **terms: Any
    ) -> OrderRecord:
        """A limit order, or a market order without a price."""
        kind = terms.pop("order_type", OrderType.NORMAL if price else OrderType.MARKET)
        order = OrderTerms(security, side, kind, quantity, price=price, **terms)
        return await self.broker.place(account_id, order, client="test")

    def price(self, security: Security) -> float:
        """The last price in currency."""
        last = self.exchange.last_price(security)
        assert last is not None
        return last / 10_000

    def order(self, account_id: int, order: OrderRecord) -> OrderRecord:
        return self.broker.order(account_id, order.order_id)

    def statuses(self, order: OrderRecord) -> list[str]:
        """The statuses told of an order, in order."""
        return [
            change.status.name
            for _, change in self.news
            if isinstance(change, OrderRecord) and change.order_id == order.order_id
        ]

    def _on_news(self, account_id: int, changes: Sequence[OrderRecord | FillRecord]) -> None:
        self.news += [(account_id, change) for change in changes]
