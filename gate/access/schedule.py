"""The hours of the week during which the door stands unlocked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN


@dataclass(frozen=True, slots=True)
class Window:
    """A span of the local week, in minutes since Monday 00:00; ``end_min`` is the first minute outside."""

    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Windows of local time at a fixed distance from UTC (Indonesia has no summer time)."""

    windows: tuple[Window, ...] = ()
    utc_offset_min: int = 0

    def covers(self, utc: datetime) -> bool:
        """Whether a window holds this moment."""
        minute = self._minute(utc)
        return any(window.start_min <= minute < window.end_min for window in self.windows)

    def next_change(self, utc: datetime) -> datetime | None:
        """The next moment at which ``covers`` may change; None without windows."""
        marks = {mark % WEEK_MIN for window in self.windows for mark in (window.start_min, window.end_min)}
        start = (utc + timedelta(minutes=self.utc_offset_min)).replace(second=0, microsecond=0)
        minute = self._minute(utc)
        waits = [(mark - minute - 1) % WEEK_MIN + 1 for mark in marks]
        return min((start + timedelta(minutes=wait - self.utc_offset_min) for wait in waits), default=None)

    def _minute(self, utc: datetime) -> int:
        local = utc + timedelta(minutes=self.utc_offset_min)
        return local.weekday() * DAY_MIN + local.hour * 60 + local.minute
