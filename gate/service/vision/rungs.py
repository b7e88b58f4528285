"""The rungs: what is made of a frame before a decoder sees it, and in which order they are tried.

Measured on drawn and real pictures (docs/benchmarks-decoding.md): enlarging reads most of what half size does not,
then sharpening, then smoothing; zbar reads a few that zxing-cpp does not.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from gate.ports import Luma, Symbol
from gate.service.vision.pixels import Pixels
from gate.service.vision.regions import Region, whole

FILLS = 0.6
FILLED_SHARE = 0.3
SMALL_PX = 120_000
"""A region of so few pixels may be all of its frame."""
SMALL_SLOW_PX = 80_000
"""The same for a slow decoder."""


@enum.unique
class Rung(enum.StrEnum):
    """What is done to the picture."""

    HALF = "half"
    PLAIN = "plain"
    BOXED = "boxed"
    ENLARGED = "enlarged"
    SHARPENED = "sharpened"
    """Sharpened, then enlarged."""


SLOW = frozenset({"zbar"})
"""Decoders that go over a picture twice, the second time for its negative, and whose time grows with the cube of the
number of finder patterns."""
SLOW_SHARE = 0.4
"""The part of a frame that a slow decoder goes over twice at its full size, for no more than a pass over all of it."""
LARGEST_SHARE = {Rung.PLAIN: 0.4, Rung.ENLARGED: 0.25, Rung.SHARPENED: 0.25}
"""The largest part of a frame that a rung for regions looks at, so that it costs no more than a plain pass of zbar."""


@dataclass(frozen=True, slots=True)
class Step:
    """One attempt: a rung, who is asked (0 for the leading decoder), and which region; None for the whole frame."""

    rung: Rung
    decoder: int
    region: int | None


@dataclass(frozen=True, slots=True)
class View:
    """A prepared picture, and where its pixels lie in the frame."""

    luma: Luma
    scale: float
    left: float
    top: float

    def back(self, symbol: Symbol) -> Symbol:
        """The symbol with its corners in pixels of the frame."""
        corners = tuple(
            (round(x * self.scale + self.left), round(y * self.scale + self.top)) for x, y in symbol.corners
        )
        return Symbol(symbol.data, corners, symbol.part)


def steps(decoders: int) -> tuple[Step, ...]:
    """All attempts in turn, the most promising first."""
    others = range(1, decoders)
    return (
        Step(Rung.ENLARGED, 0, 0),
        Step(Rung.BOXED, 0, None),
        Step(Rung.SHARPENED, 0, 0),
        *(Step(Rung.PLAIN, other, 0) for other in others),
        Step(Rung.PLAIN, 0, None),
        Step(Rung.ENLARGED, 0, 1),
        Step(Rung.SHARPENED, 0, 1),
        *(Step(Rung.PLAIN, other, 1) for other in others),
    )


def prepared(pixels: Pixels, rung: Rung, frame: Luma, region: Region, half: Luma | None = None) -> View:
    """What the decoder is to see of the frame; valid until the next call on the same ``pixels``.

    ``half`` is the half of the whole frame, where it was made already.
    """
    part, left, top = region.of(frame), region.left, region.top
    if rung is Rung.HALF:
        return View(pixels.half(part) if half is None else half, 2, left + 0.5, top + 0.5)
    if rung is Rung.PLAIN or min(part.shape) < SMALLEST_SIDE:
        return View(part, 1, left, top)
    if rung is Rung.BOXED:
        return View(pixels.boxed(part), 1, left + 1, top + 1)
    if rung is Rung.ENLARGED:
        return View(pixels.doubled(part), 0.5, left - 0.25, top - 0.25)
    return View(pixels.doubled(pixels.sharpened(part)), 0.5, left + 1.75, top + 1.75)


SMALLEST_SIDE = 8
"""A part with a shorter side is left as it is: there is nothing in it."""


def placed(step: Step, frame: Luma, regions: Sequence[Region], *, slow: bool = False) -> Region | None:
    """Where in the frame the step looks; None when there is no such region. Where nothing is busy, in the middle.

    What is for the whole frame is for a part of it where the decoder is slow: around what is busiest.
    """
    if step.region is None:
        return window(frame, regions, SLOW_SHARE) if slow else whole(frame)
    if not regions and step.region == 0:
        return bounded(whole(frame), frame, LARGEST_SHARE[step.rung], slow=slow)
    if step.region >= len(regions):
        return None
    return bounded(regions[step.region], frame, LARGEST_SHARE[step.rung], slow=slow)


def window(frame: Luma, regions: Sequence[Region], share: float) -> Region:
    """A part of the frame, of its shape and of this share, as far as it can be around the first of the regions."""
    everything = whole(frame)
    if everything.pixels <= SMALL_PX:
        return everything
    around = regions[0] if regions else everything
    width, height = int(everything.right * share**0.5), int(everything.bottom * share**0.5)
    left = min(max(0, (around.left + around.right - width) // 2), everything.right - width)
    top = min(max(0, (around.top + around.bottom - height) // 2), everything.bottom - height)
    return Region(left, top, left + width, top + height)


def bounded(region: Region, frame: Luma, share: float, *, slow: bool = False) -> Region:
    """The region, or the middle of one that is more than this share of the frame.

    Of a region that is nearly all of the frame less is kept: a pattern that fills it is no visitor's code, and the
    patterns that cost decoders most fill it.
    """
    fills = region.pixels > frame.size * FILLS
    most = max(SMALL_SLOW_PX if slow else SMALL_PX, int(frame.size * share * (FILLED_SHARE if fills else 1)))
    if region.pixels <= most:
        return region
    shrink = (1 - (most / region.pixels) ** 0.5) / 2
    across = int((region.right - region.left) * shrink)
    down = int((region.bottom - region.top) * shrink)
    return Region(region.left + across, region.top + down, region.right - across, region.bottom - down)
