"""One file that comes in chunks: what is there of it, and whether it is whole. No I/O."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import islice

from gate.wire import pointer
from gate.wire.pointer import CHUNK_BYTES, Place, Pointer

PATIENCE_S = 10.0
"""How long to wait for the next chunk."""
AT_ONCE = 16
"""So many chunks are asked for together, so that no more wait in memory than that, whatever the pace of either end."""


@dataclass(slots=True)
class Fetch:
    """A file on its way; it takes no more memory than its pointer says, which is bounded by its kind."""

    place: Place
    pointer: Pointer
    due_s: float
    """When to give it up (monotonic)."""
    asked: tuple[str, ...] = ()
    """The topics of the chunks that are asked for now."""
    _pieces: dict[int, bytes] = field(default_factory=dict)

    def ask(self) -> tuple[str, ...]:
        """What to ask for next: the first that are missing."""
        missing = (number for number in range(self.pointer.chunks) if number not in self._pieces)
        self.asked = tuple(self.place.chunk(self.pointer.sha256, number) for number in islice(missing, AT_ONCE))
        return self.asked

    @property
    def told(self) -> str:
        """How far it is."""
        return f"{len(self._pieces)} of {self.pointer.chunks} pieces"

    def take(self, topic: str, payload: bytes, now_s: float) -> bool:
        """Whether this was a piece of it that has its length."""
        number = pointer.number_of(topic)
        if number is None or topic != self.place.chunk(self.pointer.sha256, number) or number >= self.pointer.chunks:
            return False
        if len(payload) != min(CHUNK_BYTES, self.pointer.size - number * CHUNK_BYTES):
            return False
        if number not in self._pieces:
            self.due_s = now_s + PATIENCE_S
        self._pieces[number] = payload
        return True

    @property
    def answered(self) -> bool:
        """Whether all that was asked for is here."""
        return all(pointer.number_of(topic) in self._pieces for topic in self.asked)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return len(self._pieces) == self.pointer.chunks

    def content(self) -> bytes | None:
        """The file, when it is whole and is the one that was pointed at."""
        raw = b"".join(self._pieces[number] for number in range(self.pointer.chunks))
        return raw if hashlib.sha256(raw).hexdigest() == self.pointer.sha256 else None
