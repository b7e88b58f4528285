"""What the core may ask of the outside; the controller performs each at once and never waits."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from gate.access.answers import Reply
from gate.access.command import Work
from gate.access.events import Event
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.site_notes import SiteNote


@enum.unique
class Line(enum.StrEnum):
    """The signal outputs: the lamp tower from top to bottom, the officer's lamp, the second alarm light, the buzzer."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    ATTENTION = "attention"
    ALARM = "alarm"
    """Where somebody else looks, when the officer has not answered; not every door has one."""
    BUZZER = "buzzer"


@dataclass(frozen=True, slots=True)
class Momentary:
    """A release for one passage; it ends at ``deadline_ns`` (monotonic) whatever else happens."""

    deadline_ns: int


@dataclass(frozen=True, slots=True)
class Held:
    """A release that a mode holds; it ends at ``renew_by_ns`` (monotonic) unless renewed before."""

    mode: DoorMode
    renew_by_ns: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An emergency's release: it stays, whatever dies, until the core secures the strike or gives another lease."""

    mode: DoorMode = DoorMode.LOCKED_OPEN


Lease = Momentary | Held | Standing


@dataclass(frozen=True, slots=True)
class Release:
    """Release the strike under this lease; a later lease replaces an earlier one."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class Secure:
    """Secure the strike."""


@dataclass(frozen=True, slots=True)
class Light:
    """Exactly these lines on, all others off; ``tone_hz`` is for a buzzer that can sound more than one."""

    lit: frozenset[Line]
    tone_hz: int = 0


@dataclass(frozen=True, slots=True)
class Persist:
    """Commit the event, and the memory that holds after it, then answer ``Recorded(ticket)``.

    A visitor's release goes out beside its ``Persist`` (recorded while walking); a step that must be durable before it
    acts, such as a mode that frees, waits in the core for ``Recorded``.
    """

    ticket: int
    event: Event
    memory: Memory


@dataclass(frozen=True, slots=True)
class Share:
    """Tell the other gates of the site, as soon as the broker is there; of a count or a snapshot only the newest."""

    note: SiteNote


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to the order with this request number."""

    request: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class Errand:
    """Work for the service, which answers the command with this request number itself."""

    request: int
    work: Work


Effect = Release | Secure | Light | Persist | Share | Answer | Errand
