"""Orders of people who may not give any: recorded, but not so often that they fill the journal."""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.events import OrderRefused
from gate.access.ledger import Ledger
from gate.access.signals import ControlRefused
from gate.credential.instant import Instant


@dataclass(slots=True)
class Refusals:
    """The first one is recorded at once, those of the next moments together."""

    ledger: Ledger
    pause_ns: int
    deadline_ns: int | None = None
    """When those that came since are recorded (monotonic)."""
    _newest: ControlRefused | None = None
    _more: int = 0

    def refused(self, signal: ControlRefused, now: Instant) -> None:
        """Somebody tried."""
        if self.deadline_ns is None:
            self.deadline_ns = now.mono_ns + self.pause_ns
            self.ledger.persist(OrderRefused(now, signal.by, signal.verb, more=0), now)
        else:
            self._more += self._newest is not None
            self._newest = signal

    def due(self, now: Instant) -> None:
        """Record those that came since the last record."""
        if self.deadline_ns is not None and now.mono_ns >= self.deadline_ns:
            self.deadline_ns = None
            self.flush(now)

    def flush(self, now: Instant) -> None:
        """Nothing that was counted is left untold."""
        if self._newest is not None:
            self.ledger.persist(OrderRefused(now, self._newest.by, self._newest.verb, self._more), now)
            self._newest, self._more = None, 0
            self.deadline_ns = now.mono_ns + self.pause_ns
