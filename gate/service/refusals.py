"""Records that the broker refuses for what they are: tried a few times, ever later, then set aside.

Rules: a record that is set aside holds up nobody, and the journal remembers it; it rests, and is tried again now and
then behind everything else. A broker that refuses one after the other is told once. No clock, no I/O but the log. Owned
by the outbox.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

log = logging.getLogger(__name__)

TRIES = 5
"""After so many refusals a record is set aside."""
FIRST_RETRY_S = 0.5
"""After a refusal; it doubles with each one of the same record."""
REFUSALS_TO_TELL = 10
"""So many refusals in a row mean that the broker refuses in general."""
ASIDE_RETRY_S = 900.0
"""How long the records that were set aside rest after all were tried again."""
ASIDE_AT_ONCE = 8
ASIDE_PAUSE_S = 1.0
"""After a refusal among them."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A record that was refused but not often enough to be set aside."""

    refusals: int
    due_s: float


class Refusals:
    """Who was refused, how often, and when to try again."""

    def __init__(self) -> None:
        self.tried: dict[int, Tried] = {}
        """By number; each takes one place of the window."""
        self.aside_after = 0
        """The last one of those set aside that was tried again in this round."""
        self.aside_due_s = 0.0
        self.in_a_row = 0
        self.leaving: dict[int, str] = {}
        """Those that the journal has to set aside yet, and why."""

    def refused(self, seq: int, reason: str, now_s: float) -> None:
        """The broker does not take this record."""
        refusals = self.tried[seq].refusals + 1 if seq in self.tried else 1
        if refusals < TRIES:
            self.tried[seq] = Tried(refusals, now_s + FIRST_RETRY_S * 2 ** (refusals - 1))
        else:
            self.hopeless(seq, reason)
        self.in_a_row += 1
        if self.in_a_row == REFUSALS_TO_TELL:
            log.warning("the broker refuses one event after the other: %s; look at its access list", reason)

    def hopeless(self, seq: int, reason: str) -> None:
        """It is set aside at once."""
        self.tried.pop(seq, None)
        self.leaving[seq] = reason
        log.warning("record %d is set aside, the broker refuses it: %s", seq, reason)

    def aside_refused(self, now_s: float) -> None:
        """One of those that were set aside was refused again."""
        self.aside_due_s = now_s + ASIDE_PAUSE_S

    def taken(self, seq: int, now_s: float) -> None:
        """The broker has taken this record."""
        self.tried.pop(seq, None)
        if self.in_a_row >= REFUSALS_TO_TELL:
            log.info("the broker takes events again")
            self.try_aside(now_s)
        self.in_a_row = 0

    def try_aside(self, from_s: float) -> None:
        """Begin a round of those that were set aside."""
        self.aside_after, self.aside_due_s = 0, from_s

    def rest(self, now_s: float) -> None:
        """All of them had their turn."""
        self.try_aside(now_s + ASIDE_RETRY_S)

    def due(self, at_rest: set[int], now_s: float) -> list[int]:
        """Which of those at rest are to be tried again now."""
        return sorted(seq for seq in at_rest if self.tried[seq].due_s <= now_s)

    def dues(self) -> list[float]:
        """When something is to be tried again."""
        return [self.aside_due_s, *(tried.due_s for tried in self.tried.values())]
