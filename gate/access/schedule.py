"""The hours of the week during which the door stands unlocked."""

from __future__ import annotations

import re
from collections.abc import Sequence
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


_TEXT = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<start>[0-9]{2}:[0-9]{2})-(?P<end>[0-9]{2}:[0-9]{2})"
)


def parse_windows(texts: Sequence[str]) -> tuple[Window, ...]:
    """The windows of texts such as ``mon-fri 07:30-16:00``; an end before the start is on the next day.

    ``ValueError`` names the text that is wrong.
    """
    spans = sorted(span for text in texts for span in _spans(text))
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(Window(start, end) for start, end in merged)


def _spans(text: str) -> list[tuple[int, int]]:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text[:40]}" is not of the form "mon-fri 07:30-16:00"')
    first, last = _day(found["first"]), _day(found["last"] or found["first"])
    start, end = _minute(found["start"]), _minute(found["end"])
    if start in {DAY_MIN, end}:
        raise ValueError(f'"{text}" covers no time; the whole day is 00:00-24:00')
    length = (end - start) % DAY_MIN or DAY_MIN
    days = range(first, first + (last - first) % 7 + 1)
    return [part for day in days for part in _within_week((day * DAY_MIN + start) % WEEK_MIN, length)]


def _within_week(start: int, length: int) -> list[tuple[int, int]]:
    """A span as parts that do not pass the end of the week."""
    end = start + length
    return [(start, end)] if end <= WEEK_MIN else [(start, WEEK_MIN), (0, end - WEEK_MIN)]


def _day(name: str) -> int:
    if name not in DAYS:
        raise ValueError(f'"{name}" is none of: {", ".join(DAYS)}')
    return DAYS.index(name)


def _minute(text: str) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    if minutes > 59 or hours * 60 + minutes > DAY_MIN:  # noqa: PLR2004  (minutes of an hour)
        raise ValueError(f'"{text}" is no time of the day')
    return hours * 60 + minutes
