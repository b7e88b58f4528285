"""Whether several records may travel in one message now.

Rules: a batch that is not taken is sent again record by record, so that one poisoned record is found and nobody's
subscription to the single events is passed by; when batches fail again and again, they rest for a while. No clock, no
I/O but the log.
"""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)

FAILURES = 3
"""After so many in a row batches rest; after one, where nobody has subscribed to them."""
REST_S = 60.0


class Batching:
    """Owned by the outbox."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._singly_up_to = 0
        self._rests_until_s = float("-inf")
        self._failures = 0
        self._told = False

    def most(self, after_seq: int, now_s: float) -> int:
        """How many records may be together in a message that begins behind ``after_seq``."""
        return 1 if after_seq < self._singly_up_to or now_s < self._rests_until_s else self._most

    def taken(self) -> None:
        """A batch went well."""
        self._failures, self._told = 0, False

    def refused(self, last_seq: int, reason: str, now_s: float, *, blameless: bool) -> None:
        """A batch that ends with this record was not taken."""
        self._singly_up_to = max(self._singly_up_to, last_seq)
        self._failures += 1
        if blameless or self._failures >= FAILURES:
            self._rests_until_s = now_s + REST_S
            if not self._told:
                log.info("the broker takes no batches now: %s; events go one by one", reason)
            self._told = True

    def renew(self) -> None:
        """A new connection, or somebody listens again: batches are worth a try."""
        self._rests_until_s, self._failures, self._singly_up_to = float("-inf"), 0, 0
