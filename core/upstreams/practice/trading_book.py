"""What the Trading screen shows of the practice broker: the list of accounts, and the book of one account."""

from __future__ import annotations

from core.model.trading import OrderType
from core.model.trading_status import (
    AccountBook,
    AccountRow,
    CashRow,
    FillRow,
    FundsStatus,
    OrderRow,
    OrderStep,
    PositionRow,
)
from core.upstreams.practice.answers.trading_context import TradingContext
from core.upstreams.practice.answers.trading_messages import counter_broker_name, money, name_of
from core.upstreams.practice.broker.funds import FundsFigures
from core.upstreams.practice.broker.positions import PositionFigures
from core.upstreams.practice.broker.records import AccountSpec, FillRecord, OrderRecord
from core.upstreams.practice.calendars import MarketGroup
from core.upstreams.practice.price_ticks import PRICE_SCALE

_GROUPS = {2: MarketGroup.US, 3: MarketGroup.CN, 11: MarketGroup.US}  # TrdMarket -> whose wall clock; else Hong Kong's


def account_row(context: TradingContext, spec: AccountSpec) -> AccountRow:
    """Describe an account, with its net assets."""
    return AccountRow(
        account_id=spec.account_id,
        environment=spec.environment,
        label=spec.label,
        account_type=spec.account_type,
        simulated_type=spec.simulated_type,
        firm=spec.firm,
        markets=spec.markets,
        card_number=spec.card_number,
        disabled=spec.disabled,
        currency=spec.currency,
        balance=money(context.broker.funds(spec.account_id, spec.currency).total_assets),
        is_futures=spec.is_futures,
    )


def account_book(context: TradingContext, account_id: int) -> AccountBook:
    """Take everything of one account at this moment. Raises UserFacingError(unknown_account)."""
    broker, exchange = context.broker, context.exchange
    spec = broker.account(account_id)
    time = exchange.times[_GROUPS.get(spec.markets[0], MarketGroup.HK)]
    return AccountBook(
        account_id=account_id,
        time=exchange.now,
        funds=_funds(broker.funds(account_id, spec.currency)),
        positions=tuple(_position(context, figures) for figures in broker.positions(account_id)),
        orders=tuple(_order(context, order) for order in reversed(broker.todays_orders(account_id))),
        fills=tuple(_fill(context, fill) for fill in reversed(broker.todays_fills(account_id))),
        utc_offset_seconds=time.utc_offset(exchange.now),
    )


def order_steps(context: TradingContext, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
    """Give the time line of one order. Raises UserFacingError(unknown_account, unknown_order)."""
    events = context.broker.order_steps(account_id, order_id)
    return tuple(OrderStep(event.at, event.status, event.text, event.facts) for event in events)


def _funds(figures: FundsFigures) -> FundsStatus:
    return FundsStatus(
        currency=figures.currency,
        net_assets=money(figures.total_assets),
        cash=money(figures.cash),
        market_value=money(figures.market_value),
        buying_power=money(figures.power),
        today_profit=money(figures.today_profit),
        risk_level=figures.risk_status,
        initial_margin=money(figures.initial_margin),
        maintenance_margin=money(figures.maintenance_margin),
        available_funds=money(figures.available_funds),
        rows=tuple(
            CashRow(row.currency, money(row.cash), money(row.withdrawable), money(row.frozen))
            for row in figures.cash_rows
        ),
    )


def _position(context: TradingContext, figures: PositionFigures) -> PositionRow:
    ratio = figures.average_profit_ratio
    return PositionRow(
        position_id=figures.position_id,
        security=figures.security,
        name=name_of(context.exchange, figures.security, figures.name),
        side=figures.side,
        quantity=figures.quantity,
        can_sell=figures.can_sell,
        average_cost=figures.average_cost,
        last=figures.price / PRICE_SCALE,
        market_value=money(figures.market_value),
        profit=money(figures.unrealised),
        profit_ratio=0.0 if ratio is None else ratio,
        today_profit=money(figures.today_profit),
        currency=figures.currency,
    )


def _order(context: TradingContext, order: OrderRecord) -> OrderRow:
    fees = context.broker.order_fees(order.account_id, order.order_id) if order.filled else ()
    return OrderRow(
        order_id=order.order_id,
        security=order.security,
        name=name_of(context.exchange, order.security, order.name),
        side=order.side,
        order_type=order.order_type,
        price=0.0 if order.order_type is OrderType.MARKET else order.price / PRICE_SCALE,
        quantity=order.quantity,
        filled=order.filled,
        average_price=order.filled_amount / order.filled / PRICE_SCALE if order.filled else 0.0,
        status=order.status,
        created_at=order.created_at,
        updated_at=order.updated_at,
        client=order.client,
        time_in_force=order.time_in_force,
        session=order.session,
        trigger_price=order.aux_price / PRICE_SCALE,
        remark=order.remark,
        error=order.error,
        currency=order.currency,
        fees=money(sum(amount for _, amount in fees)),
    )


def _fill(context: TradingContext, fill: FillRecord) -> FillRow:
    number = fill.counter_broker
    return FillRow(
        fill_id=fill.fill_id,
        order_id=fill.order_id,
        security=fill.security,
        name=name_of(context.exchange, fill.security, fill.name),
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price / PRICE_SCALE,
        time=fill.at,
        counter_broker=counter_broker_name(context.exchange, number) if number else "",
    )
