"""Who was at an office at the same time as a pseudonym. Pure; it knows pseudonyms, gates and times, and no person.

Rules: somebody is taken to be inside after an entry and before an exit, until the next thing that is seen of the same
pseudonym and for ``longest`` at most, since doors are held open and exits may have no reader. At a door that is both,
each crossing may have been either. Whoever leaves in the very moment in which another enters has met them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@enum.unique
class Way(enum.Enum):
    """Which way somebody went."""

    IN = "entry"
    OUT = "exit"
    EITHER = "both"


_TURN = {Way.OUT: 0, Way.EITHER: 1, Way.IN: 2}
"""In one moment the exit comes first, so that neither it nor the entry is lost."""


@dataclass(frozen=True, slots=True, order=True)
class Pseudonym:
    """A visitor within one epoch; another epoch gives the same person another one."""

    fp: str
    epoch: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody was let in or out, as far as anybody knows."""

    who: Pseudonym
    way: Way
    at: datetime
    gate: str
    certain: bool = True
    """Whether the gate's clock was set; if not, ``at`` is a lower bound."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, both included."""

    begin: datetime
    end: datetime

    def common(self, other: Span) -> Span | None:
        """What both share."""
        begin, end = max(self.begin, other.begin), min(self.end, other.end)
        return Span(begin, end) if begin <= end else None


@dataclass(frozen=True, slots=True)
class Stay:
    """A time inside; where the entry or the exit was not seen, that end is only as far as it may have been."""

    who: Pseudonym
    span: Span
    entry_seen: bool
    exit_seen: bool
    gates: tuple[str, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody else's stay, and what of it was shared."""

    stay: Stay
    shared: Span


def contacts(crossings: Iterable[Crossing], who: Pseudonym, window: Span, longest: timedelta) -> tuple[Contact, ...]:
    """Everybody who was inside together with ``who`` in the window, the earliest first."""
    by_person: dict[Pseudonym, list[Crossing]] = {}
    for one in crossings:
        by_person.setdefault(one.who, []).append(one)
    own = [span for stay in stays(by_person.pop(who, []), longest) if (span := stay.span.common(window))]
    found = [
        Contact(stay, shared)
        for others in by_person.values()
        for stay in stays(others, longest)
        for span in own
        if (shared := stay.span.common(span))
    ]
    return tuple(sorted(found, key=lambda one: (one.shared.begin, one.stay.who, one.stay.span.begin)))


def stays(crossings: Iterable[Crossing], longest: timedelta) -> tuple[Stay, ...]:
    """The stays of one pseudonym: after its last crossing before, and before its next one."""
    ordered = sorted(crossings, key=lambda one: (one.at, _TURN[one.way]))
    if not ordered:
        return ()
    between: Sequence[tuple[Crossing | None, Crossing | None]] = [
        (None, ordered[0]),
        *pairwise(ordered),
        (ordered[-1], None),
    ]
    return tuple(stay for before, after in between for stay in _between(before, after, longest))


def _between(before: Crossing | None, after: Crossing | None, longest: timedelta) -> Iterator[Stay]:
    """Inside after the one, or before the other, or from the one to the other."""
    forward = _after(before, after, longest) if before is not None and before.way is not Way.OUT else None
    backward = _ahead(before, after, longest) if after is not None and after.way is not Way.IN else None
    if forward and backward and forward.common(backward):
        yield _stay(Span(forward.begin, backward.end), before, after)
        return
    if forward:
        yield _stay(forward, before, None)
    if backward:
        yield _stay(backward, None, after)


def _after(before: Crossing, after: Crossing | None, longest: timedelta) -> Span:
    return Span(before.at, before.at + longest if after is None else min(before.at + longest, after.at))


def _ahead(before: Crossing | None, after: Crossing, longest: timedelta) -> Span:
    return Span(after.at - longest if before is None else max(after.at - longest, before.at), after.at)


def _stay(span: Span, entry: Crossing | None, leaving: Crossing | None) -> Stay:
    seen = [one for one in (entry, leaving) if one is not None]
    return Stay(
        who=seen[0].who,
        span=span,
        entry_seen=entry is not None and entry.way is Way.IN,
        exit_seen=leaving is not None and leaving.way is Way.OUT,
        gates=tuple(dict.fromkeys(one.gate for one in seen)),
        certain=all(one.certain for one in seen),
    )
