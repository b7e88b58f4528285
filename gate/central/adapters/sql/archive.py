"""``archive.Archive`` on the centre's database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_

from gate.central.adapters.sql import events
from gate.central.adapters.sql.engine import Database
from gate.central.adapters.sql.projections import Row, alarm_of, visit_of
from gate.central.adapters.sql.tables import Moment, alarm, event, finding, follow_up, journal, report, visit
from gate.central.archive import Gap, JournalState, Report, SeenAlarm, SeenVisit, Use, Wanted
from gate.central.arrivals import Journal
from gate.central.findings import Finding, FindingKind
from gate.central.store import Found
from gate.wire import topics

PAGE: Final = 500
CENTRE: Final = "centre:"
"""Whose word is the centre's own, and no officer's at the door."""

_TOLD_HERE = (
    select(follow_up.c.outcome)
    .where(follow_up.c.journal == visit.c.journal, follow_up.c.visit == visit.c.number)
    .order_by(follow_up.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_TOLD_THERE = (
    select(func.max(alarm.c.outcome))
    .where(alarm.c.journal == visit.c.journal, alarm.c.visit == visit.c.number)
    .scalar_subquery()
)
_VISITS = select(visit, journal.c.ulid, func.coalesce(_TOLD_HERE, _TOLD_THERE).label("became")).join(
    journal, journal.c.id == visit.c.journal
)
_PLACE = (visit.c.begun, visit.c.journal, visit.c.number)
_TOLD_OF_ALARM = (
    select(follow_up.c.outcome)
    .where(follow_up.c.journal == alarm.c.journal, follow_up.c.visit == alarm.c.visit)
    .order_by(follow_up.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ALARMS = (
    select(alarm, journal.c.source, journal.c.ulid, func.coalesce(_TOLD_OF_ALARM, alarm.c.outcome).label("became"))
    .join(journal, journal.c.id == alarm.c.journal)
    .order_by(alarm.c.begun, alarm.c.journal, alarm.c.number)
)
_JOURNALS = (
    select(journal, event.c.at.label("newest"))
    .join(event, and_(event.c.journal == journal.c.id, event.c.seq == journal.c.highest), isouter=True)
    .order_by(journal.c.source, journal.c.id)
)
_AT_THE_DOOR = and_(visit.c.officer.is_not(None), visit.c.officer.not_like(f"{CENTRE}%"))
_NO_DRILL = or_(visit.c.drill.is_(None), visit.c.drill.is_(False))


class SqlArchive:
    """Reads beside the workers. ``close`` closes the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def visits(self, wanted: Wanted) -> Iterator[SeenVisit]:
        ordered = _wanted(wanted).order_by(*_PLACE).limit(PAGE)
        page = self._page(ordered)
        while page:
            yield from (_seen(row) for row in page)
            last = tuple_(literal(page[-1]["begun"], Moment), page[-1]["journal"], page[-1]["number"])
            page = self._page(ordered.where(tuple_(*_PLACE) > last)) if len(page) == PAGE else []

    def newest_visits(self, wanted: Wanted, number: int) -> Sequence[SeenVisit]:
        newest = _wanted(wanted).order_by(*(column.desc() for column in _PLACE)).limit(number)
        return [_seen(row) for row in reversed(self._page(newest))]

    def alarms(self, since: datetime) -> Sequence[SeenAlarm]:
        asked = _ALARMS.where(or_(alarm.c.cleared.is_(None), alarm.c.begun >= since))
        return [_seen_alarm(row) for row in self._page(asked)]

    def unanswered(self, since: datetime) -> Sequence[SeenVisit]:
        asked = _VISITS.where(visit.c.begun >= since, visit.c.colour.in_(("black", "red")), _NO_DRILL)
        found = [_seen(row) for row in self._page(asked.order_by(*_PLACE))]
        return [one for one in found if one.followed_up is None]

    def findings(self) -> Sequence[Found]:
        return [_found(row) for row in self._page(select(finding).order_by(finding.c.id))]

    def reports(self, *leaves: str) -> Mapping[str, Mapping[str, Report]]:
        found: dict[str, dict[str, Report]] = {}
        for row in self._page(select(report).where(report.c.leaf.in_(leaves))):
            found.setdefault(row["source"], {})[row["leaf"]] = Report(row["arrived"], bytes(row["payload"]))
        return found

    def journals(self) -> Sequence[JournalState]:
        names = ("source", "ulid", "whole_to", "highest", "broken_at", "newest", "heard")
        return [JournalState(**{name: row[name] for name in names}) for row in self._page(_JOURNALS)]

    def gaps(self) -> Sequence[Gap]:
        store = events.SqlStore(self._database)
        holey = [one for one in self.journals() if one.whole_to < one.highest]
        return [
            Gap(one.source, one.ulid, *edges) for one in holey for edges in store.gaps(Journal(one.source, one.ulid))
        ]

    def use(self, since: datetime, until: datetime) -> Mapping[tuple[str, str], Use]:
        count = func.count().filter(_NO_DRILL).label("visits")
        officers = func.count().filter(_AT_THE_DOOR).label("officers")
        asked = (
            select(visit.c.site, visit.c.gate, count, officers)
            .where(visit.c.begun >= since, visit.c.begun < until)
            .group_by(visit.c.site, visit.c.gate)
        )
        found = {(row["site"], row["gate"]): Use(row["visits"], row["officers"] > 0) for row in self._page(asked)}
        for place in self._answered(since, until):
            found[place] = Use(found[place].visits if place in found else 0, officer=True)
        return found

    def close(self) -> None:
        self._database.close()

    def _answered(self, since: datetime, until: datetime) -> list[tuple[str, str]]:
        """Where an officer answered an alarm."""
        asked = (
            select(journal.c.source)
            .join(alarm, journal.c.id == alarm.c.journal)
            .where(alarm.c.acknowledged >= since, alarm.c.acknowledged < until)
            .where(alarm.c.acknowledged_by.is_not(None), alarm.c.acknowledged_by.not_like(f"{CENTRE}%"))
            .distinct()
        )
        return [place_of(row["source"]) for row in self._page(asked)]

    def _page(self, asked: Select[Any]) -> Sequence[Row]:
        with self._database.reading() as link:
            return link.execute(asked).mappings().all()


def place_of(source: str) -> tuple[str, str]:
    """Site and gate of a source."""
    address = topics.parse(f"{source}/evt")
    return ("", source) if address is None else (address.site, address.gate)


def _wanted(wanted: Wanted) -> Select[Any]:
    equal: dict[ColumnElement[Any], object] = {
        visit.c.site: wanted.site,
        visit.c.gate: wanted.gate,
        visit.c.colour: wanted.colour,
        visit.c.result: wanted.result,
        visit.c.number: wanted.number,
        journal.c.ulid: wanted.journal,
    }
    found = _VISITS.where(*(column == value for column, value in equal.items() if value is not None))
    if wanted.since is not None:
        found = found.where(visit.c.begun >= wanted.since)
    if wanted.until is not None:
        found = found.where(visit.c.begun < wanted.until)
    return found


def _seen(row: Row) -> SeenVisit:
    return SeenVisit(row["site"], row["gate"], row["ulid"], visit_of(row), row["became"])


def _seen_alarm(row: Row) -> SeenAlarm:
    return SeenAlarm(*place_of(row["source"]), row["ulid"], alarm_of(row), row["became"])


def _found(row: Row) -> Found:
    told = Finding(FindingKind(row["kind"]), row["source"], row["subject"], row["detail"])
    return Found(told, row["first"], row["last"], row["count"], row["ended"])
