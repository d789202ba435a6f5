"""What is checked before an order is taken: everything that needs no knowledge of money or positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.trading import (
    OrderTerms,
    OrderType,
    TimeInForce,
    TradingEnvironment,
    TradingMarket,
    TradingSession,
    TrailType,
)
from core.upstreams.practice.broker.order_prices import (
    check_caps,
    check_lots,
    check_price_band,
    limit_price,
    trigger_price,
    units_of,
    whole_quantity,
)
from core.upstreams.practice.broker.order_products import Product, firm_of, has_auctions, product_of, trading_market
from core.upstreams.practice.broker.order_schedule import Moment, OrderSchedule
from core.upstreams.practice.broker.order_types import (
    AUCTIONS,
    CONDITIONAL,
    DAY_ONLY,
    NEEDS_PRICE,
    TRAILING,
    TRIGGERED_AT_PRICE,
    TYPE_NAMES,
    check_type,
)
from core.upstreams.practice.broker.records import AccountSpec
from core.upstreams.practice.contract_models import FutureModel
from core.upstreams.practice.contracts import DERIVED_TYPES
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import CC, ETF, INDEX_LIKE, STOCK, SecurityInfo

LONGEST_REMARK: Final = 64  # bytes of UTF-8
_LARGEST_RATIO: Final = 100.0  # percent
# Products whose market orders end with the day; elsewhere a market order may wait for its market.
_MARKET_DAY_ONLY: Final = frozenset(
    {Product.HK_SECURITY, Product.HK_OPTION, Product.HK_FUTURE, Product.A_SHARE, Product.OTHER_STOCK}
)


@dataclass(frozen=True, slots=True)
class CheckedTerms:
    """Terms of an order in the broker's units, found legal. Prices in price units, 0 where the type has none."""

    info: SecurityInfo
    product: Product
    market: TradingMarket
    quantity: int
    price: int
    aux_price: int
    trail_type: TrailType
    trail_value: int
    trail_spread: int
    day: int
    expire_day: int
    session: TradingSession
    fill_outside_rth: bool
    moment: Moment


class Numbers(NamedTuple):
    """The numbers of an order in the broker's units, found legal; in the order of CheckedTerms."""

    quantity: int
    price: int
    aux_price: int
    trail_type: TrailType
    trail_value: int
    trail_spread: int


