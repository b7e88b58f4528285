"""Anything may happen to an access point in any order; what must hold, holds."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gate.access.access_point import AccessPoint
from gate.access.effects import Effect, Held, Lease, Momentary, Persist, Release, Secure
from gate.access.events import AccessEvent, AccessResult
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.settings import Settings
from gate.access.signals import (
    ModeRequested,
    OfficerAdmitted,
    OfficerRefused,
    Recorded,
    Signal,
    Started,
    Stopping,
    Tick,
)
from gate.credential.instant import ClockTrust
from gate.credential.model import Colour, RejectReason, Verdict
from tests.access.examples import SECOND, at, rejected, shown, valid

VERDICTS: st.SearchStrategy[Verdict] = st.one_of(
    st.sampled_from([None, *Colour]).map(valid), st.sampled_from(RejectReason).map(rejected)
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
        self.released_for: set[int] = set()

    @initialize(required=st.booleans())
    def begins(self, *, required: bool) -> None:
        self.settings = Settings(journal_required=required)
        self._start(Memory())

    def _start(self, memory: Memory) -> None:
        self.point = AccessPoint(self.settings, memory)
        self.log.append((self.settings, memory))
        self.lease, self.unanswered = None, []
        self._tell(Started("1.0"))

    def _tell(self, signal: Signal) -> None:
        effects = self.point.handle(signal, at(self.now_ns, self.clock, wall_s=self.wall_s))
        self.log.append((signal, self.now_ns, self.wall_s, self.clock, effects))
        for effect in effects:
            if isinstance(effect, Release):
                assert DoorMode.LOCKED_DOWN not in {self.point.mode, self.point.memory.mode}
                self.lease = effect.lease
            elif isinstance(effect, Secure):
                self.lease = None
            elif isinstance(effect, Persist):
                self.unanswered.append(effect)
                if isinstance(effect.event, AccessEvent):
                    self.visits.setdefault(effect.event.visit, []).append(effect.event.result)

    def _pass_time(self, until_ns: int) -> None:
        while (deadline_ns := self.point.deadline_ns(self.now_ns)) is not None and deadline_ns <= until_ns:
            self.now_ns = max(deadline_ns, self.now_ns)
            self._tell(Tick())
        self.now_ns = until_ns

    @rule(verdict=VERDICTS, code=st.sampled_from([b"a", b"b", b"c"]))
    def somebody_shows_a_code(self, verdict: Verdict, code: bytes) -> None:
        self._tell(shown(verdict, code, self.now_ns))

    @rule(admits=st.booleans())
    def the_officer_answers(self, *, admits: bool) -> None:
        self._tell(OfficerAdmitted("o", "r", self.now_ns) if admits else OfficerRefused("o", "r", self.now_ns))

    @rule(mode=st.sampled_from(DoorMode))
    def a_mode_is_wanted(self, mode: DoorMode) -> None:
        self._tell(ModeRequested(mode, "centre"))

    @rule(count=st.integers(1, 5))
    def the_journal_commits(self, count: int) -> None:
        for persist in self.unanswered[:count]:
            self.durable = persist.memory
            self._tell(Recorded(persist.ticket))
        del self.unanswered[:count]

    @rule(later_ms=st.sampled_from([1, 100, 250, 2_000, 3_000, 5_000, 121_000]))
    def time_passes(self, later_ms: int) -> None:
        self._pass_time(self.now_ns + later_ms * 1_000_000)

    @rule(wall_s=st.sampled_from([-3600, 0, 3600]), clock=st.sampled_from(ClockTrust))
    def the_wall_clock_steps(self, wall_s: int, clock: ClockTrust) -> None:
        self.wall_s, self.clock = wall_s, clock

    @rule()
    def the_service_is_killed_and_started_again(self) -> None:
        for persist in self.unanswered:
            if isinstance(persist.event, AccessEvent):
                self.visits[persist.event.visit].remove(persist.event.result)
        self._start(self.durable)

    @rule()
    def the_service_stops_in_order_and_starts_again(self) -> None:
        self._tell(Stopping("test"))
        assert self.lease is None
        for persist in self.unanswered:
            self.durable = persist.memory
        assert self.durable.holds == ()
        self._start(self.durable)

    @invariant()
    def a_release_has_a_deadline_to_come(self) -> None:
        assert self.lease == self.point.door.lease
        if isinstance(self.lease, Momentary):
            assert self.now_ns < self.lease.deadline_ns <= self.now_ns + self.settings.release_ns
        if isinstance(self.lease, Held):
            assert self.lease.renew_by_ns > self.now_ns

    @invariant()
    def a_stricter_mode_never_waits(self) -> None:
        assert not self.point.mode.frees_more_than(self.point.memory.mode)

    @invariant()
    def a_visit_has_one_end_at_most(self) -> None:
        for results in self.visits.values():
            ends = [result for result in results if result is not AccessResult.HELD]
            assert len(ends) <= 1
            assert results.count(AccessResult.HELD) <= 1

    @invariant()
    def a_visit_without_an_end_is_the_one_on_hold(self) -> None:
        hold = self.point.hold
        open_visits = {visit for visit, results in self.visits.items() if results == [AccessResult.HELD]}
        assert open_visits == ({hold.event.visit} if hold is not None else set())

    @invariant()
    def what_would_be_restored_is_what_is_known(self) -> None:
        hold = self.point.hold
        assert self.point.memory.holds == ((hold.event,) if hold is not None else ())

    @precondition(lambda self: len(self.log) > 1)
    @rule()
    def the_whole_log_replays_into_identical_effects(self) -> None:
        point: AccessPoint | None = None
        for line in self.log:
            if len(line) == 2:
                point = AccessPoint(*line)
            else:
                signal, now_ns, wall_s, clock, effects = line
                assert point is not None
                assert point.handle(signal, at(now_ns, clock, wall_s=wall_s)) == effects


TestAccessPointMachine = AccessPointMachine.TestCase
TestAccessPointMachine.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
