"""The centre's database in SQLite: one file, for one machine with one or a few ingest workers.

Rules: a batch is one transaction with FULL sync; a journal's progress is worked out in it, so that it is true whoever
else writes. What a gate says it gave up is not waited for. A database of another program, or of a later version,
is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gate.central import given_up
from gate.central.arrivals import Arrived, Journal, Wrong
from gate.central.given_up import Hole, Range
from gate.central.store import Progress, Saved, StoreError
from gate.wire import chain

APPLICATION_ID: Final = 0x67636E74
"""``gcnt``, in the file's header."""
SCHEMA_VERSION: Final = 1
KEPT_WRONG: Final = 10_000
"""Messages that are set apart; of more only the newest are kept."""

_BUSY_S: Final = 10.0
_MODE: Final = 0o600
_PAGE: Final = 500
_SCHEMA: Final = (
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        ulid TEXT NOT NULL,
        whole_to INTEGER NOT NULL DEFAULT 0,
        head TEXT NOT NULL,
        highest INTEGER NOT NULL DEFAULT 0,
        broken_at INTEGER,
        UNIQUE (source, ulid)
    ) STRICT""",
    """CREATE TABLE event (
        journal INTEGER NOT NULL REFERENCES journal (id),
        seq INTEGER NOT NULL,
        type TEXT NOT NULL,
        at TEXT NOT NULL,
        arrived TEXT NOT NULL,
        prev TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (journal, seq)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE wrong (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        arrived TEXT NOT NULL,
        topic TEXT NOT NULL,
        problem TEXT NOT NULL
    ) STRICT""",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
_INDEX: Final = f"CREATE INDEX IF NOT EXISTS given_up ON event (journal, seq) WHERE type = '{given_up.TYPE}'"
_GIVEN_UP: Final = f"SELECT body FROM event WHERE journal = ? AND seq > ? AND type = '{given_up.TYPE}'"  # noqa: S608  (a constant)


class SqliteStore:
    """``store.Store`` in a file. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _explained(path):
            path.touch(mode=_MODE)
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            with _explained(path):
                _prepare(self._db, path)
        except BaseException:
            self._db.close()
            raise

    def save(self, arrived: Sequence[Arrived], wrong: Sequence[Wrong], now: datetime) -> Saved:
        told = _written(now)
        with _explained(self._path), self._transaction():
            ids = {one.journal: self._id(one.journal) for one in arrived}
            new, again, changed = self._insert(arrived, ids, told)
            self._set_apart([*wrong, *changed], told)
            progress = {journal: self._advance(id_) for journal, id_ in ids.items()}
        return Saved(new, again, len(changed), progress)

    def journals(self) -> Mapping[Journal, Progress]:
        with _explained(self._path):
            rows = self._db.execute("SELECT source, ulid, whole_to, highest, broken_at FROM journal ORDER BY id")
            return {Journal(source, ulid): Progress(*rest) for source, ulid, *rest in rows}

    def gaps(self, journal: Journal) -> Sequence[tuple[int, int]]:
        with _explained(self._path):
            rows = self._db.execute(
                """SELECT before + 1, seq - 1 FROM (
                    SELECT seq, lag(seq, 1, whole_to) OVER (ORDER BY seq) AS before
                    FROM event JOIN journal ON journal.id = event.journal
                    WHERE source = ? AND ulid = ? AND seq > whole_to
                ) WHERE seq > before + 1 ORDER BY seq""",
                (journal.source, journal.ulid),
            )
            return [(int(first), int(last)) for first, last in rows]

    def bodies(self, journal: Journal, after_seq: int = 0) -> Iterator[tuple[int, bytes]]:
        while page := self._page(journal, after_seq):
            yield from page
            after_seq = page[-1][0]

    def wrong(self) -> int:
        with _explained(self._path):
            (count,) = self._db.execute("SELECT count(*) FROM wrong").fetchone()
        return int(count)

    def close(self) -> None:
        self._db.close()

    def _page(self, journal: Journal, after_seq: int) -> list[tuple[int, bytes]]:
        with _explained(self._path):
            rows = self._db.execute(
                """SELECT seq, body FROM event
                WHERE journal = (SELECT id FROM journal WHERE source = ? AND ulid = ?) AND seq > ?
                ORDER BY seq LIMIT ?""",
                (journal.source, journal.ulid, after_seq, _PAGE),
            )
            return [(int(seq), bytes(body)) for seq, body in rows]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _id(self, journal: Journal) -> int:
        names = (journal.source, journal.ulid)
        self._db.execute(
            "INSERT OR IGNORE INTO journal (source, ulid, head) VALUES (?, ?, ?)",
            (*names, chain.first_prev(journal.ulid)),
        )
        (found,) = self._db.execute("SELECT id FROM journal WHERE source = ? AND ulid = ?", names).fetchone()
        return int(found)

    def _insert(
        self, arrived: Sequence[Arrived], ids: Mapping[Journal, int], told: str
    ) -> tuple[int, int, list[Wrong]]:
        new, again, changed = 0, 0, []
        for one in arrived:
            row = (ids[one.journal], one.seq, one.type, _written(one.at), told, one.prev, one.body)
            done = self._db.execute("INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            if done.rowcount:
                new += 1
            elif self._body(ids[one.journal], one.seq) == one.body:
                again += 1
            else:
                problem = f"{one.seq} of journal {one.journal.ulid} is kept already with other content"
                changed.append(Wrong(one.journal.source, problem))
        return new, again, changed

    def _body(self, id_: int, seq: int) -> bytes:
        (body,) = self._db.execute("SELECT body FROM event WHERE journal = ? AND seq = ?", (id_, seq)).fetchone()
        return bytes(body)

    def _set_apart(self, wrong: Sequence[Wrong], told: str) -> None:
        rows = [(told, one.topic, one.problem) for one in wrong]
        self._db.executemany("INSERT INTO wrong (arrived, topic, problem) VALUES (?, ?, ?)", rows)
        if rows:
            self._db.execute("DELETE FROM wrong WHERE id <= (SELECT max(id) FROM wrong) - ?", (KEPT_WRONG,))

    def _advance(self, id_: int) -> Progress:
        """Move a journal's progress over everything that is there now, checking the chain on the way."""
        whole_to, head, broken_at = self._db.execute(
            "SELECT whole_to, head, broken_at FROM journal WHERE id = ?", (id_,)
        ).fetchone()
        rows = self._db.execute(
            "SELECT seq, prev, body FROM event WHERE journal = ? AND seq > ? ORDER BY seq", (id_, whole_to)
        )
        for seq, prev, body in rows:
            found = self._hole(id_, Range(whole_to + 1, seq - 1, head, prev))
            if found is Hole.OPEN:
                break
            if found is Hole.CHANGED and broken_at is None:
                broken_at = seq
            whole_to, head = seq, chain.digest(bytes(body))
        (highest,) = self._db.execute("SELECT max(seq) FROM event WHERE journal = ?", (id_,)).fetchone()
        self._db.execute(
            "UPDATE journal SET whole_to = ?, head = ?, highest = ?, broken_at = ? WHERE id = ?",
            (whole_to, head, highest, broken_at, id_),
        )
        return Progress(whole_to, highest, broken_at)

    def _hole(self, id_: int, hole: Range) -> Hole:
        """What is known of the records between two that are there; between neighbours only the chain is looked at."""
        if hole.last < hole.first:
            return Hole.GIVEN_UP if hole.prev == hole.head else Hole.CHANGED
        rows = self._db.execute(_GIVEN_UP, (id_, hole.last))
        return given_up.look([one for (body,) in rows for one in given_up.ranges(bytes(body))], hole)


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    (application,), (version,) = (
        db.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
    )
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables == 0:
        db.execute("BEGIN EXCLUSIVE")
        for statement in _SCHEMA:
            db.execute(statement)
        db.execute("COMMIT")
    elif application != APPLICATION_ID:
        raise StoreError(f"{path} is the database of another program: name another file")
    elif version != SCHEMA_VERSION:
        raise StoreError(f"{path} was made by another version of gate ({version}, not {SCHEMA_VERSION}): use that one")
    db.execute(_INDEX)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        advice = "check the disk, and that the user of the centre may write there"
        raise StoreError(f"the centre's database {path} cannot be used: {error}; {advice}") from error
