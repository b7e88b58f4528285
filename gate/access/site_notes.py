"""What the gates of one site tell one another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gate.policy.occupancy import GateCount
from gate.policy.passback import Crossing

MOST_IN_SNAPSHOT = 200


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A gate's own newest crossings, the oldest first, and the moment up to which its officers forgot everything."""

    crossings: tuple[Crossing, ...]
    reset: datetime | None = None


SiteNote = GateCount | Crossing | Snapshot
