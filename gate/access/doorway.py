"""The doorway: the modes that were asked for, the strike, the monitors, and the alarms that they raise.

Rules: a mode that frees waits until it is recorded, one that secures does not wait, and an emergency waits for nothing;
only ``settle`` asks anything of the strike.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gate.access.alarm import AlarmKind
from gate.access.alarms import Alarms
from gate.access.command_events import Retired
from gate.access.contradiction import Contradiction
from gate.access.door import Claim, Door, standing_mode
from gate.access.effects import Secure
from gate.access.events import DoorCondition, DoorConditionChanged, ExitRequested, ModeChanged, Passage, PassageEvent
from gate.access.inputs import InputLine, Wiring
from gate.access.ledger import Ledger
from gate.access.modes import DoorMode
from gate.access.monitor import DoorFact, Fact, Monitor, PassageEnded
from gate.access.panel import Panel
from gate.access.patterns import NS_PER_MS, Sign
from gate.access.settings import SECOND_NS, Settings
from gate.access.site import Site
from gate.credential.instant import ClockTrust, Instant

CLAIM_FOR_MODE: dict[DoorMode, frozenset[Claim]] = {
    DoorMode.UNLOCKED: frozenset({Claim.UNLOCK}),
    DoorMode.LOCKED: frozenset(),
    DoorMode.LOCKED_DOWN: frozenset({Claim.LOCKDOWN}),
}
"""What the modes that are remembered claim; an emergency is remembered beside them."""
LOOK_AGAIN_NS = 60 * SECOND_NS
"""How long a change of the wall clock, or of the trust in it, may stay unnoticed by the schedule."""
BY_SCHEDULE = "schedule"
BY_INPUT = "emergency_input"
RETIRED = "this gate is retired, and its door stands open"


@dataclass(slots=True)
class Doorway:
    """One door. The parts of the access point ask it to let somebody through; it says what becomes of it."""

    settings: Settings
    ledger: Ledger
    alarms: Alarms
    panel: Panel
    site: Site
    door: Door = field(init=False)
    monitor: Monitor = field(init=False)
    active: set[InputLine] = field(default_factory=set)
    """The inputs that are active now."""
    _asked: frozenset[Claim] = frozenset()
    """What the door's lasting claims are to be; they are, once ``_frees_with`` is recorded."""
    _frees_with: int | None = None
    _schedule_due_ns: int | None = None
    _newest_visit: int = 0
    """Whom the strike was released for last."""
    _contacts: Contradiction = field(init=False)
    _bolt: Contradiction = field(init=False)

    def __post_init__(self) -> None:
        self.door = Door(self.settings.renew_ns)
        self.monitor = Monitor(self.settings)
        self._contacts = Contradiction(self.settings.monitor_settle_ns)
        self._bolt = Contradiction(self.settings.monitor_settle_ns)

    # How things stand.

    @property
    def mode(self) -> DoorMode:
        """The standing mode in force."""
        return self.door.standing_mode

    @property
    def asked_mode(self) -> DoorMode:
        """The standing mode that was asked for last; it may still wait for its record."""
        return standing_mode(self._asked)

    @property
    def free(self) -> bool:
        return self.door.row.frees

    @property
    def monitored(self) -> bool:
        """Whether it can be told that somebody passed."""
        return Wiring.DOOR_MONITOR in self.settings.wiring

    @property
    def deadlines(self) -> tuple[int | None, ...]:
        return (
            self.door.deadline_ns,
            self.monitor.deadline_ns,
            self._contacts.deadline_ns,
            self._bolt.deadline_ns,
            self._schedule_due_ns,
        )

    # The life of the service.

    def restore(self, now: Instant) -> None:
        """Take up the mode that the journal remembers."""
        memory = self.ledger.memory
        self._asked = CLAIM_FOR_MODE[memory.mode] | ({Claim.EMERGENCY} if memory.emergency else set())
        self._apply(now)

    def forgotten(self, now: Instant) -> None:
        """Nobody saw whether these visitors passed: the service was not there."""
        for visit in self.ledger.memory.awaited:
            self._passed(PassageEnded(visit, Passage.UNKNOWN), now)

    def stop(self, now: Instant) -> None:
        """The service ends: secured, but in an emergency."""
        for ended in self.monitor.lost():
            self._passed(ended, now)
        emergency = self._asked & {Claim.EMERGENCY}
        self.door = replace(self.door, lasting=emergency).without(*self.door.passing)
        self._frees_with = self._schedule_due_ns = None
        self.settle(now)
        if not emergency:
            self.ledger.ask(Secure())

    # Letting people through.

    def grant(self, visit: int, now: Instant, *, extended: bool) -> None:
        """Release the strike for a visitor."""
        until_ns = now.mono_ns + self.release_ns(extended=extended)
        self.door = self.door.until(Claim.GRANT, until_ns)
        self._newest_visit = visit
        if self.monitored:
            self.monitor.expect(visit, until_ns, extended=extended)
            self.ledger.remember(awaited=(*self.ledger.memory.awaited, visit))

    def release_ns(self, *, extended: bool) -> int:
        """How long the strike is released for one visitor."""
        return self.settings.extended_release_ns if extended else self.settings.release_ns

    def revoke(self, visit: int) -> bool:
        """Take back what was released for this visitor, unless it is over or was given to another one since.

        Returns whether that secures the strike: somebody who goes out, or a mode, may still hold it free.
        """
        if Claim.GRANT not in self.door.passing or visit != self._newest_visit:
            return False
        self.door = self.door.without(Claim.GRANT)
        return not self.free

    def exit_requested(self, now: Instant) -> None:
        """Somebody inside wants out. A request that comes while half of the time is left adds nothing."""
        release_ns = self.settings.release_ns
        if self.door.passing.get(Claim.EXIT, 0) - now.mono_ns > release_ns // 2:
            return
        self.door = self.door.until(Claim.EXIT, now.mono_ns + release_ns)
        self.ledger.persist(ExitRequested(now, release_ns // NS_PER_MS, self.mode), now)

    def test_relay(self, now: Instant) -> None:
        """Release the strike for a moment, where nothing else is claimed and nobody stands in the door."""
        if self.relay_can_be_tested:
            self.door = self.door.until(Claim.RELAY_TEST, now.mono_ns + self.settings.relay_test_ns)

    @property
    def relay_can_be_tested(self) -> bool:
        return self.door.mode is DoorMode.LOCKED and self._asked == frozenset() and not self.monitor.open

    # Modes.

    def set_mode(self, mode: DoorMode, by: str, now: Instant) -> str | None:
        """Ask for a mode; why not, where it cannot be."""
        emergency = self.ledger.memory.emergency
        problem = self._no_mode(mode)
        if problem is not None:
            return problem
        if mode is DoorMode.LOCKED_OPEN:
            self._declare_emergency(by, now)
            return None
        if (mode, False) == (self.ledger.memory.mode, emergency):
            return None
        self.ledger.remember(mode=mode, emergency=False)
        self._ask_for(CLAIM_FOR_MODE[mode] | (self._asked & {Claim.SCHEDULE}), by, now)
        self.alarms.over(AlarmKind.EMERGENCY, now)
        return None

    def _no_mode(self, mode: DoorMode) -> str | None:
        """Why this mode cannot be asked for now."""
        if mode is DoorMode.ACCESSED:
            return "nobody can ask for this mode: admit a visitor instead"
        if mode is DoorMode.LOCKED_OPEN:
            return None
        if self.ledger.memory.retired and mode is not DoorMode.UNLOCKED:
            return RETIRED
        if self.ledger.memory.emergency and mode is not DoorMode.LOCKED:
            return "an emergency is in force: go back to normal first"
        if InputLine.EMERGENCY in self.active:
            return "the emergency loop is open: reset the fire alarm or close the loop first"
        return None

    def retire(self, by: str, now: Instant) -> str | None:
        """Stand open for good, as soon as that is recorded; why not, where it cannot be."""
        problem = self._no_mode(DoorMode.UNLOCKED)
        if problem is None:
            self.ledger.remember(retired=True)
            self.ledger.persist(Retired(now, by), now)
            problem = self.set_mode(DoorMode.UNLOCKED, by, now)
        return problem

    def _declare_emergency(self, by: str, now: Instant) -> None:
        if not self.ledger.memory.emergency:
            self.ledger.remember(emergency=True)
            self._ask_for(self._asked | {Claim.EMERGENCY}, by, now)
            self.alarms.raised(AlarmKind.EMERGENCY, now, lasts=True)

    def _ask_for(self, asked: frozenset[Claim], by: str, now: Instant) -> None:
        """Change the lasting claims: at once, or when it is recorded that somebody may pass who could not before."""
        previous, wanted = standing_mode(self._asked), standing_mode(asked)
        self._asked = asked
        if wanted is not previous or by != BY_SCHEDULE:
            self._frees_with = self.ledger.persist(ModeChanged(now, wanted, previous, by), now)
        if wanted is DoorMode.LOCKED_OPEN or not wanted.frees_more_than(self.mode):
            self._frees_with = None
            self._apply(now)

    def recorded(self, ticket: int, now: Instant) -> None:
        """What waited for this record may be done."""
        if ticket == self._frees_with:
            self._frees_with = None
            self._apply(now)

    def _apply(self, now: Instant) -> None:
        self.door = self.door.standing(self._asked)
        self.panel.mode(self.mode, now.mono_ns)

    def follow_schedule(self, now: Instant) -> None:
        """Ask for what the schedule says; without a clock to trust, nothing is unlocked by it."""
        schedule = self.settings.schedule
        covered = now.clock is not ClockTrust.UNSET and schedule.covers(now.utc)
        change = schedule.next_change(now.utc)
        wait_ns = int((change - now.utc).total_seconds() * SECOND_NS) if change else 0
        self._schedule_due_ns = now.mono_ns + min(wait_ns, LOOK_AGAIN_NS) if change else None
        if covered is not (Claim.SCHEDULE in self._asked):
            self._ask_for(self._asked ^ {Claim.SCHEDULE}, BY_SCHEDULE, now)

    # What the inputs tell.

    def sensed(self, line: InputLine, at_ns: int, now: Instant, *, active: bool, initial: bool) -> None:
        """An input that is a state has changed, or is found so at the start."""
        (self.active.add if active else self.active.discard)(line)
        match line:
            case InputLine.EMERGENCY if active:
                self._declare_emergency(BY_INPUT, now)
            case InputLine.TAMPER if active:
                self.alarms.raised(AlarmKind.TAMPER, now, lasts=True)
            case InputLine.TAMPER:
                self.alarms.over(AlarmKind.TAMPER, now)
            case InputLine.DOOR_MONITOR | InputLine.DOOR_MONITOR_OPEN:
                self._door_sensed(at_ns, now, initial=initial)
            case _:
                pass  # the bolt is compared with the strike in ``look``; nothing follows from the others

    def _door_sensed(self, at_ns: int, now: Instant, *, initial: bool) -> None:
        is_open = InputLine.DOOR_MONITOR in self.active
        if initial:
            self.monitor.found(at_ns, is_open=is_open)
            return
        if not self._contacts_agree():
            return
        over = not is_open and self.monitor.passage_over
        for fact in self.monitor.moved(at_ns, is_open=is_open, mode_frees=self._mode_frees()):
            self._act(fact, now)
        if over:
            self.door = self.door.without(Claim.GRANT, Claim.EXIT)

    def _act(self, fact: Fact, now: Instant) -> None:
        match fact:
            case PassageEnded():
                self._passed(fact, now)
            case DoorFact.OPENED:
                self.panel.ended(now.mono_ns, Sign.DOOR_PRE_ALARM)
            case DoorFact.CLOSED:
                self.panel.ended(now.mono_ns, Sign.DOOR_PRE_ALARM)
                self.alarms.over(AlarmKind.DOOR_FORCED_OPEN, now)
                self.alarms.over(AlarmKind.DOOR_OPEN_TOO_LONG, now)
            case DoorFact.WARN:
                until_ns = now.mono_ns + self.settings.pre_alarm_ns
                self.panel.show(Sign.DOOR_PRE_ALARM, now.mono_ns, until_ns)
            case DoorFact.FORCED:
                self._condition(DoorCondition.FORCED_OPEN, now)
                self.alarms.raised(AlarmKind.DOOR_FORCED_OPEN, now, lasts=True)
            case DoorFact.TOO_LONG:
                self._condition(DoorCondition.OPEN_TOO_LONG, now)
                self.alarms.raised(AlarmKind.DOOR_OPEN_TOO_LONG, now, lasts=True)
            case DoorFact.NORMAL:
                self._condition(DoorCondition.NORMAL, now)
        if fact is DoorFact.OPENED and self.settings.relock_on_open and not self._more_to_come():
            self.door = self.door.without(Claim.GRANT, Claim.EXIT)

    def _more_to_come(self) -> bool:
        """Whether a second visitor was let in who has yet to pass; the one who passes now is still counted."""
        return len(self.monitor.awaited) > 0

    def _condition(self, condition: DoorCondition, now: Instant) -> None:
        self.ledger.persist(DoorConditionChanged(now, condition, self.mode), now)

    def _passed(self, ended: PassageEnded, now: Instant) -> None:
        left = tuple(visit for visit in self.ledger.memory.awaited if visit != ended.visit)
        self.ledger.remember(awaited=left)
        self.site.passed(ended.visit, now, taken=ended.passage is Passage.TAKEN)
        self.ledger.persist(PassageEvent(now, ended.visit, ended.passage), now)

    # What is due.

    def due(self, now: Instant) -> None:
        """What time has brought about."""
        self.settle(now)
        for fact in self.monitor.due(now.mono_ns):
            self._act(fact, now)
        self.follow_schedule(now)

    def settle(self, now: Instant) -> None:
        """Ask of the strike what the claims want, and let the monitor know."""
        self.door, asked = self.door.settled(now.mono_ns)
        self.ledger.ask(*asked)
        self.monitor.strike(now.mono_ns, free=self.free, mode_frees=self._mode_frees())
        if not self.free:
            self.panel.ended(now.mono_ns, Sign.GRANTED)
        self._look(now)

    def _mode_frees(self) -> bool:
        return self.mode in {DoorMode.UNLOCKED, DoorMode.LOCKED_OPEN}

    def _contacts_agree(self) -> bool:
        if Wiring.DOOR_MONITOR_PAIR not in self.settings.wiring:
            return True
        return (InputLine.DOOR_MONITOR in self.active) is (InputLine.DOOR_MONITOR_OPEN in self.active)

    def _bolt_agrees(self) -> bool:
        """A bolt may be anywhere while the door is open."""
        if Wiring.LOCK_MONITOR not in self.settings.wiring or self.monitor.open:
            return True
        return (InputLine.LOCK_MONITOR in self.active) is self.free

    def _look(self, now: Instant) -> None:
        if self._contacts.look(now.mono_ns, agree=self._contacts_agree()):
            self._fault(AlarmKind.DOOR_MONITOR_FAULT, now, lasts=self._contacts.lasts)
        if self._bolt.look(now.mono_ns, agree=self._bolt_agrees()):
            self._fault(AlarmKind.LOCK_FAULT, now, lasts=self._bolt.lasts)

    def _fault(self, kind: AlarmKind, now: Instant, *, lasts: bool) -> None:
        if lasts:
            self.alarms.raised(kind, now, lasts=True)
        else:
            self.alarms.over(kind, now)
