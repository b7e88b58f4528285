"""The structures, request numbers and flags of ``linux/videodev2.h`` that a capture needs.

A test has the C compiler of the machine say the same.  Names are the kernel's, without ``v4l2_``.
"""

from __future__ import annotations

import ctypes
from ctypes import c_int32, c_long, c_uint8, c_uint32, c_ulong
from typing import Any

CAPTURE = 1
"""``V4L2_BUF_TYPE_VIDEO_CAPTURE``, and of a device's capabilities ``V4L2_CAP_VIDEO_CAPTURE``."""
MEMORY_MMAP = 1
FIELD_NONE = 1
CAP_STREAMING = 0x04000000
CAP_DEVICE_CAPS = 0x80000000
BUF_FLAG_ERROR = 0x0040
BUF_FLAG_TIMESTAMP_MASK = 0xE000
BUF_FLAG_TIMESTAMP_MONOTONIC = 0x2000


class Capability(ctypes.Structure):
    """What a device is and can do."""

    _fields_ = (
        ("driver", c_uint8 * 16),
        ("card", c_uint8 * 32),
        ("bus_info", c_uint8 * 32),
        ("version", c_uint32),
        ("capabilities", c_uint32),
        ("device_caps", c_uint32),
        ("reserved", c_uint32 * 3),
    )


class FmtDesc(ctypes.Structure):
    """One format that a device offers."""

    _fields_ = (
        ("index", c_uint32),
        ("type", c_uint32),
        ("flags", c_uint32),
        ("description", c_uint8 * 32),
        ("pixelformat", c_uint32),
        ("mbus_code", c_uint32),
        ("reserved", c_uint32 * 3),
    )


class PixFormat(ctypes.Structure):
    """Size and layout of a picture."""

    _fields_ = (
        ("width", c_uint32),
        ("height", c_uint32),
        ("pixelformat", c_uint32),
        ("field", c_uint32),
        ("bytesperline", c_uint32),
        ("sizeimage", c_uint32),
        ("colorspace", c_uint32),
        ("priv", c_uint32),
        ("flags", c_uint32),
        ("ycbcr_enc", c_uint32),
        ("quantization", c_uint32),
        ("xfer_func", c_uint32),
    )


class _FormatUnion(ctypes.Union):
    _fields_ = (("pix", PixFormat), ("raw_data", c_uint8 * 200), ("aligned_as_with_pointers", c_ulong))


class Format(ctypes.Structure):
    """A format, asked for and as the driver made it."""

    _fields_ = (("type", c_uint32), ("fmt", _FormatUnion))


class CaptureParm(ctypes.Structure):
    """How often pictures come."""

    _fields_ = (
        ("capability", c_uint32),
        ("capturemode", c_uint32),
        ("numerator", c_uint32),
        ("denominator", c_uint32),
        ("extendedmode", c_uint32),
        ("readbuffers", c_uint32),
        ("reserved", c_uint32 * 4),
    )


class _ParmUnion(ctypes.Union):
    _fields_ = (("capture", CaptureParm), ("raw_data", c_uint8 * 200))


class StreamParm(ctypes.Structure):
    """The parameters of a stream."""

    _fields_ = (("type", c_uint32), ("parm", _ParmUnion))


class RequestBuffers(ctypes.Structure):
    """How many buffers there shall be."""

    _fields_ = (
        ("count", c_uint32),
        ("type", c_uint32),
        ("memory", c_uint32),
        ("capabilities", c_uint32),
        ("flags", c_uint8),
        ("reserved", c_uint8 * 3),
    )


class _Timeval(ctypes.Structure):
    _fields_ = (("tv_sec", c_long), ("tv_usec", c_long))


class _Timecode(ctypes.Structure):
    _fields_ = (("type", c_uint32), ("flags", c_uint32), ("digits", c_uint8 * 4), ("userbits", c_uint8 * 4))


class _Where(ctypes.Union):
    _fields_ = (("offset", c_uint32), ("userptr", c_ulong))


class Buffer(ctypes.Structure):
    """One buffer, on its way between driver and program."""

    _fields_ = (
        ("index", c_uint32),
        ("type", c_uint32),
        ("bytesused", c_uint32),
        ("flags", c_uint32),
        ("field", c_uint32),
        ("timestamp", _Timeval),
        ("timecode", _Timecode),
        ("sequence", c_uint32),
        ("memory", c_uint32),
        ("m", _Where),
        ("length", c_uint32),
        ("reserved2", c_uint32),
        ("request_fd", c_int32),
    )

    @property
    def timestamp_ns(self) -> int:
        """When the picture was taken, on the clock that ``flags`` names."""
        stamp: Any = self.timestamp
        return int(stamp.tv_sec) * 1_000_000_000 + int(stamp.tv_usec) * 1000


_WRITE, _READ = 1, 2


def _number(direction: int, place: int, kind: type[Any]) -> int:
    """``_IOC`` of ``asm-generic/ioctl.h``, which x86 and ARM share."""
    return direction << 30 | ctypes.sizeof(kind) << 16 | ord("V") << 8 | place


QUERYCAP = _number(_READ, 0, Capability)
ENUM_FMT = _number(_READ | _WRITE, 2, FmtDesc)
S_FMT = _number(_READ | _WRITE, 5, Format)
REQBUFS = _number(_READ | _WRITE, 8, RequestBuffers)
QUERYBUF = _number(_READ | _WRITE, 9, Buffer)
QBUF = _number(_READ | _WRITE, 15, Buffer)
DQBUF = _number(_READ | _WRITE, 17, Buffer)
STREAMON = _number(_WRITE, 18, ctypes.c_int)
STREAMOFF = _number(_WRITE, 19, ctypes.c_int)
S_PARM = _number(_READ | _WRITE, 22, StreamParm)


def fourcc(name: str) -> int:
    """The number of a pixel format of four letters."""
    return int.from_bytes(name.encode("ascii"), "little")


def name_of(pixelformat: int) -> str:
    """The four letters of a pixel format."""
    return pixelformat.to_bytes(4, "little").decode("ascii", "replace").strip()
