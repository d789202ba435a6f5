"""The journal's tables, made from the records: one table a record class, one column a field.

A field's type says how it is stored: enumerations by value, a security as two columns, tuples as JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple, get_type_hints

from sqlalchemy import BigInteger, Boolean, Column, Float, MetaData, Table, Text

from core.model.security import Security
from core.model.trading import ComboLegTerms, TradeSide
from core.upstreams.practice.broker.records import (
    AccountReset,
    FillRecord,
    LedgerEntry,
    OrderEvent,
    OrderRecord,
)

_PLAIN: Final[dict[Any, Any]] = {int: BigInteger, float: Float, str: Text, bool: Boolean}
_KEYS: Final[dict[type, str | None]] = {
    OrderRecord: "order_id",
    FillRecord: "fill_id",
    LedgerEntry: "entry_id",
    OrderEvent: None,
    AccountReset: None,
}
_NAMES: Final[dict[type, str]] = {
    OrderRecord: "orders",
    FillRecord: "fills",
    LedgerEntry: "entries",
    OrderEvent: "order_events",
    AccountReset: "account_resets",
}

_FACTS_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)  # made once: json.dumps would make one for each text


class _Field(NamedTuple):
    """One field: its columns, where their values are found, and how they are turned back."""

    columns: tuple[str, ...]
    paths: tuple[str, ...]
    types: tuple[Any, ...]
    read: Callable[..., Any]


def _legs_text(legs: Sequence[ComboLegTerms]) -> str:
    """Write legs as JSON; empty for none."""
    if not legs:
        return ""
    return json.dumps([[*leg.security, int(leg.side), leg.ratio] for leg in legs])


def _legs(text: str) -> tuple[ComboLegTerms, ...]:
    rows = json.loads(text) if text else []
    return tuple(ComboLegTerms(Security(market, code), TradeSide(side), ratio) for market, code, side, ratio in rows)


def _facts(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in json.loads(text)) if text else ()


def _field(name: str, kind: Any) -> _Field:
    if kind is Security:
        columns = (f"{name}_market", f"{name}_code")
        return _Field(columns, (f"{name}.market", f"{name}.code"), (BigInteger, Text), Security)
    if isinstance(kind, type) and issubclass(kind, Enum):
        stored = BigInteger if issubclass(kind, int) else Text
        return _Field((name,), (f"{name}._value_",), (stored,), kind)
    if kind in _PLAIN:
        return _Field((name,), (name,), (_PLAIN[kind],), bool if kind is bool else lambda value: value)
    return _Field((name,), (name,), (Text,), _legs if name == "legs" else _facts)


class RecordTable:
    """How one class of records is stored."""

    def __init__(self, record: type, metadata: MetaData) -> None:
        """Make the table description. A record class needs at least two columns."""
        hints = get_type_hints(record)
        self.record = record
        self.key = _KEYS[record]
        self._fields = [_field(item.name, hints[item.name]) for item in fields(record)]
        columns = [
            Column(column, kind, primary_key=column == self.key, autoincrement=False, nullable=False)
            for item in self._fields
            for column, kind in zip(item.columns, item.types, strict=True)
        ]
        if self.key is None:
            columns.insert(0, Column("number", BigInteger, primary_key=True, autoincrement=False))
        self.table = Table(_NAMES[record], metadata, *columns)
        self._values = attrgetter(*(path for item in self._fields for path in item.paths))
        names = [column for item in self._fields for column in item.columns]
        self._texts = [
            (names.index(name), write)
            for name, write in (("legs", _legs_text), ("facts", _facts_text))
            if name in names
        ]

    def row(self, record: Any) -> tuple[Any, ...]:
        """Turn a record into the values of its columns, the running number left out."""
        values: tuple[Any, ...] = self._values(record)
        for index, write in self._texts:
            values = (*values[:index], write(values[index]), *values[index + 1 :])
        return values

    def record_of(self, row: Sequence[Any]) -> Any:
        """Turn the values of the columns back into a record."""
        values, position = [], 0
        for item in self._fields:
            count = len(item.columns)
            values.append(item.read(*row[position : position + count]))
            position += count
        return self.record(*values)


def _facts_text(facts: Sequence[tuple[str, str]]) -> str:
    return _FACTS_ENCODER.encode(facts) if facts else ""


@lru_cache(maxsize=1)
def record_tables() -> tuple[MetaData, dict[type, RecordTable]]:
    """Describe all tables, once."""
    metadata = MetaData()
    return metadata, {record: RecordTable(record, metadata) for record in _NAMES}
