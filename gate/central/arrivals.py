"""What a message of the reliable feed holds: the events of one gate, or what is wrong with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gate.wire import batch, chain, envelope, topics
from gate.wire.envelope import NotAnEvent

FEEDS = "evt/"


@dataclass(frozen=True, slots=True)
class Journal:
    """Whose events they are: the gate by its source, and the journal by its ULID, which is new with a new card."""

    source: str
    ulid: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """One event. (``journal``, ``seq``) is unique; ``body`` is what the gate recorded, byte for byte."""

    journal: Journal
    seq: int
    prev: str
    """SHA-256 of the record before, hex."""
    type: str
    at: datetime
    body: bytes

    @property
    def digest(self) -> str:
        """What the next record names."""
        return chain.digest(self.body)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A message that is not what the contract says; ``problem`` quotes nothing of it."""

    topic: str
    problem: str


def read(topic: str, payload: bytes) -> tuple[Arrived, ...] | Wrong:
    """The events of a message. One event that is wrong makes the whole message wrong. Never raises."""
    address = topics.parse(topic)
    if address is None or not address.leaf.startswith(FEEDS):
        return Wrong(topic, "not a topic of the reliable feed")
    bodies = batch.decode(payload) if address.leaf == topics.BATCH else (payload,)
    if isinstance(bodies, NotAnEvent):
        return Wrong(topic, bodies.problem)
    source = topic.removesuffix(f"/{address.leaf}")
    found = [_event(body, source) for body in bodies]
    wrong = next((one for one in found if isinstance(one, str)), None)
    return Wrong(topic, wrong) if wrong else tuple(one for one in found if isinstance(one, Arrived))


def _event(body: bytes, source: str) -> Arrived | str:
    found = envelope.decode(body)
    if isinstance(found, NotAnEvent):
        return found.problem
    if found.source != source:
        return "it names another gate than its topic"
    place = found.place
    if place is None or place.seq < 1:
        return "journal, seq or prev is missing"
    return Arrived(Journal(source, place.journal), place.seq, place.prev, found.type, found.time, body)
