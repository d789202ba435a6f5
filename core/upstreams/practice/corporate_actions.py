"""Corporate actions: dividends, splits, bonus shares and rights, and the factors that make prices comparable.

A price before an ex-date compares to those after it as price x A + B: A carries changes of the share count, B cash.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Final, NamedTuple

from core.model.security import US, Security, parse_security
from core.upstreams.practice.bar_periods import Bar
from core.upstreams.practice.securities import Problem

COLUMNS: Final = (
    "security", "ex_date", "dividend", "special_dividend", "split", "join", "bonus", "transfer", "allot", "allot_price",
)  # fmt: skip
MAXIMUM_FILE_BYTES: Final = 2_000_000
MAXIMUM_ACTIONS: Final = 50_000
NO_ADJUSTMENT, FORWARD, BACKWARD = 0, 1, 2  # RehabType


class ActionsFileError(ValueError):
    """The table as a whole cannot be used; the text says why."""


class Ratio(NamedTuple):
    """`result` shares for `base` (split, join), or `result` new ones for `base` held (bonus, transfer, allot)."""

    base: int
    result: int


class CorporateAction(NamedTuple):
    """Everything that happens to a security on one ex-date (an ordinal). Money per share, before any share change."""

    security: Security
    day: int
    dividend: float = 0.0
    special_dividend: float = 0.0
    split: Ratio | None = None
    join: Ratio | None = None
    bonus: Ratio | None = None
    transfer: Ratio | None = None
    allot: Ratio | None = None
    allot_price: float = 0.0

    @property
    def share_factor(self) -> float:
        """What the change of the number of shares does to a price; 0.2 for a split of one into five."""
        grown = 1.0
        for ratio in (self.bonus, self.transfer, self.allot):
            if ratio is not None:
                grown += ratio.result / ratio.base
        factor = 1 / grown
        for ratio in (self.split, self.join):
            if ratio is not None:
                factor *= ratio.base / ratio.result
        return factor

    @property
    def cash(self) -> float:
        """The B of the action: minus what holders get, plus what they pay for allotted shares, per share after it."""
        paid = self.allot.result / self.allot.base * self.allot_price if self.allot is not None else 0.0
        return (paid - self.dividend - self.special_dividend) * self.share_factor

    @property
    def flags(self) -> int:
        """The companyActFlag bits of the public schema."""
        present = (
            (1, self.split), (2, self.join), (4, self.bonus), (8, self.transfer), (16, self.allot),
            (64, self.dividend), (128, self.special_dividend),
        )  # fmt: skip
        return sum(bit for bit, value in present if value)


class Factors(NamedTuple):
    """One event ready for use: forward for prices before `day`, backward for prices from `day` on."""

    day: int
    forward_a: float
    forward_b: float
    backward_a: float
    backward_b: float
    share_factor: float
    action: CorporateAction


class ActionTable:
    """All corporate actions by security, in order of time."""

    def __init__(self, actions: Iterable[CorporateAction] = (), problems: tuple[Problem, ...] = ()) -> None:
        """Store and index. `problems` names the lines that were left out."""
        self.problems = problems
        self._of: dict[Security, list[CorporateAction]] = {}
        for action in sorted(actions, key=lambda one: one.day):
            self._of.setdefault(action.security, []).append(action)

    def of(self, security: Security) -> Sequence[CorporateAction]:
        """Give a security's actions, the oldest first."""
        return self._of.get(security, ())

    def __len__(self) -> int:
        """Count the actions."""
        return sum(map(len, self._of.values()))

    def securities(self) -> list[Security]:
        """List the securities that have any."""
        return list(self._of)


def factors_of(action: CorporateAction, close_before: float) -> Factors:
    """Compute the factors. US forward factors are multiplicative and need the close before the ex-date; others do not.

    Without that close (0) the event method serves there, too.
    """
    a, b = action.share_factor, action.cash
    forward = (a, b)
    if action.security.market == US and close_before > 0:
        forward = ((close_before * a + b) / close_before, 0.0)
    # The way back undoes the event.
    return Factors(action.day, *forward, 1 / a, -b / a, a, action)


