"""Fees by published schedules, kept as a readable table: what an order pays per trading day, what every fill pays."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.model.trading import SecurityFirm, TradeSide, TradingEnvironment
from core.upstreams.practice.broker.broker_tables import BrokerTableError, read_text
from core.upstreams.practice.broker.instruments import Instrument, Product
from core.upstreams.practice.broker.records import MONEY_SCALE, AccountSpec, FillRecord

FeeLines = tuple[tuple[str, int], ...]
"""Titles and amounts in 1/10000, positive for what is paid."""

_CENT: Final = Decimal("0.01")
_LINE_KEYS: Final = frozenset(
    {"title", "per", "side", "flat", "percent", "per_unit", "minimum", "maximum", "step", "round_up"}
)
_PLAN_KEYS: Final = frozenset(
    {"environment", "firms", "products", "as_of", "source", "line", "cap_percent", "cap_floor"}
)
_LARGEST: Final = Decimal(10**9)
_ESTIMATES_KEPT: Final = 10_000


class Trade(NamedTuple):
    """What fees are computed of: shares or contracts, and their amount (price x units x multiplier) in 1/10000."""

    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One line of a schedule. Money as decimals of the currency; `per_unit` by contract root, "" for all others."""

    title: str
    per_order: bool
    sells_only: bool
    flat: Decimal
    percent: Decimal
    per_unit: Mapping[str, Decimal]
    minimum: Decimal
    maximum: Decimal | None
    step: Decimal
    rounds_up: bool

    def amount(self, trade: Trade, root: str) -> int:
        """Give what this line asks for a trade of at least one unit, in 1/10000."""
        money = self.flat + self.percent * trade.amount / (100 * MONEY_SCALE)
        money += self.per_unit.get(root, self.per_unit.get("", Decimal(0))) * trade.quantity
        money = max(money, self.minimum)
        if self.maximum is not None:
            money = min(money, self.maximum)
        steps = (money / self.step).to_integral_value(ROUND_CEILING if self.rounds_up else ROUND_HALF_UP)
        return int(steps * self.step * MONEY_SCALE)


@dataclass(frozen=True, slots=True)
class FeePlan:
    """The schedule of one firm and product. The cap limits all order lines together (None for none)."""

    lines: tuple[FeeLine, ...]
    cap_percent: Decimal | None
    cap_floor: Decimal

    def of_order(self, trade: Trade, sells: bool, root: str) -> list[int]:
        """Give the order lines' amounts for everything an order traded on one day, in the order of the lines."""
        if not trade.quantity:
            return [0 for _ in self._order_lines(sells)]
        amounts = [line.amount(trade, root) for line in self._order_lines(sells)]
        if self.cap_percent is not None:
            cap = max(self.cap_percent * trade.amount / (100 * MONEY_SCALE), self.cap_floor).quantize(_CENT)
            left = int(cap * MONEY_SCALE)
            for number, amount in enumerate(amounts):
                amounts[number] = min(amount, left)
                left -= amounts[number]
        return amounts

    def of_fill(self, trade: Trade, earlier: Trade, sells: bool, root: str) -> FeeLines:
        """Give what a fill adds: its own fees, and what the order's fees of the day grow by because of it."""
        together = Trade(trade.quantity + earlier.quantity, trade.amount + earlier.amount)
        before, after = self.of_order(earlier, sells, root), self.of_order(together, sells, root)
        titles = [line.title for line in self._order_lines(sells)]
        lines = [(title, new - old) for title, old, new in zip(titles, before, after, strict=True)]
        lines += [
            (line.title, line.amount(trade, root))
            for line in self.lines
            if not line.per_order and (sells or not line.sells_only)
        ]
        return tuple((title, amount) for title, amount in lines if amount)

    def _order_lines(self, sells: bool) -> list[FeeLine]:
        return [line for line in self.lines if line.per_order and (sells or not line.sells_only)]


