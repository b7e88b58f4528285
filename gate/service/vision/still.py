"""A still picture before the ladder, as a camera would see it that looks at it until every rung was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from gate.ports import Frame, Luma, Symbol, SymbolDecoder
from gate.service.vision.ladder import Ladder
from gate.service.vision.look import Look

PERIOD_NS = 33_333_333
_HEIGHT_AND_WIDTH = 2


def looks(ladder: Ladder, luma: Luma, lores: Luma | None = None) -> Iterator[Look]:
    """Frame after frame of this picture until a whole code was read or every rung tried; the ladder begins anew."""
    ladder.forget()
    captured_ns = 0
    while True:
        look = ladder.look(Frame(luma, lores, captured_ns, "still"))
        yield look
        if ladder.through or look.read:
            return
        captured_ns += PERIOD_NS


class Thorough:
    """Decoders with the whole ladder before them, as one ``SymbolDecoder`` for pictures that do not move."""

    def __init__(self, decoders: Sequence[SymbolDecoder], clock_ns: Callable[[], int]) -> None:
        self._ladder = Ladder(tuple(decoders), clock_ns)

    @property
    def name(self) -> str:
        return f"ladder {self._ladder.name}"

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        """What the frame with a whole code gave; else the parts that were seen."""
        if luma.ndim != _HEIGHT_AND_WIDTH or luma.dtype != np.uint8:
            raise ValueError(f"a frame is uint8[height, width], not {luma.dtype}{list(luma.shape)}")
        parts: tuple[Symbol, ...] = ()
        for look in looks(self._ladder, luma):
            if look.read:
                return look.symbols
            parts = parts or look.symbols
        return parts

    def close(self) -> None:
        self._ladder.close()
