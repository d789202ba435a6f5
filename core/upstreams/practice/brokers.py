"""The brokers behind simulated orders in Hong Kong: a table of real participants, and who stands behind which order."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

from core.upstreams.practice.seeded_noise import mix

COLUMNS: Final = ("broker_ids", "name_en", "name_zh", "weight")
MAXIMUM_FILE_BYTES: Final = 200_000
_HIGHEST_NUMBER: Final = 9_999
_DICE_BITS: Final = 32


class BrokerFileError(ValueError):
    """The table cannot be used; the text says which line is wrong."""


class Broker(NamedTuple):
    """One broker number and its participant's names."""

    number: int
    name_en: str
    name_zh: str


class BrokerTable:
    """Brokers and how often their numbers stand behind an order. May be empty: then there is no broker queue."""

    def __init__(self, brokers: Sequence[tuple[Broker, float]] = ()) -> None:
        """Store brokers with their weights, which must be positive."""
        self._brokers = tuple(broker for broker, _ in brokers)
        self._bounds = tuple(accumulate(weight for _, weight in brokers))
        self._by_number = {broker.number: broker for broker in self._brokers}
        self._participants: dict[str, float] = {}
        for broker, weight in brokers:
            self._participants[broker.name_en] = self._participants.get(broker.name_en, 0.0) + weight
        self._chinese = {broker.name_en: broker.name_zh for broker, _ in brokers}

    def __len__(self) -> int:
        """Count the broker numbers."""
        return len(self._brokers)

    def by_number(self, number: int) -> Broker | None:
        """Find the participant behind a number."""
        return self._by_number.get(number)

    def participants(self) -> Mapping[str, float]:
        """Give the weight of each participant, all its numbers together, by English name."""
        return self._participants

    def chinese_name(self, name_en: str) -> str:
        """Give a participant's Chinese name."""
        return self._chinese[name_en]

    def of_order(self, key: int, order_id: int) -> Broker:
        """Say whose order this is: always the same for one key (a security and seed) and order id."""
        dice = mix(key ^ (order_id * 0x1_0000_0001)) >> (64 - _DICE_BITS)
        position = dice / (1 << _DICE_BITS) * self._bounds[-1]
        return self._brokers[min(bisect_right(self._bounds, position), len(self._brokers) - 1)]


def load_brokers(path: Path) -> BrokerTable:
    """Read the table. Raises BrokerFileError."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise BrokerFileError(f"{path.name} is larger than {MAXIMUM_FILE_BYTES} bytes")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerFileError(f"{path.name} cannot be read: {error}") from error
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    if not rows or tuple(rows[0][1].split(",")) != COLUMNS:
        raise BrokerFileError(f"{path.name}: the header must be {','.join(COLUMNS)}")
    brokers: list[tuple[Broker, float]] = []
    seen: set[int] = set()
    for number, line in rows[1:]:
        try:
            numbers, name_en, name_zh, weight = next(csv.reader([line]))
            found = [int(text) for text in numbers.split()]
            share = float(weight) / len(found)
            if not all(0 < value <= _HIGHEST_NUMBER for value in found) or not name_en or not name_zh or not share > 0:
                raise ValueError("numbers, names and weight must be there")
            if seen & set(found) or len(set(found)) < len(found):
                raise ValueError("a broker number is listed twice")
        except (ValueError, ZeroDivisionError) as error:
            raise BrokerFileError(f"{path.name}, line {number}: {error}") from error
        seen.update(found)
        brokers += [(Broker(value, name_en, name_zh), share) for value in found]
    return BrokerTable(brokers)
