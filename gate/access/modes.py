"""The door modes (ONVIF DoorMode, the part in use)."""

from __future__ import annotations

import enum


@enum.unique
class DoorMode(enum.StrEnum):
    """How the door stands; from the freest to the strictest."""

    LOCKED_OPEN = "locked_open"
    """Emergency: free for everybody until it is reset, whatever dies meanwhile."""
    UNLOCKED = "unlocked"
    """Held free, for as long as the core renews it."""
    ACCESSED = "accessed"
    """Free for one passage, until a deadline; nobody asks for this mode, a grant or a request to exit leads to it."""
    LOCKED = "locked"
    """Secured; a grant releases it for one visitor."""
    LOCKED_DOWN = "locked_down"
    """Secured; no visitor is let in."""

    def frees_more_than(self, other: DoorMode) -> bool:
        """Whether somebody may pass in this mode who may not in the other one."""
        strictness = list(DoorMode)
        return strictness.index(self) < strictness.index(other)
