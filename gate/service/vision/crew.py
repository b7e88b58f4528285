"""The decoders of one camera: who leads, and who rests because it failed a moment ago.

While one decoder fails the others go on; only when none is left is the failure the ladder's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np

from gate.ports import AdapterError, Frame, Luma, SymbolDecoder
from gate.service.vision.look import Attempt
from gate.service.vision.pixels import Pixels
from gate.service.vision.regions import Region
from gate.service.vision.rungs import Rung, prepared

REST_NS = 2_000_000_000


@dataclass(slots=True)
class Crew:
    """In the order in which they are asked; for one thread."""

    decoders: Sequence[SymbolDecoder]
    clock_ns: Callable[[], int]
    pixels: Pixels = field(default_factory=Pixels)
    _rests_until_ns: dict[int, int] = field(default_factory=dict)

    def lead(self, now_ns: int) -> int:
        """The place of the first that does not rest; of the first of all when every one does."""
        return next(self._awake(now_ns), 0)

    def others(self, now_ns: int, than: int) -> tuple[int, ...]:
        """The places of those that do not rest, but for one."""
        return tuple(place for place in self._awake(now_ns) if place != than)

    def _awake(self, now_ns: int) -> Iterator[int]:
        return (place for place in range(len(self.decoders)) if now_ns >= self._rests_until_ns.get(place, now_ns))

    def ask(self, place: int, rung: Rung, frame: Frame, region: Region, half: Luma | None = None) -> Attempt:
        """Show one decoder the region of a frame; ``half`` is the prepared picture where there is one already.

        Raises ``AdapterError`` when it fails and no other one is left.
        """
        began_ns = self.clock_ns()
        decoder = self.decoders[place]
        view = prepared(self.pixels, rung, frame.main, region, half)
        try:
            found = decoder.decode(np.ascontiguousarray(view.luma))
        except AdapterError as error:
            if not self.others(frame.captured_ns, than=place):
                raise
            self._rests_until_ns[place] = frame.captured_ns + REST_NS
            return Attempt(rung, decoder.name, region, (), self.clock_ns() - began_ns, str(error))
        symbols = tuple(view.back(symbol) for symbol in found)
        return Attempt(rung, decoder.name, region, symbols, self.clock_ns() - began_ns)

    def close(self) -> None:
        """Close them all, whatever one of them does."""
        with ExitStack() as closing:
            for decoder in self.decoders:
                closing.callback(decoder.close)
