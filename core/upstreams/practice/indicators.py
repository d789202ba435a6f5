"""Technical indicators by their usual formulas (those of Chinese trading programs), in plain Python.

Every function takes a series, the oldest value first, and gives one value for each; None while there is too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

Line = list[float | None]


def moving_average(values: Sequence[float], period: int) -> Line:
    """Give the mean of the last `period` values."""
    line: Line = []
    total = 0.0
    for index, value in enumerate(values):
        total += value
        if index >= period:
            total -= values[index - period]
        line.append(total / period if index >= period - 1 else None)
    return line


def exponential_average(values: Sequence[float], period: int) -> Line:
    """Give the average with weight 2/(period+1) on the newest value; it begins with the first value."""
    line: Line = []
    average = 0.0
    weight = 2 / (period + 1)
    for index, value in enumerate(values):
        average = value if index == 0 else average + (value - average) * weight
        line.append(average)
    return line


def smoothed(values: Sequence[float], period: int, weight: int = 1) -> list[float]:
    """Give SMA(values, period, weight): weight/period on the newest value."""
    line: list[float] = []
    average = 0.0
    for index, value in enumerate(values):
        average = value if index == 0 else (value * weight + average * (period - weight)) / period
        line.append(average)
    return line


def relative_strength(closes: Sequence[float], period: int) -> Line:
    """Give the RSI: smoothed gains in percent of all smoothed moves; 50 when nothing moved."""
    gains, moves = [0.0], [0.0]
    for before, close in pairwise(closes):
        gains.append(max(0.0, close - before))
        moves.append(abs(close - before))
    if not closes:
        return []
    # The first close has no move; the averages begin with the second.
    pairs = zip(smoothed(gains[1:], period), smoothed(moves[1:], period), strict=True)
    return [None, *(gain / move * 100 if move else 50.0 for gain, move in pairs)]


class Macd(NamedTuple):
    """DIFF, DEA and the histogram, which is twice their distance."""

    diff: Line
    dea: Line
    histogram: Line


def macd(closes: Sequence[float], fast: int = 12, slow: int = 26, signal: int = 9) -> Macd:
    """Give the MACD."""
    diff = [
        (quick or 0.0) - (lazy or 0.0)
        for quick, lazy in zip(exponential_average(closes, fast), exponential_average(closes, slow), strict=True)
    ]
    dea = [value or 0.0 for value in exponential_average(diff, signal)]
    return Macd(list(diff), list(dea), [2 * (d - e) for d, e in zip(diff, dea, strict=True)])


class Kdj(NamedTuple):
    """The K, D and J lines."""

    k: Line
    d: Line
    j: Line


def kdj(
    highs: Sequence[float], lows: Sequence[float], closes: Sequence[float], period: int = 9, k: int = 3, d: int = 3
) -> Kdj:
    """Give the KDJ; K and D begin at 50."""
    k_line: Line = []
    d_line: Line = []
    j_line: Line = []
    k_value = d_value = 50.0
    for index, close in enumerate(closes):
        first = max(0, index - period + 1)
        high, low = max(highs[first : index + 1]), min(lows[first : index + 1])
        raw = (close - low) / (high - low) * 100 if high > low else 50.0
        k_value = (raw + k_value * (k - 1)) / k
        d_value = (k_value + d_value * (d - 1)) / d
        k_line.append(k_value)
        d_line.append(d_value)
        j_line.append(3 * k_value - 2 * d_value)
    return Kdj(k_line, d_line, j_line)


class Bollinger(NamedTuple):
    """The middle line and the bands around it."""

    upper: Line
    middle: Line
    lower: Line


def bollinger(closes: Sequence[float], period: int = 20, width: float = 2.0) -> Bollinger:
    """Give the Bollinger bands: the moving average and `width` sample standard deviations around it."""
    middle = moving_average(closes, period)
    upper: Line = []
    lower: Line = []
    for index, mean in enumerate(middle):
        if mean is None:
            upper.append(None)
            lower.append(None)
            continue
        window = closes[index - period + 1 : index + 1]
        deviation = sqrt(sum((value - mean) ** 2 for value in window) / max(1, period - 1))
        upper.append(mean + width * deviation)
        lower.append(mean - width * deviation)
    return Bollinger(upper, middle, lower)
