"""The table of the EU's business rules: which of them an EU certificate is judged by."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gate.configuration.keys import key
from gate.configuration.kinds import FilePath, Text


@dataclass(frozen=True, slots=True)
class AcceptanceConfig:
    """The EU's business rules, which decide on EU certificates beside the rule packs; the stricter of both counts.

    Both files count only if the trust bundle names them (gate trust sign --rules).
    """

    rules: Path | None = field(
        default=None,
        metadata=key(
            "The business rules, in a JSON file as they are published",
            FilePath(optional=True),
            "Leave it empty where only rule packs decide; gate rules validate tries a file",
        ),
    )
    value_sets: Path | None = field(
        default=None,
        metadata=key(
            "The value sets that the rules look into, in a JSON file as they are published",
            FilePath(optional=True),
            "A rule that misses its value set cannot say yes",
        ),
    )
    country: str = field(
        default="ID",
        metadata=key(
            "The country of acceptance: its rules are applied",
            Text("two capital letters", longest=2, pattern="[A-Z]{2}"),
            'Where the office is, or whose rules it borrows, such as "DE"',
        ),
    )
    region: str = field(
        default="",
        metadata=key(
            "The region whose rules are applied as well",
            Text(
                "up to 8 capital letters, digits and hyphens, or empty",
                longest=8,
                pattern="[A-Z0-9-]+",
                may_be_empty=True,
            ),
            "Leave it empty for the country's rules alone",
        ),
    )
