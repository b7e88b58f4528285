"""Whether each lamp lights and the buzzer sounds, as somebody sees who walks along."""

from __future__ import annotations

from contextlib import ExitStack, closing

from gate.access.effects import Light, Line
from gate.adapters.gpio_gpiozero import GpioIndicator
from gate.cli.checks.claimed import claiming
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.pins import AT_A_DOOR, SIMULATED
from gate.cli.checks.unit import Unit
from gate.cli.control_client import NoAnswer
from gate.ports import AdapterError
from gate.service.config_schema import PinFactory
from gate.service.parts import lamps_of
from gate.wire.control import Request, Result

LOOK = "Look at docs/wiring.md: the fuse, the driver, the line's number"


def check(unit: Unit) -> Finding:
    """One after the other; where the gate runs, by its own self-test."""
    if unit.config.pins.factory is PinFactory.MOCK:
        return warn(SIMULATED, AT_A_DOOR)
    if unit.runs:
        return _by_the_gate(unit)
    try:
        dark = _walked(unit)
    except AdapterError as error:
        return fail(str(error), "See the check of the pins")
    if dark:
        return fail(f"nobody saw or heard: {', '.join(dark)}", LOOK)
    return ok(f"{', '.join(lamps_of(unit.config))}: seen and heard")


def _walked(unit: Unit) -> list[str]:
    """The lines that somebody says did nothing, or that another one did it for."""
    dark: list[str] = []
    with claiming(unit) as factory, ExitStack() as last:
        indicator = last.enter_context(closing(GpioIndicator(factory, lamps_of(unit.config))))
        for line in lamps_of(unit.config):
            indicator.show(Light(frozenset({line})))
            what = "Does the buzzer sound" if line is Line.BUZZER else f"Is the lamp {line.value} lit"
            if not unit.ways.person.agrees(f"{what}, and nothing else?"):
                dark.append(line.value)
    return dark


def _by_the_gate(unit: Unit) -> Finding:
    answered = unit.order(Request("selftest"))
    if isinstance(answered, NoAnswer) or answered.result is not Result.DONE:
        return warn(f"the gate does not do its self-test: {getattr(answered, 'text', answered)}", "Try it again later")
    if not unit.ways.person.agrees("Did every lamp light, one after the other, and the buzzer sound?"):
        return fail("nobody saw or heard all of it", LOOK)
    return ok("the self-test of the gate that runs was seen and heard")
