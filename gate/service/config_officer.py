"""The tables of the officer: holds, alarms, reasons, local control, self-test."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gate.access.settings import SelfTestAtStart
from gate.configuration.keys import key
from gate.configuration.kinds import AF_UNIX_LONGEST_BYTES, Choice, FilePath, Number, Switch, Text, Texts

_REASON = Text("a word of lower-case letters, digits and _", longest=40, pattern="[a-z][a-z0-9_]*")
_REASONS = Texts(_REASON, fewest=1, most=20)


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
