"""What staff can ask, on every kind of database: the rows are there with the records, and say what the records say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.event import listen

from gate.access.events import AccessEvent, Event
from gate.central.adapters.sql import archive
from gate.central.adapters.sql.projections import rebuild
from gate.central.adapters.sql.tables import alarm, event, journal, report, visit
from gate.central.archive import Archive, Gap, Report, SeenVisit, Use, Wanted
from gate.central.arrivals import read
from gate.central.projection import Alarm, Visit, merged, merged_alarm, of
from gate.credential.model import Colour
from tests.central.conftest import Place
from tests.central.examples import NOON
from tests.central.stories import at, black_alarm, day, granted, held_then_refused, recorded
from tests.wire.examples import EVENTS, ULID_A, ULID_B

DAY = recorded(day())
START = at(0).utc
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


_numbers = count()


def numbers(found: list[SeenVisit] | tuple[SeenVisit, ...]) -> list[int]:
    return [one.visit.number for one in found]


def asked(store: Archive, **wanted: Any) -> list[int]:
    return numbers(list(store.visits(Wanted(**wanted))))


def test_the_rows_of_a_day_are_what_its_records_say(place: Place) -> None:
    place.store().save(DAY, [], NOON)
    visits: dict[int, Visit] = {}
    alarms: dict[int, Alarm] = {}
    for part in (of(one.seq, one.body) for one in DAY):
        if isinstance(part, Visit):
            visits[part.number] = merged(visits.get(part.number, part), part)
        elif part is not None:
            alarms[part.number] = merged_alarm(alarms.get(part.number, part), part)
    store = place.archive()
    assert {one.visit.number: one.visit for one in store.visits(Wanted())} == visits
    assert {one.alarm.number: one.alarm for one in store.alarms(START)} == alarms
    assert {(one.site, one.gate, one.journal) for one in store.visits(Wanted())} == {("jkt-01", "front", ULID_A)}


@given(stories=st.lists(EVENTS, max_size=5), seed=st.integers(0, 999), cut=st.integers(0, 20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
def test_any_records_in_any_order_and_batches_give_the_same_rows(
    place: Place, stories: list[Event], seed: int, cut: int
) -> None:
    store, found = place.kept_open, place.read_open
    names = [f"door-{next(_numbers)}" for _ in range(2)]
    there, again = (recorded([*day(), *stories], gate=name) for name in names)
    store.save(there, [], NOON)
    shuffled = [*again, *again]
    Random(seed).shuffle(shuffled)  # noqa: S311  (an order)
    for part in (shuffled[:cut], shuffled[cut:]):
        store.save(part, [], NOON)
    first, second = ([one.visit for one in found.visits(Wanted(gate=name))] for name in names)
    assert first == second
    alarms = found.alarms(LONG_AGO)
    assert len({tuple(one.alarm for one in alarms if one.gate == name) for name in names}) == 1


def test_visits_are_found_by_where_when_and_what(place: Place) -> None:
    store = place.store()
    store.save(DAY, [], NOON)
    store.save(recorded([granted(1, 60)], ULID_B, site="jkt-02", gate="back"), [], NOON)
    found = place.archive()
    assert asked(found) == [1, 2, 3, 4, 1]
    assert asked(found, site="jkt-02") == asked(found, gate="back") == asked(found, journal=ULID_B) == [1]
    assert asked(found, colour="red") == [2]
    assert asked(found, result="denied") == [2, 3]
    assert asked(found, number=3) == [3]
    assert asked(found, since=at(5).utc, until=at(20).utc) == [2, 3]
    assert numbers(list(found.newest_visits(Wanted(), 2))) == [4, 1]


def test_every_visit_comes_once_over_all_pages(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PAGE", 7)
    same_moment = [granted(number, number // 10) for number in range(1, 50)]
    place.store().save(recorded(same_moment), [], NOON)
    assert asked(place.archive()) == list(range(1, 50))


def test_no_more_than_a_page_is_read_ahead(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export of years takes no more room than one of a day."""
    monkeypatch.setattr(archive, "PAGE", 7)
    place.store().save(recorded([granted(number, number) for number in range(1, 50)]), [], NOON)
    database, asked_for = place.database(), list[str]()
    listen(database.engine, "before_cursor_execute", lambda *told: asked_for.append(told[2]))
    visits = archive.SqlArchive(database).visits(Wanted())
    for _ in range(8):
        next(visits)
    assert sum("FROM visit" in one for one in asked_for) == 2


