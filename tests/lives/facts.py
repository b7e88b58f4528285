"""What is known of one life from outside the core: its begin and end, what it asked to be kept, what it was told."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from gate.access.events import Event
from gate.access.memory import Memory


@enum.unique
class End(enum.Enum):
    """How a life ends."""

    STOP = "stopped in order"
    CRASH = "an exception on the controller's thread"
    KILL = "killed"
    HANG = "the controller hangs, and the watchdog kills"

    @property
    def in_order(self) -> bool:
        """Whether the process could still bring the strike to rest and commit its records."""
        return self in (End.STOP, End.CRASH)


@enum.unique
class State(enum.Enum):
    """What the access point is doing when its life ends."""

    IDLE = "idle"
    HOLD = "a visitor is on hold"
    UNRECORDED = "between a release and its record"
    GRANTED = "granted"
    EXIT = "accessed by request to exit"
    ORDERED = "between an order that frees and its record"
    UNLOCKED = "unlocked by order"
    SCHEDULED = "unlocked by schedule"
    LOCKED_DOWN = "locked down"
    EMERGENCY_ORDER = "emergency by order"
    EMERGENCY_INPUT = "emergency by input"
    RELAY_TEST = "self-test with relay"
    BETWEEN_CALLS = "between two calls of the outside"


@dataclass(slots=True)
class Asked:
    """An event that the core asked to be kept. Times are monotonic ns."""

    event: Event
    at_ns: int
    latency_ns: int
    """What a commit took when it was asked for."""
    handled_ns: int | None = None
    """When the core was told that it is recorded."""
    committed: bool = False
    """Whether it is in the journal's file after the end."""


@dataclass(slots=True)
class Facts:
    """One life. Times are monotonic ns."""

    start_ns: int
    memory: Memory
    """Of the journal, at the start."""
    standing: bool
    """Whether it found an emergency in force, by the journal or the mark."""
    edges_before: int
    """How many changes the wire had made before."""
    asked: dict[int, Asked] = field(default_factory=dict)
    """By ticket."""
    door_moved_ns: list[int] = field(default_factory=list)
    """When the core was told that the door was opened or closed."""
    hung_ns: int | None = None
    end: End = End.STOP
    end_ns: int = 0
    edges_at_end: int = 0
    """How many changes the wire had made when the process let go of it."""
    state: State = State.IDLE
    frees_after: list[bool] = field(default_factory=list)
    """For each run of ``gate-secure-lines`` since: whether there was a mark or an open loop."""
