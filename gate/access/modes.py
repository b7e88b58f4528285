"""The door modes that can be asked for (ONVIF DoorMode, the part in use)."""

from __future__ import annotations

import enum


@enum.unique
class DoorMode(enum.StrEnum):
    """How the door stands when no visitor is being let in."""

    LOCKED = "locked"
    """Secured; a grant releases it for one visitor."""
    UNLOCKED = "unlocked"
    """Held free, for as long as the core renews it."""
    LOCKED_DOWN = "locked_down"
    """Secured; nobody is let in."""
