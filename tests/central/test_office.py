"""What staff leave: the audit as a chain, follow-ups, and a trace that is written down before it is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Executable, delete, update

from gate.access.events import Event, Passage, PassageEvent
from gate.central import audit
from gate.central.adapters.sql.office import SqlOffice
from gate.central.adapters.sql.tables import audit as audit_table
from gate.central.archive import Wanted
from gate.central.audit import Act, Entry, Verb
from gate.central.office import trace
from gate.central.store import StoreError
from gate.central.tracing import Crossing, Pseudonym, Span
from gate.policy.site import Direction
from gate.service.threads import Worker
from tests.central.conftest import Place
from tests.central.examples import NOON
from tests.central.stories import SITE, at, day, granted, pseudonym, recorded
from tests.wire.examples import ULID_A

SOURCE = "gate/v1/jkt-01/front"


def act(number: int, verb: Verb = Verb.EXPORT) -> Act:
    return Act(NOON + timedelta(seconds=number), "uid-1001", verb, f"visits of jkt-{number:02}", None)


def test_acts_are_kept_in_order_and_chained(place: Place) -> None:
    office = place.office()
    entries = [office.note(act(number)) for number in range(3)]
    other = place.office()
    assert list(other.audit()) == [(one, one.digest) for one in entries]
    assert [one.number for one in entries] == [1, 2, 3]
    assert audit.broken(other.audit()) is None


@pytest.mark.parametrize(
    "meddle",
    [
        update(audit_table).where(audit_table.c.id == 2).values(by="uid-0"),
        update(audit_table).where(audit_table.c.id == 2).values(verb="slept"),
        update(audit_table).where(audit_table.c.id == 2).values(digest="0" * 64),
        delete(audit_table).where(audit_table.c.id == 2),
    ],
    ids=["who", "what", "digest", "taken out"],
)
def test_whoever_changes_an_entry_is_found_out(place: Place, meddle: Executable) -> None:
    office = place.office()
    for number in range(4):
        office.note(act(number))
    with place.database().writing() as link:
        link.execute(meddle)
    assert audit.broken(office.audit()) == 2


def test_an_entry_that_was_written_anew_with_a_digest_of_its_own_is_found_by_the_next(place: Place) -> None:
    office = place.office()
    second = [office.note(act(number)) for number in range(3)][1]
    forged = replace(second, act=replace(second.act, by="uid-0"))
    with place.database().writing() as link:
        link.execute(update(audit_table).where(audit_table.c.id == 2).values(by="uid-0", digest=forged.digest))
    assert audit.broken(office.audit()) == 3


def test_two_that_write_at_once_make_one_chain(place: Place) -> None:
    def writes(office: SqlOffice) -> Worker:
        def body(_stop: threading.Event, _beat: Callable[[], None]) -> None:
            for number in range(8):
                office.note(act(number))

        return Worker("staff", body, lambda _: None)

    workers = [writes(place.office()) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        assert worker.stop(30)
        assert worker.error is None
    office = place.office()
    assert audit.broken(office.audit()) is None
    assert len(list(office.audit())) == 16


def test_what_became_of_a_visitor_is_kept_with_who_said_so_and_the_newest_counts(place: Place) -> None:
    place.store().save(recorded(day()), [], NOON)
    office = place.office()
    for number, outcome in enumerate(("left", "referred")):
        office.follow_up(SOURCE, ULID_A, 2, outcome, act(number, Verb.FOLLOW_UP))
    (found,) = place.archive().visits(Wanted(number=2))
    assert found.followed_up == "referred"
    assert [entry.act.verb for entry, _ in office.audit()] == ["follow-up", "follow-up"]


def test_a_follow_up_of_no_journal_leaves_nothing(place: Place) -> None:
    office = place.office()
    with pytest.raises(StoreError, match="has no journal"):
        office.follow_up(SOURCE, ULID_A, 2, "left", act(0, Verb.FOLLOW_UP))
    assert list(office.audit()) == []


WHO = Pseudonym(pseudonym(1).fp, pseudonym(1).epoch)
HOURS = timedelta(hours=8)


def test_a_trace_finds_who_was_there_and_is_written_down_first(place: Place) -> None:
    events: list[Event] = [
        granted(1, 0),
        replace(granted(2, 10, person=2), passage=Passage.AWAITED),
        PassageEvent(at(10.1), 2, Passage.NOT_TAKEN),
        granted(3, 20, person=3),
        replace(granted(4, 25, person=4), drill=True),
        granted(5, 30, direction=Direction.EXIT),
        granted(6, 40, person=5),
    ]
    place.store().save(recorded(events), [], NOON)
    place.store().save(recorded([granted(1, 21, person=6)], site="jkt-02"), [], NOON)
    office = place.office()
    window = Span(at(-60).utc, at(60).utc)
    found = trace(office, office, SITE, WHO, window, longest=HOURS, act=act(0, Verb.TRACE))
    assert [one.stay.who.fp for one in found] == [pseudonym(3).fp]
    assert found[0].shared == Span(recorded(events)[3].at, recorded(events)[5].at)
    assert (found[0].stay.entry_seen, found[0].stay.exit_seen) == (True, False)
    assert [entry.act.verb for entry, _ in office.audit()] == ["trace"]


def test_whoever_came_before_the_window_and_was_still_there_is_found(place: Place) -> None:
    place.store().save(recorded([granted(1, 0), granted(2, 10, person=2), granted(3, 400, person=3)]), [], NOON)
    office, window = place.office(), Span(at(300).utc, at(360).utc)
    found = trace(office, office, SITE, WHO, window, longest=HOURS, act=act(0, Verb.TRACE))
    assert [(one.stay.who.fp, one.shared) for one in found] == [(pseudonym(2).fp, window)]


class _Silent:
    """An office whose paper is out, and crossings that nobody may read without it."""

    def note(self, act: Act) -> Entry:
        raise StoreError(f"cannot be written: {act.verb}")

    def audit(self) -> Iterable[tuple[Entry, str]]:
        return ()

    def crossings(self, site: str, since: datetime, until: datetime) -> Iterable[Crossing]:
        raise AssertionError(f"{site} was looked at from {since} to {until}")


def test_what_cannot_be_written_down_is_not_answered() -> None:
    silent = _Silent()
    with pytest.raises(StoreError, match="cannot be written"):
        trace(silent, silent, SITE, WHO, Span(NOON, NOON), longest=HOURS, act=act(0, Verb.TRACE))  # type: ignore[arg-type]