def test_rows_made_again_are_the_same_and_what_was_erased_stays(place: Place) -> None:
    store = place.store()
    store.save(recorded([*day(), *held_then_refused(5, 25, Colour.BLACK)]), [], NOON)
    store.save(recorded(day(), ULID_B), [], NOON)
    with place.database().writing() as link:  # what an erasure of the first visit of one journal leaves
        first = link.execute(select(journal.c.id).where(journal.c.ulid == ULID_A)).scalar_one()
        link.execute(update(event).where(event.c.journal == first, event.c.seq <= 2).values(body=None))
        link.execute(update(visit).where(visit.c.journal == first, visit.c.number == 1).values(fp=None, epoch=None))
    found = place.archive()
    before = list(found.visits(Wanted())), found.alarms(LONG_AGO)
    with place.database().writing() as link:
        link.execute(update(visit).where(visit.c.number > 1).values(colour="green", passage=None, told=99))
        link.execute(update(alarm).values(outcome=None, cleared=None))
        link.execute(delete(visit).where(visit.c.number == 4))
    assert (list(found.visits(Wanted())), found.alarms(LONG_AGO)) != before
    assert rebuild(place.database()) == 13 + 15 - 2
    assert (list(found.visits(Wanted())), found.alarms(LONG_AGO)) == before


def test_open_alarms_stay_however_old_and_others_for_as_long_as_asked(place: Place) -> None:
    open_one, over = black_alarm(1, 0, visit=1)[:3], black_alarm(2, 60, visit=2)
    place.store().save(recorded([*open_one, *over]), [], NOON)
    store = place.archive()
    assert [one.alarm.number for one in store.alarms(at(999).utc)] == [1]
    assert [(one.alarm.number, one.followed_up) for one in store.alarms(START)] == [(1, None), (2, "isolated")]


def test_black_and_red_visitors_are_unanswered_until_somebody_says_what_became_of_them(place: Place) -> None:
    drill = [replace(one, drill=True) for one in held_then_refused(9, 30, Colour.RED) if isinstance(one, AccessEvent)]
    place.store().save(recorded([*day(), *held_then_refused(5, 25, Colour.BLACK), *drill]), [], NOON)
    assert numbers(list(place.archive().unanswered(START))) == [2, 5]  # of 3 the officer said it at the gate
    assert numbers(list(place.archive().unanswered(at(6).utc))) == [5]


def test_the_use_of_a_day_by_gate(place: Place) -> None:
    store = place.store()
    store.save(DAY, [], NOON)
    store.save(recorded([granted(1, 60), granted(2, 60)], ULID_B, site="jkt-02", gate="back"), [], NOON)
    remote = replace(granted(1, 60), officer="centre:0a1b")
    drill = replace(granted(2, 60), drill=True, officer="uid-1001")
    store.save(recorded([remote], site="jkt-03"), [], NOON)
    store.save(recorded([drill], site="jkt-04"), [], NOON)
    store.save(recorded(black_alarm(1, 60, visit=1)[:3], site="jkt-05"), [], NOON)
    assert place.archive().use(START, START + timedelta(days=1)) == {
        ("jkt-01", "front"): Use(4, officer=True),
        ("jkt-02", "back"): Use(2, officer=False),
        ("jkt-03", "front"): Use(1, officer=False),
        ("jkt-04", "front"): Use(0, officer=True),
        ("jkt-05", "front"): Use(0, officer=True),
    }
    assert place.archive().use(START + timedelta(days=1), START + timedelta(days=2)) == {}


def test_journals_and_what_is_missing(place: Place) -> None:
    place.store().save([*DAY[:2], *DAY[4:5], *DAY[7:]], [], NOON)
    store = place.archive()
    (found,) = store.journals()
    assert (found.source, found.ulid) == ("gate/v1/jkt-01/front", ULID_A)
    assert (found.whole_to, found.highest, found.newest) == (2, len(DAY), DAY[-1].at)
    assert store.gaps() == [Gap(found.source, ULID_A, 3, 4), Gap(found.source, ULID_A, 6, 7)]


def test_how_gates_say_that_they_stand(place: Place) -> None:
    row = {"source": "gate/v1/jkt-01/front", "leaf": "state", "arrived": NOON, "payload": b"{}"}
    with place.database().writing() as link:
        link.execute(insert(report), row)
    assert place.archive().reports("state", "info") == {row["source"]: {"state": Report(NOON, b"{}")}}
    assert place.archive().reports("info") == {}


HOSTILE = "=cmd|'/C calc'!A0\x1b[31m\r\n\u202e\x00\ud800"


def test_hostile_text_stops_no_worker_and_is_plain_in_the_rows(place: Place) -> None:
    event = json.loads(DAY[0].body)
    event["data"] |= {"reason": HOSTILE, "officer": HOSTILE, "colour": HOSTILE, "passage": HOSTILE}
    event["data"]["credential"] |= {"fp": HOSTILE, "issuer": HOSTILE * 99}
    arrived = read("gate/v1/jkt-01/front/evt/access", json.dumps(event).encode())
    assert isinstance(arrived, tuple)
    assert place.store().save(arrived, [], NOON).new == 1
    (found,) = place.archive().visits(Wanted())
    assert found.visit.story is not None
    assert found.visit.story.reason.isprintable()
    assert found.visit.story.reason.startswith("=cmd")
    assert len(found.visit.story.issuer or "") == 120
