"""Reads the broker's tables: comma-separated lines with comments, of limited size, with the wrong line named."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

MAXIMUM_FILE_BYTES: Final = 200_000
MAXIMUM_LINE_LENGTH: Final = 1_000


class BrokerTableError(ValueError):
    """A table of the broker cannot be used; the text says which file and line is wrong."""


class Row(NamedTuple):
    """One line: its number, counted from 1 as editors do, and its cells by column."""

    line: int
    cells: dict[str, str]


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Go through the lines below the header. `#` begins a comment line. Raises BrokerTableError."""
    header_seen = False
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([line[:MAXIMUM_LINE_LENGTH]]))]
        if not header_seen:
            if tuple(cells) != columns:
                raise BrokerTableError(f"{path.name}, line {number}: the header must be {','.join(columns)}")
            header_seen = True
        elif len(line) > MAXIMUM_LINE_LENGTH or len(cells) != len(columns):
            raise BrokerTableError(f"{path.name}, line {number}: {len(cells)} cells instead of {len(columns)}")
        else:
            yield Row(number, dict(zip(columns, cells, strict=True)))
    if not header_seen:
        raise BrokerTableError(f"{path.name} has no header line")


def read_text(path: Path) -> str:
    """Give the text of a file of limited size. Raises BrokerTableError."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise BrokerTableError(f"{path.name} is larger than {MAXIMUM_FILE_BYTES} bytes")
        # Spreadsheet programs put a byte order mark in front.
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerTableError(f"{path.name} cannot be read: {error}") from error
