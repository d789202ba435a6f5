"""Price reminders: what the user set, and when each fires. Kept over restarts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.security import SH, SZ, Security, parse_security
from core.upstreams.practice.extended_hours import ExtendedBlock, Leg
from core.upstreams.practice.kept_file import KeptFile
from core.upstreams.practice.market import SecurityMarket
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.price_ticks import PRICE_SCALE

ALWAYS, ONCE_A_DAY, ONCE = 1, 2, 3
MAXIMUM_OF_TYPE: Final = 10
MAXIMUM_REMINDERS: Final = 5_000
MAXIMUM_NOTE_LENGTH: Final = 60  # 20 Chinese characters of three bytes
# PriceReminderMarketStatus numbers.
OPEN, US_PRE, US_AFTER, US_OVERNIGHT = 1, 2, 3, 4
DEFAULT_SESSIONS: Final = (OPEN, US_PRE, US_AFTER)
_SESSION_OF_STATE: Final = {8: US_PRE, 10: US_AFTER, 37: US_OVERNIGHT}
_LEG_OF_SESSION: Final = {US_PRE: Leg.PRE_MARKET, US_AFTER: Leg.AFTER_HOURS, US_OVERNIGHT: Leg.OVERNIGHT}


class ReminderType(NamedTuple):
    """How one type is said and compared. `rises` fires at or above the value, else at or below it."""

    text_en: str
    text_zh: str
    rises: bool = True
    percent: bool = False
    least: float = 0.001
    least_cn: float = 0.001


TYPES: Final[dict[int, ReminderType]] = {
    1: ReminderType("The price rose to", "价格涨到"),
    2: ReminderType("The price fell to", "价格跌到", rises=False),
    3: ReminderType("The day's rise exceeded", "日涨幅超过", percent=True),
    4: ReminderType("The day's fall exceeded", "日跌幅超过", percent=True),
    5: ReminderType("The rise in 5 minutes exceeded", "5分钟涨幅超过", percent=True),
    6: ReminderType("The fall in 5 minutes exceeded", "5分钟跌幅超过", percent=True),
    7: ReminderType("The volume exceeded", "成交量超过", least=10, least_cn=1_000),
    8: ReminderType("The turnover exceeded", "成交额超过", least=10, least_cn=10),
    9: ReminderType("The turnover rate exceeded", "换手率超过", percent=True),
    10: ReminderType("The best bid is above", "买一价高于"),
    11: ReminderType("The best ask is below", "卖一价低于", rises=False),
    12: ReminderType("The volume at the best bid is above", "买一量高于", least=1, least_cn=100),
    13: ReminderType("The volume at the best ask is above", "卖一量高于", least=1, least_cn=100),
    14: ReminderType("The rise in 3 minutes exceeded", "3分钟涨幅超过", percent=True),
    15: ReminderType("The fall in 3 minutes exceeded", "3分钟跌幅超过", percent=True),
}


@dataclass(slots=True)
class Reminder:
    """One reminder. `armed` is whether it fires as soon as its condition holds; `fired_on` the last day it did."""

    key: int
    security: Security
    type: int
    value: float
    note: str
    frequency: int
    sessions: tuple[int, ...]
    enabled: bool = True
    armed: bool = True
    fired_on: int = 0


class Fired(NamedTuple):
    """A reminder whose condition came true; `current` is the figure it compares, `change` percent of the day."""

    reminder: Reminder
    price: float
    change: float
    current: float
    session: int


class PriceReminders:
    """All reminders of one profile. `now` gives the simulated time, for keys."""

    def __init__(self, path: Path | None, now: Callable[[], float]) -> None:
        """Store. Reminders are read by `load`."""
        self._now = now
        self._by_key: dict[int, Reminder] = {}
        self._watched: dict[Security, list[Reminder]] = {}
        self._seen: dict[Security, tuple[int, int, float, int, ExtendedBlock | None]] = {}
        self.file = KeptFile(path, self._contents)

    def load(self) -> None:
        """Read what the last run kept."""
        found = self.file.read()
        if found is None:
            return
        try:
            reminders = [_from_row(row) for row in found["reminders"][:MAXIMUM_REMINDERS]]
        except (KeyError, TypeError, ValueError, AttributeError):
            self.file.set_aside()
            return
        self._by_key = {reminder.key: reminder for reminder in reminders}
        self._watch()

    def of(self, security: Security) -> list[Reminder]:
        """Give a security's reminders, the oldest first."""
        return [reminder for reminder in self._by_key.values() if reminder.security == security]

    def of_market(self, market: int) -> list[Reminder]:
        """Give the reminders of a market; Shanghai and Shenzhen are one."""
        markets = (SH, SZ) if market in (SH, SZ) else (market,)
        return [reminder for reminder in self._by_key.values() if reminder.security.market in markets]

    def add(
        self, security: Security, type_: int, value: float, note: str, frequency: int, sessions: tuple[int, ...]
    ) -> int:
        """Add one and give its key. Raises UserFacingError."""
        alike = [reminder for reminder in self.of(security) if reminder.type == type_]
        if len(alike) >= MAXIMUM_OF_TYPE or len(self._by_key) >= MAXIMUM_REMINDERS:
            raise UserFacingError("too_many_reminders", limit=MAXIMUM_OF_TYPE, code=security.label)
        made = Reminder(0, security, type_, 0.0, "", frequency, sessions)
        _change(made, value, note, frequency, sessions)
        made.key = max(int(self._now() * 1000), max(self._by_key, default=0) + 1)
        self._by_key[made.key] = made
        self._changed()
        return made.key

    def modify(
        self, security: Security, key: int, *, type_: int | None, value: float | None, note: str | None,
        frequency: int | None, sessions: tuple[int, ...] | None,
    ) -> None:  # fmt: skip
        """Change what is given; the reminder can fire again. Raises UserFacingError."""
        reminder = self._find(security, key)
        changed = Reminder(
            key, security, type_ or reminder.type, reminder.value, reminder.note, reminder.frequency, reminder.sessions
        )
        _change(
            changed,
            reminder.value if value is None else value,
            reminder.note if note is None else note,
            frequency or reminder.frequency,
            sessions or reminder.sessions,
        )
        changed.enabled = reminder.enabled
        self._by_key[key] = changed
        self._changed()

    def set_enabled(self, security: Security, key: int, *, enabled: bool) -> None:
        """Switch on or off; switched on, it can fire again."""
        reminder = self._find(security, key)
        reminder.enabled = enabled
        reminder.armed, reminder.fired_on = True, 0
        self._changed()

    def delete(self, security: Security, key: int) -> None:
        """Delete one."""
        self._find(security, key)
        del self._by_key[key]
        self._changed()

    def delete_all(self, security: Security) -> None:
        """Delete all of a security."""
        for reminder in self.of(security):
            del self._by_key[reminder.key]
        self._changed()

    @property
    def watched(self) -> list[Security]:
        """The securities with something that can fire."""
        return list(self._watched)

    def fire(self, market: SecurityMarket, state: int) -> Iterator[Fired]:
        """Give what fires now for one security, if anything changed. `state` is its QotMarketState."""
        day, security = market.day, market.info.security
        session = _SESSION_OF_STATE.get(state, OPEN)
        block = None
        if session != OPEN and market.extended is not None:
            local = market.time.local(self._now())
            block = market.extended.block(_LEG_OF_SESSION[session], local.day, local.minute)
        seen = (day.day, day.volume, market.book_changed_at, session, block)
        if not day.has_data or self._seen.get(security) == seen:
            return
        self._seen[security] = seen
        changed = False
        for reminder in self._watched.get(security, ()):
            current = figure(market, reminder.type) if block is None else extended_figure(market, block, reminder.type)
            if current is None or session not in reminder.sessions:
                continue
            holds = current >= reminder.value if TYPES[reminder.type].rises else current <= reminder.value
            if not holds:
                reminder.armed = True
                continue
            if not reminder.armed or (reminder.frequency == ONCE_A_DAY and reminder.fired_on == day.day):
                continue
            reminder.armed, reminder.fired_on, changed = False, day.day, True
            if reminder.frequency == ONCE:
                reminder.enabled = False
            price, before = (day.last / PRICE_SCALE, day.last_close) if block is None else (block.price, block.base)
            change = (price - before) / before * 100 if before else 0.0
            yield Fired(reminder, price, change, current, session)
        if changed:
            self._changed()

    def _find(self, security: Security, key: int) -> Reminder:
        reminder = self._by_key.get(key)
        if reminder is None or reminder.security != security:
            raise UserFacingError("unknown_reminder", key=key, code=security.label)
        return reminder

    def _changed(self) -> None:
        self._watch()
        self.file.mark_changed()

    def _watch(self) -> None:
        self._watched = {}
        for reminder in self._by_key.values():
            if reminder.enabled:
                self._watched.setdefault(reminder.security, []).append(reminder)
        self._seen.clear()

    def _contents(self) -> dict[str, Any]:
        return {
            "reminders": [
                {**asdict(reminder), "security": reminder.security.label} for reminder in self._by_key.values()
            ]
        }


