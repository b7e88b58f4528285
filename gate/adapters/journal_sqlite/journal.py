"""The journal in SQLite: a durable, gapless, hash-chained record that survives a kill at any moment.

Nothing is remembered here between two calls: number and head of the chain are read in the transaction that uses them,
so a failed commit leaves nothing to repair. Records are synced to the disk (FULL) before ``commit`` returns;
confirmations wait for the next commit, as losing one only means that a record is sent again: they cost no write.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from gate.adapters.journal_sqlite import again, confirming, schema, space
from gate.adapters.journal_sqlite.files import connect, lock
from gate.adapters.journal_sqlite.transactions import Transactions, explained
from gate.ports import (
    AckVerdict,
    AdapterError,
    Aside,
    Dropped,
    Entry,
    JournalFigures,
    Open,
    Record,
    RecordKind,
    Slot,
    Space,
)
from gate.wire import chain


class SqliteJournal:
    """One gate's journal. Used by one thread at a time; a second service on the same file is refused.

    Opening checks the end of the chain. ``budget_bytes`` is what it may take on the disk; None sets no bound. Every
    error is an ``AdapterError`` that says what to do.
    """

    def __init__(self, path: Path, budget_bytes: int | None = None) -> None:
        self._path = path
        self._budget = budget_bytes
        self._closing = Lock()
        self._lock_fd: int | None = lock(path)
        self._connection: sqlite3.Connection | None = None
        try:
            with explained(path, "open"):
                self._connection = connect(path)
                self._transactions = Transactions(self._connection)
                schema.prepare(self._connection, path)
                self._ulid = schema.identify(self._connection)
                schema.check_tail(self._connection, path)
                self._former = again.former(self._connection)
                self._opened_with = space.figures(self._connection, None).last_seq
        except BaseException:
            self.close()
            raise

    @property
    def ulid(self) -> str:
        return self._ulid

    @property
    def former(self) -> str | None:
        return self._former

    def memory(self) -> bytes | None:
        with explained(self._path, "read"):
            (memory,) = self._db().execute("SELECT memory FROM journal").fetchone()
        return None if memory is None else bytes(memory)

    def commit(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        db = self._db()
        with explained(self._path, "write"), self._transactions.durable():
            self._append(db, entries)

    def unconfirmed(self, after_seq: int, limit: int, without: frozenset[str] = frozenset()) -> tuple[Record, ...]:
        with explained(self._path, "read"):
            return confirming.unconfirmed(self._db(), after_seq, limit, without)

    def newest(self, limit: int) -> tuple[Record, ...]:
        return self._records("SELECT seq, feed, body FROM record ORDER BY seq DESC LIMIT ?", (limit,))

    def range(self, from_seq: int, to_seq: int, limit: int) -> tuple[Record, ...]:
        text = "SELECT seq, feed, body FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
        return self._records(text, (from_seq, to_seq, max(0, limit)))

    def backlog(self) -> int:
        with explained(self._path, "read"):
            (count,) = self._db().execute("SELECT unconfirmed FROM journal").fetchone()
            return int(count) + again.open_count(self._db())

    def confirm(self, seqs: Sequence[int]) -> None:
        if not seqs:
            return
        db = self._db()
        with explained(self._path, "write"), self._transactions.held():
            confirming.confirm(db, seqs)

    def confirm_up_to(self, journal: str, seq: int) -> AckVerdict:
        if journal != self.ulid:
            return AckVerdict.OTHER_JOURNAL
        db = self._db()
        with explained(self._path, "write"), self._transactions.held():
            (last,) = db.execute("SELECT last_seq FROM journal").fetchone()
            if seq > last:
                return AckVerdict.BEYOND
            confirming.confirm_up_to(db, seq)
        return AckVerdict.TAKEN

    def unconfirm(self, first: int, last: int) -> int:
        db = self._db()
        with explained(self._path, "write"), self._transactions.durable():
            return confirming.unconfirm(db, first, last)

    def begin_again(self, ulid: str, first: Entry) -> None:
        db = self._db()
        before = self._ulid
        with explained(self._path, "write"):
            try:
                with self._transactions.durable():
                    again.begin(db, ulid, self._opened_with)
                    self._ulid = ulid
                    self._append(db, [first])
            except BaseException:
                self._ulid = before
                raise
        self._former, self._opened_with = before, 0

    def open_records(self, limit: int) -> tuple[Open, ...]:
        with explained(self._path, "read"):
            return again.open_records(self._db(), limit)

    def carry(self, entries: Sequence[Entry], up_to: int) -> bool:
        db = self._db()
        with explained(self._path, "write"), self._transactions.durable():
            self._append(db, entries)
            return again.carried(db, up_to)

    def set_aside(self, seq: int, reason: str) -> None:
        db = self._db()
        with explained(self._path, "write"), self._transactions.held():
            confirming.set_aside(db, seq, reason)

    def asides(self) -> tuple[Aside, ...]:
        with explained(self._path, "read"):
            rows = self._db().execute("SELECT seq, reason FROM aside WHERE back = 0 ORDER BY seq")
            return tuple(Aside(seq, reason) for seq, reason in rows)

    def restore(self, seq: int) -> None:
        db = self._db()
        with explained(self._path, "write"), self._transactions.held():
            db.execute("UPDATE aside SET back = 1 WHERE seq = ?", (seq,))

    def figures(self) -> JournalFigures:
        with explained(self._path, "read"):
            found = space.figures(self._db(), self._budget)
            return replace(found, depth=found.depth + again.open_count(self._db()))

    def forget_before(self, time: datetime) -> int:
        db = self._db()
        with explained(self._path, "write"), self._transactions.durable():
            return space.forget_before(db, time)

    def make_room(self, gap: Callable[[Dropped], Entry]) -> Dropped | None:
        db = self._db()
        with explained(self._path, "write"), self._transactions.durable():
            if space.space_of(space.used_bytes(db), self._budget) is not Space.OVER:
                return None
            if trimmed := space.forget_before(db, None):
                return Dropped((), trimmed, unconfirmed=0, alarms=0)
            dropped = space.choose(db)
            if dropped is not None:
                space.drop(db, dropped)
                self._append(db, [gap(dropped)])
                confirming.settle(db, fewer=dropped.unconfirmed)
            return dropped

    def flush(self) -> None:
        self._db()
        with explained(self._path, "write"):
            self._transactions.flush()

    def close(self) -> None:
        with self._closing:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._transactions.flush()
                self._connection.close()
                self._connection = None
            if self._lock_fd is not None:
                os.close(self._lock_fd)
                self._lock_fd = None

    def _append(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        seq, head, signed = db.execute("SELECT last_seq, head, signed_seq FROM journal").fetchone()
        memory = None
        for entry in entries:
            seq += 1
            body = entry.build(Slot(self.ulid, seq, head))
            at_ms = None if entry.at is None else int(entry.at.timestamp() * 1000)
            db.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?)", (seq, entry.feed, entry.kind.value, at_ms, body))
            head = chain.digest(body)
            signed = seq if entry.kind is RecordKind.HEAD else signed
            memory = memory if entry.memory is None else entry.memory
        db.execute(
            "UPDATE journal SET last_seq = ?, head = ?, signed_seq = ?, unconfirmed = unconfirmed + ?,"
            " memory = coalesce(?, memory)",
            (seq, head, signed, len(entries), memory),
        )

    def _records(self, text: str, values: tuple[int, ...]) -> tuple[Record, ...]:
        with explained(self._path, "read"):
            rows = self._db().execute(text, values)
            return tuple(Record(seq, feed, bytes(body)) for seq, feed, body in rows)

    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise AdapterError(f"the journal {self._path} is closed")
        return self._connection
