"""Unpack compressed text, but never more of it than a credential has. Raises ``MalformedError`` and ``Refusal``."""

from __future__ import annotations

import zlib

from gate.credential.errors import MalformedError, Refusal
from gate.credential.model import RejectReason

MAX_BYTES = 64 * 1024
_RAW_DEFLATE = -15


def zlib_stream(data: bytes) -> bytes:
    """What one whole zlib stream holds (RFC 1950): nothing cut off, and nothing after it."""
    stream = zlib.decompressobj()
    inflated = _bounded(stream, data)
    if not stream.eof:
        raise MalformedError("the compressed data are cut short")
    if stream.unused_data:
        raise MalformedError("bytes follow the compressed data")
    return inflated


def deflate_stream(data: bytes) -> bytes:
    """What a raw DEFLATE stream holds (RFC 1951); what follows it is ignored, since cards in the field have that."""
    stream = zlib.decompressobj(_RAW_DEFLATE)
    inflated = _bounded(stream, data)
    if not stream.eof:
        raise MalformedError("the compressed data are cut short")
    return inflated


def _bounded(stream: zlib._Decompress, data: bytes) -> bytes:
    try:
        inflated = stream.decompress(data, MAX_BYTES + 1)
    except zlib.error:
        raise MalformedError("the data are not compressed as they should be") from None
    if len(inflated) > MAX_BYTES:
        raise Refusal(RejectReason.TOO_LARGE, f"the code unpacks to more than {MAX_BYTES} bytes")
    return inflated
