"""Pushes of orders (2208) and fills (2218): one record each, when something that clients are told of has changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from core.api_messages import openapi
from core.model.topics import Push
from core.model.trading import OPEN_STATUSES, OrderStatus, TradingEnvironment
from core.upstreams.practice.answers.trading_context import TradingContext
from core.upstreams.practice.answers.trading_messages import fill_fill, fill_order
from core.upstreams.practice.broker.records import AccountSpec, FillRecord, OrderRecord

ORDER_PUSH: Final = 2208
FILL_PUSH: Final = 2218
_MAY_CHANGE: Final = OPEN_STATUSES | {OrderStatus.DISABLED}


class TradingNews:
    """Turns changed records into pushes. Remembers what was last told of orders that may still change."""

    def __init__(self, context: TradingContext) -> None:
        """Store."""
        self._context = context
        self._told: dict[int, tuple[Any, ...]] = {}

    def pushes(self, account_id: int, changes: Iterable[OrderRecord | FillRecord]) -> list[Push]:
        """Give the pushes of an account's changes, in order."""
        account = self._context.broker.account(account_id)
        made = []
        for record in changes:
            if isinstance(record, FillRecord):
                # The official simulated accounts push orders only.
                if not (self._context.strict_paper and account.environment is TradingEnvironment.SIMULATE):
                    made.append(self._fill_push(account, record))
            elif self._is_news(record):
                made.append(self._order_push(account, record))
        return made

    def _is_news(self, order: OrderRecord) -> bool:
        told = (
            order.status, order.price, order.quantity, order.filled, order.aux_price, order.trail_type,
            order.trail_value, order.trail_spread,
        )  # fmt: skip
        is_news = self._told.get(order.order_id) != told
        if order.status in _MAY_CHANGE:
            self._told[order.order_id] = told
        else:
            self._told.pop(order.order_id, None)
        return is_news

    def _order_push(self, account: AccountSpec, order: OrderRecord) -> Push:
        response = openapi.Trd_UpdateOrder.Response(retType=0)
        _fill_header(response.s2c.header, account, order.trading_market)
        fill_order(response.s2c.order, order, self._context.exchange)
        return Push(None, ORDER_PUSH, response.SerializeToString())

    def _fill_push(self, account: AccountSpec, fill: FillRecord) -> Push:
        response = openapi.Trd_UpdateOrderFill.Response(retType=0)
        _fill_header(response.s2c.header, account, fill.trading_market)
        fill_fill(response.s2c.orderFill, fill, self._context.exchange)
        return Push(None, FILL_PUSH, response.SerializeToString())


def _fill_header(header: Any, account: AccountSpec, trading_market: int) -> None:
    header.trdEnv = account.environment
    header.accID = account.account_id
    header.trdMarket = trading_market
