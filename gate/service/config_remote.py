"""The table of what the centre may do to the gate."""

from __future__ import annotations

from dataclasses import dataclass, field

from gate.configuration.keys import key
from gate.configuration.kinds import Number, Switch


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """Commands of the centre: signed, for this gate alone, and good for seconds."""

    commands: bool = field(
        default=True,
        metadata=key(
            "Whether the gate listens to commands at all",
            Switch(),
            "Whose key may command what stands in the trust bundle; without one there, nobody may",
        ),
    )
    release: bool = field(
        default=False,
        metadata=key(
            "Whether the centre may release the strike for a visitor",
            Switch(),
            "The centre does not see the door; true only where somebody there watches it by camera or telephone",
        ),
    )
    release_pause_s: float = field(
        default=10.0,
        metadata=key(
            "How long after such a release the next one is refused",
            Number(1, 3600, "seconds"),
            "Longer than one visitor needs to pass",
        ),
    )
