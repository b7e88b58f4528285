"""Whether the voltage has held since the board started."""

from __future__ import annotations

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit

SUPPLY = "Use the board's own power supply, and a strike with a supply of its own: docs/wiring.md"


def check(unit: Unit) -> Finding:
    """What the firmware remembers."""
    before = unit.board.throttled_before()
    if before is None:
        return warn("the firmware does not say whether the voltage held", "Measure it while the strike is released")
    if "under_voltage" in before:
        return fail("the voltage was too low since the start", SUPPLY)
    if before:
        return warn(f"it was slowed down since the start: {', '.join(before)}", "Give the enclosure air or shade")
    return ok("neither too little voltage nor heat since the start")
