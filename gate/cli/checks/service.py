"""Whether the gate runs, and what it complains of itself."""

from __future__ import annotations

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.cli.control_client import NOT_ALLOWED, NoAnswer
from gate.service.retired_mark import mark_of
from gate.wire.control import Result


def check(unit: Unit) -> Finding:
    """Ask its local control."""
    if mark_of(unit.config).exists():
        return fail("this gate is retired: its door stays open", "Bring the door back with docs/commands.md")
    standing = unit.standing
    if isinstance(standing, NoAnswer):
        if standing.absent or standing.code == NOT_ALLOWED:
            return warn(str(standing), "Start it with: systemctl start gate; or use sudo")
        return fail(str(standing), "See why: journalctl -u gate; then: systemctl restart gate")
    if standing.result is not Result.DONE:
        return warn(f"it runs, and tells this account nothing: {standing.text}", "Use sudo")
    if unit.alarms:
        return warn(f"it runs, with alarms: {', '.join(unit.alarms)}", "See: gate ctl status; docs/operations.md")
    return ok("it runs, without an alarm")
