"""Whether the lines are there and nobody else has them. Nothing is claimed for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.service.config_checks import NOT_WIRED
from gate.service.config_schema import Config, PinFactory

SIMULATED = 'pins.factory is "mock": the lines are simulated, and nothing at the door moves'
AT_A_DOOR = 'Set it to "gpiod" on a Raspberry Pi'


def check(unit: Unit) -> Finding:
    """Ask the kernel about each line that the configuration names."""
    if unit.config.pins.factory is PinFactory.MOCK:
        return warn(SIMULATED, AT_A_DOOR)
    try:
        from gate.adapters.pins_gpiod.lines import CONSUMER, Header  # noqa: PLC0415  (its library is an extra)

        with closing(Header(unit.ways.gpio())) as header:
            label = header.chip().get_info().label
            users = {name: header.chip().get_line_info(pin).consumer for name, pin in wired(unit.config)}
    except (ImportError, OSError) as error:
        return fail(str(error), 'pip install "gate[pi]"; adduser gate gpio; a Raspberry Pi')
    others = [f"{name} by {user}" for name, user in users.items() if user and user != CONSUMER]
    if others:
        return fail(f"in use: {', '.join(others)}", "End that program, or free the line: an overlay in config.txt?")
    ours = sum(bool(user) for user in users.values())
    held = f", {ours} of them by the gate that runs" if ours else ", all free"
    return ok(f"{len(users)} lines of {label}{held}")


def wired(config: Config) -> Iterator[tuple[str, int]]:
    """The lines of ``[pins]`` that are wired, by their keys."""
    for name in (one for one in config.pins.__slots__ if isinstance(getattr(config.pins, one), int)):
        if (pin := getattr(config.pins, name)) != NOT_WIRED:
            yield name, pin
