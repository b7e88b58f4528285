"""Everything that a database of the centre holds, without what depends on who wrote when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Table, select

from gate.central.adapters.sql.tables import alarm, apart, event, finding, journal, visit
from tests.central.conftest import Place

_OF_EVENTS = (
    select(
        journal.c.source,
        journal.c.ulid,
        event.c.seq,
        event.c.type,
        event.c.at,
        event.c.prev,
        event.c.digest,
        event.c.body,
    )
    .join(journal, journal.c.id == event.c.journal)
    .order_by(journal.c.source, journal.c.ulid, event.c.seq)
)
_OF_JOURNALS = select(
    journal.c.source,
    journal.c.ulid,
    journal.c.whole_to,
    journal.c.head,
    journal.c.highest,
    journal.c.broken_at,
    journal.c.key,
    journal.c.signed_to,
).order_by(journal.c.source, journal.c.ulid)
_OF_APART = select(apart.c.kind, apart.c.topic, apart.c.problem, apart.c.payload).order_by(
    apart.c.topic, apart.c.digest
)
_OF_FINDINGS = select(
    finding.c.kind, finding.c.source, finding.c.subject, finding.c.detail, finding.c.count, finding.c.ended
).order_by(finding.c.kind, finding.c.source, finding.c.subject)


def _of_staff(table: Table) -> Select[Any]:
    own = [column for column in table.columns if column.name != "journal"]
    joined = select(journal.c.source, journal.c.ulid, *own).join(journal, journal.c.id == table.c.journal)
    return joined.order_by(journal.c.source, journal.c.ulid, table.c.number)


_OF_ALL = (_OF_EVENTS, _OF_JOURNALS, _OF_APART, _OF_FINDINGS, _of_staff(visit), _of_staff(alarm))


def dump(place: Place) -> list[list[tuple[Any, ...]]]:
    with place.kept_database.reading() as link:
        return [
            [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in link.execute(of)]
            for of in _OF_ALL
        ]
