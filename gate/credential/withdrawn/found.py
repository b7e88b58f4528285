"""What every form of withdrawals is read from, and what it gives."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from gate.credential.deny_filters import Slice
from gate.credential.denylist import Entry

MAX_KID = 64


@dataclass(frozen=True)
class Published:
    """One file: its name, which may have folders in it, and its bytes. Without slots, for what is read once."""

    name: str
    raw: bytes = field(repr=False)

    @cached_property
    def document(self) -> object:
        """What it holds as JSON; None where it is none, as nothing that issuers publish is."""
        try:
            return json.loads(self.raw)
        except (ValueError, RecursionError):
            return None

    @property
    def last(self) -> str:
        """The last part of its name."""
        return self.name.rsplit("/", 1)[-1]


@dataclass(slots=True)
class Found:
    """What the files of one form gave. ``version`` and ``issued`` are the publisher's word, where there is one.

    ``due`` is when the publisher said that the next issue would come.
    ``state`` is to be kept for the next time, by a form that publishes changes; ``waits`` says what is still missing
    before there can be a list at all.
    """

    form: str
    entries: list[Entry | Slice] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    version: str | None = None
    issued: datetime | None = None
    due: datetime | None = None
    state: bytes | None = None
    waits: str | None = None


Files = Sequence[Published]


def base64_of(value: object) -> bytes | None:
    """Bytes in base64 or base64url, padded or not; None for anything else."""
    if not isinstance(value, str):
        return None
    plain = value.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def time_of(value: object) -> datetime | None:
    """A time with its zone, as ISO 8601 writes it; None for anything else."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time.astimezone(UTC).replace(microsecond=0) if time is not None and time.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def oldest(times: Sequence[datetime | None]) -> datetime | None:
    """The oldest of those that are there: what was published together is as old as its oldest part."""
    return min((time for time in times if time is not None), default=None)
