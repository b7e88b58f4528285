"""How many people are inside: what each gate of the site has counted since the last check-out, added up.

Rules: each gate counts for itself and no gate changes another one's count, so that gates that were apart agree as soon
as they hear of one another; a check-out begins a new period, and counts of an earlier one are worth nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class GateCount:
    """What one gate has counted in one period; the first two never fall within it."""

    gate: str
    period: date | None = None
    """The local day on which it began; None where nobody is ever checked out."""
    entered: int = 0
    left: int = 0
    corrected: int = 0
    """What officers added or took away, all together."""

    @property
    def inside(self) -> int:
        """What this gate adds to the site's number; below zero for an exit."""
        return self.entered - self.left + self.corrected


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What a site chose."""

    capacity: int = 0
    """How many people may be inside; 0 for any number."""
    checkout_min: int | None = None
    """The minute of the local day at which everybody counts as gone; None for never."""
    utc_offset_min: int = 0

    def period(self, utc: datetime) -> date | None:
        """The period of a moment: the local day on which the newest check-out before it was."""
        return None if self.checkout_min is None else (utc + self._shift(self.checkout_min)).date()

    def within(self, utc: datetime, period: date | None) -> datetime:
        """The moment, but not before this period began, which a clock that went back may have left."""
        if period is None or self.checkout_min is None:
            return utc
        begun = datetime(period.year, period.month, period.day, tzinfo=UTC) - self._shift(self.checkout_min)
        return max(utc, begun)

    def next_checkout(self, utc: datetime) -> datetime | None:
        """When the next period begins."""
        if self.checkout_min is None:
            return None
        shift = self._shift(self.checkout_min)
        day = utc + shift
        return day.replace(hour=0, minute=0, second=0, microsecond=0) + DAY - shift

    def _shift(self, checkout_min: int) -> timedelta:
        return timedelta(minutes=self.utc_offset_min - checkout_min)


def inside(counts: Iterable[GateCount], period: date | None) -> int:
    """How many people are inside by the counts of this period; never below zero."""
    return max(0, sum(one.inside for one in counts if one.period == period))
