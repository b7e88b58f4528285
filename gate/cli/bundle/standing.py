"""How the gate that runs here stands, without who is at the door."""

from __future__ import annotations

from typing import Any

from gate.access.alarm import AlarmKind
from gate.access.devices import Device
from gate.access.inputs import InputLine
from gate.access.modes import DoorMode
from gate.cli.checks.unit import Unit
from gate.wire.control import Answered

OF_PEOPLE = frozenset(
    {AlarmKind.BLACK, AlarmKind.FORGED, AlarmKind.HELP, AlarmKind.DURESS, AlarmKind.EMERGENCY, AlarmKind.PASSBACK}
)
"""Alarms that say something of a visitor or an officer."""
COUNTS = ("visits", "assisted", "unrecorded")


def part(unit: Unit) -> dict[str, Any]:
    """Mode, inputs, counts, and the alarms of the unit itself."""
    status = (unit.standing.status if isinstance(unit.standing, Answered) else None) or {}
    return {
        "runs": unit.runs,
        "mode": _one_of(DoorMode, status.get("mode")),
        "standing_mode": _one_of(DoorMode, status.get("standing_mode")),
        "active_inputs": [one for name in _list(status, "active_inputs") if (one := _one_of(InputLine, name))],
        "alarms": [told for alarm in _list(status, "alarms") if (told := _alarm(alarm))],
        **{name: value for name in COUNTS if type(value := status.get(name)) is int},
    }


def _alarm(alarm: Any) -> dict[str, Any] | None:
    """Its kind, and the device that it is about; None for one of people, and for what is none."""
    if not isinstance(alarm, dict):
        return None
    kind = _one_of(AlarmKind, alarm.get("kind"))
    if kind is None or kind in OF_PEOPLE:
        return None
    return {"kind": kind, "device": _one_of(Device, alarm.get("detail")) or _one_of(InputLine, alarm.get("detail"))}


def _one_of(known: Any, value: object) -> str | None:
    """The value, where it is one of the program's own words."""
    return value if isinstance(value, str) and value in set(known) else None


def _list(status: dict[str, Any], name: str) -> list[Any]:
    found = status.get(name)
    return found if isinstance(found, list) else []
