"""Answers about technical indicators: which there are, and their values over a client's own bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.calls import ClientRef
from core.model.errors import UserFacingError
from core.model.topics import Push
from core.upstreams.practice import indicators as formulas
from core.upstreams.practice.answers.request_checks import checked_number, security_of
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.indicators import Line

PUSH_INDICATOR: Final = 3261
MAXIMUM_BARS: Final = 10_000
MAXIMUM_PERIOD: Final = 1_000
_ANY_LANGUAGE, _MYLANG = 0, 1
_PARTIAL, _EXACT = 0, 1
_INTEGER_VALUE: Final = 1


class Series(NamedTuple):
    """The columns of the bars."""

    highs: Sequence[float]
    lows: Sequence[float]
    closes: Sequence[float]


class Parameter(NamedTuple):
    """One input: a whole number."""

    name: str
    default: int


class Indicator(NamedTuple):
    """One indicator; `compute` gives a line for each output. `script` is its formula as people write it."""

    short_name: str
    full_name: str
    parameters: tuple[Parameter, ...]
    outputs: tuple[str, ...]
    script: str
    compute: Callable[[Series, list[int]], Sequence[Line]]


INDICATORS: Final = (
    Indicator(
        "MA",
        "Moving average",
        (Parameter("M1", 5), Parameter("M2", 10), Parameter("M3", 20), Parameter("M4", 60)),
        ("MA1", "MA2", "MA3", "MA4"),
        "MA1:MA(CLOSE,M1);MA2:MA(CLOSE,M2);MA3:MA(CLOSE,M3);MA4:MA(CLOSE,M4);",
        lambda series, periods: [formulas.moving_average(series.closes, period) for period in periods],
    ),
    Indicator(
        "EMA",
        "Exponential moving average",
        (Parameter("M1", 5), Parameter("M2", 10), Parameter("M3", 20), Parameter("M4", 60)),
        ("EMA1", "EMA2", "EMA3", "EMA4"),
        "EMA1:EMA(CLOSE,M1);EMA2:EMA(CLOSE,M2);EMA3:EMA(CLOSE,M3);EMA4:EMA(CLOSE,M4);",
        lambda series, periods: [formulas.exponential_average(series.closes, period) for period in periods],
    ),
    Indicator(
        "MACD",
        "Moving average convergence divergence",
        (Parameter("SHORT", 12), Parameter("LONG", 26), Parameter("MID", 9)),
        ("DIFF", "DEA", "MACD"),
        "DIFF:EMA(CLOSE,SHORT)-EMA(CLOSE,LONG);DEA:EMA(DIFF,MID);MACD:2*(DIFF-DEA);",
        lambda series, periods: formulas.macd(series.closes, *periods),
    ),
    Indicator(
        "KDJ",
        "Stochastic oscillator",
        (Parameter("N", 9), Parameter("M1", 3), Parameter("M2", 3)),
        ("K", "D", "J"),
        "RSV:=(CLOSE-LLV(LOW,N))/(HHV(HIGH,N)-LLV(LOW,N))*100;K:SMA(RSV,M1,1);D:SMA(K,M2,1);J:3*K-2*D;",
        lambda series, periods: formulas.kdj(series.highs, series.lows, series.closes, *periods),
    ),
    Indicator(
        "RSI",
        "Relative strength index",
        (Parameter("N1", 6), Parameter("N2", 12), Parameter("N3", 24)),
        ("RSI1", "RSI2", "RSI3"),
        "LC:=REF(CLOSE,1);RSI1:SMA(MAX(CLOSE-LC,0),N1,1)/SMA(ABS(CLOSE-LC),N1,1)*100;"
        "RSI2:SMA(MAX(CLOSE-LC,0),N2,1)/SMA(ABS(CLOSE-LC),N2,1)*100;"
        "RSI3:SMA(MAX(CLOSE-LC,0),N3,1)/SMA(ABS(CLOSE-LC),N3,1)*100;",
        lambda series, periods: [formulas.relative_strength(series.closes, period) for period in periods],
    ),
    Indicator(
        "BOLL",
        "Bollinger bands",
        (Parameter("N", 20), Parameter("P", 2)),
        ("MID", "UPPER", "LOWER"),
        "MID:MA(CLOSE,N);UPPER:MID+P*STD(CLOSE,N);LOWER:MID-P*STD(CLOSE,N);",
        lambda series, periods: _bands(series, periods),
    ),
)
_BY_NAME: Final = {indicator.short_name: indicator for indicator in INDICATORS}


def indicator_list(request: Any) -> bytes:
    """Answer GetIndicatorList (3259). The formulas are given in the script language of trading programs (MyLang)."""
    c2s = request.c2s
    exact = checked_number("searchMode", c2s.searchMode, (_PARTIAL, _EXACT)) == _EXACT
    key = c2s.searchKey.strip().lower()
    response = openapi.Qot_GetIndicatorList.Response(retType=0)
    response.s2c.SetInParent()
    if c2s.langType not in (_ANY_LANGUAGE, _MYLANG):
        return response.SerializeToString()
    for indicator in INDICATORS:
        names = (indicator.short_name.lower(), indicator.full_name.lower())
        if key and not (key in names if exact else any(key in name for name in names)):
            continue
        row = response.s2c.indicatorList.add().myLang
        row.shortName, row.fullName = indicator.short_name, indicator.full_name
        for index, parameter in enumerate(indicator.parameters):
            entry = row.inputs.add(index=index, name=parameter.name, varName=parameter.name)
            entry.value.type = _INTEGER_VALUE  # type: ignore[assignment]
            entry.value.intValue = parameter.default
        for index, output in enumerate(indicator.outputs):
            row.outputs.add(index=index, name=output)
        if exact and key:
            row.script = indicator.script
    return response.SerializeToString()


def request_calculation(exchange: Exchange, calc_id: str, request: Any) -> tuple[bytes, Push]:
    """Answer RequestIndicatorCalc (3260); gives the reply and the push with the result, for the same client."""
    c2s = request.c2s
    exchange.info(security_of(c2s.data.security))
    indicator = _BY_NAME.get(c2s.shortName.strip().upper())
    if indicator is None or c2s.langType not in (_ANY_LANGUAGE, _MYLANG):
        raise UserFacingError("unknown_indicator", name=c2s.shortName[:40], known=", ".join(_BY_NAME))
    if c2s.HasField("num") and c2s.num < 1:
        raise UserFacingError("bad_field", field="num", value=c2s.num)
    bars = [bar for bar in c2s.data.kLine if not bar.isBlank]
    if not bars:
        raise UserFacingError("empty_list", field="kLine")
    if len(bars) > MAXIMUM_BARS:
        raise UserFacingError("too_many_items", count=len(bars), limit=MAXIMUM_BARS)
    if c2s.num:
        bars = bars[: c2s.num]
    series = Series([bar.highPrice for bar in bars], [bar.lowPrice for bar in bars], [bar.closePrice for bar in bars])
    lines = indicator.compute(series, _inputs(indicator, c2s.inputs))
    answer = openapi.Qot_RequestIndicatorCalc.Response(retType=0)
    answer.s2c.calcId = calc_id
    result = openapi.Qot_PushIndicatorCalc.Response(retType=0)
    result.s2c.calcId = calc_id
    for index, output in enumerate(indicator.outputs):
        result.s2c.outputs.add(index=index, name=output)
    for index, bar in enumerate(bars):
        # Not a number where there are too few bars before: a zero would look like a value.
        values = [nan if (value := line[index]) is None else value for line in lines]
        result.s2c.outputRows.add(time=bar.time, values=values)
    return answer.SerializeToString(), Push(None, PUSH_INDICATOR, result.SerializeToString())


def send_result(client: ClientRef | None, push: Push) -> None:
    """Bring the result to the client that asked."""
    if client is not None:
        client.offer(push)


def _inputs(indicator: Indicator, given: Any) -> list[int]:
    values = [parameter.default for parameter in indicator.parameters]
    for item in given:
        if not 0 <= item.index < len(values):
            raise UserFacingError("bad_field", field="inputs.index", value=item.index)
        if not item.value:
            continue
        try:
            number = int(item.value.removesuffix(".0"))
        except ValueError:
            raise UserFacingError("bad_field", field="inputs.value", value=item.value[:40]) from None
        if not 1 <= number <= MAXIMUM_PERIOD:
            raise UserFacingError("bad_field", field="inputs.value", value=number)
        values[item.index] = number
    return values


def _bands(series: Series, periods: list[int]) -> Sequence[Line]:
    bands = formulas.bollinger(series.closes, periods[0], float(periods[1]))
    return (bands.middle, bands.upper, bands.lower)
