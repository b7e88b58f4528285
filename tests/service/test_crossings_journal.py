"""What a gate knows of crossings after a restart is what it knew before: whatever had happened, from real records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.access.alarm import Alarm, AlarmKind
from gate.access.events import AlarmEvent, AlarmStep, Event, Passage
from gate.access.inputs import Wiring
from gate.access.orders import Admit, Drill, ResetPassback
from gate.access.settings import Settings
from gate.access.signals import Started
from gate.adapters.journal_sqlite import SqliteJournal
from gate.credential.model import Colour
from gate.policy.passback import Crossings, Passback, PassbackMode, Way
from gate.policy.site import Direction, SitePolicy
from gate.ports import Entry, Record, Slot
from gate.service import crossings_journal
from gate.service.crossings_journal import crossings_of, fold
from gate.wire import envelope
from tests.access.examples import valid
from tests.access.story import Story
from tests.wire.examples import GRANTED, IDENTITY, NOON, PLACE, ULID_B

HARD = SitePolicy(gate="north", passback=Passback(PassbackMode.HARD))
ANNA, BUDI = "aa" * 16, "bb" * 16


def record(event: Event, *, offline: bool = True) -> Record:
    return Record(1, event.feed, envelope.encode(event, PLACE, IDENTITY, ULID_B, offline=offline))


def fold_of(*events: Event, offline: bool = True) -> Crossings:
    return fold((record(event, offline=offline) for event in events), HARD)


def shows(fp: str) -> Callable[[Story], object]:
    return lambda told: told.show(valid(fp=fp), fp.encode(), after_s=5)


ACTS: dict[str, Callable[[Story], object]] = {
    "anna": shows(ANNA),
    "budi": shows(BUDI),
    "red": lambda told: told.show(valid(Colour.RED, BUDI), b"red", after_s=5),
    "door opens": lambda told: told.door(is_open=True),
    "door closes": lambda told: told.door(is_open=False),
    "waits": lambda told: told.wait(130),
    "admits": lambda told: told.order(Admit("known")),
    "drill": lambda told: told.order(Drill(Colour.BLACK)),
    "forgets one": lambda told: told.order(ResetPassback(told.memory.visits or 1)),
    "forgets all": lambda told: told.order(ResetPassback()),
    "clock back": lambda told: setattr(told, "wall_s", told.wall_s - 3600),
    "clock on": lambda told: setattr(told, "wall_s", told.wall_s + 1800),
}


@settings(max_examples=150, deadline=None)
@given(
    acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=25),
    monitored=st.booleans(),
    direction=st.sampled_from([Direction.ENTRY, Direction.EXIT]),
)
def test_a_restart_forgets_and_invents_nothing(acts: list[str], direction: Direction, *, monitored: bool) -> None:
    wiring = frozenset({Wiring.DOOR_MONITOR}) if monitored else frozenset[Wiring]()
    told = Story(Settings(site=replace(HARD, direction=direction), wiring=wiring))
    told.tell(Started("1.0"))
    for act in acts:
        ACTS[act](told)
    known = told.point.site.passings.known
    again = fold_of(*told.events)
    assert {fp: (one.way, one.utc, one.visit) for fp, one in again.newest.items()} == {
        fp: (one.way, one.utc, one.visit) for fp, one in known.newest.items()
    }
    assert (again.reset is None) is (known.reset is None)


def test_what_the_gate_granted_while_connected_it_knew_all_of() -> None:
    event = replace(GRANTED, passage=Passage.UNKNOWN)
    assert [one.known for one in fold_of(event, offline=True).newest.values()] == [False]
    assert [one.known for one in fold_of(event, offline=False).newest.values()] == [True]
    assert [one.known for one in fold_of(replace(event, passback=True)).newest.values()] == [True]


def test_a_pair_that_was_told_is_not_told_again() -> None:
    alarm = AlarmEvent(NOON, AlarmStep.RAISED, Alarm(1, AlarmKind.PASSBACK, NOON, "south", 1))
    event = replace(GRANTED, passage=Passage.UNKNOWN)
    assert [one.known for one in fold_of(event, alarm).newest.values()] == [True]
    other = replace(alarm, alarm=replace(alarm.alarm, kind=AlarmKind.BLACK))
    assert [one.known for one in fold_of(event, other).newest.values()] == [False]


@pytest.mark.parametrize(
    ("direction", "drill", "found"),
    [
        (Direction.ENTRY, False, Way.IN),
        (Direction.EXIT, False, Way.OUT),
        (Direction.BOTH, False, None),
        (Direction.ENTRY, True, None),
    ],
)
def test_the_record_says_which_way(direction: Direction, found: Way | None, *, drill: bool) -> None:
    event = replace(GRANTED, direction=direction, drill=drill, passage=Passage.UNKNOWN)
    assert [one.way for one in fold_of(event).newest.values()] == ([found] if found else [])


def altered(**fields: object) -> Iterable[Record]:
    body = json.loads(record(replace(GRANTED, passage=Passage.UNKNOWN)).body)
    yield Record(1, "access", json.dumps(body | {"data": body["data"] | fields}).encode())


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, {"fp": 7, "epoch": []}, True])
@pytest.mark.parametrize("name", ["credential", "direction", "visit", "drill", "passage"])
def test_a_record_of_another_version_stops_no_start(name: str, value: object) -> None:
    fold(altered(**{name: value}), HARD)
    fold([Record(1, "access", b"garbage")], HARD)


def commit(journal: SqliteJournal, event: Event) -> None:
    def build(slot: Slot) -> bytes:
        place = envelope.Place(slot.journal, slot.seq, slot.prev)
        return envelope.encode(event, place, IDENTITY, ULID_B, offline=True)

    journal.commit([Entry(event.feed, build, b"")])


def test_it_is_read_from_the_journal_only_where_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = SqliteJournal(tmp_path / "journal.db")
    commit(journal, replace(GRANTED, passage=Passage.UNKNOWN))
    assert list(crossings_of(journal, HARD).newest) == [GRANTED.credential.fp]  # type: ignore[union-attr]
    assert crossings_of(journal, SitePolicy()) == Crossings()
    monkeypatch.setattr(crossings_journal, "LOOKED_BACK", 1)
    commit(journal, NOT_TAKEN)
    assert crossings_of(journal, HARD) == Crossings(), "the look back is bounded"
    journal.close()


NOT_TAKEN = replace(GRANTED, visit=2, credential=None)
