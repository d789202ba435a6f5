"""Plates and coin indices as they stand now: their level follows the present prices of their members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from core.model.security import Security
from core.upstreams.practice.calendars import MarketCalendar
from core.upstreams.practice.market import INDEX_SECONDS, SecurityMarket
from core.upstreams.practice.market_time import MarketTime
from core.upstreams.practice.price_ticks import PRICE_SCALE, round_to_tick
from core.upstreams.practice.reference_path import DayPath, ReferencePath
from core.upstreams.practice.securities import SecurityInfo
from core.upstreams.practice.security_history import SecurityHistory

_LAST_MOMENT: Final = 0.999  # of a minute, as paths count


class Holding(Protocol):
    """A member: see plate_path.Member."""

    @property
    def info(self) -> SecurityInfo:
        """The security."""

    @property
    def path(self) -> ReferencePath:
        """Its simulated past."""

    @property
    def shares(self) -> float:
        """How many of it the plate holds."""


class Standing(NamedTuple):
    """What members add up to at a moment: their value, that of their last closes, and the day's trading."""

    value: float
    before: float
    volume: int
    turnover: float


class _MemberMinute(NamedTuple):
    path: DayPath
    slot: int
    before: float  # the last close
    passed: int  # volume and turnover before the minute
    value: float
    volume: int  # of the whole minute
    turnover: float


class FollowerMarket(SecurityMarket):
    """The live state of a plate or a coin index. Live members count with their trades, others with the path."""

    def __init__(
        self,
        info: SecurityInfo,
        calendar: MarketCalendar,
        time: MarketTime,
        history: SecurityHistory,
        seed: int,
        *,
        members: Sequence[Holding],
        live: Callable[[Security], SecurityMarket | None],
        is_price: bool = False,
    ) -> None:
        """Store. `live` gives the market of a security that is live; `is_price` makes the members' value the level."""
        super().__init__(info, calendar, time, history, seed)
        self._members = members
        self._find_live = live
        self._is_price = is_price
        self._minutes: dict[Security, _MemberMinute] = {}  # of members that are not live

    def standing(self, slot: int, fraction: float) -> Standing:
        """Add up the members at a moment of the live day, `fraction` of a minute from 0 to 1."""
        day = self.day.day
        before = now = turnover = 0.0
        volume = 0
        for info, path, shares in ((member.info, member.path, member.shares) for member in self._members):
            live = self._find_live(info.security)
            if live is not None and live.day.day == day:
                before += shares * live.day.last_close
                now += shares * live.day.last / PRICE_SCALE
                volume += live.day.volume
                turnover += live.day.turnover
                continue
            minute = self._minute_of(info.security, path, day, slot)
            if minute is not None:
                before += shares * minute.before
                now += shares * minute.path.fair_price(slot, min(_LAST_MOMENT, fraction)) / PRICE_SCALE
                volume += minute.passed + int(minute.volume * fraction)
                turnover += minute.value + minute.turnover * fraction
        return Standing(now, before, volume, turnover)

    def _minute_of(self, security: Security, path: ReferencePath, day: int, slot: int) -> _MemberMinute | None:
        """Describe a member that is not live in a minute; None when it does not trade on the day."""
        known = self._minutes.get(security)
        if known is not None and (known.path.day, known.slot) == (day, slot):
            return known
        of_member, close = path.day(day), path.close_before(day)
        if of_member is None or not close or of_member.layout.count != self.day.layout.count:
            return None
        passed = of_member.bar_of_slots(0, slot) if slot else None
        minute = of_member.bar_of_slots(slot, slot + 1)
        known = self._minutes[security] = _MemberMinute(
            of_member,
            slot,
            path.ex_close(day, close) / PRICE_SCALE,
            passed.volume if passed is not None else 0,
            passed.turnover if passed is not None else 0.0,
            minute.volume,
            minute.turnover,
        )
        return known

    def _index_value(self, at: float) -> None:
        """Follow the members. Volume and turnover never fall, although a member that goes live may begin lower."""
        fraction = min(0.999, max(0.0, at / 60 - self._minute))
        value, before, volume, turnover = self.standing(self._slot, min(1.0, fraction + INDEX_SECONDS / 60))
        if not before:  # no member trades
            value = before = self.day.last_close
        level = value if self._is_price else self.day.last_close * value / before
        price = round_to_tick(self.info.tick_kind, round(level * PRICE_SCALE))
        more = max(0, volume - self.day.volume)
        money = max(0.0, turnover - self.day.turnover) if more else 0.0
        self._record_value(at, price, more, round(money * PRICE_SCALE))
