"""What the access point waits for: a visitor who tries again, and records that are not confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.modes import DoorMode
from gate.access.signals import Presented
from gate.policy.status import Decision


@dataclass(frozen=True, slots=True)
class Hint:
    """A visitor was asked to try again; when that does not help by the deadline, the hold follows."""

    presented: Presented
    decision: Decision
    deadline_ns: int


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A ``Persist`` that is not answered yet, and what depends on the answer."""

    asked_ns: int
    wait_until_ns: int | None = None
    """For a release: when the record counts as late."""
    visit: int = 0
    late: bool = False
    """A release whose time for the record is over."""
    mode: DoorMode | None = None
    """For a mode that frees: the mode to take once it is durable."""
