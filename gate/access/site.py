"""The site as its gate sees it: who is inside, who is just passing, and what the other gates tell.

Rules: somebody counts once seen to pass, or where there is no door monitor once let in; a drill is nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gate.access.alarms import Alarms
from gate.access.events import AccessEvent
from gate.access.headcount import Headcount
from gate.access.ledger import Ledger
from gate.access.orders import ResetPassback, SetOccupancy
from gate.access.passings import Passings
from gate.access.signals import Ordered, Presented, SiteHeard, SiteJoined
from gate.access.site_events import PassbackReset
from gate.access.site_notes import Snapshot
from gate.credential.instant import Instant
from gate.credential.model import CredentialRef
from gate.policy.occupancy import GateCount
from gate.policy.passback import Crossing, Crossings, PassbackMode, Way
from gate.policy.site import Direction, SitePolicy, SiteState, repeated


@dataclass(frozen=True, slots=True)
class Passing:
    """A visitor who was let in; ``ref`` is None for one without a code."""

    visit: int
    ref: CredentialRef | None
    known: bool


@dataclass(slots=True)
class Site:
    """Counts people and remembers crossings. Owned by the access point."""

    policy: SitePolicy
    ledger: Ledger
    alarms: Alarms
    crossings: Crossings
    headcount: Headcount = field(init=False)
    passings: Passings = field(init=False)
    _passing: dict[int, Passing] = field(default_factory=dict)
    """By visit: the door monitor has yet to tell whether they passed."""

    def __post_init__(self) -> None:
        self.headcount = Headcount(self.policy, self.ledger)
        self.passings = Passings(self.policy, self.ledger, self.alarms, self.crossings)

    @property
    def deadlines(self) -> tuple[int | None, ...]:
        return self.headcount.deadline_ns, self.passings.deadline_ns

    def due(self, now: Instant) -> None:
        """What time has brought about."""
        self.headcount.due(now)
        self.passings.due(now)

    # For the decision on a visitor.

    def state(self, shown: Presented, now: Instant) -> SiteState:
        """What the site has to say about this visitor: the newest crossing by any of the credentials."""
        self.headcount.due(now)
        expected = len(self._passing) if self.policy.direction is Direction.ENTRY else 0
        found = [last for ref in shown.credentials if (last := self._last(ref.fp, ref.previous_fp)) is not None]
        return SiteState(self.headcount.inside + expected, max(found, key=lambda last: last.utc, default=None))

    def repeats(self, shown: Presented, now: Instant) -> bool:
        """Whether an entry of this visitor now would follow an entry."""
        return repeated(self.policy, self.state(shown, now), now)

    def is_passing(self, shown: Presented) -> bool:
        """Whether this visitor was let in and has yet to pass: shown again, the code means the same visit."""
        if self.policy.passback.mode is PassbackMode.OFF:
            return False
        fps = {ref.fp for ref in shown.credentials}
        return any(one.ref is not None and one.ref.fp in fps for one in self._passing.values())

    def _last(self, fp: str, previous: str | None) -> Crossing | None:
        last = self.passings.known.of(fp, previous)
        return None if last is None or self._is_checked_out(last) else last

    def _is_checked_out(self, last: Crossing) -> bool:
        """Whether the check-out has come between."""
        then, now = self.policy.occupancy.period(last.utc), self.headcount.own.period
        return then is not None and now is not None and then < now

    # Of those who were let in.

    def granted(self, event: AccessEvent, now: Instant, *, awaited: bool) -> None:
        """A visitor was let in; before that is recorded."""
        if event.drill or self.policy.direction.way is None:
            return
        passing = Passing(event.visit, event.credential, event.passback)
        if awaited:
            self._passing[event.visit] = passing
        else:
            self._passed(passing, self.policy.direction.way, now)

    def passed(self, visit: int, now: Instant, *, taken: bool) -> None:
        """The door monitor has told, or will not tell any more; before that is recorded."""
        passing, way = self._passing.pop(visit, None), self.policy.direction.way
        if passing is not None and way is not None and taken:
            self._passed(passing, way, now)

    def _passed(self, passing: Passing, way: Way, now: Instant) -> None:
        self.headcount.due(now)
        ref = passing.ref
        before = self.passings.known.of(ref.fp) if ref is not None else None
        if way is Way.IN or before is None or before.way is Way.OUT or not self._is_checked_out(before):
            self.headcount.counted(way, now)
        if ref is not None and self.policy.shares:
            gate, utc = self.policy.gate, self.policy.occupancy.within(now.utc, self.headcount.own.period)
            self.passings.crossed(Crossing(ref.fp, ref.epoch, way, utc, gate, passing.visit, passing.known))

    # The other gates.

    def told(self, signal: SiteJoined | SiteHeard, now: Instant) -> None:
        """The gates of the site hear one another; what seems to come from this one itself is nobody's."""
        if not self.policy.shares:
            return
        match signal:
            case SiteJoined():  # tell the others what may have been missed
                self.headcount.tell()
                self.passings.snapshot()
            case SiteHeard(gate, GateCount() as count) if gate != self.policy.gate:
                self.headcount.heard(count)
            case SiteHeard(gate, (Crossing() | Snapshot()) as note) if gate != self.policy.gate:
                self.passings.heard(note, now)

    # The officer.

    def ordered(
        self, ordered: Ordered, order: ResetPassback | SetOccupancy, held: AccessEvent | None, now: Instant
    ) -> None:
        """An order about the site; ``held`` is the visitor on hold."""
        match order:
            case ResetPassback():
                self._reset(ordered, order, held, now)
            case SetOccupancy():
                self._correct(ordered, order, now)

    def _reset(self, ordered: Ordered, order: ResetPassback, held: AccessEvent | None, now: Instant) -> None:
        """Forget that a visitor, or everybody, has entered."""
        if self.policy.passback.mode is PassbackMode.OFF:
            self.ledger.answer(ordered, "anti-passback is off at this gate", done=False)
        elif order.visit is None:
            self.ledger.persist(PassbackReset(now, ordered.by), now)
            self.passings.forget(now.utc)
            self.ledger.answer(ordered, "anti-passback is forgotten for everybody")
        else:
            self._reset_one(ordered, order.visit, held, now)

    def _reset_one(self, ordered: Ordered, visit: int, held: AccessEvent | None, now: Instant) -> None:
        ref = held.credential if held is not None and held.visit == visit else self.passings.named(visit)
        if ref is None:
            self.ledger.answer(ordered, f"visit {visit} is neither on hold nor a visitor who passed here", done=False)
            return
        self.ledger.persist(PassbackReset(now, ordered.by, visit, ref.fp, ref.epoch), now)
        self.passings.crossed(Crossing(ref.fp, ref.epoch, Way.OUT, now.utc, self.policy.gate, known=True))
        self.ledger.answer(ordered, f"anti-passback is forgotten for the visitor of visit {visit}")

    def _correct(self, ordered: Ordered, order: SetOccupancy, now: Instant) -> None:
        """The officer has counted the people inside."""
        if self.policy.direction is Direction.BOTH:
            self.ledger.answer(ordered, "this gate counts nobody: gate.direction is both", done=False)
            return
        was = self.headcount.correct(order.inside, ordered.by, now)
        self.ledger.answer(ordered, f"inside: {order.inside}, was {was}")
