"""Base32 without padding (RFC 4648), in its one canonical spelling."""

from __future__ import annotations

import base64
import binascii

from gate.credential.errors import MalformedError

_BLOCK = 8


def encode(raw: bytes) -> str:
    """The text of ``raw``."""
    return base64.b32encode(raw).rstrip(b"=").decode("ascii")


def decode(text: bytes) -> bytes:
    """The bytes behind ``text``. Raises ``MalformedError`` for any spelling but the one that ``encode`` gives."""
    try:
        raw = base64.b32decode(text + b"=" * (-len(text) % _BLOCK))
    except (binascii.Error, ValueError):
        raw = b""
    if encode(raw).encode("ascii") != text:
        raise MalformedError("not base32 in capitals without padding")
    return raw
