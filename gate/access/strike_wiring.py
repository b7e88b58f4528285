"""How the strike hangs on its line: which level releases it, and what it does when nobody drives anything.

The lock is described together with its relay: ``FailMode`` says what the door is while the relay is at rest.  This file
imports next to nothing, because the command that secures the lines after a crash imports it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


@enum.unique
class FailMode(enum.StrEnum):
    """What the lock is while its relay is at rest."""

    FAIL_SECURE = "fail_secure"
    """Secured: the relay is energised to release."""
    FAIL_SAFE = "fail_safe"
    """Released: the relay is energised to secure."""


@enum.unique
class LockState(enum.StrEnum):
    """Whether people can pass."""

    SECURED = "secured"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class StrikeWiring:
    """``active_high``: a high line energises the lock's relay. Levels are those of the wire, high is True."""

    fail: FailMode = FailMode.FAIL_SECURE
    active_high: bool = True

    @property
    def energised_level(self) -> bool:
        return self.active_high

    @property
    def released_level(self) -> bool:
        return self.active_high is (self.fail is FailMode.FAIL_SECURE)

    @property
    def secured_level(self) -> bool:
        return not self.released_level

    @property
    def unpowered(self) -> LockState:
        """The lock without power, and with its relay at rest."""
        return LockState.SECURED if self.fail is FailMode.FAIL_SECURE else LockState.RELEASED

    def lock_at(self, level: bool) -> LockState:  # noqa: FBT001  (a level)
        """The lock while the line has this level and everything is powered."""
        return LockState.RELEASED if level is self.released_level else LockState.SECURED