class FeeSchedule:
    """All plans, found by account and product. An account without a plan pays nothing."""

    def __init__(self, plans: Mapping[tuple[TradingEnvironment, SecurityFirm, Product], FeePlan]) -> None:
        """Store."""
        self._plans = dict(plans)
        self._estimates: dict[tuple[object, ...], int] = {}

    def plan(self, spec: AccountSpec, product: Product) -> FeePlan | None:
        """Give the plan of an account and product; None for none."""
        return self._plans.get((spec.environment, spec.firm, product))

    def of_fill(
        self,
        spec: AccountSpec,
        instrument: Instrument,
        side: TradeSide,
        quantity: int,
        price: int,
        earlier: Sequence[FillRecord] = (),
    ) -> FeeLines:
        """Give what a fill costs. `earlier` are the fills of the same order and leg on the same trading day before it.

        Commission and platform fee count once per order and day: a fill is charged what they grow by. That may be
        less than nothing where a cap by amount begins to bite. Fills of no quantity cost nothing.
        """
        plan = self.plan(spec, instrument.product)
        if plan is None or not quantity:
            return ()
        multiplier = instrument.multiplier
        trade = Trade(quantity, price * quantity * multiplier)
        before = Trade(
            sum(fill.quantity for fill in earlier),
            sum(fill.price * fill.quantity * fill.multiplier for fill in earlier),
        )
        return plan.of_fill(trade, before, not side.buys, instrument.root)

    def estimate(self, spec: AccountSpec, instrument: Instrument, side: TradeSide, quantity: int, price: int) -> int:
        """Give what an order would pay if it were filled at once and at this price, for reservations.

        Newest estimates are kept: sizes and prices come again, in screens and in orders that are placed piece by piece.
        """
        # All that of_fill looks at.
        terms = (instrument.product, instrument.root, instrument.multiplier)
        key = (spec.environment, spec.firm, terms, side.buys, quantity, price)
        known = self._estimates.get(key)
        if known is None:
            if len(self._estimates) >= _ESTIMATES_KEPT:
                self._estimates.clear()
            known = sum(amount for _, amount in self.of_fill(spec, instrument, side, quantity, price))
            self._estimates[key] = known
        return known


def add_up(lines: Iterable[tuple[str, int]]) -> FeeLines:
    """Put lines of one title together, in the order of their first appearance (for the fees of an order)."""
    totals: dict[str, int] = {}
    for title, amount in lines:
        totals[title] = totals.get(title, 0) + amount
    return tuple(totals.items())


def load_fees(path: Path) -> FeeSchedule:
    """Read the schedules. Raises BrokerTableError, which names the wrong plan."""
    document = _parsed(path)
    plans: dict[tuple[TradingEnvironment, SecurityFirm, Product], FeePlan] = {}
    for number, entry in enumerate(_tables(document.get("plan")), start=1):
        try:
            _check_keys(entry, _PLAN_KEYS)
            plan = FeePlan(
                tuple(_line(line) for line in _tables(entry.get("line"))),
                _decimal(entry, "cap_percent") if "cap_percent" in entry else None,
                _decimal(entry, "cap_floor"),
            )
            environment = TradingEnvironment[entry["environment"]]
            firms = [SecurityFirm[name] for name in entry.get("firms", ["NONE"])]
            products = [Product[name] for name in entry["products"]]
            for key in [(environment, firm, product) for firm in firms for product in products]:
                if key in plans:
                    raise ValueError(f"{key[0].name} {key[1].name} {key[2].name} has a plan already")
                plans[key] = plan
        except (KeyError, TypeError, ValueError) as error:
            raise BrokerTableError(f"{path.name}, plan {number}: {_reason(error)}") from error
    if not plans:
        raise BrokerTableError(f"{path.name} has no plan")
    return FeeSchedule(plans)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BrokerTableError(f"{path.name}: {error}") from error


def _line(entry: dict[str, Any]) -> FeeLine:
    _check_keys(entry, _LINE_KEYS)
    title, per, side = entry["title"], entry["per"], entry.get("side", "")
    if not isinstance(title, str) or not title or per not in ("order", "fill") or side not in ("", "sell"):
        raise ValueError(f"{title!r} needs a title, per = order or fill, and side = sell or none")
    unit = entry.get("per_unit", 0)
    step = _decimal(entry, "step") if "step" in entry else _CENT
    if step < _CENT / 100:
        raise ValueError(f"{title}: step is too small")
    return FeeLine(
        title=title,
        per_order=per == "order",
        sells_only=side == "sell",
        flat=_decimal(entry, "flat"),
        percent=_decimal(entry, "percent"),
        per_unit={key: _decimal(unit, key) for key in unit}
        if isinstance(unit, dict)
        else {"": _decimal(entry, "per_unit")},
        minimum=_decimal(entry, "minimum"),
        maximum=_decimal(entry, "maximum") if "maximum" in entry else None,
        step=step,
        rounds_up=entry.get("round_up", False) is True,
    )


def _tables(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BrokerTableError("a list of tables was expected")
    return value


def _check_keys(entry: dict[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(entry.keys() - known)
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(sorted(known))}")


def _decimal(entry: dict[str, Any], key: str) -> Decimal:
    value = entry.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"{key} {value!r} is not a number")
    number = Decimal(value)
    if not number.is_finite() or not 0 <= number <= _LARGEST:
        raise ValueError(f"{key} {value} is not between 0 and {_LARGEST}")
    return number


def _reason(error: Exception) -> str:
    return f"{error} is missing or unknown" if isinstance(error, KeyError) else str(error)
