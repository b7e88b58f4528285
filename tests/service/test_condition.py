"""The state and the open alarms: what a broker retains is always how the gate stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.alarm import Alarm, AlarmKind
from gate.access.effects import Persist
from gate.access.events import AlarmEvent, AlarmStep, Event, ModeChanged, ServiceStarted
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.adapters.journal_sqlite import SqliteJournal
from gate.credential.instant import ClockTrust
from gate.policy.occupancy import GateCount, Occupancy
from gate.policy.site import Direction, SitePolicy
from gate.ports import Entry, Slot
from gate.service.condition import Condition, left_over
from gate.wire import envelope
from tests.service.retained import Retained
from tests.wire.examples import BLACK, DURESS, GRANTED, IDENTITY, NOON, ULID_A, ULID_B

SITE = SitePolicy(gate="front", occupancy=Occupancy(capacity=40))
CAMERA = Alarm(3, AlarmKind.CAMERA_FAULT, NOON, "camera")
LATER = replace(NOON, utc=NOON.utc + timedelta(minutes=5), mono_ns=NOON.mono_ns + 300 * 10**9)
NOON_TEXT, LATER_TEXT = "2026-11-21T12:00:00.123Z", "2026-11-21T12:05:00.123Z"


class Gate:
    """A condition, the broker that it is told to, and what the core remembers."""

    def __init__(self, site: SitePolicy = SITE, left_over: frozenset[int] = frozenset()) -> None:
        self.condition = Condition(IDENTITY, ULID_A, site, left_over)
        self.broker = Retained()
        self.memory = Memory()
        self._tickets = count(1)

    def keep(self, event: Event = GRANTED, **memory: object) -> int:
        """The core wants the event kept; the ticket."""
        self.memory = replace(self.memory, **memory)  # type: ignore[arg-type]  # a table of its fields
        ticket = next(self._tickets)
        self.broker.take(self.condition.took(Persist(ticket, event, self.memory)))
        return ticket

    def start(self, mode: DoorMode = DoorMode.LOCKED, **memory: object) -> None:
        self.keep(ServiceStarted(NOON, "0.7.0", mode), **memory)

    def change(self, mode: DoorMode) -> int:
        return self.keep(ModeChanged(LATER, mode, DoorMode.LOCKED, "officer"))

    def recorded(self, ticket: int) -> None:
        self.broker.take(self.condition.recorded(ticket))

    @property
    def mode(self) -> str:
        return str(self.broker.state["mode"])


def test_at_the_start_it_says_how_the_gate_was_found() -> None:
    gate = Gate()
    assert gate.condition.standing() == [], "the core has not begun"
    gate.start(alarms=(BLACK,), counts=(GateCount("front", None, 5, 2), GateCount("back", None, 0, 1)))
    assert gate.broker.state == {
        "mode": "locked",
        "since": NOON_TEXT,
        "health": [],
        "occupancy": {"inside": 2, "capacity": 40},
        "alarms": [1],
        "journal": ULID_A,
        "boot": "boot-1",
        "access_point": "entrance",
    }
    assert gate.broker.alarms()[1]["kind"] == "black"
    again = Retained()
    again.take(gate.condition.standing())
    assert again.standing == gate.broker.standing


def test_nothing_is_told_twice() -> None:
    gate = Gate()
    gate.start(alarms=(BLACK,))
    told = gate.broker.count
    gate.keep()
    gate.keep()
    assert gate.broker.count == told


def test_a_stricter_mode_and_an_emergency_are_told_at_once() -> None:
    for mode in (DoorMode.LOCKED_DOWN, DoorMode.LOCKED_OPEN):
        gate = Gate()
        gate.start()
        gate.change(mode)
        assert (gate.mode, gate.broker.state["since"]) == (mode.value, LATER_TEXT)


def test_a_freer_mode_is_told_when_its_record_is_there_as_the_door_waits_for_it_too() -> None:
    gate = Gate()
    gate.start()
    ticket = gate.change(DoorMode.UNLOCKED)
    gate.recorded(ticket - 1)
    assert gate.mode == "locked"
    gate.recorded(ticket)
    assert (gate.mode, gate.broker.state["since"]) == ("unlocked", LATER_TEXT)


def test_a_freer_mode_that_was_taken_back_is_never_told() -> None:
    gate = Gate()
    gate.start()
    waited = gate.change(DoorMode.UNLOCKED)
    gate.change(DoorMode.LOCKED_DOWN)
    gate.recorded(waited)
    assert gate.mode == "locked_down"


def test_an_alarm_stands_from_its_beginning_to_its_end_with_every_change() -> None:
    gate = Gate()
    gate.start()
    gate.keep(AlarmEvent(NOON, AlarmStep.RAISED, BLACK), alarms=(BLACK,))
    assert gate.broker.alarms()[1]["acknowledged_by"] is None
    seen = replace(BLACK, acknowledged_by="uid-1001")
    gate.keep(AlarmEvent(NOON, AlarmStep.ACKNOWLEDGED, seen), alarms=(seen,))
    assert gate.broker.alarms()[1]["acknowledged_by"] == "uid-1001"
    gate.keep(AlarmEvent(NOON, AlarmStep.CLEARED, seen), alarms=())
    assert (gate.broker.alarms(), gate.broker.state["alarms"]) == ({}, [])


_ALARMS = st.lists(
    st.builds(Alarm, st.integers(1, 6), st.sampled_from(AlarmKind), st.just(NOON), present=st.booleans()),
    unique_by=lambda alarm: alarm.number,
    max_size=4,
).map(tuple)


@given(st.lists(_ALARMS, min_size=1, max_size=8), st.sets(st.integers(1, 6)))
def test_whatever_happens_the_retained_alarms_are_the_open_ones(steps: list[tuple[Alarm, ...]], old: set[int]) -> None:
    gate = Gate(left_over=frozenset(old))
    gate.broker.standing |= {f"alarm/{number}": {"alarm": number} for number in old}
    gate.start(alarms=steps[0])
    for alarms in steps:
        gate.keep(alarms=alarms)
        assert set(gate.broker.alarms()) == {one.number for one in alarms} == set(gate.broker.state["alarms"])
        assert [one["kind"] for _, one in sorted(gate.broker.alarms().items())] == [
            one.kind.value for one in sorted(alarms, key=lambda one: one.number)
        ]


@pytest.mark.parametrize("kind", AlarmKind)
def test_what_is_wrong_with_the_unit_is_its_health_and_people_are_not(kind: AlarmKind) -> None:
    gate = Gate()
    gate.start(alarms=(Alarm(1, kind, NOON),))
    of_people = {"black", "forged", "help", "duress", "emergency", "passback", "door_forced_open", "door_open_too_long"}
    assert gate.broker.state["health"] == ([] if kind.value in of_people else [kind.value])


def test_health_names_each_reason_once_while_it_lasts() -> None:
    gate = Gate()
    gate.start(alarms=(CAMERA, replace(CAMERA, number=4, detail="camera_lens"), DURESS))
    gate.broker.take(gate.condition.judged(["trust_warned"]))
    assert gate.broker.state["health"] == ["camera_fault", "trust_warned"]
    gate.keep(replace(GRANTED, at=replace(NOON, clock=ClockTrust.UNSET)), alarms=(replace(CAMERA, present=False),))
    gate.broker.take(gate.condition.judged([]))
    assert gate.broker.state["health"] == ["clock_unset"]


def test_the_others_are_counted_as_they_told_last_and_this_one_as_it_remembers() -> None:
    gate = Gate()
    gate.start(counts=(GateCount("front", None, 5), GateCount("back", None, 1)))
    gate.broker.take(gate.condition.heard(GateCount("back", None, 3)))
    assert gate.broker.state["occupancy"]["inside"] == 8
    gate.keep(counts=(GateCount("front", None, 6), GateCount("back", None, 1)))
    assert gate.broker.state["occupancy"]["inside"] == 9, "the core had not heard it yet"
    gate.broker.take(gate.condition.heard(GateCount("front", None, 100)))
    assert gate.broker.state["occupancy"]["inside"] == 9, "nobody else counts for this gate"


def test_a_gate_that_counts_nobody_says_so() -> None:
    gate = Gate(replace(SITE, direction=Direction.BOTH))
    gate.start(counts=(GateCount("front", None, 5),))
    assert gate.broker.state["occupancy"] is None


def cleared(number: int) -> Entry:
    def build(slot: Slot) -> bytes:
        place = envelope.Place(slot.journal, slot.seq, slot.prev)
        event = AlarmEvent(NOON, AlarmStep.CLEARED, replace(BLACK, number=number))
        return envelope.encode(event, place, IDENTITY, ULID_B, offline=True)

    return Entry("officer", build, b"")


def test_an_end_that_an_earlier_run_may_not_have_told_is_told_again_once(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.commit([cleared(1), cleared(2), cleared(7)])
    assert left_over(journal) == {1, 2, 7}
    journal.confirm([2])
    gate = Gate(left_over=left_over(journal))
    journal.close()
    gate.broker.standing |= {f"alarm/{number}": {"alarm": number} for number in (1, 7)}
    gate.start(alarms=(replace(BLACK, number=7),))
    assert set(gate.broker.alarms()) == {7}, "a number that is open is open"
    told = gate.broker.count
    gate.keep()
    assert gate.broker.count == told
