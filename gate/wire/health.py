"""How a gate fares: the message on ``health``, every minute. Pure.

What is not known here is null: a machine without a thermometer, a gate that has no camera of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gate.credential.instant import Instant
from gate.wire import jsontext
from gate.wire.envelope import timestamp
from gate.wire.topics import Identity

CONTENT_TYPE = "application/json"
EVERY_S = 60
EXPIRY_S = 180
"""After three that did not come, the broker does not show the old one to anybody any more."""
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Camera:
    """Frames since the last message; ``fps`` and ``frame_age_ms`` are None while there was none."""

    fps: float | None
    frame_age_ms: int | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Disk:
    """Of the file system that holds the journal, bytes; ``free`` is what the service may still use."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class JournalDepth:
    """What has not left the gate yet."""

    waiting: int
    """Events that are not on the disk yet."""
    unconfirmed: int
    """Records that are not confirmed."""
    oldest: datetime | None
    """When the oldest unconfirmed record was made; None where all are confirmed, or nobody could look."""


@dataclass(frozen=True, slots=True)
class Health:
    """The figures of one moment."""

    at: Instant
    uptime_s: int
    """Of the service."""
    camera: Camera | None
    temperature_c: float | None
    throttled: Sequence[str] | None
    """Why the machine slows itself down now, such as "under_voltage"; None where it does not say."""
    disk: Disk | None
    journal: JournalDepth
    dropped: int
    """Signals that found the core's inbox full, in this run."""


def encode(health: Health, identity: Identity) -> bytes:
    """The payload."""
    camera, disk, journal = health.camera, health.disk, health.journal
    return jsontext.dump(
        {
            "time": timestamp(health.at.utc),
            "clock": health.at.clock.value,
            "boot": identity.boot,
            "uptime_s": health.uptime_s,
            "camera": camera and {"fps": camera.fps, "frame_age_ms": camera.frame_age_ms, "trouble": camera.trouble},
            "temperature_c": health.temperature_c,
            "throttled": None if health.throttled is None else list(health.throttled),
            "disk": disk and {"free_mb": disk.free // _MEGABYTE, "total_mb": disk.total // _MEGABYTE},
            "journal": {
                "waiting": journal.waiting,
                "unconfirmed": journal.unconfirmed,
                "oldest": None if journal.oldest is None else timestamp(journal.oldest),
            },
            "dropped": health.dropped,
        }
    )
