"""What the journal itself has to tell: a signed head, records that it had to give up, a new beginning."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gate.credential.instant import Instant


@dataclass(frozen=True, slots=True)
class Missing:
    """Records that follow one another and are gone, with what holds the chain together around them."""

    first: int
    last: int
    """Inclusive, as ``first``."""
    prev: str
    """What record ``first`` named: the hash of the record before it."""
    head: str
    """The hash of record ``last``, which the record after it names."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The gate signed the head of its chain, which is the record just before this one."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.chain_head"

    at: Instant
    covers: int
    """The number of the record before."""
    head: str
    """Its hash, lower-case hex; the same as ``prev``."""
    key: str
    """The gate's public key (Ed25519), base64url without padding."""
    signature: str
    """Over ``gate.wire.chain.head_text``, base64url without padding."""


@enum.unique
class NotComing(enum.StrEnum):
    """Why nobody is to wait for a record."""

    BUDGET = "budget"
    """The journal was at its budget and gave it up; the oldest that are no alarm go first."""
    ASIDE = "aside"
    """No broker takes it; it is kept on the card, and comes if it is taken after all."""
    AGE = "age"
    """It was confirmed once, and is forgotten by now."""


@dataclass(frozen=True, slots=True)
class RecordsDropped:
    """Nobody is to wait for these records."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.records_dropped"

    at: Instant
    ranges: tuple[Missing, ...]
    count: int
    unconfirmed: int
    """So many of them nobody had confirmed."""
    alarms: int
    why: NotComing = NotComing.BUDGET


@dataclass(frozen=True, slots=True)
class EventsLost:
    """The journal took nothing for long and memory was full: these events never became records."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.events_lost"

    at: Instant
    count: int
    alarms: int
    """So many of them were about alarms; they go last."""
    since: datetime
    """The time of the oldest of them (UTC),"""
    until: datetime
    """and of the newest."""


@enum.unique
class Beginning(enum.StrEnum):
    """Why a journal is begun beside the records of another."""

    AHEAD = "ahead"
    """The centre has more of the journal before than this card ever had: an older copy of it was put back."""
    DIFFERS = "differs"
    """The centre has another record under a number of the journal before; the same."""
    UNREAD = "unread"
    """What the journal before remembers could not be read when the service started, so that it cannot be continued."""


@dataclass(frozen=True, slots=True)
class JournalBegun:
    """The first record of a journal that follows another one; what the centre may lack of that one comes after it."""

    feed: ClassVar[str] = "system"
    name: ClassVar[str] = "system.journal_begun"

    at: Instant
    former: str
    """The ULID of the journal before."""
    last: int
    """Its newest record; 0 for none."""
    stored: int
    """Up to where the centre has that journal, by its own word; 0 when it has said nothing."""
    reason: Beginning
