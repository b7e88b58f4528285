"""The decoder chain: the first decoder that sees a whole code answers; the others are asked when it sees none.

The costly decoders are so spared whenever the first one does its work. A picture that shows only a Structured Append
part is put to the others as well: one may see a whole code where the first saw a part, or beside it. What several codes
in one frame mean is for the reader to judge; a part beside a whole code makes them several.
"""

from __future__ import annotations

from contextlib import ExitStack

from gate.ports import Luma, Symbol, SymbolDecoder


def apart(decoder: SymbolDecoder) -> tuple[SymbolDecoder, ...]:
    """The decoders that a ladder is to ask one by one."""
    return decoder.decoders if isinstance(decoder, DecoderChain) else (decoder,)


class DecoderChain:
    """Several decoders as one ``SymbolDecoder``."""

    def __init__(self, first: SymbolDecoder, *others: SymbolDecoder) -> None:
        self._decoders = (first, *others)

    @property
    def name(self) -> str:
        return "+".join(decoder.name for decoder in self._decoders)

    @property
    def decoders(self) -> tuple[SymbolDecoder, ...]:
        """Those in the chain, in order."""
        return self._decoders

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        seen: tuple[Symbol, ...] = ()
        for decoder in self._decoders:
            symbols = decoder.decode(luma)
            if any(not symbol.part for symbol in symbols):
                return symbols
            seen = seen or symbols
        return seen

    def close(self) -> None:
        """Close them all, whatever one of them does."""
        with ExitStack() as closing:
            for decoder in self._decoders:
                closing.callback(decoder.close)
