"""How fast a backlog may go, so that what is fresh is never late behind it.

Rules: as many bytes may be on their way as the link carries in a fraction of a second, found by trying: quick answers
widen the window, slow ones halve it; and never more records a second than the site allows. Whole batches only.
The owner gives the time; no I/O.
"""

from __future__ import annotations

SMALLEST_BYTES = 64 * 1024
LARGEST_BYTES = 1536 * 1024
QUICK_S = 0.3
"""An answer within this time says that more may be on its way."""
SLOW_S = 0.8
"""One after this time says that less may: a fresh event waits behind all of it."""
_FIRST_GUESS_BYTES = 1000
_SMOOTHING = 8


class Drain:
    """Owned by the outbox."""

    def __init__(self, batch: int, per_s: int) -> None:
        """``per_s``: records a second; 0 for as many as the link carries."""
        self._batch = batch
        self._per_s = per_s
        self._window_bytes = SMALLEST_BYTES
        self._away_bytes = 0
        self._record_bytes = float(_FIRST_GUESS_BYTES)
        self._tokens = float(self._most_tokens)
        self._filled_s: float | None = None
        self._halved_s = float("-inf")

    @property
    def window_bytes(self) -> int:
        """What may be on its way now."""
        return self._window_bytes

    def allowance(self, now_s: float) -> int:
        """How many records may be sent now: whole batches, or none."""
        self._refill(now_s)
        free = int((self._window_bytes - self._away_bytes) / self._record_bytes)
        if self._away_bytes == 0:
            free = max(free, self._batch)
        allowed = free if self._per_s == 0 else min(free, int(self._tokens))
        return allowed if allowed >= min(self._batch, self._most_tokens) else 0

    def sent(self, records: int, size: int) -> None:
        """So many records, together of so many bytes, are on their way."""
        self._away_bytes += size
        self._tokens -= records
        self._record_bytes += (size / records - self._record_bytes) / _SMOOTHING

    def answered(self, size: int, took_s: float, now_s: float) -> None:
        """The broker has answered for them, after so long."""
        self._away_bytes -= size
        if took_s <= QUICK_S:
            self._window_bytes = min(LARGEST_BYTES, self._window_bytes + size)
        elif took_s >= SLOW_S and now_s - self._halved_s >= SLOW_S:
            self._window_bytes = max(SMALLEST_BYTES, self._window_bytes // 2)
            self._halved_s = now_s

    def returned(self, size: int) -> None:
        """They are on their way no more, and nobody has answered."""
        self._away_bytes -= size

    def due_s(self, now_s: float) -> float | None:
        """When the rate allows the next batch; None when it does now."""
        missing = min(self._batch, self._most_tokens) - self._tokens
        return None if self._per_s == 0 or missing <= 0 else now_s + missing / self._per_s

    @property
    def _most_tokens(self) -> int:
        """A second's worth at once, at most."""
        return max(1, self._per_s) if self._per_s else self._batch

    def _refill(self, now_s: float) -> None:
        if self._filled_s is not None:
            self._tokens = min(self._most_tokens, self._tokens + (now_s - self._filled_s) * self._per_s)
        self._filled_s = now_s
