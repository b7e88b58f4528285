"""Reads a journal without touching it, also while a service writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gate.adapters.journal_sqlite import schema, space
from gate.adapters.journal_sqlite.files import BUSY_S
from gate.adapters.journal_sqlite.transactions import explained
from gate.ports import AdapterError, Aside, JournalFigures, Record

_PAGE: Final = 500


class JournalReader:
    """Use as a context manager. Raises ``AdapterError`` for what is no journal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.is_file():
            raise AdapterError(f"there is no journal at {path}: give the path that journal.path has")
        with explained(path, "open"):
            self._connection = _open(path)
        try:
            with explained(path, "read"):
                schema.refuse_foreign(self._connection, path)
                self.ulid: Final[str] = schema.identify(self._connection)
        except BaseException:
            self.close()
            raise

    def records(self, after_seq: int = 0, to_seq: int | None = None) -> Iterator[Record]:
        """All records in order, read page by page, so that a long journal needs little memory."""
        while page := self._page(after_seq, to_seq):
            yield from page
            after_seq = page[-1].seq

    @contextmanager
    def still(self) -> Iterator[None]:
        """See the journal as it is now, whatever the service does meanwhile."""
        with explained(self._path, "read"):
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.rollback()

    def newest(self, limit: int) -> tuple[Record, ...]:
        """The newest records, the newest first."""
        with explained(self._path, "read"):
            rows = self._connection.execute("SELECT seq, feed, body FROM record ORDER BY seq DESC LIMIT ?", (limit,))
            return tuple(Record(seq, feed, bytes(body)) for seq, feed, body in rows)

    def memory(self) -> bytes | None:
        """What the access point remembers."""
        with explained(self._path, "read"):
            (memory,) = self._connection.execute("SELECT memory FROM journal").fetchone()
        return None if memory is None else bytes(memory)

    def backlog(self) -> int:
        """How many records nobody has confirmed yet."""
        return self.figures().depth

    def figures(self) -> JournalFigures:
        """How things stand; the budget is the service's, and not known here."""
        with explained(self._path, "read"):
            return space.figures(self._connection, None)

    def asides(self) -> tuple[Aside, ...]:
        """The records that nobody takes."""
        with explained(self._path, "read"):
            rows = self._connection.execute("SELECT seq, reason FROM aside WHERE back = 0 ORDER BY seq")
            return tuple(Aside(seq, reason) for seq, reason in rows)

    def count(self) -> dict[str, int]:
        """How many records there are of each feed. Looks at all of them."""
        with explained(self._path, "read"):
            rows = self._connection.execute("SELECT feed, count(*) FROM record GROUP BY feed ORDER BY feed")
            return dict(rows.fetchall())

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _page(self, after_seq: int, to_seq: int | None) -> tuple[Record, ...]:
        with explained(self._path, "read"):
            rows = self._connection.execute(
                "SELECT seq, feed, body FROM record WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
                (after_seq, 2**62 if to_seq is None else to_seq, _PAGE),
            )
            return tuple(Record(seq, feed, bytes(body)) for seq, feed, body in rows)


def _open(path: Path) -> sqlite3.Connection:
    """Read-only; a file on a read-only disk that nobody has open is read as it is."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        log = path.with_name(path.name + "-wal")
        connection.close()
        if log.exists() and log.stat().st_size:
            raise
        return sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
