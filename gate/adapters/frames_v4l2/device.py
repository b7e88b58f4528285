"""An open video device: the four things that are done with one, so that a test can stand in for the kernel."""

from __future__ import annotations

import fcntl
import mmap
import os
import select
from pathlib import Path
from typing import Any, Protocol


class Device(Protocol):
    """An open device. Everything raises ``OSError`` as the kernel does."""

    def ioctl(self, request: int, argument: Any) -> None:
        """Ask the driver; it writes its answer into the argument, a structure of ``uapi``. Never blocks on frames."""

    def map(self, length: int, offset: int) -> Any:
        """The memory of a buffer, to be read."""

    def wait(self, timeout_s: float) -> bool:
        """Whether a buffer is ready, or the device has an error to tell, within this time."""

    def close(self) -> None: ...


class KernelDevice:
    """A device of ``/dev``."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def ioctl(self, request: int, argument: Any) -> None:
        fcntl.ioctl(self._fd, request, argument)

    def map(self, length: int, offset: int) -> Any:
        return mmap.mmap(self._fd, length, mmap.MAP_SHARED, mmap.PROT_READ, offset=offset)

    def wait(self, timeout_s: float) -> bool:
        return bool(select.select([self._fd], [], [], timeout_s)[0])

    def close(self) -> None:
        os.close(self._fd)
