"""Hours of the week, and a calendar of the days on which other hours hold, in the office's own time.

A day of the calendar is the local day from midnight to midnight, also for hours that began the evening before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN


@dataclass(frozen=True, slots=True)
class Window:
    """A span of the local week, in minutes since Monday 00:00; ``end_min`` is the first minute outside."""

    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day with hours of its own, in minutes since its midnight."""

    day: date
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which the week does not count."""

    closed: frozenset[date] = frozenset()
    special: tuple[SpecialDay, ...] = ()

    def without_hours(self) -> Calendar:
        """The same days, all of them closed."""
        return Calendar(self.closed | {one.day for one in self.special})


WHOLE_WEEK = (Window(0, WEEK_MIN),)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Windows of local time at a fixed distance from UTC (Indonesia has no summer time)."""

    windows: tuple[Window, ...] = ()
    utc_offset_min: int = 0
    calendar: Calendar = field(default_factory=Calendar)

    def covers(self, utc: datetime) -> bool:
        """Whether a window holds this moment."""
        local = self._local(utc)
        minute, windows = self._today(local)
        return any(window.start_min <= minute < window.end_min for window in windows)

    def next_change(self, utc: datetime) -> datetime | None:
        """The next moment at which ``covers`` may change, the next midnight at the latest; None if it never does."""
        if not self.windows and not self.calendar.special:
            return None
        local = self._local(utc)
        minute, windows = self._today(local)
        marks = {mark - minute for window in windows for mark in (window.start_min, window.end_min) if mark > minute}
        midnight = DAY_MIN - local.hour * 60 - local.minute
        start = utc.replace(second=0, microsecond=0)
        return start + timedelta(minutes=min({midnight, *marks}))

    def _local(self, utc: datetime) -> datetime:
        return utc + timedelta(minutes=self.utc_offset_min)

    def _today(self, local: datetime) -> tuple[int, tuple[Window, ...]]:
        """The windows that count on this day, and the minute to look up in them."""
        minute, day = local.hour * 60 + local.minute, local.date()
        if day in self.calendar.closed:
            return minute, ()
        for special in self.calendar.special:
            if special.day == day:
                return minute, special.windows
        return local.weekday() * DAY_MIN + minute, self.windows


_TEXT = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<start>[0-9]{2}:[0-9]{2})-(?P<end>[0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPECIAL = re.compile(r"(?P<day>[0-9-]{10}) (?P<start>[0-9]{2}:[0-9]{2})-(?P<end>[0-9]{2}:[0-9]{2})")


def parse_windows(texts: Sequence[str]) -> tuple[Window, ...]:
    """The windows of texts such as ``mon-fri 07:30-16:00``; an end before the start is on the next day.

    ``ValueError`` names the text that is wrong.
    """
    return _merged(span for text in texts for span in _spans(text))


def parse_days(texts: Sequence[str]) -> frozenset[date]:
    """The days of texts such as ``2026-12-25``; ``ValueError`` names the text that is wrong."""
    return frozenset(_date(text) for text in texts)


def parse_special_days(texts: Sequence[str]) -> tuple[SpecialDay, ...]:
    """The days of texts such as ``2026-03-31 08:00-12:00``, in order; a day that is named twice has both hours.

    ``ValueError`` names the text that is wrong.
    """
    spans: dict[date, list[tuple[int, int]]] = {}
    for text in texts:
        day, start, end = _special(text)
        spans.setdefault(day, []).append((start, end))
    return tuple(SpecialDay(day, _merged(spans[day])) for day in sorted(spans))


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[Window, ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
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


def _special(text: str) -> tuple[date, int, int]:
    found = _SPECIAL.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text[:40]}" is not of the form "2026-03-31 08:00-12:00"')
    start, end = _minute(found["start"]), _minute(found["end"])
    if start >= end:
        raise ValueError(f'"{text}" does not end on its own day after it began')
    return _date(found["day"]), start, end


def _date(text: str) -> date:
    if _DAY.fullmatch(text) is None:
        raise ValueError(f'"{text[:40]}" is not of the form "2026-12-25"')
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f'"{text}" is no day of the calendar') from error


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
