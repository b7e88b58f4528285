"""A clock that only moves when a test moves it."""

from __future__ import annotations

from dataclasses import dataclass

from gate.credential.instant import ClockTrust, Instant
from tests.access.examples import SECOND, at


@dataclass(slots=True)
class SteppedClock:
    """``ports.Clock``, moved by hand."""

    now_ns: int = SECOND
    unset_from_ns: int | None = None
    """From when on the wall clock is not set any more."""

    def now(self) -> Instant:
        unset = self.unset_from_ns is not None and self.now_ns >= self.unset_from_ns
        return at(self.now_ns, ClockTrust.UNSET if unset else ClockTrust.SYNCED)
