"""What is remembered: one event per visit or fact, as the journal keeps it and the centre reads it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from gate.access.alarm import Alarm, AlarmKind
from gate.access.command_events import CommandEnded, CommandRefused, CommandTaken, Retired
from gate.access.journal_events import ChainHead, EventsLost, JournalBegun, RecordsDropped
from gate.access.modes import DoorMode
from gate.access.orders import Attestation, FollowUpOutcome
from gate.access.site_events import CheckedOut, ClockChanged, OccupancyCorrected, PassbackReset
from gate.credential.instant import Instant
from gate.credential.model import Colour, CredentialRef, TrustStamp
from gate.policy.site import Direction
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
    REMOTE = "remote"
    """A command of the centre."""
    NONE = "none"


@enum.unique
class Passage(enum.StrEnum):
    """Whether somebody who was granted access took it; a grant is not a passage."""

    NONE = "none"
    """Nobody was let in."""
    AWAITED = "awaited"
    """The door monitor will tell."""
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    UNKNOWN = "unknown"
    """There is no door monitor, or the service was not there to see it."""


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
    """None for a code that could not be read, an assisted entry and a drill."""
    trust: TrustStamp | None
    """None where no code was looked at."""
    opened_by: OpenedBy
    decode_ms: int
    """From the frame's capture to the verified symbol."""
    decide_ms: int
    """From the verified symbol to the decision."""
    release_ms: int
    """How long the strike is released for this visitor; 0 when it is not."""
    passage: Passage = Passage.NONE
    officer: str | None = None
    officer_reason: str | None = None
    attestation: Attestation | None = None
    """For an assisted entry alone."""
    assisted: int = 0
    """For an assisted entry: which one it is of this journal; 0 for any other visit."""
    drill: bool = False
    direction: Direction = Direction.ENTRY
    passback: bool = False
    """The visitor has entered before, and nobody saw an exit."""

    @property
    def name(self) -> str:
        return f"access.{self.result}"


@dataclass(frozen=True, slots=True)
class PassageEvent:
    """Whether a granted access was taken; follows each grant whose passage was awaited, exactly once."""

    feed: ClassVar[str] = "access"

    at: Instant
    visit: int
    passage: Passage
    """TAKEN, NOT_TAKEN or UNKNOWN."""

    @property
    def name(self) -> str:
        return f"access.{'passage_unknown' if self.passage is Passage.UNKNOWN else self.passage.value}"


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """The door mode is now another one."""

    feed: ClassVar[str] = "door"
    name: ClassVar[str] = "door.mode_changed"

    at: Instant
    mode: DoorMode
    previous: DoorMode
    by: str


@enum.unique
class DoorCondition(enum.StrEnum):
    """What the door monitor makes of the door (ONVIF DoorAlarmState)."""

    NORMAL = "normal"
    FORCED_OPEN = "forced_open"
    OPEN_TOO_LONG = "open_too_long"


@dataclass(frozen=True, slots=True)
class DoorConditionChanged:
    """DoorForcedOpen, DoorOpenTooLong or DoorNormal."""

    feed: ClassVar[str] = "door"

    at: Instant
    condition: DoorCondition
    mode: DoorMode

    @property
    def name(self) -> str:
        return f"door.{self.condition}"


@dataclass(frozen=True, slots=True)
class ExitRequested:
    """Somebody inside asked to get out, and the strike was released for it."""

    feed: ClassVar[str] = "door"
    name: ClassVar[str] = "door.exit_requested"

    at: Instant
    release_ms: int
    mode: DoorMode


@enum.unique
class AlarmStep(enum.StrEnum):
    """How far an alarm has come."""

    RAISED = "raised"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    FOLLOWED_UP = "followed_up"
    CLEARED = "cleared"
    """Nothing keeps it open any more; its last event."""


_DOOR_ALARMS = frozenset(
    {
        AlarmKind.EMERGENCY,
        AlarmKind.DOOR_FORCED_OPEN,
        AlarmKind.DOOR_OPEN_TOO_LONG,
        AlarmKind.DOOR_MONITOR_FAULT,
        AlarmKind.LOCK_FAULT,
        AlarmKind.TAMPER,
    }
)


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """An alarm was raised, escalated, acknowledged, followed up or cleared."""

    at: Instant
    step: AlarmStep
    alarm: Alarm
    """As it is after this step."""
    by: str | None = None
    outcome: FollowUpOutcome | None = None

    @property
    def feed(self) -> str:
        return "door" if self.alarm.kind in _DOOR_ALARMS else "officer"

    @property
    def name(self) -> str:
        return f"alarm.{self.step}"


@enum.unique
class LockResult(enum.StrEnum):
    """What the lock monitor saw while the relay was tested."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TESTED = "not_tested"
    UNKNOWN = "unknown"
    """There is no lock monitor."""


@dataclass(frozen=True, slots=True)
class SelfTested:
    """The lamps, the buzzer and, where asked for, the relay are being tried. Recorded before the relay moves."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.self_test"

    at: Instant
    by: str
    relay: bool
    release_ms: int
    """How long the strike is released for the test; 0 when it is not."""
    active_inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelfTestEnded:
    """What the self-test found."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.self_test_ended"

    at: Instant
    lock: LockResult


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """Somebody who may not tried to give an order. ``more`` counts further ones that have no record of their own."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.order_refused"

    at: Instant
    by: str
    verb: str
    more: int


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
    """The service stopped in order; the strike is secured, but in an emergency."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.stopped"

    at: Instant
    reason: str


Event = (
    AccessEvent
    | PassageEvent
    | ModeChanged
    | DoorConditionChanged
    | ExitRequested
    | AlarmEvent
    | SelfTested
    | SelfTestEnded
    | OrderRefused
    | CommandTaken
    | CommandEnded
    | CommandRefused
    | Retired
    | JournalLate
    | PassbackReset
    | OccupancyCorrected
    | CheckedOut
    | ClockChanged
    | ServiceStarted
    | ServiceStopped
    | ChainHead
    | RecordsDropped
    | JournalBegun
    | EventsLost
)
