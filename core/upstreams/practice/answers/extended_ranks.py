"""Answers that rank US stocks by their pre-market (3410), after-hours (3411) and overnight trading (3412)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import US
from core.upstreams.practice.answers.ranks import Figures, page_of, passes_simple
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.extended_hours import ExtendedBlock, Leg
from core.upstreams.practice.market_view import MarketView
from core.upstreams.practice.quote_messages import security_message

# The schema file of each leg and how its fields begin.
_FILES: Final = {
    Leg.PRE_MARKET: (openapi.Qot_GetUSPreMarketRank, "preMarket"),
    Leg.AFTER_HOURS: (openapi.Qot_GetUSAfterHoursRank, "afterHours"),
    Leg.OVERNIGHT: (openapi.Qot_GetUSOvernightRank, "overnight"),
}


class Row(NamedTuple):
    """One stock with its regular figures and those of the leg."""

    regular: Figures
    block: ExtendedBlock

    @property
    def change(self) -> float:
        """The leg's change in percent of the close it is counted from."""
        return (self.block.price / self.block.base - 1) * 100 if self.block.base else 0.0


async def extended_rank(view: MarketView, leg: Leg, request: Any) -> bytes:
    """Answer 3410, 3411 or 3412. A market that never closes has no such hours: refused."""
    c2s = request.c2s
    exchange = view.exchange
    breathe = Breath()
    rows: list[Row] = []
    for info in view.stocks(US):
        await breathe()
        today = None if exchange.is_suspended(info) else view.today(info)
        if today is None:
            continue
        local = exchange.times[info.group].local(exchange.now)
        block = exchange.extended_hours(info).block(leg, local.day, local.minute)
        if block is not None and block.volume:
            figures = Figures(info, today, view.past(info, today.day), view.volume_ratio(info, today))
            if all(passes_simple(figures, one) for one in c2s.filterList):
                rows.append(Row(figures, block))
    if not rows and not c2s.filterList:
        raise UserFacingError("no_extended_hours")
    module, prefix = _FILES[leg]
    response = module.Response(retType=0)
    response.s2c.allCount = len(rows)
    for row in page_of(c2s, rows, lambda row: row.change, lambda row: row.regular.info.security):
        today, block = row.regular.today, row.block
        entry = response.s2c.dataList.add(
            security=security_message(row.regular.info),
            name=exchange.name(row.regular.info),
            closePrice=today.price,
            changeRatio=today.change,
            changeAmount=today.price - today.last_close,
        )
        setattr(entry, f"{prefix}Price", block.price)
        setattr(entry, f"{prefix}ChangeRatio", row.change)
        setattr(entry, f"{prefix}ChangeAmount", block.price - block.base)
        setattr(entry, f"{prefix}Turnover", block.turnover)
        setattr(entry, f"{prefix}Volume", block.volume)
    body: bytes = response.SerializeToString()
    return body
