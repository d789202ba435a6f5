"""Indicator values and patterns of one security's newest bars, for filters and screens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from core.upstreams.practice import indicators as formulas
from core.upstreams.practice.bar_periods import MONTH, WEEK, Bar
from core.upstreams.practice.indicators import Line

# Numbers of CustomIndicatorField of the public schema.
PRICE, VALUE, MA, EMA, RSI = 1, 17, 30, 40, 9
_OLD_AVERAGES: Final = {
    **dict(zip(range(2, 9), ((MA, days) for days in (5, 10, 20, 30, 60, 120, 250)), strict=True)),
    **dict(zip(range(10, 17), ((EMA, days) for days in (5, 10, 20, 30, 60, 120, 250)), strict=True)),
}
_DEFAULTS: Final = {RSI: (12,), 50: (9, 3, 3), 60: (12, 26, 9), 70: (20, 2)}
_ALIGNED: Final = (5, 10, 20, 30, 60)
_SHORT_RSI, _LONG_RSI = 6, 12
_LOW, _HIGH = 30.0, 70.0
PATTERNS: Final = range(1, 21)
_MOST_BARS: Final = {WEEK: 200, MONTH: 100}


class IndicatorKey(NamedTuple):
    """One line: its CustomIndicatorField number and parameters."""

    field: int
    parameters: tuple[int, ...]


def indicator_key(field: int, parameters: Sequence[int]) -> IndicatorKey | None:
    """Name a line with all its parameters; None for an unknown field or bad parameters."""
    if field == PRICE:
        return IndicatorKey(field, ())
    if field in _OLD_AVERAGES:
        kind, days = _OLD_AVERAGES[field]
        return IndicatorKey(kind, (days,))
    family = field if field == RSI else field // 10 * 10
    if field not in (MA, EMA, RSI, 50, 51, 52, 60, 61, 62, 70, 71, 72):
        return None
    given = tuple(parameters)
    if not given:
        given = _DEFAULTS.get(family, ())
    wanted = {MA: 1, EMA: 1, RSI: 1, 50: 3, 60: 3, 70: 2}[family]
    if len(given) != wanted or not all(1 <= number <= 250 for number in given):
        return None
    return IndicatorKey(field, given)


def bars_needed(key: IndicatorKey, kline_type: int) -> int:
    """Say how many bars make a line right: averages that forget slowly need several periods.

    Of long bars only as many as can be computed for a whole market in a few seconds.
    """
    if not key.parameters:
        return 2
    longest = max(key.parameters)
    return max(30, longest + 5, min(4 * longest, _MOST_BARS.get(kline_type, 1_000)))


class BarIndicators:
    """The lines of one series of bars, each computed once."""

    def __init__(self, bars: Sequence[Bar]) -> None:
        """Take the columns."""
        self.closes = [bar.close for bar in bars]
        self._highs = [bar.high for bar in bars]
        self._lows = [bar.low for bar in bars]
        self._lines: dict[IndicatorKey, Line] = {}

    def line(self, key: IndicatorKey) -> Line:
        """Give one line."""
        found = self._lines.get(key)
        if found is None:
            found = self._lines[key] = self._compute(key)
        return found

    def value(self, key: IndicatorKey, back: int = 0) -> float | None:
        """Give a line's value `back` bars ago; None when there is none."""
        line = self.line(key)
        return line[-1 - back] if back < len(line) else None

    def has_pattern(self, number: int, back: int = 0) -> bool:
        """Whether a pattern (PatternField number) holds at the bar `back` bars ago."""
        return _PATTERN_CHECKS[number](self, back)

    def average(self, kind: int, days: int, back: int) -> float | None:
        """Give a simple or exponential average."""
        return self.value(IndicatorKey(kind, (days,)), back)

    def aligned(self, kind: int, back: int, *, rising: bool) -> bool:
        """Whether the averages lie in order on two bars, and the close moved the same way."""
        for bar in (back, back + 1):
            values = [self.average(kind, days, bar) for days in _ALIGNED]
            known = [value for value in values if value is not None]
            if len(known) < len(_ALIGNED):
                return False
            pairs = list(pairwise(known))
            if not all(first > second if rising else first < second for first, second in pairs):
                return False
        if back + 1 >= len(self.closes):
            return False
        now, before = self.closes[-1 - back], self.closes[-2 - back]
        return now > before if rising else now < before

    def crosses(self, first: IndicatorKey, second: IndicatorKey, back: int, *, up: bool) -> bool:
        """Whether one line passes another between two bars."""
        now, other = self.value(first, back), self.value(second, back)
        before, other_before = self.value(first, back + 1), self.value(second, back + 1)
        if now is None or other is None or before is None or other_before is None:
            return False
        return (before < other_before and now > other) if up else (before > other_before and now < other)

    def diverges(self, key: IndicatorKey, back: int, *, top: bool) -> bool:
        """Whether the closes' two newest peaks (or troughs) go one way and the line the other."""
        closes = self.closes if not back else self.closes[:-back]
        line = self.line(key)
        found: list[int] = []
        for index in range(len(closes) - 2, 0, -1):
            before, here, after = closes[index - 1], closes[index], closes[index + 1]
            if (before < here >= after) if top else (before > here <= after):
                found.append(index)
                if len(found) == 2:
                    break
        if len(found) < 2:
            return False
        later, earlier = found
        new, old = line[later], line[earlier]
        if new is None or old is None:
            return False
        if top:
            return closes[later] > closes[earlier] and new < old
        return closes[later] < closes[earlier] and new > old

    def _compute(self, key: IndicatorKey) -> Line:
        field, numbers = key
        if field == PRICE:
            return list(self.closes)
        if field == MA:
            return formulas.moving_average(self.closes, numbers[0])
        if field == EMA:
            return formulas.exponential_average(self.closes, numbers[0])
        if field == RSI:
            return formulas.relative_strength(self.closes, numbers[0])
        lines: Sequence[Line]
        family = field // 10 * 10
        if family == 50:
            lines = formulas.kdj(self._highs, self._lows, self.closes, *numbers)
        elif family == 60:
            lines = formulas.macd(self.closes, *numbers)
        else:
            lines = formulas.bollinger(self.closes, numbers[0], float(numbers[1]))
        for number, line in enumerate(lines):
            self._lines[IndicatorKey(family + number, numbers)] = line
        return lines[field - family]


