"""What the journal takes, and what it gives up when it takes too much. Inside a transaction of others.

From the beginning up to a record that signs what was before it, nothing has to be explained. Anything else that goes
leaves a hole in the chain, and the record that explains it keeps the hashes on both sides of the hole.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from gate.access.journal_events import Missing
from gate.ports import Dropped, JournalFigures, RecordKind, Space
from gate.wire import chain, envelope

PIECE: Final = 256
"""Records given up at once, so that no transaction takes long."""
TRIMMED: Final = 2000
MOST_RANGES: Final = 32
"""In one explaining record, which stays below 8 KiB."""
NEAR: Final = 0.8

_Rows = list[tuple[int, int, bytes]]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Some records that may go: a condition, and which kinds."""

    condition: str
    kinds: tuple[RecordKind, ...]


_ANY: Final = (RecordKind.ORDINARY, RecordKind.ALARM, RecordKind.HEAD)
_NOT_ASIDE: Final = "NOT EXISTS (SELECT 1 FROM aside WHERE aside.seq = record.seq)"
_NO_ANCHOR: Final = "seq IS NOT (SELECT min(seq) FROM record INDEXED BY head WHERE kind = 2)"
"""The oldest head stays, because what was before it may be gone already."""
_FIRST_TO_GO: Final = (
    _Choice(f"seq <= :upto AND {_NOT_ASIDE}", _ANY),
    _Choice("seq IN (SELECT seq FROM early)", _ANY),
    _Choice("1", (RecordKind.ORDINARY, RecordKind.HEAD)),
    _Choice("1", (RecordKind.ALARM,)),
)
"""Confirmed, then not. Each finds its rows near the beginning, or by number: a large journal is never searched."""


def used_bytes(db: sqlite3.Connection) -> int:
    """Of the pages that hold something."""
    pages, free, size = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def space_of(used: int, budget: int | None) -> Space:
    """How much of the budget is taken."""
    if budget is None or used < NEAR * budget:
        return Space.AMPLE
    return Space.NEAR if used <= budget else Space.OVER


def figures(db: sqlite3.Connection, budget: int | None) -> JournalFigures:
    """The state of the journal; a few rows are looked at."""
    last, upto, depth, signed = db.execute(
        "SELECT last_seq, confirmed_to, unconfirmed, signed_seq FROM journal"
    ).fetchone()
    (aside,) = db.execute("SELECT count(*) FROM aside WHERE back = 0").fetchone()
    (oldest,) = db.execute(
        "SELECT min(at_ms) FROM (SELECT at_ms FROM record WHERE seq = (SELECT min(seq) FROM record WHERE seq > ?)"
        " UNION ALL SELECT at_ms FROM record WHERE seq = (SELECT min(seq) FROM aside))",
        (upto,),
    ).fetchone()
    since = None if oldest is None else datetime.fromtimestamp(oldest / 1000, UTC)
    used = used_bytes(db)
    return JournalFigures(last, signed, depth, aside, since, used, space_of(used, budget))


def forget_before(db: sqlite3.Connection, time: datetime | None) -> int:
    """Delete from the beginning up to a confirmed head that is older; None means any age."""
    (upto,) = db.execute("SELECT confirmed_to FROM journal").fetchone()
    (first,) = db.execute("SELECT min(seq) FROM record").fetchone()
    (aside,) = db.execute("SELECT min(seq) FROM aside").fetchone()
    last = upto if aside is None else min(upto, aside - 1)
    limit_ms = None if time is None else int(time.timestamp() * 1000)
    heads = db.execute(
        "SELECT seq FROM record INDEXED BY head WHERE kind = 2 AND seq > ? AND seq <= ?"
        " AND (? IS NULL OR at_ms < ?) ORDER BY seq",
        (first or 0, last, limit_ms, limit_ms),
    ).fetchall()
    if not heads:
        return 0
    near = [seq for (seq,) in heads if seq <= first + TRIMMED]
    return db.execute("DELETE FROM record WHERE seq < ?", (near[-1] if near else heads[0][0],)).rowcount


def choose(db: sqlite3.Connection) -> Dropped | None:
    """The next piece that has to go, with a hole; it is not deleted yet."""
    (upto,) = db.execute("SELECT confirmed_to FROM journal").fetchone()
    for choice in _FIRST_TO_GO:
        rows: _Rows = db.execute(
            f"SELECT seq, kind, body FROM record WHERE {choice.condition}"  # noqa: S608  (constants)
            f" AND kind IN (SELECT value FROM json_each(:kinds)) AND {_NO_ANCHOR} ORDER BY seq LIMIT :piece",
            {"upto": upto, "kinds": json.dumps(choice.kinds), "piece": PIECE},
        ).fetchall()
        if rows:
            return _dropped(db, _within(rows), upto)
    return None


def drop(db: sqlite3.Connection, dropped: Dropped) -> None:
    """Delete what ``choose`` has chosen."""
    for gone in dropped.ranges:
        for table in ("record", "early", "aside"):
            db.execute(f"DELETE FROM {table} WHERE seq BETWEEN ? AND ?", (gone.first, gone.last))  # noqa: S608  (constants)


def _within(rows: _Rows) -> list[_Rows]:
    """In ranges of numbers that follow one another, not too many of them."""
    grouped = groupby(enumerate(rows), key=lambda pair: pair[1][0] - pair[0])
    return [[row for _, row in group] for _, group in grouped][:MOST_RANGES]


def _dropped(db: sqlite3.Connection, ranges: list[_Rows], upto: int) -> Dropped:
    rows = [row for one in ranges for row in one]
    asked = json.dumps([seq for seq, _, _ in rows])
    early = set(_in(db, "early", asked))
    aside = set(_in(db, "aside", asked))
    unconfirmed = sum(seq in aside or (seq > upto and seq not in early) for seq, _, _ in rows)
    alarms = sum(kind == RecordKind.ALARM for _, kind, _ in rows)
    return Dropped(tuple(_missing(one) for one in ranges), len(rows), unconfirmed, alarms)


def _in(db: sqlite3.Connection, table: str, asked: str) -> Iterator[int]:
    found: Sequence[tuple[int]] = db.execute(
        f"SELECT seq FROM {table} WHERE seq IN (SELECT value FROM json_each(?))",  # noqa: S608  (a constant)
        (asked,),
    ).fetchall()
    return (seq for (seq,) in found)


def _missing(rows: _Rows) -> Missing:
    (first, _, body), (last, _, newest) = rows[0], rows[-1]
    found = envelope.decode(bytes(body))
    prev = found.place.prev if isinstance(found, envelope.Received) and found.place else ""
    return Missing(first, last, prev, chain.digest(bytes(newest)))
