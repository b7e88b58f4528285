"""Collect the chunks of SMART Health Cards that are shown one after the other, or all at once. Pure.

A chunk says its place and the number of chunks, not which card it is of. So sets are told apart by their number of
chunks, and a chunk that contradicts a set begins a new one: whoever came before has left. Chunks of two cards that get
mixed all the same make a text whose signature does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gate.credential.shc_text import PREFIX, Chunk, chunk_of

PATIENCE_NS = 30_000_000_000
"""How long a set waits for its next chunk."""

MAX_CHUNKS = 32
MAX_SETS = 4
MAX_DIGITS = 8000
"""Of a whole card; a code with more is too large to be verified."""


@dataclass(frozen=True, slots=True)
class ChunkSet:
    """The chunks of one card so far, by their number; they came until ``seen_ns``."""

    total: int
    digits: Mapping[int, bytes] = field(repr=False)
    seen_ns: int

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of the chunks that have not come."""
        return tuple(number for number in range(1, self.total + 1) if number not in self.digits)

    def holds(self, chunk: Chunk) -> bool:
        """Whether this very chunk is in the set."""
        return chunk.total == self.total and self.digits.get(chunk.number) == chunk.digits


@dataclass(frozen=True, slots=True)
class Collected:
    """What a code led to: ``whole`` is a complete set with its ``card``, ``missing`` what is waited for; or neither."""

    card: bytes | None = field(default=None, repr=False)
    missing: tuple[int, ...] = ()
    whole: ChunkSet | None = None


@dataclass(frozen=True, slots=True)
class Collector:
    """The sets that are not complete, the one that grew last at the end."""

    sets: tuple[ChunkSet, ...] = ()

    def offer(self, code: bytes, mono_ns: int) -> tuple[Collector, Collected]:
        """The collector after a code was seen, and what it led to; a code that is no chunk changes nothing."""
        waiting = tuple(one for one in self.sets if mono_ns - one.seen_ns < PATIENCE_NS)
        chunk = chunk_of(code)
        if chunk is None or chunk.total > MAX_CHUNKS:
            return Collector(waiting), Collected()
        grown = _grown(waiting, chunk, mono_ns)
        others = tuple(one for one in waiting if one.total != chunk.total)
        if sum(map(len, grown.digits.values())) > MAX_DIGITS:
            return Collector(others), Collected()
        if not grown.missing:
            return Collector(others), Collected(_joined(grown), whole=grown)
        return Collector((*others, grown)[-MAX_SETS:]), Collected(missing=grown.missing)


def together(chunks: Iterable[Chunk]) -> bool:
    """Whether they may all be of one card: one number of chunks, and no place taken twice."""
    places: dict[int, bytes] = {}
    totals = set()
    for chunk in chunks:
        totals.add(chunk.total)
        if places.setdefault(chunk.number, chunk.digits) != chunk.digits:
            return False
    return len(totals) <= 1


def _grown(waiting: tuple[ChunkSet, ...], chunk: Chunk, mono_ns: int) -> ChunkSet:
    """The set of this chunk with it; a new one where there is none, or where another chunk has its place."""
    for one in waiting:
        if one.total == chunk.total and one.digits.get(chunk.number, chunk.digits) == chunk.digits:
            return ChunkSet(one.total, {**one.digits, chunk.number: chunk.digits}, mono_ns)
    return ChunkSet(chunk.total, {chunk.number: chunk.digits}, mono_ns)


def _joined(whole: ChunkSet) -> bytes:
    return PREFIX + b"".join(whole.digits[number] for number in range(1, whole.total + 1))
