"""``store.Store`` on a database: a batch of the reliable feed is one transaction.

Rules: a journal's progress is worked out in the batch, behind its lock, so that it is true whoever else writes. A
record that is there already is left as it is. Any order, repetition and division into batches, by any number of
workers, ends in the same database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from gate.central import projection
from gate.central.adapters.sql import journals, notes, projections
from gate.central.adapters.sql.engine import Database
from gate.central.adapters.sql.journals import Held, Moved
from gate.central.adapters.sql.tables import apart, event, finding, journal
from gate.central.admission import STRANGE
from gate.central.arrivals import Arrived, Journal, Wrong, read
from gate.central.findings import Finding, FindingKind
from gate.central.store import Found, Progress, Saved

_PAGE: Final = 500
_ADOPTED: Final = 50
"""Messages, each of which may be a batch."""
_ASKED: Final = 1000
"""Numbers in one question; SQLite takes 32,766 values."""

_KEPT = select(event.c.seq, event.c.digest).where(
    event.c.journal == bindparam("journal"), event.c.seq.in_(bindparam("numbers", expanding=True))
)
_JOURNALS = select(
    journal.c.source, journal.c.ulid, journal.c.whole_to, journal.c.highest, journal.c.broken_at, journal.c.head
).order_by(journal.c.id)
_NAMED = (journal.c.source == bindparam("source"), journal.c.ulid == bindparam("ulid"))
_BODIES = (
    select(event.c.seq, event.c.body)
    .join(journal, journal.c.id == event.c.journal)
    .where(*_NAMED, event.c.seq > bindparam("after"), event.c.body.is_not(None))
    .order_by(event.c.seq)
    .limit(_PAGE)
)
_STEPS = (
    select(event.c.seq, func.lag(event.c.seq, 1, journal.c.whole_to).over(order_by=event.c.seq).label("before"))
    .join(journal, journal.c.id == event.c.journal)
    .where(*_NAMED, event.c.seq > journal.c.whole_to)
    .subquery()
)
_GAPS = select(_STEPS.c.before + 1, _STEPS.c.seq - 1).where(_STEPS.c.seq > _STEPS.c.before + 1).order_by(_STEPS.c.seq)

_STRANGE = apart.c.kind.in_([kind.value for kind in STRANGE])
_STRANGERS = select(apart.c.source).where(_STRANGE).distinct().order_by(apart.c.source)
_WAITING = (
    select(apart.c.id, apart.c.topic, apart.c.payload)
    .where(_STRANGE, apart.c.source == bindparam("of"))
    .order_by(apart.c.id)
    .limit(_ADOPTED)
)
_TAKE = delete(apart).returning(apart.c.id)


@dataclass(frozen=True, slots=True)
class _Part:
    """What became of the events of one journal."""

    moved: Moved
    new: int
    again: int
    changed: tuple[Wrong, ...]
    findings: tuple[Finding, ...]


class SqlStore:
    """The centre's database for one ingest worker. ``close`` closes the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, arrived: Sequence[Arrived], wrong: Sequence[Wrong], now: datetime) -> Saved:
        with self._database.writing() as link:
            return _save(link, arrived, wrong, now)

    def strangers(self) -> Sequence[str]:
        with self._database.reading() as link:
            return [str(source) for source in link.execute(_STRANGERS).scalars()]

    def adopt(self, source: str, now: datetime) -> Saved | None:
        with self._database.writing() as link:
            waiting = {row.id: read(row.topic, bytes(row.payload)) for row in link.execute(_WAITING, {"of": source})}
            if not waiting:
                notes.over(link, STRANGE, source, now)
                return None
            # Their journals first, as everybody does; what another worker has taken meanwhile is not there any more.
            journals.hold(link, (one.journal for found in waiting.values() for one in _events_of(found)), now)
            taken = set(link.execute(_TAKE.where(apart.c.id.in_(list(waiting)))).scalars())
            found = [one for id_, one in waiting.items() if id_ in taken]
            wrong = [one for one in found if isinstance(one, Wrong)]
            return _save(link, [event for one in found for event in _events_of(one)], wrong, now)

    def journals(self) -> Mapping[Journal, Progress]:
        with self._database.reading() as link:
            rows = link.execute(_JOURNALS)
            return {Journal(row.source, row.ulid): _how_far(row, row.highest) for row in rows}

    def gaps(self, journal: Journal) -> Sequence[tuple[int, int]]:
        with self._database.reading() as link:
            rows = link.execute(_GAPS, {"source": journal.source, "ulid": journal.ulid})
            return [(int(first), int(last)) for first, last in rows]

    def bodies(self, journal: Journal, after_seq: int = 0) -> Iterator[tuple[int, bytes]]:
        while page := self._page(journal, after_seq):
            yield from page
            after_seq = page[-1][0]

    def findings(self) -> Sequence[Found]:
        with self._database.reading() as link:
            rows = link.execute(select(finding).order_by(finding.c.id))
            return [_found(row) for row in rows]

    def wrong(self) -> int:
        with self._database.reading() as link:
            return int(link.execute(select(func.count()).select_from(apart)).scalar_one())

    def close(self) -> None:
        self._database.close()

    def _page(self, journal: Journal, after_seq: int) -> list[tuple[int, bytes]]:
        with self._database.reading() as link:
            rows = link.execute(_BODIES, {"source": journal.source, "ulid": journal.ulid, "after": after_seq})
            return [(int(seq), bytes(body)) for seq, body in rows]


