"""Answers about fills: today's (2211, oldest first) and past ones (2222, newest first)."""

from __future__ import annotations

from core.api_messages import openapi
from core.model.calls import Call
from core.upstreams.practice.answers.trading_context import TradingContext
from core.upstreams.practice.answers.trading_filters import read_filter
from core.upstreams.practice.answers.trading_messages import fill_fill


async def fill_list(context: TradingContext, call: Call) -> bytes:
    """Answer GetOrderFillList."""
    c2s = call.request.c2s
    context.refuse_paper(c2s.header, "paper_no_deals")
    wanted = read_filter(c2s.filterConditions)
    response = openapi.Trd_GetOrderFillList.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    for fill in context.broker.todays_fills(c2s.header.accID):
        if wanted.takes_fill(fill, context.exchange):
            fill_fill(response.s2c.orderFillList.add(), fill, context.exchange)
    await context.broker.kept()
    return response.SerializeToString()


async def fill_history(context: TradingContext, call: Call) -> bytes:
    """Answer GetHistoryOrderFillList; begin and end are required."""
    c2s = call.request.c2s
    context.refuse_paper(c2s.header, "paper_no_deals")
    wanted = read_filter(c2s.filterConditions, needs_times=True)
    response = openapi.Trd_GetHistoryOrderFillList.Response(retType=0)
    response.s2c.header.CopyFrom(c2s.header)
    for fill in context.broker.fill_history(c2s.header.accID, *wanted.span()):
        if wanted.takes_fill(fill, context.exchange):
            fill_fill(response.s2c.orderFillList.add(), fill, context.exchange)
    await context.broker.kept()
    return response.SerializeToString()
