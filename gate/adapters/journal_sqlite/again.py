"""A journal that begins again beside the records of the one before. In a transaction of others.

The tables of records are renamed, so that beginning writes the same however many there are; what the centre may lack
is then carried over piece by piece. ``former`` holds the records of the journal before, ``former_aside`` which of them
were set aside, ``former_journal`` its ULID, the number above which everything is open, and how many records are. These
tables are there only where a journal was begun again: the file's format stays.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from typing import Final

from gate.adapters.journal_sqlite import schema
from gate.ports import Open, RecordKind
from gate.wire import chain

PIECE: Final = 2000
"""Records deleted at once that need not be carried, so that no transaction takes long."""

_CARRIED: Final = (RecordKind.ORDINARY, RecordKind.ALARM)
"""A signed head and an explained hole say something of the chain that they are in, and nothing in another."""
_OF_CARRIED: Final = f"kind IN {tuple(kind.value for kind in _CARRIED)}"
_OPEN: Final = f"(seq > (SELECT above FROM former_journal) OR seq IN (SELECT seq FROM former_aside)) AND {_OF_CARRIED}"  # noqa: S608  (constants)
_BEGIN: Final = (
    "DROP INDEX head",
    "DROP TABLE IF EXISTS former_journal",
    "ALTER TABLE record RENAME TO former",
    "ALTER TABLE aside RENAME TO former_aside",
    *schema.RECORDS,
    "DELETE FROM early",
    """CREATE TABLE former_journal (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        ulid TEXT NOT NULL,
        above INTEGER NOT NULL,
        open INTEGER NOT NULL
    ) STRICT""",
)


def begin(db: sqlite3.Connection, ulid: str, opened_with: int) -> None:
    """Give the journal a new ULID and no records. ``opened_with``: what is above this number is open in any case."""
    former, upto = db.execute("SELECT ulid, confirmed_to FROM journal").fetchone()
    for statement in _BEGIN:
        db.execute(statement)
    db.execute("INSERT INTO former_journal VALUES (1, ?, ?, 0)", (former, min(upto, opened_with)))
    db.execute(f"UPDATE former_journal SET open = (SELECT count(*) FROM former WHERE {_OPEN})")  # noqa: S608  (a constant)
    db.execute(
        "UPDATE journal SET ulid = ?, last_seq = 0, head = ?, confirmed_to = 0, unconfirmed = 0, signed_seq = 0",
        (ulid, chain.first_prev(ulid)),
    )


def former(db: sqlite3.Connection) -> str | None:
    """The ULID of the journal before."""
    if not _has(db, "former_journal"):
        return None
    (ulid,) = db.execute("SELECT ulid FROM former_journal").fetchone()
    return str(ulid)


def open_count(db: sqlite3.Connection) -> int:
    """How many records are still to be carried over."""
    if not _has(db, "former_journal"):
        return 0
    (count,) = db.execute("SELECT open FROM former_journal").fetchone()
    return int(count)


def open_records(db: sqlite3.Connection, limit: int) -> tuple[Open, ...]:
    """The oldest of them."""
    if not _has(db, "former"):
        return ()
    rows = db.execute(
        f"SELECT seq, feed, kind, at_ms, body FROM former WHERE {_OPEN} ORDER BY seq LIMIT ?",  # noqa: S608  (a constant)
        (limit,),
    )
    return tuple(Open(seq, feed, RecordKind(kind), _time(at_ms), bytes(body)) for seq, feed, kind, at_ms, body in rows)


def carried(db: sqlite3.Connection, up_to: int) -> bool:
    """Those up to this number are carried: delete them, and a piece of what need not be; whether any are left."""
    if not _has(db, "former"):
        return False
    gone = db.execute(f"DELETE FROM former WHERE seq <= ? AND {_OPEN}", (up_to,)).rowcount  # noqa: S608  (a constant)
    db.execute("UPDATE former_journal SET open = open - ?", (gone,))
    rows = db.execute(f"SELECT seq FROM former WHERE NOT ({_OPEN}) ORDER BY seq LIMIT ?", (PIECE,)).fetchall()  # noqa: S608  (a constant)
    db.execute(
        "DELETE FROM former WHERE seq IN (SELECT value FROM json_each(?))", (json.dumps([seq for (seq,) in rows]),)
    )
    if db.execute("SELECT 1 FROM former LIMIT 1").fetchone():
        return True
    db.execute("DROP TABLE former")
    db.execute("DROP TABLE former_aside")
    return False


def _has(db: sqlite3.Connection, table: str) -> bool:
    return db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)).fetchone() is not None


def _time(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
