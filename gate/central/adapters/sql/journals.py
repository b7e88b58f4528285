"""The journals of a batch: taken for one worker alone while it writes to them, and moved on over what is there now.

Rules: missing rows are made first, and then all are locked, both in one order, so that no two workers wait for each
other. Behind the lock a worker sees everything that the others have kept in these journals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, select, tuple_, update

from gate.central import given_up
from gate.central.adapters.sql.engine import insert_missing
from gate.central.adapters.sql.tables import event, head_key, journal
from gate.central.advance import HEAD, KnownKeys, Standing, Step, advance
from gate.central.arrivals import Arrived, Journal
from gate.central.findings import Finding
from gate.central.given_up import Range
from gate.wire import chain


@dataclass(frozen=True, slots=True)
class Held:
    """A journal that is locked for this transaction."""

    id: int
    name: Journal
    standing: Standing
    highest: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of it."""

    held: Held
    standing: Standing
    highest: int


_PAGE = 500

_NAMES = tuple_(journal.c.source, journal.c.ulid).in_(bindparam("names", expanding=True))
_THERE = select(journal.c.source, journal.c.ulid).where(_NAMES)
_LOCK = select(journal).where(_NAMES).order_by(journal.c.source, journal.c.ulid).with_for_update()
_KNOWN_KEYS = select(head_key.c.key, head_key.c.revoked).where(head_key.c.source == bindparam("source"))
_ABOVE = (
    select(
        event.c.seq,
        event.c.type,
        event.c.prev,
        event.c.digest,
        case((event.c.type == HEAD, event.c.body)).label("body"),
    )
    .where(event.c.journal == bindparam("journal"), event.c.seq > bindparam("after"))
    .order_by(event.c.seq)
    .limit(bindparam("most"))
)
_GONE = select(event.c.body).where(
    event.c.journal == bindparam("journal"), event.c.seq >= bindparam("from_seq"), event.c.type == given_up.TYPE
)
_MOVE = (
    update(journal)
    .where(journal.c.id == bindparam("of"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("whole_to", "head", "highest", "broken_at", "key", "signed_to", "heard")
        }
    )
)


def hold(link: Connection, names: Iterable[Journal], now: datetime) -> dict[Journal, Held]:
    """Lock these journals until the transaction ends; one that is new is made."""
    wanted = sorted({(one.source, one.ulid) for one in names})
    if not wanted:
        return {}
    there = {tuple(row) for row in link.execute(_THERE, {"names": wanted})}
    if missing := [_row(*name, now) for name in wanted if name not in there]:
        link.execute(insert_missing(link, journal), missing)
    found = (_held(row) for row in link.execute(_LOCK, {"names": wanted}))
    return {held.name: held for held in found}


def move(link: Connection, held: Held, new: Sequence[Arrived]) -> tuple[Moved, tuple[Finding, ...]]:
    """Go on over the records of this journal, with these just added."""
    standing = held.standing
    if held.highest > standing.whole_to:
        steps = _above(link, held.id, standing.whole_to)
    else:  # there was nothing above, so what is there now is what was added; what was given up may come after all
        fresh = (one for one in new if one.seq > standing.whole_to)
        steps = (_step(one) for one in sorted(fresh, key=lambda each: each.seq))
    moved, findings = advance(
        held.name, standing, steps, lambda seq: _gone(link, held.id, seq), _known_keys(link, held, new)
    )
    highest = max([held.highest, *(one.seq for one in new)])
    return Moved(held, moved, highest), findings


def put_down(link: Connection, moved: Sequence[Moved], now: datetime) -> None:
    """Remember how far they are."""
    if moved:
        link.execute(_MOVE, [_change(one, now) for one in moved])


def _row(source: str, ulid: str, now: datetime) -> dict[str, Any]:
    names = {"source": source, "ulid": ulid, "head": chain.first_prev(ulid)}
    return names | {"whole_to": 0, "highest": 0, "signed_to": 0, "begun": now, "heard": now}


def _held(row: Any) -> Held:
    standing = Standing(row.whole_to, row.head, row.broken_at, row.key, row.signed_to)
    return Held(row.id, Journal(row.source, row.ulid), standing, row.highest)


def _step(one: Arrived) -> Step:
    return Step(one.seq, one.type, one.prev, one.digest, one.body)


def _above(link: Connection, id_: int, after: int) -> Iterator[Step]:
    """Page by page: where the first hole is still open, no more than one is read, however much is behind it."""
    while rows := link.execute(_ABOVE, {"journal": id_, "after": after, "most": _PAGE}).all():
        yield from (Step(row.seq, row.type, row.prev, row.digest, row.body) for row in rows)
        after = rows[-1].seq


def _gone(link: Connection, id_: int, from_seq: int) -> list[Range]:
    bodies = link.execute(_GONE, {"journal": id_, "from_seq": from_seq}).scalars()
    return [one for body in bodies if body is not None for one in given_up.ranges(bytes(body))]


def _known_keys(link: Connection, held: Held, new: Sequence[Arrived]) -> KnownKeys:
    """Asked only where the walk may come upon a head."""
    if held.highest == held.standing.whole_to and not any(one.type == HEAD for one in new):
        return KnownKeys()
    rows = link.execute(_KNOWN_KEYS, {"source": held.name.source}).all()
    vouched = frozenset(row.key for row in rows if row.revoked is None)
    return KnownKeys(vouched, frozenset(row.key for row in rows if row.revoked is not None))


def _change(moved: Moved, now: datetime) -> Mapping[str, Any]:
    standing = moved.standing
    return {
        "of": moved.held.id,
        "new_whole_to": standing.whole_to,
        "new_head": standing.head,
        "new_highest": moved.highest,
        "new_broken_at": standing.broken_at,
        "new_key": standing.key,
        "new_signed_to": standing.signed_to,
        "new_heard": now,
    }
