"""A clock that only moves when a test moves it."""

from __future__ import annotations

from dataclasses import dataclass

from gate.credential.instant import Instant
from tests.access.examples import SECOND, at


@dataclass(slots=True)
class SteppedClock:
    """``ports.Clock``, moved by hand."""

    now_ns: int = SECOND

    def now(self) -> Instant:
        return at(self.now_ns)
