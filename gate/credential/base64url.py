"""Base64url without padding (RFC 7515), in its one canonical spelling."""

from __future__ import annotations

import base64
import binascii

from gate.credential.errors import MalformedError

_STANDARD = bytes.maketrans(b"-_", b"+/")


def encode(raw: bytes) -> str:
    """The text of ``raw``."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: bytes) -> bytes:
    """The bytes behind ``text``. Raises ``MalformedError`` for any spelling but the one that ``encode`` gives."""
    try:
        raw = binascii.a2b_base64(text.translate(_STANDARD) + b"=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    if encode(raw).encode("ascii") != text:
        raise MalformedError("not base64url without padding")
    return raw
