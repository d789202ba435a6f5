"""Answers TechnicalUnusual (3801): a text about what a security's own daily bars and indicators did lately."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers.unusual_texts import (
    Sentence,
    days_asked,
    language_of,
    report,
    security_named,
    span_text,
)
from core.upstreams.practice.bar_periods import DAY, Bar
from core.upstreams.practice.breathing import Breath
from core.upstreams.practice.market_view import MarketView
from core.upstreams.practice.screen_indicators import BarIndicators

_BARS: Final = 320  # a year of highs and lows, and what the averages need
_YEAR_BARS: Final = 250
_USUAL_BARS: Final = 20
_BUSY: Final = 2.0  # times the usual volume
_BIG_MOVE: Final = 5.0  # percent of a day


class Look(NamedTuple):
    """The daily bars of a security with their indicators."""

    bars: Sequence[Bar]
    lines: BarIndicators


class Sign(NamedTuple):
    """One thing to look for on a day; `happened` gets how many bars ago."""

    indicator: str
    sentence: Sentence
    happened: Callable[[Look, int], bool]


def _pattern(number: int) -> Callable[[Look, int], bool]:
    """A pattern counts on the day it begins."""
    return lambda look, back: look.lines.has_pattern(number, back) and not look.lines.has_pattern(number, back + 1)


def _extreme(*, high: bool) -> Callable[[Look, int], bool]:
    def happened(look: Look, back: int) -> bool:
        end = len(look.bars) - 1 - back
        before = look.bars[max(0, end - _YEAR_BARS) : end]
        if len(before) < _YEAR_BARS // 2:
            return False
        bar = look.bars[end]
        return bar.high > max(one.high for one in before) if high else bar.low < min(one.low for one in before)

    return happened


def _busy(look: Look, back: int) -> bool:
    end = len(look.bars) - 1 - back
    before = look.bars[max(0, end - _USUAL_BARS) : end]
    usual = sum(bar.volume for bar in before) / len(before) if before else 0
    return look.bars[end].volume > _BUSY * usual > 0


def _moved(*, up: bool) -> Callable[[Look, int], bool]:
    def happened(look: Look, back: int) -> bool:
        end = len(look.bars) - 1 - back
        before = look.bars[end - 1].close if end else 0.0
        change = (look.bars[end].close / before - 1) * 100 if before else 0.0
        return change >= _BIG_MOVE if up else change <= -_BIG_MOVE

    return happened


SIGNS: Final = (
    Sign("PRICE", Sentence("rose by 5% or more", "涨幅达到5%或以上", "漲幅達到5%或以上"), _moved(up=True)),
    Sign("PRICE", Sentence("fell by 5% or more", "跌幅达到5%或以上", "跌幅達到5%或以上"), _moved(up=False)),
    Sign("PRICE", Sentence("highest price of a year", "创一年新高", "創一年新高"), _extreme(high=True)),
    Sign("PRICE", Sentence("lowest price of a year", "创一年新低", "創一年新低"), _extreme(high=False)),
    Sign("VOLUME", Sentence("more than twice the usual volume", "成交量超过平时两倍", "成交量超過平時兩倍"), _busy),
    Sign("MA", Sentence("moving averages in rising order", "均线多头排列", "均線多頭排列"), _pattern(1)),
    Sign("MA", Sentence("moving averages in falling order", "均线空头排列", "均線空頭排列"), _pattern(2)),
    Sign("MACD", Sentence("DIFF crosses above DEA", "DIFF上穿DEA，金叉", "DIFF上穿DEA，金叉"), _pattern(13)),
    Sign("MACD", Sentence("DIFF crosses below DEA", "DIFF下穿DEA，死叉", "DIFF下穿DEA，死叉"), _pattern(14)),
    Sign("KDJ", Sentence("K crosses above D at low values", "低位金叉", "低位金叉"), _pattern(9)),
    Sign("KDJ", Sentence("K crosses below D at high values", "高位死叉", "高位死叉"), _pattern(10)),
    Sign("RSI", Sentence("the short line crosses above the long one", "短线上穿长线", "短線上穿長線"), _pattern(5)),
    Sign("RSI", Sentence("the short line crosses below the long one", "短线下穿长线", "短線下穿長線"), _pattern(6)),
    Sign("BOLL", Sentence("the price leaves the bands upwards", "股价上穿上轨", "股價上穿上軌"), _pattern(17)),
    Sign("BOLL", Sentence("the price leaves the bands downwards", "股价下穿下轨", "股價下穿下軌"), _pattern(18)),
)
INDICATORS: Final = tuple(dict.fromkeys(sign.indicator for sign in SIGNS))


async def technical_unusual(view: MarketView, request: Any) -> bytes:
    """Answer TechnicalUnusual (3801), the newest day first. `indicator_filters` takes names of INDICATORS."""
    exchange = view.exchange
    info = security_named(exchange, request.stock_symbol)
    days = days_asked(request)
    language = language_of(exchange, request)
    wanted = {name.strip().upper() for name in request.indicator_filters}
    for name in sorted(wanted - set(INDICATORS)):
        raise UserFacingError("unknown_indicator", name=name[:40], known=", ".join(INDICATORS))
    today = exchange.today(info.group)
    bars = view.bars(info, DAY, _BARS)
    look = Look(bars, BarIndicators(bars))
    found: list[tuple[int, str]] = []
    breathe = Breath()
    for back, bar in enumerate(reversed(bars)):
        await breathe()
        if bar.day <= today - days:
            break
        for sign in SIGNS:
            if (not wanted or sign.indicator in wanted) and sign.happened(look, back):
                found.append((bar.day, f"{sign.indicator}: {sign.sentence.in_language(language)}"))
    response = openapi.SkillWrapAPI.TechnicalUnusualRsp(retType=0)
    response.time_range = span_text(today, days)
    response.content = report(exchange, info, language, found)
    return response.SerializeToString()
