"""Anything may happen to an access point in any order; what must hold, holds.

``GATE_LONG=1`` runs a million steps.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gate.access.access_point import AccessPoint
from gate.access.devices import Device
from gate.access.door import Claim
from gate.access.effects import Answer, Effect, Held, Lease, Light, Momentary, Persist, Release, Secure, Standing
from gate.access.events import AccessEvent, AccessResult, AlarmEvent, AlarmStep, Event, Passage, PassageEvent
from gate.access.inputs import InputLine, Wiring
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.orders import (
    Acknowledge,
    Admit,
    Attestation,
    Drill,
    FollowUp,
    FollowUpOutcome,
    Order,
    Refuse,
    Report,
    SelfTest,
    SetMode,
)
from gate.access.schedule import Schedule, Window
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import (
    ControlRefused,
    DeviceChanged,
    InputChanged,
    Ordered,
    Recorded,
    Signal,
    Started,
    Stopping,
    Tick,
)
from gate.credential.instant import ClockTrust
from gate.credential.model import Colour, RejectReason, Verdict
from tests.access.examples import SECOND, at, rejected, shown, valid

STEPS = 1_000_000 if os.environ.get("GATE_LONG") else 100_000
STEPS_EACH = 50

ENDS = [
    [AccessResult.HELD],
    [AccessResult.GRANTED],
    [AccessResult.DENIED],
    [AccessResult.HELD, AccessResult.GRANTED],
    [AccessResult.HELD, AccessResult.DENIED],
]
VERDICTS: st.SearchStrategy[Verdict] = st.one_of(
    st.sampled_from([None, *Colour]).map(valid), st.sampled_from(RejectReason).map(rejected)
)
ATTESTED = Attestation(healthy=True, protocol_kept=True)
ORDERS: st.SearchStrategy[Order] = st.one_of(
    st.builds(
        Admit, st.just("urgent"), st.none() | st.integers(1, 9), st.sampled_from([None, ATTESTED]), st.booleans()
    ),
    st.builds(Refuse, st.just("unwell"), st.none() | st.integers(1, 9)),
    st.builds(Acknowledge, st.none() | st.integers(1, 9)),
    st.builds(FollowUp, st.sampled_from(FollowUpOutcome), st.none() | st.integers(1, 9)),
    st.builds(SetMode, st.sampled_from(DoorMode)),
    st.builds(Drill, st.sampled_from([Colour.RED, Colour.BLACK])),
    st.builds(SelfTest, st.booleans()),
    st.just(Report()),
)
WIRINGS = st.sampled_from(
    [
        frozenset[Wiring](),
        frozenset({Wiring.DOOR_MONITOR}),
        frozenset({Wiring.DOOR_MONITOR, Wiring.LOCK_MONITOR}),
        frozenset(Wiring),
    ]
)
SETTINGS = st.builds(
    Settings,
    wiring=WIRINGS,
    journal_required=st.booleans(),
    relock_on_open=st.booleans(),
    assist_by_button=st.booleans(),
    discreet=st.booleans(),
    self_test_at_start=st.sampled_from(SelfTestAtStart),
    schedule=st.sampled_from([Schedule(), Schedule((Window(8 * 60, 8 * 60 + 2),))]),
)


class AccessPointMachine(RuleBasedStateMachine):
    """An access point between a strike, a journal that may be slow or lost, and a clock whose wall time jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = SECOND
        self.wall_s = 0
        self.clock = ClockTrust.SYNCED
        self.lease: Lease | None = None
        self.unanswered: list[Persist] = []
        self.durable = Memory()
        self.log: list[tuple[Settings, Memory] | tuple[Signal, int, int, ClockTrust, tuple[Effect, ...]]] = []
        self.visits: dict[int, list[AccessResult]] = {}
        self.passages: dict[int, list[Passage]] = {}
        """Of each granted visit that was awaited: what was told of it."""
        self.alarms: dict[int, list[AlarmStep]] = {}
        self.active: set[InputLine] = set()
        self.requests = 0
        self.answered: Counter[int] = Counter()

    @initialize(chosen=SETTINGS)
    def begins(self, *, chosen: Settings) -> None:
        self.settings = chosen
        self._start(Memory())

    def _start(self, memory: Memory) -> None:
        self.point = AccessPoint(self.settings, memory)
        self.log.append((self.settings, memory))
        self.lease, self.unanswered = None, []
        self._tell(Started("1.0"))
        for line in InputLine:
            self._tell(InputChanged(line, line in self.active, self.now_ns, initial=True))

    def _tell(self, signal: Signal) -> tuple[Effect, ...]:
        effects = self.point.handle(signal, at(self.now_ns, self.clock, wall_s=self.wall_s))
        self.log.append((signal, self.now_ns, self.wall_s, self.clock, effects))
        for effect in effects:
            match effect:
                case Release(lease):
                    self.lease = lease
                case Secure():
                    self.lease = None
                case Persist(_, event, _):
                    self.unanswered.append(effect)
                    self._remember(event)
                case Answer(request, _):
                    self.answered[request] += 1
                case Light():
                    pass
        return effects

    def _remember(self, event: Event) -> None:
        match event:
            case AccessEvent(visit=visit, result=result, passage=passage):
                results = self.visits.setdefault(visit, [])
                results.append(result)
                assert results in ENDS, f"visit {visit}: {results}"
                if passage is Passage.AWAITED:
                    self.passages[visit] = []
            case PassageEvent(visit=visit, passage=passage):
                self.passages[visit].append(passage)
                assert len(self.passages[visit]) == 1
            case AlarmEvent(step=step, alarm=alarm):
                steps = self.alarms.setdefault(alarm.number, [])
                assert (step is AlarmStep.RAISED) is (not steps)
                assert step not in steps
                assert AlarmStep.CLEARED not in steps
                steps.append(step)

    def _forget(self, event: Event) -> None:
        """The journal lost it with the power."""
        match event:
            case AccessEvent(visit=visit, passage=passage):
                self.visits[visit].pop()
                if not self.visits[visit]:
                    del self.visits[visit]
                if passage is Passage.AWAITED:
                    del self.passages[visit]
            case PassageEvent(visit=visit):
                self.passages[visit].pop()
            case AlarmEvent(alarm=alarm):
                self.alarms[alarm.number].pop()
                if not self.alarms[alarm.number]:
                    del self.alarms[alarm.number]

    def _pass_time(self, until_ns: int) -> None:
        while (deadline_ns := self.point.deadline_ns(self.now_ns)) is not None and deadline_ns <= until_ns:
            self.now_ns = max(deadline_ns, self.now_ns)
            self._tell(Tick())
        self.now_ns = until_ns

    # What may happen.

    @rule(verdict=VERDICTS, code=st.sampled_from([b"a", b"b", b"c"]))
    def somebody_shows_a_code(self, verdict: Verdict, code: bytes) -> None:
        self._tell(shown(verdict, code, self.now_ns))

    @rule(order=ORDERS, asks=st.booleans(), ago_ms=st.sampled_from([0, 0, 50, 3_000]))
    def somebody_gives_an_order(self, order: Order, *, asks: bool, ago_ms: int) -> None:
        self.requests += asks
        request = self.requests if asks else 0
        self._tell(Ordered(order, "uid-1001", self.now_ns - ago_ms * 1_000_000, request))
        if asks:
            assert self.answered[request] == 1, "every request is answered in its step"

    @rule(line=st.sampled_from(InputLine))
    def an_input_changes(self, line: InputLine) -> None:
        self.active ^= {line}
        self._tell(InputChanged(line, line in self.active, self.now_ns))

    @rule(line=st.sampled_from([InputLine.ADMIT, InputLine.REFUSE, InputLine.REX, InputLine.ACKNOWLEDGE]))
    def a_button_is_pressed(self, line: InputLine) -> None:
        for _ in range(2):
            self.active ^= {line}
            self._tell(InputChanged(line, line in self.active, self.now_ns))
            self._pass_time(self.now_ns + 400_000_000)

    @rule()
    def the_visitor_walks_through(self) -> None:
        for _ in range(2):
            self.active ^= {InputLine.DOOR_MONITOR, InputLine.DOOR_MONITOR_OPEN}
            for line in (InputLine.DOOR_MONITOR, InputLine.DOOR_MONITOR_OPEN):
                self._tell(InputChanged(line, line in self.active, self.now_ns))
            self._pass_time(self.now_ns + 2 * SECOND)

    @rule()
    def somebody_is_refused_at_the_socket(self) -> None:
        self._tell(ControlRefused("uid-1005", "admit"))

    @rule(count=st.integers(1, 9))
    def the_journal_commits(self, count: int) -> None:
        for persist in self.unanswered[:count]:
            self.durable = persist.memory
            self._tell(Recorded(persist.ticket))
        del self.unanswered[:count]

    @rule(later_ms=st.sampled_from([1, 100, 250, 2_000, 3_000, 5_000, 31_000, 61_000, 121_000]))
    def time_passes(self, later_ms: int) -> None:
        self._pass_time(self.now_ns + later_ms * 1_000_000)

    @rule(device=st.sampled_from(Device), working=st.booleans())
    def a_device_fails_or_works_again(self, device: Device, *, working: bool) -> None:
        visits = self.point.memory.visits
        self._tell(DeviceChanged(device, working))
        assert self.point.memory.visits == visits, "nobody is meant by it"
        failing = [one for one in self.point.memory.alarms if one.detail == device.value]
        assert len(failing) == (0 if working else 1)

    @rule(wall_s=st.sampled_from([-3600, 0, 3600]), clock=st.sampled_from(ClockTrust))
    def the_wall_clock_steps(self, wall_s: int, clock: ClockTrust) -> None:
        self.wall_s, self.clock = wall_s, clock

    @rule()
    def the_service_is_killed_and_started_again(self) -> None:
        for persist in reversed(self.unanswered):
            self._forget(persist.event)
        self._start(self.durable)

    @rule()
    def the_service_stops_in_order_and_starts_again(self) -> None:
        self._tell(Stopping("test"))
        assert isinstance(self.lease, Standing) if self.point.memory.emergency else self.lease is None
        for persist in self.unanswered:
            self.durable = persist.memory
        assert (self.durable.holds, self.durable.awaited) == ((), ())
        self._start(self.durable)

    # What must hold.

    @invariant()
    def a_release_has_a_deadline_to_come(self) -> None:
        assert self.lease == self.point.doorway.door.lease
        match self.lease:
            case Momentary(deadline_ns):
                assert self.now_ns < deadline_ns <= self.now_ns + self.settings.extended_release_ns
            case Held(mode, renew_by_ns):
                assert mode is DoorMode.UNLOCKED
                assert renew_by_ns > self.now_ns
            case Standing():
                assert self.point.memory.emergency

    @invariant()
    def an_emergency_always_frees(self) -> None:
        if self.point.memory.emergency or InputLine.EMERGENCY in self.active:
            assert isinstance(self.lease, Standing)

    @invariant()
    def a_lockdown_never_releases_for_a_visitor(self) -> None:
        doorway = self.point.doorway
        if DoorMode.LOCKED_DOWN in {doorway.mode, doorway.asked_mode} and not self.point.memory.emergency:
            assert self.lease is None or Claim.EXIT in doorway.door.passing

    @invariant()
    def a_stricter_mode_never_waits(self) -> None:
        assert not self.point.doorway.mode.frees_more_than(self.point.doorway.asked_mode)

    @invariant()
    def a_hold_always_ends(self) -> None:
        hold = self.point.desk.hold
        if hold is not None:
            assert self.now_ns < hold.deadline_ns <= self.now_ns + self.settings.hold_ns

    @invariant()
    def a_visit_without_an_end_is_the_one_on_hold(self) -> None:
        hold = self.point.desk.hold
        waiting = {visit for visit, results in self.visits.items() if results == [AccessResult.HELD]}
        assert waiting == ({hold.event.visit} if hold is not None else set())
        assert self.visits.keys() == set(range(1, self.point.memory.visits + 1))

    @invariant()
    def each_grant_is_taken_or_not_or_unknown(self) -> None:
        awaited = {visit for visit, told in self.passages.items() if not told}
        assert awaited == set(self.point.memory.awaited)
        assert awaited == {one.visit for one in self.point.doorway.monitor.awaited}

    @invariant()
    def an_alarm_is_open_or_cleared_and_never_forgotten(self) -> None:
        open_ones = {number for number, steps in self.alarms.items() if AlarmStep.CLEARED not in steps}
        assert open_ones == {alarm.number for alarm in self.point.memory.alarms}

    @invariant()
    def nothing_calls_for_longer_than_it_should_without_escalating(self) -> None:
        for alarm, since_ns in self.point.alarms._waiting():
            assert self.now_ns < since_ns + self.settings.escalate_ns, alarm

    @invariant()
    def what_would_be_restored_is_what_is_known(self) -> None:
        hold = self.point.desk.hold
        assert self.point.memory.holds == ((hold.event,) if hold is not None else ())

    def teardown(self) -> None:
        """The whole log replays into identical effects."""
        point: AccessPoint | None = None
        for line in self.log:
            if len(line) == 2:
                point = AccessPoint(*line)
            else:
                signal, now_ns, wall_s, clock, effects = line
                assert point is not None
                assert point.handle(signal, at(now_ns, clock, wall_s=wall_s)) == effects


AccessPointMachine.TestCase.settings = settings(
    max_examples=STEPS // STEPS_EACH, stateful_step_count=STEPS_EACH, deadline=None
)
TestAccessPointMachine = pytest.mark.no_cover(  # a trace would double its minute
    pytest.mark.timeout(3600)(AccessPointMachine.TestCase)
)
