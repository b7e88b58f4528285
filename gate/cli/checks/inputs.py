"""Whether the inputs are as they should be while nobody touches anything: the polarity of each contact."""

from __future__ import annotations

from contextlib import closing

from gate.access.inputs import BUTTONS, InputLine
from gate.access.signals import InputChanged
from gate.adapters.gpio_gpiozero import GpioInputs
from gate.cli.checks.claimed import claiming
from gate.cli.checks.finding import Finding, fail, ok, unasked, warn
from gate.cli.checks.pins import AT_A_DOOR, SIMULATED
from gate.cli.checks.unit import Unit
from gate.ports import AdapterError
from gate.service.config_schema import PinFactory
from gate.service.parts import inputs_of

PAIR = {InputLine.DOOR_MONITOR, InputLine.DOOR_MONITOR_OPEN}
GRAVE = BUTTONS | {InputLine.EMERGENCY, InputLine.TAMPER}
"""What is never active at rest; the others may be, while the door is open or the bolt free."""


def check(unit: Unit) -> Finding:
    """Read each with its pull, and let it go again."""
    if unit.config.pins.factory is PinFactory.MOCK:
        return warn(SIMULATED, AT_A_DOOR)
    if unit.runs and not unit.told:
        return unasked()
    active = _told_by_the_gate(unit) if unit.runs else None
    try:
        return _judged(unit, _read(unit) if active is None else active)
    except AdapterError as error:
        return fail(str(error), "See the check of the pins")


def _told_by_the_gate(unit: Unit) -> set[InputLine]:
    """What the gate that runs here, which has the lines, finds active."""
    status = getattr(unit.standing, "status", None) or {}
    named = status.get("active_inputs")
    return {InputLine(one) for one in named if one in set(InputLine)} if isinstance(named, list) else set()


def _read(unit: Unit) -> set[InputLine]:
    found: list[InputChanged] = []
    with claiming(unit) as factory, closing(GpioInputs(factory, inputs_of(unit.config))) as inputs:
        inputs.listen(found.append)
    return {one.line for one in found if one.active}


def _judged(unit: Unit, active: set[InputLine]) -> Finding:
    wired = inputs_of(unit.config)
    grave = sorted(active & GRAVE)
    if grave:
        return fail(
            f"active while nobody touches anything: {', '.join(grave)}",
            "A loop is cut, a button stuck, or the contact of the other kind: docs/wiring.md",
        )
    if wired.keys() >= PAIR and len(active & PAIR) == 1:
        return fail("the door's two contacts contradict each other", "A cut, a short circuit, or a wrong line")
    if active:
        return warn(f"active: {', '.join(sorted(active))}", "Right where the door is open now; else see docs/wiring.md")
    return ok(f"{len(wired)} inputs at rest")
