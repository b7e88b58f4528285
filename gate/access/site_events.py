"""What is remembered of the site: resets of anti-passback, corrections of the count, check-outs, and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gate.credential.instant import ClockTrust, Instant


@dataclass(frozen=True, slots=True)
class PassbackReset:
    """The officer says that one visitor, or everybody, is not inside any more; the next entry is a first one."""

    feed: ClassVar[str] = "access"
    name: ClassVar[str] = "access.passback_reset"

    at: Instant
    by: str
    visit: int | None = None
    """By which visit the officer named the visitor; None for everybody."""
    fp: str | None = None
    epoch: str | None = None


@dataclass(frozen=True, slots=True)
class OccupancyCorrected:
    """The officer has counted the people inside."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.occupancy_corrected"

    at: Instant
    was: int
    inside: int
    by: str


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """Closing time is over: everybody counts as gone."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.checked_out"

    at: Instant
    inside: int
    """How many people had not left by then, as far as this gate knew."""


@dataclass(frozen=True, slots=True)
class ClockChanged:
    """The wall clock can be trusted more, or less, than before; ``at`` says how far now."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.clock_changed"

    at: Instant
    previous: ClockTrust