def content(reminder: Reminder, *, chinese: bool) -> str:
    """Give the sentence that a client shows, with `reminder`'s value."""
    kind = TYPES[reminder.type]
    value = f"{reminder.value:,.3f}".rstrip("0").rstrip(".") if kind.percent else f"{reminder.value:.3f}"
    unit = "%" if kind.percent else ""
    return f"{kind.text_zh}{value}{unit}" if chinese else f"{kind.text_en} {value}{unit}"


_BOOK_TYPES: Final = (10, 11, 12, 13)


def figure(market: SecurityMarket, type_: int) -> float | None:
    """Give the present figure that a type compares; None where there is none."""
    day = market.day
    price = day.last / PRICE_SCALE
    if type_ in (1, 2):
        return price
    if type_ in (3, 4):
        return _percent(price, day.last_close, falls=type_ == 4)
    if type_ in (5, 6, 14, 15):
        slot = day.last_slot - (5 if type_ in (5, 6) else 3)
        before = day.minute(slot).close if slot >= 0 else day.open / PRICE_SCALE
        return _percent(price, before, falls=type_ in (6, 15))
    if type_ == 7:
        return day.volume / market.info.volume_parts
    if type_ == 8:
        return day.turnover
    if type_ == 9:
        shares = market.info.shares_outstanding
        return day.volume / shares * 100 if shares else None
    levels = market.levels(Side.BUY if type_ in (10, 12) else Side.SELL, 1)
    if not levels:
        return None
    return levels[0].price / PRICE_SCALE if type_ in (10, 11) else levels[0].volume / market.info.volume_parts


