"""All or nothing, and errors that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gate.ports import AdapterError

ASIDE: Final = "keep the file for the centre and move it aside, then a new journal is begun"


@contextmanager
def transaction(db: sqlite3.Connection, synchronous: str) -> Iterator[None]:
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
def explained(path: Path, verb: str) -> Iterator[None]:
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
        return ASIDE
    if code == sqlite3.SQLITE_FULL:
        return "free some space on its disk"
    return "look at its disk, its folder and their permissions"
