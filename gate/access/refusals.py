"""Orders of people who may not give any: recorded, but not so often that they fill the journal.

Each account is recorded for itself, as far as there are few of them; what more of them tried is counted together.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gate.access.events import OrderRefused
from gate.access.ledger import Ledger
from gate.access.signals import ControlRefused
from gate.credential.instant import Instant

MOST_ACCOUNTS = 16
"""Accounts that are counted for themselves at a time."""
OTHERS = "others"


@dataclass(slots=True)
class Refusals:
    """The first one of an account is recorded at once, those of the next moments together."""

    ledger: Ledger
    pause_ns: int
    deadline_ns: int | None = None
    """When those that came since are recorded (monotonic)."""
    _since: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Of each account recorded lately: what it tried last, and how often since its record."""

    def refused(self, signal: ControlRefused, now: Instant) -> None:
        """Somebody tried."""
        by = signal.by if signal.by in self._since or len(self._since) < MOST_ACCOUNTS else OTHERS
        if by in self._since:
            self._since[by] = (signal.verb, self._since[by][1] + 1)
            return
        if self.deadline_ns is None:
            self.deadline_ns = now.mono_ns + self.pause_ns
        self._since[by] = (signal.verb, 0)
        self.ledger.persist(OrderRefused(now, by, signal.verb, more=0), now)

    def due(self, now: Instant) -> None:
        """Record those that came since the last record."""
        if self.deadline_ns is not None and now.mono_ns >= self.deadline_ns:
            again = self.flush(now)
            self.deadline_ns = now.mono_ns + self.pause_ns if again else None

    def flush(self, now: Instant) -> bool:
        """Nothing that was counted is left untold; whether there was anything."""
        counted = {by: (verb, count) for by, (verb, count) in self._since.items() if count}
        for by, (verb, count) in counted.items():
            self.ledger.persist(OrderRefused(now, by, verb, more=count - 1), now)
        self._since = {by: (verb, 0) for by, (verb, _) in counted.items()}
        return bool(counted)