class OrderRules:
    """The checks of orders for one exchange."""

    def __init__(self, exchange: Exchange, schedule: OrderSchedule, *, strict_paper: bool) -> None:
        """Store. `strict_paper` lets simulated accounts do only what the official ones do."""
        self._exchange = exchange
        self._schedule = schedule
        self._strict_paper = strict_paper

    def tradable(self, account: AccountSpec, security: Security) -> SecurityInfo:
        """Find what an order is for; a main contract becomes the month it stands for.

        Raises UserFacingError(unknown_security, pending_listing, crypto_orders, not_tradable, account_market).
        """
        if security.market == CC:
            raise UserFacingError("crypto_orders")
        info = self._exchange.info(security)
        if info.security_type in INDEX_LIKE:
            raise UserFacingError("not_tradable", code=security.label)
        model = self._exchange.derivatives.model(security) if info.security_type in DERIVED_TYPES else None
        if isinstance(model, FutureModel) and model.contract.role:
            code, _ = model.month(self._exchange.today(info.group))
            info = self._exchange.info(Security(security.market, code))
        if model is not None and model.last_day < self._exchange.today(info.group):
            raise UserFacingError("contract_over", code=security.label)
        if trading_market(account, info) is TradingMarket.NONE:
            raise UserFacingError("account_market", code=security.label, account=account.account_id)
        return info

    def check(self, account: AccountSpec, terms: OrderTerms) -> CheckedTerms:
        """Check a new order. Raises UserFacingError."""
        info = self.tradable(account, terms.security)
        product = product_of(info)
        if self._exchange.is_suspended(info):
            raise UserFacingError("suspended_order", code=info.security.label)
        check_type(terms.order_type, product, account.environment, strict_paper=self._strict_paper)
        if terms.order_type in AUCTIONS and (not has_auctions(info) or self._schedule.never_closes(info)):
            raise UserFacingError("no_auction", code=info.security.label)
        if len(terms.remark.encode("utf-8", "replace")) > LONGEST_REMARK:
            raise UserFacingError("remark_long", limit=LONGEST_REMARK)
        self._check_time_in_force(account, product, terms)
        session, outside = self._session(account, info, terms)
        numbers = self._numbers(account, info, product, terms)
        extended = outside or session in (TradingSession.ETH, TradingSession.ALL)
        day = self._schedule.day_for(info, terms.order_type, session, extended=extended)
        expire_day = self._schedule.expire_day(info, terms.time_in_force, terms.expire_date, day)
        model = self._exchange.derivatives.model(info.security) if info.security_type in DERIVED_TYPES else None
        if model is not None:
            expire_day = min(expire_day, model.last_day)
        moment = self._schedule.moment(info, terms.order_type, product, firm_of(account), session, outside=outside)
        if moment is Moment.REFUSED:
            code = "auction_closed" if terms.order_type in AUCTIONS else "market_closed_orders"
            raise UserFacingError(code, code=info.security.label, sessions=self._schedule.hours_text(info))
        market = trading_market(account, info)
        return CheckedTerms(info, product, market, *numbers, day, expire_day, session, outside, moment)

    def check_change(self, account: AccountSpec, terms: OrderTerms) -> Numbers:
        """Check the new numbers of an order that was taken before. Raises UserFacingError."""
        info = self.tradable(account, terms.security)
        return self._numbers(account, info, product_of(info), terms)

    def check_band(self, account: AccountSpec, security: Security, price: int) -> None:
        """Check a limit price (in price units) against the market of the day it is for. Raises UserFacingError."""
        info, live = self._exchange.info(security), self._exchange.market(security).day
        # Before the opening, the day that is live still is the one before.
        day = self._exchange.session_of(security, self._exchange.now).day
        last_close = live.last if live.day < day else round(live.last_close * PRICE_SCALE)
        check_price_band(
            product_of(info),
            price,
            self._exchange.last_price(security),
            self._exchange.price_limits(info, day, last_close),
            is_real=account.environment is TradingEnvironment.REAL,
        )

    def _numbers(self, account: AccountSpec, info: SecurityInfo, product: Product, terms: OrderTerms) -> Numbers:
        kind = terms.order_type
        is_future = product is Product.HK_FUTURE
        quantity = whole_quantity(terms.quantity)
        check_lots(info, product, terms.side, quantity)
        price = 0
        last = self._exchange.last_price(info.security)
        if kind in NEEDS_PRICE:
            price = limit_price(info, terms.price, terms.adjust_limit, is_future=is_future)
            if kind not in CONDITIONAL:
                self.check_band(account, info.security, price)
        check_caps(info, product, firm_of(account), quantity, price or last or 0)
        aux = trigger_price(info, terms.aux_price) if kind in TRIGGERED_AT_PRICE else 0
        trail_type, trail_value, trail_spread = TrailType.NONE, 0, 0
        if kind in TRAILING:
            trail_type, trail_value, trail_spread = _trail(terms)
        return Numbers(quantity, price, aux, trail_type, trail_value, trail_spread)

    def _check_time_in_force(self, account: AccountSpec, product: Product, terms: OrderTerms) -> None:
        if terms.time_in_force is TimeInForce.DAY:
            return
        if terms.time_in_force is TimeInForce.IOC:
            raise UserFacingError("time_in_force_crypto")
        if self._strict_paper and account.environment is TradingEnvironment.SIMULATE:
            raise UserFacingError("time_in_force_paper")
        market = terms.order_type is OrderType.MARKET and product in _MARKET_DAY_ONLY
        if market or terms.order_type in DAY_ONLY:
            raise UserFacingError("time_in_force_day", type=TYPE_NAMES[terms.order_type], product=product.value)

    def _session(self, account: AccountSpec, info: SecurityInfo, terms: OrderTerms) -> tuple[TradingSession, bool]:
        """Give the session and the older flag as far as they mean something; they are for US stocks and funds."""
        if product_of(info) is not Product.US_STOCK or info.security_type not in (STOCK, ETF):
            return TradingSession.NONE, False
        outside = terms.fill_outside_rth and terms.order_type is OrderType.NORMAL
        if terms.session in (TradingSession.NONE, TradingSession.RTH):
            if outside and self._strict_paper and account.environment is TradingEnvironment.SIMULATE:
                raise UserFacingError("session_paper")
            return terms.session, outside and terms.session is TradingSession.NONE
        if self._strict_paper and account.environment is TradingEnvironment.SIMULATE:
            raise UserFacingError("session_paper")
        if terms.order_type is not OrderType.NORMAL:
            raise UserFacingError("session_limit_only", type=TYPE_NAMES[terms.order_type])
        if terms.time_in_force not in (TimeInForce.DAY, TimeInForce.GTC):
            raise UserFacingError("session_time_in_force")
        return terms.session, False


def _trail(terms: OrderTerms) -> tuple[TrailType, int, int]:
    """Give type, value and spread of a trailing order in the record's units. Raises UserFacingError(bad_field)."""
    if terms.trail_type is TrailType.NONE:
        raise UserFacingError("missing_field", field="trailType")
    if terms.trail_type is TrailType.RATIO:
        if not 0 < terms.trail_value < _LARGEST_RATIO:
            raise UserFacingError("bad_field", field="trailValue", value=terms.trail_value)
        # Percent with two decimals.
        value = round(terms.trail_value * 100) * (PRICE_SCALE // 100)
    else:
        value = units_of(terms.trail_value, "trailValue")
    if not value:
        raise UserFacingError("bad_field", field="trailValue", value=terms.trail_value)
    spread = 0
    if terms.order_type is OrderType.TRAILING_STOP_LIMIT and terms.trail_spread:
        spread = units_of(terms.trail_spread, "trailSpread")
    return terms.trail_type, value, spread
