"""What counts as a trouble of a camera: a film or a folder of pictures may stand still or be dark, a camera may not.

Times are monotonic ns.
"""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.settings import SECOND_NS


@dataclass(frozen=True, slots=True)
class Limits:
    """After how long each trouble counts; None: it may be so for ever."""

    silent_ns: int | None = None
    frozen_ns: int | None = None
    covered_ns: int | None = None
    covered_spread: float = 3.0
    """The standard deviation of the averaged blocks, in grey levels of 255, under which a frame is one even grey."""
    stale_ns: int | None = None
    """A frame older than this when it is handed over is of no use any more."""


REPLAY = Limits()
"""Pictures, films and the stage: they do as they are told; only one that cannot be read is a trouble."""
LIVE = Limits(silent_ns=3 * SECOND_NS, frozen_ns=3 * SECOND_NS, covered_ns=4 * SECOND_NS, stale_ns=SECOND_NS)
"""A camera: every trouble is told within 5 s."""
