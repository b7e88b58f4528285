"""What the access point answers to an order."""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.alarm import AlarmKind
from gate.access.inputs import InputLine
from gate.access.modes import DoorMode
from gate.credential.model import Colour


@dataclass(frozen=True, slots=True)
class HoldStatus:
    """The visitor on hold. ``left_s``: until the hold ends as refused."""

    visit: int
    colour: Colour | None
    reason: str
    left_s: int
    drill: bool


@dataclass(frozen=True, slots=True)
class AlarmStatus:
    """An open alarm; silent ones are not told."""

    number: int
    kind: AlarmKind
    detail: str
    visit: int | None
    drill: bool
    acknowledged: bool
    escalated: bool
    awaits_follow_up: bool


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand at the access point."""

    mode: DoorMode
    """The mode in force; ``accessed`` while somebody is let through."""
    standing_mode: DoorMode
    """The mode to which the door returns."""
    door_open: bool | None
    """None where there is no door monitor."""
    hold: HoldStatus | None
    queued: bool
    alarms: tuple[AlarmStatus, ...]
    active_inputs: tuple[InputLine, ...]
    visits: int
    assisted: int
    unrecorded: int
    """Events whose record is not confirmed yet."""
    inside: int = 0
    """How many people are inside, as far as this gate knows."""
    capacity: int = 0
    """How many may be; 0 for any number."""


@dataclass(frozen=True, slots=True)
class Reply:
    """``text`` says what was done, or why not and what to do instead."""

    done: bool
    text: str
    status: Status | None = None
