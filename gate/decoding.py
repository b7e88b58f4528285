"""What a decoder is: a picture goes in, symbols come out.

It stands apart from ``ports``, which hands it on: a decoder's own process loads this, and nothing else of the gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Luma: TypeAlias = "npt.NDArray[np.uint8]"
"""``uint8[height, width]``, 0 black to 255 white, C-contiguous. A string, because naming it must not load numpy."""
Picture: TypeAlias = "Luma | memoryview"
"""The same, also where nobody has numpy: in a decoder's own process."""

_HEIGHT_AND_WIDTH = 2


class AdapterError(Exception):
    """The outside thing cannot be used; the text says what was tried, what failed and what to do."""


class DecoderDied(AdapterError):  # noqa: N818  (it says what happened)
    """A decoder's process has ended, or was killed because it hung, while it had a frame."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One QR symbol of a frame: its exact bytes and its corners (x, y) in pixels of ``Frame.main``."""

    data: bytes
    corners: tuple[tuple[int, int], ...]
    part: bool = False
    """One part of a Structured Append sequence: seen, but not a credential by itself."""

    @property
    def unread(self) -> bool:
        """A code is there but cannot be read: a decoder that notices one tells it as a part without data."""
        return self.part and not self.data


class SymbolDecoder(Protocol):
    """Finds the QR symbols of a frame. Never raises for what a frame shows."""

    @property
    def name(self) -> str: ...

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        """All symbols of the picture, in no particular order; empty when there is none.

        Raises ``AdapterError`` when the decoder itself has failed; asked again, it may work again.
        """

    def close(self) -> None: ...


def pixels_of(picture: Picture) -> tuple[memoryview, int, int]:
    """Its ``uint8[height, width]``, C-contiguous and copied only where it is not, and both sizes.

    Raises ``ValueError`` for another kind.
    """
    lent: Any = picture  # to lend one's memory is no part of a class's types before Python 3.12
    pixels = memoryview(lent)
    shape: tuple[int, ...] = pixels.shape or ()
    if len(shape) != _HEIGHT_AND_WIDTH or pixels.format != "B":
        raise ValueError(f"a frame is uint8[height, width], not {pixels.format}{list(shape)}")
    if not pixels.c_contiguous and pixels.nbytes:
        pixels = memoryview(bytearray(pixels.tobytes())).cast("B", shape)
    height, width = shape
    return pixels, height, width
