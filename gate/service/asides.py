"""What is told of records that do not come, so that a centre which acknowledges without gaps does not wait for them.

Rules: each that is set aside is told once a run, with what holds the chain together around it; a record that tells this
is itself never told of, or one would follow the other for ever. Owned by the journal's keeper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from gate.access.journal_events import Missing, NotComing, RecordsDropped
from gate.credential.instant import Instant
from gate.ports import Journal, Record
from gate.wire import chain, envelope
from gate.wire.envelope import Received

MOST = 200
"""Records told of at once,"""
MOST_RANGES = 32
"""and runs of numbers, so that what tells of them stays small."""
_LARGEST = 2**62
_TELLS = envelope.type_of(RecordsDropped.name)
_ALARM = b'"type":"gate.alarm.'


class Asides:
    """Remembers which were told."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._told: set[int] = set()

    def news(self, now: Instant) -> RecordsDropped | None:
        """What is to be told; None when nothing is. Raises ``AdapterError``."""
        runs = _runs(list(self._untold())[:MOST])[:MOST_RANGES]
        records = [record for run in runs for record in run]
        if not records:
            return None
        alarms = sum(_ALARM in record.body for record in records)
        missing = tuple(_missing(run) for run in runs)
        return RecordsDropped(now, missing, len(records), len(records), alarms, NotComing.ASIDE)

    def told(self, event: RecordsDropped) -> None:
        """It is recorded."""
        for one in event.ranges:
            self._told.update(range(one.first, one.last + 1))

    def _untold(self) -> Iterator[Record]:
        for aside in self._journal.asides():
            if aside.seq in self._told:
                continue
            records = self._journal.range(aside.seq, aside.seq, 1)
            found = envelope.decode(records[0].body) if records else None
            if isinstance(found, Received) and found.place is not None and found.type != _TELLS:
                yield records[0]
            else:
                self._told.add(aside.seq)


def forgotten(journal: Journal, now: Instant) -> RecordsDropped | None:
    """What was there before the oldest record; None when nothing was. Raises ``AdapterError``."""
    oldest = journal.range(1, _LARGEST, 1)
    found = envelope.decode(oldest[0].body) if oldest else None
    if not isinstance(found, Received) or found.place is None or found.place.seq == 1:
        return None
    last = found.place.seq - 1
    missing = Missing(1, last, chain.first_prev(journal.ulid), found.place.prev)
    return RecordsDropped(now, (missing,), last, 0, 0, NotComing.AGE)


def _runs(records: Sequence[Record]) -> list[list[Record]]:
    """Of numbers that follow one another."""
    grouped = groupby(enumerate(records), key=lambda pair: pair[1].seq - pair[0])
    return [[record for _, record in group] for _, group in grouped]


def _missing(run: Sequence[Record]) -> Missing:
    first, last = run[0], run[-1]
    found = envelope.decode(first.body)
    prev = found.place.prev if isinstance(found, Received) and found.place else ""
    return Missing(first.seq, last.seq, prev, chain.digest(last.body))
