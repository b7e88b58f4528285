"""How a gate stands now: the retained messages on ``state`` and on ``alarm/<number>``. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gate.access.alarm import Alarm
from gate.access.modes import DoorMode
from gate.wire import jsontext
from gate.wire.envelope import timestamp
from gate.wire.topics import Identity

CONTENT_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How many people are inside the site, as far as this gate knows; ``capacity`` is 0 for any number."""

    inside: int
    capacity: int


@dataclass(frozen=True, slots=True)
class State:
    """The door and the unit at one moment. ``journal`` is the ULID that the numbers of the alarms belong to."""

    mode: DoorMode
    since: datetime
    """Since when the mode holds, as far as this run has seen."""
    health: tuple[str, ...]
    """What is wrong with the unit, sorted; empty where all is well."""
    occupancy: Occupancy | None
    """None where the gate counts nobody."""
    alarms: tuple[int, ...]
    """Exactly the open ones: a retained alarm that is not named here is over, whatever its topic still says."""
    journal: str


def encode(state: State, identity: Identity) -> bytes:
    """The payload of ``state``."""
    there = state.occupancy
    return jsontext.dump(
        {
            "mode": state.mode.value,
            "since": timestamp(state.since),
            "health": list(state.health),
            "occupancy": None if there is None else {"inside": there.inside, "capacity": there.capacity or None},
            "alarms": list(state.alarms),
            "journal": state.journal,
            "boot": identity.boot,
            "access_point": identity.access_point,
        }
    )


def encode_alarm(alarm: Alarm, journal: str, identity: Identity) -> bytes:
    """The payload of ``alarm/<number>`` while the alarm is open; an empty payload says that it is over."""
    return jsontext.dump(alarm_fields(alarm) | {"journal": journal, "boot": identity.boot})


def alarm_fields(alarm: Alarm) -> dict[str, Any]:
    """An alarm as it stands."""
    return {
        "alarm": alarm.number,
        "kind": alarm.kind.value,
        "detail": alarm.detail,
        "visit": alarm.visit,
        "silent": alarm.wants.silent,
        "present": alarm.present,
        "acknowledged_by": alarm.acknowledged_by,
        "escalated": alarm.escalated,
        "drill": alarm.drill,
        "raised": timestamp(alarm.raised.utc),
    }
