"""The filters of trade queries: codes, ids, times, market and status; all that are given must fit."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.trading import OrderStatus, TradingMarket
from core.upstreams.practice.answers.request_checks import Moment, checked_number, parse_moment
from core.upstreams.practice.broker.records import FillRecord, OrderRecord
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import UNIX_DAY
from core.upstreams.practice.securities import MARKET_GROUPS

MOST_IN_A_FILTER: Final = 400
_DAY_SECONDS: Final = 86_400
_STATUSES: Final = frozenset(int(status) for status in OrderStatus)
_MAINLAND: Final = (TradingMarket.CN, TradingMarket.HKCC)


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """What was asked for; an empty collection and None ask for everything. Times are local to each exchange."""

    codes: frozenset[str]
    ids: frozenset[int]
    order_ids: frozenset[str]
    market: int
    begin: Moment | None
    end: Moment | None

    def takes_order(self, order: OrderRecord, exchange: Exchange, statuses: Collection[int]) -> bool:
        """Whether an order is asked for. A combo is found under its legs' codes, too."""
        return (
            (not statuses or order.status in statuses)
            and (not self.ids or order.order_id in self.ids)
            and (not self.order_ids or str(order.order_id) in self.order_ids)
            and (
                not self.codes
                or order.security.code in self.codes
                or any(leg.security.code in self.codes for leg in order.legs)
            )
            and self.takes_market(order.trading_market)
            and self._takes_time(exchange, order.security, order.created_at)
        )

    def takes_fill(self, fill: FillRecord, exchange: Exchange) -> bool:
        """Whether a fill is asked for; ids are fill ids, order ids those of its order."""
        return (
            (not self.ids or fill.fill_id in self.ids)
            and (not self.order_ids or str(fill.order_id) in self.order_ids)
            and (not self.codes or fill.security.code in self.codes)
            and self.takes_market(fill.trading_market)
            and self._takes_time(exchange, fill.security, fill.at)
        )

    def takes_market(self, market: TradingMarket) -> bool:
        """Whether a TrdMarket is asked for; both names of the mainland mean the same."""
        return self.market in (TradingMarket.NONE, market) or (self.market in _MAINLAND and market in _MAINLAND)

    def span(self) -> tuple[float, float]:
        """Unix seconds that surely hold everything asked for, whatever the time zone."""
        begin = 0.0 if self.begin is None else _as_if_utc(self.begin) - _DAY_SECONDS
        end = 1e11 if self.end is None else _as_if_utc(self.end) + _DAY_SECONDS
        return begin, end

    def _takes_time(self, exchange: Exchange, security: Security, unix: float) -> bool:
        if self.begin is None and self.end is None:
            return True
        local = exchange.times[MARKET_GROUPS[security.market]].local(unix)
        moment = Moment(local.day, int(local.second))
        return (self.begin is None or moment >= self.begin) and (self.end is None or moment <= self.end)


def read_filter(conditions: Any, *, needs_times: bool = False) -> TradeFilter:
    """Read TrdFilterConditions. Raises UserFacingError for wrong dates and numbers."""
    for name in ("codeList", "idList", "orderIDExList"):
        count = len(getattr(conditions, name))
        if count > MOST_IN_A_FILTER:
            raise UserFacingError("too_many_items", count=count, limit=MOST_IN_A_FILTER)
    for name in ("beginTime", "endTime"):
        if needs_times and not getattr(conditions, name):
            raise UserFacingError("missing_field", field=name)
    begin = parse_moment(conditions.beginTime) if conditions.beginTime else None
    end = parse_moment(conditions.endTime, is_end=True) if conditions.endTime else None
    if begin is not None and end is not None and begin > end:
        raise UserFacingError("date_order", begin=conditions.beginTime[:40], end=conditions.endTime[:40])
    return TradeFilter(
        codes=frozenset(conditions.codeList),
        ids=frozenset(conditions.idList),
        order_ids=frozenset(conditions.orderIDExList),
        market=conditions.filterMarket,
        begin=begin,
        end=end,
    )


def read_statuses(numbers: Iterable[int]) -> frozenset[int]:
    """Read a list of OrderStatus numbers. Raises UserFacingError(bad_field)."""
    return frozenset(checked_number("filterStatusList", number, _STATUSES) for number in numbers)


def _as_if_utc(moment: Moment) -> float:
    return float((moment.day - UNIX_DAY) * _DAY_SECONDS + moment.second)
