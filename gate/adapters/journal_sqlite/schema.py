"""The form of the journal's file: made new, brought up from an older one in one transaction, or refused.

``record`` holds the chain. A record is confirmed when its number is at most ``journal.confirmed_to``, or it is in
``early``; unless it is in ``aside``: because nobody takes it (``back`` is 0), to be tried again (1), or because the
centre asked for it again (2). So a confirmation changes one row, not every record that it is about.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from ulid import ULID

from gate.adapters.journal_sqlite.files import sync_folder
from gate.adapters.journal_sqlite.transactions import ASIDE, Transactions
from gate.ports import AdapterError, DiskError
from gate.wire import chain

APPLICATION_ID: Final = 0x67617465
"""``gate`` in ASCII, in the file's header: another program's database is never taken for a journal."""
SCHEMA_VERSION: Final = 2

_LARGEST_LOG: Final = 4 * 1024 * 1024
"""What the write-ahead log is cut to, after a large transaction."""

SYNCHRONOUS: Final = "FULL"
"""Every commit is on the disk before it returns."""
_PAGE_BYTES: Final = 1024
"""A commit writes three or four pages: about the 4 KiB that a card writes at least."""

RECORDS: Final = (
    """CREATE TABLE record (
        seq INTEGER PRIMARY KEY,
        feed TEXT NOT NULL,
        kind INTEGER NOT NULL,
        at_ms INTEGER,
        body BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX head ON record (seq) WHERE kind = 2",
    """CREATE TABLE aside (
        seq INTEGER PRIMARY KEY,
        reason TEXT NOT NULL,
        back INTEGER NOT NULL DEFAULT 0 CHECK (back IN (0, 1, 2))
    ) STRICT""",
)
"""What is made anew when a journal begins again."""

_TABLES: Final = (
    """CREATE TABLE journal (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        ulid TEXT NOT NULL,
        last_seq INTEGER NOT NULL,
        head TEXT NOT NULL,
        confirmed_to INTEGER NOT NULL,
        unconfirmed INTEGER NOT NULL,
        signed_seq INTEGER NOT NULL,
        memory BLOB
    ) STRICT""",
    *RECORDS,
    "CREATE TABLE early (seq INTEGER PRIMARY KEY) STRICT",
)

_FROM_1: Final = (
    "DROP INDEX unconfirmed",
    "ALTER TABLE journal RENAME TO journal_1",
    "ALTER TABLE record RENAME TO record_1",
    *_TABLES,
    """INSERT INTO record SELECT seq, feed,
        CASE WHEN json_valid(CAST(body AS TEXT)) THEN
            coalesce(json_extract(CAST(body AS TEXT), '$.type') LIKE 'gate.alarm.%', 0) ELSE 0 END,
        CASE WHEN json_valid(CAST(body AS TEXT)) THEN
            unixepoch(json_extract(CAST(body AS TEXT), '$.time')) * 1000 END,
        body FROM record_1""",
    """INSERT INTO journal SELECT 1, ulid, last_seq, head,
        coalesce((SELECT min(seq) FROM record_1 WHERE confirmed = 0) - 1, last_seq),
        (SELECT count(*) FROM record_1 WHERE confirmed = 0), 0, memory FROM journal_1""",
    """INSERT INTO early SELECT seq FROM record_1
        WHERE confirmed = 1 AND seq > (SELECT confirmed_to FROM journal)""",
    "DROP TABLE record_1",
    "DROP TABLE journal_1",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
"""From version 1, which had a column ``confirmed`` in each record. Before heads were signed: ``signed_seq`` is 0."""


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Leave a journal that is there alone, or bring it up to this version; make one where there is none."""
    empty = not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] and not _pragma(db, "application_id")
    if not empty:
        refuse_foreign(db, path, oldest=1)
    else:
        db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
    db.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG}")
    if empty:
        _create(db)
    elif _pragma(db, "user_version") == 1:
        with Transactions(db).durable():
            _all(db, _FROM_1)
    # Now the file's name is durable, and the rollback journal of the change to WAL is gone for good, which would undo
    # everything if it came back. At every start, as a cut may have come before this line.
    sync_folder(path.parent)


def refuse_foreign(db: sqlite3.Connection, path: Path, oldest: int = SCHEMA_VERSION) -> None:
    """Raise ``AdapterError`` for what is no journal, or one of a version that is not known."""
    if _pragma(db, "application_id") != APPLICATION_ID:
        raise AdapterError(f"{path} is the database of another program: change journal.path to a file of its own")
    version = _pragma(db, "user_version")
    if version > SCHEMA_VERSION or version < 1:
        raise AdapterError(
            f"the journal {path} has format {version}, this gate knows {SCHEMA_VERSION}: install the gate that wrote it"
        )
    if version < oldest:
        raise AdapterError(
            f"the journal {path} has the older format {version}: start the service once, which brings it up to date"
        )


def identify(db: sqlite3.Connection) -> str:
    """The journal's ULID."""
    row = db.execute("SELECT ulid FROM journal").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("the journal's own row is missing")
    return str(row[0])


def check_tail(db: sqlite3.Connection, path: Path) -> None:
    """The newest record must be there, and be the one that the next record is going to name."""
    last_seq, head = db.execute("SELECT last_seq, head FROM journal").fetchone()
    newest = db.execute("SELECT seq, body FROM record ORDER BY seq DESC LIMIT 1").fetchone()
    seq, body = newest or (0, b"")
    if seq < last_seq:
        raise DiskError(
            f"the journal {path} was altered: its records end with {seq}, but {last_seq} was committed; {ASIDE}"
        )
    if seq > last_seq or (newest is not None and chain.digest(bytes(body)) != head):
        raise DiskError(f"the journal {path} was altered: record {seq} is not the one committed last; {ASIDE}")


def _create(db: sqlite3.Connection) -> None:
    ulid = str(ULID())
    with Transactions(db).durable():
        _all(db, (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {SCHEMA_VERSION}", *_TABLES))
        db.execute("INSERT INTO journal VALUES (1, ?, 0, ?, 0, 0, 0, NULL)", (ulid, chain.first_prev(ulid)))


def _all(db: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        db.execute(statement)


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])
