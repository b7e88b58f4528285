"""What travels in one message: a record by itself, or a batch of a backlog.

Rules: a few records that wait are not a backlog and go one by one; a batch is never larger than the broker takes. Only
numbers and sizes are kept of what is on its way. No clock, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gate.ports import Message, Record
from gate.wire import batch, envelope, topics
from gate.wire.topics import Identity

FEW = 10
"""So many records that wait are no backlog: they were recorded at once, or while the broker answered."""
AROUND_BYTES = 512
"""Topic, properties and header of a message, generously."""
LARGEST_BATCH_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class Parcel:
    """Records on their way in one message, the oldest first."""

    seqs: tuple[int, ...]
    feed: str
    """Of the only one; empty for a batch."""
    size: int
    """Bytes of the payload."""
    sent_s: float
    was_aside: bool = False

    @property
    def is_batch(self) -> bool:
        return not self.feed


def fits(record: Record, packet_bytes: int) -> bool:
    """Whether the broker takes a message of this record."""
    return len(record.body) + AROUND_BYTES <= packet_bytes


def batches(records: Sequence[Record], most: int, packet_bytes: int) -> Iterator[tuple[Record, ...]]:
    """The records in order, at most so many together and no more bytes than the broker takes."""
    room = min(packet_bytes, LARGEST_BATCH_BYTES) - AROUND_BYTES
    together: list[Record] = []
    size = 0
    for record in records:
        if together and (len(together) == most or size + len(record.body) + 1 > room):
            yield tuple(together)
            together, size = [], 0
        together.append(record)
        size += len(record.body) + 1
    if together:
        yield tuple(together)


def single(record: Record, identity: Identity) -> Message:
    """One record for its feed's topic."""
    return Message(topics.feed(identity, record.feed), record.body, retain=False, content_type=envelope.CONTENT_TYPE)


def together(records: Sequence[Record], identity: Identity) -> Message:
    """Several records in one message."""
    payload = batch.encode([record.body for record in records])
    return Message(topics.below(identity, topics.BATCH), payload, retain=False, content_type=batch.CONTENT_TYPE)
