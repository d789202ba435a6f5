"""Answers GetWarrant (3210): the warrants and CBBCs of today, filtered, sorted and paged."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.request_checks import checked_count, checked_number, parse_moment, security_of
from core.upstreams.practice.contract_figures import WarrantFigures, warrant_figures
from core.upstreams.practice.contract_models import WarrantModel
from core.upstreams.practice.contracts import WarrantContract
from core.upstreams.practice.derived_market import DerivedMarket
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import MarketTime
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE, next_down, next_up
from core.upstreams.practice.securities import SecurityInfo

_MOST_ROWS: Final = 200
_NORMAL: Final = 1  # WarrantStatus
_OUTSIDE, _INSIDE = 1, 2  # PriceType
_TODAY, _TOMORROW, _NEXT_WEEK, _LAST_WEEK, _LAST_MONTH = 1, 2, 3, 4, 5  # IpoPeriod


@dataclass(frozen=True, slots=True)
class Row:
    """One contract with everything a filter or a column needs. Prices are in currency."""

    info: SecurityInfo
    contract: WarrantContract
    figures: WarrantFigures
    price: float
    last_close: float
    high: float
    low: float
    bid: float
    ask: float
    bid_volume: int
    ask_volume: int
    volume: int
    turnover: float

    @property
    def change(self) -> float:
        """The price against the last close."""
        return self.price - self.last_close

    @property
    def change_rate(self) -> float:
        """The same in percent."""
        return self.change / self.last_close * 100 if self.last_close else 0.0

    @property
    def amplitude(self) -> float:
        """The day's range in percent."""
        return (self.high - self.low) / self.last_close * 100 if self.last_close else 0.0


# SortField numbers and what they sort by.
_SORT: Final[dict[int, Callable[[Row], Any]]] = {
    1: lambda row: row.info.security.code,
    2: lambda row: row.price,
    3: lambda row: row.change,
    4: lambda row: row.change_rate,
    5: lambda row: _NORMAL,
    6: lambda row: row.bid,
    7: lambda row: row.ask,
    8: lambda row: row.bid_volume,
    9: lambda row: row.ask_volume,
    10: lambda row: row.volume,
    11: lambda row: row.turnover,
    12: lambda row: row.figures.score,
    13: lambda row: row.figures.premium,
    14: lambda row: row.figures.effective_leverage,
    15: lambda row: row.figures.delta,
    16: lambda row: row.figures.volatility,
    17: lambda row: int(row.contract.kind),
    18: lambda row: row.contract.strike,
    19: lambda row: row.figures.break_even,
    20: lambda row: row.contract.maturity_day,
    21: lambda row: row.contract.first_day,
    22: lambda row: row.contract.last_day,
    23: lambda row: row.figures.leverage,
    24: lambda row: row.figures.in_the_money,
    25: lambda row: row.contract.recovery,
    26: lambda row: row.figures.conversion_price,
    27: lambda row: row.contract.conversion_ratio,
    28: lambda row: row.figures.street_rate,
    29: lambda row: row.figures.street_volume,
    30: lambda row: row.amplitude,
    31: lambda row: row.contract.name_en,
    32: lambda row: row.contract.issuer,
    33: lambda row: row.contract.lot_size,
    34: lambda row: row.contract.issue_size,
    45: lambda row: 0,
    46: lambda row: 0,
    47: lambda row: 0,
}
# Fields without Min and Max, what they compare, and whether only warrants (False) or only CBBCs (True) have it.
_RANGES: Final[tuple[tuple[str, Callable[[Row], float], bool | None], ...]] = (
    ("curPrice", lambda row: row.price, None),
    ("strikePrice", lambda row: row.contract.strike, None),
    ("street", lambda row: row.figures.street_rate, None),
    ("conversion", lambda row: row.contract.conversion_ratio, None),
    ("vol", lambda row: row.volume, None),
    ("premium", lambda row: row.figures.premium, None),
    ("leverageRatio", lambda row: row.figures.leverage, None),
    ("delta", lambda row: row.figures.delta, False),
    ("implied", lambda row: row.figures.volatility, False),
    ("recoveryPrice", lambda row: row.contract.recovery, True),
    ("priceRecoveryRatio", lambda row: row.figures.distance_to_recovery, True),
)


def warrant_list(exchange: Exchange, request: Any) -> bytes:
    """Answer GetWarrant (3210). Every contract listed here is in its normal state."""
    c2s = request.c2s
    if c2s.begin < 0:
        raise UserFacingError("bad_field", field="begin", value=c2s.begin)
    count = checked_count("num", c2s.num, _MOST_ROWS)
    sort_key = _SORT[checked_number("sortField", c2s.sortField, _SORT)]
    rows = sorted(_filtered(exchange, c2s), key=lambda row: row.info.security.code)
    rows.sort(key=sort_key, reverse=not c2s.ascend)
    response = openapi.Qot_GetWarrant.Response(retType=0)
    content = response.s2c
    content.lastPage = c2s.begin + count >= len(rows)
    content.allCount = len(rows)
    for row in rows[c2s.begin : c2s.begin + count]:
        _fill(content.warrantDataList.add(), exchange, row)
    return response.SerializeToString()


def all_rows(exchange: Exchange, contracts: list[WarrantContract]) -> list[Row]:
    """Look at contracts as they stand now; nothing becomes live for it."""
    rows = []
    for contract in contracts:
        info = exchange.info(contract.security)
        model = exchange.derivatives.model(contract.security)
        assert isinstance(model, WarrantModel), "warrants have warrant models"
        rows.append(_row(exchange, info, model))
    return rows


