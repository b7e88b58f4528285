"""A journal that could not be opened when the service started: what it said then, until the disk does what it should.

Rules: a gate starts without its disk, because losing it never changes a decision. Until the journal is open nothing is
recorded, and everything that would write says why; the recorder keeps the events and tries again. What the disk still
lets one read is taken from it, so that a lockdown and a used command are not forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gate.ports import (
    AckVerdict,
    Aside,
    DiskError,
    Dropped,
    Entry,
    Journal,
    JournalFigures,
    Open,
    Record,
    Space,
)


@dataclass(frozen=True, slots=True)
class Found:
    """What could be read of the journal that could not be opened."""

    ulid: str
    memory: bytes | None
    newest: tuple[Record, ...]
    """The newest first."""
    figures: JournalFigures


_NOTHING = JournalFigures(0, 0, 0, 0, None, 0, Space.AMPLE)


class LateJournal:
    """``ports.Journal``: nothing but what was found, and the real one as soon as ``open`` has opened it."""

    def __init__(self, opens: Callable[[], Journal], found: Found | None, ulid: str, problem: DiskError) -> None:
        """``ulid`` is what the journal goes by while nothing is known of it."""
        self._opens = opens
        self._found = found
        self._ulid = found.ulid if found else ulid
        self._problem = str(problem)
        self._journal: Journal | None = None
        self.goes_on = True
        """Once it is open: whether it may be continued. It may not if its memory could not be read at the start."""

    @property
    def is_open(self) -> bool:
        return self._journal is not None

    def open(self) -> None:
        """Open it. Raises ``AdapterError``."""
        journal = self._opens()
        try:
            self.goes_on = self._found is not None or journal.figures().last_seq == 0
        except DiskError:
            journal.close()
            raise
        self._journal = journal

    @property
    def ulid(self) -> str:
        return self._journal.ulid if self._journal else self._ulid

    @property
    def former(self) -> str | None:
        return self._journal.former if self._journal else None

    def memory(self) -> bytes | None:
        if self._journal is not None:
            return self._journal.memory()
        return self._found.memory if self._found else None

    def commit(self, entries: Sequence[Entry]) -> None:
        self._there().commit(entries)

    def unconfirmed(self, after_seq: int, limit: int, without: frozenset[str] = frozenset()) -> tuple[Record, ...]:
        return self._journal.unconfirmed(after_seq, limit, without) if self._journal else ()

    def newest(self, limit: int) -> tuple[Record, ...]:
        if self._journal is not None:
            return self._journal.newest(limit)
        return self._found.newest[:limit] if self._found else ()

    def range(self, from_seq: int, to_seq: int, limit: int) -> tuple[Record, ...]:
        return self._journal.range(from_seq, to_seq, limit) if self._journal else ()

    def backlog(self) -> int:
        return self._journal.backlog() if self._journal else self.figures().depth

    def confirm(self, seqs: Sequence[int]) -> None:
        self._there().confirm(seqs)

    def confirm_up_to(self, journal: str, seq: int) -> AckVerdict:
        return self._there().confirm_up_to(journal, seq)

    def unconfirm(self, first: int, last: int) -> int:
        return self._there().unconfirm(first, last)

    def begin_again(self, ulid: str, first: Entry) -> None:
        self._there().begin_again(ulid, first)

    def open_records(self, limit: int) -> tuple[Open, ...]:
        return self._there().open_records(limit)

    def carry(self, entries: Sequence[Entry], up_to: int) -> bool:
        return self._there().carry(entries, up_to)

    def set_aside(self, seq: int, reason: str) -> None:
        self._there().set_aside(seq, reason)

    def asides(self) -> tuple[Aside, ...]:
        return self._journal.asides() if self._journal else ()

    def restore(self, seq: int) -> None:
        self._there().restore(seq)

    def flush(self) -> None:
        self._there().flush()

    def figures(self) -> JournalFigures:
        if self._journal is not None:
            return self._journal.figures()
        return self._found.figures if self._found else _NOTHING

    def forget_before(self, time: datetime) -> int:
        return self._there().forget_before(time)

    def make_room(self, gap: Callable[[Dropped], Entry]) -> Dropped | None:
        return self._there().make_room(gap)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def _there(self) -> Journal:
        if self._journal is None:
            raise DiskError(self._problem)
        return self._journal
