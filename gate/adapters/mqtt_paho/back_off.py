"""How long to wait before the next connection: ever longer, with full jitter, so that many gates do not come at once.

Rules: the bound doubles with every failure and is forgotten only after a connection that has lasted; whoever takes a
session from another waits at least the longest time, so that two with one name do not throw each other out all day.
The owner gives the time; no I/O.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from gate.ports import LinkFault

SHORTEST_S = 0.25
_LARGEST_EXPONENT = 16


@dataclass(frozen=True, slots=True)
class Retry:
    """The bounds, in seconds. ``stable_s``: a connection that lasted so long was a good one."""

    first_s: float = 1.0
    longest_s: float = 60.0
    stable_s: float = 30.0
    contested_s: float = 60.0
    """The least wait of one that was thrown out by another of its name; up to twice as long."""


class BackOff:
    """Owned by the thread that connects."""

    def __init__(self, retry: Retry, chance: Callable[[], float] = random.random) -> None:
        """``chance`` gives numbers from 0 to 1."""
        self._retry = retry
        self._chance = chance
        self._failures = 0
        self._since_s: float | None = None
        self._contested = False

    def contested(self) -> None:
        """Somebody else uses this name: however the connection ends, the next wait is a long one."""
        self._contested = True

    def connected(self, now_s: float) -> None:
        """The broker has accepted the connection."""
        self._since_s = now_s

    def wait_s(self, fault: LinkFault, now_s: float) -> float:
        """There is no connection, or none any more, for this reason: how long to wait before the next attempt."""
        if self._since_s is not None and now_s - self._since_s >= self._retry.stable_s:
            self._failures = 0
        self._since_s = None
        self._failures += 1
        longest = self._retry.longest_s
        if fault is LinkFault.TAKEN_OVER or self._contested:
            self._contested = False
            return self._retry.contested_s * (1 + self._chance())
        if fault is LinkFault.BUSY:
            return longest * (1 + 3 * self._chance()) / 4
        bound = min(longest, self._retry.first_s * 2.0 ** min(self._failures - 1, _LARGEST_EXPONENT))
        return max(min(SHORTEST_S, longest), bound * self._chance())
