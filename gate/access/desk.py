"""The officer's desk: who is served, who waits, and what the officer answers.

Rules: a visitor on hold is served first, and one more may wait; a grant goes out together with its record; every visit
that was begun ends in exactly one event, granted or denied.  A visit begins when its code is judged to be one: what
cannot be read begins none before the visitor has been asked to try again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gate.access import officer, visits
from gate.access.alarm import AlarmKind
from gate.access.alarms import Alarms
from gate.access.doorway import RETIRED, Doorway
from gate.access.events import AccessEvent, AccessResult, OpenedBy, Passage
from gate.access.indicator import SIGN_FOR_HOLD
from gate.access.ledger import Ledger
from gate.access.modes import DoorMode
from gate.access.officer import Hold, HoldEnd, HoldReason
from gate.access.orders import Admit, Drill, Refuse, RemoteRelease
from gate.access.panel import Panel
from gate.access.patterns import NS_PER_MS, Sign
from gate.access.pending import Hint, Queued
from gate.access.settings import Settings
from gate.access.signals import Ordered, Presented
from gate.access.site import Site
from gate.credential.instant import Instant
from gate.credential.model import Colour
from gate.policy.decision import PolicyReason, conclude
from gate.policy.presentation import Presentations
from gate.policy.status import Decision, Outcome

DRILL_SIGNS: dict[Colour | None, Sign] = {Colour.RED: Sign.DRILL_RED, Colour.BLACK: Sign.DRILL_BLACK}
NEVER_NS = -(2**62)


@dataclass(slots=True)
class Desk:
    """Serves one visitor at a time."""

    settings: Settings
    ledger: Ledger
    doorway: Doorway
    alarms: Alarms
    panel: Panel
    site: Site
    hold: Hold | None = None
    hint: Hint | None = None
    queued: Queued | None = None
    presentations: Presentations = field(init=False)
    _denied_until_ns: int = NEVER_NS
    _answered_ns: int = NEVER_NS
    """When a visitor was let in or a hold ended last."""

    def __post_init__(self) -> None:
        self.presentations = Presentations(self.settings.reread_ns)

    @property
    def deadlines(self) -> tuple[int | None, ...]:
        return (self.hold.deadline_ns if self.hold else None, self.hint.deadline_ns if self.hint else None)

    def due(self, now: Instant) -> None:
        """End the hold, or the hint, whose time is over."""
        if self.hold is not None and now.mono_ns >= self.hold.deadline_ns:
            self._end_hold(HoldEnd.TIMEOUT, now)
        if self.hint is not None and now.mono_ns >= self.hint.deadline_ns:
            hint, self.hint = self.hint, None
            self._open_hold(self._visit(hint.presented, hint.decision, AccessResult.HELD, now), now)

    # The life of the service.

    def forgotten(self, now: Instant) -> None:
        """End the holds that the service died with."""
        held_before = self.ledger.memory.holds
        self.ledger.remember(holds=())
        for held in held_before:
            self.ledger.persist(officer.denied(held, HoldEnd.RESTARTED, now), now)

    def stop(self, now: Instant) -> None:
        """Nobody is served any more."""
        if self.hint is not None:
            hint, self.hint = self.hint, None
            self._deny(hint.presented, hint.decision, HoldEnd.STOPPED, now)
        if self.queued is not None:
            self._leave_queue(now, HoldEnd.STOPPED)
        if self.hold is not None:
            self._end_hold(HoldEnd.STOPPED, now)

    # Visitors.

    def presented(self, signal: Presented, now: Instant) -> None:
        """A code is before the camera. A gate whose mandate has ended looks at nobody."""
        if self.ledger.memory.retired or now.mono_ns - signal.captured_ns > self.settings.presented_max_age_ns:
            return
        if not self.presentations.is_new(signal.code, now.mono_ns) or self.site.is_passing(signal):
            self._seen(signal, now)
            return
        decision = self._decided(signal, now)
        if self._has_the_floor(decision, now):
            self._seen(signal, now)
            self._serve(signal, decision, now)
        elif self._may_queue(decision, now):
            self._seen(signal, now)
            self._queue(signal, decision, now)

    def _seen(self, signal: Presented, now: Instant) -> None:
        self.presentations = self.presentations.sighted(signal.code, now.mono_ns)
        if self.queued is not None and self.queued.presented.code == signal.code:
            self.queued = replace(self.queued, presented=signal, seen_ns=now.mono_ns)
            self._tell_black(self._decided(signal, now), now)

    def _has_the_floor(self, decision: Decision, now: Instant) -> bool:
        """Whether this code is dealt with now.

        Forgeries are denied whoever is on hold, but one at a time: a screen that shows another one in each frame does
        not fill the journal.
        """
        if decision.outcome is Outcome.DENY:
            return now.mono_ns >= self._denied_until_ns
        judged = not decision.retry or decision.reason == PolicyReason.SECOND_CODE
        return self.hold is None or (self.hold.replaceable and judged)

    def _serve(self, signal: Presented, decision: Decision, now: Instant) -> None:
        if decision.outcome is Outcome.DENY:
            self._deny_forgery(self._visit(signal, decision, AccessResult.DENIED, now), now)
        elif decision.retry:
            self._try_again(signal, decision, now)
        else:
            self._leave_hint(now, completed_by=signal)
            self._act(signal, decision, now)

    def _try_again(self, signal: Presented, decision: Decision, now: Instant) -> None:
        """Ask for a better look at the code, or for the second one; who is asked for that has shown a good one."""
        second = decision.reason == PolicyReason.SECOND_CODE
        if self.hint is not None and (not second or self.hint.is_of(signal.verdict.credential)):
            return
        self._leave_hint(now)
        if self.hold is not None:
            self._end_hold(HoldEnd.REPLACED, now)
        span_ns = self.settings.second_code_ns if second else self.settings.retry_hint_ns
        until_ns = now.mono_ns + span_ns
        self.hint = Hint(signal, decision, until_ns)
        self.panel.show(Sign.SHOW_SECOND if second else Sign.TRY_AGAIN, now.mono_ns, until_ns)

    def _leave_hint(self, now: Instant, completed_by: Presented | None = None) -> None:
        """Whoever was asked for a second code has shown it now, or somebody else is served in their place."""
        hint, self.hint = self.hint, None
        if hint is None or hint.decision.reason != PolicyReason.SECOND_CODE:
            return
        if completed_by is not None and any(map(hint.is_of, completed_by.credentials)):
            self.presentations = self.presentations.sighted(hint.presented.code, now.mono_ns)
        else:
            self._deny(hint.presented, hint.decision, HoldEnd.REPLACED, now)

    def _act(self, signal: Presented, decision: Decision, now: Instant) -> None:
        if self.hold is not None:
            self._end_hold(HoldEnd.REPLACED, now)
        obstacle = self._obstacle()
        if decision.outcome is Outcome.GRANT and obstacle is not None:
            decision = replace(decision, outcome=Outcome.HOLD, reason=obstacle.value)
        if decision.outcome is Outcome.GRANT:
            granted = self._visit(signal, decision, AccessResult.GRANTED, now)
            self._grant(replace(granted, opened_by=OpenedBy.AUTO), now, extended=False)
        else:
            self._open_hold(self._visit(signal, decision, AccessResult.HELD, now), now)

    def _deny_forgery(self, event: AccessEvent, now: Instant) -> None:
        self.ledger.persist(event, now)
        self.alarms.raised(AlarmKind.FORGED, now)
        self._denied_until_ns = now.mono_ns + self.settings.denied_sign_ns
        if self.hold is None and not self.doorway.free:
            self.panel.show(Sign.DENIED, now.mono_ns, self._denied_until_ns)

    def _deny(self, signal: Presented, decision: Decision, end: HoldEnd, now: Instant) -> None:
        """The end of a visit that was never on hold."""
        self.ledger.persist(self._visit(signal, decision, AccessResult.DENIED, now, end.value), now)

    # The queue.

    def _may_queue(self, decision: Decision, now: Instant) -> bool:
        """One readable code may wait; one that was taken away gives up its place."""
        if decision.retry or decision.outcome is Outcome.DENY:
            return False
        return self.queued is None or not self._is_there(self.queued, now)

    def _queue(self, signal: Presented, decision: Decision, now: Instant) -> None:
        if self.queued is not None:
            self._leave_queue(now, HoldEnd.LEFT_QUEUE)
        self.queued = Queued(signal, now.mono_ns)
        self._tell_black(decision, now)
        self.panel.show(Sign.QUEUED, now.mono_ns, now.mono_ns + self.settings.queued_sign_ns)

    def _tell_black(self, decision: Decision, now: Instant) -> None:
        """Nobody with a black status waits unseen, also who gets it while waiting."""
        queued = self.queued
        if queued is None or queued.held is not None or decision.colour is not Colour.BLACK:
            return
        held = self._visit(queued.presented, decision, AccessResult.HELD, now)
        self.queued = replace(queued, held=held)
        self._tell_held(held, now)

    def _serve_next(self, now: Instant) -> None:
        """The hold is over: the next visitor is served if the code is still there, else has left."""
        queued = self.queued
        if queued is None:
            return
        if not self._is_there(queued, now):
            self._leave_queue(now, HoldEnd.LEFT_QUEUE)
            return
        self.queued = None
        if queued.held is not None:
            self._wait_for_the_officer(queued.held, now)
        else:
            self._serve(queued.presented, self._decided(queued.presented, now), now)

    def _decided(self, signal: Presented, now: Instant) -> Decision:
        state = self.site.state(signal, now)
        return conclude(signal.verdict, signal.judged, signal.trust, self.settings.site, now, state)

    def _is_there(self, queued: Queued, now: Instant) -> bool:
        return now.mono_ns - queued.seen_ns <= self.settings.presented_max_age_ns

    def _leave_queue(self, now: Instant, end: HoldEnd) -> None:
        assert self.queued is not None  # noqa: S101  (every caller has just seen it)
        queued, self.queued = self.queued, None
        if queued.held is None:
            self._deny(queued.presented, self._decided(queued.presented, now), end, now)
        else:
            self._remember_holds()
            self.ledger.persist(officer.denied(queued.held, end, now), now)

    # The officer.

    def admit(self, ordered: Ordered, order: Admit, now: Instant) -> None:
        """Let the held visitor in, or somebody without a code."""
        if self.hold is None:
            self._assist(ordered, order, now)
        elif not self.hold.is_answered_by(ordered, order):
            self._not_meant(ordered)
        elif self._locked_down:
            self._end_hold(HoldEnd.LOCKED_DOWN, now, ordered.by, order.reason)
            text = "the visitor was turned away, since nobody is let in during a lockdown: back to normal first"
            self.ledger.answer(ordered, text, done=False)
        else:
            self._admit_held(self.hold, ordered, order, now)

    def refuse(self, ordered: Ordered, order: Refuse, now: Instant) -> None:
        """Turn the held visitor away."""
        if self.hold is None or not self.hold.is_answered_by(ordered, order):
            self._not_meant(ordered)
            return
        visit = self.hold.event.visit
        self._end_hold(HoldEnd.REFUSED, now, ordered.by, order.reason)
        self.ledger.answer(ordered, f"refused visit {visit}")

    def _not_meant(self, ordered: Ordered) -> None:
        text = f"on hold is visit {self.hold.event.visit}" if self.hold else "nobody is on hold"
        self.ledger.answer(ordered, f"nothing was done: {text}", done=False)

    def release(self, ordered: Ordered, order: RemoteRelease, now: Instant) -> None:
        """The centre lets somebody in. Who is on hold is meant by number alone: the centre does not see the door."""
        if order.visit != (self.hold.event.visit if self.hold else None):
            self._not_meant(ordered)
            return
        obstacle = self._no_admission()
        if obstacle is not None:
            self.ledger.answer(ordered, f"nothing was done: {obstacle}", done=False)
        elif self.hold is not None:
            self._admit_held(self.hold, ordered, order, now)
        else:
            self._leave_hint(now)
            event = visits.remote(self._next_visit(), order, ordered.by, now)
            self._grant(replace(event, direction=self.settings.site.direction), now, extended=False)
            self.ledger.answer(ordered, f"released for visit {event.visit}")

    def _admit_held(self, hold: Hold, ordered: Ordered, order: Admit | RemoteRelease, now: Instant) -> None:
        self._leave_hold(now)
        opened_by = OpenedBy.REMOTE if isinstance(order, RemoteRelease) else OpenedBy.OFFICER
        granted = officer.admitted(hold.event, ordered.by, order.reason, now, opened_by)
        if hold.event.drill:
            self.ledger.persist(granted, now)
        else:
            self._grant(granted, now, extended=isinstance(order, Admit) and order.extended)
        self.ledger.answer(ordered, f"admitted visit {hold.event.visit}")
        self._serve_next(now)

    def _assist(self, ordered: Ordered, order: Admit, now: Instant) -> None:
        problem = self._no_assistance(ordered, order)
        if problem is not None:
            self.ledger.answer(ordered, f"nothing was done: {problem}", done=False)
            return
        self._leave_hint(now)
        memory = self.ledger.memory
        self.ledger.remember(visits=memory.visits + 1, assisted=memory.assisted + 1)
        event = visits.assisted(memory.visits + 1, memory.assisted + 1, order, ordered.by, now)
        event = replace(event, direction=self.settings.site.direction)
        self._grant(event, now, extended=order.extended)
        self.ledger.answer(ordered, f"assisted entry: visit {event.visit}")

    def _no_assistance(self, ordered: Ordered, order: Admit) -> str | None:
        """Why this does not let in somebody without a code; None where it does."""
        if order.visit is not None or ordered.at_ns < self._answered_ns + self.settings.assist_pause_ns:
            return "nobody is on hold"
        if order.attestation is None or not order.attestation.complete:
            return "nobody is on hold; for a visitor without a code, attest that they are healthy and keep the protocol"
        return self._no_admission()

    def _no_admission(self) -> str | None:
        """Why nobody is let in now, in words."""
        if self.ledger.memory.retired:
            return RETIRED
        if self._locked_down:
            return "nobody is let in during a lockdown"
        if self._obstacle() is not None:
            return "the journal does not answer, and this site lets nobody in without a record"
        return None

    # Drills.

    def drill(self, ordered: Ordered, order: Drill, now: Instant) -> None:
        """Hold nobody, as if a red or black visitor had come."""
        if self.hold is not None or self.hint is not None:
            self.ledger.answer(ordered, "no drill now: a visitor is being served", done=False)
            return
        if order.colour not in DRILL_SIGNS:
            self.ledger.answer(ordered, "only red and black can be drilled", done=False)
            return
        visit = self._next_visit()
        self._open_hold(visits.drill(visit, order.colour, ordered.by, now), now)
        self.ledger.answer(ordered, f"drill: {order.colour} visitor on hold as visit {visit}")

    # What that means.

    def _next_visit(self) -> int:
        self.ledger.remember(visits=self.ledger.memory.visits + 1)
        return self.ledger.memory.visits

    def _visit(
        self, signal: Presented, decision: Decision, result: AccessResult, now: Instant, reason: str | None = None
    ) -> AccessEvent:
        event = visits.presented(self._next_visit(), signal, decision, result, now, reason=reason)
        passback = self.site.repeats(signal, now)
        return replace(event, direction=self.settings.site.direction, passback=passback)

    def _grant(self, event: AccessEvent, now: Instant, *, extended: bool) -> None:
        release_ns = self.doorway.release_ns(extended=extended)
        self.doorway.grant(event.visit, now, extended=extended)
        passage = Passage.AWAITED if self.doorway.monitored else Passage.UNKNOWN
        released = replace(event, release_ms=release_ns // NS_PER_MS, passage=passage)
        self.site.granted(released, now, awaited=self.doorway.monitored)
        ticket = self.ledger.persist(released, now)
        self.ledger.wait_for(ticket, event.visit, now.mono_ns + self.settings.record_wait_ns)
        self._answered_ns = now.mono_ns
        self.panel.show(Sign.GRANTED, now.mono_ns, now.mono_ns + release_ns)

    def _open_hold(self, event: AccessEvent, now: Instant) -> None:
        self._wait_for_the_officer(event, now)
        self._tell_held(event, now)

    def _wait_for_the_officer(self, event: AccessEvent, now: Instant) -> None:
        self.hold = Hold(event, now.mono_ns, now.mono_ns + self.settings.hold_ns)
        self.panel.hold((DRILL_SIGNS if event.drill else SIGN_FOR_HOLD)[event.colour], now.mono_ns)

    def _tell_held(self, event: AccessEvent, now: Instant) -> None:
        self._remember_holds()
        self.ledger.persist(event, now)
        if event.colour is Colour.BLACK:
            self.alarms.raised(AlarmKind.BLACK, now, visit=event.visit, drill=event.drill)

    def _remember_holds(self) -> None:
        """Whoever was told as held, so that a restart can end it."""
        waiting = (self.hold and self.hold.event, self.queued and self.queued.held)
        self.ledger.remember(holds=tuple(event for event in waiting if event is not None))

    def _leave_hold(self, now: Instant) -> None:
        self.hold, self._answered_ns = None, now.mono_ns
        self._remember_holds()
        self.panel.hold(None, now.mono_ns)

    def _end_hold(self, end: HoldEnd, now: Instant, by: str | None = None, why: str | None = None) -> None:
        assert self.hold is not None  # noqa: S101  (every caller has just seen it)
        ended = officer.denied(self.hold.event, end, now, by, why)
        self._leave_hold(now)
        self.ledger.persist(ended, now)
        if not ended.drill:
            self.panel.show(Sign.DENIED, now.mono_ns, now.mono_ns + self.settings.denied_sign_ns)
        if end is not HoldEnd.REPLACED:
            self._serve_next(now)

    @property
    def _locked_down(self) -> bool:
        """Whether a lockdown is in force, also one whose end is not recorded yet."""
        return self.doorway.mode is DoorMode.LOCKED_DOWN

    def _obstacle(self) -> HoldReason | None:
        """Why somebody whom the policy would let in is held here and now."""
        if self._locked_down:
            return HoldReason.LOCKED_DOWN
        if self.settings.journal_required and self.ledger.any_late:
            return HoldReason.UNRECORDED
        return None
