"""Figures about any security without making it live: today so far, and where it stood before. For ranks and screens.

A security that is live is described by its real trades, any other by the simulated path it would trade around.
"""

from __future__ import annotations

import datetime
from typing import Final, NamedTuple

from core.model.security import SH, SZ, Security
from core.upstreams.practice.adjusted_history import adjusted
from core.upstreams.practice.bar_periods import CALENDAR_TYPES, DAY, MINUTES_OF_TYPE, Bar, add_up_days, period_start
from core.upstreams.practice.corporate_actions import FORWARD
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.securities import ETF, STOCK, SecurityInfo

_YEAR_DAYS: Final = 365
_USUAL_DAYS: Final = 5
_MINUTES_BACK: Final = 5
PERIODS: Final = (1, 5, 10, 20, 60, 120, 250)
_CALENDAR_DAYS: Final = {DAY: 1.5, 3: 7.2, 4: 31, 11: 93, 5: 367}


class Today(NamedTuple):
    """The live day, or the last trading day before it. Prices and turnover in currency."""

    day: int
    open: float
    high: float
    low: float
    price: float
    last_close: float
    volume: int
    turnover: float
    minutes: int  # trading minutes passed
    minutes_in_all: int
    price_before: float  # five minutes ago

    @property
    def change(self) -> float:
        """The day's change in percent."""
        return (self.price / self.last_close - 1) * 100 if self.last_close else 0.0

    @property
    def amplitude(self) -> float:
        """The day's range in percent of the last close."""
        return (self.high - self.low) / self.last_close * 100 if self.last_close else 0.0

    @property
    def change_of_minutes(self) -> float:
        """The change in five minutes, in percent."""
        return (self.price / self.price_before - 1) * 100 if self.price_before else 0.0


class Past(NamedTuple):
    """What does not change within a day: closes by trading days back (1 is the last close), and the year's range."""

    day: int
    closes: dict[int, float]
    year_close: float  # the last close of last year, 0 for none
    year_high: float
    year_low: float
    usual_volume: float


