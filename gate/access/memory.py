"""What the access point knows again after a restart; committed with each event, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.events import AccessEvent
from gate.access.modes import DoorMode


@dataclass(frozen=True, slots=True)
class Memory:
    """The durable part of the access point's state; the default is a gate that has never run."""

    mode: DoorMode = DoorMode.LOCKED
    visits: int = 0
    """Visits numbered so far."""
    holds: tuple[AccessEvent, ...] = ()
    """Whoever awaits the officer, so that a restart can end the hold instead of forgetting it."""
