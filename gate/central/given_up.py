"""Records that the centre lacks and that can never come, because the gate says that it gave them up for room. Pure.

The gate names each range with the hash that its first record named and the hash of its last. Of such a range the
centre may have any part already, so a hole need not be the range: each record of the hole has to be in one, and where
an end of the hole is an end of the range, the chain has to hold there.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from gate.wire import chain_marks, envelope
from gate.wire.envelope import NotAnEvent

TYPE = chain_marks.DROPPED
"""The events that name such ranges."""


@enum.unique
class Hole(enum.Enum):
    """What is known of records that are not there."""

    OPEN = enum.auto()
    """They may still come."""
    GIVEN_UP = enum.auto()
    CHANGED = enum.auto()
    """They were given up, and a record beside them is not the one that was there."""


@dataclass(frozen=True, slots=True)
class Range:
    """Given up, both ends included."""

    first: int
    last: int
    prev: str
    head: str


def ranges(body: bytes) -> tuple[Range, ...]:
    """The ranges that an event names."""
    found = envelope.decode(body)
    if isinstance(found, NotAnEvent) or found.type != TYPE:
        return ()
    return tuple(Range(one.first, one.last, one.prev, one.head) for one in chain_marks.ranges_of(found.data))


def look(gone: Iterable[Range], hole: Range) -> Hole:
    """``hole.prev`` is the hash of the record before it, ``hole.head`` what the record after it names."""
    at, prev, holds = hole.first, hole.prev, True
    for one in sorted(gone, key=lambda each: each.first):
        if one.last < at:
            continue
        if one.first > at:
            return Hole.OPEN
        holds = holds and (one.first < at or one.prev == prev)
        at, prev = one.last + 1, one.head
        if at > hole.last:
            holds = holds and (at > hole.last + 1 or prev == hole.head)
            return Hole.GIVEN_UP if holds else Hole.CHANGED
    return Hole.OPEN
