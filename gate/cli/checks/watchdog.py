"""Whether the board starts again by itself when the whole system hangs."""

from __future__ import annotations

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit


def check(unit: Unit) -> Finding:
    """The hardware watchdog, and whether somebody feeds it."""
    folders = sorted(unit.ways.root.glob("sys/class/watchdog/watchdog*"))
    if not folders:
        return fail("there is no hardware watchdog", "dtparam=watchdog=on: systemd/config.txt")
    state = folders[0] / "state"
    if not state.exists() or state.read_text("ascii").strip() != "active":
        return warn("nobody feeds the hardware watchdog", "Install systemd/gate-watchdog.conf: docs/operations.md")
    return ok("the hardware watchdog is fed")