class Adjuster:
    """Adjusts bars of one security by the events that have happened so far."""

    def __init__(self, events: Sequence[Factors]) -> None:
        """Store. `events` rise in time and have happened."""
        self.events = events
        self._days = [event.day for event in events]
        # Entry i is for bars with i events not later than their day.
        self._forward = [(1.0, 0.0, 1.0)]
        for event in reversed(events):
            a, b, shares = self._forward[-1]
            self._forward.append((event.forward_a * a, event.forward_b * a + b, shares * event.share_factor))
        self._forward.reverse()
        self._backward = [(1.0, 0.0, 1.0)]
        for event in events:
            a, b, shares = self._backward[-1]
            self._backward.append((event.backward_a * a, event.backward_b * a + b, shares / event.share_factor))

    @property
    def last_day(self) -> int:
        """The newest ex-date; 0 without events."""
        return self._days[-1] if self._days else 0

    def factors(self, day: int, rehab_type: int) -> tuple[float, float, float]:
        """Give A, B and the share factor for prices of a day (an ordinal)."""
        if rehab_type == NO_ADJUSTMENT:
            return 1.0, 0.0, 1.0
        return (self._forward if rehab_type == FORWARD else self._backward)[bisect_right(self._days, day)]

    def shares_since(self, day: int) -> float:
        """Give the share factor from a day to now: shares now x this are the shares of that day."""
        return self._forward[bisect_right(self._days, day)][2]

    def price(self, price: float, day: int, rehab_type: int) -> float:
        """Adjust one price of a day; 0 stays 0 (no price)."""
        a, b, _ = self.factors(day, rehab_type)
        return price * a + b if price else 0.0

    def bar(self, bar: Bar, rehab_type: int) -> Bar:
        """Adjust a bar that lies within one day. The turnover stays what it was."""
        a, b, shares = self.factors(bar.day, rehab_type)
        if a == 1.0 and b == 0.0:
            return bar
        day, minute, opening, high, low, close, volume, turnover = bar
        return Bar(
            day, minute, opening * a + b, high * a + b, low * a + b, close * a + b, round(volume / shares), turnover
        )


class ShareLevels:
    """How a security's price level depends on the number of shares: what a simulated past must follow."""

    def __init__(self, actions: Sequence[CorporateAction]) -> None:
        """Store. `actions` rise in time."""
        self.by_day: Mapping[int, CorporateAction] = {action.day: action for action in actions}
        self._days = [action.day for action in actions]
        self._levels = [1.0]
        for action in actions:
            self._levels.append(self._levels[-1] * action.share_factor)
        self.highest_level = max(self._levels)  # against the one before all actions

    def ratio(self, day: int, other: int) -> float:
        """Give the price level of a day against that of another one: 5 before a split of one into five."""
        return self._levels[bisect_right(self._days, day)] / self._levels[bisect_right(self._days, other)]


def load_actions(path: Path) -> ActionTable:
    """Read the table. A bad line is left out and named in `problems`; a bad file raises ActionsFileError."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise ActionsFileError(f"{path.name} is larger than {MAXIMUM_FILE_BYTES} bytes")
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ActionsFileError(f"{path.name} cannot be read: {error}") from error
    actions: dict[tuple[Security, int], CorporateAction] = {}
    problems = []
    header_seen = False
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split(",")]
        if not header_seen:
            if tuple(cells) != COLUMNS:
                raise ActionsFileError(f"{path.name}, line {number}: the header must be {','.join(COLUMNS)}")
            header_seen = True
            continue
        try:
            action = _parse(cells)
            if (action.security, action.day) in actions:
                raise ValueError(f"{action.security.label} has two lines for one day")
            if len(actions) >= MAXIMUM_ACTIONS:
                raise ValueError(f"more than {MAXIMUM_ACTIONS} lines")
        except ValueError as error:
            problems.append(Problem(number, str(error)))
            continue
        actions[action.security, action.day] = action
    return ActionTable(actions.values(), tuple(problems))


def _parse(cells: list[str]) -> CorporateAction:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} cells instead of {len(COLUMNS)}")
    label, date, dividend, special, split, join, bonus, transfer, allot, allot_price = cells
    action = CorporateAction(
        parse_security(label),
        datetime.date.fromisoformat(date).toordinal(),
        _money(dividend),
        _money(special),
        _ratio(split),
        _ratio(join),
        _ratio(bonus),
        _ratio(transfer),
        _ratio(allot),
        _money(allot_price),
    )
    if not action.flags:
        raise ValueError("nothing happens")
    return action


def _money(text: str) -> float:
    value = float(text) if text else 0.0
    if not isfinite(value) or not 0 <= value < 1e6:
        raise ValueError(f"{text!r} is not an amount")
    return value


def _ratio(text: str) -> Ratio | None:
    if not text:
        return None
    base, colon, result = text.partition(":")
    ratio = Ratio(int(base), int(result)) if colon else Ratio(0, 0)
    if not (0 < ratio.base <= 10_000 and 0 < ratio.result <= 10_000):
        raise ValueError(f"{text!r} is not a ratio like 10:4")
    return ratio
