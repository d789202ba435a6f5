"""Answers WarrantScreen (3254), the newer filter of warrants and CBBCs: ranges and choices by field number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.request_checks import checked_number
from core.upstreams.practice.answers.stock_screen import inside
from core.upstreams.practice.answers.warrant_list import Row, all_rows
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.quote_messages import security_message
from core.upstreams.practice.securities import SecurityInfo

_HONG_KONG: Final = 1
_NORMAL: Final = 0
MAXIMUM_ROWS: Final = 300
DEFAULT_ROWS: Final = 200
_NO_TRADE: Final = 52
_TEXT: Final = 2

Figure = Callable[["Look", Row], float | str | None]


class Look:
    """What the figures of a row need besides the row."""

    def __init__(self, exchange: Exchange) -> None:
        """Store; prices of underlyings are looked up once."""
        self.exchange = exchange
        self._owners: dict[str, tuple[SecurityInfo, float]] = {}

    def owner(self, row: Row) -> tuple[SecurityInfo, float]:
        """Give the underlying and its price."""
        label = row.contract.owner.label
        if label not in self._owners:
            info = self.exchange.info(row.contract.owner)
            self._owners[label] = (info, self.exchange.fair_now(info)[1])
        return self._owners[label]

    def unix(self, row: Row, day: int) -> float:
        """Give the Unix seconds of a day's beginning."""
        return self.exchange.times[row.info.group].unix(day)


def _callable_only(figure: Callable[[Row], float]) -> Figure:
    return lambda _, row: figure(row) if row.contract.is_callable else None


def _warrant_only(figure: Callable[[Row], float]) -> Figure:
    return lambda _, row: None if row.contract.is_callable else figure(row)


_FIGURES: Final[dict[int, Figure]] = {
    1: lambda _, row: row.info.security.code,
    2: lambda look, row: look.exchange.name(row.info),
    4: lambda _, row: row.contract.issuer,
    5: lambda look, row: look.owner(row)[0].security_id,
    6: lambda _, row: int(row.contract.kind),
    7: lambda _, row: row.contract.conversion_ratio,
    8: lambda _, row: row.price,
    9: lambda _, row: row.figures.street_rate,
    10: lambda _, row: row.volume,
    11: lambda look, row: look.unix(row, row.contract.maturity_day),
    12: lambda _, row: row.contract.strike,
    13: lambda _, row: row.figures.premium,
    14: _callable_only(lambda row: row.contract.recovery),
    15: _warrant_only(lambda row: row.figures.volatility),
    16: lambda _, row: row.figures.leverage,
    17: _callable_only(lambda row: row.figures.distance_to_recovery),
    18: _warrant_only(lambda row: row.figures.delta),
    19: lambda _, __: _NORMAL,
    20: lambda look, row: look.unix(row, row.contract.first_day),
    21: lambda _, row: row.bid_volume,
    22: lambda _, row: row.ask_volume,
    23: lambda _, row: row.figures.effective_leverage,
    24: lambda _, row: row.last_close,
    25: lambda _, row: row.turnover,
    26: lambda _, row: row.ask,
    27: lambda _, row: row.bid,
    28: lambda _, row: row.high,
    29: lambda _, row: row.low,
    30: lambda _, row: row.figures.in_the_money,
    31: lambda _, row: row.figures.break_even,
    32: lambda _, row: row.amplitude,
    34: lambda look, row: look.unix(row, row.contract.last_day),
    35: lambda _, row: row.figures.street_volume,
    36: lambda _, row: row.contract.lot_size,
    37: lambda _, row: row.contract.issue_size,
    43: lambda _, row: row.figures.conversion_price,
    44: lambda _, row: row.change_rate,
    45: lambda _, row: row.change,
    51: lambda _, row: row.figures.score,
    54: lambda look, row: look.owner(row)[1],
}


