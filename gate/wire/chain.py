"""The hash chain of a journal: every record names the SHA-256 of the one before. Pure.

It shows a record that was changed, taken out or put in. A chain that was rewritten as a whole is shown by the heads
that the gate signs now and then: up to the last of them nobody has changed anything without the gate's own key. Records
may be gone from the beginning, up to a signed head, and in holes that a later record explains.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from gate.access.journal_events import Missing
from gate.wire import chain_marks, envelope
from gate.wire.chain_marks import head_text

__all__ = ["Broken", "Intact", "digest", "first_prev", "head_text", "verify"]


@dataclass(frozen=True, slots=True)
class Intact:
    """All records follow one another; ``head`` is what the next one has to name."""

    count: int
    head: str
    first: int = 1
    """The oldest record that is there."""
    signed_to: int = 0
    """Up to here the chain is signed; 0 when it is nowhere."""
    keys: tuple[str, ...] = ()
    """The keys that signed it, in the order of their first use."""
    missing: int = 0
    """Records that were given up, as others explain."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the chain does not hold; ``seq`` is the number expected there."""

    seq: int
    problem: str


def first_prev(journal: str) -> str:
    """What the first record of a journal names, as there is none before it."""
    return digest(journal.encode("utf-8"))


def digest(body: bytes) -> str:
    """What the record after this one names."""
    return hashlib.sha256(body).hexdigest()


def verify(journal: str, bodies: Iterable[bytes], keys: frozenset[str] | None = None) -> Intact | Broken:
    """Check a journal from its first record on.

    ``keys`` (Ed25519, base64url) are those that may have signed; None takes the key that a head names.
    """
    walk = _Walk(journal, keys, prev=first_prev(journal))
    for body in bodies:
        problem = walk.step(body)
        if problem is not None:
            return Broken(walk.seq + 1, problem)
    return walk.end()


@dataclass(slots=True)
class _Walk:
    """Along the chain, from record to record; holes are remembered until the end, as what explains them comes later."""

    journal: str
    keys: frozenset[str] | None
    prev: str
    seq: int = 0
    count: int = 0
    first: int = 1
    signed_to: int = 0
    _seen: list[str] = field(default_factory=list)
    _holes: list[Missing] = field(default_factory=list)
    _ranges: dict[int, Missing] = field(default_factory=dict)

    def step(self, body: bytes) -> str | None:
        """Take the next record; what is wrong with it."""
        found = envelope.decode(body)
        if isinstance(found, envelope.NotAnEvent):
            return found.problem
        place = found.place
        if place is None:
            return "journal, seq or prev is missing"
        if place.journal != self.journal:
            return f"belongs to journal {place.journal}"
        if place.seq <= self.seq:
            return f"seq is {place.seq}"
        if place.seq == self.seq + 1 and place.prev != self.prev:
            return "prev is not the hash of the record before"
        problem = self._marked(found, place)
        if problem is None:
            self._go_on(place, body)
        return problem

    def end(self) -> Intact | Broken:
        """Whether every hole was explained."""
        for hole in self._holes:
            if not chain_marks.explains(self._ranges, hole):
                return Broken(hole.first, f"seq is {hole.last + 1}, and no record explains what is missing before it")
        missing = sum(hole.last - hole.first + 1 for hole in self._holes)
        return Intact(self.count, self.prev, self.first, self.signed_to, tuple(self._seen), missing)

    def _marked(self, found: envelope.Received, place: envelope.Place) -> str | None:
        if found.type == chain_marks.DROPPED:
            self._ranges |= {one.first: one for one in chain_marks.ranges_of(found.data)}
        if found.type != chain_marks.HEAD:
            return None
        key = chain_marks.key_of(place, found.data)
        if key is None:
            return "it does not sign the chain before it"
        if self.keys is not None and key not in self.keys:
            return f"the chain before it is signed by another key: {key}"
        if key not in self._seen:
            self._seen.append(key)
        self.signed_to = place.seq - 1
        return None

    def _go_on(self, place: envelope.Place, body: bytes) -> None:
        if self.count == 0 and place.seq == self.signed_to + 1:
            self.first = place.seq  # what was before it is signed
        elif place.seq > self.seq + 1:
            self._holes.append(Missing(self.seq + 1, place.seq - 1, self.prev, place.prev))
        self.seq, self.prev, self.count = place.seq, digest(body), self.count + 1
