"""How many people are inside: this gate's count, what the others told of theirs, and the check-out of everybody.

Rules: the count is part of the memory and changes together with the event that it comes from; a period never ends
because the clock went back, and never while the clock is not set.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from gate.access.effects import Share
from gate.access.ledger import Ledger
from gate.access.settings import SECOND_NS
from gate.access.site_events import CheckedOut, OccupancyCorrected
from gate.credential.instant import ClockTrust, Instant
from gate.policy import occupancy
from gate.policy.occupancy import GateCount
from gate.policy.passback import Way
from gate.policy.site import SitePolicy

LOOK_AGAIN_NS = 60 * SECOND_NS
"""How long a change of the wall clock, or of the trust in it, may stay unnoticed by the check-out."""
MOST_GATES = 64
CLOCK_WAS_WRONG = timedelta(days=1)
"""A period that lies further ahead than this was begun by a clock that was wrong."""


@dataclass(slots=True)
class Headcount:
    """Works on ``ledger.memory.counts``."""

    site: SitePolicy
    ledger: Ledger
    deadline_ns: int | None = None
    """When ``due`` looks for the next check-out (monotonic)."""

    @property
    def own(self) -> GateCount:
        """This gate's count."""
        return self._of(self.site.gate) or GateCount(self.site.gate)

    @property
    def inside(self) -> int:
        """How many people are inside, as far as this gate knows."""
        return occupancy.inside(self.ledger.memory.counts, self.own.period)

    def due(self, now: Instant) -> None:
        """Check everybody out when a new period has begun."""
        rules = self.site.occupancy
        change = rules.next_checkout(now.utc)
        wait_ns = int((change - now.utc).total_seconds() * SECOND_NS) if change else 0
        self.deadline_ns = now.mono_ns + min(wait_ns, LOOK_AGAIN_NS) if change else None
        known, period = self._of(self.site.gate), rules.period(now.utc)
        if known is None:
            if period is not None:
                self._keep(GateCount(self.site.gate, period))
        elif _begins(known.period, period, now.clock):
            was = self.inside
            self._keep(GateCount(self.site.gate, period))
            if period is not None:
                self.ledger.persist(CheckedOut(now, was), now)
            self.tell()

    def counted(self, way: Way, now: Instant) -> None:
        """Somebody went through this gate."""
        self.due(now)
        own = self.own
        changed = replace(own, entered=own.entered + 1) if way is Way.IN else replace(own, left=own.left + 1)
        self._keep(changed)
        self.tell()

    def correct(self, inside: int, by: str, now: Instant) -> int:
        """The officer has counted; how many there were before."""
        self.due(now)
        was, own = self.inside, self.own
        total = sum(one.inside for one in self.ledger.memory.counts if one.period == own.period)
        self._keep(replace(own, corrected=own.corrected + inside - total))
        self.ledger.persist(OccupancyCorrected(now, was, inside, by), now)
        self.tell()
        return was

    def heard(self, count: GateCount) -> None:
        """Another gate of the site tells its count."""
        if count.gate != self.site.gate and (self._of(count.gate) or len(self.ledger.memory.counts) < MOST_GATES):
            self._keep(count)

    def tell(self) -> None:
        """Tell the other gates this one's count."""
        if self.site.shares:
            self.ledger.ask(Share(self.own))

    def _of(self, gate: str) -> GateCount | None:
        return next((one for one in self.ledger.memory.counts if one.gate == gate), None)

    def _keep(self, count: GateCount) -> None:
        others = tuple(one for one in self.ledger.memory.counts if one.gate != count.gate)
        self.ledger.remember(counts=(*others, count))


def _begins(known: date | None, period: date | None, clock: ClockTrust) -> bool:
    """Whether another period than the known one has begun."""
    if known is None or period is None:
        return known != period
    if clock is ClockTrust.UNSET:
        return False
    return period > known or (clock is ClockTrust.SYNCED and known - period > CLOCK_WAS_WRONG)
