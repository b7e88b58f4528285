"""Records that are missing: found in what is there, and remembered with what was done about them.

Only the worker with the lease writes here, so nothing is locked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, insert, select, update

from gate.central import replaying
from gate.central.adapters.sql.tables import event, finding, gap, journal, report
from gate.central.arrivals import Journal
from gate.central.findings import FindingKind
from gate.central.replaying import Gap
from gate.wire import availability, topics
from gate.wire.availability import Availability, Presence

_JOURNALS: Final = 200
"""Journals that are looked at at once, of those that lack something."""
_GAPS: Final = 50
"""Gaps of one journal that are looked at."""
_KNOWN: Final = 5000
"""Gaps that are looked at at once."""

_LACKING = (
    select(journal.c.id, journal.c.source, journal.c.ulid)
    .where(journal.c.highest > journal.c.whole_to, journal.c.id > bindparam("after"))
    .order_by(journal.c.id)
    .limit(_JOURNALS)
)
_STEPS = (
    select(event.c.seq, func.lag(event.c.seq, 1, journal.c.whole_to).over(order_by=event.c.seq).label("before"))
    .join(journal, journal.c.id == event.c.journal)
    .where(journal.c.id == bindparam("journal"), event.c.seq > journal.c.whole_to)
    .subquery()
)
_MISSING = (
    select(_STEPS.c.before + 1, _STEPS.c.seq - 1)
    .where(_STEPS.c.seq > _STEPS.c.before + 1)
    .order_by(_STEPS.c.seq)
    .limit(_GAPS)
)
_GAP = select(gap, journal.c.source, journal.c.ulid).join(journal, journal.c.id == gap.c.journal)
_LATER = journal.alias()
_REPLACED = exists().where(_LATER.c.source == journal.c.source, _LATER.c.id > journal.c.id)
_FILLED = delete(gap).where(exists().where(journal.c.id == gap.c.journal, journal.c.whole_to >= gap.c.last))
_STILL = exists().where(
    journal.c.id == gap.c.journal, journal.c.source == finding.c.source, journal.c.ulid == finding.c.subject
)
_CLOSED = update(finding).where(finding.c.kind == FindingKind.GAP_OPEN.value, finding.c.ended.is_(None), ~_STILL)


def look(link: Connection, after: int, now: datetime) -> int:
    """Bring the gaps of the next journals up to date; where to go on, or 0 to begin anew."""
    if link.execute(_FILLED).rowcount:
        link.execute(_CLOSED.values(ended=now))
    lacking = link.execute(_LACKING, {"after": after}).all()
    for row in lacking:
        _bring_up_to_date(link, row.id, Journal(row.source, row.ulid), now)
    return lacking[-1].id if len(lacking) == _JOURNALS else 0


def untold(link: Connection) -> list[Gap]:
    """Those that nobody was told of, the oldest first."""
    asked = _GAP.where(gap.c.told.is_(None)).order_by(gap.c.seen, gap.c.journal, gap.c.first)
    return [_gap(row) for row in link.execute(asked.limit(_KNOWN))]


def over(link: Connection, gaps: Iterable[Gap]) -> frozenset[Journal]:
    """The journals of these that are not their gates' any more: there is a later one."""
    sources = {one.journal.source for one in gaps}
    newest = select(func.max(journal.c.id)).where(journal.c.source.in_(sources)).group_by(journal.c.source)
    rows = link.execute(select(journal.c.source, journal.c.ulid).where(journal.c.id.in_(newest)))
    latest = {Journal(row.source, row.ulid) for row in rows}
    return frozenset(one.journal for one in gaps if one.journal not in latest)


def askable(link: Connection, now: datetime) -> list[Gap]:
    """Those that are due, whose gate still has the journal, and is there as far as is known; the longest due first.

    What cannot be asked for now takes no place here, or it would be in the way of all others for ever.
    """
    sources = set(link.execute(select(journal.c.source).join(gap, journal.c.id == gap.c.journal).distinct()).scalars())
    ready = (gap.c.due <= now, ~_REPLACED, journal.c.source.not_in(_away(link, sources)))
    asked = _GAP.where(*ready).order_by(gap.c.due, gap.c.journal, gap.c.first).limit(_KNOWN)
    return [_gap(row) for row in link.execute(asked)]


def mark_asked(link: Connection, one: Gap) -> None:
    """Remember that it was asked for."""
    link.execute(update(gap).where(_is(one)).values(asked=one.asked, due=one.due))


def mark_told(link: Connection, one: Gap, now: datetime) -> None:
    """Remember that people know of it."""
    link.execute(update(gap).where(_is(one)).values(told=now))


def _bring_up_to_date(link: Connection, id_: int, name: Journal, now: datetime) -> None:
    before = [_gap(row) for row in link.execute(_GAP.where(gap.c.journal == id_))]
    there = [(int(first), int(last)) for first, last in link.execute(_MISSING, {"journal": id_})]
    after = replaying.current(name, there, before, now)
    if set(after) != set(before):
        link.execute(delete(gap).where(gap.c.journal == id_))
        if after:
            link.execute(insert(gap), [_row(id_, one, now) for one in after])


def _away(link: Connection, sources: set[str]) -> frozenset[str]:
    rows = link.execute(
        select(report.c.source, report.c.payload).where(
            report.c.leaf == topics.AVAILABILITY, report.c.source.in_(sources)
        )
    )
    said = {row.source: availability.decode(bytes(row.payload)) for row in rows}
    return frozenset(
        source for source, one in said.items() if isinstance(one, Availability) and one.state != Presence.ONLINE
    )


def _is(one: Gap) -> Any:
    of = select(journal.c.id).where(journal.c.source == one.journal.source, journal.c.ulid == one.journal.ulid)
    return and_(gap.c.journal == of.scalar_subquery(), gap.c.first == one.first)


def _gap(row: Any) -> Gap:
    return Gap(Journal(row.source, row.ulid), row.first, row.last, row.seen, row.due, row.asked, row.told is not None)


def _row(id_: int, one: Gap, now: datetime) -> dict[str, Any]:
    told = now if one.told else None
    numbers = {"journal": id_, "first": one.first, "last": one.last, "asked": one.asked}
    return numbers | {"seen": one.seen, "due": one.due, "told": told}
