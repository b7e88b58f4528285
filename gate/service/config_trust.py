"""The table of what the verification of a credential rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gate.configuration.keys import key
from gate.configuration.kinds import FilePath, Number, Switch


@dataclass(frozen=True, slots=True)
class TrustConfig:
    """What the verification of a credential rests on."""

    bundle: Path = field(
        metadata=key(
            "The signed trust bundle, which says whose passes are believed",
            FilePath(),
            "Get it from who runs the centre",
            Path("/etc/gate/trust.bundle"),
        )
    )
    root_key: Path = field(
        metadata=key(
            "The public root key that signs the trust bundle",
            FilePath(),
            "Bring it by hand at installation, never over the network that brings the bundle",
            Path("/etc/gate/root.pem"),
        )
    )
    epoch_dir: Path = field(
        default=Path("/var/lib/gate/epochs"),
        metadata=key(
            "The folder of the weekly pseudonym keys",
            FilePath(),
            "Only the user gate may read it (chmod 700); keep it out of backups",
        ),
    )
    state_dir: Path = field(
        default=Path("/var/lib/gate/trust"),
        metadata=key(
            "The folder where the gate keeps the last good bundle and the highest version that it ever had",
            FilePath(),
            "Only the gate writes there. Delete it only to go back to an older bundle on purpose",
        ),
    )
    lists_dir: Path = field(
        default=Path("/etc/gate/lists"),
        metadata=key(
            "The folder of the deny lists that the bundle names",
            FilePath(),
            "Bring a list before the bundle that names it; write it beside and rename it",
        ),
    )
    status_dir: Path = field(
        default=Path("/etc/gate/status"),
        metadata=key(
            "The folder of the signed status lists and of their changes",
            FilePath(),
            "Write a file beside and rename it; names do not matter, endings do: .statuslist and .delta",
        ),
    )
    badge_key: Path | None = field(
        default=None,
        metadata=key(
            "The key of the office's badge registries, without which no badge is known",
            FilePath(optional=True, secret=True),
            "gate registry build makes it; bring it by hand, chmod 600",
        ),
    )
    warn_age_s: int = field(
        default=86400,
        metadata=key(
            "Age of the trust bundle from which the log warns that newer ones fail to come",
            Number(60, 31_536_000, "seconds", whole=True),
            "86400 is a day",
        ),
    )
    epoch_shared: bool = field(
        default=False,
        metadata=key(
            "Whether this gate's pseudonyms are those of the other gates of the office, for anti-passback between them",
            Switch(),
            "With true, copy the newest file of trust.epoch_dir from one gate to the others once, before they start",
        ),
    )
    clock_kept: bool = field(
        default=True,
        metadata=key(
            "Whether the machine keeps the time while it is off, by a clock with a battery",
            Switch(),
            "With false, green is held after a start until a time source has set the clock once",
        ),
    )
    max_age_s: int = field(
        default=604800,
        metadata=key(
            "Age of the trust bundle from which green is held for the officer",
            Number(60, 31_536_000, "seconds", whole=True),
            "604800 is a week",
        ),
    )
