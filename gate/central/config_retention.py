"""The table of the centre's configuration about how long anything is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gate.central import erasing
from gate.configuration.keys import key
from gate.configuration.kinds import FilePath, Number

UNIT = "gate-central-erase.service"
_LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class RetentionConfig:
    """What gate central erase goes by."""

    days: int = field(
        default=30,
        metadata=key(
            "For how long records keep their content, and visits their pseudonyms",
            Number(erasing.LEAST.days, _LONGEST_DAYS, "days", whole=True),
            "gate central erase empties what is older; run it every day. Gates keep what ties pseudonyms for two weeks",
        ),
    )
    key: Path | None = field(
        default=None,
        metadata=key(
            "The secret key that signs the receipts of gate central erase",
            FilePath(optional=True, secret=True, unit=UNIT),
            "Make one with gate central receipt keygen; without it nothing is erased",
        ),
    )
