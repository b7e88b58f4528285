"""How the camera does, judged by the frames that it gives and by the time without any: a pure value.

A frame is looked at through a few numbers.  Which of them count, and for how long they must, is ``Limits``.  Times are
monotonic ns.
"""

from __future__ import annotations

import enum
import math
import zlib
from dataclasses import dataclass, replace

import numpy as np

from gate.access.settings import SECOND_NS
from gate.decoding import Luma
from gate.frames import Frame
from gate.service.camera_limits import Limits

FIRST_WAIT_NS = 5 * SECOND_NS
MOST_WAIT_NS = 10 * SECOND_NS
MOST_COVERED_NS = 600 * SECOND_NS
OPENING_NS = 4 * SECOND_NS
"""What opening a camera may take beyond the time without frames that is a trouble."""
FINEST_BLOCK = 8
BLOCKS_DOWN = 45
"""A frame is averaged in about so many rows of blocks, so that the noise of a dark sensor counts for little."""


@enum.unique
class Trouble(enum.StrEnum):
    """What is wrong with it."""

    SILENT = "silent"
    """No frame at all: missing, unplugged, in use elsewhere, hanging."""
    FROZEN = "frozen"
    """The same picture, to the last bit, again and again; no sensor without a fault does that."""
    COVERED = "covered"
    """One even grey, whether black or not: a covered lens, a dark room, a dead sensor."""


@dataclass(frozen=True, slots=True)
class Look:
    """What counts of one frame."""

    fingerprint: int
    """The same for the same pixels."""
    spread: float
    """Standard deviation of its averaged blocks, in grey levels."""


def look(frame: Frame) -> Look:
    """Look at the low-resolution picture where there is one, because it is cheap."""
    luma = frame.main if frame.lores is None else frame.lores
    return Look(zlib.crc32(luma.data), spread(luma))


def spread(luma: Luma) -> float:
    """Standard deviation of the picture's blocks, in grey levels; 0 for a picture of a single block."""
    side: int = max(FINEST_BLOCK, luma.shape[0] // BLOCKS_DOWN)
    high, wide = luma.shape[0] // side, luma.shape[1] // side
    if not high or not wide:
        return 0.0
    rows = luma[: high * side, : wide * side].reshape(high, side, wide * side).sum(axis=1, dtype=np.uint32)
    blocks = rows.reshape(high, wide, side).sum(axis=2)
    return math.sqrt(np.var(blocks)) / (side * side)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of the camera."""

    since_ns: int
    """When it was opened, or the newest frame came."""
    trouble: Trouble | None = None
    fingerprint: int | None = None
    """Of the newest frame; None: there was none yet."""
    repeats: bool = False
    """Whether the newest frame is the one before, to the last bit."""
    changed_ns: int = 0
    """When the picture was last another one than before."""
    lively_ns: int = 0
    """When it last showed more than one grey."""

    def seen(self, what: Look, now_ns: int, limits: Limits) -> Health:
        """A frame came."""
        first = self.fingerprint is None
        repeats = what.fingerprint == self.fingerprint
        lively = what.spread >= limits.covered_spread or limits.covered_ns is None
        after = replace(
            self,
            since_ns=now_ns,
            fingerprint=what.fingerprint,
            repeats=repeats,
            changed_ns=self.changed_ns if repeats else now_ns,
            lively_ns=now_ns if first or lively else self.lively_ns,
        )
        return replace(after, trouble=_judged(after, now_ns, limits, lively=lively))

    def waited(self, now_ns: int, limits: Limits) -> Health:
        """No frame came; a trouble that there was lasts."""
        return self.failed() if _over(now_ns - self.since_ns, limits.silent_ns) else self

    def failed(self) -> Health:
        """It gives no frame, or says itself that it cannot go on."""
        return replace(self, trouble=Trouble.SILENT)

    def reopened(self, now_ns: int) -> Health:
        """It is being opened anew, which takes a while without frames; what was known of its picture still counts."""
        return replace(self, since_ns=now_ns + OPENING_NS)


def _judged(health: Health, now_ns: int, limits: Limits, *, lively: bool) -> Trouble | None:
    """What is wrong after a frame. An empty picture may well be the same for ever, so covered is asked first."""
    if _over(now_ns - health.lively_ns, limits.covered_ns):
        return Trouble.COVERED
    if lively and _over(now_ns - health.changed_ns, limits.frozen_ns):
        return Trouble.FROZEN
    may_repeat = limits.frozen_ns is None
    if health.trouble is Trouble.SILENT or (lively and (may_repeat or not health.repeats)):
        return None
    return health.trouble


def _over(lasted_ns: int, limit_ns: int | None) -> bool:
    return limit_ns is not None and lasted_ns >= limit_ns


@dataclass(frozen=True, slots=True)
class Retry:
    """When to open the camera anew while a trouble lasts: ever more rarely."""

    due_ns: int
    wait_ns: int

    @classmethod
    def after(cls, trouble: Trouble, now_ns: int) -> Retry:
        """At once; but a lens that somebody stands before wants no new camera."""
        patience_ns = FIRST_WAIT_NS if trouble is Trouble.COVERED else 0
        return cls(now_ns + patience_ns, FIRST_WAIT_NS)

    def done(self, trouble: Trouble, now_ns: int) -> Retry:
        """It was opened anew. Each time takes memory from the same small pool, so a dark night is left alone."""
        most_ns = MOST_COVERED_NS if trouble is Trouble.COVERED else MOST_WAIT_NS
        return Retry(now_ns + self.wait_ns, min(2 * self.wait_ns, most_ns))
