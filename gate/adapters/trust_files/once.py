"""The trust in files as it is at one moment, for commands that judge a code and end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gate.adapters.trust_files.deny_lists import DenyFiles
from gate.adapters.trust_files.source import whole
from gate.adapters.trust_files.status_lists import StatusFiles
from gate.credential.instant import Instant
from gate.credential.trust import Trust


def with_lists(trust: Trust, lists: Path | None, status: Path | None, unpacked: Path, now: Instant) -> Trust:
    """The trust with the deny lists and status lists of these folders; ``unpacked`` is an empty one to write in."""
    deny_files, status_files = DenyFiles(lists or unpacked), StatusFiles(status or unpacked, unpacked)
    whole(deny_files.load(trust.bundle.revocation if lists else ()))
    whole(status_files.load(trust.bundle, now.utc))
    return replace(trust, revocation=deny_files.in_force(now.utc), statuses=status_files.in_force())
