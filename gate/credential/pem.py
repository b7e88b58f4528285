"""Binary objects in files, as tools write them: one in DER, or several in PEM (RFC 7468)."""

from __future__ import annotations

import base64
import binascii
import re

from gate.credential.errors import TrustError

_DER_SEQUENCE = b"\x30"


def blocks_of(raw: bytes, label: str) -> list[bytes]:
    """The objects of this label. Raises ``TrustError`` where there are none."""
    if raw.startswith(_DER_SEQUENCE):
        return [raw]
    name = re.escape(label.encode())
    texts = re.findall(b"-----BEGIN " + name + b"-----([^-]*)-----END " + name + b"-----", raw)
    try:
        found = [base64.b64decode(b"".join(text.split()), validate=True) for text in texts]
    except (binascii.Error, ValueError):
        raise TrustError(f"a block of {label} is not base64") from None
    if not found:
        raise TrustError(f"neither DER nor PEM with a {label} in it")
    return found
