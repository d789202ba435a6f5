"""Checks that answers share: codes, dates, counts and numbers of enumerations. All raise UserFacingError."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.security import Security

MAXIMUM_SECURITIES: Final = 400
MAXIMUM_ROWS: Final = 1_000
_SHORT: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONG: Final = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}):(\d{2}):(\d{2})(\.\d{1,6})?")
_LAST_SECOND: Final = 86_399


class Moment(NamedTuple):
    """A local date (an ordinal) and the seconds from midnight."""

    day: int
    second: int


def security_of(message: Any) -> Security:
    """Read a Security message."""
    return Security(message.market, message.code)


def securities_of(messages: Sequence[Any], field: str = "securityList") -> list[Security]:
    """Read a list of 1 to 400 Security messages; one that is named twice is kept once."""
    if not messages:
        raise UserFacingError("empty_list", field=field)
    if len(messages) > MAXIMUM_SECURITIES:
        raise UserFacingError("too_many_items", count=len(messages), limit=MAXIMUM_SECURITIES)
    return list(dict.fromkeys(security_of(message) for message in messages))


def checked_number(field: str, value: int, allowed: Collection[int]) -> int:
    """Give back a number of an enumeration."""
    if value not in allowed:
        raise UserFacingError("bad_field", field=field, value=value)
    return value


def checked_count(field: str, value: int, limit: int = MAXIMUM_ROWS) -> int:
    """Give back a count from 1 to the limit."""
    if value < 1:
        raise UserFacingError("bad_field", field=field, value=value)
    if value > limit:
        raise UserFacingError("too_many_items", count=value, limit=limit)
    return value


def parse_moment(text: str, *, is_end: bool = False) -> Moment:
    """Read YYYY-MM-DD or YYYY-MM-DD HH:MM:SS[.mmm]; a date alone is its first second, or its last as an end."""
    text = text.strip()
    try:
        if _SHORT.fullmatch(text):
            return Moment(datetime.date.fromisoformat(text).toordinal(), _LAST_SECOND if is_end else 0)
        found = _LONG.fullmatch(text)
        if found is None:
            raise ValueError
        day = datetime.date.fromisoformat(found[1])
        time = datetime.time(int(found[2]), int(found[3]), int(found[4]))
    except ValueError:
        raise UserFacingError("bad_date", value=text[:40]) from None
    return Moment(day.toordinal(), time.hour * 3600 + time.minute * 60 + time.second)


def parse_span(begin: str, end: str) -> tuple[Moment, Moment]:
    """Read the two ends of a time span; the end must not lie before the begin."""
    first, last = parse_moment(begin), parse_moment(end, is_end=True)
    if first > last:
        raise UserFacingError("date_order", begin=begin[:40], end=end[:40])
    return first, last
