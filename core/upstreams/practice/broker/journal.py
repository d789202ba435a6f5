"""The broker's memory on disk: records go in as they happen, and nobody is told of one before it is kept.

Everything put between two turns of the event loop is one piece: it is on disk whole or not at all. One thread writes;
what comes while it commits goes into the next commit together.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core.model.errors import UserFacingError
from core.upstreams.practice.broker.records import (
    AccountReset,
    FillRecord,
    LedgerEntry,
    OrderEvent,
    OrderRecord,
    Record,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, PoolProxiedConnection

    from core.upstreams.practice.broker.journal_tables import RecordTable

log = logging.getLogger(__name__)

MOST_WAITING: Final = 50_000
"""Records that may wait for the disk; the broker takes no new orders beyond."""

_IDS_AT_ONCE: Final = 1_000  # reserved on disk before they are given out
_RETRY_SECONDS: Final = 1.0
_CLOSE_SECONDS: Final = 5.0
_TIME_LINES_READ: Final = 2_000  # orders whose time lines are read again at a start
_FIRST_ID: Final = {"order": 9_000_000_000_001, "fill": 9_100_000_000_001, "entry": 9_200_000_000_001}
SCHEMA_VERSION: Final = 1


@dataclass(slots=True)
class JournalContents:
    """What an earlier run left: orders by id in rising order, all else in the order it happened."""

    orders: dict[int, OrderRecord] = field(default_factory=dict)
    fills: list[FillRecord] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    events: list[OrderEvent] = field(default_factory=list)
    resets: list[AccountReset] = field(default_factory=list)


class Journal:
    """Keeps records. `open` first, in a thread; `put` and `kept` belong to the event loop's thread."""

    def __init__(self, url: str | None) -> None:
        """Store. `url` names a database as SQLAlchemy does, such as sqlite:////path; None keeps nothing."""
        self._url = url
        self._engine: Engine | None = None
        self._waiting: list[Record] = []  # of this turn of the loop
        # Complete pieces, for the writer; None ends it. Bounded by `is_behind`.
        self._pieces: queue.SimpleQueue[list[Record] | None] = queue.SimpleQueue()
        self._written_count = 0
        self._is_flush_due = False
        self._writer: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._put_count = 0
        self._kept_count = 0
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._failure = ""
        self._stored_orders: set[int] = set()
        self._event_number = 0
        self._reset_number = 0
        self._next = dict(_FIRST_ID)
        self._reserved = dict(_FIRST_ID)

    def open(self) -> JournalContents:
        """Open or make the database and read it. Blocks. Raises UserFacingError(journal_unreadable)."""
        if self._url is None:
            return JournalContents()
        from sqlalchemy.exc import SQLAlchemyError

        try:
            return self._open(self._url)
        except (SQLAlchemyError, OSError, ValueError, TypeError) as error:
            if self._engine is not None:
                self._engine.dispose()
            raise UserFacingError("journal_unreadable", reason=str(error).splitlines()[0]) from error

    def next_id(self, kind: str) -> int:
        """Give the next id of an `order`, a `fill` or an `entry`. None is given twice, not after a crash either."""
        number = self._next[kind]
        self._next[kind] = number + 1
        if number >= self._reserved[kind]:
            self._reserved[kind] = number + _IDS_AT_ONCE
            if self._url is not None:
                self._append((_Reservation(kind, number + _IDS_AT_ONCE),))
        return number

    @property
    def is_behind(self) -> bool:
        """Whether so much waits for the disk that no new orders should be taken."""
        return self._put_count - self._kept_count > MOST_WAITING

    def put(self, *records: Record) -> None:
        """Keep these records, in this order. Never waits."""
        if self._url is not None:
            self._append(records)

    async def kept(self) -> None:
        """Return when everything put so far is on disk. Raises UserFacingError(journal_failed)."""
        if self._kept_count == self._put_count:
            return
        if self._failure:
            raise UserFacingError("journal_failed", reason=self._failure)
        if not self._is_flush_due and self._waiting:
            self._schedule_flush()
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((self._put_count, waiter))
        await waiter

    async def close(self) -> None:
        """Write what is left and close, within a time limit; may be called twice."""
        self._loop = asyncio.get_running_loop()
        self._flush()
        writer, self._writer = self._writer, None
        if writer is not None:
            self._pieces.put(None)
            await asyncio.to_thread(writer.join, _CLOSE_SECONDS)
            if writer.is_alive():
                log.error("the order journal could not be written in time: %s", self._failure or "the disk is slow")
        if self._engine is not None:
            self._engine.dispose()

    # -- on the loop

    def _append(self, records: Sequence[Any]) -> None:
        self._waiting.extend(records)
        self._put_count += len(records)
        if not self._is_flush_due:
            self._schedule_flush()

    def _schedule_flush(self) -> None:
        """A piece is complete when the present turn of the loop is over. What is put before there is a loop waits."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._is_flush_due = True
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flush_due = False
        if not self._waiting:
            return
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_all, name="order journal", daemon=True)
            self._writer.start()
        self._pieces.put(self._waiting)
        self._waiting = []

    def _confirm(self, count: int, failure: str) -> None:
        """Called on the loop when the writer is through with a commit, or could not do it."""
        self._failure = failure
        if failure:
            waiters, self._waiters = self._waiters, []
            for _, waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(UserFacingError("journal_failed", reason=failure))
            return
        self._kept_count = count
        while self._waiters and self._waiters[0][0] <= count:
            _, waiter = self._waiters.pop(0)
            if not waiter.done():
                waiter.set_result(None)

    # -- in the writer's thread

    def _write_all(self) -> None:
        assert self._engine is not None, "open before put"
        connection: PoolProxiedConnection | None = None
        left: list[Any] = []
        is_last = False
        while left or not is_last:
            if not left:
                is_last = self._take(left, None)
                continue
            try:
                connection = connection or self._engine.raw_connection()
                self._write(connection, left)
            except Exception as error:  # a full disk, a locked file: said, and tried again
                log.exception("the order journal could not be written")
                if connection is not None:
                    connection.close()
                    connection = None
                self._tell(0, str(error).splitlines()[0])
                if is_last:
                    break
                is_last = self._take(left, _RETRY_SECONDS)
                continue
            self._written_count += len(left)
            left = []
            self._tell(self._written_count, "")
        if connection is not None:
            connection.close()

    def _take(self, left: list[Any], timeout: float | None) -> bool:
        """Wait until there is something to write and add all of it; says whether the writer shall end then."""
        try:
            piece = self._pieces.get(timeout=timeout)
            while piece is not None:
                left += piece
                piece = self._pieces.get_nowait()
        except queue.Empty:
            return False
        return True

    def _tell(self, count: int, failure: str) -> None:
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._confirm, count, failure)
        except RuntimeError:
            pass  # The loop is closed: nobody waits any more.

    def _write(self, connection: PoolProxiedConnection, records: Sequence[Any]) -> None:
        """Write one piece in one transaction. Of an order only its last state counts.

        By the database's own driver: SQLAlchemy's execution would take longer than the driver's.
        """
        orders = {record.order_id: record for record in records if type(record) is OrderRecord}
        tables, statements = self._tables, self._statements
        rows: dict[type, list[tuple[Any, ...]]] = {}
        events, resets = self._event_number, self._reset_number
        marks: dict[str, int] = {}
        for record in records:
            kind = type(record)
            if kind is OrderRecord:
                continue
            if kind is _Reservation:
                marks[record.kind] = record.number
                continue
            row = tables[kind].row(record)
            if kind is OrderEvent:
                events += 1
                row = (events, *row)
            elif kind is AccountReset:
                resets += 1
                row = (resets, *row)
            rows.setdefault(kind, []).append(row)
        fresh: list[tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        for order_id, order in orders.items():
            row = tables[OrderRecord].row(order)
            if order_id in self._stored_orders:
                changed.append((*row[1:], order_id))
            else:
                fresh.append(row)
        cursor = connection.cursor()
        if fresh:
            cursor.executemany(statements[OrderRecord], fresh)
        if changed:
            cursor.executemany(self._update_order, changed)
        for kind, values in rows.items():
            cursor.executemany(statements[kind], values)
        if marks:
            cursor.executemany(self._update_mark, [(number, name) for name, number in marks.items()])
        connection.commit()
        cursor.close()
        self._stored_orders.update(orders)
        self._event_number, self._reset_number = events, resets

    # -- opening

    def _open(self, url: str) -> JournalContents:
        from sqlalchemy import BigInteger, Column, Table, Text, create_engine, event, select

        from core.upstreams.practice.broker.journal_tables import record_tables

        self._engine = create_engine(url, hide_parameters=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
        metadata, self._tables = record_tables()
        marks = metadata.tables.get("id_marks")
        if marks is None:
            marks = Table("id_marks", metadata, Column("kind", Text, primary_key=True), Column("number", BigInteger))
        self._marks = marks
        metadata.create_all(self._engine)
        self._make_statements(self._engine)
        contents = JournalContents()
        with self._engine.begin() as connection:
            stored: dict[str, int] = {row.kind: row.number for row in connection.execute(select(self._marks))}
            version = stored.setdefault("version", SCHEMA_VERSION)
            if version != SCHEMA_VERSION:
                raise ValueError(f"it was written by another version (schema {version}, this one has {SCHEMA_VERSION})")
            for kind, number in {**_FIRST_ID, "version": SCHEMA_VERSION, **stored}.items():
                if kind in self._next:
                    self._next[kind] = self._reserved[kind] = number
                known = connection.execute(select(self._marks).where(self._marks.c.kind == kind)).first()
                if known is None:
                    connection.execute(self._marks.insert().values(kind=kind, number=number))
            for order in self._read(connection, OrderRecord):
                contents.orders[order.order_id] = order
            contents.fills = self._read(connection, FillRecord)
            contents.entries = self._read(connection, LedgerEntry)
            newest = list(contents.orders)[-_TIME_LINES_READ:]
            contents.events = self._read(connection, OrderEvent, newest[0] if newest else 0)
            contents.resets = self._read(connection, AccountReset)
            self._event_number = self._last_number(connection, OrderEvent)
            self._reset_number = len(contents.resets)
        self._stored_orders = set(contents.orders)
        return contents

    def _read(self, connection: Connection, kind: type, first_order: int | None = None) -> list[Any]:
        """Read a table by rising number, from `first_order` on if given."""
        from sqlalchemy import select

        table: RecordTable = self._tables[kind]
        number = next(iter(table.table.primary_key))
        columns = [column for column in table.table.columns if table.key is not None or column is not number]
        statement = select(*columns).order_by(number)
        if first_order is not None:
            statement = statement.where(table.table.c.order_id >= first_order)
        return [table.record_of(row) for row in connection.execute(statement)]

    def _last_number(self, connection: Connection, kind: type) -> int:
        from sqlalchemy import func, select

        number = next(iter(self._tables[kind].table.primary_key))
        return connection.execute(select(func.max(number))).scalar() or 0

    def _make_statements(self, engine: Engine) -> None:
        """Compile the statements once: building them for each order would cost more than running them."""
        from sqlalchemy import bindparam, insert, update

        self._statements = {
            kind: str(insert(table.table).compile(dialect=engine.dialect)) for kind, table in self._tables.items()
        }
        orders = self._tables[OrderRecord].table
        key = orders.c.order_id
        changed: dict[str, Any] = {
            column.name: bindparam(column.name) for column in orders.columns if column is not key
        }
        statement = update(orders).where(key == bindparam("which")).values(changed)
        self._update_order = str(statement.compile(dialect=engine.dialect))
        mark = update(self._marks).where(self._marks.c.kind == bindparam("which")).values(number=bindparam("new"))
        self._update_mark = str(mark.compile(dialect=engine.dialect))


@dataclass(frozen=True, slots=True)
class _Reservation:
    """Ids below `number` may have been given out."""

    kind: str
    number: int


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Write ahead, and wait for the disk at each commit: what was confirmed survives a power cut, too."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