_PRICE_KEY: Final = IndicatorKey(PRICE, ())
_RSI_SHORT: Final = IndicatorKey(RSI, (_SHORT_RSI,))
_RSI_LONG: Final = IndicatorKey(RSI, (_LONG_RSI,))
_K, _D, _J = (IndicatorKey(number, (9, 3, 3)) for number in (50, 51, 52))
_DIFF, _DEA, _HISTOGRAM = (IndicatorKey(number, (12, 26, 9)) for number in (60, 61, 62))
_UPPER, _MIDDLE, _LOWER = (IndicatorKey(number, (20, 2)) for number in (70, 71, 72))


def _kdj_cross(bars: BarIndicators, back: int, *, up: bool) -> bool:
    values = [bars.value(key, back) for key in (_K, _D, _J)]
    if any(value is None or (value > _LOW if up else value < _HIGH) for value in values):
        return False
    return bars.crosses(_K, _D, back, up=up) and bars.crosses(_J, _D, back, up=up)


def _rsi_cross(bars: BarIndicators, back: int, *, up: bool) -> bool:
    value = bars.value(_RSI_SHORT, back)
    if value is None or (value >= 50 if up else value <= 50):
        return False
    return bars.crosses(_RSI_SHORT, _RSI_LONG, back, up=up)


_PATTERN_CHECKS: Final[dict[int, Callable[[BarIndicators, int], bool]]] = {
    1: lambda bars, back: bars.aligned(MA, back, rising=True),
    2: lambda bars, back: bars.aligned(MA, back, rising=False),
    3: lambda bars, back: bars.aligned(EMA, back, rising=True),
    4: lambda bars, back: bars.aligned(EMA, back, rising=False),
    5: lambda bars, back: _rsi_cross(bars, back, up=True),
    6: lambda bars, back: _rsi_cross(bars, back, up=False),
    7: lambda bars, back: bars.diverges(_RSI_LONG, back, top=True),
    8: lambda bars, back: bars.diverges(_RSI_LONG, back, top=False),
    9: lambda bars, back: _kdj_cross(bars, back, up=True),
    10: lambda bars, back: _kdj_cross(bars, back, up=False),
    11: lambda bars, back: bars.diverges(_J, back, top=True),
    12: lambda bars, back: bars.diverges(_J, back, top=False),
    13: lambda bars, back: bars.crosses(_DIFF, _DEA, back, up=True),
    14: lambda bars, back: bars.crosses(_DIFF, _DEA, back, up=False),
    15: lambda bars, back: bars.diverges(_HISTOGRAM, back, top=True),
    16: lambda bars, back: bars.diverges(_HISTOGRAM, back, top=False),
    17: lambda bars, back: bars.crosses(_PRICE_KEY, _UPPER, back, up=True),
    18: lambda bars, back: bars.crosses(_PRICE_KEY, _LOWER, back, up=False),
    19: lambda bars, back: bars.crosses(_PRICE_KEY, _MIDDLE, back, up=True),
    20: lambda bars, back: bars.crosses(_PRICE_KEY, _MIDDLE, back, up=False),
}


def pattern_bars(kline_type: int) -> int:
    """Say how many bars patterns look at."""
    return min(260, _MOST_BARS.get(kline_type, 260))
