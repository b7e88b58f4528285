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


def ok(said: str) -> Finding:
    """Nothing to do."""
    return Finding(Verdict.OK, said)


def warn(said: str, advice: str) -> Finding:
    """Something to look at."""
    return Finding(Verdict.WARN, said, advice)


def fail(said: str, advice: str) -> Finding:
    """Something to mend."""
    return Finding(Verdict.FAIL, said, advice)
