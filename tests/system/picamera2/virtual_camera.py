"""picamera2's own class on libcamera's virtual camera, which lacks four things that a Raspberry Pi has.

What is changed: the module of the screen preview, which is not in Debian; the raw modes, of which there are none; the
memory, which must be libcamera's own; and the length of a filled buffer, which libcamera 0.4 leaves at zero.
"""

from __future__ import annotations

import mmap
import sys
from types import ModuleType, SimpleNamespace
from typing import Any


class _AnyFormat:
    def __getattr__(self, name: str) -> str:
        return name


_screen = ModuleType("pykms")
_screen.PixelFormat = _AnyFormat()  # type: ignore[attr-defined]  # a module made here
sys.modules.setdefault("pykms", _screen)

import libcamera  # type: ignore[import-not-found]  # noqa: E402  (there in the chroot only)
from picamera2 import picamera2 as real  # noqa: E402  (after the module that it asks for)
from picamera2.allocators.libcameraallocator import LibcameraAllocator  # noqa: E402  (as above)

real.DmaAllocator = lambda: SimpleNamespace(close=lambda: None)


class _Mapped:
    """The whole buffer, whatever length libcamera says."""

    def __init__(self, _allocator: object, buffer: Any, _write: object) -> None:
        self._planes = buffer.planes

    def __enter__(self) -> mmap.mmap:
        length = sum(plane.length for plane in self._planes)
        self._memory = mmap.mmap(self._planes[0].fd, length, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        return self._memory

    def __exit__(self, *_: object) -> None:
        self._memory.close()


class Picamera2(real.Picamera2):  # type: ignore[misc]  # picamera2 is untyped
    """The real one."""

    def _get_raw_modes(self) -> list[dict[str, Any]]:
        usual = self.camera.generate_configuration([libcamera.StreamRole.VideoRecording]).at(0)
        return [{"format": str(usual.pixel_format), "size": (usual.size.width, usual.size.height)}]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.allocator = LibcameraAllocator(self.camera)
        self.allocator.sync = _Mapped
