"""What is not an event: messages that are set apart, and what the centre finds amiss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from gate.central.adapters.sql.engine import insert_missing, insert_of
from gate.central.adapters.sql.tables import apart, finding
from gate.central.arrivals import Wrong
from gate.central.findings import Finding
from gate.wire import chain

KEPT_APART: Final = 10_000
KEPT_APART_BYTES: Final = 256 * 1024 * 1024
"""What may be set apart; of more only the newest is kept."""
_LONGEST_TOPIC: Final = 500

_NEWEST = select(apart.c.id, func.sum(apart.c.size).over(order_by=apart.c.id.desc()).label("bytes")).subquery()


def set_apart(link: Connection, wrong: Sequence[Wrong], now: datetime) -> list[Wrong]:
    """Keep these beside the events; those that were not there yet.

    It is done in one order, so that no two workers wait for each other.
    """
    insert = insert_missing(link, apart).returning(apart.c.id)
    rows = sorted(((_row(one, now), one) for one in wrong), key=lambda pair: (pair[0]["topic"], pair[0]["digest"]))
    new = [one for row, one in rows if link.execute(insert, row).first() is not None]
    if new:
        _make_room(link)
    return new


def note(link: Connection, findings: Sequence[Finding], now: datetime) -> None:
    """Count these, in one order, so that no two workers wait for each other."""
    counts = Counter((one.kind.value, one.source, one.subject) for one in findings)
    details = {(one.kind.value, one.source, one.subject): one.detail for one in findings}
    for name in sorted(counts):
        kind, source, subject = name
        told = {"detail": details[name], "first": now, "last": now, "count": counts[name]}
        new = insert_of(link, finding).values(kind=kind, source=source, subject=subject, **told)
        again = {"detail": details[name], "last": now, "count": finding.c.count + counts[name], "ended": None}
        link.execute(new.on_conflict_do_update(index_elements=["kind", "source", "subject"], set_=again))


def _make_room(link: Connection) -> None:
    first_too_many = select(apart.c.id).order_by(apart.c.id.desc()).offset(KEPT_APART).limit(1).scalar_subquery()
    link.execute(delete(apart).where(apart.c.id <= first_too_many))
    link.execute(delete(apart).where(apart.c.id.in_(select(_NEWEST.c.id).where(_NEWEST.c.bytes > KEPT_APART_BYTES))))


def _row(one: Wrong, now: datetime) -> dict[str, Any]:
    plain = {"kind": one.kind.value, "source": one.source, "topic": _plain(one.topic), "problem": one.problem}
    return plain | {
        "arrived": now,
        "digest": chain.digest(one.payload),
        "size": len(one.payload),
        "payload": one.payload,
    }


def _plain(topic: str) -> str:
    """PostgreSQL keeps no NUL in a text, and has no index over long ones; no gate has such a topic."""
    return topic.replace("\0", "\\0")[:_LONGEST_TOPIC]