def warrant_screen(exchange: Exchange, request: Any) -> bytes:
    """Answer WarrantScreen (3254)."""
    c2s = request.c2s
    if c2s.HasField("marketType") and c2s.marketType != _HONG_KONG:
        raise UserFacingError("wrong_market", market=c2s.marketType)
    count = c2s.pageCount if c2s.HasField("pageCount") else DEFAULT_ROWS
    if count < 1 or c2s.pageFrom < 0:
        raise UserFacingError("bad_field", field="pageCount", value=count)
    if count > MAXIMUM_ROWS:
        raise UserFacingError("too_many_items", count=count, limit=MAXIMUM_ROWS)
    look = Look(exchange)
    rows = all_rows(exchange, exchange.derivatives.warrants(None))
    for group in c2s.filterList:
        keep = _judge(look, group)
        rows = [row for row in rows if keep(row)]
    rows.sort(key=lambda row: row.info.security.code)
    for sort in reversed(c2s.sortList):
        figure = _figure(sort.sortFieldId)
        descending = checked_number("direction", sort.direction, (0, 1)) == 1
        known = [row for row in rows if figure(look, row) is not None]
        # What a kind of contract does not have comes last either way.
        unknown = [row for row in rows if figure(look, row) is None]
        known.sort(key=lambda row, figure=figure: figure(look, row), reverse=descending)  # type: ignore[misc]
        rows = known + unknown
    response = openapi.Qot_WarrantScreen.Response(retType=0)
    response.s2c.allCount = len(rows)
    response.s2c.lastPage = c2s.pageFrom + count >= len(rows)
    for row in () if c2s.onlyCount else rows[c2s.pageFrom : c2s.pageFrom + count]:
        _fill(response.s2c.warrants.add(), look, row)
    return response.SerializeToString()


def _figure(number: int) -> Figure:
    if number not in _FIGURES:
        raise UserFacingError("no_figure", field=f"WarrantField {number}")
    return _FIGURES[number]


def _judge(look: Look, group: Any) -> Callable[[Row], bool]:
    if group.fieldId == _NO_TRADE:
        without = any(choice.value for choice in group.choices)
        return lambda row: not without or row.volume > 0
    figure = _figure(group.fieldId)
    if group.choices:
        texts = {choice.text.lower() for choice in group.choices if choice.contentType == _TEXT or choice.text}
        numbers = {choice.value for choice in group.choices if not choice.text}

        def chosen(row: Row) -> bool:
            value = figure(look, row)
            if isinstance(value, str):
                return any(text in value.lower() for text in texts)
            return value in numbers

        return chosen
    if not group.HasField("interval"):
        raise UserFacingError("filter_range")

    def between(row: Row) -> bool:
        value = figure(look, row)
        return isinstance(value, (int, float)) and inside(float(value), group.interval)

    return between


def _fill(message: Any, look: Look, row: Row) -> None:
    info, contract, figures = row.info, row.contract, row.figures
    owner, spot = look.owner(row)
    message.stockId, message.stockOwner = info.security_id, owner.security_id
    message.issuerId = contract.issuer
    message.warrantType = int(contract.kind)
    message.strikePrice = contract.strike
    message.maturityDate = int(look.unix(row, contract.maturity_day))
    message.lastTradeDate = int(look.unix(row, contract.last_day))
    message.ipoTime = int(look.unix(row, contract.first_day))
    message.conversionRatio = contract.conversion_ratio
    message.lastclosePrice = row.last_close
    message.stockOwnerPrice, message.currentPrice = spot, row.price
    message.volume, message.turnover = row.volume, row.turnover
    message.sellVol, message.buyVol = row.ask_volume, row.bid_volume
    message.sellPrice, message.buyPrice = row.ask, row.bid
    message.streetRate = message.streetRateNew = figures.street_rate
    message.streetVol = figures.street_volume
    message.highPrice, message.lowPrice = row.high, row.low
    message.status = _NORMAL
    message.score = figures.score
    message.premium = figures.premium
    message.leverage, message.effectiveLeverage = figures.leverage, figures.effective_leverage
    message.breakEvenPoint, message.ipop = figures.break_even, figures.in_the_money
    message.amplitude = row.amplitude
    message.lotSize, message.issueSize = contract.lot_size, contract.issue_size
    if contract.is_callable:
        message.recoveryPrice, message.priceRecoveryRatio = contract.recovery, figures.distance_to_recovery
    else:
        message.impliedVolatility, message.delta = figures.volatility, figures.delta
    message.security.CopyFrom(security_message(info))
    message.ownerSecurity.CopyFrom(security_message(owner))
    message.name, message.ownerName = look.exchange.name(info), look.exchange.name(owner)
