"""US trading outside regular hours: overnight, pre-market and after-hours, as a function of the simulated path.

From one close to the next open the price goes in three legs. Each leg is a shape (intraday_shapes.py) stretched like a
day's, so the past exists without being stored and its bars cost as little. What was traded takes its place
(live_leg.py). Minutes of a leg are counted from midnight of its trading day: a night begins at minute -240.
"""

from __future__ import annotations

import datetime
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from core.model.security import Security
from core.model.topics import ALL_HOURS, EXTENDED_HOURS
from core.upstreams.practice.bar_periods import Bar, Bucket, layout_of
from core.upstreams.practice.calendars import MINUTES_PER_DAY, MarketCalendar, Session
from core.upstreams.practice.intraday_shapes import LEVELS, ShapeLibrary
from core.upstreams.practice.kept_trades import DaySummary, KeptMinutes, KeptTrades
from core.upstreams.practice.live_leg import LiveLeg
from core.upstreams.practice.price_ticks import TickKind, lowest_price, tick_size
from core.upstreams.practice.reference_path import DayPath, ReferencePath
from core.upstreams.practice.security_history import SecurityHistory
from core.upstreams.practice.seeded_noise import key_of, mix

_NIGHT: Final = Session(-240, 240)
LONGEST_LEG_MINUTES: Final = _NIGHT.close - _NIGHT.open  # the others are as long as days elsewhere
_DAWN, _AFTER_MINUTES = 240, 240
_LATEST_CLOSE: Final = 1_200  # a day that ends later has no other hours
_LONGEST_BREAK_DAYS: Final = 10
_PATHS_KEPT: Final = 512  # 150 bytes each
_LIVE_LEGS_KEPT: Final = 4  # finished ones, 12 to 24 kB each
_RESTORED_LEGS: Final = 3
_USUAL_TRADE: Final = 20  # shares; quiet legs have minutes without a trade rather than smaller ones
_FEWEST_UNITS, _MOST_UNITS = -4, 8  # scales of a profile: from a trade in every 256th minute on
_STEEPEST: Final = 0.95  # at most this share of a leg's range lies between its two ends
_NARROWEST, _WIDEST = 0.75, 1.35  # how far a range may be stretched so that its ends fit
_BITS: Final = 0xFFFF


class Leg(IntEnum):
    """One stretch outside regular hours; a night and a pre-market belong to the trading day that follows them."""

    OVERNIGHT = 0
    PRE_MARKET = 1
    AFTER_HOURS = 2

    @property
    def session(self) -> int:
        """The narrowest hours of a subscription that include the leg."""
        return ALL_HOURS if self is Leg.OVERNIGHT else EXTENDED_HOURS


class _LegForm(NamedTuple):
    begin: float  # share of the way from the close to the next open that is done when the leg begins
    end: float
    width: float  # of its range, in usual days' moves
    volume: float  # in usual days
    minutes: int  # usually


_FORMS: Final = {
    Leg.OVERNIGHT: _LegForm(0.3, 0.55, 0.22, 0.005, 480),
    Leg.PRE_MARKET: _LegForm(0.55, 1.0, 0.38, 0.028, 330),
    Leg.AFTER_HOURS: _LegForm(0.0, 0.3, 0.30, 0.022, 240),
}


class ExtendedBlock(NamedTuple):
    """A leg up to a moment. Prices in currency; `base` is the regular close that changes are counted from."""

    price: float
    high: float
    low: float
    volume: int
    turnover: float
    base: float


class RunningLeg(NamedTuple):
    """A leg that runs at some moment, and the minute (from its beginning) that it has reached."""

    leg: Leg
    trading_day: int
    slot: int


class _LegTerms(NamedTuple):
    tick_kind: TickKind
    scale: int
    turnover_divisor: int


