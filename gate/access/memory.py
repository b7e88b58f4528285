"""What the access point knows again after a restart; committed with each event, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.alarm import Alarm
from gate.access.command import Nonce
from gate.access.events import AccessEvent
from gate.access.modes import DoorMode
from gate.policy.occupancy import GateCount


@dataclass(frozen=True, slots=True)
class Memory:
    """The durable part of the access point's state; the default is a gate that has never run."""

    mode: DoorMode = DoorMode.LOCKED
    """LOCKED, UNLOCKED or LOCKED_DOWN: what was asked for last, without schedule and emergency."""
    emergency: bool = False
    """Declared, and not reset."""
    visits: int = 0
    """Visits numbered so far."""
    assisted: int = 0
    """Assisted entries so far."""
    holds: tuple[AccessEvent, ...] = ()
    """Whoever awaits the officer, so that a restart can end the hold instead of forgetting it."""
    awaited: tuple[int, ...] = ()
    """Visits whose passage the door monitor has yet to tell."""
    alarms: tuple[Alarm, ...] = ()
    """Open alarms, the oldest first."""
    alarm_count: int = 0
    """Alarms numbered so far."""
    counts: tuple[GateCount, ...] = ()
    """Who went in and out, by gate: this one's count, and what the others of the site told of theirs."""
    nonces: tuple[Nonce, ...] = ()
    """Of the keys that have commanded this gate."""
    retired: bool = False
    """The mandate has ended: the door stands open, and no visitor is looked at."""