def _row(exchange: Exchange, info: SecurityInfo, model: WarrantModel) -> Row:
    contract = model.contract
    owner = model.underlying.info
    day, spot = exchange.fair_now(owner)
    market = exchange.live_market(info.security)
    if isinstance(market, DerivedMarket):
        live = market.day
        figures = warrant_figures(model, day, spot, live.last / PRICE_SCALE)
        bid, ask = market.book.best_bid or 0, market.book.best_ask or 0
        return Row(
            info, contract, figures, live.last / PRICE_SCALE, live.last_close, live.high / PRICE_SCALE,
            live.low / PRICE_SCALE, bid / PRICE_SCALE, ask / PRICE_SCALE, *_best_volumes(market),
            live.volume, live.turnover,
        )  # fmt: skip
    bar, last_close = exchange.day_so_far(info)
    figures = warrant_figures(model, day, spot, bar.close)
    price = round(bar.close * PRICE_SCALE)
    return Row(
        info, contract, figures, bar.close, last_close, bar.high, bar.low,
        next_down(contract.tick_kind, price) / PRICE_SCALE, next_up(contract.tick_kind, price) / PRICE_SCALE,
        contract.lot_size * 100, contract.lot_size * 100, bar.volume, bar.turnover,
    )  # fmt: skip


def _best_volumes(market: DerivedMarket) -> tuple[int, int]:
    bids, asks = market.book.levels(Side.BUY, 1), market.book.levels(Side.SELL, 1)
    return (bids[0].volume if bids else 0), (asks[0].volume if asks else 0)


def _filtered(exchange: Exchange, c2s: Any) -> list[Row]:
    owner = security_of(c2s.owner) if c2s.HasField("owner") and c2s.owner.code else None
    if owner is not None:
        exchange.info(owner)
    contracts = exchange.derivatives.warrants(owner)
    today = exchange.today(exchange.info(contracts[0].security).group) if contracts else 0
    if c2s.typeList:
        contracts = [contract for contract in contracts if int(contract.kind) in c2s.typeList]
    if c2s.issuerList:
        contracts = [contract for contract in contracts if contract.issuer in c2s.issuerList]
    if c2s.maturityTimeMin:
        first = parse_moment(c2s.maturityTimeMin).day
        contracts = [contract for contract in contracts if contract.maturity_day >= first]
    if c2s.maturityTimeMax:
        last = parse_moment(c2s.maturityTimeMax).day
        contracts = [contract for contract in contracts if contract.maturity_day <= last]
    if c2s.HasField("ipoPeriod") and c2s.ipoPeriod:
        days = _ipo_days(c2s.ipoPeriod, today)
        contracts = [contract for contract in contracts if contract.first_day in days]
    if c2s.HasField("status") and c2s.status not in (0, _NORMAL):
        contracts = []
    rows = all_rows(exchange, contracts)
    if c2s.HasField("priceType") and c2s.priceType in (_OUTSIDE, _INSIDE):
        inside = c2s.priceType == _INSIDE
        rows = [row for row in rows if (row.figures.in_the_money >= 0) is inside]
    for field, value_of, callable_only in _RANGES:
        low = getattr(c2s, field + "Min") if c2s.HasField(field + "Min") else None
        high = getattr(c2s, field + "Max") if c2s.HasField(field + "Max") else None
        if low is None and high is None:
            continue
        rows = [
            row
            for row in rows
            if callable_only in (None, row.contract.is_callable)
            and (low is None or value_of(row) >= low)
            and (high is None or value_of(row) <= high)
        ]
    return rows


def _ipo_days(period: int, today: int) -> range:
    """Give the listing days of an IpoPeriod."""
    checked_number("ipoPeriod", period, range(1, 6))
    return {
        _TODAY: range(today, today + 1),
        _TOMORROW: range(today + 1, today + 2),
        _NEXT_WEEK: range(today + 1, today + 8),
        _LAST_WEEK: range(today - 7, today),
        _LAST_MONTH: range(today - 31, today),
    }[period]


def _fill(message: Any, exchange: Exchange, row: Row) -> None:
    info, contract, figures = row.info, row.contract, row.figures
    time: MarketTime = exchange.times[info.group]
    message.stock.market, message.stock.code = info.security
    message.owner.market, message.owner.code = contract.owner
    message.type = int(contract.kind)
    message.issuer = contract.issuer
    for field, day in (
        ("maturityTime", contract.maturity_day),
        ("listTime", contract.first_day),
        ("lastTradeTime", contract.last_day),
    ):
        setattr(message, field, datetime.date.fromordinal(day).isoformat())
        setattr(message, field + "stamp", time.unix(day))
    message.conversionRatio = contract.conversion_ratio
    message.lotSize = contract.lot_size
    message.strikePrice = contract.strike
    message.lastClosePrice = row.last_close
    message.name = exchange.name(info)
    message.curPrice = row.price
    message.priceChangeVal = row.change
    message.changeRate = row.change_rate
    message.status = _NORMAL
    message.bidPrice, message.askPrice = row.bid, row.ask
    message.bidVol, message.askVol = row.bid_volume, row.ask_volume
    message.volume = row.volume
    message.turnover = row.turnover
    message.score = figures.score
    message.premium = figures.premium
    message.breakEvenPoint = figures.break_even
    message.leverage = figures.leverage
    message.ipop = figures.in_the_money
    message.conversionPrice = figures.conversion_price
    message.streetRate = figures.street_rate
    message.streetVol = figures.street_volume
    message.amplitude = row.amplitude
    message.issueSize = contract.issue_size
    message.highPrice, message.lowPrice = row.high, row.low
    message.effectiveLeverage = figures.effective_leverage
    if contract.is_callable:
        message.recoveryPrice = contract.recovery
        message.priceRecoveryRatio = figures.distance_to_recovery
    else:
        message.impliedVolatility = figures.volatility
        message.delta = figures.delta
