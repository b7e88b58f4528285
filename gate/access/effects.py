"""What the core may ask of the outside; the controller performs each at once and never waits."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from gate.access.events import Event
from gate.access.memory import Memory
from gate.access.modes import DoorMode


@enum.unique
class Line(enum.StrEnum):
    """The signal outputs: the lamp tower from top to bottom, the attention lamp and the buzzer."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    ATTENTION = "attention"
    BUZZER = "buzzer"


@dataclass(frozen=True, slots=True)
class Momentary:
    """A release for one visitor; it ends at ``deadline_ns`` (monotonic) whatever else happens."""

    deadline_ns: int


@dataclass(frozen=True, slots=True)
class Held:
    """A release that a mode holds; it ends at ``renew_by_ns`` (monotonic) unless renewed before."""

    mode: DoorMode
    renew_by_ns: int


Lease = Momentary | Held


@dataclass(frozen=True, slots=True)
class Release:
    """Release the strike under this lease; a later lease replaces an earlier one."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class Secure:
    """Secure the strike."""


@dataclass(frozen=True, slots=True)
class Light:
    """Exactly these lines on, all others off."""

    lit: frozenset[Line]


@dataclass(frozen=True, slots=True)
class Persist:
    """Commit the event, and the memory that holds after it, then answer ``Recorded(ticket)``.

    A visitor's release goes out beside its ``Persist`` (recorded while walking); a step that must be durable before it
    acts, such as a change of mode, waits in the core for ``Recorded``.
    """

    ticket: int
    event: Event
    memory: Memory


Effect = Release | Secure | Light | Persist
