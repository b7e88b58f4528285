"""A code that is there but cannot be read: how long it must stay before the visitor is told."""

from __future__ import annotations

from dataclasses import dataclass

MS = 1_000_000
AFTER_NS = 1000 * MS
"""A visitor who brings a code up needs about so long until it is sharp."""
LOOKS = 4
"""In so many looks it must have been seen at least, also where looks are slow."""
GONE_NS = 600 * MS


@dataclass(slots=True)
class Presence:
    """Counts the looks in which a code was seen and none was read."""

    _since_ns: int = 0
    _seen_ns: int = 0
    _looks: int = 0

    def told(self, now_ns: int, *, seen: bool, read: bool) -> bool:
        """Take in one look; True when a code has been there unread for long enough."""
        if read or (self._looks and now_ns - self._seen_ns > GONE_NS):
            self._looks = 0
        if read or not seen:
            return False
        if self._looks == 0:
            self._since_ns = now_ns
        self._looks += 1
        self._seen_ns = now_ns
        return self._looks >= LOOKS and now_ns - self._since_ns >= AFTER_NS
