"""The table of the durable record of every event."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gate.configuration.keys import key
from gate.configuration.kinds import FilePath, Number, Switch


@dataclass(frozen=True, slots=True)
class JournalConfig:
    """The durable record of every event."""

    path: Path = field(
        default=Path("/var/lib/gate/journal.db"),
        metadata=key(
            "The journal's SQLite file, made at the first start",
            FilePath(),
            "Keep it on a local disk: SQLite's write-ahead log does not work over a network",
        ),
    )
    record_wait_ms: int = field(
        default=250,
        metadata=key(
            "How soon after a release its record must be on the disk before the release is called late",
            Number(10, 5000, "milliseconds", whole=True),
            "Longer only for a slow SD card; it must end before the release does",
        ),
    )
    required: bool = field(
        default=False,
        metadata=key(
            "Secure the strike again when the record is late",
            Switch(),
            "true turns visitors away while the disk is slow or broken",
        ),
    )
    keep_days: int = field(
        default=30,
        metadata=key(
            "How long records stay that the centre or the broker has confirmed",
            Number(1, 3650, "days", whole=True),
            "They are there for gate journal and for what the centre asks for again",
        ),
    )
    disk_budget_mb: int = field(
        default=512,
        metadata=key(
            "How much the journal may take on the disk before it gives up records",
            Number(8, 65536, "MB", whole=True),
            "100 MB hold about 80,000 records; what nobody has confirmed is given up last, and with an alarm",
        ),
    )
