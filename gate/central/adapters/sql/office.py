"""``office.Office`` on the centre's database: the audit, follow-ups, and the crossings that a trace reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, text

from gate.central import audit as audits
from gate.central.adapters.sql.engine import POSTGRESQL, Database
from gate.central.adapters.sql.projections import Row
from gate.central.adapters.sql.tables import audit, follow_up, journal, visit
from gate.central.audit import Act, Entry, Verb
from gate.central.store import StoreError
from gate.central.tracing import Crossing, Pseudonym, Way

_PAGE: Final = 500
_LONGEST_HOLD: Final = timedelta(days=1)
"""How long before it ended a visit can have begun, at most."""
_WAYS: Final = {way.value: way for way in Way}
_NEWEST = select(audit).order_by(audit.c.id.desc()).limit(1)


class SqlOffice:
    """Writes beside the workers. ``close`` closes the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, act: Act) -> Entry:
        with self._database.writing() as link:
            return add(link, act)

    def audit(self) -> Iterator[tuple[Entry, str]]:
        last = 0
        while page := self._entries(last):
            yield from page
            last = page[-1][0].number

    def follow_up(self, source: str, journal: str, visit: int, outcome: str, act: Act) -> None:
        with self._database.writing() as link:
            of = _journal(link, source, journal)
            add(link, act)
            link.execute(
                insert(follow_up), {"journal": of, "visit": visit, "at": act.at, "by": act.by, "outcome": outcome}
            )

    def crossings(self, site: str, since: datetime, until: datetime) -> Iterator[Crossing]:
        asked = (
            select(visit)
            .where(visit.c.site == site, visit.c.begun >= since - _LONGEST_HOLD, visit.c.begun <= until)
            .where(visit.c.at >= since, visit.c.at <= until)
            .where(visit.c.result == "granted", visit.c.drill.is_(False), visit.c.fp.is_not(None))
            .where(visit.c.passage.is_distinct_from("not_taken"), visit.c.direction.in_(_WAYS))
            .order_by(visit.c.at, visit.c.journal, visit.c.number)
        )
        with self._database.reading() as link:
            found = link.execute(asked).mappings().all()
        return (_crossing(row) for row in found)

    def close(self) -> None:
        self._database.close()

    def _entries(self, after: int) -> list[tuple[Entry, str]]:
        asked = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(_PAGE)
        with self._database.reading() as link:
            return [(_entry(row), row["digest"]) for row in link.execute(asked).mappings()]


def add(link: Connection, act: Act) -> Entry:
    """Put an act behind the last one, in this transaction."""
    hold(link)
    newest = link.execute(_NEWEST).mappings().first()
    entry = audits.after(None if newest is None else _entry(newest), act)
    link.execute(insert(audit), _row(entry))
    return entry


def hold(link: Connection) -> None:
    """Nobody else acts until this transaction ends."""
    if link.dialect.name == POSTGRESQL:  # SQLite has one writer at a time anyway
        link.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))


def has_acted(link: Connection, verb: Verb, gate: str) -> bool:
    """Whether somebody has done this to the gate; what it is about begins with its name, and ``:`` is in none."""
    about = audit.c.about.startswith(f"{gate}:", autoescape=True)
    return link.execute(select(audit.c.id).where(audit.c.verb == verb.value, about).limit(1)).first() is not None


def _row(entry: Entry) -> dict[str, Any]:
    act = entry.act
    told = {"at": act.at, "by": act.by, "verb": str(act.verb), "about": act.about, "case": act.case}
    return told | {"id": entry.number, "prev": entry.prev, "digest": entry.digest}


def _entry(row: Row) -> Entry:
    act = Act(row["at"], row["by"], row["verb"], row["about"], row["case"])
    return Entry(row["id"], act, row["prev"])


def _journal(link: Connection, source: str, ulid: str) -> int:
    found = link.execute(select(journal.c.id).where(journal.c.source == source, journal.c.ulid == ulid)).scalar()
    if found is None:
        raise StoreError(f"{source} has no journal {ulid}")
    return int(found)


def _crossing(row: Row) -> Crossing:
    who = Pseudonym(row["fp"], row["epoch"] or "")
    return Crossing(who, _WAYS[row["direction"]], row["at"], row["gate"], certain=row["clock"] != "unset")
