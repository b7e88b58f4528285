"""What the centre needs of its database, as a protocol. Each call is one transaction: all of it is kept, or nothing.

Several ingest workers may use one database, each with a store of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gate.central.arrivals import Arrived, Journal, Wrong
from gate.central.findings import Finding


class StoreError(Exception):
    """The database cannot be used; the text says what was tried, what failed and what to do."""


class BusyError(StoreError):
    """It cannot be used now, whatever was asked: somebody holds a table, the disk is full, the server goes down."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a journal is kept: nothing is missing up to ``whole_to``; ``highest`` is the highest number there is."""

    whole_to: int
    highest: int
    broken_at: int | None = None
    """The first record that does not name the one before it, where there is one."""
    head: str | None = field(default=None, compare=False)
    """The SHA-256 of record ``whole_to``, hex; None where nothing is kept."""

    @property
    def missing(self) -> int:
        """At most so many events are missing below the highest."""
        return self.highest - self.whole_to


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a batch."""

    new: int
    again: int
    """Events that were kept already."""
    changed: int
    """Events that are kept already with other content; what came first stays, and the other is set apart."""
    progress: Mapping[Journal, Progress]
    """Of every journal that was in the batch."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as it is kept: how often it was found, and when it ended by itself."""

    finding: Finding
    first: datetime
    last: datetime
    count: int
    ended: datetime | None


class Store(Protocol):
    """The centre's database. Every method raises ``StoreError``."""

    def save(self, arrived: Sequence[Arrived], wrong: Sequence[Wrong], now: datetime) -> Saved:
        """Keep these; on return they are on the disk."""

    def journals(self) -> Mapping[Journal, Progress]:
        """How far every journal is kept."""

    def gaps(self, journal: Journal) -> Sequence[tuple[int, int]]:
        """What is missing below the highest number: first and last of each gap, in order."""

    def bodies(self, journal: Journal, after_seq: int = 0) -> Iterator[tuple[int, bytes]]:
        """The events of a journal by their number, in order."""

    def strangers(self) -> Sequence[str]:
        """The sources under which something is set apart because the registry did not have them."""

    def adopt(self, source: str, now: datetime) -> Saved | None:
        """Keep a part of what was set apart under this source, the oldest first; None when there is nothing left."""

    def findings(self) -> Sequence[Found]:
        """What the centre found amiss, the oldest first."""

    def wrong(self) -> int:
        """How many messages were set apart."""

    def close(self) -> None: ...
