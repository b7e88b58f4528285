"""What a check finds."""

from __future__ import annotations

import enum
from dataclasses import dataclass


@enum.unique
class Verdict(enum.StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """The door works, but somebody should look."""
    FAIL = "fail"
    """Visitors, or the people inside, will notice."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line; ``said`` is what is so, ``advice`` what to do about it."""

    verdict: Verdict
    said: str
    advice: str = ""


def unasked() -> Finding:
    """The gate that runs here has the part, and does not say how it fares."""
    return warn("a gate runs here, and this account cannot ask it", "Use sudo, or first: systemctl stop gate")


def ok(said: str) -> Finding:
    """Nothing to do."""
    return Finding(Verdict.OK, said)


def warn(said: str, advice: str) -> Finding:
    """Something to look at."""
    return Finding(Verdict.WARN, said, advice)


def fail(said: str, advice: str) -> Finding:
    """Something to mend."""
    return Finding(Verdict.FAIL, said, advice)
