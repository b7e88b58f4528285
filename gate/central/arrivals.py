"""What a message of the reliable feed holds: the events of one gate, or what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from gate.central.findings import FindingKind
from gate.wire import batch, chain, envelope, topics
from gate.wire.envelope import NotAnEvent, Received
from gate.wire.topics import Address

FEEDS = "evt/"
HIGHEST_SEQ = 2**53
"""No journal comes near; a database's numbers end at ten bits more."""

_ULID = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")
_HASH = re.compile("[0-9a-f]{64}")
_TYPE = re.compile("[A-Za-z0-9._-]{1,100}")


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
    digest: str = field(init=False, compare=False)
    """What the next record names; asked several times, and made once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", chain.digest(self.body))


@dataclass(frozen=True, slots=True)
class Wrong:
    """A message that is not taken for what it says; it is set apart. ``problem`` quotes nothing of it."""

    topic: str
    payload: bytes
    problem: str
    kind: FindingKind = FindingKind.MALFORMED

    @property
    def source(self) -> str:
        """The gate under whose name it came; empty when it is no gate's topic."""
        address = _address(self.topic)
        return "" if address is None else self.topic.removesuffix(f"/{address.leaf}")


def is_of_feed(topic: str) -> bool:
    """Whether it came by the reliable feed, right or wrong; what else is subscribed to has a leaf of its own."""
    address = topics.parse(topic)
    return address is None or address.leaf.startswith(FEEDS)


def read(topic: str, payload: bytes) -> tuple[Arrived, ...] | Wrong:
    """The events of a message. One event that is wrong makes the whole message wrong. Never raises."""
    address = _address(topic)
    if address is None or not address.leaf.startswith(FEEDS):
        return Wrong(topic, payload, "not a topic of the reliable feed")
    bodies = _bodies(address.leaf, payload)
    if isinstance(bodies, NotAnEvent):
        return Wrong(topic, payload, bodies.problem)
    source = topic.removesuffix(f"/{address.leaf}")
    found = [_event(body, event, source) for body, event in bodies]
    wrong = next((one for one in found if isinstance(one, str)), None)
    return Wrong(topic, payload, wrong) if wrong else tuple(one for one in found if isinstance(one, Arrived))


def _address(topic: str) -> Address | None:
    """Whose topic it is, where a gate may have such a name."""
    found = topics.parse(topic)
    return found if found is not None and topics.is_name(found.site) and topics.is_name(found.gate) else None


def _bodies(leaf: str, payload: bytes) -> Iterable[tuple[bytes, Received | NotAnEvent]] | NotAnEvent:
    if leaf != topics.BATCH:
        return [(payload, envelope.decode(payload))]
    found = batch.parts(payload)
    return found if isinstance(found, NotAnEvent) else [(body, envelope.understand(event)) for body, event in found]


def _event(body: bytes, found: Received | NotAnEvent, source: str) -> Arrived | str:
    if isinstance(found, NotAnEvent):
        return found.problem
    if found.source != source:
        return "it names another gate than its topic"
    place = found.place
    if place is None or not 1 <= place.seq <= HIGHEST_SEQ:
        return "journal, seq or prev is missing"
    if not (_ULID.fullmatch(place.journal) and _HASH.fullmatch(place.prev) and _TYPE.fullmatch(found.type)):
        return "journal is no ULID, prev no hash, or type no name"
    return Arrived(Journal(source, place.journal), place.seq, place.prev, found.type, found.time, body)
