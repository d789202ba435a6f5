"""Pushes of orders (2208) and fills (2218), one record each. The broker says what is news, after it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from core.api_messages import openapi
from core.model.topics import Push
from core.model.trading import TradingEnvironment
from core.upstreams.practice.answers.trading_context import TradingContext
from core.upstreams.practice.answers.trading_messages import fill_fill, fill_order
from core.upstreams.practice.broker.records import AccountSpec, FillRecord, OrderRecord

ORDER_PUSH: Final = 2208
FILL_PUSH: Final = 2218


def news_pushes(context: TradingContext, account_id: int, changes: Iterable[OrderRecord | FillRecord]) -> list[Push]:
    """Give the pushes of an account's changes, in order. Strict simulated accounts push orders only."""
    account = context.broker.account(account_id)
    orders_only = context.strict_paper and account.environment is TradingEnvironment.SIMULATE
    pushes = []
    for record in changes:
        if isinstance(record, OrderRecord):
            pushes.append(_order_push(context, account, record))
        elif not orders_only:
            pushes.append(_fill_push(context, account, record))
    return pushes


def _order_push(context: TradingContext, account: AccountSpec, order: OrderRecord) -> Push:
    response = openapi.Trd_UpdateOrder.Response(retType=0)
    _fill_header(response.s2c.header, account, order.trading_market)
    fill_order(response.s2c.order, order, context)
    return Push(None, ORDER_PUSH, response.SerializeToString())


def _fill_push(context: TradingContext, account: AccountSpec, fill: FillRecord) -> Push:
    response = openapi.Trd_UpdateOrderFill.Response(retType=0)
    _fill_header(response.s2c.header, account, fill.trading_market)
    fill_fill(response.s2c.orderFill, fill, context.exchange)
    return Push(None, FILL_PUSH, response.SerializeToString())


def _fill_header(header: Any, account: AccountSpec, trading_market: int) -> None:
    header.trdEnv = account.environment
    header.accID = account.account_id
    header.trdMarket = trading_market
