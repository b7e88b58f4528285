"""What is not an event: messages that are set apart, and what the centre finds amiss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, delete, func, or_, select, update

from gate.central.adapters.sql.engine import insert_missing, insert_of
from gate.central.adapters.sql.tables import apart, finding
from gate.central.arrivals import Wrong
from gate.central.findings import Finding, FindingKind
from gate.wire import chain

KEPT_APART: Final = 10_000
KEPT_APART_BYTES: Final = 256 * 1024 * 1024
"""What may be set apart; of more only the newest is kept."""
_LONGEST_TOPIC: Final = 500
KEPT_APART_OF_ONE: Final = 2_000
KEPT_APART_OF_ONE_BYTES: Final = 32 * 1024 * 1024
"""The same under one gate's name, so that one that floods pushes out nothing but its own."""

_AGE = apart.c.id.desc()
_ALL = select(
    apart.c.id,
    func.row_number().over(order_by=_AGE).label("rank"),
    func.sum(apart.c.size).over(order_by=_AGE).label("bytes"),
).subquery()
_OF_ONE = (
    select(
        apart.c.id,
        func.row_number().over(order_by=_AGE, partition_by=apart.c.source).label("rank"),
        func.sum(apart.c.size).over(order_by=_AGE, partition_by=apart.c.source).label("bytes"),
    )
    .where(apart.c.source.in_(bindparam("sources", expanding=True)))
    .subquery()
)


_DROPPED = "older messages that were set apart under this name gave way to newer ones"


def set_apart(link: Connection, wrong: Sequence[Wrong], now: datetime) -> list[Finding]:
    """Keep these beside the events; what there is to tell of those that were not there yet.

    It is done in one order, so that no two workers wait for each other.
    """
    insert = insert_missing(link, apart).returning(apart.c.id)
    rows = sorted(((_row(one, now), one) for one in wrong), key=lambda pair: (pair[0]["topic"], pair[0]["digest"]))
    new = [one for row, one in rows if link.execute(insert, row).first() is not None]
    if not new:
        return []
    dropped = _make_room(link, sorted({one.source for one in new}))
    return [*map(_told, new), *(Finding(FindingKind.APART_DROPPED, source, "", _DROPPED) for source in dropped)]


def over(link: Connection, kinds: Sequence[FindingKind], source: str, now: datetime) -> None:
    """The findings of these kinds about a source have ended by themselves."""
    which = (finding.c.kind.in_([kind.value for kind in kinds]), finding.c.source == source, finding.c.ended.is_(None))
    link.execute(update(finding).where(*which).values(ended=now))


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


def _make_room(link: Connection, sources: Sequence[str]) -> list[str]:
    """Drop the oldest of what is too much; the source of each."""
    of_one = or_(_OF_ONE.c.rank > KEPT_APART_OF_ONE, _OF_ONE.c.bytes > KEPT_APART_OF_ONE_BYTES)
    of_all = or_(_ALL.c.rank > KEPT_APART, _ALL.c.bytes > KEPT_APART_BYTES)
    first = _drop(link, select(_OF_ONE.c.id).where(of_one), {"sources": list(sources)})
    return [*first, *_drop(link, select(_ALL.c.id).where(of_all), {})]


def _drop(link: Connection, which: Select[Any], values: Mapping[str, Any]) -> list[str]:
    return list(link.execute(delete(apart).where(apart.c.id.in_(which)).returning(apart.c.source), values).scalars())


def _told(wrong: Wrong) -> Finding:
    return Finding(wrong.kind, wrong.source, "", f"{wrong.problem}; it is set apart: look at who may write there")


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
