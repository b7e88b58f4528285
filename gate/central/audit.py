"""What staff have looked at and done: entries that nobody can change or take out unseen, as each names the one before.

Whoever rewrites all of them is found out by a copy of an older digest, such as the one in each receipt of an erasure.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gate.wire import jsontext
from gate.wire.envelope import timestamp

FIRST: Final = hashlib.sha256(b"gate.central.audit.v1").hexdigest()
"""What the first entry names, as there is none before it."""


@enum.unique
class Verb(enum.StrEnum):
    """What was done."""

    TRACE = "trace"
    FOLLOW_UP = "follow-up"
    EXPORT = "export"
    ERASE = "erase"
    ENROLL = "enroll"
    """Made a token for a gate."""
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does. ``about`` names offices, gates, visits and times, and never a pseudonym."""

    at: datetime
    by: str
    """The account, such as ``uid-1001``."""
    verb: str
    """A ``Verb``; of an entry that was changed, whatever stands there."""
    about: str
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An act in its place; entries are numbered from 1."""

    number: int
    act: Act
    prev: str

    @property
    def digest(self) -> str:
        """What the next entry names."""
        act = self.act
        told = {"at": timestamp(act.at), "by": act.by, "verb": str(act.verb), "about": act.about, "case": act.case}
        return hashlib.sha256(jsontext.dump({"number": self.number, "prev": self.prev} | told)).hexdigest()


def after(last: Entry | None, act: Act) -> Entry:
    """The entry of an act behind the last one."""
    return Entry(1, act, FIRST) if last is None else Entry(last.number + 1, act, last.digest)


def broken(entries: Iterable[tuple[Entry, str]]) -> int | None:
    """The number of the first entry that is not as it was written, each given with the digest kept beside it."""
    number, prev = 1, FIRST
    for entry, kept in entries:
        if (entry.number, entry.prev, entry.digest) != (number, prev, kept):
            return number
        number, prev = number + 1, kept
    return None
