"""The door modes that can be asked for (ONVIF DoorMode, the part in use)."""

from __future__ import annotations

import enum


@enum.unique
class DoorMode(enum.StrEnum):
    """How the door stands when no visitor is being let in; from the freest to the strictest."""

    UNLOCKED = "unlocked"
    """Held free, for as long as the core renews it."""
    LOCKED = "locked"
    """Secured; a grant releases it for one visitor."""
    LOCKED_DOWN = "locked_down"
    """Secured; nobody is let in."""

    def frees_more_than(self, other: DoorMode) -> bool:
        """Whether somebody may pass in this mode who may not in the other one."""
        strictness = list(DoorMode)
        return strictness.index(self) < strictness.index(other)
