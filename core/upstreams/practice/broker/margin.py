"""Margins by a table: what positions must be covered with, which names are lent on or sold short.

Requirements are counted against net assets: a long option counts in full, a short one for what it needs beyond the
premium that is already taken off as its value.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.model.security import Security
from core.model.trading import Currency, TradingEnvironment
from core.upstreams.practice.broker.broker_tables import BrokerTableError, read_text
from core.upstreams.practice.broker.instruments import Instrument, Product
from core.upstreams.practice.broker.option_margin import OptionRule, Strand, option_requirement
from core.upstreams.practice.broker.records import MONEY_SCALE
from core.upstreams.practice.seeded_noise import key_of

BASIS_POINTS: Final = 10_000
_WHOLE: Final = (BASIS_POINTS, BASIS_POINTS)
_KEYS: Final = frozenset(
    {"environment", "products", "minimum_turnover_million", "short", "pool_permille", "fee_percent",
     "alert", "initial", "call", "maintenance"}
)  # fmt: skip


class Level(IntEnum):
    """Which requirement is meant."""

    INITIAL = 0
    CALL = 1
    MAINTENANCE = 2


class Holding(NamedTuple):
    """Units of an instrument, negative when short, at a price."""

    instrument: Instrument
    quantity: int
    price: int

    @property
    def value(self) -> int:
        """Quantity times price times multiplier."""
        return self.quantity * self.price * self.instrument.multiplier


@dataclass(frozen=True, slots=True)
class MarginClass:
    """Ratios in basis points as (long, short) pairs; `levels` by Level."""

    minimum_turnover: float
    shortable: bool
    pool_permille: float
    fee_percent: float
    alert: tuple[int, int]
    levels: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class MarginRatio:
    """What 2223 tells of a security. Ratios and the yearly short fee are percents; the pool is simulated."""

    security: Security
    long_permitted: bool
    short_permitted: bool
    short_pool: int
    short_fee: float
    alert_long: float
    alert_short: float
    initial_long: float
    initial_short: float
    call_long: float
    call_short: float
    maintenance_long: float
    maintenance_short: float


class MarginTable:
    """Finds classes and adds up requirements. All amounts are in the instrument's currency, in 1/10000."""

    def __init__(
        self,
        classes: Mapping[tuple[TradingEnvironment, Product], Sequence[MarginClass]],
        futures: Mapping[str, tuple[int, int]],
        options: OptionRule,
        market_order_risk: int,
    ) -> None:
        """Store. Classes by falling turnover, futures by root in money, the risk in basis points."""
        self._classes = dict(classes)
        self._futures = dict(futures)
        self._options = options
        self.market_order_risk = market_order_risk

    def class_of(self, environment: TradingEnvironment, instrument: Instrument) -> MarginClass | None:
        """Give the class of a stock or fund; None for what is neither lent on nor sold short."""
        for found in self._classes.get((environment, instrument.product), ()):
            if instrument.daily_turnover >= found.minimum_turnover:
                return found
        return None

    def is_shortable(self, environment: TradingEnvironment, instrument: Instrument) -> bool:
        """Whether the instrument may be sold short in a margin account. Options and futures always may."""
        if instrument.is_option or instrument.is_future:
            return True
        found = self.class_of(environment, instrument)
        return found is not None and found.shortable

    def short_pool(self, environment: TradingEnvironment, instrument: Instrument, day: int) -> int:
        """Give the simulated number of shares that can be borrowed on a trading day; 0 where shorting is not allowed.

        It limits each short order and is what clients are shown; it does not shrink while others borrow.
        """
        found = self.class_of(environment, instrument)
        if found is None or not found.shortable:
            return 0
        most = instrument.shares * found.pool_permille / 1_000
        part = key_of(0, instrument.security.label, day) % 667 + 334
        return int(most * part / 1_000) // 100 * 100

    def ratio(self, environment: TradingEnvironment, instrument: Instrument, day: int) -> MarginRatio | None:
        """Give what clients are told of a stock's or fund's margins; None for other products."""
        if instrument.is_option or instrument.is_future or instrument.product is Product.OTHER:
            return None
        found = self.class_of(environment, instrument)
        levels = (_WHOLE, _WHOLE, _WHOLE) if found is None else found.levels
        percents = [basis / 100 for pair in ((_WHOLE if found is None else found.alert), *levels) for basis in pair]
        return MarginRatio(
            instrument.security,
            found is not None,
            found is not None and found.shortable,
            self.short_pool(environment, instrument, day),
            found.fee_percent if found is not None and found.shortable else 0.0,
            *percents,
        )

    def futures_margin(self, root: str, level: Level) -> int:
        """Give the margin of one contract, in 1/10000; 0 for an unknown root. A margin call comes at maintenance."""
        initial, maintenance = self._futures.get(root, (0, 0))
        return initial if level is Level.INITIAL else maintenance

    def requirements(
        self,
        environment: TradingEnvironment,
        holdings: Iterable[Holding],
        level: Level,
        owner_price: Mapping[Security, int],
    ) -> dict[Currency, int]:
        """Add up what holdings require, per currency. `owner_price` has the last prices of options' underlyings."""
        groups: dict[Security, list[Holding]] = {}
        for holding in holdings:
            if holding.quantity:
                groups.setdefault(holding.instrument.owner, []).append(holding)
        totals: dict[Currency, int] = {}
        for owner, group in groups.items():
            currency = group[0].instrument.currency
            required = self._group(environment, group, level, owner_price.get(owner, 0))
            totals[currency] = totals.get(currency, 0) + required
        return totals

    def _group(self, environment: TradingEnvironment, group: list[Holding], level: Level, owner_price: int) -> int:
        total = shares = 0
        strands: list[Strand] = []
        for holding in group:
            instrument = holding.instrument
            if instrument.is_future:
                total += abs(holding.quantity) * self.futures_margin(instrument.root, level)
            elif instrument.is_option:
                strands.append(
                    Strand(
                        instrument.is_call,
                        instrument.strike,
                        instrument.last_day,
                        instrument.multiplier,
                        holding.quantity,
                        holding.price,
                        instrument.is_index,
                    )
                )
            else:
                if instrument.security == instrument.owner:
                    shares += holding.quantity
                total += self.of_stock(environment, holding, level)
        # Nearly every group is one stock without options: those need no search for cover.
        return total + option_requirement(self._options, strands, shares, owner_price) if strands else total

    def of_stock(self, environment: TradingEnvironment, holding: Holding, level: Level) -> int:
        """Give what a holding requires that is neither an option nor a future, in its currency."""
        found = self.class_of(environment, holding.instrument)
        long_ratio, short_ratio = _WHOLE if found is None else found.levels[level]
        ratio = long_ratio if holding.quantity > 0 else short_ratio
        return -(-abs(holding.value) * ratio // BASIS_POINTS)


def load_margins(path: Path) -> MarginTable:
    """Read the table. Raises BrokerTableError, which says what is wrong."""
    try:
        document = tomllib.loads(read_text(path), parse_float=Decimal)
        classes: dict[tuple[TradingEnvironment, Product], list[MarginClass]] = {}
        for number, entry in enumerate(document["class"], start=1):
            try:
                found = _class(entry)
                for name in entry["products"]:
                    classes.setdefault((TradingEnvironment[entry["environment"]], Product[name]), []).append(found)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"class {number}: {_reason(error)}") from error
        for group in classes.values():
            group.sort(key=lambda found: -found.minimum_turnover)
        futures = {root: _pair(pair, MONEY_SCALE, 10**9) for root, pair in document["futures"].items()}
        option = document["option"]
        rule = OptionRule(
            _basis(option["underlying_percent"]), _basis(option["index_percent"]), _basis(option["least_percent"])
        )
        return MarginTable(classes, futures, rule, _basis(document["market_order_risk_percent"]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, BrokerTableError):
            raise
        raise BrokerTableError(f"{path.name}: {_reason(error)}") from error


def _class(entry: dict[str, Any]) -> MarginClass:
    unknown = sorted(entry.keys() - _KEYS)
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(sorted(_KEYS))}")
    initial, call, maintenance = (_ratios(entry[name]) for name in ("initial", "call", "maintenance"))
    if any(not low <= middle <= high for low, middle, high in zip(maintenance, call, initial, strict=True)):
        raise ValueError("maintenance, call and initial must not fall")
    return MarginClass(
        minimum_turnover=float(entry["minimum_turnover_million"]) * 1e6,
        shortable=entry["short"] is True,
        pool_permille=float(entry.get("pool_permille", 0)),
        fee_percent=float(entry.get("fee_percent", 0)),
        alert=_ratios(entry["alert"]),
        levels=(initial, call, maintenance),
    )


def _ratios(value: object) -> tuple[int, int]:
    return _pair(value, 100, 200)


def _pair(value: object, scale: int, largest: int) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{value!r} is not a pair")
    first, second = (_scaled(number, scale, largest) for number in value)
    return first, second


def _basis(value: object) -> int:
    return _scaled(value, 100, 100)


def _scaled(value: object, scale: int, largest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= largest:
        raise ValueError(f"{value!r} is not a number between 0 and {largest}")
    return int(value * scale)


def _reason(error: Exception) -> str:
    return f"{error} is missing or unknown" if isinstance(error, KeyError) else str(error)
