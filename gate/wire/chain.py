"""The hash chain of a journal: every record names the SHA-256 of the one before. Pure.

It shows a record that was changed, taken out or put in. It does not show a chain rewritten as a whole: whoever holds
the card can do that, until the gate signs its head.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from gate.wire import envelope


@dataclass(frozen=True, slots=True)
class Intact:
    """All records follow one another; ``head`` is what the next one has to name."""

    count: int
    head: str


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


def verify(journal: str, bodies: Iterable[bytes]) -> Intact | Broken:
    """Check a journal from its first record on."""
    seq, prev = 0, first_prev(journal)
    for seq, body in enumerate(bodies, start=1):
        problem = _problem(body, envelope.Place(journal, seq, prev))
        if problem is not None:
            return Broken(seq, problem)
        prev = digest(body)
    return Intact(seq, prev)


def _problem(body: bytes, expected: envelope.Place) -> str | None:
    found = envelope.decode(body)
    if isinstance(found, envelope.NotAnEvent):
        return found.problem
    if found.place is None:
        return "journal, seq or prev is missing"
    if found.place.journal != expected.journal:
        return f"belongs to journal {found.place.journal}"
    if found.place.seq != expected.seq:
        return f"seq is {found.place.seq}"
    if found.place.prev != expected.prev:
        return "prev is not the hash of the record before"
    return None
