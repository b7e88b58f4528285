"""Whether the machine is hot or short of power."""

from __future__ import annotations

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit

WARM_C, HOT_C = 70.0, 80.0
"""A Raspberry Pi slows down from 80 degrees on."""


def check(unit: Unit) -> Finding:
    """Temperature, and why the machine slows itself down now."""
    temperature, why = unit.board.temperature_c(), unit.board.throttled()
    said = "no thermometer" if temperature is None else f"{temperature} °C"
    if "under_voltage" in (why or ()):
        return fail(f"{said}, too little voltage", "Use the board's own power supply and a short, thick cable")
    if why or (temperature is not None and temperature >= HOT_C):
        return fail(
            f"{said}, slowed down ({', '.join(why or ('hot',))})", "Give the enclosure air, shade or a heat sink"
        )
    if temperature is None or temperature >= WARM_C:
        return warn(said, "Look at it by hand; in an enclosure it must stay below 70 °C on the hottest day")
    return ok(f"{said}, not slowed down" if why is not None else f"{said}; it does not say whether it is slowed down")
