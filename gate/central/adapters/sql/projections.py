"""Fills the rows that staff ask for, in the transaction that keeps the records they are made of.

Called behind the journal's lock, so that nobody else fills rows of the same journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, exists, not_, select

from gate.central import projection
from gate.central.adapters.sql.engine import Database, insert_of
from gate.central.adapters.sql.tables import alarm, event, journal, visit
from gate.central.projection import About, Alarm, Story, Visit
from gate.wire import topics

Part = TypeVar("Part", Visit, Alarm)
Row = Mapping[Any, Any]

_ASKED: Final = 1000
_PAGE: Final = 2000
_STORY: Final = tuple(field.name for field in fields(Story))
_ABOUT: Final = tuple(field.name for field in fields(About))
_VISIT: Final = tuple(field.name for field in fields(Visit) if field.name != "story")
_ALARM: Final = tuple(field.name for field in fields(Alarm) if field.name != "about")


def fill(link: Connection, of: int, source: str, records: Iterable[tuple[int, bytes]]) -> None:
    """Put what these records say, by number and body, into the rows of this journal."""
    visits: dict[int, Visit] = {}
    alarms: dict[int, Alarm] = {}
    for seq, body in records:
        match projection.of(seq, body):
            case Visit() as part:
                visits[part.number] = projection.merged(visits.get(part.number, part), part)
            case Alarm() as told:
                alarms[told.number] = projection.merged_alarm(alarms.get(told.number, told), told)
            case None:
                pass
    _put(link, of, source, visits, _VISITS)
    _put(link, of, source, alarms, _ALARMS)


def rebuild(database: Database) -> int:
    """Make all rows again, one journal in a transaction; how many records were read. Raises ``StoreError``.

    A row that an erased record is part of stays, and what other records say of it is put over it.
    """
    with database.reading() as link:
        journals = link.execute(select(journal.c.id, journal.c.source).order_by(journal.c.id)).all()
    read = 0
    for row in journals:
        with database.writing() as link:
            link.execute(select(journal.c.id).where(journal.c.id == row.id).with_for_update())
            for table, of in ((visit, (visit.c.first, visit.c.told, visit.c.passed)), (alarm, (alarm.c.told,))):
                link.execute(delete(table).where(table.c.journal == row.id, not_(_erased(row.id, of))))
            read += _refill(link, row.id, row.source)
    return read


def visit_of(row: Row) -> Visit:
    """A row of ``visit``, put together again."""
    own = {name: row[name] for name in _VISIT}
    return Visit(story=Story(**{name: row[name] for name in _STORY}) if row["told"] else None, **own)


def alarm_of(row: Row) -> Alarm:
    """A row of ``alarm``, put together again."""
    own = {name: row[name] for name in _ALARM}
    return Alarm(about=About(**{name: row[name] for name in _ABOUT}), **own)


@dataclass(frozen=True, slots=True)
class _Form(Generic[Part]):
    """How parts of one kind become rows and are read again."""

    table: Table
    read: Callable[[Row], Part]
    merge: Callable[[Part, Part], Part]
    write: Callable[[Part, str], dict[str, Any]]


def _erased(of: int, numbers: Sequence[ColumnElement[int]]) -> ColumnElement[bool]:
    return exists().where(event.c.journal == of, event.c.seq.in_(numbers), event.c.body.is_(None))


def _refill(link: Connection, of: int, source: str) -> int:
    asked = select(event.c.seq, event.c.body).where(
        event.c.journal == of, event.c.type.in_(projection.TYPES), event.c.body.is_not(None)
    )
    last, count = 0, 0
    while page := link.execute(asked.where(event.c.seq > last).order_by(event.c.seq).limit(_PAGE)).all():
        fill(link, of, source, ((row.seq, bytes(row.body)) for row in page))
        last, count = page[-1].seq, count + len(page)
    return count


def _put(link: Connection, of: int, source: str, parts: Mapping[int, Part], form: _Form[Part]) -> None:
    if not parts:
        return
    found = {one.number: one for one in map(form.read, _there(link, of, sorted(parts), form.table))}
    merged = [form.merge(found[number], part) if number in found else part for number, part in sorted(parts.items())]
    insert = insert_of(link, form.table)
    columns = [column.name for column in form.table.columns if not column.primary_key]
    upsert = insert.on_conflict_do_update(
        index_elements=["journal", "number"], set_={name: insert.excluded[name] for name in columns}
    )
    link.execute(upsert, [{"journal": of} | form.write(one, source) for one in merged])


def _there(link: Connection, of: int, numbers: list[int], table: Table) -> Iterator[Row]:
    asked = select(table).where(
        table.c.journal == bindparam("of"), table.c.number.in_(bindparam("numbers", expanding=True))
    )
    for start in range(0, len(numbers), _ASKED):
        yield from link.execute(asked, {"of": of, "numbers": numbers[start : start + _ASKED]}).mappings()


def _visit_row(one: Visit, source: str) -> dict[str, Any]:
    address = topics.parse(f"{source}/evt")
    where = {"site": address.site, "gate": address.gate} if address else {"site": "", "gate": source}
    story = {name: None if one.story is None else getattr(one.story, name) for name in _STORY}
    return where | story | {name: getattr(one, name) for name in _VISIT}


def _alarm_row(one: Alarm, _source: str) -> dict[str, Any]:
    return {name: getattr(one.about, name) for name in _ABOUT} | {name: getattr(one, name) for name in _ALARM}


_VISITS: Final = _Form(visit, visit_of, projection.merged, _visit_row)
_ALARMS: Final = _Form(alarm, alarm_of, projection.merged_alarm, _alarm_row)
