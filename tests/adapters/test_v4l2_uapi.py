"""The kernel's structures as the adapter has them, against what the C compiler makes of the kernel's own header."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.adapters.frames_v4l2 import uapi

STRUCTURES = {
    "v4l2_capability": (uapi.Capability, ["capabilities", "device_caps"]),
    "v4l2_fmtdesc": (uapi.FmtDesc, ["index", "type", "pixelformat"]),
    "v4l2_format": (uapi.Format, ["type", "fmt"]),
    "v4l2_pix_format": (uapi.PixFormat, ["width", "height", "pixelformat", "field", "bytesperline", "sizeimage"]),
    "v4l2_streamparm": (uapi.StreamParm, ["type", "parm"]),
    "v4l2_requestbuffers": (uapi.RequestBuffers, ["count", "type", "memory"]),
    "v4l2_buffer": (
        uapi.Buffer,
        ["index", "type", "bytesused", "flags", "field", "timestamp", "sequence", "memory", "m", "length"],
    ),
}
NUMBERS = {
    "VIDIOC_QUERYCAP": uapi.QUERYCAP, "VIDIOC_ENUM_FMT": uapi.ENUM_FMT, "VIDIOC_S_FMT": uapi.S_FMT,
    "VIDIOC_S_PARM": uapi.S_PARM, "VIDIOC_REQBUFS": uapi.REQBUFS, "VIDIOC_QUERYBUF": uapi.QUERYBUF,
    "VIDIOC_QBUF": uapi.QBUF, "VIDIOC_DQBUF": uapi.DQBUF, "VIDIOC_STREAMON": uapi.STREAMON,
    "VIDIOC_STREAMOFF": uapi.STREAMOFF, "V4L2_BUF_TYPE_VIDEO_CAPTURE": uapi.CAPTURE,
    "V4L2_CAP_VIDEO_CAPTURE": uapi.CAPTURE, "V4L2_MEMORY_MMAP": uapi.MEMORY_MMAP, "V4L2_FIELD_NONE": uapi.FIELD_NONE,
    "V4L2_CAP_STREAMING": uapi.CAP_STREAMING, "V4L2_CAP_DEVICE_CAPS": uapi.CAP_DEVICE_CAPS,
    "V4L2_BUF_FLAG_ERROR": uapi.BUF_FLAG_ERROR, "V4L2_BUF_FLAG_TIMESTAMP_MASK": uapi.BUF_FLAG_TIMESTAMP_MASK,
    "V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC": uapi.BUF_FLAG_TIMESTAMP_MONOTONIC, "V4L2_PIX_FMT_GREY": uapi.fourcc("GREY"),
    "V4L2_PIX_FMT_NV12": uapi.fourcc("NV12"), "V4L2_PIX_FMT_YUV420": uapi.fourcc("YU12"),
    "V4L2_PIX_FMT_YUYV": uapi.fourcc("YUYV"), "V4L2_PIX_FMT_UYVY": uapi.fourcc("UYVY"),
}  # fmt: skip
INNER = {
    "offsetof(struct v4l2_streamparm, parm.capture.timeperframe)": uapi.StreamParm.parm.offset
    + uapi.CaptureParm.numerator.offset,
}


def ours() -> Iterator[tuple[str, int]]:
    for name, (kind, fields) in STRUCTURES.items():
        yield f"sizeof(struct {name})", ctypes.sizeof(kind)
        for field in fields:
            yield f"offsetof(struct {name}, {field})", getattr(kind, field).offset
    yield from NUMBERS.items()
    yield from INNER.items()


def test_the_structures_are_those_of_the_kernels_header(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None or not Path("/usr/include/linux/videodev2.h").exists():
        pytest.skip("needs a C compiler and the kernel's headers: apt install gcc linux-libc-dev")
    expressions = dict(ours())
    source = tmp_path / "uapi.c"
    prints = "".join(f'printf("%llu\\n", (unsigned long long)({text}));' for text in expressions)
    source.write_text(
        f"#include <stdio.h>\n#include <stddef.h>\n#include <linux/videodev2.h>\nint main(){{{prints}}}\n"
    )
    subprocess.run([compiler, "-o", tmp_path / "uapi", source], check=True)
    told = subprocess.run([tmp_path / "uapi"], check=True, capture_output=True, text=True).stdout.split()
    assert dict(zip(expressions, map(int, told), strict=True)) == expressions
