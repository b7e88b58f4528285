"""What the other side has: confirmed up to a number, some ahead of it, some set aside. In a transaction of others."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from gate.ports import Record

_LONGEST_REASON: Final = 200
_OPEN: Final = (
    "NOT EXISTS (SELECT 1 FROM early WHERE early.seq = record.seq)"
    " AND NOT EXISTS (SELECT 1 FROM aside WHERE aside.seq = record.seq)"
)


def confirm(db: sqlite3.Connection, seqs: Sequence[int]) -> None:
    """These are confirmed, also where they were set aside; numbers that this journal does not have are ignored."""
    upto, depth = db.execute("SELECT confirmed_to, unconfirmed FROM journal").fetchone()
    wanted = json.dumps(sorted(set(seqs)))
    fresh = [
        seq
        for (seq,) in db.execute(
            "SELECT seq FROM record WHERE seq IN (SELECT value FROM json_each(?))"
            " AND (seq > ? AND NOT EXISTS (SELECT 1 FROM early WHERE early.seq = record.seq)"
            " OR EXISTS (SELECT 1 FROM aside WHERE aside.seq = record.seq)) ORDER BY seq",
            (wanted, upto),
        )
    ]
    if not fresh:
        return
    db.execute("DELETE FROM aside WHERE seq IN (SELECT value FROM json_each(?))", (wanted,))
    reached, ahead = _run(upto, fresh)
    db.executemany("INSERT INTO early VALUES (?)", [(seq,) for seq in ahead])
    _settle(db, reached, depth - len(fresh))


def confirm_up_to(db: sqlite3.Connection, seq: int) -> None:
    """All up to ``seq`` are confirmed, if that is news, but those that were set aside or given back."""
    upto, depth = db.execute("SELECT confirmed_to, unconfirmed FROM journal").fetchone()
    if seq <= upto:
        return
    (count,) = db.execute(
        f"SELECT count(*) FROM record WHERE seq > :upto AND seq <= :seq AND {_OPEN}",  # noqa: S608  (a constant)
        {"upto": upto, "seq": seq},
    ).fetchone()
    again = db.execute("DELETE FROM aside WHERE back = 2 AND seq <= ?", (seq,)).rowcount
    _settle(db, seq, depth - count - again)


def unconfirm(db: sqlite3.Connection, first: int, last: int) -> int:
    """The confirmed ones of these are not confirmed any more; how many they are."""
    upto, depth = db.execute("SELECT confirmed_to, unconfirmed FROM journal").fetchone()
    count = db.execute(
        "INSERT INTO aside SELECT seq, 'asked for again', 2 FROM record WHERE seq BETWEEN :first AND :last"
        " AND (seq <= :upto OR EXISTS (SELECT 1 FROM early WHERE early.seq = record.seq))"
        " AND NOT EXISTS (SELECT 1 FROM aside WHERE aside.seq = record.seq)",
        {"first": first, "last": last, "upto": upto},
    ).rowcount
    db.execute("DELETE FROM early WHERE seq BETWEEN ? AND ?", (first, last))
    db.execute("UPDATE journal SET unconfirmed = ?", (depth + count,))
    return count


def set_aside(db: sqlite3.Connection, seq: int, reason: str) -> None:
    """Leave it out from now on, if it is there and not confirmed."""
    reason = reason[:_LONGEST_REASON]
    upto, depth = db.execute("SELECT confirmed_to, unconfirmed FROM journal").fetchone()
    if db.execute("UPDATE aside SET reason = ?, back = 0 WHERE seq = ?", (reason, seq)).rowcount:
        return
    found = db.execute(
        f"SELECT 1 FROM record WHERE seq = :seq AND seq > :upto AND {_OPEN}",  # noqa: S608  (a constant)
        {"seq": seq, "upto": upto},
    ).fetchone()
    if found:
        db.execute("INSERT INTO aside (seq, reason) VALUES (?, ?)", (seq, reason))
        _settle(db, upto, depth)


def unconfirmed(db: sqlite3.Connection, after_seq: int, limit: int, without: frozenset[str]) -> tuple[Record, ...]:
    """The oldest that are neither confirmed nor set aside; those given back are among them."""
    if limit <= 0:
        return ()
    (upto,) = db.execute("SELECT confirmed_to FROM journal").fetchone()
    asked = {"after": after_seq, "upto": upto, "limit": limit, "without": json.dumps(sorted(without))}
    unwanted = "feed NOT IN (SELECT value FROM json_each(:without))"
    back = db.execute(
        "SELECT seq, feed, body FROM aside JOIN record USING (seq)"  # noqa: S608  (a constant)
        f" WHERE back > 0 AND seq > :after AND {unwanted} ORDER BY seq LIMIT :limit",
        asked,
    ).fetchall()
    ordinary = db.execute(
        "SELECT seq, feed, body FROM record"  # noqa: S608  (constants)
        f" WHERE seq > max(:after, :upto) AND {unwanted} AND {_OPEN} ORDER BY seq LIMIT :limit",
        asked,
    ).fetchall()
    rows = sorted([*back, *ordinary])[:limit] if back else ordinary
    return tuple(Record(seq, feed, bytes(body)) for seq, feed, body in rows)


def settle(db: sqlite3.Connection, fewer: int) -> None:
    """After records went that nobody had confirmed: count them off, and go on to the first that is open."""
    upto, depth = db.execute("SELECT confirmed_to, unconfirmed FROM journal").fetchone()
    _settle(db, upto, depth - fewer)


def _run(upto: int, seqs: Iterable[int]) -> tuple[int, list[int]]:
    """How far ``seqs`` (in order) go on from ``upto`` without a hole, and the rest above it."""
    ahead: list[int] = []
    for seq in seqs:
        if seq == upto + 1:
            upto = seq
        elif seq > upto:
            ahead.append(seq)
    return upto, ahead


def _settle(db: sqlite3.Connection, reached: int, depth: int) -> None:
    row = db.execute(
        f"SELECT seq FROM record WHERE seq > :reached AND {_OPEN} ORDER BY seq LIMIT 1",  # noqa: S608  (a constant)
        {"reached": reached},
    ).fetchone()
    (last,) = db.execute("SELECT last_seq FROM journal").fetchone()
    upto = row[0] - 1 if row else last
    db.execute("UPDATE journal SET confirmed_to = ?, unconfirmed = ?", (upto, depth))
    db.execute("DELETE FROM early WHERE seq <= ?", (upto,))