def extended_figure(market: SecurityMarket, block: ExtendedBlock, type_: int) -> float | None:
    """Give the figure outside regular hours; changes count from the regular close, volumes from the leg's beginning."""
    if type_ in (1, 2):
        return block.price
    if type_ in (3, 4):
        return _percent(block.price, block.base, falls=type_ == 4)
    if type_ == 7:
        return float(block.volume)
    if type_ == 8:
        return block.turnover
    if type_ == 9:
        return block.volume / market.info.shares_outstanding * 100 if market.info.shares_outstanding else None
    # The order book is that of the running hours; changes within minutes are watched in regular hours only.
    return figure(market, type_) if type_ in _BOOK_TYPES else None


def _percent(price: float, before: float, *, falls: bool) -> float | None:
    if not before:
        return None
    change = (price - before) / before * 100
    return -change if falls else change


def _change(reminder: Reminder, value: float, note: str, frequency: int, sessions: tuple[int, ...]) -> None:
    """Fill in checked values. Raises UserFacingError."""
    kind = TYPES.get(reminder.type)
    if kind is None:
        raise UserFacingError("bad_field", field="type", value=reminder.type)
    if frequency not in (ALWAYS, ONCE_A_DAY, ONCE):
        raise UserFacingError("bad_field", field="freq", value=frequency)
    if len(note.encode("utf-8")) > MAXIMUM_NOTE_LENGTH:
        raise UserFacingError("long_note", limit=MAXIMUM_NOTE_LENGTH // 3)
    for session in sessions:
        if session not in (OPEN, US_PRE, US_AFTER, US_OVERNIGHT):
            raise UserFacingError("bad_field", field="reminderSessionList", value=session)
    least = kind.least_cn if reminder.security.market in (SH, SZ) else kind.least
    if not math.isfinite(value) or value < least or value > 1e15:
        raise UserFacingError("reminder_value", value=f"{value:g}", least=f"{least:g}")
    # Finer than three decimals is cut off, as everywhere; the tiny amount makes up for binary fractions.
    reminder.value = math.floor(value * 1000 + 1e-6) / 1000
    reminder.note, reminder.frequency, reminder.sessions = note, frequency, sessions


def _from_row(row: dict[str, Any]) -> Reminder:
    reminder = Reminder(
        key=int(row["key"]),
        security=parse_security(row["security"]),
        type=int(row["type"]),
        value=0.0,
        note="",
        frequency=int(row["frequency"]),
        sessions=(),
        enabled=bool(row["enabled"]),
        armed=bool(row["armed"]),
        fired_on=int(row["fired_on"]),
    )
    try:
        _change(
            reminder, float(row["value"]), str(row["note"]), reminder.frequency, tuple(int(n) for n in row["sessions"])
        )
    except UserFacingError as error:
        raise ValueError(str(error)) from error
    return reminder
