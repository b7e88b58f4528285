"""The tables of the site: hours and calendar, anti-passback, occupancy."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gate.configuration.keys import key
from gate.configuration.kinds import Choice, Notation, Number, Text, Texts
from gate.policy.passback import PassbackMode
from gate.policy.schedule import parse_days, parse_special_days, parse_windows

ZONES_MIN = {"WIB": 7 * 60, "WITA": 8 * 60, "WIT": 9 * 60}
"""Indonesia's zones, in minutes ahead of UTC."""

_OFFSET = '"WIB", "WITA", "WIT" or the distance from UTC such as "+07:00"'
_HOURS = Notation(
    Texts(Text('hours such as "mon-fri 07:30-16:00"', longest=40)),
    'a list of hours such as ["mon-fri 07:30-16:00", "sat 22:00-02:00"]',
    parse_windows,
)
_TIME = 'a time of the day such as "18:00", or empty'
_MOST_DAYS = 400
_LAST_MINUTE = 59


def utc_offset_min(text: str) -> int:
    """Minutes ahead of UTC of "WIB" or "+07:00"; ``ValueError`` for anything else."""
    if text in ZONES_MIN:
        return ZONES_MIN[text]
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > _LAST_MINUTE:  # noqa: PLR2004  (the furthest zone)
        raise ValueError("no place on earth is so far from UTC")
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)


def minute_of_day(text: str) -> int | None:
    """The minute of "18:00"; None for the empty text; ``ValueError`` for anything else."""
    if not text:
        return None
    found = re.fullmatch("([0-9]{2}):([0-9]{2})", text)
    hours, minutes = (int(found[1]), int(found[2])) if found else (24, 0)
    if hours > 23 or minutes > _LAST_MINUTE:  # noqa: PLR2004  (hours of a day)
        raise ValueError("no clock shows that")
    return hours * 60 + minutes


@dataclass(frozen=True, slots=True)
class ScheduleConfig:
    """The hours of the office, and its calendar."""

    utc_offset: str = field(
        default="WIB",
        metadata=key(
            "The office's time",
            Notation(
                Text(_OFFSET, longest=6, pattern="WIB|WITA|WIT|[+-][0-9]{2}:[0-9]{2}"),
                _OFFSET,
                lambda text: utc_offset_min(str(text)),
            ),
            "There is no summer time",
        ),
    )
    unlocked: tuple[str, ...] = field(
        default=(),
        metadata=key(
            "When nobody needs a code",
            _HOURS,
            "Empty for never; while the clock is not set nothing is unlocked, and neither on the days of the calendar",
        ),
    )
    green_hours: tuple[str, ...] = field(
        default=(),
        metadata=key(
            "When green visitors are let in by the gate; at other times they wait for the officer",
            _HOURS,
            "Empty for always, but for the days of the calendar",
        ),
    )
    yellow_hours: tuple[str, ...] = field(
        default=(),
        metadata=key(
            "When yellow visitors are let in by the gate, if policy.yellow lets them in at all",
            _HOURS,
            "Empty for always, but for the days of the calendar",
        ),
    )
    closed_days: tuple[str, ...] = field(
        default=(),
        metadata=key(
            "The days on which nobody is let in without the officer",
            Notation(
                Texts(Text('a day such as "2026-12-25"', longest=10), most=_MOST_DAYS),
                'a list of days such as ["2026-12-25"]',
                parse_days,
            ),
            "The office's own days, from midnight to midnight",
        ),
    )
    special_days: tuple[str, ...] = field(
        default=(),
        metadata=key(
            "The days on which other hours hold for green and yellow, and nothing is unlocked",
            Notation(
                Texts(Text('a day with hours such as "2026-03-31 08:00-12:00"', longest=22), most=_MOST_DAYS),
                'a list of days with hours such as ["2026-03-31 08:00-12:00"]',
                parse_special_days,
            ),
            "Name a day twice for a pause between its hours",
        ),
    )


@dataclass(frozen=True, slots=True)
class PassbackConfig:
    """Anti-passback: what an entry after an entry without an exit leads to.

    The gates of one office share what they know, as long as the broker is there; give each the same table.
    """

    mode: PassbackMode = field(
        default=PassbackMode.OFF,
        metadata=key(
            "Let it be, note it in the event, hold it for passback.minutes, or hold it until an exit was seen",
            Choice(PassbackMode),
            'Use "hard" only where everybody leaves past a gate with gate.direction = "exit"',
        ),
    )
    minutes: int = field(
        default=60,
        metadata=key(
            'For "timed": how long after an entry the next one of the same visitor is held for the officer',
            Number(1, 10_080, "minutes", whole=True),
            "Longer than it takes to hand a phone over the fence, shorter than until the visitor comes back",
        ),
    )


@dataclass(frozen=True, slots=True)
class OccupancyConfig:
    """How many people may be inside, counted over all gates of the office; give each gate the same table."""

    capacity: int = field(
        default=0,
        metadata=key(
            "How many people may be inside; the next one waits for the officer",
            Number(0, 100_000, "people", whole=True),
            "0 for any number",
        ),
    )
    checkout: str = field(
        default="",
        metadata=key(
            "When everybody counts as gone, in the office's time",
            Notation(Text(_TIME, longest=5, may_be_empty=True), _TIME, lambda text: minute_of_day(str(text))),
            "Some time after closing; empty for never",
        ),
    )
