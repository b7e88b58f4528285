"""A webcam: its buffers in memory that the driver fills, of which only the newest is looked at.

Every wait has a bound, because the device never blocks; a frame is copied before its buffer goes back.
"""

from __future__ import annotations

import ctypes
import errno
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.adapters.frames_v4l2 import uapi
from gate.adapters.frames_v4l2.device import Device, KernelDevice
from gate.decoding import AdapterError, Luma
from gate.frames import Frame

BUFFERS = 4
SLICE_S = 0.05
"""How long the device is waited for at a time, so that it can be closed by another thread."""
MOST_FORMATS = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the Y of each pixel lies in a row: every ``step`` bytes from ``first``."""

    first: int
    step: int


LAYOUTS = {"GREY": Layout(0, 1), "NV12": Layout(0, 1), "YU12": Layout(0, 1), "YUYV": Layout(0, 2), "UYVY": Layout(1, 2)}
"""The formats that hold Y as it is, the one with the least to copy first."""
ADVICE = {
    errno.ENOENT: "Is it plugged in? ls /dev/v4l/by-id names what is",
    errno.ENODEV: "It was unplugged",
    errno.ENXIO: "It was unplugged",
    errno.EACCES: "adduser gate video",
    errno.EPERM: "adduser gate video",
    errno.EBUSY: "End the other program that uses it",
    errno.ENOTTY: "It is no camera",
}


@dataclass(frozen=True, slots=True)
class WebcamSettings:
    """Which device, and what is asked of it; a webcam takes the nearest size and rate that it knows."""

    path: Path
    width_px: int = 1280
    height_px: int = 720
    fps: int = 10


class V4l2Frames:
    """``FrameSource``; there is no low-resolution picture, for a webcam gives none for nothing."""

    def __init__(self, settings: WebcamSettings, opened: Callable[[Path], Device] = KernelDevice) -> None:
        """Open the device and let it run. Raises ``AdapterError``."""
        self._path = settings.path
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._last_ns = 0
        self._memory: list[Any] = []
        with ExitStack() as undo, _told(self._path):
            self._device = opened(settings.path)
            undo.callback(self._let_go)
            self._layout, self._format = self._chosen(settings)
            self._ask_for_rate(settings.fps)
            self._run()
            undo.pop_all()

    def next(self, timeout_s: float) -> Frame | None:
        """The newest frame since the last one; frames between are missed. Raises ``AdapterError``."""
        give_up_s = time.monotonic() + timeout_s
        while not self._closed.is_set():
            left_s = max(0.0, give_up_s - time.monotonic())
            with self._lock, _told(self._path):
                frame = None if self._closed.is_set() else self._newest(min(left_s, SLICE_S))
            if frame is not None or not left_s:
                return frame
        return None

    def close(self) -> None:
        """Stop and let the device go; a wait ends within ``SLICE_S``."""
        already = self._closed.is_set()
        self._closed.set()
        with self._lock:
            if not already:
                self._let_go()

    # Opening.

    def _chosen(self, settings: WebcamSettings) -> tuple[Layout, uapi.PixFormat]:
        """The first of our formats that the driver offers and keeps, at the size that it makes of ours."""
        self._check_it_captures()
        offered = [uapi.name_of(one) for one in self._offered()]
        for name in (one for one in LAYOUTS if one in offered):
            wanted = uapi.Format(type=uapi.CAPTURE)
            wanted.fmt.pix = uapi.PixFormat(
                width=settings.width_px,
                height=settings.height_px,
                pixelformat=uapi.fourcc(name),
                field=uapi.FIELD_NONE,
            )
            self._device.ioctl(uapi.S_FMT, wanted)
            if wanted.fmt.pix.pixelformat == uapi.fourcc(name):
                return LAYOUTS[name], wanted.fmt.pix
        raise AdapterError(
            f"{self._path} gives {', '.join(offered) or 'no format'}, of which none holds grey as it is. "
            f"Use a webcam with one of {', '.join(LAYOUTS)}; nearly all have YUYV."
        )

    def _check_it_captures(self) -> None:
        capability = uapi.Capability()
        self._device.ioctl(uapi.QUERYCAP, capability)
        has_own = capability.capabilities & uapi.CAP_DEVICE_CAPS
        able = capability.device_caps if has_own else capability.capabilities
        if not (able & uapi.CAPTURE and able & uapi.CAP_STREAMING):
            raise AdapterError(f"{self._path} gives no pictures. Take another one of ls /dev/v4l/by-id.")

    def _offered(self) -> Iterator[int]:
        for index in range(MOST_FORMATS):
            described = uapi.FmtDesc(index=index, type=uapi.CAPTURE)
            try:
                self._device.ioctl(uapi.ENUM_FMT, described)
            except OSError as error:
                if error.errno == errno.EINVAL:  # the end of the list
                    return
                raise
            yield described.pixelformat

    def _ask_for_rate(self, fps: int) -> None:
        parameters = uapi.StreamParm(type=uapi.CAPTURE)
        parameters.parm.capture.numerator, parameters.parm.capture.denominator = 1, fps
        try:
            self._device.ioctl(uapi.S_PARM, parameters)
        except OSError as error:
            if error.errno not in {errno.ENOTTY, errno.EINVAL}:  # a driver with one rate only
                raise

    def _run(self) -> None:
        asked = uapi.RequestBuffers(count=BUFFERS, type=uapi.CAPTURE, memory=uapi.MEMORY_MMAP)
        self._device.ioctl(uapi.REQBUFS, asked)
        for index in range(asked.count):
            buffer = self._buffer(index)
            self._device.ioctl(uapi.QUERYBUF, buffer)
            self._memory.append(self._device.map(buffer.length, buffer.m.offset))
            self._device.ioctl(uapi.QBUF, buffer)
        self._device.ioctl(uapi.STREAMON, ctypes.c_int(uapi.CAPTURE))

    def _buffer(self, index: int = 0) -> uapi.Buffer:
        return uapi.Buffer(index=index, type=uapi.CAPTURE, memory=uapi.MEMORY_MMAP)

    # Running.

    def _newest(self, wait_s: float) -> Frame | None:
        """Take every buffer that is ready; the newest whole one becomes the frame, and all go back."""
        if not self._device.wait(wait_s):
            return None
        ready = list(self._ready())
        whole = [buffer for buffer in ready if self._is_whole(buffer)]
        frame = self._frame(whole[-1]) if whole else None
        for buffer in ready:
            self._device.ioctl(uapi.QBUF, self._buffer(buffer.index))
        return frame

    def _ready(self) -> Iterator[uapi.Buffer]:
        for _ in self._memory:
            buffer = self._buffer()
            try:
                self._device.ioctl(uapi.DQBUF, buffer)
            except BlockingIOError:
                return
            yield buffer

    def _is_whole(self, buffer: uapi.Buffer) -> bool:
        """USB loses packets, and some drivers hand on what is left."""
        needed: int = self._format.bytesperline * self._format.height
        return bool(buffer.bytesused >= needed and not buffer.flags & uapi.BUF_FLAG_ERROR)

    def _frame(self, buffer: uapi.Buffer) -> Frame:
        captured_ns = max(self._last_ns + 1, _on_our_clock(buffer))
        self._last_ns = captured_ns
        return Frame(self._luma(self._memory[buffer.index]), None, captured_ns, "camera")

    def _luma(self, memory: Any) -> Luma:
        import numpy as np  # noqa: PLC0415  (loaded when a frame is there, since the device is opened before all else)

        shape, layout = self._format, self._layout
        rows = np.frombuffer(memory, np.uint8, shape.bytesperline * shape.height).reshape(shape.height, -1)
        return rows[:, layout.first : shape.width * layout.step : layout.step].copy()

    def _let_go(self) -> None:
        """Stop, unmap and close, whatever one of them does."""
        with suppress(OSError):  # it was unplugged, or never ran
            self._device.ioctl(uapi.STREAMOFF, ctypes.c_int(uapi.CAPTURE))
        with ExitStack() as every:
            every.callback(self._device.close)
            for memory in self._memory:
                every.callback(memory.close)
            self._memory = []


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the kernel refuses becomes an error that says what to do."""
    try:
        yield
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "Unplug it and plug it in again")
        raise AdapterError(f"{path}: {error.strerror or error}. {advice}.") from error


def _on_our_clock(buffer: uapi.Buffer) -> int:
    """When the picture was taken; now, where the driver does not say it by the clock that we use."""
    now_ns = time.monotonic_ns()
    says = buffer.flags & uapi.BUF_FLAG_TIMESTAMP_MASK == uapi.BUF_FLAG_TIMESTAMP_MONOTONIC
    return min(buffer.timestamp_ns, now_ns) if says else now_ns
