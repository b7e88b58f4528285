"""What an officer, a button, the local control or the centre may tell the access point to do."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from gate.access.modes import DoorMode
from gate.credential.model import Colour


@dataclass(frozen=True, slots=True)
class Attestation:
    """What the officer has made sure of for a visitor without a code."""

    healthy: bool
    protocol_kept: bool

    @property
    def complete(self) -> bool:
        return self.healthy and self.protocol_kept


@dataclass(frozen=True, slots=True)
class Admit:
    """Let the held visitor in; with nobody on hold and an attestation, an assisted entry of somebody without a code.

    ``visit`` names the visit where the officer saw its number; None means whoever is on hold.  ``extended`` asks for
    the longer release of a visitor who needs more time.
    """

    reason: str
    visit: int | None = None
    attestation: Attestation | None = None
    extended: bool = False


@dataclass(frozen=True, slots=True)
class RemoteRelease:
    """The centre lets somebody in: the held visitor of this visit, or with nobody on hold whoever stands there."""

    reason: str
    visit: int | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Turn the held visitor away."""

    reason: str
    visit: int | None = None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The officer has seen the alarm of this number; None: every alarm that is not silent."""

    alarm: int | None = None


@enum.unique
class FollowUpOutcome(enum.StrEnum):
    """What became of somebody who was stopped with a black status."""

    ISOLATED = "isolated"
    REFERRED = "referred"
    FALSE_MATCH = "false_match"
    LEFT = "left"
    NOT_RECORDED = "not_recorded"
    """Nobody said; given by the access point alone, when it makes room for newer alarms."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What became of the person behind this alarm; ``alarm`` is its number, or None for the oldest that awaits it."""

    outcome: FollowUpOutcome
    alarm: int | None = None


@dataclass(frozen=True, slots=True)
class SetMode:
    """Another door mode: LOCKED is back to normal and resets an emergency, LOCKED_OPEN declares one."""

    mode: DoorMode


@dataclass(frozen=True, slots=True)
class Drill:
    """Run the way of a red or black visitor without one; everything it causes is marked as a drill."""

    colour: Colour


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Show every lamp and sound the buzzer; ``relay`` also releases the strike for a moment."""

    relay: bool = False


@dataclass(frozen=True, slots=True)
class ResetPassback:
    """Forget that the visitor of this visit has entered; None: that anybody has."""

    visit: int | None = None


@dataclass(frozen=True, slots=True)
class SetOccupancy:
    """The officer has counted: so many people are inside."""

    inside: int


@dataclass(frozen=True, slots=True)
class Report:
    """Say how things stand; changes nothing."""


Order = (
    Admit
    | RemoteRelease
    | Refuse
    | Acknowledge
    | FollowUp
    | SetMode
    | Drill
    | SelfTest
    | ResetPassback
    | SetOccupancy
    | Report
)
