"""Whether the disk takes what the journal may need."""

from __future__ import annotations

import os

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit

LEAST_FREE = 64_000_000
"""Bytes; under it also the system's own log and its updates begin to fail."""
MEGABYTE = 1_000_000


def check(unit: Unit) -> Finding:
    """The room where the journal is, and whether it may be written at all."""
    folder = unit.config.journal.path.parent
    try:
        found = unit.ways.statvfs(folder)
    except OSError as error:
        return fail(f"{folder}: {error.strerror}", "Start the service once, which makes it, or mend journal.path")
    free = found.f_bavail * found.f_frsize
    said = f"{free // MEGABYTE} of {found.f_blocks * found.f_frsize // MEGABYTE} MB free where the journal is"
    if found.f_flag & os.ST_RDONLY:
        return fail(f"{folder} is read-only", "See why: journalctl -k; a card that goes read-only is to be replaced")
    if free < LEAST_FREE:
        return fail(said, "Delete what does not belong there; docs/operations.md says what may go")
    if free < (wanted := unit.config.journal.disk_budget_mb * MEGABYTE - _used(unit)):
        return warn(f"{said}, and the journal may grow by {wanted // MEGABYTE} MB", "Lower journal.disk_budget_mb")
    return ok(said)


def _used(unit: Unit) -> int:
    """What the journal has of it already, bytes."""
    try:
        return unit.config.journal.path.stat().st_size
    except OSError:
        return 0
