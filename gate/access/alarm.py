"""What an alarm is, and a table of what each kind of it wants."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from gate.credential.instant import Instant


@enum.unique
class AlarmKind(enum.StrEnum):
    """What is wrong."""

    BLACK = "black"
    """A visitor with a black status is at the door."""
    FORGED = "forged"
    """Somebody showed a code that pretends to be what it is not."""
    HELP = "help"
    """A visitor calls the officer."""
    DURESS = "duress"
    """The officer is forced by somebody."""
    EMERGENCY = "emergency"
    DOOR_FORCED_OPEN = "door_forced_open"
    DOOR_OPEN_TOO_LONG = "door_open_too_long"
    DOOR_MONITOR_FAULT = "door_monitor_fault"
    """The two contacts of the door monitor contradict each other: a cut wire or a short circuit."""
    LOCK_FAULT = "lock_fault"
    """The bolt is not where the strike was told to be: a welded relay, or a jammed bolt."""
    TAMPER = "tamper"
    STUCK_INPUT = "stuck_input"
    JOURNAL_LATE = "journal_late"
    """A release went out, and the journal has still not confirmed its record."""
    DECODER_FAULT = "decoder_fault"
    """A decoder has died so often that it is left alone for a while; no visitor is meant by it."""
    PASSBACK = "passback"
    """Two gates that were apart let one visitor in; each entry by itself was right."""
    CAMERA_FAULT = "camera_fault"
    """The camera gives no picture, the same one for ever, or an empty one; no visitor is meant by it."""
    LINK_FAULT = "link_fault"
    """Something about the way to the centre has to be mended; a network that is away is none of it."""
    LINK_TAKEN_OVER = "link_taken_over"
    """Somebody else speaks under this gate's name."""
    JOURNAL_FAULT = "journal_fault"
    """The journal takes nothing, is nearly full, holds what nobody takes, or is not signed; the detail says which."""
    RECORDS_LOST = "records_lost"
    """The journal was full and gave up records that nobody had confirmed."""


@dataclass(frozen=True, slots=True)
class Wants:
    """What an alarm of a kind asks for."""

    acknowledgement: bool = True
    """It stays open until the officer has seen it, also when what caused it is over."""
    follow_up: bool = False
    """After the acknowledgement it awaits what became of the person."""
    escalates: bool = False
    """Not acknowledged in time, it goes on to the second alarm light and to the centre."""
    silent: bool = False
    """Nothing at the door shows it, and only its own number acknowledges it."""


WANTS: dict[AlarmKind, Wants] = {
    AlarmKind.BLACK: Wants(follow_up=True, escalates=True),
    AlarmKind.FORGED: Wants(),
    AlarmKind.HELP: Wants(escalates=True),
    AlarmKind.DURESS: Wants(silent=True),
    AlarmKind.EMERGENCY: Wants(acknowledgement=False),
    AlarmKind.DOOR_FORCED_OPEN: Wants(escalates=True),
    AlarmKind.DOOR_OPEN_TOO_LONG: Wants(acknowledgement=False, escalates=True),
    AlarmKind.DOOR_MONITOR_FAULT: Wants(),
    AlarmKind.LOCK_FAULT: Wants(escalates=True),
    AlarmKind.TAMPER: Wants(escalates=True),
    AlarmKind.STUCK_INPUT: Wants(acknowledgement=False),
    AlarmKind.JOURNAL_LATE: Wants(acknowledgement=False),
    AlarmKind.DECODER_FAULT: Wants(acknowledgement=False),
    AlarmKind.PASSBACK: Wants(),
    AlarmKind.CAMERA_FAULT: Wants(acknowledgement=False),
    AlarmKind.LINK_FAULT: Wants(acknowledgement=False),
    AlarmKind.LINK_TAKEN_OVER: Wants(),
    AlarmKind.JOURNAL_FAULT: Wants(acknowledgement=False),
    AlarmKind.RECORDS_LOST: Wants(),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One open alarm."""

    number: int
    """Counts the alarms of a journal."""
    kind: AlarmKind
    raised: Instant
    detail: str = ""
    """Which input, contact, mode or device it is about."""
    visit: int | None = None
    drill: bool = False
    present: bool = True
    """What caused it still lasts; an alarm about a moment begins with False."""
    acknowledged_by: str | None = None
    escalated: bool = False

    @property
    def wants(self) -> Wants:
        return WANTS[self.kind]

    @property
    def calls(self) -> bool:
        """Whether the officer still has to be called to it at the door."""
        unseen = self.wants.acknowledgement and self.acknowledged_by is None
        return not self.wants.silent and (unseen or (self.present and self.acknowledged_by is None))

    @property
    def over(self) -> bool:
        """Whether nothing keeps it open any more but a follow-up."""
        return not self.present and (self.acknowledged_by is not None or not self.wants.acknowledgement)
