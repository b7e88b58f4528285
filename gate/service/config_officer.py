"""The tables of the officer and the hours: holds, alarms, reasons, local control, schedule, self-test."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gate.access.schedule import parse_windows
from gate.access.settings import SelfTestAtStart
from gate.service.config_keys import key
from gate.service.config_values import AF_UNIX_LONGEST_BYTES, Choice, FilePath, Notation, Number, Switch, Text, Texts

ZONES_MIN = {"WIB": 7 * 60, "WITA": 8 * 60, "WIT": 9 * 60}
"""Indonesia's zones, in minutes ahead of UTC."""

_OFFSET = '"WIB", "WITA", "WIT" or the distance from UTC such as "+07:00"'
_HOURS = Texts(Text('hours such as "mon-fri 07:30-16:00"', longest=40))
_REASON = Text("a word of lower-case letters, digits and _", longest=40, pattern="[a-z][a-z0-9_]*")
_REASONS = Texts(_REASON, fewest=1, most=20)


def utc_offset_min(text: str) -> int:
    """Minutes ahead of UTC of "WIB" or "+07:00"; ``ValueError`` for anything else."""
    if text in ZONES_MIN:
        return ZONES_MIN[text]
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:  # noqa: PLR2004  (the furthest zone; minutes of an hour)
        raise ValueError("no place on earth is so far from UTC")
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)


@dataclass(frozen=True, slots=True)
class OfficerConfig:
    """The officer: how long visitors and alarms wait, and what may be said of them."""

    hold_s: float = field(
        default=120.0,
        metadata=key(
            "How long a held visitor waits for the officer before being refused",
            Number(0.5, 3600, "seconds"),
            "Give the officer time to walk to the door",
        ),
    )
    escalate_s: float = field(
        default=60.0,
        metadata=key(
            "How long an alarm waits for the officer before it goes on to the second alarm light and the centre",
            Number(1, 3600, "seconds"),
            "Shorter than it takes for somebody to come to harm, longer than the officer's walk",
        ),
    )
    duress_s: float = field(
        default=3.0,
        metadata=key(
            "How long Admit and Refuse are pressed together to say in silence that the officer is forced",
            Number(1, 10, "seconds"),
            "Nothing at the door shows it; 3.0 does not happen by mistake",
        ),
    )
    stuck_s: float = field(
        default=60.0,
        metadata=key(
            "From how long on a button that stays pressed counts as stuck",
            Number(5, 3600, "seconds"),
            "A stuck button raises an alarm, and does nothing else",
        ),
    )
    assist_by_button: bool = field(
        default=True,
        metadata=key(
            "Whether Admit with nobody on hold lets in a visitor without a code",
            Switch(),
            "With true, who presses it attests that the visitor is healthy and keeps the protocol",
        ),
    )
    discreet: bool = field(
        default=False,
        metadata=key(
            "Whether black looks and sounds like red in public",
            Switch(),
            "With true, only the officer's lamp tells the difference",
        ),
    )
    admit_reasons: tuple[str, ...] = field(
        default=("officer_present", "urgent_service", "no_phone", "guest_of_office"),
        metadata=key(
            "Why an officer may let somebody in; the first is meant where none is given",
            _REASONS,
            "Never write anything about a person here: it stands in every event",
        ),
    )
    refuse_reasons: tuple[str, ...] = field(
        default=("officer_present", "identity_doubt", "unwell", "protocol_refused"),
        metadata=key(
            "Why an officer may turn somebody away; the first is meant where none is given",
            _REASONS,
            "Never write anything about a person here: it stands in every event",
        ),
    )


@dataclass(frozen=True, slots=True)
class ControlConfig:
    """Orders from people on this machine, by gate ctl."""

    socket: Path | None = field(
        default=Path("/run/gate/control.sock"),
        metadata=key(
            "The Unix socket of the local control; empty for none",
            FilePath(optional=True, longest_bytes=AF_UNIX_LONGEST_BYTES),
            "Everybody may connect, and the kernel says who it is",
        ),
    )
    group: str = field(
        default="gate-officers",
        metadata=key(
            "The group whose members may give orders, beside root and the service itself",
            Text("the name of a group", longest=32, pattern="[a-z_][a-z0-9_-]*"),
            "Add an officer's account with: sudo adduser NAME gate-officers",
        ),
    )


@dataclass(frozen=True, slots=True)
class ScheduleConfig:
    """The hours during which the door stands unlocked."""

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
            Notation(_HOURS, 'a list of hours such as ["mon-fri 07:30-16:00", "sat 22:00-02:00"]', parse_windows),
            "Empty for never; while the clock is not set nothing is unlocked",
        ),
    )


@dataclass(frozen=True, slots=True)
class SelfTestConfig:
    """What the unit tries by itself."""

    at_start: SelfTestAtStart = field(
        default=SelfTestAtStart.SIGNALS,
        metadata=key(
            "What is tried when the service starts: lamps and buzzer, or the relay as well",
            Choice(SelfTestAtStart),
            '"relay" releases the strike for 0.2 seconds at each start; it is recorded before',
        ),
    )
