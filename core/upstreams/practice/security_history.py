"""All bars of one security: imported ones, then the simulated past, then what was traded while this program ran."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from math import inf
from typing import Final, NamedTuple

from core.upstreams.practice.bar_periods import (
    DAY,
    MINUTES_OF_TYPE,
    MONTH,
    QUARTER,
    WEEK,
    YEAR,
    Bar,
    add_up,
    add_up_days,
    period_end,
    period_start,
)
from core.upstreams.practice.future_contract_path import FuturePath
from core.upstreams.practice.imported_bars import ImportedHistory
from core.upstreams.practice.kept_trades import DaySummary, KeptMinutes
from core.upstreams.practice.live_day import LiveDay
from core.upstreams.practice.market_time import natural
from core.upstreams.practice.model_path import ModelDay, ModelPath
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.reference_path import DayPath, ReferencePath

# Finished days whose trades are kept. An older day falls back to the simulated past it was traded around.
LIVE_DAYS_KEPT: Final = 4
_RESTORED_DAYS: Final = 3  # days of earlier runs with all their minutes in memory, up to 70 kB each
_USUAL_BREAK_DAYS: Final = 6
_LONGEST_BREAK_DAYS: Final = 40
# Calendar days in which one bar can be expected.
_DAYS_PER_BAR: Final = {DAY: 1.5, WEEK: 8, MONTH: 32, QUARTER: 95, YEAR: 380}


def _nothing_kept(day: int) -> KeptMinutes | None:
    """There is no file of earlier trades."""
    return None


class BarRange(NamedTuple):
    """Bars in rising order, the close before the first of them (0 when there is none), and whether more follow.

    `before_day` is the day of that close where it does not follow from the first bar's place in its day.
    """

    bars: list[Bar]
    close_before: float
    more: bool
    before_day: int | None = None


class SecurityHistory:
    """Bars of one security up to its live day. Days are ordinals; times (day, minute) are bar labels."""

    def __init__(self, path: ReferencePath | ModelPath, imported: ImportedHistory | None) -> None:
        """Store. `imported` ends where `path` begins."""
        self.path = path
        self.imported = imported
        self.first_day = imported.first_day if imported else path.first_day
        self._live: OrderedDict[int, LiveDay] = OrderedDict()
        self._current: LiveDay | None = None
        self._kept: Mapping[int, DaySummary] = {}
        self._read_kept: Callable[[int], KeptMinutes | None] = _nothing_kept
        self._restored: OrderedDict[int, LiveDay] = OrderedDict()

    def use_kept(self, days: Mapping[int, DaySummary], read: Callable[[int], KeptMinutes | None]) -> None:
        """Show days that earlier runs traded instead of the simulated past. `read` gives a day's minutes."""
        self._kept = days
        self._read_kept = read

    def restored_day(self, day: int, end: int, last_close: float) -> LiveDay | None:
        """Give a day that an earlier run traded, with its minutes before slot `end`; None when there is none.

        `last_close` is what the day's changes count from, in currency.
        """
        if day not in self._kept or day < self.path.first_day:
            return None
        path = self.path.day(day)
        if path is None or not end or path.layout.count != self._kept[day].slots:
            return None
        minutes = self._read_kept(day)
        if minutes is None:
            return None
        live = LiveDay(path, last_close, 0)
        live.restore(minutes, min(end, path.layout.count))
        return live

    def begin_day(self, day: LiveDay) -> None:
        """Make a day the live one; the newest finished days are kept."""
        self._current = day
        self._live[day.day] = day
        while len(self._live) > LIVE_DAYS_KEPT + 1:
            self._live.popitem(last=False)

    def live_days(self) -> list[LiveDay]:
        """Give the live day and the newest finished ones that this run traded."""
        return list(self._live.values())

    @property
    def last_day(self) -> int:
        """The live day; nothing exists after it."""
        assert self._current is not None, "asked before the first live day"
        return self._current.day

    def close_before(self, day: int) -> float:
        """Give the last close before a day, in currency; 0 before all history."""
        for span in (_USUAL_BREAK_DAYS, _LONGEST_BREAK_DAYS):
            bars = self._day_bars(max(self.first_day, day - span), day - 1)
            if bars:
                return bars[-1].close
        return 0.0

    def reference_close(self, day: int) -> float:
        """Give the last close before a day as a corporate action of that day restates it: what changes count from."""
        close = self.close_before(day)
        if not close or not isinstance(self.path, ReferencePath):
            return close
        return self.path.ex_close(day, round(close * PRICE_SCALE)) / PRICE_SCALE

    def day_bars(self, begin: int, end: int) -> list[Bar]:
        """Give the day bars from `begin` to `end`, both included, the live day's bar so far among them."""
        return self._day_bars(begin, min(end, self.last_day))

    def _day_bars(self, begin: int, end: int) -> list[Bar]:
        bars: list[Bar] = []
        if self.imported and begin <= self.imported.last_day:
            bars = self.imported.day_bars(begin, min(end, self.imported.last_day))
        begin = max(begin, self.path.first_day)
        first_live = min((day for day in self._live if day >= begin), default=end + 1)
        if begin < first_live and begin <= end:
            bars += self.path.day_bars(begin, min(end, first_live - 1))
        for day in range(first_live, end + 1):
            live = self._live.get(day)
            if live is None:
                bars += self.path.day_bars(day, day)
            elif live.has_data:
                bars.append(live.day_bar())
        if self._kept:
            bars = [self._kept_bar(bar) for bar in bars]
        return bars

    def _kept_path(self, day: int) -> DayPath | ModelDay | None:
        """Give the path of a day that an earlier run traded; None when it did not, or in other trading hours."""
        summary = self._kept.get(day)
        if summary is None or day in self._live or day < self.path.first_day:
            return None
        path = self.path.day(day)
        return path if path is not None and path.layout.count == summary.slots else None

    def _kept_bar(self, bar: Bar) -> Bar:
        """Give a day's bar as an earlier run traded it; what that run did not see of it is the simulated past."""
        path = self._kept_path(bar.day)
        if path is None:
            return bar
        summary = self._kept[bar.day]
        opening, high, low, close = (price / PRICE_SCALE for price in summary[3:7])
        traded = Bar(bar.day, 0, opening, high, low, close, summary.volume, summary.turnover)
        end = summary.last_slot + 1
        return add_up((traded, path.bar_of_slots(end, summary.slots)), minute=0) if end < summary.slots else traded

    def traded_day(self, day: int) -> LiveDay | None:
        """Give a day that was traded by this run or an earlier one; None for others and for all but the newest."""
        return self._live.get(day) or (self._kept_day(day) if self._kept else None)

    def _kept_minutes(self, day: int, period: int) -> list[Bar] | None:
        """Give a day's bars of a period of minutes as an earlier run traded it; None when none did."""
        live = self._kept_day(day)
        return None if live is None else live.bars(period)

    def _kept_day(self, day: int) -> LiveDay | None:
        """Give a day as an earlier run traded it, the rest of it from the path; None when none did."""
        path = self._kept_path(day)
        if path is None:
            return None
        live = self._restored.get(day)
        if live is None:
            minutes = self._read_kept(day)
            if minutes is None:
                return None
            live = LiveDay(path, 0.0, 0)
            live.restore(minutes, path.layout.count)
            live.take_from_path(path.layout.count)
            self._restored[day] = live
            while len(self._restored) > _RESTORED_DAYS:
                self._restored.popitem(last=False)
        return live

    def past_days(self, begin: int, end: int) -> list[Bar]:
        """Give the day bars of finished days from `begin` to `end`, both included, whether or not a day is live."""
        return self._day_bars(max(begin, self.first_day), end)

    def past_minutes(self, day: int, period: int) -> list[Bar]:
        """Give the bars of a period of minutes of one finished day, whether or not a day is live."""
        if day in self._live:
            return self._live[day].bars(period)
        if self.imported and day <= self.imported.last_day:
            return self.imported.bars(day, period)
        kept = self._kept_minutes(day, period) if self._kept else None
        if kept is not None:
            return kept
        path = self.path.day(day)
        return path.bars(period) if path else []

    def extremes(self, begin: int, end: int) -> tuple[float, float]:
        """Give the highest and lowest price from `begin` to `end`, both included; (0, infinity) when there is none."""
        high, low = 0.0, inf
        if self.imported and begin <= self.imported.last_day:
            for bar in self.imported.day_bars(begin, end):
                high, low = max(high, bar.high), min(low, bar.low)
        begin, end = max(begin, self.path.first_day), min(end, self.last_day)
        first_live = min((day for day in self._live if day >= begin), default=end + 1)
        # Days of earlier runs count as they were traded, so the path's extremes are taken between them.
        first_kept = min((day for day in self._kept if day >= begin), default=end + 1)
        first_live = min(first_live, first_kept)
        found = self.path.extremes(begin, min(end, first_live - 1))
        if found is not None:
            high, low = max(high, found[0] / PRICE_SCALE), min(low, found[1] / PRICE_SCALE)
        for bar in self._day_bars(first_live, end):
            high, low = max(high, bar.high), min(low, bar.low)
        return high, low

    def day_minutes(self, day: int, period: int, newest: int | None = None) -> list[Bar]:
        """Give the bars of a period of minutes of one day; of the live day perhaps only the `newest` ones."""
        if day > self.last_day:
            return []
        if day in self._live:
            return self._live[day].bars(period, newest)
        if self.imported and day <= self.imported.last_day:
            return self.imported.bars(day, period)
        kept = self._kept_minutes(day, period) if self._kept else None
        if kept is not None:
            return kept
        path = self.path.day(day)
        return path.bars(period) if path else []

    def bars_from(self, kline_type: int, begin: tuple[int, int], end: tuple[int, int], limit: int) -> BarRange:
        """Give at most `limit` bars labelled from `begin` to `end`, both included."""
        if not isinstance(self.path, FuturePath):
            end = min(end, (self.last_day, 1_440))
        if kline_type in MINUTES_OF_TYPE:
            return self._minutes_from(MINUTES_OF_TYPE[kline_type], begin, end, limit)
        bars = self._long_bars(kline_type, begin[0], end[0], limit + 1)
        if not bars:
            return BarRange([], 0.0, more=False)
        before = self.close_before(period_start(kline_type, bars[0].day) if kline_type != DAY else bars[0].day)
        return BarRange(bars[:limit], before, more=len(bars) > limit)

    def latest(self, kline_type: int, count: int) -> BarRange:
        """Give the newest bars, at most `count`."""
        last = self.last_day
        if kline_type in MINUTES_OF_TYPE:
            period, bars, day = MINUTES_OF_TYPE[kline_type], list[Bar](), last
            while len(bars) <= count and day >= self.first_day:
                bars = self.day_minutes(day, period, count + 1 - len(bars)) + bars
                day = self.trading_day_before(day)
        else:
            span = int(_DAYS_PER_BAR[kline_type] * (count + 1)) + _LONGEST_BREAK_DAYS
            begin = max(self.first_day, last - span)
            bars = self._long_bars(kline_type, begin, last, None)
            if len(bars) <= count and begin > self.first_day:
                bars = self._long_bars(kline_type, self.first_day, last, None)
        before = bars[-count - 1].close if len(bars) > count else 0.0
        return BarRange(bars[-count:], before, more=False)

    def _minutes_from(self, period: int, begin: tuple[int, int], end: tuple[int, int], limit: int) -> BarRange:
        bars: list[Bar] = []
        before = 0.0
        day, last = max(begin[0], self.first_day), end[0]
        if isinstance(self.path, FuturePath):
            last = min(self.last_day, last + _LONGEST_BREAK_DAYS)  # the night that follows belongs to a later day
        while day <= last and len(bars) <= limit:
            of_day = self.day_minutes(day, period)
            if of_day and natural(day, of_day[0].minute) > end:
                break
            for position, bar in enumerate(of_day):
                label = natural(day, bar.minute)
                if label < begin:
                    continue
                if label > end:
                    break
                if not bars:
                    before = of_day[position - 1].close if position else self.close_before(day)
                bars.append(bar)
            following = self.trading_day_after(day, last)
            if following is None:
                break
            day = following
        return BarRange(bars[:limit], before, more=len(bars) > limit)

    def _long_bars(self, kline_type: int, begin: int, end: int, limit: int | None) -> list[Bar]:
        begin = max(begin, self.first_day)
        if end < begin:
            return []
        if kline_type == DAY:
            bars: list[Bar] = []
            while begin <= end and (limit is None or len(bars) < limit):
                # Half again as many days hold that many trading days, but for holidays: then a little more is needed.
                last = end if limit is None else min(end, begin + (limit - len(bars)) * 3 // 2 + _USUAL_BREAK_DAYS)
                bars += self.day_bars(begin, last)
                begin = last + 1
            return bars[:limit]
        days = self.day_bars(period_start(kline_type, begin), period_end(kline_type, end))
        bars = add_up_days(kline_type, days)
        return [bar for bar in bars if begin <= bar.day <= end][:limit]

    def trading_day_after(self, day: int, last: int) -> int | None:
        """Give the first trading day after a day, up to `last`; it may lie in the future. None when there is none."""
        if self.imported and day < self.imported.last_day:
            return self.imported.days(day + 1, self.imported.last_day)[0]
        found = self.path.indexes(day + 1, min(day + _LONGEST_BREAK_DAYS, last))
        return self.path.at(found[0]).day if found else None

    def trading_day_before(self, day: int) -> int:
        """Give the last trading day before a day; a day before all history when there is none."""
        if day > self.path.first_day:
            found = self.path.indexes(max(self.path.first_day, day - _LONGEST_BREAK_DAYS), day - 1)
            if found:
                return self.path.at(found[-1]).day
        if self.imported:
            earlier = self.imported.days(self.imported.first_day, min(day - 1, self.imported.last_day))
            if earlier:
                return earlier[-1]
        return self.first_day - 1
