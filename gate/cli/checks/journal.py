"""Whether the journal can be read, and what of it has not left the gate."""

from __future__ import annotations

from datetime import timedelta

from gate.adapters.journal_sqlite import JournalReader
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.ports import AdapterError, JournalFigures

NEARLY = 0.8
LONGEST_AWAY = timedelta(days=1)
MEGABYTE = 1_000_000


def check(unit: Unit) -> Finding:
    """Read it beside the service."""
    path = unit.config.journal.path
    if not path.exists():
        return warn(f"there is no journal at {path} yet", "The first start of the service makes it")
    try:
        with JournalReader(path) as reader, reader.still():
            figures = reader.figures()
    except AdapterError as error:
        return fail(str(error), "gate journal verify says more; docs/journal.md says what to do")
    return _judged(unit, figures)


def _judged(unit: Unit, figures: JournalFigures) -> Finding:
    budget = unit.config.journal.disk_budget_mb * MEGABYTE
    said = f"{figures.last_seq} records, {figures.depth} not confirmed, {figures.used_bytes / budget:.0%} of its budget"
    oldest = figures.oldest_unconfirmed
    if figures.used_bytes >= budget:
        return fail(f"{said}: it gives up records", "Bring the way to the centre back, or raise journal.disk_budget_mb")
    if figures.aside:
        return warn(f"{said}, {figures.aside} set aside, which nobody takes", "See: gate journal stats")
    if figures.used_bytes >= NEARLY * budget:
        return warn(said, "Bring the way to the centre back, or raise journal.disk_budget_mb")
    if oldest is not None and unit.clock.now().utc - oldest > LONGEST_AWAY:
        return warn(f"{said}, the oldest of {oldest:%Y-%m-%d %H:%M} UTC", "See the checks of the broker")
    return ok(said)
