"""The tables that name the office and this access control unit."""

from __future__ import annotations

from dataclasses import dataclass, field

from gate.configuration.keys import key
from gate.configuration.kinds import Choice, Text
from gate.policy.site import Direction


def _name(reserved: str = "") -> Text:
    allowed = "lower-case letters, digits and hyphens, at most 63, a letter or digit first"
    return Text(allowed, longest=63, pattern="[a-z0-9][a-z0-9-]*", reserved=frozenset({reserved} - {""}))


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """The office that the gate belongs to."""

    id: str = field(
        metadata=key(
            "The office, as it stands in every topic",
            _name(reserved="all"),
            "Give each office one name for good; the centre knows it by nothing else",
            "office-1",
        )
    )


@dataclass(frozen=True, slots=True)
class GateConfig:
    """This access control unit."""

    id: str = field(
        metadata=key(
            "This unit, as it stands in every topic",
            _name(reserved="site"),
            "No two units of one office may have the same; the name on its label is a good one",
            "gate-1",
        )
    )
    access_point: str = field(
        default="entry",
        metadata=key(
            "The door and direction that this unit controls, the subject of its events",
            _name(),
            'Name what people see, such as "entry" or "north-exit"',
        ),
    )
    direction: Direction = field(
        default=Direction.ENTRY,
        metadata=key(
            "Which way people go through this door when they show a code",
            Choice(Direction),
            'An exit lets out everybody with a genuine code; with "both" nobody is counted',
        ),
    )
