"""The decoder chain: the first decoder that sees a whole code answers; the others are asked when it sees none.

The costly decoders are so spared whenever the first one does its work. A picture that shows only a Structured Append
part is put to the others as well: one may see a whole code where the first saw a part, or beside it. What several codes
in one frame mean is for the reader to judge; a part beside a whole code makes them several.
A decoder that fails is as good as one that sees nothing, as long as another one answers.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack

from gate.ports import AdapterError, Luma, Symbol, SymbolDecoder
from gate.service.spells import Spells

log = logging.getLogger(__name__)


def apart(decoder: SymbolDecoder) -> tuple[SymbolDecoder, ...]:
    """The decoders that a ladder is to ask one by one."""
    return decoder.decoders if isinstance(decoder, DecoderChain) else (decoder,)


class DecoderChain:
    """Several decoders as one ``SymbolDecoder``."""

    def __init__(self, first: SymbolDecoder, *others: SymbolDecoder) -> None:
        self._decoders = (first, *others)
        self._spells = Spells()

    @property
    def name(self) -> str:
        return "+".join(decoder.name for decoder in self._decoders)

    @property
    def decoders(self) -> tuple[SymbolDecoder, ...]:
        """Those in the chain, in order."""
        return self._decoders

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        """What the decoders see. Raises ``AdapterError`` when every one has failed."""
        seen: tuple[Symbol, ...] = ()
        failures: list[str] = []
        for decoder in self._decoders:
            try:
                symbols = decoder.decode(luma)
            except AdapterError as error:
                failures.append(str(error))
                self._failed(decoder.name, error)
                continue
            self._spells.told(decoder.name, failing=False)
            if any(not symbol.part for symbol in symbols):
                return symbols
            seen = seen or symbols
        if len(failures) == len(self._decoders):
            raise AdapterError("; ".join(failures))
        return seen

    def close(self) -> None:
        """Close them all, whatever one of them does."""
        with ExitStack() as closing:
            for decoder in self._decoders:
                closing.callback(decoder.close)

    def _failed(self, name: str, error: AdapterError) -> None:
        times = self._spells.told(name, failing=True)
        if times:
            log.warning("%s (failure %d of this run)", error, times)
