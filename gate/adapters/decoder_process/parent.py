"""A decoder in a process of its own behind ``SymbolDecoder``: whatever a frame does to the library, the gate goes on.

The child is killed when it has not answered for a second, and a new one is started at once, without waiting for it:
until that is ready, there is no answer from this decoder.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

import numpy as np

from gate.adapters.decoder_process.child import Child, Lost, Refused
from gate.adapters.decoder_process.frame_memory import LARGEST, FrameMemory
from gate.decoding import AdapterError, DecoderDied, Luma, Symbol

log = logging.getLogger(__name__)

ANSWER_S = 1.0
"""What one frame may take."""
_HEIGHT_AND_WIDTH = 2


class DecoderProcess:
    """One library in one child. ``decode`` is called by one thread; ``close`` by any."""

    def __init__(self, name: str, command: Sequence[str], *, answer_s: float = ANSWER_S) -> None:
        """Start the first child without waiting for it; the command gets its link's number as last argument.

        Raises ``AdapterError``.
        """
        self.name = name
        self._command = tuple(command)
        self._answer_s = answer_s
        self._busy = threading.Lock()
        self._closed = False
        self._told = False
        self._memory: FrameMemory | None = None
        self._child: Child | None = None
        self._start()

    @property
    def pid(self) -> int:
        """The child's process number; 0 where there is none."""
        child = self._child
        return child.pid if child else 0

    def wait_until_ready(self, wait_s: float) -> bool:
        """Whether the child is ready in time. Raises ``AdapterError`` when it cannot be used at all."""
        with self._busy:
            try:
                return self._ready(time.monotonic() + wait_s)
            except Refused as refused:
                raise AdapterError(refused.text) from None
            except Lost as lost:
                raise AdapterError(f"the {self.name} decoder {lost}") from None

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        """As ``SymbolDecoder`` says. Takes a second at most, and raises ``DecoderDied`` when the child is lost."""
        if luma.ndim != _HEIGHT_AND_WIDTH or luma.dtype != np.uint8:
            raise ValueError(f"a frame is uint8[height, width], not {luma.dtype}{list(luma.shape)}")
        if luma.size == 0:
            return ()
        with self._busy:
            try:
                return self._decoded(luma)
            except Lost as lost:
                self._start()
                raise DecoderDied(f"the {self.name} decoder {lost}; it is started again") from None

    @property
    def lacks(self) -> str:
        """What the child does without of its confinement, in words; empty: nothing, or it is not ready yet."""
        return "" if self._child is None else self._child.lacks

    def close(self) -> None:
        """End the child at once, also while another thread waits for its answer."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()
        with self._busy:
            if self._child is not None:
                self._child.close()
            if self._memory is not None:
                self._memory.close()
            self._child = self._memory = None

    def _decoded(self, luma: Luma) -> tuple[Symbol, ...]:
        if not self._ready(until_s=0.0):
            raise AdapterError(f"the {self.name} decoder is starting")
        assert self._child is not None  # noqa: S101  (it is ready)
        memory = self._memory_for(luma.size)
        memory.put(luma)
        height, width = luma.shape
        return self._child.ask((height, width), memory, self._answer_s)

    def _ready(self, until_s: float) -> bool:
        if self._child is None:
            self._start()
        child = self._child
        if child is None or not child.ready(until_s):
            return False
        if child.lacks and not self._told:
            log.warning("the %s decoder runs without %s", self.name, child.lacks)
            self._told = True
        return True

    def _start(self) -> None:
        """Put a new child in the place of one that is lost."""
        self._child = None
        if self._closed:
            raise AdapterError(f"the {self.name} decoder is closed")
        try:
            self._child = Child(self._command)
        except OSError as error:
            raise AdapterError(f"the {self.name} decoder cannot be started: {error.strerror}") from error

    def _memory_for(self, size: int) -> FrameMemory:
        """The memory, made anew when the frame does not fit."""
        if self._memory is not None and size <= self._memory.size:
            return self._memory
        if size > LARGEST:
            raise AdapterError(f"a frame of {size} pixels is larger than a decoder takes ({LARGEST})")
        try:
            made = FrameMemory(size)
        except OSError as error:
            raise AdapterError(f"there is no memory for a frame: {error.strerror}") from error
        if self._memory is not None:
            self._memory.close()
        self._memory = made
        return made
