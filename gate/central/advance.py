"""How far a journal is whole: the walk over its records in their order, checking the chain and its signed heads. Pure.

What comes out depends on the records alone, never on the order in which they came: a record is looked at once, when
nothing is missing before it, or what is missing was given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from gate.central import given_up
from gate.central.arrivals import Journal
from gate.central.findings import Finding, FindingKind
from gate.central.given_up import Hole, Range
from gate.wire import chain_marks, envelope
from gate.wire.envelope import NotAnEvent

HEAD = chain_marks.HEAD
"""The records that sign the chain; the walk needs the bodies of these alone."""

Gone = Callable[[int], Sequence[Range]]
"""What the records from this number on say was given up."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the walk over a journal stands: ``head`` is the hash of record ``whole_to``."""

    whole_to: int
    head: str
    broken_at: int | None = None
    """The first record that does not name the one before it, where there is one."""
    key: str | None = None
    """Ed25519, base64url: what signed the journal's first head, and has to sign all others."""
    signed_to: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A record as the walk sees it; ``body`` is there for heads."""

    seq: int
    type: str
    prev: str
    digest: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What is known of the keys of a gate."""

    vouched: frozenset[str] = frozenset()
    """Those that it is known to have; none means that the key of its first head is believed."""
    revoked: frozenset[str] = frozenset()
    """Those that count no more."""


def advance(
    journal: Journal, standing: Standing, steps: Iterable[Step], gone: Gone, keys: KnownKeys
) -> tuple[Standing, tuple[Finding, ...]]:
    """Go on over ``steps``, which come in order, up to the first hole that may still be filled."""
    found: list[Finding] = []
    for step in steps:
        if step.prev == standing.head and step.seq == standing.whole_to + 1 and step.type != HEAD:
            standing = Standing(step.seq, step.digest, standing.broken_at, standing.key, standing.signed_to)
            continue  # as nearly always, and said without what looks at everything
        hole = _hole(Range(standing.whole_to + 1, step.seq - 1, standing.head, step.prev), gone)
        if hole is Hole.OPEN:
            break
        if hole is Hole.CHANGED:
            found.append(_broken(journal, step.seq))
            standing = replace(standing, broken_at=standing.broken_at or step.seq)
        elif step.type == HEAD and step.body is not None:
            standing, problem = _signed(journal, standing, step, step.body, keys)
            found.extend(problem)
        standing = replace(standing, whole_to=step.seq, head=step.digest)
    return standing, tuple(found)


def _hole(hole: Range, gone: Gone) -> Hole:
    """What is known of the records between two that are there; between neighbours only the chain is looked at."""
    if hole.last < hole.first:
        return Hole.GIVEN_UP if hole.prev == hole.head else Hole.CHANGED
    return given_up.look(gone(hole.last + 1), hole)


def _broken(journal: Journal, seq: int) -> Finding:
    detail = f"record {seq} does not name the one before it; compare the gate's own journal: gate journal verify"
    return Finding(FindingKind.CHAIN_BROKEN, journal.source, journal.ulid, detail)


def _signed(
    journal: Journal, standing: Standing, step: Step, body: bytes, keys: KnownKeys
) -> tuple[Standing, tuple[Finding, ...]]:
    event = envelope.decode(body)
    key = None
    if not isinstance(event, NotAnEvent) and event.place is not None:
        key = chain_marks.key_of(event.place, event.data)
    if key is None:
        detail = f"record {step.seq} does not sign the chain before it; compare the gate's own journal"
        return standing, (Finding(FindingKind.HEAD_NOT_SIGNED, journal.source, journal.ulid, detail),)
    if key in keys.revoked:
        detail = f"record {step.seq} is signed by a key that was revoked: a lost unit is in use"
        return standing, (Finding(FindingKind.HEAD_KEY_REVOKED, journal.source, journal.ulid, detail),)
    ours = keys.vouched or frozenset({standing.key or key})
    if key not in ours:
        detail = f"record {step.seq} is signed by another key: another card, or somebody rewrote the journal"
        return standing, (Finding(FindingKind.HEAD_KEY_CHANGED, journal.source, journal.ulid, detail),)
    return replace(standing, key=standing.key or key, signed_to=step.seq - 1), ()
