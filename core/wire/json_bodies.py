"""JSON bodies: written so that the official SDK's own reader takes them, read as leniently as possible.

The SDK's reader stumbles over one bad value for good, so what is written keeps to the forms it is known to accept.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from functools import cache
from typing import Any, Final, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

_WHOLE_64: Final = frozenset(
    (
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_SINT64,
        FieldDescriptor.TYPE_FIXED64,
        FieldDescriptor.TYPE_SFIXED64,
    )
)
_FRACTIONS: Final = frozenset((FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT))

# The longest number written as text: 64 bits need 20 characters, doubles a few more.
_LONGEST_NUMBER: Final = 40


class JsonFault(ValueError):
    """A JSON body that cannot be read. The text says where and why, in English."""


class _Field(NamedTuple):
    """What reading and writing need to know about one field."""

    name: str
    kind: int
    repeated: bool
    required: bool
    message: Descriptor | None
    enum_numbers: dict[str, int]


@cache
def _fields_by_number(descriptor: Descriptor) -> dict[int, _Field]:
    return {field.number: _describe(field) for field in descriptor.fields}


@cache
def _fields_by_name(descriptor: Descriptor) -> dict[str, _Field]:
    """Both name forms: the one of the .proto and lowerCamelCase."""
    rows: dict[str, _Field] = {}
    for field in descriptor.fields:
        rows[field.name] = rows[field.json_name] = _describe(field)
    return rows


@cache
def _required_defaults(descriptor: Descriptor) -> tuple[tuple[str, Any], ...]:
    """Required fields with a default value: the only ones whose absence the SDK's reader refuses."""
    return tuple(
        (field.name, field.default_value)
        for field in descriptor.fields
        if field.is_required and field.has_default_value
    )


def _describe(field: FieldDescriptor) -> _Field:
    numbers = {value.name: value.number for value in field.enum_type.values} if field.enum_type else {}
    return _Field(field.name, field.type, field.is_repeated, field.is_required, field.message_type, numbers)


# writing


def write_json(message: Message) -> bytes:
    """The message as compact UTF-8 JSON for the SDK's reader.

    Names as in the .proto; 64-bit numbers as text when single and as numbers when repeated; enums as numbers; bytes
    fields left out; no null and no NaN (an optional field is left out, any other gets 0).
    """
    return json.dumps(_as_object(message), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _as_object(message: Message) -> dict[str, Any]:
    descriptor = message.DESCRIPTOR
    rows = _fields_by_number(descriptor)
    written: dict[str, Any] = {}
    for field, value in message.ListFields():
        row = rows[field.number]
        kind = row.kind
        if kind == FieldDescriptor.TYPE_MESSAGE:
            written[row.name] = [_as_object(item) for item in value] if row.repeated else _as_object(value)
        elif kind == FieldDescriptor.TYPE_BYTES:
            continue
        elif kind == FieldDescriptor.TYPE_STRING:
            written[row.name] = [_as_text(item) for item in value] if row.repeated else _as_text(value)
        elif row.repeated:
            written[row.name] = [_finite(item) for item in value] if kind in _FRACTIONS else list(value)
        elif kind in _FRACTIONS:
            if math.isfinite(value):
                written[row.name] = value
            elif row.required:
                written[row.name] = 0.0
        else:
            written[row.name] = str(value) if kind in _WHOLE_64 else value
    for name, default in _required_defaults(descriptor):
        written.setdefault(name, default)
    return written


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _as_text(value: str | bytes) -> str:
    """A string that came off the wire in another encoding arrives as bytes."""
    return value if isinstance(value, str) else value.decode(errors="replace")


# reading


def read_json(body: bytes, message_type: type[Message]) -> Message:
    """Read a body into a new message. Raises JsonFault.

    Takes enum names and numbers, numbers written as text, both name forms, base64 with both alphabets; ignores
    unknown names and null. Does not check for required fields.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise JsonFault("it is not JSON") from None
    if not isinstance(value, dict):
        raise JsonFault("the JSON is not an object")
    message = message_type()
    _fill(message, value, "")
    return message


def _fill(message: Message, values: dict[str, Any], path: str) -> None:
    rows = _fields_by_name(message.DESCRIPTOR)
    for name, value in values.items():
        row = rows.get(name)
        if row is None or value is None:
            continue
        here = f"{path}.{row.name}" if path else row.name
        if row.repeated:
            if not isinstance(value, list):
                raise JsonFault(f"{here} is not a list")
            _fill_list(message, row, value, here)
        elif row.message is not None:
            if not isinstance(value, dict):
                raise JsonFault(f"{here} is not an object")
            inner = getattr(message, row.name)
            inner.SetInParent()
            _fill(inner, value, here)
        else:
            try:
                setattr(message, row.name, _READERS[row.kind](value, row))
            except (ValueError, TypeError, OverflowError):
                raise JsonFault(f"{here} has a wrong value") from None


def _fill_list(message: Message, row: _Field, values: list[Any], path: str) -> None:
    target = getattr(message, row.name)
    for index, value in enumerate(values):
        here = f"{path}[{index}]"
        if row.message is not None:
            if not isinstance(value, dict):
                raise JsonFault(f"{here} is not an object")
            _fill(target.add(), value, here)
        else:
            try:
                target.append(_READERS[row.kind](value, row))
            except (ValueError, TypeError, OverflowError):
                raise JsonFault(f"{here} has a wrong value") from None


def _whole(value: object, _row: _Field) -> int:
    """A whole number, written as a number or as text."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        return int(value)
    raise ValueError


def _fraction(value: object, _row: _Field) -> float:
    if isinstance(value, int | float) or (isinstance(value, str) and len(value) <= _LONGEST_NUMBER):
        return float(value)
    raise ValueError


def _boolean(value: object, _row: _Field) -> bool:
    if value in (True, "true"):  # 1 and 1.0 as well
        return True
    if value in (False, "false"):
        return False
    raise ValueError


def _text(value: object, _row: _Field) -> str:
    if isinstance(value, str):
        return value
    raise ValueError


def _octets(value: object, _row: _Field) -> bytes:
    if not isinstance(value, str):
        raise ValueError
    text = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError from None


def _enum(value: object, row: _Field) -> int:
    if isinstance(value, str) and value in row.enum_numbers:
        return row.enum_numbers[value]
    return _whole(value, row)


_READERS: Final = {
    FieldDescriptor.TYPE_DOUBLE: _fraction,
    FieldDescriptor.TYPE_FLOAT: _fraction,
    FieldDescriptor.TYPE_BOOL: _boolean,
    FieldDescriptor.TYPE_STRING: _text,
    FieldDescriptor.TYPE_BYTES: _octets,
    FieldDescriptor.TYPE_ENUM: _enum,
    **dict.fromkeys(
        (
            *_WHOLE_64,
            FieldDescriptor.TYPE_INT32,
            FieldDescriptor.TYPE_UINT32,
            FieldDescriptor.TYPE_SINT32,
            FieldDescriptor.TYPE_FIXED32,
            FieldDescriptor.TYPE_SFIXED32,
        ),
        _whole,
    ),
}