class LegPath(DayPath):
    """One simulated leg of one trading day. Minutes in which nobody trades have no part in its bars."""

    __slots__ = ()

    def bars(self, period: int) -> list[Bar]:
        """Give the bars of a period of minutes in which somebody trades."""
        make = self._bar
        return [make(bar) for bar in self._library.traded_bars(self.layout, self.shape, self._scale, period)]

    def bar_of_slots(self, first: int, end: int, label: int = 0) -> Bar:
        """Give the bar of slots `first` up to, not including, `end`; without a trade its prices are the fair ones."""
        bucket = Bucket(label, first, end)
        return self._bar(self._library.traded_bar(self.layout, self.shape, self._scale, bucket))


class ExtendedHours:
    """What one US security does outside regular hours: simulated, or as it was traded."""

    def __init__(self, history: SecurityHistory, calendar: MarketCalendar, library: ShapeLibrary, key: int) -> None:
        """Store. `history.path` must be a security's own. Legs are made on demand, about 20 microseconds each."""
        path = history.path
        assert isinstance(path, ReferencePath), "contracts have no hours of their own"
        self._path = path
        self._history = history
        self._calendar = calendar
        self._library = library
        self._key = key
        self._simulated = lru_cache(maxsize=_PATHS_KEPT)(self._make_leg)
        self._blocks: dict[Leg, tuple[tuple[int, int], ExtendedBlock]] = {}
        self._terms = {leg: self._make_terms(form) for leg, form in _FORMS.items()}
        self._live: OrderedDict[tuple[int, Leg], LiveLeg] = OrderedDict()
        self._kept: Mapping[Leg, Mapping[int, DaySummary]] = {}
        self._read_kept: Callable[[Leg, int], KeptMinutes | None] = _nothing_kept
        self._restored: OrderedDict[tuple[int, Leg], LiveLeg] = OrderedDict()

    def use_kept(self, kept: KeptTrades, security: Security) -> None:
        """Show legs that earlier runs traded instead of the simulated past."""
        self._kept = {leg: kept.days_of(leg_key(security, leg)) for leg in Leg}
        self._read_kept = lambda leg, day: kept.minutes(leg_key(security, leg), day)

    def go_live(self, running: RunningLeg) -> LiveLeg:
        """Begin or resume trading a leg: the path fills what lies before the running minute and was not traded."""
        leg, trading_day, slot = running
        live = self._live.get((trading_day, leg))
        if live is None:
            path = self._simulated(leg, trading_day)
            live = self._restore(leg, trading_day, slot) or LiveLeg(path, self.base(leg, trading_day), 0, leg.session)
            self._live[trading_day, leg] = live
            while len(self._live) > _LIVE_LEGS_KEPT + 1:
                self._live.popitem(last=False)
        live.take_from_path(slot)
        return live

    def live_legs(self) -> list[tuple[Leg, LiveLeg]]:
        """Give the leg that is traded and the newest finished ones, in order."""
        return [(leg, live) for (_, leg), live in self._live.items()]

    def base(self, leg: Leg, trading_day: int) -> float:
        """Give the regular close that a leg's changes are counted from, in currency."""
        if leg is Leg.AFTER_HOURS:
            return self._history.close_before(trading_day + 1)
        return self._history.reference_close(trading_day)

    def block(self, leg: Leg, day: int, minute: int) -> ExtendedBlock | None:
        """Give the newest leg of a kind that has traded by a local time; None while the market never closes."""
        for back in range(8):
            trading_day = day + 1 - back
            if not self.exists(trading_day):
                if self._never_closes(day):
                    return None
                continue
            session = self.session(leg, trading_day)
            passed = (day - trading_day) * MINUTES_PER_DAY + minute - session.open
            if passed < 0:
                continue
            live = self._live.get((trading_day, leg))
            if live is not None:
                if live.has_data:
                    return _live_block(live)
                continue
            block = self._past_block(leg, trading_day, min(passed, session.close - session.open), session)
            if block is not None:
                return block
        return None

    def running(self, day: int, minute: int) -> RunningLeg | None:
        """Give the leg that runs at a local time; None in regular hours, and when nothing runs."""
        for trading_day, position in ((day, minute), (day + 1, minute - MINUTES_PER_DAY)):
            if self.exists(trading_day):
                for leg in Leg:
                    session = self.session(leg, trading_day)
                    if session.open <= position < session.close:
                        return RunningLeg(leg, trading_day, position - session.open)
        return None

    def next_begin(self, day: int, minute: int) -> tuple[int, int] | None:
        """Give the trading day and minute at which the next leg begins after a local time; None when none is near."""
        for trading_day in range(day, day + _LONGEST_BREAK_DAYS):
            if self.exists(trading_day):
                for leg in Leg:
                    begin = self.session(leg, trading_day).open
                    if (trading_day - day) * MINUTES_PER_DAY + begin > minute:
                        return trading_day, begin
        return None

    def bars(self, leg: Leg, trading_day: int, period: int, now: tuple[int, int]) -> list[Bar]:
        """Give the bars of one leg up to a present local time; none when it has not begun or does not exist."""
        if not self.exists(trading_day):
            return []
        session = self.session(leg, trading_day)
        passed = (now[0] - trading_day) * MINUTES_PER_DAY + now[1]
        if passed < session.open:
            return []
        live = self._live.get((trading_day, leg))
        if live is not None:
            return live.bars(period)
        if passed < session.close:
            return [bar for bar in self._simulated(leg, trading_day).bars(period) if bar.minute <= passed]
        restored = self._restored_leg(leg, trading_day)
        return restored.bars(period) if restored else self._simulated(leg, trading_day).bars(period)

    def exists(self, trading_day: int) -> bool:
        """Say whether a day has hours besides its regular ones."""
        sessions = self._sessions(trading_day)
        return (
            bool(sessions) and sessions[-1].close < _LATEST_CLOSE and self._path.close_before(trading_day) is not None
        )

    def session(self, leg: Leg, trading_day: int) -> Session:
        """Give a leg's first minute and the one after its last, from midnight of its trading day."""
        if leg is Leg.OVERNIGHT:
            return _NIGHT
        sessions = self._sessions(trading_day)
        if leg is Leg.PRE_MARKET:
            return Session(_DAWN, sessions[0].open)
        return Session(sessions[-1].close, sessions[-1].close + _AFTER_MINUTES)

    def _past_block(self, leg: Leg, trading_day: int, passed: int, session: Session) -> ExtendedBlock | None:
        if not passed:
            return None
        known = self._blocks.get(leg)
        if known is not None and known[0] == (trading_day, passed):
            return known[1]
        is_over = passed == session.close - session.open
        restored = self._restored_leg(leg, trading_day) if is_over else None
        if restored is not None and restored.has_data:
            block = _live_block(restored)
        else:
            total = self._simulated(leg, trading_day).bar_of_slots(0, passed)
            if not total.volume:
                return None
            base = self.base(leg, trading_day)
            block = ExtendedBlock(total.close, total.high, total.low, total.volume, total.turnover, base)
        self._blocks[leg] = ((trading_day, passed), block)
        return block

    def _restored_leg(self, leg: Leg, trading_day: int) -> LiveLeg | None:
        """Give a whole leg as an earlier run traded it; None when none did."""
        if trading_day not in self._kept.get(leg, ()):
            return None
        live = self._restored.get((trading_day, leg))
        if live is None:
            count = layout_of((self.session(leg, trading_day),)).count
            live = self._restore(leg, trading_day, count)
            if live is not None:
                live.take_from_path(count)
                self._restored[trading_day, leg] = live
                while len(self._restored) > _RESTORED_LEGS:
                    self._restored.popitem(last=False)
        return live

    def _restore(self, leg: Leg, trading_day: int, end: int) -> LiveLeg | None:
        """Give a leg with its kept minutes before slot `end`; None when it was not kept, or had other hours."""
        summary = self._kept.get(leg, {}).get(trading_day)
        path = self._simulated(leg, trading_day)
        minutes = self._read_kept(leg, trading_day) if summary and summary.slots == path.layout.count else None
        if minutes is None:
            return None
        live = LiveLeg(path, self.base(leg, trading_day), 0, leg.session)
        live.restore(minutes, end)
        return live

    def _never_closes(self, day: int) -> bool:
        sessions = self._sessions(day)
        return bool(sessions) and sessions[-1].close == MINUTES_PER_DAY

    def _sessions(self, day: int) -> tuple[Session, ...]:
        return self._calendar.sessions(datetime.date.fromordinal(day))

    def _make_terms(self, form: _LegForm) -> _LegTerms:
        usual, scale = self._path.daily_volume * form.volume / form.minutes, _FEWEST_UNITS
        while scale < _MOST_UNITS and usual / 4.0 ** (scale + 1) >= _USUAL_TRADE:
            scale += 1
        return _LegTerms(self._path.tick_kind, scale, self._path.turnover_divisor)

    def _make_leg(self, leg: Leg, trading_day: int) -> LegPath:
        # The gap a leg is part of lies before its trading day, or after it for the hours after the close.
        opening_day = trading_day
        if leg is Leg.AFTER_HOURS:
            opening_day = self._calendar.next_trading_day(datetime.date.fromordinal(trading_day)).toordinal()
        close = self._path.close_before(trading_day + (leg is Leg.AFTER_HOURS))
        assert close is not None, "asked for a day that exists"
        target = restated = self._path.ex_close(opening_day, close)
        # A suspension has no end that is near enough to look for its price.
        opening = self._path.day(opening_day) if opening_day - trading_day < _LONGEST_BREAK_DAYS else None
        if opening is not None:
            target = opening.price(opening.opening_level)
        # A corporate action takes effect after the evening of the day before it.
        if leg is Leg.AFTER_HOURS:
            target = round(target * close / restated)
        else:
            close = restated
        form, terms = _FORMS[leg], self._terms[leg]
        layout = layout_of((self.session(leg, trading_day),))
        dice = mix(self._key ^ (trading_day * 4 + leg))
        wanted = (target - close) * (form.end - form.begin)
        usual = form.width * self._path.daily_move * close
        wide = max(usual * (0.7 + 0.6 * (dice >> 48) / _BITS), abs(wanted) / _STEEPEST, 1.0)
        number = self._library.number_near(layout.count, wanted / wide, dice & 0xFF)
        shape = self._library.shape(layout.count, number)
        made = (shape.end - shape.start) / LEVELS * wide
        if made * wanted > 0:
            wide *= max(_NARROWEST, min(_WIDEST, wanted / made))
        span = max(2 * tick_size(terms.tick_kind, close), round(wide))
        if leg is Leg.AFTER_HOURS:
            low = close - shape.start * span // LEVELS
        elif leg is Leg.PRE_MARKET:
            low = target - shape.end * span // LEVELS
        else:
            middle = close + (target - close) * (form.begin + form.end) / 2
            low = round(middle) - (shape.start + shape.end) * span // (2 * LEVELS)
        low = max(lowest_price(terms.tick_kind), low)
        volume = self._path.daily_volume * form.volume * (0.4 + 1.2 * (dice >> 32 & _BITS) / _BITS)
        factor = max(1, round(volume / (layout.count * 4.0**terms.scale)))
        return LegPath(terms, self._library, trading_day, layout, low, span, number, factor)


def legs_in_order(session: int) -> Iterator[tuple[Leg, bool]]:
    """Give the legs that the hours of a subscription include, and whether each lies before the regular session."""
    for leg in Leg:
        if session >= leg.session:
            yield leg, leg is not Leg.AFTER_HOURS


def extended_key(seed: int, label: str) -> int:
    """Make the key of a security's hours outside regular trading."""
    return key_of(seed, "extended hours", label)


def leg_key(security: Security, leg: Leg) -> Security:
    """Name a security's legs of one kind where days are kept by security; no code has a slash."""
    return Security(security.market, f"{security.code}/{leg.name}")


def _live_block(live: LiveLeg) -> ExtendedBlock:
    bar = live.day_bar()
    return ExtendedBlock(bar.close, bar.high, bar.low, bar.volume, bar.turnover, live.last_close)


def _nothing_kept(leg: Leg, day: int) -> KeptMinutes | None:
    """There is no file of earlier trades."""
    return None
