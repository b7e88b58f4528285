"""What is remembered: one event per visit or fact, as the journal keeps it and the centre reads it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from gate.access.modes import DoorMode
from gate.credential.instant import Instant
from gate.credential.model import Colour, CredentialRef, TrustStamp
from gate.policy.status import Outcome, Rule


@enum.unique
class AccessResult(enum.StrEnum):
    """How far a visit has come. A held visit ends in granted or denied."""

    GRANTED = "granted"
    HELD = "held"
    DENIED = "denied"


@enum.unique
class OpenedBy(enum.StrEnum):
    """Whose word released the strike."""

    AUTO = "auto"
    OFFICER = "officer"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """A visitor was granted, held or denied. Durations are milliseconds."""

    feed: ClassVar[str] = "access"

    at: Instant
    result: AccessResult
    visit: int
    """Numbers the visits of a journal; a held visit and its end carry the same number."""
    colour: Colour | None
    outcome: Outcome
    reason: str
    rule: Rule
    credential: CredentialRef | None
    trust: TrustStamp
    opened_by: OpenedBy
    decode_ms: int
    """From the frame's capture to the verified symbol."""
    decide_ms: int
    """From the verified symbol to the decision."""
    release_ms: int
    """How long the strike is released for this visitor; 0 when it is not."""
    officer: str | None = None
    officer_reason: str | None = None

    @property
    def name(self) -> str:
        return f"access.{self.result}"


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """The door mode is now another one."""

    feed: ClassVar[str] = "door"
    name: ClassVar[str] = "door.mode_changed"

    at: Instant
    mode: DoorMode
    previous: DoorMode
    by: str


@dataclass(frozen=True, slots=True)
class JournalLate:
    """A release went out and its record was not confirmed within ``record_wait_ms``."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.journal_late"

    at: Instant
    visit: int
    waited_ms: int
    secured: bool
    """Whether the strike was secured again for it (``journal.required``)."""


@dataclass(frozen=True, slots=True)
class ServiceStarted:
    """The service took up its work."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.started"

    at: Instant
    version: str
    mode: DoorMode


@dataclass(frozen=True, slots=True)
class ServiceStopped:
    """The service stopped in order, with the strike secured."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.stopped"

    at: Instant
    reason: str


Event = AccessEvent | ModeChanged | JournalLate | ServiceStarted | ServiceStopped
