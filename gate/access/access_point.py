"""The story of one access point: a signal comes in, and what it asks of the outside goes out.

Rules: deadlines that have passed are handled before the signal, so nothing acts on what has already ended; a grant
goes out together with its record; a mode that frees waits until it is recorded, one that secures does not wait; every
hold ends in exactly one event.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gate.access import officer
from gate.access.door import INPUT_FOR_MODE, Door, DoorInput, DoorState
from gate.access.effects import Effect, Light, Line, Persist
from gate.access.events import (
    AccessEvent,
    AccessResult,
    Event,
    JournalLate,
    ModeChanged,
    OpenedBy,
    ServiceStarted,
    ServiceStopped,
)
from gate.access.indicator import DARK, NS_PER_MS, SIGN_FOR_HOLD, Indication, Sign, Tower
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.officer import Hold, HoldEnd, HoldReason
from gate.access.pending import Hint, Unrecorded
from gate.access.settings import Settings
from gate.access.signals import (
    ModeRequested,
    OfficerAdmitted,
    OfficerRefused,
    Presented,
    Recorded,
    Signal,
    Started,
    Stopping,
    Tick,
)
from gate.credential.instant import Instant
from gate.policy.decision import decide
from gate.policy.presentation import Presentations
from gate.policy.status import Decision, Outcome

SIGN_FOR_MODE: dict[DoorMode, Sign] = {
    DoorMode.LOCKED: Sign.IDLE,
    DoorMode.UNLOCKED: Sign.UNLOCKED,
    DoorMode.LOCKED_DOWN: Sign.LOCKED_DOWN,
}


@dataclass(slots=True)
class AccessPoint:
    """One door in one direction. Owned by one thread; deterministic: the same signals give the same effects."""

    settings: Settings
    memory: Memory = field(default_factory=Memory)
    door: Door = field(init=False)
    presentations: Presentations = field(init=False)
    tower: Tower = field(init=False)
    hold: Hold | None = field(init=False, default=None)
    hint: Hint | None = field(init=False, default=None)
    mode: DoorMode = field(init=False, default=DoorMode.LOCKED)
    """The mode in force; ``memory.mode`` is the newest one asked for."""
    unrecorded: dict[int, Unrecorded] = field(init=False, default_factory=dict)
    _denied_until_ns: int = field(init=False, default=0)
    _released_for: int = field(init=False, default=0)
    """The visit that the strike was released for last."""
    _tickets: int = field(init=False, default=0)
    _shown: frozenset[Line] = field(init=False, default=DARK)
    _out: list[Effect] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.door = Door(self.settings.release_ns, self.settings.renew_ns)
        self.presentations = Presentations(self.settings.reread_ns)
        self.tower = Tower(Indication(Sign.IDLE, 0))

    def deadline_ns(self, now_ns: int) -> int | None:
        """When the access point wants a ``Tick`` at the latest (monotonic ns); None: never by itself."""
        moments = [self.door.deadline_ns, self.tower.next_change(now_ns), *self._waits()]
        moments += [waiting.deadline_ns for waiting in (self.hold, self.hint) if waiting is not None]
        return min((moment for moment in moments if moment is not None), default=None)

    def handle(self, signal: Signal, now: Instant) -> tuple[Effect, ...]:
        """Take in one signal; return what it asks of the outside, in order."""
        self._out = []
        self._expire(now)
        self._react(signal, now)
        self._light(now.mono_ns)
        return tuple(self._out)

    def _react(self, signal: Signal, now: Instant) -> None:
        match signal:
            case Presented():
                self._presented(signal, now)
            case OfficerAdmitted():
                self._admitted(signal, now)
            case OfficerRefused():
                self._refused(signal, now)
            case ModeRequested():
                self._mode_requested(signal, now)
            case Recorded():
                self._recorded(signal, now)
            case Started():
                self._started(signal, now)
            case Stopping():
                self._stopping(signal, now)
            case Tick():
                pass  # nothing but the deadlines, which are handled already

    # What is due.

    def _waits(self) -> list[int]:
        return [one.wait_until_ns for one in self.unrecorded.values() if one.wait_until_ns is not None]

    def _expire(self, now: Instant) -> None:
        if self.door.deadline_ns is not None and now.mono_ns >= self.door.deadline_ns:
            self._door(DoorInput.DEADLINE, now)
        if self.hold is not None and now.mono_ns >= self.hold.deadline_ns:
            self._end_hold(HoldEnd.TIMEOUT, now)
        if self.hint is not None and now.mono_ns >= self.hint.deadline_ns:
            hint, self.hint = self.hint, None
            self._open_hold(hint.presented, hint.decision, now)
        for ticket, one in list(self.unrecorded.items()):
            if one.wait_until_ns is not None and now.mono_ns >= one.wait_until_ns:
                self._late(ticket, one, now)

    def _late(self, ticket: int, late: Unrecorded, now: Instant) -> None:
        self.unrecorded[ticket] = replace(late, wait_until_ns=None, late=True)
        newest = late.visit == self._released_for
        secured = self.settings.journal_required and newest and self.door.state is DoorState.RELEASED
        if secured:
            self._door(DoorInput.SECURE, now)
            self._release_sign_ends()
        waited_ms = (now.mono_ns - late.asked_ns) // NS_PER_MS
        self._persist(JournalLate(now, late.visit, waited_ms, secured), now)

    # What happens.

    def _started(self, signal: Started, now: Instant) -> None:
        forgotten, self.memory = self.memory.holds, replace(self.memory, holds=())
        for held in forgotten:
            self._persist(officer.denied(held, HoldEnd.RESTARTED, now, None), now)
        self._persist(ServiceStarted(now, signal.version, self.memory.mode), now)
        self._take_mode(self.memory.mode, now)

    def _stopping(self, signal: Stopping, now: Instant) -> None:
        self.hint = None
        if self.hold is not None:
            self._end_hold(HoldEnd.STOPPED, now)
        self._door(DoorInput.SECURE, now)
        self.tower = Tower(Indication(Sign.IDLE, now.mono_ns))
        self._persist(ServiceStopped(now, signal.reason), now)
        self.unrecorded.clear()

    def _presented(self, signal: Presented, now: Instant) -> None:
        if now.mono_ns - signal.captured_ns > self.settings.presented_max_age_ns:
            return
        if not self.presentations.is_new(signal.code, now.mono_ns):
            self.presentations = self.presentations.sighted(signal.code, now.mono_ns)
            return
        decision = decide(signal.verdict, signal.trust, self.settings.site, now)
        if not self._has_the_floor(decision, now):
            return
        self.presentations = self.presentations.sighted(signal.code, now.mono_ns)
        if decision.retry:
            self._try_again(signal, decision, now)
        else:
            self.hint = None
            self._act(signal, decision, now)

    def _has_the_floor(self, decision: Decision, now: Instant) -> bool:
        """A visitor on hold is served first; only an unread code gives way, and only to a genuine one.

        Forgeries are denied one at a time: a screen that shows another one in each frame does not fill the journal.
        """
        if decision.outcome is Outcome.DENY:
            return self.hold is None and now.mono_ns >= self._denied_until_ns
        return self.hold is None or (self.hold.replaceable and not decision.retry)

    def _try_again(self, signal: Presented, decision: Decision, now: Instant) -> None:
        if self.hint is None:
            until_ns = now.mono_ns + self.settings.retry_hint_ns
            self.hint = Hint(signal, decision, until_ns)
            self._sign(Sign.TRY_AGAIN, now, until_ns)

    def _act(self, signal: Presented, decision: Decision, now: Instant) -> None:
        if self.hold is not None:
            self._end_hold(HoldEnd.REPLACED, now)
        obstacle = self._obstacle()
        if decision.outcome is Outcome.GRANT and obstacle is not None:
            decision = replace(decision, outcome=Outcome.HOLD, reason=obstacle.value)
        if decision.outcome is Outcome.GRANT:
            self._grant(self._visit(signal, decision, AccessResult.GRANTED, now), now)
        elif decision.outcome is Outcome.HOLD:
            self._open_hold(signal, decision, now)
        else:
            self._persist(self._visit(signal, decision, AccessResult.DENIED, now), now)
            self._denied_until_ns = now.mono_ns + self.settings.denied_sign_ns
            if self.door.state is not DoorState.RELEASED:
                self._sign(Sign.DENIED, now, self._denied_until_ns)

    def _admitted(self, signal: OfficerAdmitted, now: Instant) -> None:
        if self.hold is None or not self.hold.is_answered_by(signal):
            return
        if self._locked_down():
            self._end_hold(HoldEnd.LOCKED_DOWN, now, signal)
            return
        held, self.hold = self.hold.event, None
        self.memory = replace(self.memory, holds=())
        self._grant(officer.admitted(held, signal, self._release_ms(), now), now)

    def _refused(self, signal: OfficerRefused, now: Instant) -> None:
        if self.hold is not None and self.hold.is_answered_by(signal):
            self._end_hold(HoldEnd.REFUSED, now, signal)

    def _mode_requested(self, signal: ModeRequested, now: Instant) -> None:
        previous = self.memory.mode
        if signal.mode is previous:
            return
        self.memory = replace(self.memory, mode=signal.mode)
        ticket = self._persist(ModeChanged(now, signal.mode, previous, signal.by), now)
        for overtaken, one in self.unrecorded.items():
            self.unrecorded[overtaken] = replace(one, mode=None)
        if signal.mode.frees_more_than(self.mode):
            self.unrecorded[ticket] = Unrecorded(now.mono_ns, mode=signal.mode)
        else:
            self._take_mode(signal.mode, now)

    def _recorded(self, signal: Recorded, now: Instant) -> None:
        answered = self.unrecorded.pop(signal.ticket, None)
        if answered is not None and answered.mode is not None:
            self._take_mode(answered.mode, now)

    # What that means.

    def _visit(self, signal: Presented, decision: Decision, result: AccessResult, now: Instant) -> AccessEvent:
        self.memory = replace(self.memory, visits=self.memory.visits + 1)
        granted = result is AccessResult.GRANTED
        return AccessEvent(
            at=now,
            result=result,
            visit=self.memory.visits,
            colour=decision.colour,
            outcome=decision.outcome,
            reason=decision.reason,
            rule=decision.rule,
            credential=signal.verdict.credential,
            trust=signal.trust,
            opened_by=OpenedBy.AUTO if granted else OpenedBy.NONE,
            decode_ms=(signal.decoded_ns - signal.captured_ns) // NS_PER_MS,
            decide_ms=(now.mono_ns - signal.decoded_ns) // NS_PER_MS,
            release_ms=self._release_ms() if granted else 0,
        )

    def _grant(self, event: AccessEvent, now: Instant) -> None:
        ticket = self._persist(event, now)
        self._door(DoorInput.GRANT, now)
        self._released_for = event.visit
        self.unrecorded[ticket] = Unrecorded(now.mono_ns, now.mono_ns + self.settings.record_wait_ns, event.visit)
        self._sign(Sign.GRANTED, now, now.mono_ns + self.settings.release_ns)

    def _open_hold(self, signal: Presented, decision: Decision, now: Instant) -> None:
        event = self._visit(signal, decision, AccessResult.HELD, now)
        self.hold = Hold(event, now.mono_ns, now.mono_ns + self.settings.hold_ns)
        self.memory = replace(self.memory, holds=(event,))
        self._persist(event, now)
        self._sign(SIGN_FOR_HOLD[event.colour], now, None)

    def _end_hold(self, end: HoldEnd, now: Instant, by: OfficerAdmitted | OfficerRefused | None = None) -> None:
        assert self.hold is not None  # noqa: S101  (every caller has just seen it)
        ended = officer.denied(self.hold.event, end, now, by)
        self.hold = None
        self.memory = replace(self.memory, holds=())
        self._persist(ended, now)
        self._sign(Sign.DENIED, now, now.mono_ns + self.settings.denied_sign_ns)

    def _take_mode(self, mode: DoorMode, now: Instant) -> None:
        self.mode = mode
        self._door(INPUT_FOR_MODE[mode], now)
        self.tower = replace(self.tower, permanent=Indication(SIGN_FOR_MODE[mode], now.mono_ns))
        if self.door.lease is None:
            self._release_sign_ends()

    # The hands.

    def _locked_down(self) -> bool:
        """Whether a lockdown is in force, also one whose end is not recorded yet."""
        return self.mode is DoorMode.LOCKED_DOWN

    def _obstacle(self) -> HoldReason | None:
        """Why somebody whom the policy would let in is held here and now."""
        if self._locked_down():
            return HoldReason.LOCKED_DOWN
        if self.settings.journal_required and any(one.late for one in self.unrecorded.values()):
            return HoldReason.UNRECORDED
        return None

    def _release_ms(self) -> int:
        return self.settings.release_ns // NS_PER_MS

    def _door(self, happened: DoorInput, now: Instant) -> None:
        self.door, asked = self.door.step(happened, now.mono_ns)
        self._out.extend(asked)

    def _persist(self, event: Event, now: Instant) -> int:
        self._tickets += 1
        self.unrecorded[self._tickets] = Unrecorded(now.mono_ns)
        self._out.append(Persist(self._tickets, event, self.memory))
        return self._tickets

    def _sign(self, sign: Sign, now: Instant, until_ns: int | None) -> None:
        self.tower = replace(self.tower, temporary=Indication(sign, now.mono_ns, until_ns))

    def _release_sign_ends(self) -> None:
        if self.tower.temporary is not None and self.tower.temporary.sign is Sign.GRANTED:
            self.tower = replace(self.tower, temporary=None)

    def _light(self, now_ns: int) -> None:
        lit = self.tower.lit(now_ns)
        if lit != self._shown:
            self._shown = lit
            self._out.append(Light(lit))
