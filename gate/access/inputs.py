"""The inputs at the door, and what one of them being active means."""

from __future__ import annotations

import enum


@enum.unique
class InputLine(enum.StrEnum):
    """The inputs, by what is wired to them. A comment says when one is active."""

    ADMIT = "admit"
    """The officer's button is pressed."""
    REFUSE = "refuse"
    ACKNOWLEDGE = "acknowledge"
    HELP = "help"
    """A visitor calls the officer."""
    REX = "rex"
    """Request to exit: somebody inside wants out."""
    DOOR_MONITOR = "door_monitor"
    """The door is open. A loop that is closed while the door is: a cut wire reads as an open door."""
    DOOR_MONITOR_OPEN = "door_monitor_open"
    """The second contact of a change-over door monitor, closed while the door is open: the door is open."""
    LOCK_MONITOR = "lock_monitor"
    """The bolt is free."""
    TAMPER = "tamper"
    """The enclosure is open. A closed loop: a cut wire reads as tampering."""
    EMERGENCY = "emergency"
    """Fire alarm or emergency release. A closed loop: a cut wire reads as an emergency."""


BUTTONS = frozenset({InputLine.ADMIT, InputLine.REFUSE, InputLine.ACKNOWLEDGE, InputLine.HELP, InputLine.REX})
"""What is pressed and let go again; the others are states that may last."""
CLOSED_LOOPS = frozenset({InputLine.DOOR_MONITOR, InputLine.TAMPER, InputLine.EMERGENCY})
"""Normally closed contacts to ground: closed is inactive, open or cut is active. All others are normally open."""


@enum.unique
class Wiring(enum.StrEnum):
    """Which optional parts a door has, as far as they change what is known of it."""

    DOOR_MONITOR = "door_monitor"
    DOOR_MONITOR_PAIR = "door_monitor_pair"
    """Both contacts of a change-over monitor: a cut and a short circuit are told from an open door."""
    LOCK_MONITOR = "lock_monitor"
