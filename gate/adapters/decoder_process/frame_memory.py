"""The memory that holds the frame: the parent writes it, the child sees it.

It is a memfd, so it has no name and is on no disk, and it goes with the last process that holds it, however that ends.
Its seals keep a child from writing it, and from resizing it under the parent's feet, which would kill the parent.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os

from gate.decoding import Luma

LARGEST = 64 * 1024 * 1024
"""Bytes of a frame, one a pixel."""

_F_SEAL_FUTURE_WRITE = 0x0010  # Linux 5.1; Python has no name for it before 3.13
_SIZE_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
_MAP_FAILED = ctypes.c_void_p(-1).value


class FrameMemory:
    """The parent's side: the newest frame. Used by one thread at a time."""

    def __init__(self, size: int) -> None:
        """Make it for frames of up to ``size`` bytes. Raises ``OSError``."""
        self.size = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        self.descriptor = os.memfd_create("gate-frame", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(self.descriptor, self.size)
            self._map = mmap.mmap(self.descriptor, self.size)
            _seal(self.descriptor)
        except BaseException:
            os.close(self.descriptor)
            raise

    def put(self, luma: Luma) -> None:
        """Copy the frame, which fits, to the beginning, row by row."""
        import numpy as np  # noqa: PLC0415  (the parent has it; the child, which has this module too, shall not)

        np.copyto(np.frombuffer(self._map, np.uint8, luma.size).reshape(luma.shape), luma)

    def close(self) -> None:
        """Let it go, once; a child that still has it keeps its own hold on it."""
        self._map.close()
        os.close(self.descriptor)


def _seal(descriptor: int) -> None:
    """Only the mapping that is there may write, and the size stays; a kernel before 5.1 cannot promise the first."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SIZE_SEALS | _F_SEAL_FUTURE_WRITE)
    except OSError:
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SIZE_SEALS)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)


class SeenMemory:
    """The child's side: it cannot be written. Python's own mmap asks the kernel for more than a child may."""

    def __init__(self, descriptor: int, size: int) -> None:
        """Map what came, and close the descriptor. Raises ``MemoryError``."""
        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_void_p
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
        libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        self._unmap = libc.munmap
        self._size = size
        self._address = libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, descriptor, 0)
        os.close(descriptor)
        if self._address == _MAP_FAILED:
            raise MemoryError("the frame's memory cannot be mapped")

    def frame(self, height: int, width: int) -> memoryview:
        """The frame; it must not be used after ``close``. Whoever writes into it is ended by the kernel."""
        if height * width > self._size:
            raise ValueError("the frame is larger than its memory")
        pixels = (ctypes.c_uint8 * (height * width)).from_address(self._address)
        return memoryview(pixels).cast("B").cast("B", (height, width))

    def close(self) -> None:
        """Let it go, once."""
        self._unmap(self._address, self._size)
