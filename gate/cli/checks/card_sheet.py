"""The test card: QR codes of one size and ever finer modules, to be printed or shown on a screen."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from gate.cli.arguments import CommandError
from gate.service.vision.png import png

if TYPE_CHECKING:
    from gate.ports import Luma

VERSIONS = (5, 10, 15, 20, 25, 30)
"""Of the codes, from left to right and from top to bottom."""
COLUMNS = 3
SIDE_PX, GAP_PX = 710, 150
"""60 mm and 13 mm at 300 dots an inch: an A4 page, landscape, has room for it."""
DOTS_PER_M = 11811
_AFTER_HEADER = 33
"""Where the other chunks of a PNG file begin."""
_TEXT = re.compile(rb"GATE TEST CARD ([0-9]{1,2})")


def card() -> bytes:
    """The picture, as a PNG file that knows its size. Raises ``CommandError`` where the library is missing."""
    picture = png(drawn())
    size = b"pHYs" + struct.pack(">IIB", DOTS_PER_M, DOTS_PER_M, 1)
    chunk = struct.pack(">I", len(size) - 4) + size + struct.pack(">I", zlib.crc32(size))
    return picture[:_AFTER_HEADER] + chunk + picture[_AFTER_HEADER:]


def drawn() -> Luma:
    """The same as pixels."""
    rows = -(-len(VERSIONS) // COLUMNS)
    step = SIDE_PX + GAP_PX
    page: Luma = np.full((rows * step + GAP_PX, COLUMNS * step + GAP_PX), 255, np.uint8)
    for place, version in enumerate(VERSIONS):
        top, left = (GAP_PX + step * at for at in divmod(place, COLUMNS))
        page[top : top + SIDE_PX, left : left + SIDE_PX] = _code(version)
    return page


def version_of(data: bytes) -> int | None:
    """Which code of the card was read; None for any other code."""
    found = _TEXT.fullmatch(data)
    return None if found is None else int(found[1])


def _code(version: int) -> Luma:
    """Scaled to the side of all codes by the nearest module."""
    try:
        import segno  # noqa: PLC0415  (only the demo extra brings it)
    except ImportError as error:
        raise CommandError("The card is drawn with segno, which is missing: pip install 'gate[demo]'") from error
    made = segno.make(f"GATE TEST CARD {version}", version=version, error="l", boost_error=False)
    modules = np.array([list(row) for row in made.matrix], np.uint8)
    nearest = np.arange(SIDE_PX) * len(modules) // SIDE_PX
    pixels: Luma = np.where(modules[np.ix_(nearest, nearest)], 0, 255).astype(np.uint8)
    return pixels
