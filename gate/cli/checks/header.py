"""Whether this is a board that is known, with its header where it should be."""

from __future__ import annotations

from contextlib import closing

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit

CHIPS = {
    "Raspberry Pi 3": "pinctrl-bcm2835",
    "Raspberry Pi Zero 2": "pinctrl-bcm2835",
    "Raspberry Pi 4": "pinctrl-bcm2711",
    "Raspberry Pi 5": "pinctrl-rp1",
}
MACHINE = "aarch64"


def check(unit: Unit) -> Finding:
    """The board's model, its system's width, and the chip behind its header."""
    hardware = unit.board.hardware()
    model = hardware.model or "a machine that does not say its model"
    chip = next((label for name, label in CHIPS.items() if model.startswith(name)), None)
    if chip is None:
        return fail(f"{model} is no board that gate knows", f"Use one of: {', '.join(CHIPS)}")
    try:
        from gate.adapters.pins_gpiod.lines import Header  # noqa: PLC0415  (its library is an extra)

        with closing(Header(unit.ways.gpio())) as header:
            label = header.chip().get_info().label
    except (ImportError, OSError) as error:
        return fail(f"{model}: {error}", 'pip install "gate[pi]"; adduser gate gpio')
    if label != chip:
        return fail(f"{model} with the header at {label} instead of {chip}", "Update the kernel: apt full-upgrade")
    if hardware.machine != MACHINE:
        return warn(f"{model}, {label}, {hardware.machine}", "Only the 64-bit system is tried")
    return ok(f"{model}, {label}, {hardware.machine}")
