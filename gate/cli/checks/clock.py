"""Whether the time can be trusted now, and after the power was away."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.credential.instant import ClockTrust

MOST_APART_S = 60


def check(unit: Unit) -> Finding:
    """What the kernel says of its clock, and the clock with the battery."""
    now = unit.clock.now()
    kept = _battery_clock(unit.ways.root)
    told = f"{now.utc:%Y-%m-%d %H:%M:%S} UTC, {now.clock.value}"
    if now.clock is ClockTrust.UNSET:
        return fail(f"{told}: green is held for the officer", "Give the unit a time source: timedatectl, or chrony")
    if kept is None and unit.config.trust.clock_kept:
        return fail(
            f"{told}, and no clock with a battery, though trust.clock_kept says that there is one",
            "Add one (docs/hardware-checks.md), or set trust.clock_kept = false",
        )
    if kept is not None and abs(kept - now.utc.timestamp()) > MOST_APART_S:
        return warn(
            f"{told}; the clock with the battery is {kept - now.utc.timestamp():+.0f} s off", "Replace its battery"
        )
    if now.clock is not ClockTrust.SYNCED:
        return warn(f"{told}: nothing sets it", "Give the unit a time source: timedatectl, or chrony")
    return ok(told + ("" if kept is None else ", and a clock with a battery agrees"))


def _battery_clock(root: Path) -> int | None:
    """What it shows, seconds since 1970; None where there is none."""
    for folder in sorted(root.glob("sys/class/rtc/rtc*")):
        with suppress(OSError, ValueError):
            return int((folder / "since_epoch").read_text("ascii"))
    return None