def _save(link: Connection, arrived: Sequence[Arrived], wrong: Sequence[Wrong], now: datetime) -> Saved:
    held = journals.hold(link, (one.journal for one in arrived), now)
    parts = [_save_journal(link, held[name], events, now) for name, events in _by_journal(arrived).items()]
    journals.put_down(link, [part.moved for part in parts], now)
    found = notes.set_apart(link, [*wrong, *(one for part in parts for one in part.changed)], now)
    notes.note(link, [*found, *(one for part in parts for one in part.findings)], now)
    return _sum(parts)


def _events_of(found: tuple[Arrived, ...] | Wrong) -> tuple[Arrived, ...]:
    return () if isinstance(found, Wrong) else found


def _by_journal(arrived: Sequence[Arrived]) -> dict[Journal, list[Arrived]]:
    found: dict[Journal, list[Arrived]] = {}
    for one in arrived:
        found.setdefault(one.journal, []).append(one)
    return found


def _save_journal(link: Connection, held: Held, arrived: Sequence[Arrived], now: datetime) -> _Part:
    kept = _kept(link, held, arrived)
    new = {one.seq: one for one in reversed(arrived) if one.seq not in kept}  # of two in one batch the first counts
    if new:
        link.execute(insert(event), [_row(held, one, now) for one in new.values()])
        told = ((one.seq, one.body) for one in new.values() if one.type in projection.TYPES)
        projections.fill(link, held.id, held.name.source, told)
    digests = kept | {seq: one.digest for seq, one in new.items()}
    changed = tuple(_changed(one) for one in arrived if one.digest != digests[one.seq])
    moved, findings = journals.move(link, held, list(new.values()))
    return _Part(moved, len(new), len(arrived) - len(new) - len(changed), changed, findings)


def _kept(link: Connection, held: Held, arrived: Sequence[Arrived]) -> dict[int, str]:
    """The hashes of those of these numbers that are kept already; above the highest there is none."""
    numbers = sorted({one.seq for one in arrived if one.seq <= held.highest})
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _ASKED):
        values = {"journal": held.id, "numbers": numbers[start : start + _ASKED]}
        found |= {int(seq): str(digest) for seq, digest in link.execute(_KEPT, values)}
    return found


def _row(held: Held, one: Arrived, now: datetime) -> dict[str, Any]:
    return {
        "journal": held.id,
        "seq": one.seq,
        "type": one.type,
        "at": one.at,
        "arrived": now,
        "prev": one.prev,
        "digest": one.digest,
        "body": one.body,
    }


def _changed(one: Arrived) -> Wrong:
    problem = f"{one.seq} of journal {one.journal.ulid} is kept already with other content"
    return Wrong(f"{one.journal.source}/evt", one.body, problem, FindingKind.CONTENT_CHANGED)


def _found(row: Any) -> Found:
    finding = Finding(FindingKind(row.kind), row.source, row.subject, row.detail)
    return Found(finding, row.first, row.last, row.count, row.ended)


def _sum(parts: Sequence[_Part]) -> Saved:
    progress = {part.moved.held.name: _progress(part.moved) for part in parts}
    new, again = (sum(counts) for counts in ((p.new for p in parts), (p.again for p in parts)))
    return Saved(new, again, sum(len(part.changed) for part in parts), progress)


def _progress(moved: Moved) -> Progress:
    return _how_far(moved.standing, moved.highest)


def _how_far(at: Any, highest: int) -> Progress:
    """``at`` is a standing, or its row."""
    return Progress(at.whole_to, highest, at.broken_at, at.head if at.whole_to else None)
