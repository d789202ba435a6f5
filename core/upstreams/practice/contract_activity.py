"""How much is traded and held of each contract on a day: functions of seed, contract and day, no record of anything."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Final

from core.model.security import US
from core.upstreams.practice.contracts import FutureContract, OptionContract, WarrantContract
from core.upstreams.practice.option_pricing import CALL
from core.upstreams.practice.seeded_noise import key_of, mix
from core.upstreams.practice.underlyings import Underlying

_DICE: Final = 0xFFFF_FFFF
# Shares that options stand for, against the shares traded of the underlying.
_OPTION_SHARE: Final = {True: 1.0, False: 0.35}
_PUT_SHARE: Final = 0.8
_PREFERRED: Final = 0.4  # standard deviations out of the money that are traded most
_SHORTEST_DAYS: Final = 7
_USUAL_DAYS_HELD: Final = 6
_RAMP_DAYS: Final = 25
LEAST_LEVEL: Final = 0.02  # below it nothing is traded or held
_FAR_OUT: Final = 60.0  # squared deviations where nobody trades
_FUTURE_SHARE: Final = 1.1  # money that futures stand for, against the turnover of the index
_STREET_DAYS: Final = 90


def noise(key: int, number: int) -> float:
    """Draw from a bell-shaped distribution around 0 with deviation 1, for a key and a number."""
    dice = mix(key ^ (number * 0x1_0000_0001))
    return ((dice & _DICE) / _DICE + (dice >> 32) / _DICE + (mix(dice) & _DICE) / _DICE - 1.5) * 2.0


def contract_key(seed: int, label: str) -> int:
    """Make the key that a contract's dice begin with."""
    return key_of(seed, "activity", label)


class ExpiryActivity:
    """What the usual volume of all series of one expiry depends on, on one day."""

    __slots__ = ("_deviation", "_spot", "_total")

    def __init__(self, underlying: Underlying, market: int, multiplier: int, last_day: int, day: int) -> None:
        """Compute the parts that the strikes share."""
        self._spot = spot = underlying.reference(day)
        days = max(0, last_day - day)
        shares = underlying.info.daily_turnover / spot / multiplier * _OPTION_SHARE[market == US]
        self._total = shares * 0.5 * (exp(-days / 20) + 0.12 * exp(-days / 120)) / 3
        self._deviation = underlying.base_volatility * sqrt(max(_SHORTEST_DAYS, days) / 365)

    def level(self, kind: int, strike: float, interval: float) -> float:
        """Give the contracts that are usually traded a day, before any dice. `interval` is between strikes."""
        out = log(strike / self._spot) / self._deviation
        out = out - _PREFERRED if kind == CALL else out + _PREFERRED
        if out * out > _FAR_OUT:
            return 0.0
        share = min(1.0, interval / (self._spot * self._deviation * 2.5))
        return self._total * exp(-0.5 * out * out) * share * (1.0 if kind == CALL else _PUT_SHARE)


def volume_from(level: float, key: int, day: int) -> int:
    """Throw the dice: the day's volume in contracts; many series are not traded every day."""
    return int(level * exp(0.9 * noise(key, day) - 0.4)) if level > LEAST_LEVEL else 0


def open_interest_from(level: float, key: int, first_day: int, day: int) -> int:
    """Give the open contracts at the end of the trading day before; they grow with a series' age."""
    if level <= LEAST_LEVEL:
        return 0
    held = level * _USUAL_DAYS_HELD * min(1.0, max(0, day - first_day) / _RAMP_DAYS) * exp(0.6 * noise(key, 0))
    return int(held * (1 + 0.04 * noise(key, day + 1)))


def option_level(underlying: Underlying, contract: OptionContract, interval: float, day: int) -> float:
    """Give the usual volume of one series."""
    shared = ExpiryActivity(underlying, contract.security.market, contract.multiplier, contract.last_day, day)
    return shared.level(contract.kind, contract.strike, interval)


def option_volume(underlying: Underlying, contract: OptionContract, interval: float, key: int, day: int) -> int:
    """Give the day's volume of one series."""
    return volume_from(option_level(underlying, contract, interval, day), key, day)


def option_open_interest(underlying: Underlying, contract: OptionContract, interval: float, key: int, day: int) -> int:
    """Give the open contracts of one series at the end of the trading day before."""
    return open_interest_from(option_level(underlying, contract, interval, day), key, contract.first_day, day)


def future_volume(underlying: Underlying, contract: FutureContract, last_day: int, key: int, day: int) -> int:
    """Give the day's volume in contracts; `last_day` is that of the month which trades on this day."""
    return int(_future_level(underlying, contract, last_day, day) * exp(0.35 * noise(key, day)))


def future_position(underlying: Underlying, contract: FutureContract, last_day: int, key: int, day: int) -> int:
    """Give the open contracts at the end of the trading day before."""
    level = _future_level(underlying, contract, last_day, day)
    return int(level * 1.2 * (1 + 0.03 * noise(key, day + 1)))


def _future_level(underlying: Underlying, contract: FutureContract, last_day: int, day: int) -> float:
    spot = underlying.close_before(day)
    total = underlying.info.daily_turnover * _FUTURE_SHARE / (spot * max(10, contract.multiplier))
    days = max(0, last_day - day)
    # Most trading is in the nearest month; in its last days it moves to the next.
    if days <= 3:
        return total * 0.45
    return total * (1.0 if days <= 32 else 0.25 if days <= 62 else 0.03)


def warrant_volume(underlying: Underlying, contract: WarrantContract, price: float, key: int, day: int) -> int:
    """Give the day's volume in units, whole lots."""
    turnover = underlying.info.daily_turnover * 0.0016 * exp(1.3 * noise(key, day) - 0.8)
    near = exp(-8 * abs(log(underlying.close_before(day) / contract.strike)))
    return int(turnover * (0.15 + near) / max(0.01, price) / contract.lot_size) * contract.lot_size


def street_volume(contract: WarrantContract, key: int, day: int) -> int:
    """Give the units that investors hold at the end of the trading day before, whole lots."""
    age = max(0, day - contract.first_day)
    share = min(0.85, 0.35 * exp(0.7 * noise(key, 0)) * min(1.0, (age + 3) / _STREET_DAYS))
    share *= 1 + 0.03 * noise(key, day + 1)
    return int(contract.issue_size * min(1.0, max(0.0, share)) / contract.lot_size) * contract.lot_size
