"""The trust in files as it is at one moment, for commands that judge a code and end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from gate.adapters.trust_files.badge_key import read_badge_key
from gate.adapters.trust_files.deny_lists import DenyFiles
from gate.adapters.trust_files.source import whole
from gate.adapters.trust_files.status_lists import StatusFiles
from gate.credential.badge_lists import BadgeLists
from gate.credential.badges import NoBadges
from gate.credential.instant import Instant
from gate.credential.trust import Trust


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the lists lie, as far as there are any. ``badge_key`` is the file with the key of badge registries."""

    lists: Path | None = None
    status: Path | None = None
    badge_key: Path | None = None


def with_lists(trust: Trust, where: Folders, unpacked: Path, now: Instant) -> Trust:
    """The trust with what lies there; ``unpacked`` is an empty folder to write in. Raises ``AdapterError``."""
    deny_files = DenyFiles(where.lists or unpacked)
    status_files = StatusFiles(where.status or unpacked, unpacked)
    key = None if where.badge_key is None else read_badge_key(where.badge_key)
    whole(deny_files.load(trust.bundle.revocation if where.lists else ()))
    whole(status_files.load(trust.bundle, now.utc))
    deny = deny_files.in_force(now.utc)
    badges = NoBadges() if key is None else BadgeLists(deny.lists, key)
    return replace(trust, revocation=deny, statuses=status_files.in_force(), badges=badges)
