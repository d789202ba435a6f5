"""Bars made comparable over corporate actions: every longer bar is added up from adjusted days."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import Any

from core.upstreams.practice.bar_periods import DAY, MINUTES_OF_TYPE, Bar, add_up_days, layout_of, period_start
from core.upstreams.practice.corporate_actions import FORWARD, NO_ADJUSTMENT, Adjuster
from core.upstreams.practice.securities import SecurityInfo
from core.upstreams.practice.security_history import BarRange, SecurityHistory


def adjusted(history: SecurityHistory, adjuster: Adjuster, rehab_type: int, kline_type: int, raw: BarRange) -> BarRange:
    """Adjust a range of bars that came from the history. RehabType numbers as in the public schema."""
    if not raw.bars or rehab_type == NO_ADJUSTMENT or not adjuster.events:
        return raw
    first = raw.bars[0]
    if kline_type == DAY or kline_type in MINUTES_OF_TYPE:
        bars = [adjuster.bar(bar, rehab_type) for bar in raw.bars]
        # Only the first bar of a day has the one before it on another day.
        same_day = kline_type != DAY and not _begins_day(history, kline_type, first)
        before_day = first.day if same_day else first.day - 1
        before_day = before_day if raw.before_day is None else raw.before_day
        return raw._replace(bars=bars, close_before=adjuster.price(raw.close_before, before_day, rehab_type))
    start = period_start(kline_type, first.day)
    days = [adjuster.bar(bar, rehab_type) for bar in history.day_bars(start, raw.bars[-1].day)]
    before = adjuster.price(raw.close_before, start - 1, rehab_type)
    wanted = {bar.day for bar in raw.bars}
    return raw._replace(bars=[bar for bar in add_up_days(kline_type, days) if bar.day in wanted], close_before=before)


def adjusted_bar(
    history: SecurityHistory, adjuster: Adjuster, rehab_type: int, kline_type: int, bar: Bar, before: float
) -> tuple[Bar, float]:
    """Adjust the current bar of a period and the close before it."""
    found = adjusted(history, adjuster, rehab_type, kline_type, BarRange([bar], before, more=False))
    return found.bars[0], found.close_before


def _begins_day(history: SecurityHistory, kline_type: int, bar: Bar) -> bool:
    path = history.path.day(bar.day)
    if path is None:
        return True
    buckets = layout_of(path.layout.sessions).buckets(MINUTES_OF_TYPE[kline_type])
    return bar.minute == buckets[0].label


def restate(fields: dict[str, Any], info: SecurityInfo, adjuster: Adjuster | None, raw: Bar) -> dict[str, Any]:
    """Correct a K-line's price-earnings ratio and turnover rate for the number of shares there was at its time.

    Both follow from the bar as it was traded, whatever the adjustment asked for.
    """
    if adjuster is not None and adjuster.events:
        shares = adjuster.shares_since(raw.day)
        if "pe" in fields and info.eps:
            fields["pe"] = raw.close * shares / info.eps
        if "turnoverRate" in fields and info.shares_outstanding:
            fields["turnoverRate"] = raw.volume / info.volume_parts / (info.shares_outstanding * shares)
    return fields


def forward_extremes(history: SecurityHistory, adjuster: Adjuster | None, begin: int, end: int) -> tuple[float, float]:
    """Give the highest and lowest forward-adjusted price of days (ordinals), both ends included.

    (0, infinity) when there is no trading day.
    """
    if adjuster is None:
        return history.extremes(begin, end)
    high, low = 0.0, inf
    edges = [begin, *(event.day for event in adjuster.events if begin < event.day <= end), end + 1]
    for first, following in pairwise(edges):
        top, bottom = history.extremes(first, following - 1)
        if top:
            high = max(high, adjuster.price(top, first, FORWARD))
            low = min(low, adjuster.price(bottom, first, FORWARD))
    return high, low
