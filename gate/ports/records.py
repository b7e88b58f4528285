"""Records, as a journal takes and gives them."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gate.access.journal_events import Missing


@dataclass(frozen=True, slots=True)
class Slot:
    """The place that the journal gives to the record being built."""

    journal: str
    seq: int
    prev: str
    """SHA-256 of the previous record's bytes, lower-case hex; of the journal's ULID for the first record."""


@enum.unique
class RecordKind(enum.IntEnum):
    """What a record is to the journal; the numbers are stored."""

    ORDINARY = 0
    ALARM = 1
    """Given up after everything else."""
    HEAD = 2
    """It signs the chain before it."""
    GAP = 3
    """It explains which records are gone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to commit: ``build`` makes the record's bytes for the slot it gets.

    ``memory`` replaces the old one; None leaves it. ``at`` is the event's own time (UTC).
    """

    feed: str
    build: Callable[[Slot], bytes]
    memory: bytes | None
    kind: RecordKind = RecordKind.ORDINARY
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A committed record; ``body`` is exactly what is hashed and published."""

    seq: int
    feed: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Open:
    """A record of the journal before, which the centre may lack; ``seq`` is its number there."""

    seq: int
    feed: str
    kind: RecordKind
    at: datetime | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Aside:
    """A record that nobody takes, and why; it holds up no other."""

    seq: int
    reason: str


@enum.unique
class AckVerdict(enum.StrEnum):
    """What the journal makes of the centre's word that it has stored everything up to a number."""

    TAKEN = "taken"
    """Confirmed, or known already."""
    OTHER_JOURNAL = "other_journal"
    """It is meant for another journal, such as that of a card that was replaced. Nothing changed."""
    BEYOND = "beyond"
    """It names a record that this journal has not committed: an older copy of the card. Nothing changed."""


@enum.unique
class Space(enum.StrEnum):
    """How the journal stands to its budget."""

    AMPLE = "ample"
    NEAR = "near"
    """Little is left."""
    OVER = "over"
    """Records have to be given up."""


@dataclass(frozen=True, slots=True)
class JournalFigures:
    """The state of the journal at one moment."""

    last_seq: int
    signed_seq: int
    """The newest record that signs the chain before it; 0 when there is none."""
    depth: int
    """Records that are not confirmed, those set aside too."""
    aside: int
    oldest_unconfirmed: datetime | None
    """Its event's own time (UTC); None when all are confirmed, or its time is not known."""
    used_bytes: int
    """Of the database's pages in use. The write-ahead log beside it takes a few MB more."""
    space: Space


@dataclass(frozen=True, slots=True)
class Dropped:
    """Records that are being given up, by numbers and by what they were."""

    ranges: tuple[Missing, ...]
    count: int
    unconfirmed: int
    alarms: int


class HeadSigner(Protocol):
    """The gate's own key."""

    @property
    def public(self) -> str:
        """The public key (Ed25519), base64url without padding."""

    def sign(self, text: bytes) -> str:
        """The signature over ``text``, base64url without padding. Never raises."""
