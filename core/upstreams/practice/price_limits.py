"""Daily price limits of mainland China: how far a price may move from the last close, and days without a limit."""

from __future__ import annotations

import datetime
from typing import Final

from core.model.security import SH, SZ, Security
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.price_ticks import TickKind, next_down, next_up, round_to_tick
from core.upstreams.practice.securities import STOCK, SecurityInfo

_PERCENT: Final = 10
_WIDE_PERCENT: Final = 20  # STAR Market and ChiNext
_SPECIAL_PERCENT: Final = 5  # names under special treatment, on the main boards
_STAR, _CHINEXT = ("688", "689"), ("300", "301", "302")
_SPECIAL_PREFIXES: Final = ("ST", "*ST")
_LIMITED_KINDS: Final = frozenset({TickKind.CN_STOCK, TickKind.CN_ETF})
# Shares listed by registration have no limit on their first days; since when, by board.
_FREE_DAYS: Final = 5
_STAR_SINCE: Final = datetime.date(2019, 7, 22)
_CHINEXT_SINCE: Final = datetime.date(2020, 8, 24)
_MAIN_BOARD_SINCE: Final = datetime.date(2023, 4, 10)


def is_special_treatment(info: SecurityInfo) -> bool:
    """Say whether a mainland stock is marked as risky: its Chinese name begins with ST or *ST."""
    return (
        info.security_type == STOCK and info.security.market in (SH, SZ) and info.name_zh.startswith(_SPECIAL_PREFIXES)
    )


class PriceLimits:
    """The limits of one security on every day; none outside mainland China and for indices."""

    def __init__(self, info: SecurityInfo, calendar: MarketCalendar) -> None:
        """Store. `calendar` counts the first days of a new listing."""
        self._kind = info.tick_kind
        self._percent: int | None = None
        self.free_until = 0  # the last day without limits, an ordinal; 0 for none
        if info.tick_kind not in _LIMITED_KINDS:
            return
        security = info.security
        is_wide = _is_star(security) or _is_chinext(security)
        self._percent = _WIDE_PERCENT if is_wide else _SPECIAL_PERCENT if is_special_treatment(info) else _PERCENT
        since = _STAR_SINCE if _is_star(security) else _CHINEXT_SINCE if _is_chinext(security) else _MAIN_BOARD_SINCE
        if info.security_type == STOCK and info.listing_date >= since:
            date = info.listing_date - datetime.timedelta(days=1)
            for _ in range(_FREE_DAYS):
                date = calendar.next_trading_day(date)
            self.free_until = date.toordinal()

    def percent(self, day: int) -> int | None:
        """Give the limit of a day in percent of the last close; None where there is none."""
        return None if day <= self.free_until else self._percent

    def prices(self, day: int, last_close: int) -> tuple[int, int] | None:
        """Give the lowest and highest legal price of a day in price units, both on ticks and at least a tick away.

        None where there is no limit, which includes a security's very first day (`last_close` 0).
        """
        percent = self.percent(day)
        if percent is None or not last_close:
            return None
        kind = self._kind
        low = round_to_tick(kind, (last_close * (100 - percent) + 50) // 100)
        high = round_to_tick(kind, (last_close * (100 + percent) + 50) // 100)
        return min(low, next_down(kind, last_close)), max(high, next_up(kind, last_close))


def _is_star(security: Security) -> bool:
    return security.market == SH and security.code.startswith(_STAR)


def _is_chinext(security: Security) -> bool:
    return security.market == SZ and security.code.startswith(_CHINEXT)
