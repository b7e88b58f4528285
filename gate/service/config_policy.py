"""The table of which rules decide, and what each colour leads to."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from gate.configuration.keys import key
from gate.configuration.kinds import Choice, Number
from gate.policy.packs import VISITOR_PASS
from gate.service.config_rules import PackNames


@enum.unique
class ByItself(enum.StrEnum):
    """What the gate does with a colour without the officer."""

    GRANT = "grant"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class PolicyConfig:
    """Which rules decide, what each colour leads to, and how a visit is told from the next.

    Red and black always wait for the officer.
    """

    rules: tuple[str, ...] = field(
        default=(VISITOR_PASS,),
        metadata=key(
            "The rule packs; of those in force, the newest that speaks of what was shown decides",
            PackNames(),
            'A file counts once gate trust sign --rules names it; ["visitor-pass", "pl-2022-07"] also decides on '
            "certificates",
        ),
    )
    green: ByItself = field(
        default=ByItself.GRANT,
        metadata=key(
            "Whether a green visitor is let in by the gate or held for the officer",
            Choice(ByItself),
            '"hold" where somebody stands at the door anyway',
        ),
    )
    yellow: ByItself = field(
        default=ByItself.HOLD,
        metadata=key(
            "The same for a yellow visitor",
            Choice(ByItself),
            '"grant" only where the rules in force ask nothing of yellow',
        ),
    )

    unsigned: ByItself = field(
        default=ByItself.HOLD,
        metadata=key(
            "The most that a badge without a signature leads to, whatever its colour",
            Choice(ByItself),
            'Anybody can copy such a code; "grant" only where that does no harm',
        ),
    )

    reread_s: float = field(
        default=3.0,
        metadata=key(
            "A code gone from the camera for this long is a new presentation when it comes back",
            Number(0.2, 60, "seconds"),
            "Shorter counts a shaking hand twice, longer keeps a returning visitor waiting",
        ),
    )
    retry_hint_s: float = field(
        default=2.0,
        metadata=key(
            "How long a visitor with an unreadable code is asked to try again before the officer is called",
            Number(0, 60, "seconds"),
            "0 calls the officer at once",
        ),
    )
