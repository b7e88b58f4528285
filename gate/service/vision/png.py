"""A grey picture as the bytes of a PNG file (ISO/IEC 15948), without a picture library: a gate may have none."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from gate.ports import Luma

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY_8_BIT = bytes((8, 0, 0, 0, 0))
_FAST = 1


def png(luma: Luma) -> bytes:
    """Without loss; every row is stored as it is (filter 0)."""
    height, width = luma.shape
    rows = np.pad(luma, ((0, 0), (1, 0))).tobytes()
    header = struct.pack(">II", width, height) + _GREY_8_BIT
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, _FAST)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
