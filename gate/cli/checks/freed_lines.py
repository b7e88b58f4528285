"""What an output does when its program is killed, as config.txt says."""

from __future__ import annotations

import re

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit

PLACES = ("boot/firmware/config.txt", "boot/config.txt")
STRICT = re.compile(r"^\s*dtparam=(?:.*,)?strict_gpiod(?:=on)?\s*(?:,|#|$)", re.MULTILINE)


def check(unit: Unit) -> Finding:
    """Look for strict_gpiod, which lets a freed line go to its pull."""
    text = next((found for place in PLACES if (found := _text(unit, place)) is not None), None)
    if text is None:
        return fail("there is no config.txt", "This is no Raspberry Pi OS, or its boot partition is not mounted")
    if not STRICT.search(text):
        return warn("a freed output keeps its level until it is secured", "dtparam=strict_gpiod: systemd/config.txt")
    return ok("a freed output goes to its pull (strict_gpiod)")


def _text(unit: Unit, place: str) -> str | None:
    path = unit.ways.root / place
    return path.read_text("utf-8", "replace") if path.is_file() else None
