"""The journal in SQLite: a durable, gapless, hash-chained record that survives a kill at any moment.

Nothing is remembered here between two calls: number and head of the chain are read in the transaction that uses them,
so a failed commit leaves nothing to repair. Records are synced to the disk (FULL) before ``commit`` returns;
confirmations are not (NORMAL), as losing one only means that a record is sent again.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from ulid import ULID

from gate.ports import AdapterError, Entry, Record, Slot
from gate.wire import chain

APPLICATION_ID: Final = 0x67617465
"""``gate`` in ASCII, in the file's header: another program's database is never taken for a journal."""
SCHEMA_VERSION: Final = 1

_BUSY_S: Final = 2.0
_MODE: Final = 0o600
_PAGE: Final = 500
_ASIDE: Final = "keep the file for the centre and move it aside, then a new journal is begun"

_SCHEMA: Final = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
    """CREATE TABLE journal (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        ulid TEXT NOT NULL,
        last_seq INTEGER NOT NULL,
        head TEXT NOT NULL,
        memory BLOB
    ) STRICT""",
    """CREATE TABLE record (
        seq INTEGER PRIMARY KEY,
        feed TEXT NOT NULL,
        body BLOB NOT NULL,
        confirmed INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1))
    ) STRICT""",
    "CREATE INDEX unconfirmed ON record (seq) WHERE confirmed = 0",
)


class SqliteJournal:
    """One gate's journal. Used by one thread at a time; a second service on the same file is refused.

    Opening checks the end of the chain. Every error is an ``AdapterError`` that says what to do.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._closing = Lock()
        self._lock_fd: int | None = _lock(path)
        self._connection: sqlite3.Connection | None = None
        try:
            with _explained(path, "open"):
                self._connection = _connect(path)
                _prepare(self._connection, path)
                self.ulid: Final[str] = _identify(self._connection)
                _check_tail(self._connection, path)
        except BaseException:
            self.close()
            raise

    def memory(self) -> bytes | None:
        with _explained(self._path, "read"):
            (memory,) = self._db().execute("SELECT memory FROM journal").fetchone()
        return None if memory is None else bytes(memory)

    def commit(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        db = self._db()
        with _explained(self._path, "write"), _transaction(db, synchronous="FULL"):
            seq, head = db.execute("SELECT last_seq, head FROM journal").fetchone()
            for entry in entries:
                seq += 1
                body = entry.build(Slot(self.ulid, seq, head))
                db.execute("INSERT INTO record (seq, feed, body) VALUES (?, ?, ?)", (seq, entry.feed, body))
                head = chain.digest(body)
            db.execute("UPDATE journal SET last_seq = ?, head = ?, memory = ?", (seq, head, entries[-1].memory))

    def unconfirmed(self, after_seq: int, limit: int, without: frozenset[str] = frozenset()) -> tuple[Record, ...]:
        with _explained(self._path, "read"):
            rows = self._db().execute(
                "SELECT seq, feed, body FROM record WHERE confirmed = 0 AND seq > ? "
                "AND feed NOT IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?",
                (after_seq, json.dumps(list(without)), limit),
            )
            return tuple(Record(seq, feed, bytes(body)) for seq, feed, body in rows)

    def newest(self, limit: int) -> tuple[Record, ...]:
        with _explained(self._path, "read"):
            rows = self._db().execute("SELECT seq, feed, body FROM record ORDER BY seq DESC LIMIT ?", (limit,))
            return tuple(Record(seq, feed, bytes(body)) for seq, feed, body in rows)

    def backlog(self) -> int:
        with _explained(self._path, "read"):
            (count,) = self._db().execute("SELECT count(*) FROM record WHERE confirmed = 0").fetchone()
        return int(count)

    def confirm(self, seqs: Sequence[int]) -> None:
        if not seqs:
            return
        db = self._db()
        with _explained(self._path, "write"), _transaction(db, synchronous="NORMAL"):
            db.executemany("UPDATE record SET confirmed = 1 WHERE seq = ?", [(seq,) for seq in seqs])

    def unconfirm(self, first: int, last: int) -> int:
        db = self._db()
        with _explained(self._path, "write"), _transaction(db, synchronous="FULL"):
            db.execute("UPDATE record SET confirmed = 0 WHERE seq BETWEEN ? AND ? AND confirmed", (first, last))
            (count,) = db.execute("SELECT changes()").fetchone()
        return int(count)

    def close(self) -> None:
        with self._closing:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            if self._lock_fd is not None:
                os.close(self._lock_fd)
                self._lock_fd = None

    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise AdapterError(f"the journal {self._path} is closed")
        return self._connection


class JournalReader:
    """Reads a journal without touching it, also while a service writes it. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.is_file():
            raise AdapterError(f"there is no journal at {path}: give the path that journal.path has")
        with _explained(path, "open"):
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None)
        try:
            with _explained(path, "read"):
                _refuse_foreign(self._connection, path)
                self.ulid: Final[str] = _identify(self._connection)
        except BaseException:
            self.close()
            raise

    def records(self, after_seq: int = 0) -> Iterator[Record]:
        """All records in order, read page by page, so that a long journal needs little memory."""
        while page := self._page(after_seq):
            yield from page
            after_seq = page[-1].seq

    def memory(self) -> bytes | None:
        with _explained(self._path, "read"):
            (memory,) = self._connection.execute("SELECT memory FROM journal").fetchone()
        return None if memory is None else bytes(memory)

    def backlog(self) -> int:
        """How many records nobody has confirmed yet."""
        with _explained(self._path, "read"):
            (count,) = self._connection.execute("SELECT count(*) FROM record WHERE confirmed = 0").fetchone()
        return int(count)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _page(self, after_seq: int) -> tuple[Record, ...]:
        with _explained(self._path, "read"):
            rows = self._connection.execute(
                "SELECT seq, feed, body FROM record WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, _PAGE)
            )
            return tuple(Record(seq, feed, bytes(body)) for seq, feed, body in rows)


def _lock(path: Path) -> int:
    """Hold ``<path>.lock`` for this process. It ends with the process, so a kill leaves nothing to clean up."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
    except OSError as error:
        raise AdapterError(
            f"cannot use the folder of the journal {path}: {error.strerror}; "
            "create the folder, let the service's user write in it, or change journal.path"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise AdapterError(
            f"another service uses the journal {path}: stop that one, or give this one its own journal.path"
        ) from error
    return descriptor


def _connect(path: Path) -> sqlite3.Connection:
    if not path.exists():
        # SQLite gives its side files the mode of the main file, so the first one decides.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE))
    # The thread that opens is not the thread that records, but there is only ever one at a time.
    return sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """Leave a journal that is there alone; make one where there is none."""
    empty = not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] and not _pragma(db, "application_id")
    if not empty:
        _refuse_foreign(db, path)
    db.execute("PRAGMA journal_mode = WAL")
    if empty:
        _create(db)
        _sync_folder(path.parent)


def _create(db: sqlite3.Connection) -> None:
    ulid = str(ULID())
    with _transaction(db, synchronous="FULL"):
        for statement in _SCHEMA:
            db.execute(statement)
        db.execute("INSERT INTO journal VALUES (1, ?, 0, ?, NULL)", (ulid, chain.first_prev(ulid)))


def _sync_folder(folder: Path) -> None:
    """Make the new file's name durable too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_foreign(db: sqlite3.Connection, path: Path) -> None:
    if _pragma(db, "application_id") != APPLICATION_ID:
        raise AdapterError(f"{path} is the database of another program: change journal.path to a file of its own")
    version = _pragma(db, "user_version")
    if version != SCHEMA_VERSION:
        raise AdapterError(
            f"the journal {path} has format {version}, this gate knows {SCHEMA_VERSION}: install the gate that wrote it"
        )


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _identify(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT ulid FROM journal").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("the journal's own row is missing")
    return str(row[0])


def _check_tail(db: sqlite3.Connection, path: Path) -> None:
    """The newest record must be there, and be the one that the next record is going to name."""
    last_seq, head = db.execute("SELECT last_seq, head FROM journal").fetchone()
    newest = db.execute("SELECT seq, body FROM record ORDER BY seq DESC LIMIT 1").fetchone()
    seq, body = newest or (0, b"")
    if seq < last_seq:
        raise AdapterError(
            f"the journal {path} was altered: its records end with {seq}, but {last_seq} was committed; {_ASIDE}"
        )
    if seq > last_seq or (newest is not None and chain.digest(bytes(body)) != head):
        raise AdapterError(f"the journal {path} was altered: record {seq} is not the one committed last; {_ASIDE}")


@contextmanager
def _transaction(db: sqlite3.Connection, synchronous: str) -> Iterator[None]:
    """All or nothing, durable as told. An error of any kind rolls back and goes on up."""
    if db.in_transaction:
        db.rollback()  # an earlier roll-back failed, perhaps with the disk
    db.execute(f"PRAGMA synchronous = {synchronous}")
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.rollback()
        raise


@contextmanager
def _explained(path: Path, verb: str) -> Iterator[None]:
    """Turn an error of SQLite into one that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise AdapterError(f"cannot {verb} the journal {path}: {error}; {_advice(error)}") from error
    except OSError as error:
        raise AdapterError(f"cannot {verb} the journal {path}: {error.strerror}; look at its folder") from error


def _advice(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT) or not isinstance(error, sqlite3.OperationalError):
        return _ASIDE
    if code == sqlite3.SQLITE_FULL:
        return "free some space on its disk"
    return "look at its disk, its folder and their permissions"
