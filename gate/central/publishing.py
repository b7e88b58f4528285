"""What the centre says to all gates, as retained messages in the order in which they have to be published. Pure.

The pieces of a file go before the pointer to it, and the pieces of the file before are cleared last: so whoever
connects at any moment finds a whole file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.wire import contract, notice, pointer, signed
from gate.wire.notice import Notice
from gate.wire.pointer import LARGEST, Place, Pointer


@dataclass(frozen=True, slots=True)
class Said:
    """A message that is retained, at QoS 1. An empty payload clears what stood there."""

    topic: str
    payload: bytes
    content_type: str


def pointer_to(place: Place, version: int, raw: bytes) -> Pointer:
    """What points at a file. Raises ``ValueError`` for one that no gate would take."""
    if not 0 < len(raw) <= LARGEST[place.kind]:
        raise ValueError(f"it is empty, or longer than {LARGEST[place.kind]} bytes, and no gate would take it")
    return Pointer(place.kind, version, hashlib.sha256(raw).hexdigest(), len(raw))


def file(place: Place, pointed: Pointer, raw: bytes, private: Ed25519PrivateKey) -> Iterator[Said]:
    """A file and the pointer to it."""
    for number, piece in enumerate(pointer.cut(raw)):
        yield Said(place.chunk(pointed.sha256, number), piece, pointer.CHUNK_TYPE)
    yield Said(place.topic, pointer.sign(pointed, private), pointer.CONTENT_TYPE)


def cleared(place: Place, before: Pointer) -> Iterator[Said]:
    """The pieces of a file that nobody points at any more."""
    for number in range(before.chunks):
        yield Said(place.chunk(before.sha256, number), b"", pointer.CHUNK_TYPE)


def orphans(standing: Mapping[str, bytes]) -> Iterator[Said]:
    """What clears the pieces that no pointer names, of all that is retained for all gates."""
    named: set[str] = set()
    for topic, payload in standing.items():
        place, token = pointer.place_of(topic), signed.read(payload, pointer.TYP)
        found = None if place is None or isinstance(token, str) else pointer.unproven(token, place.kind)
        if place is not None and isinstance(found, Pointer):
            named |= {place.chunk(found.sha256, number) for number in range(found.chunks)}
    for topic in standing:
        channel = contract.channel_of(topic)
        if channel is not None and channel.content_type == pointer.CHUNK_TYPE and topic not in named:
            yield Said(topic, b"", pointer.CHUNK_TYPE)


def change(name: str, raw: bytes) -> Said:
    """The newest change of a status list, with all before it; empty when a new snapshot holds them."""
    return Said(pointer.status_topic(name), raw, contract.DELTA)


def note(said: Notice, private: Ed25519PrivateKey) -> Said:
    """A word to whoever looks after gates. Raises ``ValueError`` for one that no gate would show."""
    return Said(notice.TOPIC, notice.sign(said, private), pointer.CONTENT_TYPE)
