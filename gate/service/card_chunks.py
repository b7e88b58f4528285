"""Cards that are shown as several codes, one after the other or all at once: what the reader makes of them.

While chunks are missing nothing is decided. A visitor who does not go on, or has gone, is told so like one whose code
cannot be read; the chunks that came wait on, so that the rest still completes the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gate.credential.model import Rejected, RejectReason
from gate.credential.shc_chunks import ChunkSet, Collected, Collector, together
from gate.credential.shc_text import Chunk, chunk_of
from gate.ports import Symbol

NEXT_NS = 5_000_000_000
"""How long a visitor may take to show the next chunk."""
REMEMBERED_NS = 10_000_000_000
"""How long after it was last seen a chunk of a whole card stands for that card."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A part of a card is there; ``late`` says that the visitor has had the time to show the others."""

    missing: tuple[int, ...]
    total: int
    late: bool

    @property
    def verdict(self) -> Rejected:
        """What is decided when the others do not come."""
        numbers = ", ".join(map(str, self.missing))
        return Rejected(
            RejectReason.UNREADABLE, f"a card in {self.total} codes: missing {numbers}; show one after the other"
        )


Shown = tuple[Symbol, ...] | Waiting
"""What a frame shows."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """The card that was completed last."""

    chunks: ChunkSet
    card: bytes
    seen_ns: int


@dataclass(slots=True)
class CardChunks:
    """Of one camera; for one thread. Times are those of the frames."""

    _collector: Collector = field(default_factory=Collector)
    _whole: _Whole | None = None
    _waiting: Waiting | None = None
    _grown_ns: int = 0

    def shown(self, symbols: tuple[Symbol, ...], now_ns: int) -> Shown:
        """The symbols of a frame, with a card in the place of its chunks; or that chunks are missing.

        Chunks beside another code, or of two cards, stay what they are: several codes. Of a visitor who has gone before
        the card was whole, that is said once.
        """
        if not symbols:
            return self._overdue(now_ns) or ()
        chunks = _chunks(symbols)
        if not chunks:
            return symbols
        if self._whole is None or not self._again(self._whole, chunks, now_ns):
            self._offer([symbol.data for symbol in symbols], now_ns)
        if self._whole is not None and all(map(self._whole.chunks.holds, chunks)):
            self._waiting = None
            return (Symbol(self._whole.card, symbols[0].corners),)
        return self._at(now_ns) or symbols

    def _overdue(self, now_ns: int) -> Waiting | None:
        waiting = self._at(now_ns)
        if waiting is None or not waiting.late:
            return None
        self._waiting = None
        return waiting

    def _again(self, whole: _Whole, chunks: Sequence[Chunk], now_ns: int) -> bool:
        """Whether these are chunks of the card that was completed just now."""
        if now_ns - whole.seen_ns >= REMEMBERED_NS or not all(map(whole.chunks.holds, chunks)):
            self._whole = None
            return False
        self._whole = _Whole(whole.chunks, whole.card, now_ns)
        return True

    def _offer(self, codes: Sequence[bytes], now_ns: int) -> None:
        for code in codes:
            before = self._collector.sets
            self._collector, found = self._collector.offer(code, now_ns)
            self._note(found, before, now_ns)

    def _note(self, found: Collected, before: tuple[ChunkSet, ...], now_ns: int) -> None:
        if found.whole is not None and found.card is not None:
            self._whole, self._waiting = _Whole(found.whole, found.card, now_ns), None
        elif found.missing:
            newest = self._collector.sets[-1]
            if all(one.digits != newest.digits for one in before):
                self._grown_ns = now_ns
            self._waiting = Waiting(found.missing, newest.total, late=False)

    def _at(self, now_ns: int) -> Waiting | None:
        if self._waiting is None:
            return None
        return Waiting(self._waiting.missing, self._waiting.total, late=now_ns - self._grown_ns >= NEXT_NS)


def _chunks(symbols: Sequence[Symbol]) -> list[Chunk]:
    """The chunks of one card that these symbols are; none where they are anything else, too."""
    found = [None if symbol.part else chunk_of(symbol.data) for symbol in symbols]
    chunks = [chunk for chunk in found if chunk is not None]
    return chunks if len(chunks) == len(found) and together(chunks) else []
