"""A webcam and the kernel before it, as Video4Linux's specification says: buffers, refusals, unplugging.

The structures that pass are the adapter's own, which a test holds to the kernel's header.
"""

from __future__ import annotations

import errno
import mmap
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gate.adapters.frames_v4l2 import uapi
from gate.ports import Luma

PAGE = 4096
QUERYABLE = uapi.CAP_DEVICE_CAPS | uapi.CAPTURE | uapi.CAP_STREAMING


def refused(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@dataclass
class Webcam:
    """What is plugged in, and what the test does to it."""

    formats: tuple[str, ...] = ("MJPG", "YUYV")
    sizes: tuple[tuple[int, int], ...] = ((1280, 720), (640, 480))
    padding: int = 0
    capabilities: int = QUERYABLE
    device_caps: int = uapi.CAPTURE | uapi.CAP_STREAMING
    one_rate: bool = False
    monotonic: bool = True
    there: bool = True
    refuse: dict[int, int] = field(default_factory=dict)
    """Requests that are refused, with the error's number."""
    user: FakeDevice | None = None
    asked_rate: tuple[int, int] | None = None

    def shoot(self, luma: Luma, *, broken: bool = False, short: bool = False, at_ns: int | None = None) -> bool:
        """Fill the oldest queued buffer; False when there is none, as when a program is too slow."""
        if self.user is None:
            return False
        return self.user.filled(luma, broken=broken, short=short, at_ns=at_ns)

    def unplug(self) -> None:
        self.there = False
        if self.user is not None:
            with self.user.changed:
                self.user.changed.notify_all()


class FakeDevice:
    """An open device, as ``Device``."""

    def __init__(self, webcam: Webcam) -> None:
        self.webcam = webcam
        self.changed = threading.Condition()
        self.pix = uapi.PixFormat()
        self.memory: list[Mapping] = []
        self.mapped: set[int] = set()
        self.queued: list[int] = []
        self.done: list[tuple[int, int, int, int]] = []
        self.streaming = False
        self.closed = False

    def ioctl(self, request: int, argument: Any) -> None:
        assert not self.closed, "a closed descriptor was used"
        if not self.webcam.there:
            raise refused(errno.ENODEV)
        if request in self.webcam.refuse:
            raise refused(self.webcam.refuse[request])
        with self.changed:
            self._answers()[request](argument)

    def _answers(self) -> dict[int, Callable[[Any], None]]:
        return {
            uapi.QUERYCAP: self._querycap, uapi.ENUM_FMT: self._enum_fmt, uapi.S_FMT: self._s_fmt,
            uapi.S_PARM: self._s_parm, uapi.REQBUFS: self._reqbufs, uapi.QUERYBUF: self._querybuf,
            uapi.QBUF: self._qbuf, uapi.DQBUF: self._dqbuf, uapi.STREAMON: self._streamon,
            uapi.STREAMOFF: self._streamoff,
        }  # fmt: skip

    def _querycap(self, answer: uapi.Capability) -> None:
        answer.capabilities, answer.device_caps = self.webcam.capabilities, self.webcam.device_caps

    def _enum_fmt(self, answer: uapi.FmtDesc) -> None:
        if answer.index >= len(self.webcam.formats) or answer.type != uapi.CAPTURE:
            raise refused(errno.EINVAL)
        answer.pixelformat = uapi.fourcc(self.webcam.formats[answer.index])

    def _s_fmt(self, asked: uapi.Format) -> None:
        """The driver makes of it what it can: the nearest size, a format that it knows, its own row length."""
        if self.webcam.user not in {None, self} or self.memory:
            raise refused(errno.EBUSY)
        self.webcam.user = self
        pix = asked.fmt.pix
        pix.width, pix.height = min(
            self.webcam.sizes, key=lambda one: abs(one[0] - pix.width) + abs(one[1] - pix.height)
        )
        if uapi.name_of(pix.pixelformat) not in self.webcam.formats:
            pix.pixelformat = uapi.fourcc(self.webcam.formats[0])
        wide = 2 if uapi.name_of(pix.pixelformat) in {"YUYV", "UYVY"} else 1
        pix.bytesperline = pix.width * wide + self.webcam.padding
        pix.sizeimage = pix.bytesperline * pix.height * 3 // 2
        self.pix = uapi.PixFormat.from_buffer_copy(pix)

    def _s_parm(self, asked: uapi.StreamParm) -> None:
        if self.webcam.one_rate:
            raise refused(errno.ENOTTY)
        self.webcam.asked_rate = (asked.parm.capture.numerator, asked.parm.capture.denominator)

    def _reqbufs(self, asked: uapi.RequestBuffers) -> None:
        if asked.memory != uapi.MEMORY_MMAP or asked.type != uapi.CAPTURE:
            raise refused(errno.EINVAL)
        self.memory = [self._made(index) for index in range(asked.count)]

    def _made(self, index: int) -> Mapping:
        memory = Mapping(-1, self.pix.sizeimage)
        memory.device, memory.index = self, index
        return memory

    def _querybuf(self, answer: uapi.Buffer) -> None:
        self._check(answer)
        answer.length = self.pix.sizeimage
        answer.m.offset = answer.index * PAGE * 1024

    def _check(self, buffer: uapi.Buffer) -> None:
        if buffer.index >= len(self.memory) or (buffer.type, buffer.memory) != (uapi.CAPTURE, uapi.MEMORY_MMAP):
            raise refused(errno.EINVAL)

    def _qbuf(self, buffer: uapi.Buffer) -> None:
        self._check(buffer)
        if buffer.index in self.queued or buffer.index in [one[0] for one in self.done]:
            raise refused(errno.EINVAL)
        self.queued.append(buffer.index)

    def _dqbuf(self, answer: uapi.Buffer) -> None:
        if not self.streaming:
            raise refused(errno.EINVAL)
        if not self.done:
            raise refused(errno.EAGAIN)
        answer.index, answer.bytesused, answer.flags, at_ns = self.done.pop(0)
        answer.timestamp.tv_sec, answer.timestamp.tv_usec = divmod(at_ns // 1000, 1_000_000)

    def _streamon(self, _: Any) -> None:
        self.streaming = True

    def _streamoff(self, _: Any) -> None:
        self.streaming = False
        self.queued, self.done = [], []

    def filled(self, luma: Luma, *, broken: bool, short: bool, at_ns: int | None) -> bool:
        """The driver's side: a picture arrives."""
        with self.changed:
            if not self.streaming or not self.queued:
                return False
            index = self.queued.pop(0)
            self.memory[index][:] = self._encoded(luma)
            used = self.pix.bytesperline * self.pix.height - 1 if short else self.pix.sizeimage
            flags = uapi.BUF_FLAG_ERROR if broken else 0
            flags |= uapi.BUF_FLAG_TIMESTAMP_MONOTONIC if self.webcam.monotonic else 0
            self.done.append((index, used, flags, time.monotonic_ns() if at_ns is None else at_ns))
            self.changed.notify_all()
            return True

    def _encoded(self, luma: Luma) -> bytes:
        """As the format lays it out, with what is no Y at 0xEE."""
        picture = np.full(self.pix.sizeimage, 0xEE, np.uint8)
        rows = picture[: self.pix.bytesperline * self.pix.height].reshape(self.pix.height, -1)
        name = uapi.name_of(self.pix.pixelformat)
        first, step = {"YUYV": (0, 2), "UYVY": (1, 2)}.get(name, (0, 1))
        rows[:, first : self.pix.width * step : step] = luma
        return picture.tobytes()

    def map(self, length: int, offset: int) -> Any:
        index = offset // (PAGE * 1024)
        assert length == len(self.memory[index])
        self.mapped.add(index)
        return self.memory[index]

    def wait(self, timeout_s: float) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: bool(self.done) or not self.webcam.there, timeout_s)

    def close(self) -> None:
        assert not self.closed, "closed twice"
        assert not self.mapped, "the buffers are still mapped"
        self.closed = True
        if self.webcam.user is self:
            self.webcam.user = None


class Mapping(mmap.mmap):
    """A buffer's memory, which driver and program share; closing it is noted."""

    device: FakeDevice
    index: int

    def close(self) -> None:
        super().close()
        self.device.mapped.discard(self.index)
