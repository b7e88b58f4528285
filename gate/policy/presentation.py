"""One presentation is many frames of the same code: this tells a new one from the next frame of an old one."""

from __future__ import annotations

from dataclasses import dataclass

KEPT = 16
"""How many codes are remembered; more than can be alternated before one camera within the re-read pause."""


@dataclass(frozen=True, slots=True)
class Presentations:
    """The codes seen lately, each with the monotonic time (ns) of its newest frame."""

    reread_ns: int
    seen: tuple[tuple[bytes, int], ...] = ()

    def is_new(self, code: bytes, now_ns: int) -> bool:
        """Whether the code starts a presentation: never seen, or away for the re-read pause."""
        return all(known != code or now_ns - at_ns >= self.reread_ns for known, at_ns in self.seen)

    def sighted(self, code: bytes, now_ns: int) -> Presentations:
        """The memory after a frame with this code."""
        others = tuple(entry for entry in self.seen if entry[0] != code)
        return Presentations(self.reread_ns, (*others, (code, now_ns))[-KEPT:])
