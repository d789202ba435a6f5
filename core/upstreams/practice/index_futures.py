"""Hong Kong index futures: which months trade on a day, and the main, current and next contract."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from core.model.security import HK, Security
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.contracts import FutureContract
from core.upstreams.practice.option_chains import KNOWN_AFTER_EXPIRY_DAYS, hk_monthly, real_calendar
from core.upstreams.practice.price_ticks import TickKind

MAIN, CURRENT, NEXT = "main", "current", "next"
ROLES: Final = (MAIN, CURRENT, NEXT)
FAR_FUTURE: Final = datetime.date(2100, 1, 1).toordinal()
_CODE: Final = re.compile(r"(HSI|HHI|MHI|MCH|HTI)(?:(\d{2})(\d{2})|(main|current|next))")
_MONTHS_AHEAD: Final = 12


class FutureProduct(NamedTuple):
    """One future of the exchange's contract list."""

    root: str
    owner: Security
    multiplier: int  # HKD per index point
    name_en: str
    name_zh: str
    name_zh_hant: str


PRODUCTS: Final = {
    product.root: product
    for product in (
        FutureProduct("HSI", Security(HK, "800000"), 50, "HSI Futures", "恒指期货", "恒指期貨"),
        FutureProduct("MHI", Security(HK, "800000"), 10, "Mini-HSI Futures", "小型恒指期货", "小型恒指期貨"),
        FutureProduct("HHI", Security(HK, "800100"), 50, "HSCEI Futures", "国指期货", "國指期貨"),
        FutureProduct("MCH", Security(HK, "800100"), 10, "Mini-HSCEI Futures", "小型国指期货", "小型國指期貨"),
        FutureProduct("HTI", Security(HK, "800700"), 50, "HSTECH Futures", "恒生科技指数期货", "恒生科技指數期貨"),
    )
}


OWNERS: Final = frozenset(product.owner for product in PRODUCTS.values())


class Month(NamedTuple):
    """One contract month: YYMM, and its first and last trading day."""

    text: str
    first_day: int
    last_day: int


@lru_cache(maxsize=64)
def months(calendar: MarketCalendar, today: int) -> tuple[Month, ...]:
    """Give the months that trade on a day: this one, the next, and the two quarter months after them."""
    return tuple(_listed(real_calendar(calendar), today))


def _listed(calendar: MarketCalendar, today: int) -> Iterator[Month]:
    date = datetime.date.fromordinal(today)
    number = date.year * 12 + date.month - 1
    for offset in range(_MONTHS_AHEAD):
        month = _month(calendar, number + offset)
        if month.first_day <= today <= month.last_day:
            yield month


@lru_cache(maxsize=1_024)
def _month(calendar: MarketCalendar, number: int) -> Month:
    """Give a month by its number, year x 12 + month - 1."""
    year, month = number // 12, number % 12 + 1
    earlier = number - (2 if month % 3 else 8)
    first_day = hk_monthly(calendar, earlier // 12, earlier % 12 + 1) + 1
    return Month(f"{year % 100:02d}{month:02d}", first_day, hk_monthly(calendar, year, month))


def month_of_role(calendar: MarketCalendar, role: str, day: int) -> Month:
    """Give the month that a rolling contract stands for on a day. The main one rolls on the last trading day."""
    listed = _listed(real_calendar(calendar), day)
    nearest = next(listed)
    return next(listed) if role == NEXT or (role == MAIN and day >= nearest.last_day) else nearest


def all_futures(calendar: MarketCalendar, today: int, root: str | None = None) -> list[FutureContract]:
    """List the futures of a day, each product's rolling contracts first."""
    found = []
    for product in PRODUCTS.values():
        if root not in (None, product.root):
            continue
        found += [_contract(product, role, 0, FAR_FUTURE, role) for role in ROLES]
        found += [_contract(product, month.text, month.first_day, month.last_day) for month in months(calendar, today)]
    return found


def find_future(code: str, calendar: MarketCalendar, today: int) -> FutureContract | None:
    """Find a future by its code: one that trades, or has expired not long ago."""
    found = _CODE.fullmatch(code)
    if found is None:
        return None
    product, role = PRODUCTS[found[1]], found[4]
    if role:
        return _contract(product, role, 0, FAR_FUTURE, role)
    year, month_number = 2000 + int(found[2]), int(found[3])
    if not 1 <= month_number <= 12:
        return None
    month = _month(real_calendar(calendar), year * 12 + month_number - 1)
    if not month.first_day <= today <= month.last_day + KNOWN_AFTER_EXPIRY_DAYS:
        return None
    return _contract(product, month.text, month.first_day, month.last_day)


def _contract(product: FutureProduct, suffix: str, first_day: int, last_day: int, role: str = "") -> FutureContract:
    code = product.root + suffix
    return FutureContract(
        Security(HK, code), product.owner, product.root, first_day, last_day, product.multiplier, role, TickKind.POINT
    )
