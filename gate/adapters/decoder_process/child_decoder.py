"""A decoder as its own process has it: without numpy, which takes longer to load than all else that a child needs."""

from __future__ import annotations

from typing import Protocol

from gate.decoding import Symbol


class ChildDecoder(Protocol):
    """Finds the QR symbols of a picture, which is ``uint8[height, width]`` in plain memory."""

    def decode(self, luma: memoryview) -> tuple[Symbol, ...]:
        """As ``SymbolDecoder`` says."""
