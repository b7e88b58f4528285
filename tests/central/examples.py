"""Events of gates, as the centre gets them."""

from __future__ import annotations

from datetime import UTC, datetime

from gate.central.arrivals import Arrived, read
from gate.wire import topics
from tests.wire.examples import IDENTITY, ULID_A
from tests.wire.test_chain import records

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TOPIC = topics.feed(IDENTITY, "access")
BATCH = topics.below(IDENTITY, topics.BATCH)


def arrived(count: int, journal: str = ULID_A) -> list[Arrived]:
    """The first so many events of a journal."""
    return [one for body in records(count, journal) for one in events(body)]


def events(body: bytes) -> tuple[Arrived, ...]:
    """The events of a message that is right."""
    found = read(TOPIC, body)
    assert isinstance(found, tuple)
    return found
