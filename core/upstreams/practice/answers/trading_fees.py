"""Answers about money that moved: an order's fees (2225) and the cash flow of a clearing day (2226)."""

from __future__ import annotations

from typing import Final

from core.api_messages import openapi
from core.model.calls import Call
from core.model.errors import UserFacingError
from core.model.security import HK, SH, US, Security
from core.model.trading import CashDirection, Currency
from core.upstreams.practice.answers.request_checks import parse_moment
from core.upstreams.practice.answers.trading_context import TradingContext, chosen
from core.upstreams.practice.answers.trading_messages import money, trade_time
from core.upstreams.practice.broker.records import EntryKind, LedgerEntry
from core.upstreams.practice.market_time import day_text

MOST_ORDERS: Final = 400
_TYPES_ZH: Final = {
    EntryKind.DEPOSIT: "入金", EntryKind.TRADE: "交易", EntryKind.FEE: "费用", EntryKind.EXCHANGE: "货币兑换",
    EntryKind.SETTLEMENT: "结算", EntryKind.INTEREST: "利息",
}  # fmt: skip
# Whose wall clock a movement of money is told by.
_PLACES: Final = {Currency.USD: Security(US, ""), Currency.CNH: Security(SH, "")}
_HONG_KONG: Final = Security(HK, "")


async def order_fees(context: TradingContext, call: Call) -> bytes:
    """Answer GetOrderFee: each order's fees by title, in the order they are asked for."""
    c2s = call.request.c2s
    context.refuse_paper(c2s.header, "paper_no_fees")
    if not c2s.orderIdExList:
        raise UserFacingError("empty_list", field="orderIdExList")
    if len(c2s.orderIdExList) > MOST_ORDERS:
        raise UserFacingError("too_many_items", count=len(c2s.orderIdExList), limit=MOST_ORDERS)
    response = openapi.Trd_GetOrderFee.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    for text in dict.fromkeys(c2s.orderIdExList):
        if not (text.isascii() and text.isdigit() and len(text) <= 20):
            raise UserFacingError("unknown_order", order=text[:40])
        fees = context.broker.order_fees(c2s.header.accID, int(text))
        row = response.s2c.orderFeeList.add(orderIDEx=text, feeAmount=money(sum(amount for _, amount in fees)))
        for title, amount in fees:
            row.feeList.add(title=title, value=money(amount))
    await context.broker.kept()
    return response.SerializeToString()


async def cash_flow(context: TradingContext, call: Call) -> bytes:
    """Answer FlowSummary: what moved cash on one clearing date, oldest first."""
    c2s = call.request.c2s
    context.refuse_paper(c2s.header, "paper_no_cash_flow")
    if not c2s.clearingDate or c2s.startCreateDate or c2s.endCreateDate:
        raise UserFacingError("cash_flow_date", parameter="clearingDate")
    day = parse_moment(c2s.clearingDate).day
    direction = None
    if c2s.cashFlowDirection:
        direction = chosen(CashDirection, "cashFlowDirection", c2s.cashFlowDirection)
    response = openapi.Trd_FlowSummary.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    for entry in context.broker.cash_flows(c2s.header.accID, day, direction):
        row = response.s2c.flowSummaryInfoList.add(
            cashFlowID=entry.entry_id,
            clearingDate=day_text(entry.day),
            settlementDate=day_text(entry.settlement_day),
            currency=entry.currency,
            cashFlowType=_type_text(entry, chinese=context.exchange.chinese_names),
            cashFlowDirection=CashDirection.IN if entry.amount >= 0 else CashDirection.OUT,
            cashFlowAmount=money(entry.amount),
            cashFlowRemark=entry.remark,
        )
        place = _PLACES.get(entry.currency, _HONG_KONG)
        row.createTime = trade_time(context.exchange, place, entry.at).text
    await context.broker.kept()
    return response.SerializeToString()


def _type_text(entry: LedgerEntry, *, chinese: bool) -> str:
    if entry.title:
        return entry.title
    return _TYPES_ZH[entry.kind] if chinese else entry.kind.value.capitalize()
