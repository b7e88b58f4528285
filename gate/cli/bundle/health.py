"""What the doctor finds, as far as it can be told: the verdicts and the advice, which are texts of this program."""

from __future__ import annotations

from typing import Any

from gate.cli.checks import table
from gate.cli.checks.finding import Finding, Verdict
from gate.cli.checks.unit import Unit
from gate.cli.doctor import examined

TELLING = ("versions", "machine", "clock", "disk", "header", "watchdog", "power", "freed-lines")
"""Checks whose words are measured or this program's own; the others may repeat a name, a path or an answer."""
TELLS = frozenset({Verdict.OK, Verdict.WARN})
"""Where a check fails, its words may be those of an error."""


def part(unit: Unit) -> list[dict[str, Any]]:
    """Every check that disturbs nobody."""
    return [_told(name, examined(check, unit)) for name, check in {**table.ALWAYS, **table.OF_THE_BOARD}.items()]


def _told(name: str, finding: Finding) -> dict[str, Any]:
    told = {"name": name, "verdict": finding.verdict.value, "advice": finding.advice}
    if name in TELLING and finding.verdict in TELLS:
        told["said"] = finding.said
    return told
