"""A moment as the gate knows it: wall clock, monotonic clock and how far the wall clock can be trusted."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


@enum.unique
class ClockTrust(enum.StrEnum):
    """How far ``Instant.utc`` can be believed."""

    SYNCED = "synced"
    """Disciplined by a time source now."""
    HOLDOVER = "holdover"
    """Plausible, but nothing disciplines it now."""
    UNSET = "unset"
    """A lower bound only: the newest time known to have passed, or a clock that stood still while the power was off."""


@dataclass(frozen=True, slots=True)
class Instant:
    """One reading of the clocks.

    ``utc`` is aware and in UTC, for validity and for people; ``mono_ns`` counts nanoseconds since boot, for every
    duration and deadline; steps of the wall clock never touch it.
    """

    utc: datetime
    mono_ns: int
    clock: ClockTrust
