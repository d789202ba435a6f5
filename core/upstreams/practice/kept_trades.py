"""What was really traded while this program ran, kept as minute bars and flows by size in the profile's folder.

One SQLite file; a row is one day of one security. The newest 30 days stay, fewer when the file would grow too large.
A day that another seed or other hours made is not shown.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import zlib
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from core.model.security import Security

log = logging.getLogger(__name__)

DAYS_KEPT: Final = 30
MAXIMUM_FILE_BYTES: Final = 400_000_000
_COLUMNS: Final = 6  # open, high, low, close, volume (-1 where the path fills in) and turnover
_COMPRESSION: Final = 1
_PATIENCE_SECONDS: Final = 3.0
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS days (
    seed INTEGER, market INTEGER, code TEXT, day INTEGER, slots INTEGER, last_slot INTEGER,
    open INTEGER, high INTEGER, low INTEGER, close INTEGER, volume INTEGER, turnover REAL, minutes BLOB,
    flows BLOB,
    PRIMARY KEY (seed, market, code, day)
) WITHOUT ROWID
"""
_INSERT: Final = """
INSERT OR REPLACE INTO days
(seed, market, code, day, slots, last_slot, open, high, low, close, volume, turnover, minutes, flows)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class DaySummary(NamedTuple):
    """A kept day without its minutes. Prices in price units, turnover in currency; `slots` is the day's length."""

    day: int
    slots: int
    last_slot: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    turnover: float


class KeptMinutes(NamedTuple):
    """The minutes of a kept day up to its last slot, units as in LiveDay; volume -1 leaves a minute to the path."""

    opens: array[int]
    highs: array[int]
    lows: array[int]
    closes: array[int]
    volumes: array[int]
    turnovers: array[int]
    flows: bytes = b""  # trades by size, see FlowCounter.packed


class DayToKeep(NamedTuple):
    """A day on its way to the file."""

    security: Security
    summary: DaySummary
    minutes: KeptMinutes


class KeptTrades:
    """The file of one profile and seed. `open` and `write` may wait for the disk: call them in a thread."""

    def __init__(self, file: Path | None, seed: int) -> None:
        """Store. Without a file nothing is kept."""
        self._file = file
        self._seed = seed
        self._index: dict[Security, dict[int, DaySummary]] = {}
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._writing = Lock()

    def open(self) -> None:
        """Read which days there are. A file that cannot be read is set aside; nothing is kept if there can be none."""
        if self._file is None:
            return
        try:
            self._connect(self._file)
        except (sqlite3.OperationalError, OSError) as error:
            log.warning("practice trades are not kept: %s", error)
            self.close()
        except sqlite3.DatabaseError as error:
            self.close()
            aside = self._file.with_suffix(".broken")
            log.warning("%s cannot be read (%s); it is now %s", self._file.name, error, aside.name)
            os.replace(self._file, aside)
            with contextlib.suppress(sqlite3.Error):
                self._connect(self._file)

    @property
    def is_open(self) -> bool:
        """Whether there is a file to write to."""
        return self._writer is not None

    def days_of(self, security: Security) -> dict[int, DaySummary]:
        """Give the kept days of a security by date (an ordinal)."""
        return self._index.setdefault(security, {})

    def minutes(self, security: Security, day: int) -> KeptMinutes | None:
        """Read the minutes of a kept day, less than a millisecond; None when they are gone or damaged."""
        if self._reader is None:
            return None
        try:
            row = self._reader.execute(
                "SELECT minutes, flows FROM days WHERE seed = ? AND market = ? AND code = ? AND day = ?",
                (self._seed, *security, day),
            ).fetchone()
            if row is None:
                return None
            whole = array("q")
            whole.frombytes(zlib.decompress(row[0]))
            slots, rest = divmod(len(whole), _COLUMNS)
            if rest:
                return None
            opens, highs, lows, closes, volumes, turnovers = (
                whole[start : start + slots] for start in range(0, _COLUMNS * slots, slots)
            )
            return KeptMinutes(opens, highs, lows, closes, volumes, turnovers, row[1] or b"")
        except (sqlite3.Error, zlib.error, ValueError) as error:
            log.warning("%s of %s cannot be read: %s", day, security.label, error)
            return None

    def write(self, days: Sequence[DayToKeep]) -> None:
        """Keep days, each replacing what was kept of it; then drop the oldest beyond the limits. All or nothing."""
        with self._writing:
            if self._writer is None:
                return
            try:
                with self._writer:
                    self._writer.executemany(_INSERT, self._rows(days))
                    self._prune(self._writer)
            except sqlite3.Error as error:
                log.warning("practice trades could not be written: %s", error)
                return
        for security, summary, _ in days:
            self._index.setdefault(security, {})[summary.day] = summary

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._writing:
            for connection in (self._reader, self._writer):
                if connection is not None:
                    connection.close()
            self._reader = self._writer = None

    def _connect(self, file: Path) -> None:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        # Threads take turns: the writer has its lock, the reader belongs to the loop.
        self._writer = sqlite3.connect(file, timeout=_PATIENCE_SECONDS, check_same_thread=False)
        self._writer.execute("PRAGMA journal_mode = WAL")  # readers do not wait for the writer
        self._writer.execute("PRAGMA synchronous = NORMAL")
        self._writer.execute("PRAGMA auto_vacuum = FULL")
        self._writer.execute(_TABLE)
        # Files of earlier versions have no flows.
        if "flows" not in {row[1] for row in self._writer.execute("PRAGMA table_info(days)")}:
            self._writer.execute("ALTER TABLE days ADD COLUMN flows BLOB")
        self._reader = sqlite3.connect(file, timeout=0.0, check_same_thread=False)
        found = self._reader.execute(
            "SELECT market, code, day, slots, last_slot, open, high, low, close, volume, turnover FROM days "
            "WHERE seed = ?",
            (self._seed,),
        )
        for market, code, *fields in found:
            summary = DaySummary(*fields)
            self._index.setdefault(Security(market, code), {})[summary.day] = summary

    def _rows(self, days: Sequence[DayToKeep]) -> Iterator[tuple[object, ...]]:
        for security, summary, minutes in days:
            columns = (minutes.opens, minutes.highs, minutes.lows, minutes.closes, minutes.volumes, minutes.turnovers)
            blob = zlib.compress(b"".join(column.tobytes() for column in columns), _COMPRESSION)
            yield (self._seed, *security, *summary, blob, minutes.flows)

    def _prune(self, connection: sqlite3.Connection) -> None:
        days = [row[0] for row in connection.execute("SELECT DISTINCT day FROM days ORDER BY day DESC")]
        size = connection.execute("PRAGMA page_count").fetchone()[0]
        size *= connection.execute("PRAGMA page_size").fetchone()[0]
        kept = DAYS_KEPT
        if size > MAXIMUM_FILE_BYTES:
            kept = max(1, int(len(days) * MAXIMUM_FILE_BYTES / size))
        if len(days) > kept:
            oldest = days[kept - 1]
            connection.execute("DELETE FROM days WHERE day < ?", (oldest,))
            for summaries in self._index.values():
                for day in [day for day in summaries if day < oldest]:
                    del summaries[day]
