"""``duties.DutyStore`` on a database: the lease, the newest reports, and the gaps with what was done about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select

from gate.central import replaying
from gate.central.adapters.sql import gaps, leases, nonces, notes
from gate.central.adapters.sql.engine import Database, insert_of
from gate.central.adapters.sql.tables import report
from gate.central.duties import Request
from gate.central.replaying import Gap
from gate.central.reports import Report

LEASE: Final = "duties"
MOST_OF_ONE: Final = 500
"""Reports of one gate; it has four, and one for each open alarm."""


class SqlDuties:
    """Shares the database with the ingest of the same worker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._after = 0
        """The journal where the last look ended."""

    def take(self, worker: str, now: datetime, length: timedelta) -> bool:
        with self._database.writing() as link:
            return leases.take(link, LEASE, worker, now, length)

    def give_back(self, worker: str) -> None:
        with self._database.writing() as link:
            leases.give_back(link, LEASE, worker)

    def keep(self, worker: str, news: Sequence[Report], now: datetime) -> None:
        with self._database.writing() as link:
            if not leases.is_held(link, LEASE, worker):
                return
            for one in {(one.source, one.leaf): one for one in news}.values():
                _put(link, one, now)
            for source in {one.source for one in news}:
                _make_room(link, source)

    def missing(self, worker: str, kid: str | None, now: datetime) -> Sequence[Request]:
        with self._database.writing() as link:
            if not leases.is_held(link, LEASE, worker):
                return ()
            self._after = gaps.look(link, self._after, now)
            untold = gaps.untold(link)
            for gap, finding in replaying.overdue(untold, gaps.over(link, untold), now):
                notes.note(link, [finding], now)
                gaps.mark_told(link, gap, now)
            if kid is None:
                return ()
            chosen = replaying.choose(gaps.askable(link, now), now)
            for gap in chosen:
                gaps.mark_asked(link, replaying.asked(gap, now))
            numbers = nonces.take(link, kid, len(chosen), now)
            return [Request(gap, number) for gap, number in zip(chosen, numbers, strict=True)]

    def refused(self, gap: Gap, reason: str, now: datetime) -> None:
        with self._database.writing() as link:
            notes.note(link, [replaying.open_gap(gap, f"and the gate does not send them again ({reason})")], now)
            gaps.mark_told(link, gap, now)


def _put(link: Connection, one: Report, now: datetime) -> None:
    if one.payload:
        said = {"arrived": now, "payload": one.payload}
        new = insert_of(link, report).values(source=one.source, leaf=one.leaf, **said)
        link.execute(new.on_conflict_do_update(index_elements=["source", "leaf"], set_=said))
    else:
        link.execute(delete(report).where(report.c.source == one.source, report.c.leaf == one.leaf))


def _make_room(link: Connection, source: str) -> None:
    """A gate that names ever new alarms pushes out its own oldest."""
    newest = select(report.c.leaf).where(report.c.source == source).order_by(report.c.arrived.desc(), report.c.leaf)
    too_many = newest.offset(MOST_OF_ONE).limit(MOST_OF_ONE)  # PostgreSQL needs no limit, SQLite does
    leaves = list(link.execute(too_many).scalars())
    if leaves:
        link.execute(delete(report).where(report.c.source == source, report.c.leaf.in_(leaves)))
