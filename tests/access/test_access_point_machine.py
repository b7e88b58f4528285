"""Anything may happen to an access point in any order; what must hold, holds.

5,000 steps here; the system tier runs 100,000, and with ``GATE_LONG=1`` a million.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gate.access.access_point import AccessPoint
from gate.access.alarm import WANTS
from gate.access.command import Commanded, CommandRefusal, CommandRejected, Task, Verb
from gate.access.command_events import CommandTaken
from gate.access.devices import FAULTS, Device
from gate.access.door import Claim
from gate.access.effects import Answer, Effect, Held, Lease, Light, Momentary, Persist, Release, Secure, Share, Standing
from gate.access.events import AccessEvent, AccessResult, AlarmEvent, AlarmStep, Event, OpenedBy, Passage, PassageEvent
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
    RemoteRelease,
    Report,
    ResetPassback,
    SelfTest,
    SetMode,
    SetOccupancy,
)
from gate.access.patterns import Sign
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import (
    ControlRefused,
    DeviceChanged,
    InputChanged,
    Ordered,
    Recorded,
    Signal,
    SiteHeard,
    SiteJoined,
    Started,
    Stopping,
    Tick,
)
from gate.access.site_events import CheckedOut, OccupancyCorrected, PassbackReset
from gate.access.site_notes import SiteNote, Snapshot
from gate.credential.instant import ClockTrust
from gate.credential.model import Colour, CredentialRef, RejectReason, Verdict
from gate.policy.occupancy import GateCount, Occupancy, inside
from gate.policy.passback import Crossing, Crossings, Passback, PassbackMode, Way
from gate.policy.schedule import Schedule, Window
from gate.policy.site import Direction, SitePolicy
from gate.policy.status import Other
from gate.ports import Record
from gate.service.crossings_journal import fold
from gate.wire import envelope
from tests.access.examples import REF, SECOND, START, at, rejected, shown, valid
from tests.wire.examples import IDENTITY, KID, PLACE, ULID_B

STEPS = 5_000
STEPS_EACH = 50

ENDS = [
    [AccessResult.HELD],
    [AccessResult.GRANTED],
    [AccessResult.DENIED],
    [AccessResult.HELD, AccessResult.GRANTED],
    [AccessResult.HELD, AccessResult.DENIED],
]
FPS = ["aa" * 16, "bb" * 16, "cc" * 16]
VERDICTS: st.SearchStrategy[Verdict] = st.one_of(
    st.builds(valid, st.sampled_from([None, *Colour]), st.sampled_from(FPS), st.sampled_from([None, *FPS])),
    st.sampled_from(RejectReason).map(rejected),
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
    st.builds(ResetPassback, st.none() | st.integers(1, 9)),
    st.builds(SetOccupancy, st.integers(0, 5)),
    st.just(Report()),
)
COMMANDS: st.SearchStrategy[tuple[Verb, Task]] = st.one_of(
    st.builds(lambda visit: (Verb.RELEASE, RemoteRelease("urgent", visit)), st.none() | st.integers(1, 9)),
    st.sampled_from(
        [
            (Verb.LOCKDOWN, SetMode(DoorMode.LOCKED_DOWN)),
            (Verb.NORMAL, SetMode(DoorMode.LOCKED)),
            (Verb.EMERGENCY_RELEASE, SetMode(DoorMode.LOCKED_OPEN)),
        ]
    ),
)
WIRINGS = st.sampled_from(
    [
        frozenset[Wiring](),
        frozenset({Wiring.DOOR_MONITOR}),
        frozenset({Wiring.DOOR_MONITOR, Wiring.LOCK_MONITOR}),
        frozenset(Wiring),
    ]
)
OPEN = Schedule((Window(7 * 60, 9 * 60),))
"""Hours that the clock of the machine leaves when it steps, and when it goes on for long."""
SITES = st.builds(
    SitePolicy,
    gate=st.just("north"),
    direction=st.sampled_from([Direction.ENTRY, Direction.ENTRY, Direction.EXIT, Direction.BOTH]),
    granted=st.sampled_from([frozenset({Colour.GREEN}), frozenset({Colour.GREEN, Colour.YELLOW}), frozenset(Colour)]),
    green_hours=st.sampled_from([None, OPEN]),
    yellow_hours=st.sampled_from([None, OPEN]),
    passback=st.builds(Passback, st.sampled_from([*PassbackMode, PassbackMode.HARD]), st.just(1)),
    occupancy=st.builds(Occupancy, st.sampled_from([0, 2]), st.sampled_from([None, 8 * 60 + 3])),
)
CROSSINGS = st.builds(
    Crossing,
    st.sampled_from(FPS),
    st.just(REF.epoch),
    st.sampled_from(Way),
    st.integers(-600, 600).map(lambda seconds: START + timedelta(seconds=seconds)),
    st.sampled_from(["north", "south", "out"]),
)
NOTES: st.SearchStrategy[SiteNote] = st.one_of(
    CROSSINGS,
    st.builds(Snapshot, st.lists(CROSSINGS, max_size=3).map(tuple)),
    st.builds(GateCount, st.just("south"), st.sampled_from([None, START.date()]), st.integers(0, 3), st.integers(0, 3)),
)
SETTINGS = st.builds(
    Settings,
    site=SITES,
    wiring=WIRINGS,
    journal_required=st.booleans(),
    relock_on_open=st.booleans(),
    assist_by_button=st.booleans(),
    discreet=st.booleans(),
    self_test_at_start=st.sampled_from(SelfTestAtStart),
    remote_release=st.sampled_from([True, True, False]),
    remote_release_pause_ns=st.sampled_from([1, SECOND]),
    schedule=st.sampled_from([Schedule(), Schedule((Window(8 * 60, 8 * 60 + 2),))]),
)


def _record(event: Event) -> Record:
    return Record(1, event.feed, envelope.encode(event, PLACE, IDENTITY, ULID_B, offline=True))


def _lets_in_from_afar(effect: Effect) -> bool:
    match effect:
        case Persist(_, AccessEvent(opened_by=OpenedBy.REMOTE)):
            return True
    return False


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
        self.told: list[Event | Crossing] = []
        """What the journal holds, or has in hand; and between that, who left by what was heard."""
        self.passed = 0
        self.crossings = Crossings()
        self.log: list[
            tuple[Settings, Memory, Crossings] | tuple[Signal, int, int, ClockTrust, tuple[Effect, ...]]
        ] = []
        self.visits: dict[int, list[AccessResult]] = {}
        self.passages: dict[int, list[Passage]] = {}
        """Of each granted visit that was awaited: what was told of it."""
        self.alarms: dict[int, list[AlarmStep]] = {}
        self.active: set[InputLine] = set()
        self.requests = 0
        self.answered: Counter[int] = Counter()
        self.fresh = 10
        self.acted: Counter[int] = Counter()
        """How often each nonce has let somebody in."""

    @initialize(chosen=SETTINGS)
    def begins(self, *, chosen: Settings) -> None:
        self.settings = chosen
        self._start(Memory())

    def _start(self, memory: Memory) -> None:
        events = [one for one in self.told if not isinstance(one, Crossing)]
        self.passed = 0
        for event in events:
            self._count(event)
        site = self.settings.site
        self.crossings = fold((_record(event) for event in events), site) if site.shares else Crossings()
        self.point = AccessPoint(self.settings, memory, self.crossings)
        self.log.append((self.settings, memory, self.crossings))
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
                case Persist(_, event, memory):
                    self.unanswered.append(effect)
                    self._remember(event, memory)
                case Answer(request, _):
                    self.answered[request] += 1
                case Light() | Share():
                    pass
        remote = [one for one in effects if _lets_in_from_afar(one)]
        assert not remote or isinstance(signal, Recorded), "only what is recorded acts from afar"
        return effects

    def _remember(self, event: Event, memory: Memory) -> None:
        self.told.append(event)
        self._count(event)
        self._counts_are_the_records(event, memory)
        if isinstance(event, AccessEvent) and event.opened_by is OpenedBy.AUTO:
            self._let_in(event)
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
        place = max(number for number, one in enumerate(self.told) if one is event)
        del self.told[place]
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

    def _let_in(self, event: AccessEvent) -> None:
        """The gate let somebody in, or out, by itself."""
        site, colour = self.settings.site, event.colour
        if site.direction is Direction.EXIT:
            return
        assert colour in {Colour.GREEN, Colour.YELLOW}
        hours = {Colour.GREEN: site.green_hours, Colour.YELLOW: site.yellow_hours}[colour]
        assert hours is None or (START + timedelta(hours=-1)) <= event.at.utc < START + timedelta(hours=1)
        if site.direction is Direction.ENTRY and site.passback.mode is PassbackMode.HARD:
            assert not event.passback
            assert event.credential is not None
            assert event.credential.fp not in self._entered(), "a second entry by itself"

    def _entered(self) -> set[str]:
        """Who has entered by the records so far, and may not have left since."""
        inside: set[str] = set()
        awaited: dict[int, str] = {}
        for one in self.told[:-1]:
            match one:
                case PassbackReset(fp=None) | CheckedOut():
                    inside.clear()
                case PassbackReset(fp=fp) | Crossing(fp=fp):
                    inside.discard(fp or "")
                case AccessEvent(result=AccessResult.GRANTED, drill=False, credential=CredentialRef(fp=fp)):
                    if one.passage is Passage.AWAITED:
                        awaited[one.visit] = fp
                    else:
                        inside.add(fp)
                case PassageEvent(visit=visit, passage=Passage.TAKEN) if visit in awaited:
                    inside.add(awaited[visit])
        return inside

    def _count(self, event: Event) -> None:
        """Count as the records say."""
        match event:
            case CheckedOut():
                self.passed = 0
            case AccessEvent(result=AccessResult.GRANTED, drill=False, passage=Passage.UNKNOWN):
                self.passed += 1
            case PassageEvent(passage=Passage.TAKEN):
                self.passed += 1

    def _counts_are_the_records(self, event: Event, memory: Memory) -> None:
        site = self.settings.site
        own = next((one for one in memory.counts if one.gate == "north"), GateCount("north"))
        assert own.entered == (self.passed if site.direction is Direction.ENTRY else 0)
        if site.direction is Direction.EXIT:  # who was checked out before leaving is not counted
            assert own.left <= self.passed
            assert own.left == self.passed or any(isinstance(one, Crossing) for one in self.told)
        if isinstance(event, OccupancyCorrected):
            assert inside(memory.counts, own.period) == event.inside

    def _pass_time(self, until_ns: int) -> None:
        while (deadline_ns := self.point.deadline_ns(self.now_ns)) is not None and deadline_ns <= until_ns:
            self.now_ns = max(deadline_ns, self.now_ns)
            self._tell(Tick())
        self.now_ns = until_ns

    # What may happen.

    @rule(verdict=VERDICTS, code=st.sampled_from([b"a", b"b", b"c"]))
    def somebody_shows_a_code(self, verdict: Verdict, code: bytes) -> None:
        self._tell(shown(verdict, code, self.now_ns))

    @rule(fp=st.sampled_from(FPS), colour=st.sampled_from([None, *Colour]), before=st.sampled_from([None, *FPS]))
    def somebody_shows_one_of_two_codes(self, fp: str, colour: Colour | None, before: str | None) -> None:
        presented = shown(valid(colour, fp), fp.encode(), self.now_ns)
        other = None if before is None else Other(valid(fp=before).credential)
        judged = replace(presented.judged, wants=other is None, other=other)
        self._tell(replace(presented, judged=judged))

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

    @rule(fp=st.sampled_from(FPS[:2]), walks=st.booleans())
    def a_green_visitor_comes_whom_nobody_keeps_waiting(self, fp: str, *, walks: bool) -> None:
        """What is looked for needs several grants; the rules above seldom lead to one."""
        self._pass_time(self.now_ns + 4 * SECOND)
        if self.point.desk.hold is not None:
            self._tell(Ordered(Refuse("unwell"), "uid-1001", self.now_ns))
        self._tell(shown(valid(Colour.GREEN, fp), fp.encode(), self.now_ns))
        if walks:
            self._walk()

    @rule()
    def the_visitor_walks_through(self) -> None:
        self._walk()

    def _walk(self) -> None:
        for _ in range(2):
            self.active ^= {InputLine.DOOR_MONITOR, InputLine.DOOR_MONITOR_OPEN}
            for line in (InputLine.DOOR_MONITOR, InputLine.DOOR_MONITOR_OPEN):
                self._tell(InputChanged(line, line in self.active, self.now_ns))
            self._pass_time(self.now_ns + 2 * SECOND)

    @rule()
    def somebody_is_refused_at_the_socket(self) -> None:
        self._tell(ControlRefused("uid-1005", "admit"))

    @rule(command=COMMANDS, nonce=st.integers(1, 9), good_for_ms=st.sampled_from([50, 30_000]))
    def the_centre_commands(self, command: tuple[Verb, Task], nonce: int, good_for_ms: int) -> None:
        verb, task = command
        until_ns = self.now_ns + good_for_ms * 1_000_000
        self._tell(Commanded(verb, task, ULID_B, KID, "desk-1", nonce, self.now_ns, until_ns))

    @rule(recorded=st.booleans(), killed=st.booleans())
    def a_release_from_afar_comes_twice(self, *, recorded: bool, killed: bool) -> None:
        """The rules above seldom lead to a copy of a command that has acted."""
        self._pass_time(self.now_ns + 4 * SECOND)
        self.fresh += 1
        for again in (False, True):
            until_ns = self.now_ns + 30 * SECOND
            task = RemoteRelease("urgent", self.point.desk.hold.event.visit if self.point.desk.hold else None)
            self._tell(Commanded(Verb.RELEASE, task, ULID_B, KID, "desk-1", self.fresh, self.now_ns, until_ns))
            if recorded or again:
                self.the_journal_commits(len(self.unanswered))
            if killed and not again:
                self.the_service_is_killed_and_started_again()
            self._pass_time(self.now_ns + 2 * SECOND)

    @rule(reason=st.sampled_from(CommandRefusal))
    def somebody_commands_who_may_not(self, reason: CommandRefusal) -> None:
        self._tell(CommandRejected(reason, "release", KID, None))

    @rule(note=NOTES, gate=st.sampled_from(["south", "out", "north"]))
    def another_gate_tells(self, note: SiteNote, gate: str) -> None:
        told = note.crossings if isinstance(note, Snapshot) else (note,)
        self.told += [one for one in told if isinstance(one, Crossing)]
        self._tell(SiteHeard(gate, note))

    @rule()
    def the_broker_comes_back(self) -> None:
        self._tell(SiteJoined())

    @rule(count=st.integers(1, 9))
    def the_journal_commits(self, count: int) -> None:
        group, self.unanswered = self.unanswered[:count], self.unanswered[count:]
        for persist in group:
            self.durable = persist.memory
            effects = self._tell(Recorded(persist.ticket))
            if isinstance(persist.event, CommandTaken):
                self.acted[persist.event.nonce] += any(map(_lets_in_from_afar, effects))
                assert self.acted[persist.event.nonce] <= 1, "a command has acted twice"
            else:
                assert not any(map(_lets_in_from_afar, effects))

    @rule(later_ms=st.sampled_from([1, 100, 250, 2_000, 3_000, 5_000, 31_000, 61_000, 121_000]))
    def time_passes(self, later_ms: int) -> None:
        self._pass_time(self.now_ns + later_ms * 1_000_000)

    @rule(device=st.sampled_from(Device), working=st.booleans())
    def a_device_fails_or_works_again(self, device: Device, *, working: bool) -> None:
        visits = self.point.memory.visits
        self._tell(DeviceChanged(device, working))
        assert self.point.memory.visits == visits, "nobody is meant by it"
        told = [one for one in self.point.memory.alarms if one.detail == device.value]
        assert len([one for one in told if one.present]) == (0 if working else 1)
        assert WANTS[FAULTS[device]].acknowledgement or not [one for one in told if not one.present]

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
    def and_shows_it_over_everything_else(self) -> None:
        if self.point.doorway.mode is DoorMode.LOCKED_OPEN:
            assert self.point.panel.tower.showing(self.now_ns).sign in {Sign.LOCKED_OPEN, Sign.IDLE}

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
    def a_visit_without_an_end_is_on_hold_or_next(self) -> None:
        waiting = {visit for visit, results in self.visits.items() if results == [AccessResult.HELD]}
        assert waiting == {event.visit for event in self._told_as_held()}
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
        assert self.point.memory.holds == self._told_as_held()

    def _told_as_held(self) -> tuple[AccessEvent, ...]:
        hold, queued = self.point.desk.hold, self.point.desk.queued
        events = (hold.event if hold else None, queued.held if queued else None)
        return tuple(event for event in events if event is not None)

    def teardown(self) -> None:
        """The whole log replays into identical effects."""
        point: AccessPoint | None = None
        for line in self.log:
            if len(line) == 3:
                point = AccessPoint(*line)
            else:
                signal, now_ns, wall_s, clock, effects = line
                assert point is not None
                assert point.handle(signal, at(now_ns, clock, wall_s=wall_s)) == effects


AccessPointMachine.TestCase.settings = settings(
    max_examples=STEPS // STEPS_EACH, stateful_step_count=STEPS_EACH, deadline=None
)
TestAccessPointMachine = pytest.mark.no_cover(AccessPointMachine.TestCase)  # a trace would double its time
