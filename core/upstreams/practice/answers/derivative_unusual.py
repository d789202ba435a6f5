"""Answers DerivativeUnusual (3803): a text about what a security's options did lately, by the models and own trades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.option_events import events
from core.upstreams.practice.answers.option_statistics import (
    ActivityTotals,
    day_share,
    implied,
    rank_and_percentile,
)
from core.upstreams.practice.answers.unusual_texts import (
    Sentence,
    days_asked,
    language_of,
    report,
    security_named,
    span_text,
)
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.underlyings import Underlying

DIMENSIONS: Final = ("VOLUME", "PUT_CALL", "VOLATILITY", "TRADES")
_YEAR: Final = 365
_USUAL_DAYS: Final = 10  # trading days
_BUSY: Final = 1.5  # times the usual volume
_MANY_PUTS, _FEW_PUTS = 1.25, 0.5  # puts for a call
_VOLATILITY_MOVE: Final = 5.0  # percent of itself
_RARE: Final = 5.0  # percent of a year's days
_MOST_TRADES: Final = 10
_BUSY_TEXT: Final = Sentence(
    "option volume {volume}, {times:.1f} times the usual",
    "期权成交{volume}张，为平时的{times:.1f}倍",
    "期權成交{volume}張，為平時的{times:.1f}倍",
)
_PUTS_TEXT: Final = Sentence(
    "{ratio:.2f} puts traded for each call",
    "认沽认购成交比{ratio:.2f}",
    "認沽認購成交比{ratio:.2f}",
)
_MOVE_TEXT: Final = Sentence(
    "implied volatility went from {before:.1f}% to {now:.1f}%",
    "隐含波动率由{before:.1f}%变为{now:.1f}%",
    "引伸波幅由{before:.1f}%變為{now:.1f}%",
)
_PLACE_TEXT: Final = Sentence(
    "implied volatility {now:.1f}% is above {percentile:.0f}% of the days of the year before",
    "隐含波动率{now:.1f}%，高于此前一年{percentile:.0f}%的日子",
    "引伸波幅{now:.1f}%，高於此前一年{percentile:.0f}%的日子",
)
_TRADE_TEXT: Final = Sentence(
    "{code}: {volume} contracts at {price:g}",
    "{code}：{volume}张，成交价{price:g}",
    "{code}：{volume}張，成交價{price:g}",
)


async def derivative_unusual(exchange: Exchange, totals: ActivityTotals, request: Any) -> bytes:
    """Answer DerivativeUnusual (3803), the newest day first. `analysis_dimensions` takes names of DIMENSIONS."""
    info = security_named(exchange, request.stock_symbol)
    days, language = days_asked(request), language_of(exchange, request)
    wanted = {name.strip().upper() for name in request.analysis_dimensions} or set(DIMENSIONS)
    for name in sorted(wanted - set(DIMENSIONS)):
        raise UserFacingError("bad_field", field="analysis_dimensions", value=name[:40])
    classes = exchange.derivatives.classes_of(info.security)
    underlying = exchange.derivatives.underlying(info.security)
    if not classes or underlying is None:
        raise UserFacingError("no_options", code=info.security.label)
    today = exchange.today(info.group)
    breathe = Breath()
    share = day_share(exchange, info)
    bars = underlying.path.day_bars(today - days - 4 * _USUAL_DAYS, today)
    volumes: list[float] = []
    found: list[tuple[int, str]] = []
    for bar in bars:
        await breathe()
        part = share if bar.day == today else 1.0
        total = totals.of_owner(classes, bar.day)
        calls, puts = total.call_volume * part, total.put_volume * part
        if bar.day > today - days:
            usual = sum(volumes[-_USUAL_DAYS:]) / len(volumes[-_USUAL_DAYS:]) if volumes else 0.0
            if "VOLUME" in wanted and calls + puts > _BUSY * usual > 0:
                facts = {"volume": round(calls + puts), "times": (calls + puts) / usual}
                found.append((bar.day, _BUSY_TEXT.in_language(language, **facts)))
            if "PUT_CALL" in wanted and calls and not _FEW_PUTS < puts / calls < _MANY_PUTS:
                found.append((bar.day, _PUTS_TEXT.in_language(language, ratio=puts / calls)))
            if "VOLATILITY" in wanted:
                found += [(bar.day, text) for text in _volatility(underlying, bar.day, language)]
        volumes.append(calls + puts)
    if "TRADES" in wanted:
        found += _trades(exchange, info.security.label, today, days, language)
    found.sort(key=lambda row: -row[0])
    response = openapi.SkillWrapAPI.DerivativeUnusualRsp(retType=0)
    response.time_range = span_text(today, days)
    response.content = report(exchange, info, language, found)
    return response.SerializeToString()


def _volatility(underlying: Underlying, day: int, language: int) -> list[str]:
    now, before = implied(underlying, day), implied(underlying, day - 1)
    texts = []
    if abs(now / before - 1) * 100 >= _VOLATILITY_MOVE:
        texts.append(_MOVE_TEXT.in_language(language, before=before, now=now))
    _, percentile = rank_and_percentile(now, [implied(underlying, past) for past in range(day - _YEAR, day)])
    if not _RARE < percentile < 100 - _RARE:
        texts.append(_PLACE_TEXT.in_language(language, now=now, percentile=percentile))
    return texts


def _trades(exchange: Exchange, owner: str, today: int, days: int, language: int) -> Sequence[tuple[int, str]]:
    """Describe the largest trades of series that trade live."""
    own = [one for one in events(exchange, None) if one.owner.info.security.label == owner]
    own.sort(key=lambda one: -one.turnover)
    rows = []
    for one in own[:_MOST_TRADES]:
        day = one.market.time.local(one.tick.unix).day
        if day > today - days:
            facts = {"code": one.series.contract.security.code, "volume": one.tick.volume, "price": one.price}
            rows.append((day, _TRADE_TEXT.in_language(language, **facts)))
    return rows
