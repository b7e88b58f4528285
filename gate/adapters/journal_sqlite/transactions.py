"""All or nothing, and errors that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gate.ports import DiskError

ASIDE: Final = "keep the file for the centre and move it aside, then a new journal is begun"


MOST_HELD: Final = 50
"""Steps that may wait for a transaction that is synced."""


class Transactions:
    """All or nothing, in two strengths; an error of any kind takes the step back and goes on up.

    ``held`` steps cost no write of their own: they stay in an open transaction, seen by this connection alone, until a
    ``durable`` step is synced with them. A kill or a failing disk may lose them, all at once.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._held = 0

    @contextmanager
    def durable(self) -> Iterator[None]:
        """On the disk when it ends, with everything that was held."""
        with self._step():
            yield
        self.flush()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Not on the disk yet; with many others it is."""
        with self._step():
            yield
        self._held += 1
        if self._held >= MOST_HELD:
            self.flush()

    def flush(self) -> None:
        """Write and sync what is held."""
        if not self._db.in_transaction:
            return
        try:
            self._db.execute("COMMIT")
        except BaseException:
            self._back()
            raise
        self._held = 0

    @contextmanager
    def _step(self) -> Iterator[None]:
        if not self._db.in_transaction:
            self._held = 0
            self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute("SAVEPOINT step")
            yield
            self._db.execute("RELEASE step")
        except sqlite3.Error:
            self._back()  # SQLite may have taken everything back already
            raise
        except BaseException:
            self._db.execute("ROLLBACK TO step")
            self._db.execute("RELEASE step")
            raise

    def _back(self) -> None:
        self._held = 0
        if self._db.in_transaction:
            self._db.rollback()


@contextmanager
def explained(path: Path, verb: str) -> Iterator[None]:
    """Turn an error of SQLite into one that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise DiskError(f"cannot {verb} the journal {path}: {error}; {_advice(error)}") from error
    except OSError as error:
        raise DiskError(f"cannot {verb} the journal {path}: {error.strerror}; look at its folder") from error


def _advice(error: sqlite3.Error) -> str:
    whole = getattr(error, "sqlite_errorcode", 0)
    code = whole & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT) or not isinstance(error, sqlite3.OperationalError):
        return ASIDE
    if code == sqlite3.SQLITE_FULL or whole == sqlite3.SQLITE_IOERR_SHMSIZE:
        return "free some space on its disk"
    return "look at its disk, its folder and their permissions"
