"""``erasing.Eraser`` on the centre's database.

Rules: what goes, what that does to the rows of staff, and the count of it are one transaction, behind the journal's
lock, since a worker that merges a row would bring back what was just taken out of it. An erasure that is interrupted
is gone on with, under its own number, before another begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from gate.access.command_events import Retired
from gate.central import erasing
from gate.central.adapters.sql import office
from gate.central.adapters.sql.engine import Database
from gate.central.adapters.sql.tables import alarm, apart, audit, erasure, event, journal, visit
from gate.central.audit import Act, Verb
from gate.central.erasing import Due, Outcome, Sign
from gate.central.receipt import Erased
from gate.wire.envelope import timestamp, type_of

WINDOW: Final = 5000
"""Numbers of a journal that one transaction goes over."""
_WEEK: Final = timedelta(weeks=1)
_UNFINISHED = select(erasure).where(erasure.c.receipt.is_(None)).order_by(erasure.c.id).limit(1)
_LAST = select(erasure.c.receipt).where(erasure.c.receipt.is_not(None)).order_by(erasure.c.id.desc()).limit(1)
_DIGEST = select(audit.c.digest).order_by(audit.c.id.desc()).limit(1)
_GONE = {"fp": None, "epoch": None, "officer": None}


class SqlEraser:
    """Works beside the workers. ``close`` closes the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def erase(self, what: Due, by: str, now: Callable[[], datetime], sign: Sign, *, rewrite: bool) -> Outcome:
        """``erasing.Eraser.erase``."""
        number = self._begun(what, by, now())
        if number is None:
            return Outcome(erased=False, receipt=self._last())
        for of, first in self._due(what):
            self._erase(of, first, what, number)
        self._erase_apart(what, number)
        clean = self._database.compact((event, visit, alarm, apart), rewrite=rewrite)
        return Outcome(erased=True, receipt=self._signed(number, what, now(), sign, clean=clean))

    def close(self) -> None:
        self._database.close()

    def _begun(self, what: Due, by: str, now: datetime) -> int | None:
        """The number of this erasure; None when nothing is due."""
        with self._database.writing() as link:
            unfinished = link.execute(_UNFINISHED).first()
            if unfinished is not None:
                return int(unfinished.id)
            if not _anything(link, what):
                return None
            office.add(link, Act(now, by, Verb.ERASE, f"before {timestamp(what.before)}"))
            row = {"begun": now, "by": by, "before": what.before, "records": 0, "visits": 0, "messages": 0}
            return int(link.execute(insert(erasure).returning(erasure.c.id), row).scalar_one())

    def _due(self, what: Due) -> Iterator[tuple[int, int]]:
        """Each journal with something due, and where each window of it begins."""
        with self._database.reading() as link:
            journals = list(link.execute(select(journal.c.id).order_by(journal.c.id)).scalars())
        for of in journals:
            at = 0
            while (first := self._first_due(of, what, at)) is not None:
                yield of, first
                at = first + WINDOW

    def _first_due(self, of: int, what: Due, at: int) -> int | None:
        asked = select(event.c.seq).where(event.c.journal == of, event.c.seq >= at, _is_due(what))
        with self._database.reading() as link:
            return link.execute(asked.order_by(event.c.seq).limit(1)).scalar()

    def _erase(self, of: int, first: int, what: Due, number: int) -> None:
        with self._database.writing() as link:
            link.execute(select(journal.c.id).where(journal.c.id == of).with_for_update())
            here = and_(event.c.journal == of, event.c.seq >= first, event.c.seq < first + WINDOW)
            records = link.execute(update(event).where(here, _is_due(what)).values(body=None)).rowcount
            visits = _forget(link, visit, of, first, _GONE)
            _forget(link, alarm, of, first, {"acknowledged_by": None})
            _count(link, number, records=records, visits=visits)

    def _erase_apart(self, what: Due, number: int) -> None:
        with self._database.writing() as link:
            _count(link, number, messages=link.execute(delete(apart).where(apart.c.arrived < what.before)).rowcount)

    def _signed(self, number: int, what: Due, now: datetime, sign: Sign, *, clean: bool) -> bytes:
        with self._database.writing() as link:
            row = link.execute(select(erasure).where(erasure.c.id == number)).one()
            erased = Erased(
                number=number,
                begun=row.begun,
                ended=now,
                by=row.by,
                before=max(row.before, what.before),
                records=row.records,
                visits=row.visits,
                messages=row.messages,
                database="rewritten" if clean else "vacuumed",
                not_heard=_not_heard(link, what.before),
                audit=link.execute(_DIGEST).scalar() or "",
            )
            receipt = sign(erased)
            done = {"ended": now, "before": erased.before, "receipt": receipt}
            link.execute(update(erasure).where(erasure.c.id == number).values(done))
            return receipt

    def _last(self) -> bytes | None:
        with self._database.reading() as link:
            found = link.execute(_LAST).scalar()
        return None if found is None else bytes(found)


def _is_due(what: Due) -> ColumnElement[bool]:
    old = or_(event.c.arrived < what.before, and_(event.c.at < what.before, event.c.arrived < what.settled))
    return and_(event.c.body.is_not(None), event.c.type.not_in(erasing.STAY), old)


def _anything(link: Connection, what: Due) -> bool:
    due = or_(exists().where(_is_due(what)), exists().where(apart.c.arrived < what.before))
    return bool(link.execute(select(due)).scalar())


def _forget(link: Connection, table: Any, of: int, first: int, gone: dict[str, None]) -> int:
    """Empty these columns of the rows that were made of records without a body."""
    there = or_(*(table.c[name].is_not(None) for name in gone))
    erased = exists().where(event.c.journal == table.c.journal, event.c.seq == table.c.told, event.c.body.is_(None))
    here = and_(table.c.journal == of, table.c.told >= first, table.c.told < first + WINDOW)
    return int(link.execute(update(table).where(here, there, erased).values(gone)).rowcount)


def _count(link: Connection, number: int, **more: int) -> None:
    values = {name: erasure.c[name] + count for name, count in more.items()}
    link.execute(update(erasure).where(erasure.c.id == number).values(values))


def _not_heard(link: Connection, before: datetime) -> Sequence[str]:
    """Gates that were there then, and have not since worked in two weeks, after which a gate has deleted its keys."""
    monday = before.date() - timedelta(days=before.weekday())
    after = datetime.combine(monday, datetime.min.time(), before.tzinfo) + _WEEK
    later = (
        select(journal.c.source, func.min(event.c.at).label("first"), func.max(event.c.at).label("last"))
        .join(event, event.c.journal == journal.c.id)
        .where(event.c.at >= after)
        .group_by(journal.c.source)
    )
    heard = {row.source for row in link.execute(later) if row.first.isocalendar()[:2] != row.last.isocalendar()[:2]}
    retired = select(journal.c.source).join(event).where(event.c.type == type_of(Retired.name))
    heard |= set(link.execute(retired).scalars())
    known = link.execute(select(journal.c.source).where(journal.c.begun < before).distinct()).scalars()
    return sorted(set(known) - heard)
