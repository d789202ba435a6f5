"""What a derived instrument is: options, futures, warrants and CBBCs, with what does not change by the day."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from core.model.security import Security
from core.upstreams.practice.price_ticks import TickKind

# Numbers of the public schema (SecurityType).
WARRANT, OPTION, FUTURE = 5, 8, 10
DERIVED_TYPES: Final = frozenset({WARRANT, OPTION, FUTURE})
# KLType numbers that options have: 1, 5, 15 and 60 minutes, day.
OPTION_PERIODS: Final = frozenset({1, 6, 7, 9, 2})


class WarrantKind(IntEnum):
    """The numbers of the public schema (WarrantType)."""

    CALL = 1
    PUT = 2
    BULL = 3
    BEAR = 4


class IndexOptionType(IntEnum):
    """The numbers of the public schema; 0 for options on stocks."""

    NONE = 0
    NORMAL = 1
    MINI = 2


@dataclass(frozen=True, slots=True)
class OptionContract:
    """One option series. Days are ordinals."""

    security: Security
    owner: Security
    kind: int  # CALL or PUT (option_pricing)
    strike: float
    first_day: int  # the first day it trades
    last_day: int  # the day it expires
    cycle: int  # ExpirationCycle: 1 week, 2 month
    multiplier: int  # shares per contract, or money per index point
    american: bool
    index_type: IndexOptionType
    tick_kind: TickKind

    security_type = OPTION


@dataclass(frozen=True, slots=True)
class FutureContract:
    """One month of an index future, or (when `role` is set) the one that rolls through all months."""

    security: Security
    owner: Security
    root: str
    first_day: int
    last_day: int  # the last trading day; of a rolling contract far in the future
    multiplier: int  # money per index point
    role: str  # "" for a month, else main, current or next
    tick_kind: TickKind

    security_type = FUTURE


@dataclass(frozen=True, slots=True)
class WarrantContract:
    """A warrant or a CBBC."""

    security: Security
    owner: Security
    kind: WarrantKind
    issuer: int  # Issuer number
    strike: float
    recovery: float  # call price of a CBBC, 0 for a warrant
    conversion_ratio: float  # instruments for one share
    first_day: int
    last_day: int  # the last trading day
    maturity_day: int
    issue_size: int
    lot_size: int
    volatility_factor: float  # the issuer's volatility against the surface's
    funding: float  # of a CBBC: yearly part of the strike
    tick_kind: TickKind
    name_en: str
    name_zh: str
    name_zh_hant: str

    security_type = WARRANT

    @property
    def multiplier(self) -> int:
        """Turnover is price times volume."""
        return 1

    @property
    def is_callable(self) -> bool:
        """Whether it is a CBBC."""
        return self.kind in (WarrantKind.BULL, WarrantKind.BEAR)


Contract = OptionContract | FutureContract | WarrantContract