class MarketView:
    """Looks at the exchange; figures of the past are kept until the day turns."""

    def __init__(self, exchange: Exchange) -> None:
        """Store."""
        self.exchange = exchange
        self._past: dict[Security, Past] = {}

    def stocks(self, market: int, *, funds: bool = False) -> list[SecurityInfo]:
        """Give the listed stocks (and funds) of a market; Shanghai and Shenzhen are one."""
        markets = (SH, SZ) if market in (SH, SZ) else (market,)
        types = (STOCK, ETF) if funds else (STOCK,)
        return [
            info
            for number in markets
            for info in self.exchange.table.by_market(number)
            if info.security_type in types and self.exchange.is_listed(info)
        ]

    def today(self, info: SecurityInfo) -> Today | None:
        """Describe the live day; None when there are no prices at all."""
        live = self.exchange.live(info.security)
        if live is not None and live.day.has_data:
            day = live.day
            before = day.minute(max(0, day.last_slot - _MINUTES_BACK)).close
            return Today(
                day.day, day.open / PRICE_SCALE, day.high / PRICE_SCALE, day.low / PRICE_SCALE, day.last / PRICE_SCALE,
                day.last_close, day.volume, day.turnover, day.last_slot + 1, day.layout.count, before,
            )  # fmt: skip
        history = self.exchange.history(info)
        local = self.exchange.times[info.group].local(self.exchange.now)
        path = history.path.day(local.day)
        passed = path.layout.slots_before(local.minute + 1) if path is not None else 0
        if path is None or not passed:
            calendar = self.exchange.calendar_of(info)
            path = history.path.day(calendar.previous_trading_day(datetime.date.fromordinal(local.day)).toordinal())
            if path is None:
                return None
            passed = path.layout.count
        bar = path.bar_of_slots(0, passed)
        back = path.bar_of_slots(max(0, passed - 1 - _MINUTES_BACK), max(1, passed - _MINUTES_BACK))
        return Today(
            path.day, bar.open, bar.high, bar.low, bar.close, history.reference_close(path.day), bar.volume,
            bar.turnover, passed, path.layout.count, back.close,
        )  # fmt: skip

    def past(self, info: SecurityInfo, day: int) -> Past:
        """Give the figures before a day; about a millisecond the first time on a day."""
        known = self._past.get(info.security)
        if known is None or known.day != day:
            bars = self._days(info, day - int(max(PERIODS) * 1.6) - 20, day - 1)
            adjuster = self.exchange.adjuster(info)
            if adjuster is not None:
                bars = [adjuster.bar(bar, FORWARD) for bar in bars]
            closes = {back: bars[-back].close for back in PERIODS if back <= len(bars)}
            year_begin = datetime.date(datetime.date.fromordinal(day).year, 1, 1).toordinal()
            earlier = [bar for bar in bars if bar.day < year_begin]
            of_year = [bar for bar in bars if bar.day >= day - _YEAR_DAYS]
            newest = bars[-_USUAL_DAYS:]
            known = Past(
                day,
                closes,
                earlier[-1].close if earlier else 0.0,
                max((bar.high for bar in of_year), default=0.0),
                min((bar.low for bar in of_year), default=0.0),
                sum(bar.volume for bar in newest) / len(newest) if newest else 0.0,
            )
            self._past[info.security] = known
        return known

    def bars(self, info: SecurityInfo, kline_type: int, count: int) -> list[Bar]:
        """Give the newest bars of a period, adjusted forward, today's unfinished one among them; at most `count`."""
        live = self.exchange.live(info.security)
        adjuster = self.exchange.adjuster(info)
        if live is not None:
            latest = live.history.latest(kline_type, count)
            return (
                latest.bars if adjuster is None else adjusted(live.history, adjuster, FORWARD, kline_type, latest).bars
            )
        today = self.today(info)
        if today is None:
            return []
        history = self.exchange.history(info)
        if kline_type in MINUTES_OF_TYPE:
            period = MINUTES_OF_TYPE[kline_type]
            path = history.path.day(today.day)
            bars: list[Bar] = []
            if path is not None:
                for label, first, end in path.layout.buckets(period):
                    if first >= today.minutes:
                        break
                    bars.append(path.bar_of_slots(first, min(end, today.minutes), label))
            per_day = max(1, len(path.layout.buckets(period)) if path is not None else 1)
            days = history.past_days(today.day - int((count / per_day + 1) * 1.6) - 15, today.day - 1)
            for day in reversed(days):
                if len(bars) >= count:
                    break
                bars = history.past_minutes(day.day, period) + bars
            return [bar if adjuster is None else adjuster.bar(bar, FORWARD) for bar in bars[-count:]]
        so_far = Bar(today.day, 0, today.open, today.high, today.low, today.price, today.volume, today.turnover)
        begin = today.day - int(count * _CALENDAR_DAYS[kline_type]) - 20
        if kline_type in CALENDAR_TYPES:
            begin = period_start(kline_type, begin)
        days = [*self._days(info, begin, today.day - 1), so_far]
        return (days if kline_type == DAY else add_up_days(kline_type, days))[-count:]

    def _days(self, info: SecurityInfo, begin: int, end: int) -> list[Bar]:
        """Give finished days, adjusted forward: figures over time must not jump with a split."""
        bars = self.exchange.history(info).past_days(begin, end)
        adjuster = self.exchange.adjuster(info)
        if adjuster is None or not bars or adjuster.last_day <= bars[0].day:
            return bars
        return [adjuster.bar(bar, FORWARD) for bar in bars]

    def volume_ratio(self, info: SecurityInfo, today: Today) -> float:
        """Compare today's volume a minute with that of the days before."""
        usual = self.past(info, today.day).usual_volume / today.minutes_in_all
        return today.volume / today.minutes / usual if usual and today.minutes else 0.0


def market_value(info: SecurityInfo, price: float) -> float:
    """Give shares x price, 0 when the number of shares is not known."""
    return info.shares_outstanding * price


def price_earnings(info: SecurityInfo, price: float) -> float | None:
    """Give the price-earnings ratio, negative for a loss; None without earnings in the table."""
    return price / info.eps if info.eps else None


def price_book(info: SecurityInfo, price: float) -> float | None:
    """Give the price-book ratio; None without net assets in the table."""
    return price / info.bvps if info.bvps else None


def turnover_rate(info: SecurityInfo, volume: float) -> float | None:
    """Give the volume in percent of the shares; None when their number is not known."""
    return volume / info.shares_outstanding * 100 if info.shares_outstanding else None
