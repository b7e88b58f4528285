"""``issuing.IssueStore`` on a database: a ticket is spent, and a gate revoked, by one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, func, select, update

from gate.central.adapters.sql import office
from gate.central.adapters.sql.engine import Database, insert_missing, insert_of
from gate.central.adapters.sql.tables import certificate, enrolment, head_key, journal
from gate.central.audit import Act, Verb
from gate.central.issuing import Certified, Revoked, Ticket
from gate.wire.topics import VERSION, is_name


class SqlIssued:
    """May be used on any thread. Who opened the database closes it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_ticket(self, ticket: Ticket) -> None:
        with self._database.writing() as link:
            link.execute(enrolment.insert(), asdict(ticket))
            about = f"{ticket.site}/{ticket.gate}, token {ticket.id}"
            office.add(link, Act(ticket.made, ticket.by, Verb.ENROLL, about))

    def ticket(self, id_: str) -> Ticket | None:
        with self._database.reading() as link:
            row = link.execute(select(enrolment).where(enrolment.c.id == id_)).mappings().first()
        return None if row is None else Ticket(**{**row, "public": bytes(row["public"])})

    def spend(self, ticket: str, made: Certified, now: datetime, head: str | None = None) -> Certified | None:
        free = (enrolment.c.id == ticket, enrolment.c.used.is_(None), enrolment.c.withdrawn.is_(None))
        with self._database.writing() as link:
            if link.execute(update(enrolment).where(*free).values(used=now)).rowcount == 1:
                link.execute(certificate.insert(), asdict(made))
                if head is not None:
                    source = f"gate/{VERSION}/{made.site}/{made.gate}"
                    link.execute(insert_missing(link, head_key), {"source": source, "key": head, "since": now})
                return made
            same = (certificate.c.ticket == ticket, certificate.c.key == made.key, certificate.c.revoked.is_(None))
            return next(iter(_certified(link, *same)), None)

    def record(self, made: Certified) -> None:
        with self._database.writing() as link:
            link.execute(insert_missing(link, certificate), asdict(made))

    def admit(self, made: Certified) -> bool:
        with self._database.writing() as link:
            office.hold(link)  # a revocation is before this one, or sees its row
            if office.has_acted(link, Verb.REVOKE, made.gate):
                return False
            link.execute(insert_missing(link, certificate), asdict(made))
            return True

    def renew(self, held: str, made: Certified) -> bool:
        counts = (certificate.c.serial == held, certificate.c.revoked.is_(None))
        with self._database.writing() as link:
            if link.execute(select(certificate.c.serial).where(*counts).with_for_update()).first() is None:
                return False
            link.execute(certificate.insert(), asdict(made))
            return True

    def certificate(self, serial: str) -> Certified | None:
        with self._database.reading() as link:
            return next(iter(_certified(link, certificate.c.serial == serial)), None)

    def certificates(self, gate: str | None = None) -> Sequence[Certified]:
        with self._database.reading() as link:
            return _certified(link, *(() if gate is None else (certificate.c.gate == gate,)))

    def revoke(self, gate: str, reason: str, by: str, now: datetime) -> Revoked:
        open_ = (enrolment.c.gate == gate, enrolment.c.used.is_(None), enrolment.c.withdrawn.is_(None))
        held = (certificate.c.gate == gate, certificate.c.revoked.is_(None))
        with self._database.writing() as link:
            office.add(link, Act(now, by, Verb.REVOKE, f"{gate}: {reason}"))
            # What is being given out at this moment is waited for, and then seen: first by its token, then by what it
            # follows; whoever comes later finds both gone.
            tickets = link.execute(update(enrolment).where(*open_).values(withdrawn=now)).rowcount
            link.execute(select(certificate.c.serial).where(*held).order_by(certificate.c.serial).with_for_update())
            link.execute(update(certificate).where(*held).values(revoked=now, revoked_by=by, reason=reason))
            keys = _withdraw_keys(link, gate, now)
            revoked = _certified(link, certificate.c.gate == gate, certificate.c.revoked.is_not(None))
            return Revoked(tuple(revoked), tickets, keys)


def _withdraw_keys(link: Connection, gate: str, now: datetime) -> int:
    """What the gate has signed its heads with counts for no other head; how many keys that is new for."""
    used = select(journal.c.source, journal.c.key).where(_is_of(gate, journal.c.source), journal.c.key.is_not(None))
    vouched = select(head_key.c.source, head_key.c.key).where(_is_of(gate, head_key.c.source))
    before = _count_withdrawn(link, gate)
    for source, key in sorted({tuple(row) for row in link.execute(used.union(vouched))}):
        row = insert_of(link, head_key).values(source=source, key=key, since=now, revoked=now)
        first = func.coalesce(head_key.c.revoked, row.excluded.revoked)
        link.execute(row.on_conflict_do_update(index_elements=["source", "key"], set_={"revoked": first}))
    return _count_withdrawn(link, gate) - before


def _count_withdrawn(link: Connection, gate: str) -> int:
    which = (_is_of(gate, head_key.c.source), head_key.c.revoked.is_not(None))
    return int(link.execute(select(func.count()).select_from(head_key).where(*which)).scalar_one())


def _is_of(gate: str, source: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether it is the source of the gate of this name, at whatever site; ``%`` and ``_`` are in no gate's name."""
    return source.like(f"gate/{VERSION}/%/{gate}") if is_name(gate) else false()


def _certified(link: Connection, *which: Any) -> list[Certified]:
    rows = link.execute(select(certificate).where(*which).order_by(certificate.c.issued, certificate.c.serial))
    return [Certified(**{**row, "pem": bytes(row["pem"])}) for row in rows.mappings()]
